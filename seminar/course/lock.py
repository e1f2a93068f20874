"""One command at a time in a folder: two that write there would get into each other's way."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from seminar.errors import SeminarError


@contextlib.contextmanager
def locked(folder: Path, taken: SeminarError, needed: bool = True) -> Iterator[None]:
    """Within, no other process gets in here for the same folder.

    The lock is on the folder itself: no file is left, and a process that ends, however, has it no longer.

    Args:
        folder: which one.
        taken: what to raise where another process has it.
        needed: whether it is an error where a file system locks no folders, as some network's do.

    Raises:
        OSError: the folder cannot be opened, or not be locked where that is needed.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise taken from error
        except OSError:
            if needed:
                raise
        yield
    finally:
        os.close(handle)
