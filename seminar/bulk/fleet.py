"""The graders: Dask workers that papers are handed to."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

import distributed
from distributed.scheduler import KilledWorker

from seminar.bulk import worker
from seminar.bulk.paper import Graded, Paper
from seminar.errors import FleetError, GraderDiedError

RETRIES = 2  # of a submission whose worker has died
LOOK = 2.0  # seconds after which the number of workers is asked for again

Watch = Callable[[tuple[str, str], str], None]
"""Told (topic, student) and the grade id of the exercise that a grader is at."""


class Fleet(Protocol):
    """What grades papers."""

    def capacity(self) -> int:
        """How many papers may be out at a time."""

    def send(self, paper: Paper) -> str:
        """Hand out a paper. Returns a ticket for it."""

    def returned(self) -> Iterator[tuple[str, Graded | BaseException]]:
        """Wait until a paper is back. Yields all that are, by their tickets.

        Raises:
            FleetError: the graders are gone.
        """


class DaskFleet:
    """Dask workers.

    Attributes:
        gpu: whether submissions run on a GPU.
    """

    def __init__(self, client: distributed.Client, isolation: str, gpu: bool, watch: Watch | None = None) -> None:
        """Take the workers that a client's scheduler has, and those that come later.

        Args:
            client: connected to a scheduler.
            isolation: where submissions run: "room" or "none".
            gpu: whether each takes one unit of the workers' resource "GPU".
            watch: told where the work is.

        Raises:
            SeminarError: a worker cannot grade.
        """
        self._client = client
        self.gpu = gpu
        self._resources = {"GPU": 1} if gpu else None
        self._events = f"seminar-{uuid.uuid4().hex}"
        self._futures: dict[str, distributed.Future[Any]] = {}
        self._completed = distributed.as_completed(raise_errors=False)
        self._asked = -LOOK
        self._slots = 1
        client.register_plugin(worker.Grader(isolation))
        if watch is not None:
            client.subscribe_topic(self._events, lambda event: _watched(watch, event))

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
        self._futures[ticket] = future
        self._completed.add(future)
        return ticket

    def returned(self) -> Iterator[tuple[str, Graded | BaseException]]:
        """Wait until a paper is back."""
        for future in self._completed.next_batch(block=True):
            del self._futures[future.key]
            if future.status not in ("finished", "error"):
                raise FleetError(
                    f"{_address(self._client)}: the scheduler of the graders is gone. "
                    "Start it again, then grade again: what is recorded stays, and is not graded twice."
                )
            yield future.key, _result(future)


def _result(future: distributed.Future[Any]) -> Graded | BaseException:
    error = future.exception()
    if isinstance(error, KilledWorker):
        return GraderDiedError(
            f"the process that graded it died, {error.allowed_failures + 1} times: it is not tried again, "
            "and its tests have failed."
        )
    return error if error is not None else cast(Graded, future.result())


def _watched(watch: Watch, event: Any) -> None:
    _, told = event
    topic, student = told["submission"]
    watch((topic, student), told["where"])


def _address(client: distributed.Client) -> str:
    return str(client.scheduler.address) if client.scheduler else "the cluster"
