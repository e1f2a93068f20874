"""The course on disk: its notebooks, the rules for them, student versions, answers and the gradebook."""
