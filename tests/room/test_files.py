"""Files that a test waits for are told as they are, once."""

from __future__ import annotations

import os
from pathlib import Path

from seminar.room.files import FILE_BYTES, FILES, Files


def test_each_version_is_told_once(tmp_path: Path) -> None:
    files, path = Files(), tmp_path / "a.txt"
    names = [str(path), str(tmp_path / "not there"), "no\0name"]
    assert files.news(names) == []
    path.write_text("one")
    assert files.news(names) == [[str(path), b"one"]]
    assert files.news(names) == []
    path.write_text("three")
    assert files.news(names) == [[str(path), b"three"]]


def test_what_the_test_wrote_is_told_when_it_was_changed(tmp_path: Path) -> None:
    files, path = Files(), tmp_path / "folder" / "a.txt"
    files.write([[str(path.parent), None], [str(path), b"one"]])
    assert path.read_bytes() == b"one"
    assert files.news([str(path.parent)]) == []
    path.write_text("changed")
    assert files.news([str(path.parent)]) == [[str(path), b"changed"]]


def test_what_is_large_many_or_no_file_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(2 * FILES):
        (tmp_path / "many" / str(number)).touch()
    with (tmp_path / "large").open("wb") as file:
        file.truncate(FILE_BYTES + 1)
    os.mkfifo(tmp_path / "pipe")
    told = Files().news([str(tmp_path / name) for name in ("large", "many", "pipe")])
    assert len(told) == FILES
