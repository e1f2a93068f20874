"""The course, as nbgrader and `seminar` read it."""

from nbformat import NotebookNode

from seminar.settings import configure

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "pytorch-seminar"

# Student code runs in a room, hidden tests in another process: for nbgrader's own commands and pages too.
configure(c)

# Seconds that a cell may run. Only these cells train on all 60,000 images.
TRAINING_CELLS = {"train-model"}


def cell_timeout(cell: NotebookNode) -> int:
    """The seconds that a cell of a submission may run."""
    return 900 if cell.metadata.get("nbgrader", {}).get("grade_id") in TRAINING_CELLS else 60


c.Examine.timeout_func = cell_timeout
