"""The examination. Its trusted half: test cells, run where no student code runs.

`examine` is the preprocessor that nbgrader runs, and sends each cell where it belongs. `process` is an examiner's
process as seen from there, `exam` what runs in it: with `client` it asks the candidate, with `handle` it holds what
stays there.
"""

PRELOAD = "seminar.examiner.exam"  # what a warm parent imports for it
