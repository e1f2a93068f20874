"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what is to become a file: beside it, under a hidden name.

    At the end of the context it takes its place in one step. After an error the file is as it was. A link stays one:
    the file that it leads to is written. What is there and is no file (a pipe, a terminal) is written into.

    Raises:
        IsADirectoryError: the path is a folder's.
    """
    if path.is_dir():  # also "." and "/", which have no name
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        yield path
        return
    place = Path(os.path.realpath(path))  # which takes links that lead in a circle, too
    part = place.with_name(f".{place.name}.part")
    part.unlink(missing_ok=True)  # of a process that was killed: it may be a link, or belong to another
    try:
        yield part
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
