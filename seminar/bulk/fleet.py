"""The graders: Dask workers that papers are handed to."""

from __future__ import annotations

import contextlib
import logging
import queue
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

import distributed
from distributed.scheduler import KilledWorker

from seminar.bulk import worker
from seminar.bulk.paper import Graded, Paper
from seminar.errors import FleetError, GraderDiedError
from seminar.forks import STOPPING, first_heard

LOG = logging.getLogger("seminar")
LOOK = 2.0  # seconds after which the number of workers is asked for again
LONG = 30.0  # seconds without a paper after which it is asked whether there is anybody to grade

Watch = Callable[[tuple[str, str], str], None]
"""Told (topic, student) and the grade id of the exercise that a grader is at."""


class Fleet(Protocol):
    """What grades papers."""

    def capacity(self) -> int:
        """How many papers may be out at a time."""

    def send(self, paper: Paper) -> str:
        """Hand out a paper. Returns a ticket for it."""

    def returned(self) -> tuple[str, Graded | BaseException]:
        """Wait until a paper is back. Returns its ticket, and what came of it.

        Raises:
            FleetError: the graders are gone.
            KeyboardInterrupt: the user stops it.
        """


class DaskFleet:
    """Dask workers.

    Attributes:
        gpu: whether submissions run on a GPU.
    """

    def __init__(
        self,
        client: distributed.Client,
        grader: worker.Grader,
        gpu: bool,
        watch: Watch | None = None,
        alone: Callable[[], object] = lambda: None,
    ) -> None:
        """Take the workers that a client's scheduler has, and those that come later.

        Args:
            client: connected to a scheduler.
            grader: what makes graders of the workers.
            gpu: whether each takes one unit of the workers' resource "GPU".
            watch: told where the work is.
            alone: called when papers are out and no worker is there any more.

        Raises:
            SeminarError: a worker cannot grade.
        """
        self._alone = alone
        self._client = client
        self.gpu = gpu
        self._resources = {"GPU": 1} if gpu else None
        self._events = f"seminar-{uuid.uuid4().hex}"
        self._out: set[distributed.Future[Any]] = set()  # Dask forgets what nobody holds
        self._back: queue.SimpleQueue[distributed.Future[Any] | None] = queue.SimpleQueue()  # None: the user stops it
        self._asked = -LOOK
        self._slots = 1
        client.register_plugin(grader)
        client.subscribe_topic(self._events, lambda event: _heard(watch, event))

    def capacity(self) -> int:
        """One paper for each thread of a worker: what waits behind another would share its worker's fate."""
        if time.monotonic() - self._asked > LOOK:
            self._asked = time.monotonic()
            with contextlib.suppress(OSError, TimeoutError):  # what is wrong shows when a paper is waited for
                self._slots = self.graders()
        return max(1, self._slots)

    def graders(self) -> int:
        """How many there are now."""
        return sum(self._client.nthreads().values())

    def send(self, paper: Paper) -> str:
        """Hand out a paper."""
        ticket = f"grade-{uuid.uuid4().hex}"
        future = self._client.submit(worker.run, paper, self._events, key=ticket, pure=False, resources=self._resources)
        self._out.add(future)
        future.add_done_callback(self._back.put)
        return ticket

    def returned(self) -> tuple[str, Graded | BaseException]:
        """Wait until a paper is back."""
        future = self._next()
        while future is not None and future.status in ("lost", "pending"):
            future.add_done_callback(self._back.put)  # what came of it died with its worker: Dask computes it anew
            future = self._next()
        if future is None:
            raise KeyboardInterrupt
        self._out.discard(future)
        if future.status not in ("finished", "error"):
            raise FleetError(
                f"{_address(self._client)}: the scheduler of the graders is gone. "
                "Start it again, then grade again: what is recorded stays, and is not graded twice."
            )
        return str(future.key), _result(future)

    def _next(self) -> distributed.Future[Any] | None:
        told = False
        while True:
            with contextlib.suppress(queue.Empty):
                return self._back.get(timeout=LONG)
            with contextlib.suppress(OSError, TimeoutError):
                if not told and not self.graders():
                    told = True
                    self._alone()

    @contextlib.contextmanager
    def stopped_by_user(self) -> Iterator[None]:
        """Within, Ctrl-C, SIGTERM and SIGHUP end the waiting for papers; the second one is what it always was.

        (A KeyboardInterrupt that is raised wherever the program happens to be can fall into a finaliser: Python drops
        it there.)
        """
        handlers = {each: heard for each in STOPPING if (heard := signal.getsignal(each)) is not signal.SIG_IGN}
        with first_heard(handlers, lambda _: self._back.put(None)):
            yield


def _result(future: distributed.Future[Any]) -> Graded | BaseException:
    error = future.exception()
    if isinstance(error, KilledWorker):
        return GraderDiedError(
            f"the process that graded it died, {error.allowed_failures + 1} times: it is not tried again, "
            "and its tests have failed."
        )
    return error if error is not None else cast(Graded, future.result())


def _heard(watch: Watch | None, event: Any) -> None:
    _, told = event
    read = worker.read_event(told)
    if isinstance(read, str):
        LOG.warning("%s It gets nothing to grade.", read)
    elif watch is not None:
        watch(*read)


def _address(client: distributed.Client) -> str:
    return str(client.scheduler.address) if client.scheduler else "the cluster"
