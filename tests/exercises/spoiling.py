"""Answers that change what they are given, and then compute: right for what is there, wrong for what was asked.

A test that computes what it expects of the same objects after the call takes them for right: with zeros everywhere, an
answer needs to compute nothing.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

CONTENTS = (0, 1, float("nan"), -100)  # -100: a label that a loss of PyTorch's passes over


class Spoiler:
    """Fills what functions are given with one number, once the hidden tests have begun.

    Attributes:
        has_spoilt: whether there was anything to fill.
    """

    def __init__(self, content: float) -> None:
        self._content = content
        self._is_on = False
        self.has_spoilt = False

    def begins(self) -> None:
        """From now on, functions spoil."""
        self._is_on = True

    def spoiling(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that spoils its arguments first."""

        @functools.wraps(function)
        def spoils(*positional: Any, **named: Any) -> Any:
            for each in within([positional, named]) if self._is_on else ():
                self._fill(each)
            return function(*positional, **named)

        return spoils

    def _fill(self, thing: Any) -> None:
        if isinstance(thing, torch.Tensor):
            with torch.no_grad(), contextlib.suppress(RuntimeError):  # an expanded one is not to be written to
                thing.fill_(self._fitting(thing.is_floating_point(), thing.dtype.is_signed))
        elif isinstance(thing, np.ndarray):
            thing[...] = self._fitting(thing.dtype.kind == "f", thing.dtype.kind in "if")
        else:
            thing[:] = [type(each)(self._fitting(type(each) is float)) for each in thing]
        self.has_spoilt = True

    def _fitting(self, is_floating: bool, is_signed: bool = True) -> float:
        fits = is_floating or (not math.isnan(self._content) and (is_signed or self._content >= 0))
        return self._content if fits else 0


def within(value: Any) -> Iterator[Any]:
    """The tensors, arrays and lists of numbers in a value: in containers, networks, data sets and loaders too."""
    if isinstance(value, torch.Tensor):
        if not value.is_meta:
            yield value
    elif isinstance(value, np.ndarray):
        if value.flags.writeable and value.dtype.kind in "iuf":
            yield value
    elif isinstance(value, list) and value and all(type(each) in (int, float) for each in value):
        yield value
    elif isinstance(value, DataLoader):
        yield from within(value.dataset)
    elif isinstance(value, nn.Module):
        yield from (*value.parameters(), *value.buffers())
    elif isinstance(value, Dataset):
        yield from within(vars(value))
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from within(each)
