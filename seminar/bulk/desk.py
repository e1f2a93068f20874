"""The coordinator's desk: what was handed in becomes a paper, and what comes back from a grader is recorded.

It does what nbgrader's Autograde does before and after a notebook is run, with nbgrader's own preprocessors. It alone
touches the course.
"""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from seminar.bulk.handed_in import choose, digest_of, require_text
from seminar.bulk.paper import Graded, Paper, Sheet
from seminar.bulk.topic import LOG, Topic
from seminar.course import links
from seminar.course.collect.placing import collected
from seminar.course.converters import warnings_kept
from seminar.course.course import Course, Submission
from seminar.course.ledger import Entry, Ledger
from seminar.course.notebook_file import pack, read, unpack, unreadable
from seminar.course.timestamps import TIMESTAMP, time_of
from seminar.errors import CourseError, GradingError
from seminar.examiner.incidents import METADATA, TESTS, Incident, incidents, not_brought, record
from seminar.text import readable_time

HALF = re.compile("[\ud800-\udfff]")  # of a character: JSON can hold one alone, and no kernel takes it
DIGEST = "digest"  # in a graded notebook's metadata: of the submission that it was made of


class Desk:
    """Makes papers and records what comes of them."""

    def __init__(self, course: Course, ledger: Ledger, gpu: bool | None = None) -> None:
        """Take a course's submissions.

        Args:
            course: the course, configured by `seminar.settings.configure`.
            ledger: its gradebook.
            gpu: whether submissions see a GPU; None: as the course's configuration says.
        """
        self._course, self._ledger, self._gpu = course, ledger, gpu
        self._topics: dict[str, Topic] = {}

    def paper(self, submission: Submission) -> Paper:
        """Sanitise a submission.

        Raises:
            SeminarError: it cannot be graded; the message names the file and the cure.
        """
        require_text(submission)
        topic = self._topic(submission.topic)
        if failed := topic.run_hook("pre_convert_hook", submission):
            raise GradingError(f"{submission.folder}: {failed}. Mend it in nbgrader_config.py, then grade again.")
        entry = Entry.blank(topic.record, submission.student)  # what it holds is read when it is recorded
        chosen, notes = choose(submission, topic.record, topic.keys)
        notes += [Incident("link", "", links.note_on(path)) for path in links.no_files(submission.folder)]
        if (came := collected(submission.folder)) and came.late:
            notes.append(Incident("late", "", f"it was handed in late: {came.source}."))
        digest = digest_of(submission)  # before it is read: what changes meanwhile is then graded again
        files, left_out = topic.files(submission)
        if left_out:
            notes.append(not_brought(left_out))
        sheets = []
        for name, path in chosen.items():
            notebook = read(path, mended=True)
            for cell in notebook.cells:
                cell.source = HALF.sub("\N{REPLACEMENT CHARACTER}", cell.source)
            resources = self._resources(submission, topic, name, entry)
            with warnings_kept(LOG, []):  # the incidents tell it, with the cell
                for step in topic.before:
                    notebook, resources = step(notebook, resources)
            for note in notes:
                record(notebook, note)
            tests = topic.record.notebooks[name].digest
            notebook.metadata.setdefault(METADATA, NotebookNode()).update({DIGEST: digest, TESTS: tests})
            limits = topic.seconds(notebook)
            sheets.append(Sheet(name, pack(notebook), topic.keys[name], limits))
        who = (submission.topic, submission.student)
        return Paper(*who, tuple(sheets), files, topic.instructors, topic.options, topic.sanitise)

    def record(self, submission: Submission, graded: Graded) -> list[str]:
        """Record a graded submission in `autograded/` and in the gradebook.

        Every file is written aside first, then the gradebook in one transaction, then the files take their places.
        Killed in between, what was written aside is left; where a disk fails in between, files are missing. Either way
        the submission counts as not graded, and is graded again.

        Returns:
            The incidents, and whatever else the instructor should know.

        Raises:
            SeminarError: it could not be recorded.
        """
        topic = self._topic(submission.topic)
        entry = self._ledger.entry(submission.topic, submission.student)
        entry.timestamp = time_of(submission.folder / TIMESTAMP) or entry.timestamp
        told: list[str] = []
        notebooks = {}
        for name, text in graded.notebooks.items():
            notebook = unpack(text)
            told += [str(incident) for incident in incidents(notebook)]
            resources = self._resources(submission, topic, name, entry)
            with warnings_kept(LOG, told):
                for step in topic.after:
                    notebook, resources = step(notebook, resources)
            notebooks[name] = notebook
        for name, page in entry.pages.items():
            if name not in notebooks:  # as nbgrader does with what was not handed in
                told.append(f"{name}.ipynb was not handed in.")
                for mark in page.marks.values():
                    mark.auto_score, mark.needs_manual_grade = 0.0, False
        if entry.seconds_late > 0:
            penalty = sum(page.penalty or 0.0 for page in entry.pages.values())
            costs = f", which costs {penalty:g} point{'' if penalty == 1 else 's'}" if penalty else ""
            told.append(f"it was handed in {readable_time(entry.seconds_late)} late{costs}.")
        self._write(submission, topic, notebooks, entry)
        if failed := topic.run_hook("post_convert_hook", submission):
            told.append(f"{failed}.")
        return list(dict.fromkeys(told))

    def _resources(self, submission: Submission, topic: Topic, name: str, entry: Entry) -> dict[str, Any]:
        where = {
            "notebook": name,
            "assignment": submission.topic,
            "student": submission.student,
            "key": topic.keys[name],
            "entry": entry,
            "page": entry.pages[name],
            "db_url": self._course.database,  # for an instructor's own preprocessors, as nbgrader has it
        }
        return {"metadata": {"path": str(submission.folder), "name": name}, "nbgrader": where, "unique_key": name}

    def _write(self, submission: Submission, topic: Topic, notebooks: dict[str, NotebookNode], entry: Entry) -> None:
        folder = self._course.autograded(submission.topic, submission.student)
        aside = aside_of(folder)
        written: dict[str, Path] = {}
        try:
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            for number, (name, path) in enumerate(topic.beside(submission)):
                _require_short(folder / name)
                with contextlib.suppress(FileNotFoundError):  # taken back while it was graded
                    written[name] = _copied(path, aside / str(number))
            for name, notebook in notebooks.items():  # they tell that it is graded, so they take their places last
                part = written[f"{name}.ipynb"] = aside / f"notebook {len(written)}"
                part.write_bytes(pack(notebook).encode("utf-8", "replace"))
            for part in written.values():
                part.chmod(topic.permissions)
            folder.mkdir(exist_ok=True)
            self._ledger.save(entry)
            _clear(folder, written)
            for name, part in written.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                part.replace(folder / name)
            topic.share(submission)
        except OSError as error:
            raise CourseError(
                f"{folder}: cannot be written ({error.strerror}). Mend that, then grade again: "
                "what is recorded stays, and is not graded twice."
            ) from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _topic(self, name: str) -> Topic:
        if name not in self._topics:
            self._topics[name] = Topic(self._course, self._ledger, name, self._gpu)
        return self._topics[name]


def _require_short(path: Path) -> None:
    """Check that a file can be called so: `autograded` is longer than `submitted`.

    Raises:
        GradingError: its name is too long.
    """
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise GradingError(f"{path}: cannot be written ({error.strerror}). Shorten what it is called.") from error


def _copied(path: Path, to: Path) -> Path:
    """A copy of a submission's file.

    Raises:
        FileNotFoundError: it is there no more.
        NotebookError: it cannot be read.
        OSError: the copy cannot be written.
    """
    try:
        content = path.open("rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    with content, to.open("wb") as copy:
        shutil.copyfileobj(content, copy)
    return to


def aside_of(autograded: Path) -> Path:
    """Where what is recorded of a submission is written first. No file of the submission's can lie there.

    It is there after a recording that was cut off, and only then.
    """
    return autograded.with_name(f".{autograded.name}.part")


def _clear(folder: Path, names: Collection[str]) -> None:
    """Take out of a folder what an earlier submission has left: other files, and files where folders are to be."""
    for path in sorted(folder.rglob("*"), reverse=True):
        name = str(path.relative_to(folder))
        if path.is_symlink() or not path.is_dir():
            if name not in names:
                path.unlink()
        elif name in names:
            shutil.rmtree(path)
