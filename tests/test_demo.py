"""`make demo`, for real: the whole class, all topics, training included."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from seminar.demo import CLASS
from tests.exercises.harness import ROOT, TOPICS, topic

PUBLISHED = [0.9364, 0.9557, 0.9674, 0.9715, 0.9741]  # accuracy after each epoch


@pytest.fixture(scope="module")
def output(data: Path) -> str:
    """What it prints."""
    done = subprocess.run(["make", "demo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_table_has_every_student_and_topic(output: str) -> None:
    table = {
        row[0]: row[1:] for line in output.splitlines() if (row := [cell.strip() for cell in line.split("│")[1:-1]])
    }
    assert table.keys() == {student.name for student in CLASS}
    full = [str(sum(int(cell.points) for cell in topic(name).code)) for name in TOPICS]
    for complete in ("ada", "bo", "chandra", "lena"):
        assert table[complete][:-1] == full, complete
    assert table["ines"] == ["0"] * (len(TOPICS) + 1)
    for others in ("dmitri", "elif", "femi", "greta", "hiro", "jun", "kofi"):
        assert all(int(got) < int(best) for got, best in zip(table[others][:-1], full, strict=True)), others


def test_the_reference_network_reproduces_the_published_accuracy(output: str) -> None:
    rows = re.findall(r"^[1-5]\s+(0\.\d+)\s+(0\.\d+)", output, flags=re.MULTILINE)
    printed = [float(accuracy) for _, accuracy in rows]
    assert len(printed) == 5, output
    for got, published in zip(printed, PUBLISHED, strict=True):
        assert abs(got - published) < 0.012  # one run: twice the tolerance that holds for the mean of several
    assert printed[-1] > 0.967
