"""Files that a test waits for are told as they are, once."""

from __future__ import annotations

import os
from pathlib import Path

from seminar.room.files import FILE_BYTES, FILES, Files
from seminar.wire.encoding import encode


def test_each_version_is_told_once(tmp_path: Path) -> None:
    files, path = Files(), tmp_path / "a.txt"
    names = [str(path), str(tmp_path / "not there"), "no\0name"]
    assert files.news(names) == []
    path.write_text("one")
    assert files.news(names) == [[str(path), encode("one")]]
    assert files.news(names) == []
    path.write_text("three")
    assert files.news(names) == [[str(path), encode("three")]]


def test_what_the_test_wrote_is_told_when_it_was_changed(tmp_path: Path) -> None:
    files, path = Files(), tmp_path / "folder" / "a.txt"
    files.write([[str(path.parent), None], [str(path), b"one"]])
    assert path.read_bytes() == b"one"
    assert files.news([str(path.parent)]) == []
    path.write_text("changed")
    assert files.news([str(path.parent)]) == [[str(path), encode("changed")]]


def test_what_is_large_many_or_no_file_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(2 * FILES):
        (tmp_path / "many" / f"{number}.txt").touch()
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(FILE_BYTES + 1)
    os.mkfifo(tmp_path / "pipe.txt")
    names = ("large.txt", "pipe.txt", "data.pkl", "no.json", "no.pt", "no.npy", "no.png")
    for name in names[2:]:
        (tmp_path / name).write_bytes(b"\xff\xfe")
    told = Files().news([str(tmp_path / name) for name in (*names, "many")])
    assert len(told) == FILES
