"""Grading the submissions of a course, several at a time.

What grades one submission is a `Grader`: here nbgrader's own autograde, with our examination in it (`autograde`). The
pipeline around it (what to grade, hand out, report) knows nothing of how, so that another can take its place.
"""

from __future__ import annotations

import glob
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.context import ForkServerContext
from pathlib import Path

from nbgrader.converters import Autograde
from sqlalchemy.exc import SAWarning

from seminar.course import converters
from seminar.course.course import Course, Submission
from seminar.course.gradebook import require_released
from seminar.course.notebook import Role, cells, read
from seminar.doctor import no_rooms
from seminar.errors import GradingError, NotebookError, RoomError, SeminarError
from seminar.examiner.incidents import incidents
from seminar.room.bubblewrap import try_out
from seminar.settings import configure, require_examined

NOISE = (
    "Attribute '",  # these the incidents tell, with the cell
    "Cell with id '",
    "Missing grade cell ",
    "Kernel died while waiting",
    "Timeout waiting for execute reply",
    "Interrupting kernel",
    "Removing existing assignment",  # what was to be done
)

DATABASE_PATIENCE = 120  # seconds that a writer waits for another to be done with the gradebook


@dataclass(frozen=True)
class Graded:
    """What came of one submission.

    Attributes:
        seconds: the wall time that it took.
        notes: what the grader should know: late, tests changed, kernel died, ...
        error: why it could not be graded; None where it was.
    """

    submission: Submission
    seconds: float
    notes: tuple[str, ...] = ()
    error: str | None = None


Grader = Callable[[Path, Submission], Graded]
"""Grades one submission of the course in a folder and records it. Runs in a worker process: a module-level function."""


def autograde(root: Path, submission: Submission, isolation: str | None = None) -> Graded:
    """Grade one submission by nbgrader's own autograde.

    Args:
        root: the course's folder.
        submission: what to grade.
        isolation: where it runs: see `seminar.examiner.examine.Examine`. By default as the course's configuration says.
    """
    start = time.monotonic()
    notes: list[str] = []
    error = None
    try:
        course = Course(root)
        if glob.has_magic(submission.student):
            raise GradingError(f"{submission.folder}: nbgrader finds no student with * ? or [ in the name. Rename it.")
        for path in sorted(submission.folder.glob("*.ipynb")):
            if path.is_symlink():
                raise GradingError(f"{path}: is a link to {path.readlink()}. Put the student's notebook in its place.")
            read(path)
        directory = course.directory(submission.topic, submission.student)
        if directory.db_url.startswith("sqlite:") and "?" not in directory.db_url:
            directory.db_url += f"?timeout={DATABASE_PATIENCE}"
        _set_up(course, isolation)
        converter = Autograde(coursedir=directory, config=course.config)
        converter.force = True
        messages = converters.run(converter, GradingError, str(submission.folder))
        notes = [message for message in messages if not message.startswith(NOISE)]
        for path in sorted(course.autograded(submission.topic, submission.student).glob("*.ipynb")):
            notes += [str(incident) for incident in incidents(read(path))]
    except SeminarError as failure:
        error = str(failure)
    return Graded(submission, time.monotonic() - start, tuple(notes), error)


def require_rooms(course: Course, isolation: str | None = None) -> None:
    """Raise an error where submissions would be graded without a room, and nobody has said that they may be.

    Args:
        course: the course that they are of.
        isolation: where they are to run, as for `autograde`.

    Raises:
        CourseError: the course's configuration leaves the examination out.
        RoomError: no room can be built on this machine.
    """
    _set_up(course, isolation)
    if course.config.Examine.get("isolation", "room") == "room":
        require_examined(course.config)
        try:
            try_out()
        except RoomError as error:
            choice = "For submissions that you trust as you trust yourself: seminar grade --isolation none"
            raise RoomError(f"{error}\n{no_rooms()}\n{choice}") from error


def _set_up(course: Course, isolation: str | None) -> None:
    configure(course.config)
    if isolation:
        course.config.Examine.isolation = isolation


def pending(course: Course, topic: str, regrade: bool = False) -> list[Submission]:
    """The submissions of a topic that are not graded, or newer than their grade; with `regrade`, all.

    Raises:
        CourseError: the topic is not released.
    """
    require_released(course, topic)
    return [
        submission
        for submission in course.submissions(topic)
        if regrade or not is_graded(submission, course.autograded(topic, submission.student))
    ]


def is_graded(submission: Submission, autograded: Path) -> bool:
    """Whether what was handed in has been graded since.

    nbgrader writes a sanitised copy into `autograded` before it runs anything, and the one that has run in its place
    when the grade is recorded. So a copy in which no test has run tells of a grading that was cut off.
    """
    handed_in = sorted(submission.folder.glob("*.ipynb"))
    return bool(handed_in) and all(_has_run(autograded / path.name, path.stat().st_mtime) for path in handed_in)


def _has_run(copy: Path, since: float) -> bool:
    try:
        if copy.stat().st_mtime < since:
            return False
        tests = [cell for cell in cells(read(copy)) if cell.role is Role.TEST]
    except (OSError, NotebookError):
        return False
    return all(cell.node.outputs or cell.node.execution_count is not None for cell in tests)


def grade(
    course: Course, submissions: list[Submission], jobs: int | None = None, grader: Grader = autograde
) -> Iterator[Graded]:
    """Grade submissions in worker processes, and yield each as it is done.

    Args:
        course: the course that the submissions are of.
        submissions: what to grade.
        jobs: how many at a time; one per core by default.
        grader: what grades one.
    """
    workers = max(1, min(jobs or os.cpu_count() or 1, len(submissions)))
    pool = ProcessPoolExecutor(workers, mp_context=_context(), initializer=_be_one_of_many)
    try:
        futures = {pool.submit(grader, course.root, submission): submission for submission in submissions}
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool:
                yield _failed(futures[future], "its grader, or one beside it, was killed")
            except Exception as failure:  # one submission, whatever is wrong with it, must not end the run
                yield _failed(futures[future], f"{type(failure).__name__}: {failure}")
    finally:
        pool.shutdown(cancel_futures=True)


def _failed(submission: Submission, reason: str) -> Graded:
    return Graded(submission, 0.0, error=f"{submission.folder}: {reason}. Grade it again.")


def _context() -> ForkServerContext:
    """Workers are forks of a clean process that has imported this module: nbgrader takes seconds to import."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _be_one_of_many() -> None:
    """Make a worker's kernels keep to one thread each, since the workers share the cores; and the worker keep quiet."""
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader 0.9 causes them at every submission
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    threading.Thread(target=_end_with_the_coordinator, daemon=True).start()


def _end_with_the_coordinator() -> None:
    """End this worker, and so its rooms, where the coordinator is killed: the pool itself does not notice."""
    coordinator = parent_process()
    assert coordinator
    coordinator.join()
    os._exit(1)
