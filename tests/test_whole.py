"""A file is whole, or as it was."""

from __future__ import annotations

import os
import threading
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


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_one_and_its_file_is_written(tmp_path: Path, there: bool) -> None:
    link, file = tmp_path / "link", tmp_path / "elsewhere" / "file"
    file.parent.mkdir()
    if there:
        file.write_text("old")
    link.symlink_to(Path("elsewhere") / "file")
    with pytest.raises(ZeroDivisionError), whole(link) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert file.exists() == there
    with whole(link) as part:
        part.write_text("whole")
    assert link.is_symlink()
    assert not file.is_symlink()
    assert file.read_text() == "whole"
    assert list(file.parent.iterdir()) == [file]


def test_a_link_to_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(IsADirectoryError), whole(tmp_path / "link"):
        pass


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe, link, read = tmp_path / "pipe", tmp_path / "link", []
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
        reader.start()
        with whole(path) as part:
            part.write_text("whole")
        reader.join(10)
    assert read == ["whole", "whole"]
    assert pipe.is_fifo()
    assert link.is_symlink()


def test_what_has_no_name_on_the_disk_is_written_into() -> None:
    """As /dev/stdout is, where it is a pipe."""
    there, here = os.pipe()
    with os.fdopen(there) as reader, os.fdopen(here, "w"), whole(Path(f"/dev/fd/{here}")) as part:
        part.write_text("whole\n")
        assert reader.readline() == "whole\n"
