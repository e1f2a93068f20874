"""Student versions: lint the source notebooks, then let nbgrader generate them."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from nbgrader.converters import GenerateAssignment

from seminar.course import converters
from seminar.course.course import CONFIG_FILE, Course
from seminar.course.gradebook import DAMAGED, damaged
from seminar.course.lint import SOLUTION, lint
from seminar.course.lock import locked
from seminar.course.notebook import HIDDEN, SCHEME
from seminar.errors import CourseError, NotebookError

# The settings of nbgrader's that say what students do not get, and what both the rules and the examination go by.
MARKS = {
    ("ClearSolutions", "begin_solution_delimeter"): SOLUTION[0],
    ("ClearSolutions", "end_solution_delimeter"): SOLUTION[1],
    ("ClearHiddenTests", "begin_test_delimeter"): HIDDEN[0],
    ("ClearHiddenTests", "end_test_delimeter"): HIDDEN[1],
    ("ClearMarkScheme", "begin_mark_scheme_delimeter"): SCHEME[0],
    ("ClearMarkScheme", "end_mark_scheme_delimeter"): SCHEME[1],
}

# What the system, and SQLite, say where nothing can be written.
NO_ROOM = tuple(os.strerror(each) for each in (errno.ENOSPC, errno.EDQUOT, errno.EROFS))
NO_ROOM_FOR_GRADES = (
    "database or disk is full",
    "attempt to write a readonly database",
    "unable to open database file",
)


def check(course: Course, topics: list[str]) -> None:
    """Lint the source notebooks of the topics.

    Raises:
        NotebookError: a notebook breaks a rule; the message lists all places.
        CourseError: the course's configuration sets other marks of what students do not get than nbgrader's own.
    """
    for (section, setting), mark in MARKS.items():
        if (theirs := course.config[section].get(setting, mark)) != mark:
            raise CourseError(
                f"{course.root / CONFIG_FILE}: c.{section}.{setting} is {theirs!r}, and students would get what is "
                f"marked by {mark!r}. Take the setting out, and mark by {mark!r}."
            )
    findings = [finding for topic in topics for path in course.sources(topic) for finding in lint(path)]
    if findings:
        raise NotebookError("\n".join(map(str, findings)))


def release(course: Course, topic: str) -> list[Path]:
    """Generate the student versions of a topic, and put its cells into the gradebook.

    The former student versions stay as they were where anything fails. Where the process is killed, either version is
    in its place; or the former one is put back at the next call, if that was between the two renames of the exchange.

    Returns:
        The notebooks that were written.

    Raises:
        NotebookError: a source notebook breaks a rule, or nbgrader refuses it.
        CourseError: the disk is full, or not to be written to; another process is at it; or as `check` raises it.
    """
    target = course.release(topic)
    directory = course.directory(topic)
    step = directory.release_directory.rstrip("/")
    former, new = (Path(directory.format_path(f"{step}.{version}", ".", topic)) for version in ("former", "new"))
    taken = CourseError(f"{course.source(topic)}: another process releases it. Wait until it is through, or stop it.")
    with _disk_errors(target), locked(course.source(topic), taken, needed=False):
        _tidy(target, former, new)  # after a run that was killed
        check(course, [topic])
        directory.release_directory = f"{step}.new"
        converter = GenerateAssignment(coursedir=directory, config=course.config)
        afterwards, converter.post_convert_hook = converter.post_convert_hook, None  # once they are in their place
        logged: list[str] = []
        try:
            with converters.warnings_kept(converter.log, logged):
                converters.run(converter, NotebookError, str(course.source(topic)))
            if target.exists():
                former.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(target, former)  # takes no room: a copy might not fit any more
            if not target.parent.exists():
                target.parent.mkdir(parents=True)
                shutil.copymode(new.parent, target.parent)  # a group's, where the course is shared
            shutil.move(new, target)
            directory.release_directory, converter.post_convert_hook = step, afterwards
            converter.run_post_convert_hook()
        except NotebookError as error:
            told = "\n".join([*logged, str(error)])
            for place, reasons in ((target, NO_ROOM), (course.database, NO_ROOM_FOR_GRADES)):
                if reason := next((each for each in reasons if each in told), None):
                    raise _unwritable(place, reason) from error
            if reason := next((each for each in DAMAGED if each in told), None):
                raise damaged(course, reason) from error
            if "Cannot add or remove cells" in str(error) or "Cannot modify existing assignment" in str(error):
                raise NotebookError(
                    f"{course.source(topic)}: nbgrader lets no graded cell or notebook be added or removed, once there "
                    "are grades. Put back those that were there, or begin anew, without the grades: "
                    f"nbgrader db assignment remove {topic} --force"
                ) from error
            raise
        finally:
            _tidy(target, former, new)
    return sorted(target.glob("*.ipynb"))


def _tidy(target: Path, former: Path, new: Path) -> None:
    """Leave one version of a topic, in its place: the former one, where the new one has not come there."""
    if former.exists() and not target.exists():
        shutil.move(former, target)
    for folder in (former, new):
        if folder.is_symlink():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)
        with contextlib.suppress(OSError):  # another topic is in it, or it was never there
            folder.parent.rmdir()


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # shutil's are of many files
        raise _unwritable(folder, error.strerror or error.args[0]) from error


def _unwritable(place: Path | str, reason: str) -> CourseError:
    return CourseError(
        f"{place}: cannot be written ({reason}). Make room, or make the course writable, then release it again."
    )
