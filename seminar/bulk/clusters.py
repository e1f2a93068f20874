"""Where graders come from: this machine, a Dask scheduler that runs, or a cluster that a file describes."""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dask
import distributed
import yaml
from distributed.core import Status
from distributed.deploy.cluster import Cluster
from distributed.deploy.spec import ProcessInterface, SpecCluster

from seminar.bulk import ahead, worker
from seminar.bulk.fleet import DaskFleet, Watch
from seminar.bulk.grade import RETRIES
from seminar.errors import FleetError, SeminarError
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
        FleetError: CUDA is asked for, and is not here.
    """
    if device == "cuda" and not has_gpu():
        raise FleetError("--device cuda: torch finds no GPU on this machine. Run: seminar doctor")
    gpu = device != "cpu" and has_gpu()
    # What killed graders leave of their temporary files goes with the folder.
    with (
        tempfile.TemporaryDirectory(prefix="seminar-", ignore_cleanup_errors=True) as folder,
        dask.config.set({**CONFIGURATION, "temporary-directory": folder}),
        contextlib.ExitStack() as opened,
    ):
        opened.callback(ahead.end_parents)
        parents = ahead.start(jobs, rooms=isolation == "room")
        _silence()
        with _ctrl_c_waits():
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
def _ctrl_c_waits() -> Iterator[None]:
    """Within, the first Ctrl-C is heard at the end: what has half started, Dask cannot end. The second one is at once.

    For what takes a few seconds.
    """
    former = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or former in (signal.SIG_IGN, None):
        yield
        return
    waits = False

    def heard(*_: object) -> None:
        nonlocal waits
        waits = True
        signal.signal(signal.SIGINT, former)

    signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
        if waits:
            signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def cluster(
    named: str, isolation: str, device: str, watch: Watch | None = None, alone: Callable[[], object] = lambda: None
) -> Iterator[DaskFleet]:
    """The graders of a cluster.

    Args:
        named: a scheduler's address (tcp://HOST:PORT, tls://HOST:PORT), its scheduler file (.json), or a description
            (.yaml): see `described`.
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


@contextlib.contextmanager
def described(path: Path) -> Iterator[Any]:
    """The cluster that a file describes, started, and ended with the context.

    The file names a class of Dask's family, its arguments, and how many workers to ask for:

    ```yaml
    cluster: dask_jobqueue.SLURMCluster
    arguments: {cores: 1, processes: 1, memory: 8 GiB, walltime: "02:00:00"}
    workers: 20
    ```

    Raises:
        FleetError: the file cannot be read, or says something else, or the cluster cannot be started.
    """
    told = _read(path)
    made = _made(path, str(told["cluster"]), told.get("arguments") or {})
    try:
        _start(path, made, told.get("workers") or 0)
        yield made
    finally:
        _end(made)


def _read(path: Path) -> Mapping[str, Any]:
    """What a file says of a cluster.

    Raises:
        FleetError: it cannot be read, or says something else.
    """
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FleetError(f"{path}: cannot be read ({error.strerror}). Name a file that describes a cluster.") from error
    except (yaml.YAMLError, ValueError) as error:  # the latter where a date is none, or it is not UTF-8
        raise FleetError(f"{path}: is not YAML: {error}. Mend it.") from error
    if not isinstance(told, Mapping) or told.keys() - {"cluster", "arguments", "workers"} or "cluster" not in told:
        raise FleetError(f"{path}: holds other settings than 'cluster', 'arguments' and 'workers'. Leave these only.")
    workers = told.get("workers")
    if workers is not None and (type(workers) is not int or workers < 0):  # a truth value is an int, too
        raise FleetError(f"{path}: 'workers' is {workers!r}, which is no number of workers. Write a whole one: 8")
    return told


def _made(path: Path, named: str, arguments: Mapping[str, Any]) -> Cluster:
    """A cluster of the class that a file names, or of the function: distributed.SSHCluster is one.

    Raises:
        FleetError: there is none of that name, or it cannot be started.
    """
    module, _, name = named.rpartition(".")
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise FleetError(f"{path}: there is no {named} here ({error}). Install its package.") from error
    other = FleetError(f"{path}: {named} is no cluster of Dask's. Name a class of one: dask_jobqueue.SLURMCluster")
    if not callable(kind) or (isinstance(kind, type) and not issubclass(kind, Cluster)):
        raise other
    try:
        made = kind(**arguments)
    except Exception as error:  # what it asks for its machines can fail with anything
        raise FleetError(f"{path}: {named} cannot be started: {_reason(error)}") from error
    if not isinstance(made, Cluster):
        raise other
    return made


def _start(path: Path, cluster: Cluster, workers: int) -> None:
    """Ask for workers, and wait until they are asked for: they come later.

    Raises:
        FleetError: they cannot be had.
    """
    try:
        if isinstance(cluster, SpecCluster):
            cluster.sync(_ask_for, cluster, workers)
        elif workers:
            cluster.scale(workers)
    except Exception as error:  # as above
        raise FleetError(f"{path}: its workers cannot be started: {_reason(error)}") from error


async def _ask_for(cluster: SpecCluster, workers: int) -> None:
    if workers:
        cluster.scale(workers)
    # Here, in the loop's thread, nobody was before us: the one who comes first is told what goes wrong.
    await cluster._correct_state()
    for each in list(cluster.workers.values()):
        await each  # those of the arguments, of which nobody was told


def _end(cluster: Cluster) -> None:
    """End a cluster, also one that has not started whole."""
    for job in getattr(cluster, "_created", ()):
        # Dask insists that each has ended: those that never began, and jobs of dask-jobqueue, do not say so.
        if isinstance(job, ProcessInterface):
            job.status = Status.failed
    with contextlib.suppress(Exception):  # what was graded is recorded; workers without a scheduler end by themselves
        cluster.close()


def _reason(error: BaseException) -> str:
    """Why a cluster did not start, in one line, and the cure."""
    if isinstance(error, AssertionError) and error.__context__:
        error = error.__context__  # that it could not end either is no reason
    cure = "Mend its arguments, or see that this machine can start it."
    if isinstance(error, ImportError) or isinstance(error.__cause__, ImportError):
        cure = "Install what it needs in this environment."
    return f"{' '.join(str(error).split()).rstrip('.')} ({type(error).__name__}). {cure}"


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
