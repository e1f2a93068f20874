"""Putting what was handed in where nbgrader looks: whole or not at all, and never an older attempt over a newer one."""

from __future__ import annotations

import filecmp
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from seminar.course.course import Course
from seminar.course.notebook_file import content_of
from seminar.course.timestamps import TIMESTAMP, time_of
from seminar.errors import CollectError, NotebookError

RECORD = ".collected.json"  # ours, hidden, beside the notebook


class UnwrittenError(CollectError):
    """The disk does not take a submission."""


@dataclass(frozen=True)
class Collected:
    """Where a collected submission comes from.

    Attributes:
        source: the name of its notebook in the folder or archive.
        late: whether the learning management system calls it late.
        attempt: its number, from 0 on.
        handed_in: when, in UTC, without a time zone as nbgrader has it; None where nothing tells.
        modified: when the file, or its place in the archive, was written: seconds since 1970.
        upload: Canvas's number of the upload, 0 elsewhere.
        participant: Moodle's number of the student in the assignment, 0 elsewhere.
    """

    source: str
    late: bool = False
    attempt: int = 0
    handed_in: datetime | None = None
    modified: float = 0.0
    upload: int = 0
    participant: int = 0

    def is_newer_than(self, other: Collected) -> bool:
        """Whether it was handed in after another by the same student for the same topic.

        Canvas numbers all uploads, and that alone counts: a number behind the name may be a browser's. Elsewhere the
        time counts: that of handing in where it is known, else that of the file; then the number behind the name.
        """
        if self.upload and other.upload:
            return self.upload > other.upload
        if self.handed_in and other.handed_in and self.handed_in != other.handed_in:
            return self.handed_in > other.handed_in
        return (self.modified, self.attempt) > (other.modified, other.attempt)


@dataclass(frozen=True)
class Attempt:
    """What a student has handed in for a topic at a time.

    Attributes:
        collected: where it comes from.
        files: where the content of each file lies, by its path in the submission's folder.
    """

    student: str
    topic: str
    collected: Collected
    files: Mapping[PurePosixPath, Path]


def collected(folder: Path) -> Collected | None:
    """Where the submission in a folder comes from; None where it was not collected by `seminar collect`."""
    try:
        if (folder / RECORD).is_symlink():
            return None
        kept = json.loads(content_of(folder / RECORD))
        handed_in = kept.get("handed_in")
        return Collected(
            source=str(kept["source"]),
            late=bool(kept["late"]),
            attempt=int(kept["attempt"]),
            handed_in=datetime.fromisoformat(handed_in).replace(tzinfo=None) if handed_in else None,
            modified=float(kept.get("modified", 0)),
            upload=int(kept.get("upload", 0)),
            participant=int(kept.get("participant", 0)),
        )
    except (NotebookError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def place(course: Course, attempt: Attempt) -> str | None:
    """Put an attempt where the course looks for it.

    Returns:
        None where it was put there; else why what is there was left, as a clause.

    Raises:
        UnwrittenError: the disk does not take it; what is there stays.
        CollectError: something else is there, and stays.
    """
    target = course.submitted(attempt.topic, attempt.student)
    aside, former = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.former")
    try:
        _recover(target, former)
        if target.exists():
            if _same_files(target, attempt.files):
                return "unchanged"
            if not _is_newer(attempt, target):
                return "what is there is as new, or newer"
        shutil.rmtree(aside, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(attempt, aside)
        if target.exists():
            target.rename(former)
        aside.rename(target)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        _recover(target, former)
        raise UnwrittenError(f"{target} cannot be written ({error.strerror})") from error
    return None


def _recover(target: Path, former: Path) -> None:
    """Undo a replacement that was cut off between its two renames."""
    if former.exists():
        if target.exists():
            shutil.rmtree(former)
        else:
            former.rename(target)


def _is_newer(attempt: Attempt, target: Path) -> bool:
    """Whether an attempt is newer than what was placed before.

    Raises:
        CollectError: it cannot be known, or another student of that name has handed that in.
    """
    there, new = collected(target), attempt.collected
    if there is None:
        time = time_of(target / TIMESTAMP)
        if time is None or new.handed_in is None:
            raise CollectError(f"{target} was put there by other means, and differs")
        return new.handed_in > time
    if there.participant and new.participant and there.participant != new.participant:
        raise CollectError(f"{target} is by another participant of that name ({there.source})")
    return new.is_newer_than(there)


def _same_files(folder: Path, files: Mapping[PurePosixPath, Path]) -> bool:
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for ours in (RECORD, TIMESTAMP):
        there.pop(ours, None)
    return there.keys() == {str(path) for path in files} and all(
        filecmp.cmp(there[str(path)], content, shallow=False) for path, content in files.items()
    )


def _write(attempt: Attempt, folder: Path) -> None:
    folder.mkdir()
    for path, content in attempt.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if (folder / path).exists():
            raise FileExistsError(0, f"two files are called {path}")
        shutil.copyfile(content, folder / path)
    handed_in = attempt.collected.handed_in
    if handed_in:
        (folder / TIMESTAMP).write_text(handed_in.isoformat(" "), encoding="utf-8")  # as nbgrader's zip_collect has it
    record = asdict(attempt.collected) | {"handed_in": handed_in and handed_in.isoformat()}
    (folder / RECORD).write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
