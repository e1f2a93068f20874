"""A library's objects that a test hands over, as data: networks, optimizers, schedulers, samplers, loaders, data sets.

They are taken apart here, and put together on the other side by `seminar.room.borrowed`: so a loop of the student's
that trains a network runs where the student's code is, with what `isinstance` expects. What one side changes of such an
object is told to the other one, as of a leaf (see `seminar.wire.shared`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from unittest.mock import NonCallableMock

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

OBJECT = "object"  # of a library's class: it is one on the other side, too
NETWORK = "network"  # of a class of the test's: its layers are there, to call it is to ask for it
DATASET = "dataset"  # of another class: its items are asked for
THING = "thing"  # of a class of the test's that is none of PyTorch's: its attributes are asked for
GIVEN = "given"  # of a class of a given cell's: both sides have it, and what such an object holds
FUNCTION = "function"  # it stays where it is, and can be called

PARTS = ("training", "_parameters", "_buffers", "_modules", "_non_persistent_buffers_set")  # of any network
HOOKS = frozenset(vars(nn.Module())) - {*PARTS}
CHANGING = (nn.Module, Optimizer, LRScheduler, torch.Generator)  # the others are as they were made
LBFGS = ("_params", "_numel_cache")  # attributes that this optimizer has beside what all have
ALONE = {  # a loader works in its own process, and begins anew
    **{"num_workers": 0, "prefetch_factor": None, "persistent_workers": False, "worker_init_fn": None},
    **{"_iterator": None, "_DataLoader__multiprocessing_context": None},
}


def content(kind: str, value: Any) -> Any:
    """What an object holds: data, leaves, and other objects that are handed over with it."""
    if kind in (DATASET, THING):
        return {}
    if kind == GIVEN:
        return {**vars(value)}
    if isinstance(value, torch.Generator):
        return value.get_state()
    if isinstance(value, Optimizer):
        weights = [each for group in value.param_groups for each in group["params"]]
        own = {name: each for name, each in vars(value).items() if name in LBFGS or isinstance(each, NonCallableMock)}
        return [value.defaults, value.param_groups, [value.state.get(each) for each in weights], own]
    if isinstance(value, nn.Module):
        left_out = HOOKS if kind == OBJECT else vars(value).keys() - {*PARTS}
        return {name: each for name, each in vars(value).items() if name not in left_out}
    return vars(value) | (ALONE if isinstance(value, DataLoader) else {})


def layer_name(layer: Any) -> str:
    """The name in `torch.nn` of the class of a layer that data alone may make anew; empty for anything else."""
    kind = type(layer)
    is_one = vars(nn).get(kind.__name__) is kind and kind.__module__.startswith("torch.nn.modules.")
    return kind.__name__ if is_one and not any(vars(layer).get(name) for name in HOOKS) else ""


def states(groups: list[dict[str, Any]], of_each: list[Any]) -> defaultdict[Any, Any]:
    """An optimizer's state by weight, of its groups and the states in their order."""
    weights = [each for group in groups for each in group["params"]]
    return defaultdict(
        dict, {weight: state for weight, state in zip(weights, of_each, strict=True) if state is not None}
    )
