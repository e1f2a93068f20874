"""The global generators of random numbers: what they will give next, as data."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch

MT19937_NUMBERS = 624  # that the Mersenne twister holds
SOURCES = ("torch", "numpy", "random")
_set_numpy, _set_random = np.random.set_state, random.setstate  # as they are before anybody watches them


def state_of(source: str) -> Any:
    """The state of one of the `SOURCES`."""
    if source == "torch":
        return torch.default_generator.get_state()
    return np.random.get_state(legacy=False) if source == "numpy" else random.getstate()


def set_state(source: str, state: Any) -> None:
    """Let a source go on from a state.

    Raises:
        KeyError, RuntimeError, TypeError, ValueError: it is none of this source.
    """
    if source == "torch":
        torch.default_generator.set_state(state)
    elif source == "numpy":
        _set_numpy(checked(state))
    elif source == "random":
        _set_random(state)


def checked(state: Any) -> dict[str, Any]:
    """The state of NumPy's legacy generator, where it is one: it believes in any place, however far behind its numbers.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    if type(state) is not dict or type(state["state"]) is not dict or type(state["state"]["pos"]) is not int:
        raise TypeError("no state of NumPy's generator")
    if not 0 <= state["state"]["pos"] <= MT19937_NUMBERS:
        raise ValueError("a place behind the numbers of NumPy's generator")
    return state


def same(one: Any, other: Any) -> bool:
    """Whether two states of one source are the same."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return all(same(value, other[name]) for name, value in one.items())
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else bool(one == other)
