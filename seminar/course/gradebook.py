"""Reading nbgrader's gradebook."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from nbgrader.api import Assignment, Grade, Gradebook, MissingEntry, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import func, select

from seminar.course.course import Course
from seminar.errors import CourseError

LOG = logging.getLogger("seminar")
# Seconds to wait for another program to be done with the gradebook; `?timeout=` in its address sets others.
PATIENCE = 120
TOLD = 5.0  # seconds after which it is told that it is waited for

DAMAGED = ("file is not a database", "database disk image is malformed")  # what SQLite says

WAITS = Grade.needs_manual_grade & Grade.manual_score.is_(None)
"""Whether a person has yet to grade a cell. nbgrader asks for it anew, where it has been graded anew; points stay."""


@dataclass(frozen=True)
class Score:
    """What a student has for a topic, in points, without what lateness costs."""

    topic: str
    student: str
    points: float
    out_of: float


def is_there(course: Course) -> bool:
    """Whether the course has a gradebook: to open one that is not there makes it."""
    address = sqlalchemy.engine.make_url(course.database)
    return not address.drivername.startswith("sqlite") or Path(address.database or "").exists()


@contextlib.contextmanager
def opened(course: Course) -> Iterator[Gradebook]:
    """The course's gradebook, closed at the end.

    Raises:
        CourseError: it cannot be opened or read.
    """
    address = course.database
    if address.startswith("sqlite:") and "?" not in address:
        address += f"?timeout={PATIENCE}"
    with errors_of(course):
        # To make a new one takes a while, too.
        with waiting_told(course) if is_there(course) else contextlib.nullcontext():
            gradebook = _connected(course, address)
        with gradebook:
            yield gradebook


def _connected(course: Course, address: str) -> Gradebook:
    try:
        return Gradebook(address, course.config.CourseDirectory.get("course_id", ""))
    except ImportError as error:
        raise CourseError(
            f"{course.database}: the gradebook cannot be opened, since Python's driver of its database is not here "
            f"({error}). Install it into this environment, or mend c.CourseDirectory.db_url in nbgrader_config.py."
        ) from error


@contextlib.contextmanager
def waiting_told(course: Course) -> Iterator[None]:
    """Around what takes no time but where another program holds the gradebook: say so, once, while it is waited for."""
    told = f"{course.database}: another program seems to hold the gradebook. Waiting for it."
    timer = threading.Timer(TOLD, LOG.warning, [told])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def errors_of(course: Course) -> Iterator[None]:
    """Turn what goes wrong with the course's gradebook into a CourseError."""
    try:
        yield
    except sqlalchemy.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error)
        if damage := next((each for each in DAMAGED if each in reason), None):
            raise damaged(course, damage) from error
        if isinstance(error, sqlalchemy.exc.ArgumentError):  # NoSuchModuleError is one
            raise CourseError(
                f"{course.database}: is no address of a gradebook ({reason}). Mend c.CourseDirectory.db_url in "
                "nbgrader_config.py: sqlite:////FOLDER/gradebook.db"
            ) from error
        raise CourseError(
            f"{course.database}: the gradebook cannot be used ({reason}). "
            "Is it locked by another program, on a full disk or one that is not to be written to, or of an older "
            "nbgrader (nbgrader db upgrade)?"
        ) from error


def damaged(course: Course, reason: str) -> CourseError:
    """The error that the gradebook is no database any more."""
    return CourseError(
        f"{course.database}: the gradebook is damaged ({reason}). Put a copy from before in its place; without one, "
        "move it away, release the topics anew, and grade them: points that a person gave are lost."
    )


def require_released(course: Course, topic: str) -> None:
    """Check that the gradebook knows a topic: grading needs the cells that a release puts there.

    Raises:
        CourseError: it does not.
    """
    if not _is_known(course, topic):
        course.topics([topic])  # a name that is misspelt is told as such
        raise CourseError(
            f"{topic}: the gradebook ({course.database}) does not know the topic. "
            f"Release it first: seminar release {topic}"
        )


def _is_known(course: Course, topic: str) -> bool:
    if not is_there(course):
        return False
    with opened(course) as gradebook:
        try:
            return bool(gradebook.find_assignment(topic).notebooks)
        except MissingEntry:
            return False


def waiting(course: Course, topics: list[str]) -> dict[str, int]:
    """How many submissions of the topics have answers that a person has yet to grade: those topics that have any."""
    with opened(course) as gradebook:
        counted = (
            gradebook.db.query(Assignment.name, func.count(SubmittedAssignment.id.distinct()))
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .filter(WAITS)
            .group_by(Assignment.name)
        )
        found = {str(name): int(count) for name, count in counted}
    return {topic: found[topic] for topic in topics if topic in found}


def worth(course: Course, topics: list[str]) -> dict[str, float]:
    """The points that each topic is worth, whoever has handed it in: 0 where the gradebook does not know it."""
    with opened(course) as gradebook:
        known = {str(each.name): float(each.max_score) for each in gradebook.assignments if each.name in topics}
    return {topic: known.get(topic, 0.0) for topic in topics}


def scores(course: Course, topics: list[str]) -> list[Score]:
    """The scores of all submissions of the topics, by topic and student: one query for each topic, however large."""
    penalty = (
        select(func.coalesce(func.sum(SubmittedNotebook.late_submission_penalty), 0.0))
        .where(SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .correlate(SubmittedAssignment)
        .scalar_subquery()
    )
    with opened(course) as gradebook:
        return [
            Score(topic, str(student), max(0.0, float(points) - float(late)), float(out_of))
            for topic in topics
            for student, points, late, out_of in gradebook.db.query(
                SubmittedAssignment.student_id,
                func.coalesce(func.sum(Grade.score), 0.0),
                penalty,
                func.coalesce(func.sum(Grade.max_score), 0.0),
            )
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .outerjoin(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .outerjoin(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .filter(Assignment.name == topic)
            .group_by(SubmittedAssignment.student_id)
            .order_by(SubmittedAssignment.student_id)
        ]
