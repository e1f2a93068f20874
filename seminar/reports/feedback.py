"""Feedback for a class: a page per graded notebook, on all cores, in the place where nbgrader puts it."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateFeedback
from sqlalchemy.exc import SAWarning

from seminar import forks
from seminar.course import converters
from seminar.course.course import Course, Submission
from seminar.course.gradebook import opened
from seminar.errors import FeedbackError, SeminarError
from seminar.machine import cores
from seminar.reports.record import Record, records
from seminar.settings import configure
from seminar.whole import whole

LOG = logging.getLogger("seminar")
RECORD = re.compile(rb'<meta name="record" content="([0-9a-f]+)">')
BESIDE = ("timestamp.txt", "submission_secret.txt")  # by which nbgrader's exchange finds whose feedback it is
HEAD = 4096  # bytes: the record stands among a page's first


@dataclass(frozen=True)
class Feedback:
    """What came of the feedback on one submission.

    Attributes:
        submission: what it is on; its folder is that of the graded notebooks.
        pages: what was written.
        seconds: the wall time that it took.
        error: why it could not be made; None where it was.
    """

    submission: Submission
    pages: tuple[Path, ...] = ()
    seconds: float = 0.0
    error: str | None = None


class Pages(GenerateFeedback):
    """nbgrader's converter, for many submissions: what takes long to set up is set up once.

    nbgrader removes a submission's old pages, then writes new ones. Here a page takes the place of the old one.
    Nor are the submission's other files copied beside it, but for what nbgrader needs to hand it back: a page holds all
    that it shows.
    """

    def __init__(self, course: Course) -> None:
        configure(course.config)
        super().__init__(coursedir=course.directory(), config=course.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)
        for preprocessor in self.preprocessors:
            self.exporter.register_preprocessor(preprocessor)
        self.written: list[Path] = []

    def take(self, submission: Submission) -> None:
        """Make a submission the one to write the pages of. nbgrader itself finds none with a [ in the id.

        Raises:
            FeedbackError: there is no notebook in it.
        """
        self.coursedir.assignment_id, self.coursedir.student_id = submission.topic, submission.student
        self.notebooks = sorted(str(path) for path in submission.folder.glob("*.ipynb"))
        self.written = []
        if not self.notebooks:  # a disk was full, say, when it was to be recorded
            raise FeedbackError(
                f"{submission.folder}: there is no graded notebook. Grade it: seminar grade {submission.topic}"
            )

    def start(self) -> None:
        """Write the pages. The exporter is there already."""
        self.run_pre_convert_hook()
        for notebook in self.notebooks:
            self.convert_single_notebook(notebook)
        graded, pages = (
            Path(place(self.coursedir.assignment_id, self.coursedir.student_id))
            for place in (self._format_source, self._format_dest)
        )
        for path in _beside(graded):
            with whole(pages / path.name) as part:
                shutil.copyfile(path, part)
        self.set_permissions(self.coursedir.assignment_id, self.coursedir.student_id)
        self.run_post_convert_hook()

    def write_single_notebook(self, output: str, resources: Any) -> None:
        """Put a page into the place of the old one.

        Raises:
            FeedbackError: it cannot be written.
        """
        where = resources["nbgrader"]
        folder = Path(self._format_dest(where["assignment"], where["student"]))
        page = folder / f"{where['notebook']}{self.exporter.file_extension}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with whole(page) as part:
                part.write_text(output, encoding="utf-8")
        except OSError as error:
            raise FeedbackError(
                f"{page}: cannot be written ({error.strerror}). Make room, or make the folder writable, then run it "
                f"again: seminar feedback {where['assignment']}"
            ) from error
        self.written.append(page)


def write_page(root: Path, submission: Submission) -> Feedback:
    """Write the feedback on one submission.

    Args:
        root: the course's folder.
        submission: what it is on.
    """
    start = time.monotonic()
    try:
        pages = _pages(root)
        pages.take(submission)
        converters.run(pages, FeedbackError, str(submission.folder))
    except SeminarError as error:
        return Feedback(submission, seconds=time.monotonic() - start, error=str(error))
    return Feedback(submission, tuple(pages.written), time.monotonic() - start)


@lru_cache(maxsize=1)
def _pages(root: Path) -> Pages:
    return Pages(Course(root))


def without_feedback(course: Course, topics: list[str], force: bool = False) -> list[Submission]:
    """The graded submissions whose pages are missing, or older than their grade; with `force`, all.

    A page is up to date when it is no older than the graded notebook, and was made of what the gradebook holds now.

    Raises:
        CourseError: the gradebook cannot be read.
    """
    found = []
    with opened(course) as gradebook:
        for topic in topics:
            held = {} if force else records(gradebook, topic)
            found += [each for each in course.graded(topic) if force or not _is_up_to_date(course, each, held)]
    return found


def _is_up_to_date(course: Course, submission: Submission, held: dict[tuple[str, str], Record]) -> bool:
    notebooks = list(submission.folder.glob("*.ipynb"))
    folder = course.feedback(submission.topic, submission.student)
    if not notebooks or not all((folder / path.name).exists() for path in _beside(submission.folder)):
        return False
    return all(
        (record := held.get((submission.student, notebook.stem))) is not None
        and _tells(folder / f"{notebook.stem}.html", notebook.stat().st_mtime, record.digest)
        for notebook in notebooks
    )


def _beside(graded: Path) -> list[Path]:
    """The files of a graded submission that its feedback has too."""
    return [path for path in (graded / name for name in BESIDE) if path.is_file()]


def _tells(page: Path, since: float, digest: str) -> bool:
    try:
        with page.open("rb") as file:
            match = RECORD.search(file.read(HEAD))
            return match is not None and match[1].decode() == digest and os.fstat(file.fileno()).st_mtime >= since
    except OSError:
        return False


def write_feedback(course: Course, submissions: list[Submission], jobs: int | None = None) -> Iterator[Feedback]:
    """Write the feedback on submissions in worker processes, and yield each as it is done.

    Args:
        course: the course that they are of.
        submissions: those that `without_feedback` found.
        jobs: how many at a time; one per core by default.

    Raises:
        SeminarError: the folder for temporary files cannot be used.
    """
    workers = max(1, min(jobs or cores(), len(submissions)))
    pool = ProcessPoolExecutor(workers, mp_context=forks.context(__name__), initializer=_be_a_worker)
    try:
        with forks.ctrl_c_waits():  # until the workers are there
            futures = {pool.submit(write_page, course.root, submission): submission for submission in submissions}
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool:
                yield _failed(futures[future], "the process that made its page, or one beside it, was killed")
            except Exception as failure:  # one submission, whatever is wrong with it, must not end the run
                LOG.debug("%s: a defect", futures[future].folder, exc_info=failure)  # the user is told one line of it
                yield _failed(futures[future], f"{type(failure).__name__}: {failure}")
    finally:
        pool.shutdown(cancel_futures=True)


def _failed(submission: Submission, reason: str) -> Feedback:
    return Feedback(
        submission, error=f"{submission.folder}: {reason}. Run it again: seminar feedback {submission.topic}"
    )


def _be_a_worker() -> None:
    """Finish the page at hand where the run is interrupted: the coordinator hands out no more. And keep quiet."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader 0.9 causes them at every submission
