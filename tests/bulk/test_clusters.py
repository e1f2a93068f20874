"""Graders from elsewhere: a scheduler that runs, and clusters that files describe."""

from __future__ import annotations

import errno
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask
import distributed
import pytest
import yaml
from distributed.comm.core import CommClosedError

from seminar import forks
from seminar.bulk import clusters, worker
from seminar.bulk import fleet as fleet_module
from seminar.bulk.desk import Desk
from seminar.bulk.paper import Graded, Paper
from seminar.bulk.pipeline import grade_all, pending, set_up
from seminar.course.course import Course
from seminar.course.ledger import Ledger
from seminar.course.release import release
from seminar.errors import FleetError, RoomError
from seminar.machine import has_gpu
from tests.bulk.records import recorded
from tests.making import RIGHT, ROOT, hand_in, hear_ctrl_c, make_course, notebook
from tests.room.inside import becomes_true

TOPIC = "doubling"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = make_course(tmp_path / "course", **{TOPIC: notebook()})
    release(made, TOPIC)
    return made


def test_a_described_cluster_grades(course: Course, tmp_path: Path) -> None:
    """Jobs of dask-jobqueue, as on Slurm, but run by this machine's shell."""
    for number in range(3):
        hand_in(course, TOPIC, f"student {number}", RIGHT)
    described = tmp_path / "jobs.yaml"
    arguments = {"cores": 1, "processes": 1, "memory": "2 GiB", "log_directory": str(tmp_path), "interface": "lo"}
    told = {"cluster": "dask_jobqueue.local.LocalCluster", "arguments": arguments, "workers": 2}
    described.write_text(yaml.safe_dump(told))
    set_up(course)
    with Ledger(course) as ledger, clusters.cluster(str(described), "room", "auto") as fleet:
        assert not fleet.gpu
        done = list(grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), fleet))
    assert [outcome.error for outcome in done] == [None] * 3
    assert {row[2] for rows in recorded(course).values() for row in rows} == {2.0}


def test_a_worker_with_several_threads_grades_as_many_at_a_time(course: Course) -> None:
    """As `dask worker ADDRESS` starts one."""
    for number in range(8):
        hand_in(course, TOPIC, f"student {number}", f"import time; time.sleep(0.2)\n{RIGHT}")
    set_up(course)
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=4, dashboard_address=None) as made,
        Ledger(course) as ledger,
        clusters.cluster(made.scheduler_address, "room", "cpu") as fleet,
    ):
        assert fleet.capacity() == 4
        done = list(grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), fleet))
    assert [outcome.error for outcome in done] == [None] * 8
    assert {row[2] for rows in recorded(course).values() for row in rows} == {2.0}


def test_a_worker_without_this_project_is_told(tmp_path: Path) -> None:
    """Started where nothing of ours can be imported."""
    libraries = Path(distributed.__file__).parents[1]
    elsewhere = tmp_path / "libraries"
    elsewhere.mkdir()
    for entry in libraries.iterdir():
        if "seminar" not in entry.name and entry.suffix != ".pth":
            (elsewhere / entry.name).symlink_to(entry)
    with distributed.LocalCluster(n_workers=0, dashboard_address=None) as made:
        address = made.scheduler_address
        command = [sys.executable, "-S", "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--no-dashboard"]
        options: dict[str, Any] = {"cwd": tmp_path, "env": {"PYTHONPATH": str(elsewhere), "PATH": "/usr/bin:/bin"}}
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, **options) as running:
            try:
                with distributed.Client(address) as client:
                    client.wait_for_workers(1, timeout=60)
                with (
                    pytest.raises(FleetError, match=r"a worker cannot grade \(.*No module named 'seminar'.*Install"),
                    clusters.cluster(address, "room", "cpu"),
                ):
                    pass
            finally:
                running.terminate()


def test_a_worker_that_comes_late_and_cannot_grade_gets_nothing(
    course: Course, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(90):
        hand_in(course, TOPIC, f"student {number}", f"import time; time.sleep(1)\n{RIGHT}")
    set_up(course)
    (tmp_path / "other" / "seminar-9.9.9.dist-info").mkdir(parents=True)
    (tmp_path / "other" / "seminar-9.9.9.dist-info" / "METADATA").write_text("Name: seminar\nVersion: 9.9.9\n")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as made,
        Ledger(course) as ledger,
        clusters.cluster(made.scheduler_address, "room", "cpu") as fleet,
    ):
        command = [sys.executable, "-m", "distributed.cli.dask_worker", made.scheduler_address, "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "other"), str(ROOT)])}
        options: dict[str, Any] = {"cwd": tmp_path, "env": environment, "stderr": subprocess.DEVNULL}
        with subprocess.Popen([*command, "--local-directory", str(tmp_path)], **options) as late:
            try:
                until_it_came = itertools.takewhile(
                    lambda _: "9.9.9" not in caplog.text, pending(course, ledger, TOPIC)
                )
                done = list(grade_all(Desk(course, ledger), until_it_came, fleet))
                assert becomes_true(lambda: late.poll() is not None, 60)  # it has ended by itself
            finally:
                late.kill()
    assert {outcome.error for outcome in done} == {None}
    assert "has seminar 9.9.9, and 1.0.0 is needed" in caplog.text


def test_where_nobody_is_left_to_grade_it_is_told(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "LONG", 0.2)
    hand_in(course, TOPIC, "ada", RIGHT)
    set_up(course)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as made,
        Ledger(course) as ledger,
    ):
        told: list[str] = []

        def alone() -> None:
            told.append("alone")
            made.scale(1)

        with clusters.cluster(made.scheduler_address, "room", "cpu", alone=alone) as fleet:
            done = list(grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), fleet))
    assert told == ["alone"]
    assert [outcome.error for outcome in done] == [None]


def test_the_readme_lets_dask_bound_no_memory() -> None:
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if "dask worker tcp" in line]
    assert len(lines) == 2
    assert all("--memory-limit 0 " in line for line in lines)


def test_a_scheduler_that_goes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise CommClosedError("in <TCP (closed)>")

    monkeypatch.setattr(clusters, "DaskFleet", gone)
    options: dict[str, Any] = {"n_workers": 0, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with (
        distributed.LocalCluster(**options, protocol="tcp") as running,
        pytest.raises(FleetError, match=r"tcp://.*: the scheduler is gone \(in <TCP \(closed\)>\)"),
        clusters.cluster(running.scheduler_address, "none", "auto"),
    ):
        pass


@pytest.mark.parametrize(
    ("text", "said"), [(None, "cannot be read"), ("{", "holds no scheduler"), ("[]", "holds no scheduler")]
)
def test_a_schedulers_file_that_names_none_is_told(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "scheduler.json"
    if text:
        path.write_text(text)
    with pytest.raises(FleetError, match=f"{path}: {said}"), clusters.cluster(str(path), "room", "auto"):
        pass


def test_a_schedulers_file_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.json"
    options: dict[str, Any] = {"n_workers": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(**options, threads_per_worker=1, protocol="tcp") as running:
        path.write_text(json.dumps({"address": running.scheduler_address}))
        with clusters.cluster(str(path), "none", "auto") as fleet:
            assert fleet.graders() == 1


def test_a_scheduler_that_is_not_there_is_named(tmp_path: Path) -> None:
    for named in ("tcp://127.0.0.1:9", str(tmp_path / "none.yaml"), "nonsense://x"):
        with (
            dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
            pytest.raises(FleetError, match=named),
            clusters.cluster(named, "room", "auto"),
        ):
            pass


@pytest.mark.parametrize(("student", "where"), [("zoë", "double"), ("m\udcfcller", ""), ("ada", "\ud800")])
def test_whatever_is_told_of_a_submission_arrives(student: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that cannot be sent would end the grader's connection, and its paper be waited for without end."""
    told: list[tuple[tuple[str, str], str]] = []
    arrived = threading.Event()

    def watch(submission: tuple[str, str], place: str) -> None:
        told.append((submission, place))
        arrived.set()

    def tells(paper: Paper, events: str) -> Graded:
        distributed.get_worker().log_event(events, worker.event((paper.topic, paper.student), where))
        return Graded({})

    monkeypatch.setattr(worker, "run", tells)
    with clusters.local(1, "none", watch=watch) as fleet:
        fleet.send(Paper(TOPIC, student, ()))
        assert fleet.returned()[1] == Graded({})
        assert arrived.wait(30)
    assert told == [((TOPIC, student), where)]


# Ctrl-C, as soon as graders start.
INTERRUPTED = """
import os, signal, threading, time
from distributed.deploy.spec import SpecCluster
from seminar.bulk import clusters

def interrupt():
    while not any(each._created for each in list(SpecCluster._instances)):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)

if __name__ == "__main__":
    threading.Thread(target=interrupt, daemon=True).start()
    try:
        with clusters.local(2, "none"):
            print("went on")
    except KeyboardInterrupt:
        print("stopped")
"""


def test_ctrl_c_while_graders_start_prints_no_traceback(tmp_path: Path) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, preexec_fn=hear_ctrl_c)
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")


def test_the_second_ctrl_c_does_not_wait() -> None:
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    steps = []
    try:
        with pytest.raises(KeyboardInterrupt), forks.ctrl_c_waits():
            for step in range(3):
                steps.append(step)
                signal.raise_signal(signal.SIGINT)
        assert steps == [0, 1]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, former)


@pytest.mark.parametrize("full", ["mkdir", "start"])
def test_a_full_disk_for_temporary_files_is_told(full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Any:
        if full == "mkdir":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise RuntimeError("Cluster failed to start: [Errno 28] No space left on device")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if full == "mkdir":
        monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    else:
        monkeypatch.setattr(distributed, "LocalCluster", refuse)
    told = f"^{tmp_path}: graders cannot be started .*No space left on device.* set TMPDIR"
    with pytest.raises(FleetError, match=told), clusters.local(1, "none"):
        pass


def test_cuda_that_is_not_here_is_told() -> None:
    if has_gpu():
        pytest.skip("this machine has a GPU")
    with pytest.raises(FleetError, match="torch finds no GPU"), clusters.local(1, "room", "cuda"):
        pass


def test_a_grader_that_cannot_grade_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    here: Any = SimpleNamespace(address="tcp://10.0.0.7:4711")
    grader = worker.Grader("room")

    def no_room() -> None:
        raise RoomError("no room can be built here")

    monkeypatch.setattr(worker, "try_out", no_room)
    with pytest.raises(RoomError, match=r"worker tcp://10\.0\.0\.7:4711 on .*: no room can be built here"):
        grader.setup(here)
    monkeypatch.setattr(worker, "version", lambda package: "0.1")
    other = r"has seminar 0\.1, and 1\.0\.0 is needed"
    with pytest.raises(RoomError, match=other):
        grader.setup(here)


def test_a_paper_gets_the_share_of_the_gpu_that_its_machine_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = Paper("topic", "student", (), options={"gpu": True, "limits": {"memory": 1}})
    assert worker._on_this_machine(paper) is paper
    monkeypatch.setenv(worker.SHARE, "0.25")
    assert worker._on_this_machine(paper).options["limits"] == {"memory": 1, "gpu_memory": 0.25}
    without = Paper("topic", "student", (), options={"gpu": False})
    assert worker._on_this_machine(without) is without


@pytest.mark.parametrize(("resources", "gpu"), [(None, False), ({"GPU": 1}, True)])
def test_a_gpu_is_used_where_a_grader_offers_one(resources: dict[str, float] | None, gpu: bool) -> None:
    options: dict[str, Any] = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "resources": resources}
    with distributed.LocalCluster(**options, dashboard_address="127.0.0.1:0", protocol="tcp") as running:
        with clusters.cluster(running.scheduler_address, "none", "auto") as fleet:
            assert (fleet.gpu, fleet.graders(), fleet.capacity()) == (gpu, 1, 1)
        with clusters.cluster(running.scheduler_address, "none", "cpu") as fleet:
            assert not fleet.gpu
        if not gpu:
            with (
                pytest.raises(FleetError, match=r"no grader of tcp://.* offers a GPU"),
                clusters.cluster(running.scheduler_address, "none", "cuda"),
            ):
                pass
