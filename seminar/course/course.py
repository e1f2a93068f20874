"""A course: a folder with nbgrader's layout and an `nbgrader_config.py`."""

from __future__ import annotations

import difflib
import glob
import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jupyter_core.paths import jupyter_config_path
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from seminar.errors import CourseError

CONFIG_FILE = "nbgrader_config.py"
PATTERNS = frozenset("[]*?%")


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one topic."""

    topic: str
    student: str
    folder: Path


class Course:
    """The course in a folder. Paths follow the folder's own nbgrader configuration.

    Attributes:
        root: the folder, absolute.
        config: what its `nbgrader_config.py` sets, and those of the user and of the system, as nbgrader reads them.
    """

    def __init__(self, root: Path) -> None:
        """Open the course in `root`.

        Raises:
            CourseError: there is no such folder, no configuration in it, or one that does not run; or nbgrader cannot
                work under its name.
        """
        _put_environment_on_path()
        self.root = root.resolve()
        if taken := sorted(PATTERNS.intersection(str(self.root))):
            raise CourseError(
                f"{self.root}: nbgrader takes {' '.join(taken)} in a folder's name for a pattern, or for a part of the "
                "gradebook's address. Give the course a folder without."
            )
        path = self.root / CONFIG_FILE
        if not path.is_file():
            raise CourseError(
                f"{root}: is not a course: there is no {CONFIG_FILE}. "
                "Go to the course's folder, or name it: seminar --course DIR ..."
            )
        if str(self.root) not in sys.path:
            sys.path.append(str(self.root))  # nbgrader's plugins lie there
        self.config = _config([*reversed(jupyter_config_path()), str(self.root)])

    def directory(self, topic: str = "", student: str | None = None) -> CourseDirectory:
        """Nbgrader's own view of the course, for one topic and one student, or all where none is named."""
        try:
            directory = CourseDirectory(config=self.config, root=str(self.root))
        except TraitError as error:
            raise CourseError(f"{self.root / CONFIG_FILE}: c.CourseDirectory: {error} Mend it there.") from error
        directory.assignment_id = topic
        directory.student_id = "*" if student is None else glob.escape(student)
        return directory

    @cached_property
    def _directory(self) -> CourseDirectory:
        return self.directory()

    @property
    def database(self) -> str:
        """The gradebook, as an SQLAlchemy address."""
        return str(self._directory.db_url)

    def source(self, topic: str) -> Path:
        """The folder with the instructor's notebooks of a topic."""
        return source_of(self._directory, topic)

    def release(self, topic: str) -> Path:
        """The folder with the student versions of a topic."""
        return self._path(self._directory.release_directory, ".", topic)

    def submitted(self, topic: str, student: str) -> Path:
        """The folder with what a student handed in for a topic."""
        return self._path(self._directory.submitted_directory, student, topic)

    def autograded(self, topic: str, student: str) -> Path:
        """The folder with a student's graded notebooks of a topic."""
        return self._path(self._directory.autograded_directory, student, topic)

    def feedback(self, topic: str, student: str) -> Path:
        """The folder with a student's pages of feedback on a topic."""
        return self._path(self._directory.feedback_directory, student, topic)

    def folders(self) -> list[Path]:
        """The folders of nbgrader's steps, from the source notebooks to the feedback."""
        steps = self._directory
        return [
            self._path(step, ".", ".")
            for step in (
                steps.source_directory,
                steps.release_directory,
                steps.submitted_directory,
                steps.autograded_directory,
                steps.feedback_directory,
            )
        ]

    def answers(self, topic: str) -> Path:
        """The topic's answer bank: right and wrong answers to its exercises."""
        return self.root / "tests" / "exercises" / f"{topic}.yaml"

    def topics(self, wanted: Iterable[str] = ()) -> list[str]:
        """The topics that have a source notebook, in order; with `wanted`, these only.

        Raises:
            CourseError: there are none, or one has a name that nbgrader cannot take, or a wanted one does not exist.
        """
        base = self._path(self._directory.source_directory, ".", "*")
        # as nbgrader looks for them: without names that begin with a dot, and also outside of the course's folder
        known = sorted(path.name for path in map(Path, glob.glob(str(base))) if _notebooks(path))  # noqa: PTH207
        if not known:
            raise CourseError(f"{base.parent}: holds no topic. A topic is a folder there with a notebook in it.")
        selected = list(dict.fromkeys(wanted)) or known
        for name in selected:
            try:
                name.encode()
            except UnicodeEncodeError as error:
                raise CourseError(
                    f"{str(base.parent / name)!r}: is not text in UTF-8, and the gradebook takes nothing else. "
                    "Rename the folder."
                ) from error
        if odd := [name for name in selected if name != name.strip() or set("+[]*?").intersection(name)]:
            raise CourseError(
                f"{str(base.parent / odd[0])!r}: nbgrader takes no topic with + [ ] * or ? in its name, or a space at "
                "its start or end. Rename the folder."
            )
        for topic in selected:
            if topic not in known:
                close = difflib.get_close_matches(topic, known, n=1, cutoff=0.5)
                advice = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
                raise CourseError(f"{self.source(topic)}: there is no topic {topic!r}. {advice}")
        return selected

    def sources(self, topic: str) -> list[Path]:
        """The instructor's notebooks of a topic, in order."""
        return _notebooks(self.source(topic))

    def submissions(self, topic: str) -> list[Submission]:
        """What was handed in for a topic, by student."""
        return self._students_folders(self._directory.submitted_directory, topic)

    def astray(self) -> list[str]:
        """What was handed in where nobody looks, and the cure: a topic's folder is called nearly so, or is none."""
        topics = {_letters(topic): topic for topic in self.topics()}
        places = glob.glob(str(self._path(self._directory.submitted_directory, "*", "*")), include_hidden=True)  # noqa: PTH207
        found = []
        for place in sorted(map(Path, places)):
            topic = topics.get(_letters(place.name.removesuffix(place.suffix) if place.is_file() else place.name))
            if place.name in topics.values() and not place.is_dir():
                what = "is a link that leads nowhere" if place.is_symlink() and not place.exists() else "is no folder"
                found.append(f"{place}: {what}, and was not graded. Put the folder with the notebook in its place.")
            elif place.is_dir() and topic and topic != place.name and place.name not in topics.values():
                found.append(f"{place}: is looked for as {topic}, and was not graded. Rename the folder.")
            elif place.suffix.lower() == ".ipynb" and place.is_file():
                into = place.parent / (topic or "TOPIC") / place.name
                found.append(f"{place}: lies in no topic's folder, and was not graded. Move it: {into}")
        return found

    def graded(self, topic: str) -> list[Submission]:
        """What is graded of a topic, by student: the folders are those with the graded notebooks."""
        return self._students_folders(self._directory.autograded_directory, topic)

    def _students_folders(self, step: str, topic: str) -> list[Submission]:
        folders = glob.glob(str(self._path(step, "*", glob.escape(topic))), include_hidden=True)  # noqa: PTH207
        pattern = re.compile(self._directory.format_path(step, "(?P<student>[^/]*)", re.escape(topic), escape=True))
        excluded = {each.strip() for each in self._directory.student_id_exclude.split(",")}
        found = []
        for folder in sorted(map(Path, folders)):
            match = pattern.fullmatch(str(folder))
            if match and folder.is_dir() and match["student"] not in excluded:
                found.append(Submission(topic, match["student"], folder))
        return found

    def _path(self, step: str, student: str, topic: str) -> Path:
        try:
            # normalised, since nbgrader writes `source/./topic` for "no student"
            return Path(self._directory.format_path(step, student, topic))
        except (LookupError, ValueError, AttributeError) as error:  # what formatting a text raises
            raise CourseError(
                f"{self.root / CONFIG_FILE}: c.CourseDirectory.directory_structure is "
                f"{self._directory.directory_structure!r}: it takes {{nbgrader_step}}, {{student_id}} and "
                f"{{assignment_id}}, and nothing else ({type(error).__name__}: {error}). Mend it there."
            ) from error


def course_of(preprocessor: NbGraderPreprocessor) -> CourseDirectory:
    """Nbgrader's view of the course that a preprocessor works for: it is an exporter's, and that a converter's."""
    directory: CourseDirectory = preprocessor.parent.parent.coursedir
    return directory


def source_of(directory: CourseDirectory, topic: str) -> Path:
    """The folder with the instructor's notebooks of a topic."""
    return Path(directory.format_path(directory.source_directory, ".", topic))


def _letters(name: str) -> str:
    """A name's letters and digits, in small letters."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _notebooks(folder: Path) -> list[Path]:
    """The notebooks in a folder, in order: what macOS, Jupyter and Emacs put beside them begins with a dot."""
    return sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))


def _config(folders: Iterable[str]) -> Config:
    """What the configurations in some folders set, the last one's before the others'.

    Raises:
        CourseError: one does not run.
    """
    config = Config()
    for path in (Path(folder) / CONFIG_FILE for folder in folders):
        if path.is_file():
            try:
                config.merge(PyFileConfigLoader(path.name, path=str(path.parent)).load_config())
            except (Exception, SystemExit) as error:  # a configuration is a program: it can fail with anything
                raise CourseError(f"{path}: does not run ({type(error).__name__}: {error}). Mend it there.") from error
    return config


def _put_environment_on_path() -> None:
    """Let nbgrader find `alembic`, which it runs by name to make a gradebook, where no environment is activated."""
    programs = sysconfig.get_path("scripts")
    path = os.environ.get("PATH", os.defpath)
    if programs not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, path])
