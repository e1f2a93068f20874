"""The course, as nbgrader and `seminar` read it."""

from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    GetGrades,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from seminar.examiner.examine import Examine
from seminar.examiner.key import HoldAgainstKey
from seminar.examiner.sanitise import Sanitise
from seminar.reports.feedback import HideTests

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "pytorch-seminar"

# A test that a student deleted is put back and graded.
c.OverwriteCells.add_missing_cells = True

# What is no file in a submission (a link to the gradebook, say) is taken out before nbgrader copies it.
c.Autograde.pre_convert_hook = "seminar.course.links.take_out"

# nbgrader's own lists, with ours among them.
# HoldAgainstKey corrects what a submission says of its own cells, and notes what was changed.
c.Autograde.sanitize_preprocessors = [
    HoldAgainstKey,
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]

# Examine takes the place of nbgrader's Execute: student code runs in a room, tests in another process.
# Sanitise makes what a submission shows harmless in a browser.
c.Autograde.autograde_preprocessors = [
    Examine,
    Sanitise,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]

# Feedback shows the messages of hidden tests, not the tests.
c.GenerateFeedback.preprocessors = [GetGrades, HideTests, CSSHTMLHeaderPreprocessor]

# Seconds that a cell may run. Only these cells train on all 60,000 images.
TRAINING_CELLS = {"train-model"}


def cell_timeout(cell: NotebookNode) -> int:
    """The seconds that a cell of a submission may run."""
    return 900 if cell.metadata.get("nbgrader", {}).get("grade_id") in TRAINING_CELLS else 60


c.Examine.timeout_func = cell_timeout
