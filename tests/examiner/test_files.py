"""Files that the submission's code writes come where a test has named them, and nowhere else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from seminar.examiner.files import MOST, Files
from seminar.wire.encoding import encode
from seminar.wire.references import Reference

SOURCE = "assert open(path).read() == f(path)"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Of a process that works in a folder with one file of the instructor's, and forbids nothing."""
    (tmp_path / "instructors.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    for name in ("mkdtemp", "NamedTemporaryFile"):
        monkeypatch.setattr(tempfile, name, getattr(tempfile, name))  # put back at the end
    made = Files()
    made.begin(SOURCE)
    return made


def there(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_what_a_test_hands_over_names_of_is_awaited_and_in_a_test_about_files_only(files: Files) -> None:
    assert files.awaited(["a", Path("b/c"), ["d"], 3, "instructors.txt", "/etc/passwd"]) == ["a", "b/c", "d"]
    assert files.awaited(()) == ["a", "b/c", "d"]
    files.begin("assert f('named.txt') == 3")
    assert files.awaited(["a"]) == []


def test_a_file_comes_where_it_is_awaited_and_is_written_anew(files: Files, tmp_path: Path) -> None:
    folder = tempfile.mkdtemp()
    files.awaited([folder, "named.txt", Path("net.pt"), "sub"])
    weights = {"w": torch.ones(2), "n": [1, (2, 3)]}
    told = [["named.txt", encode("one")], [f"{folder}/deep/er.npy", encode(np.arange(3))], ["net.pt", encode(weights)]]
    files.take([*told, ["sub/picture.png", encode(Image.new("RGB", (2, 3), "red"))]])
    assert there(tmp_path) == ["instructors.txt", "named.txt", "net.pt", "sub/picture.png"]
    assert Path("named.txt").read_bytes() == b"one"
    assert np.load(f"{folder}/deep/er.npy").tolist() == [0, 1, 2]
    loaded = torch.load("net.pt", weights_only=True)
    assert (loaded["w"].tolist(), loaded["n"]) == ([1, 1], [1, (2, 3)])
    with Image.open("sub/picture.png") as picture:
        assert (picture.size, picture.getpixel((0, 0))) == ((2, 3), (255, 0, 0))
    files.take([["named.txt", encode("two")]])
    assert Path("named.txt").read_bytes() == b"two"
    assert [*files.written([Path("named.txt")])] == []  # the candidate has it


def test_what_the_test_wrote_stays(files: Files) -> None:
    Path("expected.csv").write_text("1,2")
    files.awaited(["expected.csv", "empty.txt"])
    Path("empty.txt").touch()
    files.take([["expected.csv", encode("3,4")], ["empty.txt", encode("x")]])
    assert (Path("expected.csv").read_text(), Path("empty.txt").read_text()) == ("1,2", "x")


LINKED = encode(Reference(-1, "x", mine=True), lambda each: each)


@pytest.mark.parametrize(
    "told",
    [
        *(None, 3, "x", [3], [["named.txt"]], [["named.txt", 3]], [[3, b""]], [[b"named.txt", b""]]),
        *([["other.txt", encode("")]], [["instructors.txt", encode("")]], [["sub/../../x.txt", encode("")]]),
        *([["/etc/x.txt", encode("")]], [["sub/.x.txt", encode("")]], [["sub/.git/x.txt", encode("")]], [["", b""]]),
        *(
            [["sub/x.py", encode("")]],
            [["sub/x.pkl", encode(b"")]],
            [["sub/x.so", encode("")]],
            [["sub/x", encode("")]],
        ),
        *([["sub/x.txt", encode(b"")]], [["sub/x.txt", encode(3)]], [["sub/x.txt", b"\xc1"]], [["sub/x.txt", LINKED]]),
        *(
            [["sub/x.npy", encode("x")]],
            [["sub/x.npz", encode([1])]],
            [["sub/x.png", encode("x")]],
            [["sub/x.pt", LINKED]],
        ),
    ],
)
def test_nothing_comes_anywhere_else_and_nothing_but_data(files: Files, tmp_path: Path, told: object) -> None:
    files.awaited(["instructors.txt", "/etc", "named.txt", "sub"])
    files.take(told)
    assert there(tmp_path) == ["instructors.txt"]
    assert (tmp_path / "instructors.txt").read_text() == "mine"


def test_files_have_an_end(files: Files, tmp_path: Path) -> None:
    files.awaited(["sub"])
    files.take([[f"sub/{number}.txt", encode("x")] for number in range(2 * MOST)])
    assert len(there(tmp_path)) == MOST + 1


@given(st.text(max_size=20).map(lambda name: [[f"sub/{name}.txt", encode("")], [f"{name}.txt", encode("")]]))
def test_no_name_leads_out_of_the_tests_folders(told: list[list[object]]) -> None:
    with tempfile.TemporaryDirectory() as outer:
        inner = Path(outer, "inner")
        inner.mkdir()
        former = Path.cwd()
        os.chdir(inner)
        kept = tempfile.mkdtemp, tempfile.NamedTemporaryFile
        try:
            made = Files()
            made.begin("open(path)")
            made.awaited(["sub", told[1][0]])
            made.take(told)
        finally:
            tempfile.mkdtemp, tempfile.NamedTemporaryFile = kept
            os.chdir(former)
        assert [path.name for path in Path(outer).iterdir()] == ["inner"]


@pytest.mark.parametrize("named", ["/", "..", "/usr", Path("/")])
def test_a_folder_that_is_not_the_tests_is_not_looked_through(
    files: Files, named: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looks(path: Path, pattern: str) -> None:
        raise AssertionError(f"{path} is looked through")

    monkeypatch.setattr(Path, "rglob", looks)
    assert [*files.written(["a/b", named, [named]])] == []
