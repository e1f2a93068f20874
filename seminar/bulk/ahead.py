"""What takes seconds before the first submission is graded here, started ahead: side by side, it is waited for once."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import tempfile
import threading
from collections.abc import Iterator
from multiprocessing import forkserver

from seminar.errors import FleetError
from seminar.examiner import PRELOAD
from seminar.room.parent import Parent

GRADER = "seminar.bulk.worker"  # what a grader imports
GRADERS_OF_A_PARENT = 8  # a warm parent forks for one after the other
_parents: list[Parent] = []


def start(graders: int = 1, rooms: bool = True) -> list[str]:
    """Start what does not run: the process that local graders are forks of, and the warm parents that they share.

    All of it ends with this process.

    Args:
        graders: how many there will be.
        rooms: whether they grade in rooms.

    Returns:
        The addresses of the warm parents.

    Raises:
        FleetError: the folder for temporary files cannot be used.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload([GRADER])
    with _deaf_to_ctrl_c():
        try:
            forkserver.ensure_running()
        except OSError as error:
            raise FleetError(f"{tempfile.gettempdir()}: {error}. Set TMPDIR to a folder with a short path.") from error
    wanted = -(-graders // GRADERS_OF_A_PARENT) if rooms else 0
    _parents.extend(Parent((PRELOAD,)) for _ in range(wanted - len(_parents)))
    for parent in _parents[:wanted]:
        parent.start(wait=False)
    return [parent.address for parent in _parents[:wanted]]


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Within, a process that is started will not hear Ctrl-C: it is for its owner, which ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def end_parents() -> None:
    """End the warm parents."""
    while _parents:
        _parents.pop().close()
