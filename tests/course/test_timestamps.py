"""When a submission was handed in."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from seminar.course.timestamps import TIMESTAMP, time_in, time_of


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2025-11-25 10:00:00", 10),
        ("2025-11-25 10:00:00.000000 UTC", 10),
        ("2025-11-25 10:00:00 Z", 10),
        ("2025-11-25T10:00:00Z", 10),
        ("2025-11-25 10:00:00+01:00", 9),
        ("2025-11-25 10:00:00 +0100\n", 9),
        ("2025-11-25 10:00:00 +01:00", 9),
        ("2025-11-25 10:00:00 -0100", 11),
        ("2025-11-25-10-00-00", 10),
    ],
)
def test_times(text: str, hour: int) -> None:
    assert time_in(text) == datetime(2025, 11, 25, hour)


@pytest.mark.parametrize(
    "text", ["", "  ", "yesterday", "2025-13-41 10:00:00", "9" * 1000, "2025-11-25 10:00:00 +9999"]
)
def test_no_times(text: str) -> None:
    assert time_in(text) is None


def test_only_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / TIMESTAMP
    assert time_of(path) is None
    path.write_text("2025-11-25 10:00:00 UTC\n")
    assert time_of(path) == datetime(2025, 11, 25, 10)
    link = tmp_path / "link"
    link.symlink_to(path)
    assert time_of(link) is None
    path.unlink()
    os.mkfifo(path)
    assert time_of(path) is None
