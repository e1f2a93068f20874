"""When a submission was handed in: nbgrader's `timestamp.txt`."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from seminar.course.notebook_file import content_of
from seminar.errors import NotebookError

TIMESTAMP = "timestamp.txt"  # nbgrader's
CHARACTERS = 100  # that are read of one


def time_in(text: str) -> datetime | None:
    """A time in UTC, as nbgrader reads it (in UTC unless it says otherwise), or as Blackboard writes it, with hyphens.

    Returns:
        None where it is none.
    """
    text = re.sub(r"^(\d+-\d+-\d+)-(\d+)-(\d+)-(\d+)", r"\1 \2:\3:\4", text.strip())
    text = re.sub(r"\s+([+-]\d\d:?\d\d)$", r"\1", text)  # after a blank, nbgrader takes +0100 for seconds
    try:
        time = parse_utc(text) if text else None
    except (ValueError, OverflowError, TypeError):
        return None
    return time if isinstance(time, datetime) else None


def time_of(path: Path) -> datetime | None:
    """The time in a `timestamp.txt`, in UTC; None where it is no file, a link, or holds none."""
    try:
        return None if path.is_symlink() else time_in(content_of(path)[:CHARACTERS].decode("utf-8", "replace"))
    except NotebookError:
        return None
