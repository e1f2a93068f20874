"""The process that worker processes are forks of: a clean one, which has imported what they need."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from typing import Any

from seminar.errors import SeminarError

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # what a run is stopped by


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
def first_heard(handlers: Mapping[signal.Signals, Any], hear: Callable[[int], None]) -> Iterator[None]:
    """Within, the first of each of these signals is told to `hear`; the next one is for its own handler, as before."""

    def heard(number: int, _: object) -> None:
        signal.signal(number, handlers[signal.Signals(number)])
        hear(number)

    for number in handlers:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def ctrl_c_waits() -> Iterator[None]:
    """Within, the first Ctrl-C is heard at the end: what has half started, nobody can end. The second one is at once.

    So is another signal that this process hears. For what takes a few seconds.
    """
    heard_by = {number: handler for number in STOPPING if callable(handler := signal.getsignal(number))}
    if threading.current_thread() is not threading.main_thread():
        heard_by = {}
    waiting: list[int] = []
    try:
        with first_heard(heard_by, waiting.append):
            yield
    finally:
        if waiting:
            signal.raise_signal(waiting[0])


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
