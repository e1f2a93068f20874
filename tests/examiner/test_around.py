"""What a test sets for all code that runs is told to the candidate: once, and only if a test has set it."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seminar.examiner.around import SEEDING, Around
from seminar.examiner.exam import PATCHES
from seminar.room.service import _as_in_the_test
from seminar.wire.values import Public
from tests.examiner.candidates import named, served


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Iterator[Around]:
    for _, module, name in SEEDING:
        monkeypatch.setattr(module, name, getattr(module, name))  # put back at the end
    monkeypatch.setattr(tempfile, "mkdtemp", tempfile.mkdtemp)
    with torch.random.fork_rng():
        yield Around()


def test_nothing_is_told_where_nothing_was_set(around: Around) -> None:
    torch.rand(3)
    random.random()
    np.random.rand()
    assert around.changes() == {}


def test_settings_are_told_as_long_as_they_differ(around: Around) -> None:
    with torch.no_grad():
        assert around.changes() == {"grad": False}
        around.begin()  # a test within: that is how things are
        assert around.changes() == {}
    assert around.changes() == {"grad": True}
    around.begin()
    with torch.device("meta"), torch.inference_mode():
        assert around.changes() == {"device": "meta", "grad": False, "inference": True}
    assert around.changes() == {}


@pytest.mark.parametrize(
    ("source", "seed", "draw"),
    [
        ("torch", lambda: torch.manual_seed(5), lambda: torch.rand(1).item()),
        ("torch", lambda: torch.random.manual_seed(5), lambda: torch.rand(1).item()),
        ("numpy", lambda: np.random.seed(5), np.random.rand),
        ("random", lambda: random.seed(5), random.random),
    ],
)
def test_a_seed_is_told_once_and_again_when_it_is_set_again(
    around: Around, source: str, seed: object, draw: object
) -> None:
    assert callable(seed)
    assert callable(draw)
    seed()
    told = around.changes()
    assert told.keys() == {"seeds"}
    assert told["seeds"].keys() == {source}
    first = draw()
    assert around.changes().keys() == {"seeds"}  # the test has drawn: the candidate goes on from there
    assert around.changes() == {}
    seed()
    again = around.changes()
    draw()
    with _as_in_the_test(again):
        assert draw() == first
    around.begin()
    assert around.changes() == {}


def test_a_temporary_folder_is_told_once_and_is_there_too(around: Around, tmp_path: Path) -> None:
    folder = tempfile.mkdtemp(dir=tmp_path)
    told = around.changes()
    assert told == {"folders": [folder]}
    assert around.changes() == {}
    Path(folder).rmdir()
    with _as_in_the_test(told):
        assert Path(folder).is_dir()
    with _as_in_the_test({"folders": ["/proc/nothing/can/be/here"]}):  # and nothing is said
        pass


def test_functions_in_the_place_of_a_librarys_are_told_as_long_as_they_are(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patches:
        patches.setattr(torch, "softmax", print)
        assert around.patched() == []  # nothing in the test's source hints at it
    around.begin(patches=True)
    with monkeypatch.context() as patches:
        patches.setattr(torch, "softmax", print)
        patches.setattr(torch.Tensor, "softmax", len)
        patches.setattr(np.linalg, "inv", repr)
        patches.setattr(torch, "pi", 3)  # that is no function
        assert around.patched() == [
            (Public("torch", ""), "softmax", print),
            (Public("torch", "Tensor"), "softmax", len),
            (Public("numpy.linalg", ""), "inv", repr),
        ]
    assert around.patched() == []


def test_they_are_in_their_place_where_the_submissions_code_runs_and_nowhere_else(around: Around) -> None:
    with served("import torch\ndef largest(x): return x.softmax(0)[0] + torch.softmax(x, 0)[0]") as (
        candidate,
        _,
    ):
        candidate._around = around
        seen: list[Any] = []

        def spy(*given: Any) -> Any:
            seen.append(torch.softmax is here)
            return softmax(*given)

        softmax, here = torch.nn.functional.softmax, spy
        largest = named(candidate, "largest")
        around.begin(patches=True)
        with pytest.MonkeyPatch.context() as patches:
            patches.setattr(around, "patched", lambda: [(Public("torch", ""), "softmax", spy)])
            assert largest(torch.zeros(2)) == 1
        assert seen == [False]  # the candidate is a thread here: while it asks, all is as it was
        assert largest(torch.zeros(2)) == 1
        assert len(seen) == 1


@pytest.mark.parametrize(
    ("source", "does"),
    [
        ("with mock.patch('torch.softmax'): f(1)", True),
        ("torch.softmax = forbidden\nf(1)", True),
        ("for name in names:\n    np.linalg.inv = None", True),
        ("x = torch.softmax(y, 0)\nassert torch.pi == 3.14", False),
        ("net.weight = 3", False),
    ],
)
def test_a_source_hints_at_them(source: str, does: bool) -> None:
    assert (PATCHES.search(source) is not None) is does
