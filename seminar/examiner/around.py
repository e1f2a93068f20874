"""What a test sets for all code that runs, so that it holds for the submission's code too.

In a notebook a test and the code that it calls share one process: a seed, `no_grad()`, a default dtype hold for both,
and so does a function that a test has put in the place of a library's. Here they are told to the candidate with the
next request. Temporary folders are told too: it may have to save something there. Nothing of the kind comes back: what
a submission does to its own world changes no test.
"""

from __future__ import annotations

import functools
import math
import random
import tempfile
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import torch

from seminar.wire.values import Public

SEEDING: tuple[tuple[str, ModuleType, str], ...] = (
    *(("torch", module, name) for module in (torch, torch.random) for name in ("manual_seed", "seed", "set_rng_state")),
    *(("numpy", np.random, name) for name in ("seed", "set_state")),
    *(("random", random, name) for name in ("seed", "setstate")),
)
PATCHED: tuple[Any, ...] = (
    *(torch, torch.nn, torch.nn.functional, torch.linalg, torch.Tensor, np, np.linalg, math),
)  # whose functions a test may forbid, or watch
STATES: dict[str, Callable[[], Any]] = {
    "torch": torch.get_rng_state,
    "numpy": lambda: np.random.get_state(legacy=False),
    "random": random.getstate,
}


def _public(owner: Any) -> Public:
    is_type = isinstance(owner, type)
    return Public(owner.__module__ if is_type else owner.__name__, owner.__name__ if is_type else "")


def _settings() -> dict[str, Any]:
    return {
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device().type,
    }


class Around:
    """What has been set since a test began."""

    def __init__(self) -> None:
        """Watch from now on, in this process, who seeds."""
        self._seeded: set[str] = set()  # the sources of random numbers that the test has seeded, and not used since
        self._sent: dict[str, Any] = {}  # those that it has seeded, as the candidate has last heard of them
        self._folders: list[str] = []  # temporary ones that the test has made, and the candidate has not
        self.begin()
        setattr(tempfile, "mkdtemp", self._making(tempfile.mkdtemp))  # noqa: B010
        for source, module, name in SEEDING:
            setattr(module, name, self._watched(source, getattr(module, name)))

    def begin(self, patches: bool = False) -> None:
        """Begin a test: what is set now is how things are.

        Args:
            patches: whether to look for functions of libraries that the test puts others in the place of.
        """
        self._seeded.clear()
        self._sent.clear()
        self._before = _settings()
        self._functions = [(owner, dict(vars(owner))) for owner in PATCHED if patches]

    def patched(self) -> list[tuple[Public, str, Any]]:
        """The functions of libraries that are not what they were, by owner and name, with what they are now."""
        return [
            (_public(owner), name, now)
            for owner, before in self._functions
            if vars(owner) != before
            for name, now in vars(owner).items()
            if callable(now) and before.get(name) is not now
        ]

    def changes(self) -> dict[str, Any]:
        """What a request has to tell: settings that are not as they were, and seeds that the candidate does not have.

        A seed is told once: of two calls after it, the second goes on where the first one stopped, as in a notebook.
        """
        told = {name: value for name, value in _settings().items() if value != self._before[name]}
        if self._folders:
            told["folders"] = [*self._folders]
            self._folders.clear()
        now = {source: STATES[source]() for source in self._seeded | self._sent.keys()}
        seeds = {
            source: state
            for source, state in now.items()
            if source in self._seeded or not _same(state, self._sent[source])
        }
        self._seeded.clear()
        self._sent |= seeds
        if "torch" in seeds:
            seeds["torch"] = [torch.initial_seed(), seeds["torch"]]
        return {**told, "seeds": seeds} if seeds else told

    def _making(self, function: Callable[..., str]) -> Callable[..., str]:
        @functools.wraps(function)
        def mkdtemp(*positional: Any, **named: Any) -> str:
            folder = function(*positional, **named)
            self._folders.append(folder)
            return folder

        return mkdtemp

    def _watched(self, source: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def seeding(*positional: Any, **named: Any) -> Any:
            self._seeded.add(source)
            return function(*positional, **named)

        return seeding


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return all(_same(value, other[name]) for name, value in one.items())
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else bool(one == other)
