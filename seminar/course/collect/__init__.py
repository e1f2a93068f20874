"""Collecting: from a folder or archive of submissions, as learning management systems name them, into the course.

`source` reads what is there, `paths` says what of it is taken, `file_names` says whose it is, `students` and `topics`
find them in the course, `choosing` says which of several counts, `placing` puts it where nbgrader looks. `collecting`
does all of it.
"""
