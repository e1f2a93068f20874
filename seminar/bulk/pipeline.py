"""Grading the submissions of a course: a bounded number at work, each recorded as it comes back.

    pending submissions ──► desk: paper ──► fleet: grade(paper), anywhere ──► desk: record

Killed at any moment, it loses no grade that was recorded; the next run grades the rest.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.converters import Autograde
from traitlets import TraitError

from seminar.bulk.desk import DIGEST, Desk, aside_of
from seminar.bulk.grade import grade, not_graded
from seminar.bulk.handed_in import digest_of
from seminar.bulk.paper import Graded, Paper
from seminar.bulk.steps import steps
from seminar.course.course import CONFIG_FILE, Course, Submission
from seminar.course.ledger import Ledger
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import content_of, read
from seminar.course.timestamps import TIMESTAMP, time_of
from seminar.errors import CourseError, GraderDiedError, NotebookError, RoomError, SeminarError
from seminar.examiner.examine import require_unseen
from seminar.examiner.incidents import TESTS, Incident
from seminar.machine import no_rooms
from seminar.room.bubblewrap import try_out
from seminar.settings import configure, limits_of, require_examined

if TYPE_CHECKING:
    from seminar.bulk.fleet import Fleet  # Dask, which not all who grade need

LOG = logging.getLogger("seminar")


@dataclass(frozen=True)
class Outcome:
    """What came of one submission.

    Attributes:
        seconds: from when it was handed to the graders until it was recorded.
        notes: what the instructor should know: late, tests changed, kernel died, ...
        error: why it could not be graded; None where it was, and is recorded.
    """

    submission: Submission
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    error: str | None = None


def set_up(course: Course, isolation: str | None = None) -> None:
    """Make a course's configuration fit for grading.

    Args:
        course: the course; its configuration is completed in place.
        isolation: where submissions run, "room" or "none"; None: as the course says.

    Raises:
        CourseError: the configuration leaves the examination out, or has limits that are none, or other values that
            nbgrader does not take.
        RoomError: rooms would see the course.
    """
    configure(course.config)
    if isolation:
        course.config.Examine.isolation = isolation
    if in_rooms(course):
        require_examined(course.config)
        limits_of(course.config)
        require_unseen(course.root)
    _require_fit(course)


def _require_fit(course: Course) -> None:
    """Check the settings of what grades: a value of a wrong kind would fail at each submission.

    Raises:
        CourseError: there is one.
    """
    try:
        converter = Autograde(coursedir=course.directory(), config=course.config)
        listed = [*converter.sanitize_preprocessors, *converter.autograde_preprocessors]
        steps(converter, [each for each in listed if not isinstance(each, str)])  # those are imported when it begins
    except TraitError as error:
        raise CourseError(f"{course.root / CONFIG_FILE}: {error} Mend it there.") from error


def in_rooms(course: Course) -> bool:
    """Whether the course's submissions run in rooms."""
    return bool(course.config.Examine.get("isolation", "room") == "room")


def require_rooms() -> None:
    """Check that this machine builds rooms.

    Raises:
        RoomError: it does not: the message says why, and what can be done.
    """
    try:
        try_out()
    except RoomError as error:
        choice = "For submissions that you trust as you trust yourself: seminar grade --isolation none"
        raise RoomError(f"{error}\n{no_rooms()}\n{choice}") from error


@dataclass(frozen=True)
class Plan:
    """What is to be graded.

    Attributes:
        topics: those that can be graded.
        submissions: of these topics, that are to be graded.
        unchanged: how many others are graded, and have not changed since.
        other_tests: of these how many were graded with other tests than those that are released now, by topic.
        errors: what is wrong with the topics and submissions that cannot be graded.
    """

    topics: list[str]
    submissions: list[Submission]
    unchanged: int
    other_tests: dict[str, int]
    errors: list[str]


def plan(course: Course, ledger: Ledger, topics: list[str], regrade: bool = False) -> Plan:
    """Find what is to be graded.

    Args:
        course: the course.
        ledger: its gradebook.
        topics: these only.
        regrade: whether what is graded and unchanged is graded again.

    Raises:
        CourseError: nothing was submitted, or all of it for one topic that cannot be graded.
    """
    handed_in = {topic: found for topic in topics if (found := course.submissions(topic))}
    astray = course.astray()
    if not handed_in and not astray:
        ledger.topic(topics[0])  # is there anything to hand in?
        raise CourseError(
            f"{course.root}: nothing was submitted for {', '.join(topics)}. "
            f"Put each notebook where nbgrader looks: {course.submitted(topics[0], 'STUDENT')}"
        )
    errors: list[str] = []
    for topic in [*handed_in]:
        try:
            ledger.topic(topic)
        except CourseError as error:  # of one topic: the others are graded
            if len(handed_in) == 1:
                raise
            del handed_in[topic]
            topics = [each for each in topics if each != topic]
            errors.append(str(error))
    todo = [each for topic in handed_in for each in pending(course, ledger, topic, regrade)]
    unchanged = {topic: set(found).difference(todo) for topic, found in handed_in.items()}
    others = {topic: _with_other_tests(course, ledger, topic, graded) for topic, graded in unchanged.items()}
    return Plan(
        topics,
        todo,
        sum(map(len, unchanged.values())),
        {topic: count for topic, count in others.items() if count},
        errors + astray,
    )


def pending(course: Course, ledger: Ledger, topic: str, regrade: bool = False) -> list[Submission]:
    """The submissions of a topic that are not graded, or have changed since; with `regrade`, all.

    Raises:
        CourseError: the topic is not released.
    """
    known = ledger.known(topic)
    return [
        submission
        for submission in course.submissions(topic)
        if regrade
        or submission.student not in known
        or not is_graded(submission, course.autograded(topic, submission.student))
    ]


def is_graded(submission: Submission, autograded: Path) -> bool:
    """Whether what was handed in is what the graded notebooks are of.

    Those graded here hold a digest of the submission. Of those that nbgrader has graded by itself the time tells, and
    whether their tests have run: it writes a sanitised copy first, and the one that has run in its place at the end.
    """
    if aside_of(autograded).exists():  # a recording was cut off
        return False
    try:
        graded = [path for path in autograded.glob("*.ipynb") if path.is_file()]
        mark = f'"{DIGEST}": "{digest_of(submission)}"'.encode()
        if graded and all(mark in content_of(path) for path in graded):
            return True
        handed_in = list(submission.folder.glob("*.ipynb"))
        if (at := time_of(submission.folder / TIMESTAMP)) and at > (time_of(autograded / TIMESTAMP) or at):
            return False  # as nbgrader has it: an attempt may have been saved before the one that was graded
        return bool(handed_in) and all(
            _has_run(autograded / path.name, since=path.stat().st_mtime) for path in handed_in
        )
    except (NotebookError, OSError):
        return False


def _with_other_tests(course: Course, ledger: Ledger, topic: str, graded: Iterable[Submission]) -> int:
    """How many of a topic's graded submissions were graded with other tests than those that are released now."""
    marks = {name: f'"{TESTS}": "{record.digest}"'.encode() for name, record in ledger.topic(topic).notebooks.items()}

    def has_others(path: Path) -> bool:
        content = content_of(path) if path.is_file() else b""  # of what nbgrader has graded nothing is known
        return f'"{TESTS}": "'.encode() in content and marks[path.stem] not in content

    folders = [course.autograded(topic, submission.student) for submission in graded]
    return sum(any(has_others(folder / f"{name}.ipynb") for name in marks) for folder in folders)


def _has_run(copy: Path, since: float) -> bool:
    content = content_of(copy)
    if copy.stat().st_mtime < since or f'"{DIGEST}": "'.encode() in content:
        return False
    tests = [cell for cell in cells(read(copy)) if cell.role is Role.TEST]
    return all(cell.node.outputs or cell.node.execution_count is not None for cell in tests)


def grade_all(desk: Desk, submissions: Iterable[Submission], fleet: Fleet) -> Iterator[Outcome]:
    """Grade submissions, and yield each when it is recorded, or known not to be gradable.

    As many papers are out as the fleet can take: no more are read, however long the list is.

    Raises:
        CourseError: nothing can be recorded any more. What is recorded stays.
        FleetError: the fleet is gone.
        KeyboardInterrupt: the user stops it.
    """
    papers = _papers(desk, submissions)
    out: dict[str, tuple[_Ready, float]] = {}
    following = next(papers, None)  # ready before a grader is free for it
    while following or out:
        if isinstance(following, Outcome):
            yield following
        elif following and len(out) < fleet.capacity():
            out[fleet.send(following.paper)] = (following.sent, time.monotonic())
        else:
            ticket, result = fleet.returned()
            ready, since = out.pop(ticket)
            if following:  # first of all: the grader waits
                out[fleet.send(following.paper)] = (following.sent, time.monotonic())
            yield _recorded(desk, ready, since, result)
        following = next(papers, None)


@dataclass(frozen=True)
class _Ready:
    submission: Submission
    paper: Paper

    @property
    def sent(self) -> _Ready:
        """The same without the submission's files, which the fleet has now: they can be large, and many are out."""
        return _Ready(self.submission, replace(self.paper, files=()))


def _papers(desk: Desk, submissions: Iterable[Submission]) -> Iterator[_Ready | Outcome]:
    """The papers of submissions; of one that cannot be graded what came of it."""
    for submission in submissions:
        try:
            yield _Ready(submission, desk.paper(submission))
        except CourseError:
            raise
        except SeminarError as error:
            yield Outcome(submission, error=str(error))
        except Exception as error:  # one submission, whatever is wrong with it, must not end the run
            yield _defect(submission, error)


def _recorded(desk: Desk, ready: _Ready, since: float, result: Graded | BaseException) -> Outcome:
    submission = ready.submission
    if isinstance(result, GraderDiedError):
        result = not_graded(ready.paper, Incident("grader", "", str(result)))
    if isinstance(result, SeminarError):
        return Outcome(submission, error=f"{submission.folder}: {result}")
    if isinstance(result, BaseException):
        return _defect(submission, result)
    try:
        notes = desk.record(submission, result)
    except CourseError:
        raise
    except SeminarError as error:
        return Outcome(submission, error=str(error))
    except Exception as error:
        return _defect(submission, error)
    return Outcome(submission, time.monotonic() - since, tuple(notes))


def _defect(submission: Submission, error: BaseException) -> Outcome:
    LOG.debug("%s: a defect", submission.folder, exc_info=error)  # the user is told one line of it
    return Outcome(submission, error=f"{submission.folder}: {type(error).__name__}: {error}. Grade it again.")


def autograde(root: Path, submission: Submission, isolation: str | None = None) -> Outcome:
    """Grade one submission in this process, and record it.

    Args:
        root: the course's folder.
        submission: what to grade.
        isolation: where it runs, as for `set_up`.
    """
    start = time.monotonic()
    try:
        course = Course(root)
        set_up(course, isolation)
        with Ledger(course) as ledger:
            desk = Desk(course, ledger)
            notes = desk.record(submission, grade(desk.paper(submission)))
    except SeminarError as error:
        return Outcome(submission, time.monotonic() - start, error=str(error))
    return Outcome(submission, time.monotonic() - start, tuple(notes))
