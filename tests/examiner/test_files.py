"""Files that the submission's code writes come where a test has named them, and nowhere else."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seminar.examiner.files import Files
from tests.making import ROOT

SOURCE = "assert open('named.txt').read() == f('sub/other.csv')"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Of a process that works in a folder with one file of the instructor's, and forbids nothing."""
    (tmp_path / "instructors.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    for name in ("mkdtemp", "NamedTemporaryFile"):
        monkeypatch.setattr(tempfile, name, getattr(tempfile, name))  # put back at the end
    made = Files()
    monkeypatch.setattr(made._pickles, "forbid", lambda: None)
    made.begin(SOURCE)
    return made


def there(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_what_a_test_names_is_awaited_and_in_a_test_about_files_only(files: Files) -> None:
    assert files.awaited() == ["named.txt", "sub/other.csv"]
    assert files.awaited(["a", Path("b/c"), ["d"], 3]) == ["named.txt", "sub/other.csv", "a", "b/c", "d"]
    files.begin("assert f('named.txt') == 3")
    assert files.awaited(["a"]) == []


def test_a_file_comes_where_it_is_awaited(files: Files, tmp_path: Path) -> None:
    folder = tempfile.mkdtemp()
    files.awaited([folder])
    files.take([["named.txt", b"1"], ["sub/other.csv", b"2"], [f"{folder}/deep/er.bin", b"3"]])
    assert there(tmp_path) == ["instructors.txt", "named.txt", "sub/other.csv"]
    assert Path(folder, "deep", "er.bin").read_bytes() == b"3"
    assert [*files.written([Path("named.txt")])] == []  # the candidate has it
    Path("named.txt").write_text("changed by the test")
    assert [*files.written([Path("named.txt")])] == [["named.txt", b"changed by the test"]]


@pytest.mark.parametrize(
    "told",
    [
        *(None, 3, "x", [3], [["named.txt"]], [["named.txt", 3]], [[3, b""]], [[b"named.txt", b""]]),
        *(
            [["other.txt", b""]],
            [["instructors.txt", b""]],
            [["sub/../../x", b""]],
            [["sub/other.csv/../../../x", b""]],
        ),
        *([["/etc/passwd", b""]], [["sub/other.csv/x.py", b""]], [["sub/other.csv/x.PTH", b""]], [["", b""]]),
    ],
)
def test_nothing_comes_anywhere_else(files: Files, tmp_path: Path, told: object) -> None:
    files.awaited(["instructors.txt", "/etc/passwd"])
    files.take(told)
    assert there(tmp_path) == ["instructors.txt"]
    assert (tmp_path / "instructors.txt").read_text() == "mine"


@given(st.text(max_size=20).map(lambda name: [[f"sub/{name}", b""], [name, b""]]))
def test_no_name_leads_out_of_the_tests_folders(told: list[list[object]]) -> None:
    with tempfile.TemporaryDirectory() as outer:
        inner = Path(outer, "inner")
        inner.mkdir()
        former = Path.cwd()
        os.chdir(inner)
        kept = tempfile.mkdtemp, tempfile.NamedTemporaryFile
        try:
            made = Files()
            made._pickles.forbid = lambda: None  # type: ignore[method-assign]
            made.begin("open('sub/x.y')")
            made.awaited(["sub", told[1][0]])
            made.take(told)
        finally:
            tempfile.mkdtemp, tempfile.NamedTemporaryFile = kept
            os.chdir(former)
        assert [path.name for path in Path(outer).iterdir()] == ["inner"]


HOSTILE = """
import io, os, pickle, sys, tempfile
from pathlib import Path
import numpy as np, pandas as pd, torch
from seminar.examiner.files import Files

class Evil:
    def __reduce__(self):
        return os.system, ("echo evil",)

os.chdir(tempfile.mkdtemp())
files = Files()
files.begin("open('x.pkl')")
files.take([["x.pkl", pickle.dumps(Evil())]])
state = io.BytesIO()
torch.save({"w": torch.ones(2)}, state)
array = io.BytesIO()
np.save(array, np.array([Evil()], dtype=object))
files.take([["x.pkl", pickle.dumps(Evil())]])
for load in (
    lambda: pickle.load(open("x.pkl", "rb")),
    lambda: pickle._load(open("x.pkl", "rb")),
    lambda: pd.read_pickle("x.pkl"),
    lambda: torch.load("x.pkl", weights_only=False),
    lambda: np.load(io.BytesIO(array.getvalue()), allow_pickle=True),
):
    try:
        load()
    except Exception as error:
        print("refused" if "unpickles nothing" in str(error) else repr(error))
print(torch.load(io.BytesIO(state.getvalue()))["w"].sum().item())
"""


def test_from_then_on_nothing_is_unpickled() -> None:
    assert pickle.loads(pickle.dumps(len)) is len  # here, nothing has come
    done = subprocess.run([sys.executable, "-c", HOSTILE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["refused"] * 5 + ["2.0"]
