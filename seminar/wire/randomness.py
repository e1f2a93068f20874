"""The generators of random numbers: what they will give next, as data.

All three global ones are Mersenne twisters, and two of them believe in any place in their numbers, however far behind
the end: what lies in memory there would be their next numbers. So the state that the other side tells is checked.
"""

from __future__ import annotations

import math
import random
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

SOURCES = ("torch", "numpy", "random")
NUMBERS = 624  # that a twister makes at once
TURNS = 4000  # times that it makes them: so many a submission may draw between two requests, about 2.5 million
NORMAL = 10.0  # standard deviations: what is drawn lies nearer
_TORCH = struct.Struct(
    "<Qii Q 4992x d d d i 4x f ? 3x"
)  # CPUGeneratorImpl's state, without the 624 numbers in 8 bytes each
_TORCH_KEY = slice(24, 24 + 8 * NUMBERS)
_set_numpy, _set_random = np.random.set_state, random.setstate  # as they are before anybody watches them


def state_of(source: str) -> Any:
    """The state of one of the `SOURCES`."""
    if source == "torch":
        return torch.default_generator.get_state()
    return np.random.get_state(legacy=False) if source == "numpy" else random.getstate()


def set_state(source: str, state: Any) -> None:
    """Let a source go on from a state.

    Raises:
        ValueError: it is none of this source.
    """
    _twister(source, state)
    if source == "torch":
        torch.default_generator.set_state(state)
    elif source == "numpy":
        _set_numpy(state)
    else:
        _set_random(state)


def same(one: Any, other: Any) -> bool:
    """Whether two states of one source are the same."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return all(same(value, other[name]) for name, value in one.items())
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else bool(one == other)


def is_ahead(source: str, then: Any, now: Any) -> bool:
    """Whether a source comes from one state to another by giving numbers: not by a seed, and not by going back.

    Raises:
        ValueError: one is no state of this source.
    """
    before, after = _twister(source, then), _twister(source, now)
    if np.array_equal(before.key, after.key):
        return after.place >= before.place
    turned = np.random.MT19937(0)
    state: Any = turned.state
    state["state"] = {"key": before.key, "pos": NUMBERS}
    turned.state = state
    for _ in range(TURNS):
        turned.random_raw()
        state = turned.state
        if np.array_equal(state["state"]["key"], after.key):
            return True
        state["state"]["pos"] = NUMBERS
        turned.state = state
    return False


def checked(source: str, state: Any) -> Any:
    """A state, where it is one of such a source's.

    Raises:
        ValueError: it is none.
    """
    _twister(source, state)
    return state


@dataclass(frozen=True)
class _Twister:
    """The state of a Mersenne twister.

    Attributes:
        key: its numbers, uint32 of shape (624,).
        place: of the next one among them, from 0 to 624.
    """

    key: np.ndarray[Any, Any]
    place: int


def _twister(source: str, state: Any) -> _Twister:
    """The twister that a state is of.

    Raises:
        ValueError: it is none.
    """
    try:
        return _read(source, state)
    except (AttributeError, LookupError, OverflowError, RuntimeError, TypeError, struct.error) as error:
        raise ValueError("no state of a generator of random numbers") from error


def _read(source: str, state: Any) -> _Twister:
    drawn: tuple[float, ...]
    if source == "torch":
        content = state.numpy().tobytes()
        _, left, _, place, *_, normal, _, _, single, _ = _TORCH.unpack(content)
        if left + place != NUMBERS + 1 and (left, place) != (1, 0):
            raise ValueError("a place in PyTorch's numbers that is none")
        key: Any = np.frombuffer(content[_TORCH_KEY], np.uint64)
        place, drawn = NUMBERS + 1 - left, (normal, single)
    elif source == "numpy":
        key, place, drawn = state["state"]["key"], state["state"]["pos"], (state["gauss"],)
    else:
        _, (*key, place), normal = state
        drawn = (normal or 0.0,)
    key = np.asarray(key, np.uint32)
    if key.shape != (NUMBERS,) or type(place) is not int or not 0 <= place <= NUMBERS:
        raise ValueError("no state of a generator of random numbers")
    if not all(math.isfinite(each) and abs(each) <= NORMAL for each in drawn):
        raise ValueError("a generator with a normal number ahead that it cannot have drawn")
    return _Twister(key, place)
