"""What the submissions of a topic have in common: its preprocessors, its answer keys, its files."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute

from seminar.bulk.handed_in import NOTEBOOKS
from seminar.bulk.steps import Step, steps
from seminar.course import links
from seminar.course.course import CONFIG_FILE, Course, Submission
from seminar.course.files import copied
from seminar.course.ledger import Ledger, TopicRecord
from seminar.course.notebook_file import content_of
from seminar.errors import CourseError
from seminar.examiner.examine import Examine
from seminar.examiner.key import AnswerKey, key_of
from seminar.examiner.process import does_not_fit
from seminar.examiner.sanitise import Sanitise
from seminar.room.parent import fitting, work_files

LOG = logging.getLogger("seminar.nbgrader")  # what nbgrader's preprocessors say


class Topic:
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
        self.before: list[Step] = steps(self._converter, self._converter.sanitize_preprocessors)
        listed = steps(self._converter, self._converter.autograde_preprocessors)
        found = next(((at, step) for at, step in enumerate(listed) if isinstance(step, Execute)), None)
        if found is None:
            raise CourseError(
                "c.Autograde.autograde_preprocessors: none of them runs a notebook. "
                "Put seminar.examiner.examine.Examine in."
            )
        place, runs = found
        self.before += listed[:place]
        self.after: list[Step] = [step for step in listed[place + 1 :] if not isinstance(step, Sanitise)]
        self.sanitise = len(self.after) < len(listed) - place - 1
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

    def seconds(self, notebook: NotebookNode) -> tuple[float, ...]:
        """How long each cell of a notebook may run; 0 for without end.

        Raises:
            CourseError: the course's own function does not tell.
        """
        try:
            return tuple(float(self.examine._get_timeout(cell) or 0) for cell in notebook.cells)
        except Exception as error:  # it is a program
            raise CourseError(
                f"{self._course.root / CONFIG_FILE}: c.Examine.timeout_func fails ({type(error).__name__}: {error}). "
                "It is given a cell, and returns its seconds."
            ) from error

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


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(each) for key, each in value.items())
    if isinstance(value, list | tuple | set):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
