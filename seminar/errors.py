"""The errors that a user can meet: a small closed set.

Each message says what happened, where (file, notebook, cell or setting) and what to do about it.
The command line prints the message and ends with status 1; any other exception is a defect of ours.
"""


class SeminarError(Exception):
    """The base of all errors that a user can meet."""


class CourseError(SeminarError):
    """The course folder, its configuration or its gradebook is not as it must be."""


class NotebookError(SeminarError):
    """A notebook cannot be read, or breaks the rules for notebooks."""


class DataError(SeminarError):
    """The data set is missing, damaged or cannot be fetched."""


class AnswerError(SeminarError):
    """An answer bank cannot be read, or does not fit its notebook."""


class CollectError(SeminarError):
    """Submissions cannot be read from a folder or an archive."""


class ExportError(SeminarError):
    """Grades cannot be written, or the table to fill in does not fit the course."""


class GradingError(SeminarError):
    """A submission could not be graded."""


class GraderDiedError(SeminarError):
    """A process that graded a submission died: where it does so again and again, its tests have failed."""


class KernelDiedError(GraderDiedError):
    """The kernel of a submission died, and nobody knows why: its code has done it, or the machine's lack of memory."""


class FeedbackError(SeminarError):
    """A page of feedback could not be made."""


class FleetError(SeminarError):
    """The graders cannot be had, or are gone."""


class RoomError(SeminarError):
    """A room cannot be built or entered on this machine, or does not end."""
