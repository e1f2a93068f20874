"""A cluster that a file describes: what it says, made, started, and ended."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from distributed.core import Status
from distributed.deploy.cluster import Cluster
from distributed.deploy.spec import ProcessInterface, SpecCluster

from seminar.errors import FleetError


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
