"""Student versions: lint the source notebooks, then let nbgrader generate them."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbgrader.converters import GenerateAssignment

from seminar.course import converters
from seminar.course.course import Course
from seminar.course.lint import lint
from seminar.errors import CourseError, NotebookError


def check(course: Course, topics: list[str]) -> None:
    """Lint the source notebooks of the topics.

    Raises:
        NotebookError: a notebook breaks a rule; the message lists all places.
    """
    findings = [finding for topic in topics for path in course.sources(topic) for finding in lint(path)]
    if findings:
        raise NotebookError("\n".join(map(str, findings)))


def release(course: Course, topic: str) -> list[Path]:
    """Generate the student versions of a topic, and put its cells into the gradebook.

    The former student versions stay as they were where anything fails.

    Returns:
        The notebooks that were written.

    Raises:
        NotebookError: a source notebook breaks a rule, or nbgrader refuses it.
        CourseError: the disk is full, or not to be written to.
    """
    check(course, [topic])
    target = course.release(topic)
    with (
        _disk_errors(target),
        tempfile.TemporaryDirectory(prefix=".release-", dir=course.root) as kept,
    ):
        former = Path(kept) / topic
        if target.exists():
            shutil.move(target, former)  # and back, which takes no room: a copy might not fit any more
        directory = course.directory(topic)
        converter = GenerateAssignment(coursedir=directory, config=course.config)
        converter.force = True
        try:
            converters.run(converter, NotebookError, str(course.source(topic)))
        except BaseException as error:
            shutil.rmtree(target, ignore_errors=True)
            if former.exists():
                shutil.move(former, target)
            if isinstance(error, NotebookError) and "Cannot add or remove cells" in str(error):
                raise NotebookError(
                    f"{course.source(topic)}: nbgrader lets no graded cell be added or removed, once there are grades. "
                    "Put back those that were there, or begin anew, without the grades: "
                    f"nbgrader db assignment remove {topic} --force"
                ) from error
            raise
    return sorted(target.glob("*.ipynb"))


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # shutil's are of many files
        raise CourseError(
            f"{folder}: cannot be written ({error.strerror or error.args[0]}). Make room, then release it again."
        ) from error
