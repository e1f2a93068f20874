"""Where graders come from: this machine, a Dask scheduler that runs, or a cluster that a file describes."""

from __future__ import annotations

import contextlib
import json
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import dask
import distributed

from seminar.bulk import ahead, worker
from seminar.bulk.described import described
from seminar.bulk.fleet import DaskFleet, Watch
from seminar.bulk.grade import RETRIES
from seminar.errors import FleetError, SeminarError
from seminar.forks import ctrl_c_waits
from seminar.machine import has_gpu

CONFIGURATION = {
    "distributed.scheduler.allowed-failures": RETRIES,
    "distributed.worker.multiprocessing-method": "forkserver",  # graders are forks of one that has imported all
    "distributed.admin.low-level-log-length": 1000,  # of the events that tell where the work is
    "distributed.admin.large-graph-warning-threshold": "4 GiB",  # a paper holds the files of its submission
}


@contextlib.contextmanager
def local(jobs: int, isolation: str, device: str = "cpu", watch: Watch | None = None) -> Iterator[DaskFleet]:
    """Graders on this machine, which end with the context, and with this process.

    Args:
        jobs: how many submissions at a time.
        isolation: where they run: "room" or "none".
        device: "cpu", "cuda", or "auto": CUDA where this machine has it.
        watch: told where the work is.

    Raises:
        FleetError: CUDA is asked for, and is not here; or graders cannot be started.
    """
    if device == "cuda" and not has_gpu():
        raise FleetError("--device cuda: torch finds no GPU on this machine. Run: seminar doctor")
    gpu = device != "cpu" and has_gpu()
    # What killed graders leave of their temporary files goes with the folder.
    with (
        _temporary_folder() as folder,
        dask.config.set({**CONFIGURATION, "temporary-directory": folder}),
        contextlib.ExitStack() as opened,
    ):
        opened.callback(ahead.end_parents)
        parents = ahead.start(jobs, rooms=isolation == "room")
        _silence()
        with ctrl_c_waits(), _errors_of_start():
            cluster = opened.enter_context(
                distributed.LocalCluster(
                    n_workers=jobs,
                    threads_per_worker=1,
                    memory_limit=0,  # what a submission may take, its room bounds
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                    security=distributed.Security.temporary(),  # other users of this machine could send work, else
                    resources={"GPU": 1} if gpu else None,
                    env={worker.SHARE: str(1 / jobs)} if gpu else None,
                )
            )
            client = opened.enter_context(distributed.Client(cluster))
            fleet = DaskFleet(client, worker.Grader(isolation, parents, folder), gpu, watch)
        yield fleet


@contextlib.contextmanager
def _temporary_folder() -> Iterator[str]:
    with contextlib.ExitStack() as opened:
        with _errors_of_start():
            made = tempfile.TemporaryDirectory(prefix="seminar-", ignore_cleanup_errors=True)
        yield opened.enter_context(made)


@contextlib.contextmanager
def _errors_of_start() -> Iterator[None]:
    """Turn what keeps graders from being started into a FleetError: Dask makes a RuntimeError of a full disk."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise FleetError(
            f"{tempfile.gettempdir()}: graders cannot be started with their temporary files there ({error}). "
            "Make room there, or set TMPDIR to a folder on another disk."
        ) from error


@contextlib.contextmanager
def cluster(
    named: str, isolation: str, device: str, watch: Watch | None = None, alone: Callable[[], object] = lambda: None
) -> Iterator[DaskFleet]:
    """The graders of a cluster.

    Args:
        named: a scheduler's address (tcp://HOST:PORT, tls://HOST:PORT), its scheduler file (.json), or a description
            (.yaml): see `seminar.bulk.described`.
        isolation: where submissions run: "room" or "none".
        device: "cpu", "cuda", or "auto": CUDA where a worker has the resource "GPU".
        watch: told where the work is.
        alone: called when papers are out and no worker is there any more.

    Raises:
        FleetError: there is no such cluster, or it does not answer.
    """
    with dask.config.set(CONFIGURATION), contextlib.ExitStack() as opened:
        _silence()  # before workers start
        try:
            if named.endswith((".yaml", ".yml")):
                client = distributed.Client(opened.enter_context(described(Path(named))))
            elif named.endswith(".json"):
                client = distributed.Client(_address(Path(named)))
            else:
                client = distributed.Client(named)
        except (OSError, TimeoutError, ValueError) as error:
            raise FleetError(
                f"--cluster {named}: no scheduler answers there ({error}). Start one (dask scheduler), or name another."
            ) from error
        opened.enter_context(client)
        _silence()  # the loggers that have come since
        try:
            gpu = _has_gpu(named, client, device)
            fleet = DaskFleet(client, worker.Grader(isolation), gpu, watch, alone)
        except (OSError, TimeoutError) as error:
            raise FleetError(
                f"--cluster {named}: the scheduler is gone ({error}). Start it again (dask scheduler), or name another."
            ) from error
        except SeminarError:
            raise
        except Exception as error:  # Dask makes one of what it cannot load
            raise FleetError(
                f"--cluster {named}: a worker cannot grade ({error}). Install this project where it runs, in the same "
                "versions, and start it anew."
            ) from error
        yield fleet


def _has_gpu(named: str, client: distributed.Client, device: str) -> bool:
    """Whether a cluster's graders are to use a GPU."""
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    with_gpu = any("GPU" in each["resources"] for each in workers)
    if device == "cuda" and workers and not with_gpu:
        raise FleetError(
            f"--device cuda: no grader of {named} offers a GPU. Start some: dask worker ... --resources GPU=1"
        )
    return with_gpu if device == "auto" else device == "cuda"


def _address(scheduler_file: Path) -> str:
    """The address in a scheduler's file: Dask itself would wait for ever for one that is not there.

    Raises:
        FleetError: it is not there, or holds none.
    """
    cure = f"Start a scheduler that writes it (dask scheduler --scheduler-file {scheduler_file}), or name another."
    try:
        return str(json.loads(scheduler_file.read_text(encoding="utf-8"))["address"])
    except OSError as error:
        raise FleetError(f"--cluster {scheduler_file}: cannot be read ({error.strerror}). {cure}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise FleetError(f"--cluster {scheduler_file}: holds no scheduler's address. {cure}") from error


def _silence() -> None:
    """Let Dask say nothing: what matters of it, errors of ours tell. Where it starts workers, call this before."""
    warnings.filterwarnings("ignore", message=worker.SLOW_DISK)
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
