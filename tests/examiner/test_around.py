"""What a test sets for all code that runs is told to the candidate: once, and only if a test has set it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from seminar.examiner.around import SEEDING, Around
from seminar.room.service import _as_in_the_test


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Iterator[Around]:
    for _, module, name in SEEDING:
        monkeypatch.setattr(module, name, getattr(module, name))  # put back at the end
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
