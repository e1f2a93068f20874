"""A scratch course: like another one, with a gradebook of its own, to try things on."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from seminar.course.course import CONFIG_FILE, Course
from seminar.errors import CourseError

MARK = ".scratch-course"  # a folder with this file in it is ours to remove


def make_course(origin: Course, into: Path, topics: Iterable[str] | None = None) -> Course:
    """Make a scratch course with the notebooks and configuration of another, and a gradebook of its own.

    Args:
        origin: the course to take after. Nothing of it is changed.
        into: the folder to make. A former scratch course there is removed.
        topics: those to take over; None: all.

    Raises:
        CourseError: the folder is there and is no scratch course, or cannot be written.
    """
    try:
        return _make_course(origin, into, topics)
    except OSError as error:
        # shutil's own are lists: of each file where it was, where it was to be, and why it is not.
        reason = error.args[0][0][-1] if isinstance(error, shutil.Error) else f"{error.strerror}: {error.filename}"
        raise CourseError(
            f"{into}: the scratch course cannot be made there ({reason}). Make room, or name another place: "
            "seminar demo --into DIR, or, for a rehearsal, the variable TMPDIR"
        ) from error


def _make_course(origin: Course, into: Path, topics: Iterable[str] | None) -> Course:
    if into.exists() and not (into / MARK).exists():
        raise CourseError(f"{into}: is there already and is no scratch course. Remove it, or name another: --into DIR")
    if origin.root.resolve().is_relative_to(into.resolve()):
        raise CourseError(f"{into}: holds the course that a scratch course is made of. Name another place: --into DIR")
    if into.exists():
        shutil.rmtree(into)
    into.mkdir(parents=True)
    (into / MARK).touch()
    root = into.resolve()
    config = (origin.root / CONFIG_FILE).read_text(encoding="utf-8")
    own = (
        "\n# A scratch course keeps to itself, whatever is set above.\n"
        f"get_config().CourseDirectory.root = {str(root)!r}\n"
        f"get_config().CourseDirectory.db_url = {f'sqlite:///{root}/gradebook.db'!r}\n"
        f"get_config().Exchange.root = {str(root / 'exchange')!r}\n"
    )
    (root / CONFIG_FILE).write_text(config + own, encoding="utf-8")
    scratch = Course(root)
    for topic in origin.topics() if topics is None else topics:
        shutil.copytree(origin.source(topic), scratch.source(topic), ignore=shutil.ignore_patterns(".*"))
    return scratch
