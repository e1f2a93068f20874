"""Files that a test and the submission's code share: those that the test writes, and those that it waits for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from seminar.wire import documents

FILE_BYTES = 32 * 2**20  # of all files that are told at a time, and of what stands in them
FILES = 100  # of one folder


class Files:
    """The room's files that a test names, as the examiner has them."""

    def __init__(self) -> None:
        self._there: dict[str, Any] = {}  # what tells a version from another

    def write(self, files: list[list[Any]]) -> None:
        """Write what the test has: names and contents; None for a folder's."""
        for name, written in files:
            path = Path(name)
            with contextlib.suppress(OSError):
                if written is None:
                    path.mkdir(parents=True, exist_ok=True)
                else:
                    path.write_bytes(written)
                    self._there[name] = _version(path)

    def news(self, waited_for: list[str]) -> list[list[Any]]:
        """Of files that the test waits for, and of those in such folders: names, and what is new in them."""
        told, left = [], FILE_BYTES
        for path in _files(waited_for):
            with contextlib.suppress(OSError):
                version = _version(path)
                if version is None or self._there.get(str(path)) == version or version[1] > left:
                    continue
                self._there[str(path)] = version
                if (content := documents.taken(path)) is not None and len(content) <= left:
                    left -= len(content)
                    told.append([str(path), content])
        return told


def _files(names: list[str]) -> Iterator[Path]:
    for path in map(Path, names):
        with contextlib.suppress(OSError, ValueError):
            yield from islice(path.rglob("*"), FILES) if path.is_dir() else [path]


def _version(path: Path) -> tuple[int, int] | None:
    """What changes when a file does; None where there is none."""
    if not path.is_file():
        return None
    status = path.stat()
    return status.st_mtime_ns, status.st_size
