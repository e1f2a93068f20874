"""The process that worker processes are forks of: a clean one, which has imported what they need."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import tempfile
import threading
from collections.abc import Iterator
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

from seminar.errors import SeminarError


def context(module: str) -> ForkServerContext:
    """The context of workers that need a module, whose process runs already.

    Args:
        module: what they import.

    Raises:
        SeminarError: the folder for temporary files cannot be used.
    """
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([module])
    with _deaf_to_ctrl_c():
        try:
            forkserver.ensure_running()
        except OSError as error:
            raise SeminarError(
                f"{tempfile.gettempdir()}: {error}. Set TMPDIR to a folder with a short path."
            ) from error
    return made


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
