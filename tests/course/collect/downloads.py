"""Downloads, as learning management systems make them, for the tests of collecting."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from hypothesis import strategies as st

from tests import making
from tests.making import code, graded, notebook, solution

TOPICS = ("3-autograd", "4-mnist")
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC).timestamp()
ROSTER: dict[str, dict[str, str]] = {
    "ada": {"first_name": "Ada", "last_name": "Lovelace", "lms_user_id": "12345.0"},  # as a spreadsheet writes it
    "sean": {"first_name": "Sean", "last_name": "O'Brien"},
    "grace": {"first_name": "Grace", "last_name": "Hopper"},
    "jose": {"first_name": "José Luis", "last_name": "García"},
    "dash": {"first_name": "Anne-Marie", "last_name": "Løv"},
}


def about(topic: str) -> nbformat.NotebookNode:
    """A topic's notebook, with grade ids of its own."""
    return notebook(making.given(f"{topic}-imports"), solution(f"{topic}-double"), graded(f"{topic}-test"))


def answer(text: str = "", topic: str = "3-autograd") -> bytes:
    """A notebook that a student hands in."""
    made = about(topic)
    made.cells.append(code("own", f"# {text}"))
    return str(nbformat.writes(made)).encode()


Files = Mapping[str, bytes | str]


def zipped(path: Path, files: Files, time: tuple[int, ...] = (2026, 1, 2, 3, 4, 6)) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, time[:6]), content, zipfile.ZIP_DEFLATED)  # type: ignore[arg-type]
    return path


def tarred(path: Path, files: Files, time: float = 0) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), time
            archive.addfile(info, io.BytesIO(data))
    return path


def in_folder(path: Path, files: Files) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return path
