"""Limits are numbers above 0, or the configuration is told what is wrong with it."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seminar.errors import RoomError
from seminar.room.limits import Limits

NAMES = [field.name for field in fields(Limits)]


def test_what_is_not_said_is_as_by_default() -> None:
    assert Limits.of({}, "here") == Limits()
    assert Limits.of({"memory": 2e9, "wall": 60}, "here") == Limits(memory=2_000_000_000, wall=60.0)


@given(st.dictionaries(st.sampled_from(NAMES), st.floats(1, 2**50) | st.integers(1, 2**50)))
def test_numbers_are_taken_each_as_its_type(told: dict[str, Any]) -> None:
    told.pop("gpu_memory", None)
    made = Limits.of(told, "here")
    assert {name: type(value) for name, value in asdict(made).items()} == {
        name: type(value) for name, value in asdict(Limits()).items()
    }
    assert all(getattr(made, name) == type(getattr(made, name))(value) for name, value in told.items())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["4 GiB", "100", None, 0, -1, True, math.nan, math.inf, [1]])
def test_what_is_no_number_above_0_is_told(name: str, value: Any) -> None:
    with pytest.raises(RoomError, match=rf"here: {name} is .*, which is no number above 0\. Write one, as '{name}': "):
        Limits.of({name: value}, "here")


def test_what_there_is_not_is_told_with_what_there_is() -> None:
    with pytest.raises(RoomError, match=r"here: there is no limit 'memroy'\. There are: memory, processes, "):
        Limits.of({"memroy": 1}, "here")
    with pytest.raises(RoomError, match="gpu_memory is 2"):
        Limits.of({"gpu_memory": 2}, "here")
