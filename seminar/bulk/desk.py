"""The coordinator's desk: what was handed in becomes a paper, and what comes back from a grader is recorded.

It does what nbgrader's Autograde does before and after a notebook is run, with nbgrader's own preprocessors. It alone
touches the course.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute

from seminar.bulk.paper import Graded, Paper, Sheet
from seminar.bulk.steps import Step, steps
from seminar.course import links
from seminar.course.collect import collected
from seminar.course.converters import warnings_kept
from seminar.course.course import Course, Submission
from seminar.course.files import copied
from seminar.course.ledger import Entry, Ledger, TopicRecord
from seminar.course.notebook import Role, cells, content_of, nbgrader_metadata, pack, read, unpack, unreadable
from seminar.course.timestamps import TIMESTAMP, time_of
from seminar.errors import CourseError, GradingError, NotebookError
from seminar.examiner.examine import Examine
from seminar.examiner.incidents import METADATA, TESTS, Incident, incidents, not_brought, record
from seminar.examiner.key import AnswerKey, key_of
from seminar.examiner.process import does_not_fit
from seminar.examiner.sanitise import Sanitise
from seminar.room.parent import fitting, work_files
from seminar.text import readable_time

NOTEBOOKS = "*.[iI][pP][yY][nN][bB]"
HALF = re.compile("[\ud800-\udfff]")  # of a character: JSON can hold one alone, and no kernel takes it
DIGEST = "digest"  # in a graded notebook's metadata: of the submission that it was made of
PIECE = 2**16  # bytes that are read at a time: to make room for more takes longer than to read it
LOG = logging.getLogger("seminar.nbgrader")  # what nbgrader's preprocessors say


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
        self._topics: dict[str, _Topic] = {}

    def paper(self, submission: Submission) -> Paper:
        """Sanitise a submission.

        Raises:
            SeminarError: it cannot be graded; the message names the file and the cure.
        """
        _require_text(submission)
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
            limits = tuple(float(topic.examine._get_timeout(cell) or 0) for cell in notebook.cells)
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

    def _resources(self, submission: Submission, topic: _Topic, name: str, entry: Entry) -> dict[str, Any]:
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

    def _write(self, submission: Submission, topic: _Topic, notebooks: dict[str, NotebookNode], entry: Entry) -> None:
        folder = self._course.autograded(submission.topic, submission.student)
        aside = aside_of(folder)
        written: dict[str, Path] = {}
        try:
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            for number, (name, path) in enumerate(topic.beside(submission)):
                with contextlib.suppress(FileNotFoundError):  # taken back while it was graded
                    written[name] = Path(shutil.copyfile(path, aside / str(number)))
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

    def _topic(self, name: str) -> _Topic:
        if name not in self._topics:
            self._topics[name] = _Topic(self._course, self._ledger, name, self._gpu)
        return self._topics[name]


class _Topic:
    """What the submissions of a topic have in common.

    Attributes:
        record: what the gradebook knows of it.
        keys: its answer keys, by notebook.
        before: the preprocessors that sanitise a submission.
        examine: what runs it, for its settings.
        after: the preprocessors that come after that.
        options: the settings of `examine` that are plain data.
        sanitise: whether what a submission shows is made harmless.
        permissions: of the files in `autograded/`.
    """

    def __init__(self, course: Course, ledger: Ledger, name: str, gpu: bool | None) -> None:
        self.record: TopicRecord = ledger.topic(name)
        self._course, self._name = course, name
        sources = course.source(name)
        self.keys: dict[str, AnswerKey] = {
            notebook: key_of(ledger.source_of(name, notebook), sources / f"{notebook}.ipynb")
            for notebook in self.record.notebooks
        }
        self._converter = Autograde(coursedir=course.directory(name), config=course.config)
        self._converter.log = LOG
        self.permissions = int(str(self._converter.permissions), 8)
        self.before = steps(self._converter, self._converter.sanitize_preprocessors)
        listed = steps(self._converter, self._converter.autograde_preprocessors)
        place = next((at for at, step in enumerate(listed) if isinstance(step, Execute)), None)
        if place is None:
            raise CourseError(
                "c.Autograde.autograde_preprocessors: none of them runs a notebook. "
                "Put seminar.examiner.examine.Examine in."
            )
        self.before += listed[:place]
        self.after: list[Step] = [step for step in listed[place + 1 :] if not isinstance(step, Sanitise)]
        self.sanitise = len(self.after) < len(listed) - place - 1
        runs = listed[place]
        self.examine = runs if isinstance(runs, Examine) else Examine(parent=runs.parent)
        self.options = {name: value for name, value in self._settings() if _is_plain(value)}
        if gpu is not None:
            self.options["gpu"] = gpu

    def run_hook(self, name: str, submission: Submission) -> str | None:
        """Call a hook of the course's own, as nbgrader does. Returns how it failed; None where it did not."""
        hook = getattr(self._converter, name)
        if isinstance(hook, links.Hook):
            # What the other half does is done on the way, without a change to what was handed in.
            hook = hook.own and hook.then
        try:
            if hook:
                found = submission.folder.glob("*.ipynb")
                notebooks = sorted(str(path) for path in found if path.is_file() and not path.is_symlink())
                hook(assignment=submission.topic, student=submission.student, notebooks=notebooks)
        except Exception as error:  # it is a program
            return f"c.Autograde.{name} failed ({type(error).__name__}: {error})"
        return None

    def share(self, submission: Submission) -> None:
        """Let the group write to a submission's folder, where the course is shared with one."""
        if self._converter.coursedir.groupshared:
            self._converter.set_permissions(submission.topic, submission.student)

    def _settings(self) -> Iterator[tuple[str, Any]]:
        for name in self.examine.class_trait_names(config=True):
            if name != "timeout_func":
                yield name, getattr(self.examine, name)

    def files(self, submission: Submission) -> tuple[tuple[tuple[str, bytes], ...], list[str]]:
        """What the cells of a submission can read: the instructor's files, and its own as far as they fit.

        Returns:
            Names and contents, and the names of what does not fit.

        Raises:
            CourseError: the instructor's do not fit.
        """
        found = self._with_instructors(work_files(submission.folder))
        kept = fitting(found, self.examine.read_limits())
        if lost := [name for name in self._instructors if name not in kept]:
            raise CourseError(does_not_fit(self._course.source(self._name) / lost[0]))
        return tuple((name, content_of(found[name])) for name in kept), [name for name in found if name not in kept]

    def beside(self, submission: Submission) -> list[tuple[str, Path]]:
        """The files that nbgrader copies into `autograded/` beside the notebooks: their names there, and where."""
        found = {
            name: path
            for name, path in copied(submission.folder, self._converter.coursedir.ignore)
            if not path.is_symlink() and path.is_file()
        }
        return sorted(self._with_instructors(found).items())

    def _with_instructors(self, found: Mapping[str, Path]) -> dict[str, Path]:
        """The instructor's files, and those of a student's that do not take the place of one, or of its folder."""
        theirs = self._instructors
        taken = {name for each in theirs for name in (each, *map(str, PurePath(each).parents))}
        return theirs | {
            name: path
            for name, path in found.items()
            if name not in taken
            and not PurePath(name).match(NOTEBOOKS)
            and not any(str(folder) in theirs for folder in PurePath(name).parents)
        }

    @property
    def instructors(self) -> frozenset[str]:
        """The names of the instructor's files."""
        return frozenset(self._instructors)

    @cached_property
    def _instructors(self) -> dict[str, Path]:
        folder = self._course.source(self._name)
        excluded = self._converter.exclude_overwriting.get(self._name, [])
        found = copied(folder, self._converter.coursedir.ignore)
        return {name: path for name, path in found if name not in excluded}


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


def _require_text(submission: Submission) -> None:
    """Check that the student's id can be recorded.

    Raises:
        GradingError: it is no text in UTF-8.
    """
    try:
        submission.student.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(submission.folder).decode("utf-8", "backslashreplace")
        raise GradingError(
            f"{shown}: the student's id is not text in UTF-8, and the gradebook takes nothing else. "
            "Rename the folder so that it is, then grade again."
        ) from error


def choose(
    submission: Submission, topic: TopicRecord, keys: dict[str, AnswerKey]
) -> tuple[dict[str, Path], list[Incident]]:
    """Which of the notebooks that were handed in is which of the topic's.

    That is told by its name; letter case aside, where no name fits exactly; and by its cells, where only one is left.

    Returns:
        The notebooks that were handed in by the names of the topic's, and what was odd.

    Raises:
        GradingError: there is none, or none can be told.
    """
    folder = submission.folder
    there = sorted(folder.glob(NOTEBOOKS))
    found = {path.stem if path.suffix == ".ipynb" else path.name: path for path in there}
    for path in found.values():
        if path.is_symlink():
            raise GradingError(f"{path}: is a link to {path.readlink()}. Put the student's notebook in its place.")
    chosen = {name: found.pop(name) for name in topic.notebooks if name in found}
    notes = []
    for name in topic.notebooks:
        if name in chosen:
            continue
        alike = [each for each, path in found.items() if _folded(path.stem) == _folded(name)]
        alike = alike or [each for each, path in found.items() if _is_of(path, keys[name])]
        if len(alike) == 1:
            chosen[name] = found.pop(alike[0])
            notes.append(Incident("name", "", f"{chosen[name].name} was handed in: it was taken for {name}.ipynb."))
    if not chosen:
        expected = " or ".join(f"{name}.ipynb" for name in topic.notebooks)
        names = ", ".join(sorted(path.name for path in found.values())) or "no notebook"
        raise GradingError(f"{folder}: holds {names}, and {expected} is expected. Name the right one so.")
    notes += [Incident("name", "", f"{path.name} was handed in too: it was not graded.") for path in found.values()]
    return chosen, notes


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()


def _is_of(path: Path, key: AnswerKey) -> bool:
    """Whether a notebook is made of a topic's: it holds most of its solution cells."""
    wanted = {cell.name for cell in key.values() if cell.role is Role.SOLUTION}
    try:
        there = {nbgrader_metadata(cell.node).get("grade_id") for cell in cells(read(path, mended=True))}
    except NotebookError:
        return False
    return len(wanted) > 0 and 2 * len(wanted & there) > len(wanted)


def digest_of(submission: Submission) -> str:
    """A digest of all that counts of a submission: the same, as long as it has not changed.

    Raises:
        NotebookError: a file cannot be read.
    """
    folder = submission.folder
    notebooks = sorted(path for path in folder.glob(NOTEBOOKS) if path.is_file() and not path.is_symlink())
    summed = hashlib.sha256()
    for name, path in ({path.name: path for path in notebooks} | work_files(folder)).items():
        try:
            with path.open("rb") as content:  # a piece at a time: it may be larger than memory
                size = os.fstat(content.fileno()).st_size
                summed.update(f"{name}\0{size}\0".encode("utf-8", "surrogateescape"))
                for piece in iter(partial(content.read, PIECE), b""):
                    summed.update(piece)
        except OSError as error:
            raise unreadable(path, error) from error
    return summed.hexdigest()


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(each) for key, each in value.items())
    if isinstance(value, list | tuple | set):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
