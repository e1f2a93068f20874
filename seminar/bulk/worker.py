"""A grader: what runs in a Dask worker. It has no course, no gradebook and no shared folder: papers come and go."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import cast

from distributed import Reschedule, Worker, WorkerPlugin, get_worker

from seminar.bulk.grade import grade
from seminar.bulk.paper import Graded, Paper
from seminar.errors import RoomError
from seminar.examiner import PRELOAD
from seminar.room.bubblewrap import try_out
from seminar.room.provisioner import shared_parent

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
SHARE = "SEMINAR_GPU_SHARE"  # the variable that tells a worker its share of a GPU's memory, from 0 to 1
INTERVAL = 0.5  # seconds between two reports of where the work is, at least
SLOW_DISK = "Creating scratch directories"  # how Dask's warning begins where that took a second

# Here, not in `setup`: Dask makes them before. A local grader is a fork of a process that has imported this.
warnings.filterwarnings("ignore", message=SLOW_DISK)


class Grader(WorkerPlugin):
    """Makes a Dask worker fit for grading: checked, quiet, and warm."""

    name = "seminar-grader"

    def __init__(self, isolation: str, parents: Sequence[str] = (), folder: str | None = None) -> None:
        """Plan graders.

        Args:
            isolation: whether they grade in rooms ("room") or without ("none").
            parents: addresses of warm parents that they share, where they are all on one machine; none: each has its
                own.
            folder: for their temporary files, which the coordinator removes; None: where the machine has them.
        """
        self._folder = folder
        self._isolation = isolation
        self._parents = list(parents)
        self.unfit = ""  # why a worker cannot grade
        self.version = version("seminar")

    def setup(self, worker: Worker) -> None:
        """Called by Dask on each worker, those that come later too: of these it lets the setup fail.

        Raises:
            RoomError: the worker cannot grade: it builds no rooms, or is of another version.
        """
        try:
            self._make_fit(worker)
        except RoomError as error:
            self.unfit = str(error)
            raise

    def _make_fit(self, worker: Worker) -> None:
        _require_version(worker, self.version)
        tempfile.tempdir = self._folder or tempfile.tempdir
        for variable in THREADS:
            os.environ.setdefault(variable, "1")  # the workers of a machine share its cores
        os.environ["NBGRADER_EXECUTION"] = "autograde"  # as in nbgrader's own Autograde
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the coordinator, which ends this worker
        if self._isolation == "room":
            try:
                try_out()
            except RoomError as error:
                raise RoomError(f"{_name(worker)}: {error}") from error
            parent = shared_parent(PRELOAD)
            if self._parents:
                parent.connect(self._parents[int(worker.name) % len(self._parents)])
            threading.Thread(target=parent.start, daemon=True).start()  # the imports take seconds


def _require_version(worker: Worker, wanted: str) -> None:
    """Check that a worker has the coordinator's version of this package.

    Raises:
        RoomError: it has another.
    """
    if (here := version("seminar")) != wanted:
        raise RoomError(f"{_name(worker)}: has seminar {here}, and {wanted} is needed. Install that there.")


def _name(worker: Worker) -> str:
    return f"worker {worker.address} on {socket.gethostname()}"


def run(paper: Paper, topic: str) -> Graded:
    """Grade one paper, and report where the work is as events of a topic of Dask's: `event` makes them.

    Raises:
        Reschedule: this worker cannot grade: another one is to, and this one ends.
    """
    worker = get_worker()
    if unfit := cast(Grader, worker.plugins[Grader.name]).unfit:
        worker.log_event(topic, json.dumps(unfit))
        worker.loop.add_callback(worker.close, reason=unfit)
        raise Reschedule
    last = 0.0

    def tell(where: str) -> None:
        nonlocal last
        if time.monotonic() - last > INTERVAL:
            last = time.monotonic()
            worker.log_event(topic, event((paper.topic, paper.student), where))

    tell("")
    return grade(_on_this_machine(paper), tell)


def event(submission: tuple[str, str], where: str) -> str:
    """What is told of a submission, as ASCII: a lone surrogate in a message ends Dask's connection for good."""
    return json.dumps([*submission, where])


def read_event(told: str) -> tuple[tuple[str, str], str] | str:
    """The submission (topic, student) and the grade id that `event` was made of; or why a worker cannot grade."""
    read = json.loads(told)
    if isinstance(read, str):
        return read
    topic, student, where = read
    return (topic, student), where


def _on_this_machine(paper: Paper) -> Paper:
    """A paper with the share of the GPU's memory that a submission has here, where the course does not say another."""
    if not paper.options.get("gpu") or SHARE not in os.environ:
        return paper
    limits = {"gpu_memory": float(os.environ[SHARE]), **paper.options.get("limits", {})}
    return replace(paper, options={**paper.options, "limits": limits})
