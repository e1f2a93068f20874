"""The benchmarks run, on little: what they measure is for the README, not for a test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import attacks_on_stock, data_paths, examination, killed_grader, mlp_seeds
from tests.attacks.victim import attacks


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
    few = [each for each in attacks("forging", "harming") if each.name in ("displayhook-first-value", "kills-everything")]
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
