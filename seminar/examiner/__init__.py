"""The trusted half: test cells, run where no student code runs."""

PRELOAD = "seminar.examiner.exam"  # what a warm parent imports for it
