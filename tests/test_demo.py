"""`make demo`, for real: all topics, training included. Here with its smaller class, of each kind of student one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from seminar.demo import CLASS, NETWORK, QUICK
from tests.exercises.harness import ROOT, TOPICS, topic
from tests.test_stock import CONFIG as STOCK
from tests.test_stock import marks, nbgrader

COMPARED = "3-autograd"
# Stock nbgrader takes seconds for each. It records nothing for jun, whose kernel dies.
HONEST = ("ada", "dmitri", "kofi", "lena")

PUBLISHED = [0.9364, 0.9557, 0.9674, 0.9715, 0.9741]  # accuracy after each epoch


@pytest.fixture(scope="module")
def demonstration(data: Path, shared: Path) -> str:
    """What it prints."""
    printed = shared / "demo.txt"
    with FileLock(str(shared / "demo.lock")):
        if not printed.exists():
            command = ["make", "demo", "ARGS=--quick"]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            printed.write_text(done.stdout)
        return printed.read_text()


def test_the_table_has_every_student_and_topic(demonstration: str) -> None:
    table = {
        row[0]: row[1:]
        for line in demonstration.splitlines()
        if (row := [cell.strip() for cell in line.split("│")[1:-1]])
    }
    assert table.keys() == {student.name for student in QUICK}
    full = [str(sum(int(cell.points) for cell in topic(name).code)) for name in TOPICS]
    assert table["ada"][:-1] == full
    for complete in ("bo", "lena"):
        missing = ["-" if name == NETWORK else best for name, best in zip(TOPICS, full, strict=True)]
        assert table[complete][:-1] == missing, complete
    for student in QUICK:
        handed_in = [student.hands_in(name) for name in TOPICS]
        assert [entry != "-" for entry in table[student.name][:-1]] == handed_in, student.name
    assert set(table["ines"]) == {"0", "-"}
    for others in ("dmitri", "greta", "jun", "kofi"):
        got = [(int(entry), int(best)) for entry, best in zip(table[others][:-1], full, strict=True) if entry != "-"]
        assert all(points < best for points, best in got), others


def test_the_class_is_large() -> None:
    light = [name for name in TOPICS if name != NETWORK]
    assert all(sum(student.hands_in(name) for student in CLASS) >= 30 for name in light)
    assert sum(student.hands_in(NETWORK) for student in CLASS) == 8
    dry = ["make", "--dry-run", "--no-print-directory", "demo", "ARGS="]  # these tests may run under a make with others
    printed = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.split("/")[-1].split() == ["seminar", "demo"]  # that class, not the smaller one


def test_everybody_gets_feedback_and_the_class_a_report(demonstration: str) -> None:
    course = ROOT / "demo-course"
    handed_in = [(student.name, name) for student in QUICK for name in TOPICS if student.hands_in(name)]
    pages = {(path.parts[-3], path.parts[-2]) for path in course.glob("feedback/*/*/*.html")}
    assert pages == set(handed_in)
    assert f"{len(handed_in)} pages written" in demonstration
    assert f"{course / 'report.html'}: {len(QUICK)} students, {len(handed_in)} graded submissions." in demonstration
    report = (course / "report.html").read_text()
    assert "this test was deleted" in report  # mona's


def test_the_scores_are_those_of_stock_nbgrader(demonstration: str, tmp_path: Path) -> None:
    """Here on one topic: `python -m benchmarks.same_scores` compares them all."""
    (tmp_path / "nbgrader_config.py").write_text(STOCK)
    for step in (f"source/{COMPARED}", *(f"submitted/{student}/{COMPARED}" for student in HONEST)):
        shutil.copytree(ROOT / "demo-course" / step, tmp_path / step)
    nbgrader(tmp_path, "generate_assignment", COMPARED)
    nbgrader(tmp_path, "autograde", COMPARED)
    ours = {name: marks(ROOT / "demo-course", COMPARED, name) for name in HONEST}
    assert {name: marks(tmp_path, COMPARED, name) for name in HONEST} == ours


def test_the_reference_network_reproduces_the_published_accuracy(demonstration: str) -> None:
    rows = re.findall(r"^[1-5]\s+(0\.\d+)\s+(0\.\d+)", demonstration, flags=re.MULTILINE)
    printed = [float(accuracy) for _, accuracy in rows]
    assert len(printed) == 5, demonstration
    for got, published in zip(printed, PUBLISHED, strict=True):
        assert abs(got - published) < 0.012  # one run: twice the tolerance that holds for the mean of several
    assert printed[-1] > 0.967
