"""The course, as nbgrader and `seminar` read it."""

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, IgnorePattern, LimitOutput, SaveAutoGrades

from seminar.bulk.execute import Execute

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "pytorch-seminar"

# A test that a student deleted is put back and graded.
c.OverwriteCells.add_missing_cells = True

# nbgrader's own list, with our Execute in the place of nbgrader's:
# a kernel that dies costs the cells after it, a test that did not run has failed, a warning is no mistake.
c.Autograde.autograde_preprocessors = [
    Execute,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]

# Seconds that a cell may run. Only these cells train on all 60,000 images.
TRAINING_CELLS = {"train-model"}


def cell_timeout(cell: NotebookNode) -> int:
    """The seconds that a cell of a submission may run."""
    return 900 if cell.metadata.get("nbgrader", {}).get("grade_id") in TRAINING_CELLS else 60


c.Execute.timeout_func = cell_timeout
