"""What a test has set for all code that runs, around the submission's (see `seminar.examiner.around`)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from seminar.wire.messages import News
from seminar.wire.randomness import set_state

_ABSENT = object()  # what was under a name that a thing did not have itself


class Patches:
    """Functions of libraries that a test has put others in the place of, as long as code runs for it."""

    def __init__(self) -> None:
        self._made: list[tuple[Any, str, Any, Any]] = []  # owner, name, what it was, what it is

    @contextlib.contextmanager
    def made(self, patches: list[tuple[Any, str, Any]]) -> Iterator[None]:
        """Within, they are made."""
        before = self._made
        self._made = [(owner, name, vars(owner).get(name, _ABSENT), now) for owner, name, now in patches]
        self._make()
        try:
            yield
        finally:
            self._unmake()
            self._made = before

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Within, all is as it was: what speaks with the examiner uses such functions itself."""
        self._unmake()
        made, self._made = self._made, []
        try:
            yield
        finally:
            self._made = made
            self._make()

    def _make(self) -> None:
        for owner, name, _, now in self._made:
            setattr(owner, name, _function(now))

    def _unmake(self) -> None:
        for owner, name, was, _ in self._made:
            if was is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, was)


@contextlib.contextmanager
def as_in_the_test(news: News) -> Iterator[None]:
    """What the test has set for all code that runs: seeds, settings and variables of the environment."""
    for source, state in news.get("seeds", {}).items():
        if source == "torch":
            torch.manual_seed(state[0])  # of GPUs too
        set_state(source, state[1] if source == "torch" else state)
    with contextlib.ExitStack() as stack:
        if "device" in news:
            stack.enter_context(torch.device(news["device"]))
        if "dtype" in news:
            stack.callback(torch.set_default_dtype, torch.get_default_dtype())
            torch.set_default_dtype(news["dtype"])
        if "autocast" in news:
            enabled, dtype = news["autocast"]
            stack.enter_context(torch.autocast("cpu", dtype=dtype, enabled=enabled))
        if "errors" in news:
            stack.enter_context(np.errstate(**news["errors"]))
        for name, value in news.get("environment", {}).items():
            stack.callback(_set_variable, name, os.environ.get(name))
            _set_variable(name, value)
        if "inference" in news:
            stack.enter_context(torch.inference_mode(news["inference"]))
        if "grad" in news:
            stack.enter_context(torch.set_grad_enabled(news["grad"]))
        yield


def _function(called: Any) -> Callable[..., Any]:
    """What calls a thing, and binds where it stands in a class."""

    def function(*positional: Any, **named: Any) -> Any:
        return called(*positional, **named)

    return function


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
