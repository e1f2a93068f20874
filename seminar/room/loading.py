"""Loaders over objects of a test's: they load in this process. No worker of theirs has a connection to the examiner."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _SingleProcessDataLoaderIter

from seminar.room.borrowed import FunctionOfTheTest, ThingOfTheTest

DEPTH = 4  # of data sets, samplers and transforms in each other
OF_THE_TEST = (FunctionOfTheTest, ThingOfTheTest)


def load_here() -> None:
    """Let loaders over a test's objects do without workers. They still say that they have some."""
    loader: Any = DataLoader
    loader._get_iterator = _in_this_process(loader._get_iterator)


def _in_this_process(begin: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(begin)
    def wherever(self: Any) -> Any:
        parts = (self.dataset, self.sampler, self.batch_sampler, self.collate_fn)
        if self.num_workers and any(_holds(each, DEPTH) for each in parts):
            alone = copy.copy(self)
            vars(alone).update(num_workers=0, timeout=0)
            return _SingleProcessDataLoaderIter(alone)
        return begin(self)

    return wherever


def _holds(value: Any, depth: int) -> bool:
    """Whether a value is a test's object, or has one within."""
    if isinstance(value, OF_THE_TEST):
        return True
    within = value if isinstance(value, list | tuple) else [*vars(value).values()] if hasattr(value, "__dict__") else []
    return depth > 0 and any(_holds(each, depth - 1) for each in within[:100])
