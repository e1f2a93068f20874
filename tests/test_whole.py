"""A file is whole, or as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from seminar.whole import whole


def test_a_file_takes_its_place_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with whole(path) as part:
        part.write_text("half")
        assert not path.exists()
        part.write_text("whole")
    assert path.read_text() == "whole"
    assert [path] == list(path.parent.iterdir())


def test_after_an_error_all_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole(path) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert [path] == list(tmp_path.iterdir())


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, Path(), Path("/")):
        with pytest.raises(IsADirectoryError), whole(path):
            pass


def test_what_a_killed_process_left_is_not_followed(tmp_path: Path) -> None:
    path, other = tmp_path / "file", tmp_path / "other"
    (tmp_path / ".file.part").symlink_to(other)
    with whole(path) as part:
        part.write_text("whole")
    assert not path.is_symlink()
    assert not other.exists()
