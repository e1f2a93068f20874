"""States of generators: what comes from what, and what is none."""

from __future__ import annotations

import copy
import random
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seminar.wire import randomness
from seminar.wire.randomness import SOURCES, checked, is_ahead, same, state_of

NO_STATE = (AttributeError, KeyError, IndexError, OverflowError, TypeError, ValueError, struct.error)
DRAW: dict[str, Callable[[int], Any]] = {
    "torch": lambda count: torch.rand(count),
    "numpy": lambda count: np.random.rand(count),
    "random": lambda count: [random.random() for _ in range(count)],
}


@pytest.fixture(autouse=True)
def as_they_were() -> Any:
    former = {source: state_of(source) for source in SOURCES}
    yield
    for source, state in former.items():
        randomness.set_state(source, state)


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=25)
@given(first=st.integers(0, 3000), second=st.integers(1, 3000))
def test_drawing_goes_ahead_and_never_back(source: str, first: int, second: int) -> None:
    DRAW[source](first)
    then = state_of(source)
    assert is_ahead(source, then, then)
    DRAW[source](second)
    now = state_of(source)
    assert is_ahead(source, then, now)
    randomness.set_state(source, then)
    assert same(state_of(source), then)


@pytest.mark.parametrize("source", SOURCES)
def test_a_seed_is_no_way_ahead(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomness, "TURNS", 20)
    then = state_of(source)
    seeds: dict[str, Callable[[int], Any]] = {
        "torch": torch.manual_seed,
        "numpy": np.random.seed,
        "random": random.seed,
    }
    seeds[source](123)
    now = state_of(source)
    assert not is_ahead(source, then, now)
    DRAW[source](700)
    assert not is_ahead(source, state_of(source), now)


def lies(source: str) -> list[Any]:
    state = state_of(source)
    if source == "numpy":
        inner = state["state"]
        odd = [inner | {"pos": place} for place in (-1, 625, 2**31, True, 1.0, None)]
        return [None, {}, *(state | {"state": each} for each in odd), state | {"gauss": float("inf")}]
    if source == "random":
        version, numbers, normal = state
        odd = [numbers[:-1], (*numbers[:-1], 625), (*numbers[:-1], -1), (*numbers[1:], 2**40)]
        return [None, 3, *((version, each, normal) for each in odd), (version, numbers, 99.0)]
    found = [None, torch.ones(3), state[:-1]]
    for place in (8, 9, 16):  # of the numbers that are left, and of the next one's place
        lie = copy.deepcopy(state)
        lie[place] += 1
        found.append(lie)
    lie = copy.deepcopy(state)
    lie[5024:5032] = torch.tensor([1e9], dtype=torch.float64).view(torch.uint8)
    return [*found, lie]


@pytest.mark.parametrize("source", SOURCES)
def test_lies_are_refused(source: str) -> None:
    DRAW[source](5)
    assert checked(source, state_of(source)) is not None
    before = state_of(source)
    for lie in lies(source):
        with pytest.raises(NO_STATE):
            randomness.set_state(source, lie)
        assert same(state_of(source), before)
