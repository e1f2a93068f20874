"""The benchmarks run, on little: what they measure is for the README, not for a test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import data_paths, examination, mlp_seeds


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
