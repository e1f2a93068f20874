"""Files that a test and the submission's code share: those that the test writes, and those that it hands over names of.

What comes back is what stands in such a file, as data, of which it is written anew (see `seminar.wire.documents`):
where the test has named it, and where nothing of the test's or of the instructor's is.
"""

from __future__ import annotations

import contextlib
import functools
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any

from seminar.wire import documents
from seminar.wire.channel import WireError

FILE_BYTES = 64 * 2**20  # of a file that a test writes for the candidate to read
MOST = 200  # files that come in one test
PATH_CHARACTERS = 1000
PATHS = 100  # of one list: a longer one is one of data; and that are waited for

# What a source has where a test may look at files: to ask for them at each request takes time.
LOOKS = re.compile(r"open\(|load|read|exists|is_file|is_dir|glob|listdir|iterdir|stat\(|getsize")


class Files:
    """The files of one examiner's process."""

    def __init__(self) -> None:
        """Watch from now on who makes temporary folders and files."""
        self._temporary: list[Path] = []  # folders and files
        self._working = Path.cwd()
        self._ours = {self._working, *self._working.rglob("*")}  # the instructor's files, which the candidate has too
        self._told: dict[Path, Any] = {}  # of the test's, as the candidate has them
        self._awaited: dict[str, None] = {}  # in the order in which they were named
        self._came: set[Path] = set()  # files that the submission has written
        self._looks, self._left = False, 0
        for name in ("mkdtemp", "NamedTemporaryFile"):
            setattr(tempfile, name, watched(getattr(tempfile, name), self._note_temporary))

    def begin(self, source: str) -> None:
        """Begin a test.

        Args:
            source: of it, which tells whether it looks at files.
        """
        self._looks, self._left = LOOKS.search(source) is not None, MOST
        self._awaited.clear()

    def awaited(self, arguments: Any) -> list[str]:
        """The files and folders that the test waits for: those of which it has handed over the names."""
        if self._looks:
            self._awaited |= dict.fromkeys(str(path) for path in _paths(arguments) if self._is_the_tests(path))
        return [*self._awaited][-PATHS:]

    def written(self, arguments: Any) -> Iterator[list[Any]]:
        """Files of the test's that the candidate does not have as they are: names and contents; None for a folder's.

        Args:
            arguments: a request's. Files and folders that these name are told, as far as the test has made them.
        """
        for named in _paths(arguments):
            with contextlib.suppress(OSError):  # most texts are no paths: too long, for one
                within = named.rglob("*") if named.is_dir() and self._is_shared(named.resolve()) else ()
                for path in (named.parent, named, *within):
                    version = _version(path)
                    if version and self._told.get(path) != version and self._is_the_tests(path):
                        self._told[path] = version
                        yield [str(path), path.read_bytes() if path.is_file() else None]

    def take(self, told: Any) -> None:
        """Write what the submission's code has written, as far as the test waits for it."""
        for each in told if type(told) is list else ():
            name, content = each if type(each) is list and len(each) == 2 else (None, None)
            with contextlib.suppress(OSError, ValueError, TypeError, WireError):  # it is no such file, then
                if type(name) is str and type(content) is bytes and self._is_awaited(path := Path(name)):
                    self._left -= 1
                    path.parent.mkdir(parents=True, exist_ok=True)
                    documents.write(path, content)
                    self._told[path] = _version(path)
                    self._came.add(path.resolve())

    def _is_awaited(self, path: Path) -> bool:
        """Whether the candidate may write a file: one that the test waits for, and that it has not written itself."""
        within = any(each in self._awaited for each in map(str, (path, *path.parents)))
        is_plain = (
            not any(part == ".." or part.startswith(".") for part in path.parts) and len(str(path)) < PATH_CHARACTERS
        )
        is_ours = path.exists() and path.stat().st_size > 0 and path.resolve() not in self._came
        return self._left > 0 and within and is_plain and not is_ours and self._is_the_tests(path)

    def _is_the_tests(self, path: Path) -> bool:
        place = path.resolve()
        return place not in self._ours and self._is_shared(place)

    def _is_shared(self, place: Path) -> bool:
        """Whether a place is in the work folder, or in a temporary one of the test's."""
        return any(place.is_relative_to(each) for each in (self._working, *self._temporary))

    def _note_temporary(self, made: Any) -> None:
        self._temporary.append(Path(made if isinstance(made, str) else made.name).resolve())


def _paths(value: Any) -> Iterator[Path]:
    """What may be paths in a request's arguments."""
    if isinstance(value, PurePath) or (type(value) is str and 0 < len(value) < PATH_CHARACTERS and value.isprintable()):
        yield Path(value)
    elif type(value) in (list, tuple) and len(value) <= PATHS:
        for each in value:
            yield from _paths(each)


def _version(path: Path) -> Any:
    """What changes when a file does; None where there is none, or one that is not read."""
    if path.is_symlink() or not path.exists():
        return None
    status = path.stat()
    if path.is_dir():
        return "folder"
    return (status.st_mtime_ns, status.st_size) if path.is_file() and status.st_size <= FILE_BYTES else None


def watched(function: Callable[..., Any], note: Callable[[Any], None]) -> Callable[..., Any]:
    """A function whose results are noted."""

    @functools.wraps(function)
    def watched(*positional: Any, **named: Any) -> Any:
        result = function(*positional, **named)
        note(result)
        return result

    return watched
