"""The benchmarks run, on little: what they measure is for the README, not for a test."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import (
    attacks_on_stock,
    coordinator,
    data_paths,
    examination,
    killed_grader,
    mlp_seeds,
    otter,
    same_scores,
    throughput,
)
from seminar.course.notebook_file import read
from seminar.course.release import release
from tests.attacks.victim import attacks
from tests.bulk.grading import grade_here
from tests.making import RIGHT, TEST, graded, hand_in, make_course, notebook, solution


def test_data_paths(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["data_paths", "--images", "40", "--rounds", "1"])
    data_paths.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(data_paths.ways(4))
    assert float(lines[1].split()[-1]) == 1  # the first way, as fast as itself


def test_mlp_seeds(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["mlp_seeds", "--seeds", "2", "--images", "400"])
    mlp_seeds.main()
    printed = capsys.readouterr().out
    assert "seed 1:" in printed
    assert printed.splitlines()[-1].startswith("5 ")


def test_examination(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["examination", "--rounds", "1"])
    examination.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line[:15].strip() for line in lines[2:5]] == list(examination.WAYS)
    assert all(float(line.split()[-4]) > 0 for line in lines[3:5])  # the first cell ran


def test_attacks_on_stock(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    few = [
        each for each in attacks("forging", "harming") if each.name in ("displayhook-first-value", "kills-everything")
    ]
    monkeypatch.setattr(attacks_on_stock, "attacks", lambda *families: few)
    monkeypatch.setattr(sys, "argv", ["attacks_on_stock", "--families", "forging", "harming"])
    attacks_on_stock.main()
    header, _, *rows = capsys.readouterr().out.splitlines()
    told = {row.split()[0]: dict(zip(attacks_on_stock.OUTCOMES, row.split()[2:], strict=True)) for row in rows}
    assert header.split()[1:] == ["attacks", "points", "others", "secrets", "run", "lost", "nothing"]
    assert told["forging"]["points"] == "1"
    assert told["harming"]["run lost"] == "1"


def test_killed_grader(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["killed_grader", "--rounds", "1"])
    killed_grader.main()
    assert capsys.readouterr().out.startswith("nothing is left after ")


# Of the comparison with Otter, Otter itself is left out here: it needs an environment of its own, of several GB. That
# what is converted is what Otter takes, the benchmark itself makes sure of, before it measures anything.
def test_throughput(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course = make_course(tmp_path, **{throughput.HEAVY: notebook()})
    bank = course.answers(throughput.HEAVY)
    bank.parent.mkdir(parents=True)
    bank.write_text("double:\n  right: [{title: adds, code: 'def double(x): return x + x'}]\n")
    monkeypatch.setattr(throughput, "ORIGIN", tmp_path)
    arguments = ["--light", "0", "--heavy", "2", "--rounds", "1", "--without-otter"]
    monkeypatch.setattr(sys, "argv", ["throughput", *arguments])
    throughput.main()
    *_, header, ours, nbgrader, cost = capsys.readouterr().out.splitlines()
    assert header.split() == ["topic", "way", "submissions", "s", "each", "per", "minute", "times", "nbgrader"]
    assert ours.split()[:4] == [throughput.HEAVY, "seminar", "grade", "2"]
    assert nbgrader.split()[:4] == [throughput.HEAVY, "nbgrader", "autograde", "1"]
    assert float(nbgrader.split()[-1]) == 1  # as fast as itself
    assert cost.startswith(f"{throughput.HEAVY}: own cells ")


def test_throughput_counts_medians_of_ratios_in_each_round() -> None:
    measured = [
        (throughput.LIGHT, throughput.OURS, [0.5, 0.2, 0.25]),
        (throughput.LIGHT, throughput.FURTHER, [0.2, 0.2, 0.2]),
        (throughput.LIGHT, throughput.NBGRADER, [5.0, 4.0, 6.0]),
        (throughput.HEAVY, throughput.OURS, [33.0, 33.0, 34.0]),
        (throughput.HEAVY, throughput.NBGRADER, [66.0, 66.0, 66.0]),
        (throughput.LIGHT, throughput.BARE, [0.4, 0.4, 0.4]),
        (throughput.HEAVY, throughput.BARE, [60.0, 60.0, 60.0]),
    ]
    rows = pd.DataFrame(
        {"topic": topic, "way": way, "round": number, "submissions": 10, "s each": seconds, "own": 50, "examined": 52}
        for topic, way, taken in measured
        for number, seconds in enumerate(taken)
    )
    table = throughput.table(rows)
    assert list(table.index) == [(topic, way) for topic, way, _ in measured if way != throughput.BARE]
    assert list(table["times nbgrader"]) == [20, 25, 1, 2, 1]
    assert list(table["per minute"]) == [240, 300, 12, 60 / 33, 60 / 66]
    own = throughput.own_cost(rows).loc[throughput.HEAVY]
    assert (own["own"], own["bare"]) == (50, 60)
    assert own["cost"] == pytest.approx(0.04)


def test_throughput_is_void_where_the_ways_differ(tmp_path: Path) -> None:
    topic = throughput.Topic("doubling", tmp_path, {}, {"test-double": 2.0})
    referee = throughput.Referee(topic)
    handed = {"a": "reference", "b": "mistaken"}
    referee.check("one", handed, {"a": {"test-double": 2.0}, "b": {"test-double": 0.0}})
    for wrong in ({"a": {"test-double": 0.0}, "b": {"test-double": 0.0}}, {"a": topic.full, "b": topic.full}):
        with pytest.raises(throughput.VoidError, match="do not do the same work"):
            referee.check("another", handed, wrong)
    with pytest.raises(throughput.VoidError, match="untouched"):
        referee.check("one", {"c": "untouched"}, {"c": topic.full})


def test_a_topic_in_otters_form(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook(solution(), graded(points=3)))
    release(course, "doubling")
    otter.write_tests(read(course.source("doubling") / "doubling.ipynb"), tmp_path / "tests")
    (path,) = (tmp_path / "tests").iterdir()
    assert path.name == "test-double.py"
    assignments = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign)]
    values = {ast.unparse(node.targets[0]): ast.literal_eval(node.value) for node in assignments}
    assert values == {"OK_FORMAT": False, "name": "test-double", "points": 3.0, "CELL": TEST}
    handed_in = otter.submission(read(course.release("doubling") / "doubling.ipynb"))
    assert [cell.source for cell in handed_in.cells][::2] == [
        "import otter\ngrader = otter.Notebook()",
        "grader.check('test-double')",
    ]
    assert "look at negative numbers" not in str(handed_in)


def test_same_scores(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course = make_course(tmp_path, doubling=notebook())
    release(course, "doubling")
    for student, answer in {
        "right": RIGHT,
        "wrong": "def double(x): return 1",
        "dies": "import os; os._exit(1)",
    }.items():
        hand_in(course, "doubling", student, answer)
    assert all(outcome.error is None for outcome in grade_here(course, "doubling").values())
    monkeypatch.setattr(sys, "argv", ["same_scores", "--graded", str(tmp_path)])
    same_scores.main()
    *_, who, header, _, row = capsys.readouterr().out.splitlines()
    assert who == "doubling, dies: 1 not in stock"
    assert header.split() == ["submissions", "same", "different", "not", "in", "stock"]
    assert row.split() == ["doubling", "3", "2", "0", "1"]
    theirs = same_scores.scores(course, ["doubling"])
    ours: same_scores.Scores = {where: (score or 3.0) for where, score in theirs.items()}
    assert list(same_scores.table(ours, theirs)["different"]) == [2]


def test_coordinator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["coordinator", "--submissions", "12"])
    coordinator.main()
    assert capsys.readouterr().out.endswith("the gradebook is right for 12 of 12; 0 are not graded\n")
