"""Clusters that a file describes."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from dask_jobqueue.slurm import SLURMCluster

from seminar.bulk import clusters
from seminar.errors import FleetError
from tests.making import ROOT

FILES = ROOT / "docs" / "cluster"


def test_the_file_for_slurm_makes_the_jobs_it_says() -> None:
    told = yaml.safe_load((FILES / "slurm.yaml").read_text())
    with SLURMCluster(**told["arguments"], interface="lo") as cluster:
        script = cluster.job_script()
    assert "#SBATCH -p compute" in script
    assert "#SBATCH --cpus-per-task=8" in script
    assert "--nthreads 1 " in script
    assert "--nworkers 8 " in script


def test_the_other_files_are_what_they_are_for() -> None:
    told = yaml.safe_load((FILES / "ssh.yaml").read_text())
    assert told["cluster"] == "distributed.SSHCluster"
    assert told["arguments"]["worker_options"]["memory_limit"] == 0
    parts = list(yaml.safe_load_all((FILES / "kubernetes.yaml").read_text()))
    assert [each["kind"] for each in parts] == ["Deployment", "Service", "Deployment"]
    command = parts[2]["spec"]["template"]["spec"]["containers"][0]["command"]
    assert command[command.index("--memory-limit") + 1] == "0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "is not YAML"),
        ("1", "holds other settings"),
        ("cluster: x.Y\nworker: 3", "holds other settings"),
        ("cluster: no.such.Cluster", "there is no no.such.Cluster here"),
        ("cluster: os.path.nothing", "there is no os.path.nothing here"),
        ("cluster: .no.Cluster", "there is no .no.Cluster here"),
        ("cluster: pathlib.Path", "pathlib.Path is no cluster of Dask's"),
        ("cluster: distributed.Client", "distributed.Client is no cluster of Dask's"),
        ("cluster: os.sep", "os.sep is no cluster of Dask's"),
        ("cluster: os.getcwd", "os.getcwd is no cluster of Dask's"),
        *((f"cluster: x.Y\nworkers: {each}", "no number of workers") for each in ("'32'", "many", "[1]", -3, "true")),
        ("cluster: x.Y\nworkers: 2025-13-45", "is not YAML: month must be in 1..12"),
        ("cluster: dask_jobqueue.SLURMCluster\narguments: [1]", "must be a mapping"),
        ("cluster: dask_jobqueue.SLURMCluster\narguments: {memory: 1 GB}", "cannot be started"),
    ],
)
def test_a_bad_description_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_text(text)
    with pytest.raises(FleetError, match=said) as caught, clusters.cluster(str(path), "room", "auto"):
        pass
    assert str(path) in str(caught.value)


@pytest.mark.skipif(find_spec("asyncssh") is not None, reason="asyncssh is here")
def test_a_package_that_is_missing_is_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "ssh.yaml"
    path.write_text("cluster: distributed.SSHCluster\narguments: {hosts: [localhost, localhost]}")
    with (
        pytest.raises(FleetError, match=r"the `asyncssh` package.* Install what it needs in this environment\.$"),
        clusters.cluster(str(path), "room", "auto"),
    ):
        pass


SLURM = {"cores": 1, "processes": 1, "memory": "2 GiB", "interface": "lo"}
OF_ONE_JOB = {
    "scheduler": {"cls": "distributed.Scheduler", "options": {"host": "127.0.0.1", "dashboard": False}},
    "workers": {0: {"cls": "dask_jobqueue.slurm.SLURMJob", "options": {"cores": 1, "memory": "2 GiB"}}},
}


@pytest.mark.parametrize("refusal", ["invalid partition specified", None])
@pytest.mark.parametrize(
    "told",
    [
        {"cluster": "dask_jobqueue.SLURMCluster", "arguments": SLURM, "workers": 2},
        {"cluster": "dask_jobqueue.SLURMCluster", "arguments": {**SLURM, "n_workers": 1}},
        {"cluster": "distributed.SpecCluster", "arguments": OF_ONE_JOB},
    ],
    ids=["workers", "arguments", "class"],
)
def test_jobs_that_slurm_does_not_take_are_told(
    told: dict[str, Any], refusal: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """No waiting for graders that never come, and no traceback."""
    described = tmp_path / "slurm.yaml"
    described.write_text(yaml.safe_dump(told))
    if refusal:
        sbatch = tmp_path / "sbatch"
        sbatch.write_text(f"#!/bin/sh\necho 'sbatch: error: {refusal}' >&2\nexit 1\n")
        sbatch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin" if refusal else str(tmp_path))
    with (
        pytest.raises(FleetError, match=refusal or "No such file or directory: 'sbatch'") as caught,
        clusters.cluster(str(described), "room", "auto"),
    ):
        pass
    assert str(caught.value).startswith(f"{described}: ")
    assert len(str(caught.value).splitlines()) == 1
    assert not caplog.records
