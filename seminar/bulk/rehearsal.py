"""A rehearsal: the instructor's own solutions, examined as a submission is, before students have the notebook.

A test can pass in the instructor's kernel and fail here for a right answer: it runs in a process of its own.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from nbgrader.utils import determine_grade

from seminar.bulk.pipeline import autograde
from seminar.course.answers import fill, solutions_of
from seminar.course.course import Course, Submission
from seminar.course.notebook import Cell, Role, cells
from seminar.course.notebook_file import read, write
from seminar.course.release import release
from seminar.course.scratch import make_course
from seminar.errors import CourseError, GradingError, NotebookError

INSTRUCTOR = "instructor"  # whose submission it is


@dataclass(frozen=True)
class Rehearsed:
    """What came of a topic's solutions.

    Attributes:
        tests: what came of each test, in the order of the notebooks.
        notes: what was odd, as with a submission: a cell that takes too long, ...
    """

    tests: tuple[Test, ...]
    notes: tuple[str, ...]

    @property
    def points(self) -> float:
        """What the instructor's solutions get."""
        return sum(test.points for test in self.tests)

    @property
    def most(self) -> float:
        """What all tests are worth together."""
        return sum(test.most for test in self.tests)

    @property
    def failed(self) -> list[Test]:
        """The tests that do not give all their points."""
        return [test for test in self.tests if test.points < test.most]


@dataclass(frozen=True)
class Test:
    """What came of a test.

    Attributes:
        name: its grade id.
        points: what the instructor's solutions get.
        most: what it is worth.
        message: what the test says; empty where it says nothing.
    """

    name: str
    points: float
    most: float
    message: str

    def __str__(self) -> str:
        told = f": {self.message}" if self.message else ""
        return f"{self.name}: {self.points:g} of {self.most:g} points{told}"


def rehearse(course: Course, topic: str, isolation: str | None = None) -> Rehearsed:
    """Examine a topic's own solutions. Nothing of the course is changed.

    Args:
        course: the instructor's.
        topic: which.
        isolation: where they run, "room" or "none"; None: as the course says.

    Raises:
        NotebookError: a source notebook breaks a rule.
        GradingError: the solutions could not be examined.
        CourseError, RoomError: the course, or this machine, is not fit for it.
    """
    with tempfile.TemporaryDirectory(prefix="seminar-") as folder:
        scratch = make_course(course, Path(folder) / "course", [topic])
        try:
            released = release(scratch, topic)
        except (CourseError, NotebookError) as error:  # the file to mend is the instructor's
            raise type(error)(str(error).replace(str(scratch.root), str(course.root))) from error
        for path in released:
            solutions = solutions_of(read(scratch.source(topic) / path.name))
            write(fill(read(path), solutions), scratch.submitted(topic, INSTRUCTOR) / path.name)
        submission = Submission(topic, INSTRUCTOR, scratch.submitted(topic, INSTRUCTOR))
        outcome = autograde(scratch.root, submission, isolation)
        if outcome.error:
            raise GradingError(f"{course.source(topic)}: its own solutions could not be examined: {outcome.error}")
        graded = sorted(scratch.autograded(topic, INSTRUCTOR).glob("*.ipynb"))
        tests = (_test(cell) for path in graded for cell in cells(read(path)) if cell.role is Role.TEST)
        return Rehearsed(tuple(tests), outcome.notes)


def _test(cell: Cell) -> Test:
    points, most = determine_grade(cell.node)
    errors = [output for output in cell.node.outputs if output.output_type == "error"]
    message = f"{errors[0].ename}: {errors[0].evalue}" if errors else ""
    return Test(str(cell.grade_id), float(points or 0), float(most), message)
