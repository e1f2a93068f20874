"""What a test hands over to the submission's code: functions, leaves, and a library's objects.

An object of a library's class is rebuilt on the other side; of one of a class of the test's, what it is asked for
crosses. What the candidate tells of them in return is data, and is taken over as far as it fits.
"""

from __future__ import annotations

import abc
import copy
import importlib
import inspect
import sys
from collections.abc import Callable
from functools import cache, reduce
from itertools import islice
from types import FunctionType
from typing import Any, Generic
from unittest.mock import NonCallableMock
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, Dataset, IterableDataset, Sampler

from seminar.examiner.handle import is_handle
from seminar.wire import parts
from seminar.wire.changes import change
from seminar.wire.channel import WireError
from seminar.wire.encoding import DATA
from seminar.wire.kinds import NOTEBOOK
from seminar.wire.objects import DATASET, HOOKS, NETWORK, OBJECT, PARTS, THING, states
from seminar.wire.randomness import checked
from seminar.wire.references import Public

MODULES = ("builtins", "torch", "torch.nn.functional", "torch.nn", "torch.optim", "numpy", "math", "operator")
KNOWN = {"builtins", "torch", "torchvision", "numpy", "math", "operator"}  # where public names may come from
ITEMS = 10_000  # of an iterator of a test's, or of a thing that the candidate loops over, at most
SIMPLE = (type(None), bool, int, float, complex, str, torch.dtype, torch.device)
METHODS: dict[str, Callable[..., Any]] = {  # that the candidate may ask of an object, beside to call it
    "__len__": len,
    "__getitem__": lambda thing, place: thing[place],
    "__getitems__": lambda thing, places: [thing[place] for place in places],
    "__deepcopy__": copy.deepcopy,
    "__iter__": lambda thing: [*islice(thing, ITEMS)],
    "__contains__": lambda thing, item: item in thing,
    "__enter__": lambda thing: type(thing).__enter__(thing),
    "__exit__": lambda thing: type(thing).__exit__(thing, None, None, None),
    "__getattr__": lambda thing, name: _attribute(thing, name),
}
ABOUT: dict[str, Callable[[Any], Any]] = {  # that the candidate may ask of a function
    "__doc__": lambda function: function.__doc__,
    "__signature__": lambda function: _parameters(function),
}


class Lending:
    """Things of tests that the candidate may have, by number: negative ones, as its own are not."""

    def __init__(self) -> None:
        self._things: list[Any] = []
        self._numbers: dict[int, int] = {}  # by id
        self._fresh: list[int] = []

    def number_of(self, thing: Any) -> int:
        """The number of a thing, a new one where it has none."""
        if id(thing) not in self._numbers:
            self._things.append(thing)
            self._numbers[id(thing)] = -len(self._things)
            self._fresh.append(-len(self._things))
        return self._numbers[id(thing)]

    def known(self, thing: Any) -> int | None:
        """The number that a thing has; None for none."""
        return self._numbers.get(id(thing))

    def at(self, number: Any) -> Any:
        """The thing of a number.

        Raises:
            WireError: the candidate has none of this number.
        """
        if type(number) is not int or not 0 < -number <= len(self._things):
            raise WireError("the submission's kernel refers to an object that was not lent to it")
        return self._things[-number - 1]

    def drop(self, number: int) -> None:
        """The candidate has it no more."""
        del self._numbers[id(self.at(number))]
        self._things[-number - 1] = None

    def fresh(self) -> list[int]:
        """The numbers that were given since this was asked last."""
        fresh, self._fresh = self._fresh, []
        return fresh


def described(value: Any) -> tuple[str, Public | str] | None:
    """How an object crosses, and its class: by its public name where it is rebuilt; None for what does not cross so."""
    kind: Any = type(value)
    name = _name(kind)
    if issubclass(kind, nn.Module):
        held = vars(value)
        is_plain = not any(held.get(name) for name in HOOKS) and all(
            is_data(each) for name, each in held.items() if name not in HOOKS and name not in PARTS
        )
        return (OBJECT, name) if name and is_plain else (NETWORK, kind.__name__)
    rebuilt = (Optimizer, LRScheduler, Sampler, DataLoader)
    if name and (issubclass(kind, rebuilt) or (issubclass(kind, Dataset) and name.module.startswith("torch."))):
        return OBJECT, name
    if issubclass(kind, Dataset) and not issubclass(kind, IterableDataset):
        return DATASET, kind.__name__
    if issubclass(kind, NonCallableMock):
        return THING, kind.__name__
    if kind.__module__ == "__main__" and not issubclass(
        kind, (type, BaseException, IterableDataset, Sampler, DataLoader)
    ):
        return THING, kind.__name__
    if kind is torch.Generator and value.device.type == "cpu":
        return OBJECT, Public("torch", "Generator")
    return None


def is_what_its_attributes_are(value: Any) -> bool:
    """Whether an object of a class of a notebook's can be made anew of its attributes, all of them public."""
    kind: Any = type(value)
    if type(kind) not in (type, abc.ABCMeta) or not all(
        each in (object, abc.ABC, Generic) or (each.__module__ == NOTEBOOK and "__slots__" not in vars(each))
        for each in kind.__mro__
    ):
        return False
    waiting, size = [*vars(value).values()], 0
    for _ in range(parts.ITEMS):
        if not waiting:
            return not any(name.startswith("_") for name in vars(value))
        each = waiting.pop()
        own: Any = type(each)
        if is_handle(each) or each is None:
            continue
        if issubclass(own, list | tuple | set | frozenset):
            waiting += each
        elif issubclass(own, dict):
            waiting += [*each, *each.values()]
        elif issubclass(own, torch.Tensor | np.ndarray):
            size += each.nbytes
            if size > parts.BYTES or (issubclass(own, torch.Tensor) and not each.is_leaf):
                return False
        elif not (issubclass(own, DATA) or public(each) or described(each) or _is_function(each)):
            return False
    return False


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


def take_back_given(value: Any, told: Any, decoded: Callable[[bytes], Any]) -> None:
    """Take over what the candidate has changed of an object of a given class: what the class has, stays.

    Raises:
        WireError: it cannot be the content of such an object.
    """
    content, changed = told if type(told) is list and len(told) == 2 else (None, None)
    if type(content) is not dict or type(changed) is not list:
        raise WireError(f"the submission's kernel tells of a {type(value).__name__} what cannot be")
    if inspect.getattr_static(value, "__setattr__") is not object.__setattr__:  # frozen: it stays as it is
        return
    mine = vars(value)
    for name in changed:
        if type(name) is not str or not name.isidentifier() or name.startswith("_"):
            continue
        if not is_data(inspect.getattr_static(type(value), name, None)):
            continue
        if name not in content:
            mine.pop(name, None)
        elif type(content[name]) is bytes:
            _set(mine, name, decoded(content[name]))


def _set(mine: dict[str, Any], name: str, new: Any) -> None:
    """Set an attribute; where it is the same container with another content, that one gets it."""
    if type(mine.get(name)) is type(new) and type(new) in (list, dict, set):
        change(mine[name], new)
    else:
        mine[name] = new


def called_back(thing: Any, method: Any, positional: Any, named: Any) -> Any:
    """What the submission's code asks of a thing that was lent to it.

    Raises:
        WireError: more than the thing is lent for.
    """
    if method == "" and callable(thing):
        return thing(*positional, **named)
    if type(method) is str and method in METHODS and (described(thing) or (OBJECT,))[0] != OBJECT:
        return METHODS[method](thing, *positional)
    if type(method) is str and method in ABOUT and isinstance(thing, FunctionType):
        return ABOUT[method](thing)
    raise WireError("the submission's kernel asks for more than to use what it was lent")


def take_back(value: Any, content: Any) -> None:
    """Take over what the candidate has changed of an object, as far as it can change there: what does not fit, is not.

    Raises:
        WireError: it cannot be the content of such an object.
    """
    try:
        if isinstance(value, torch.Generator):
            value.set_state(checked("torch", content))
        elif isinstance(value, Optimizer):
            _take_back_optimizer(value, *content)
        elif isinstance(value, nn.Module):
            _take_back_network(value, content)
        elif isinstance(value, LRScheduler):
            _take_back_attributes(value, content)
    except (TypeError, ValueError, KeyError, AttributeError, RuntimeError) as error:
        raise WireError(f"the submission's kernel tells of a {type(value).__name__} what cannot be") from error


def _take_back_optimizer(optimizer: Optimizer, _defaults: Any, groups: Any, of_each: Any, _own: Any) -> None:
    weights = [each for group in groups for each in group["params"]]
    if not all(type(each) in (torch.Tensor, nn.Parameter) for each in weights) or not is_data(of_each):
        raise TypeError
    if not all(is_data(each) for group in groups for name, each in group.items() if name != "params"):
        raise TypeError
    state = states(groups, of_each)
    for mine, new in zip(optimizer.param_groups, groups, strict=False):
        mine.clear()
        mine.update(new)
    optimizer.param_groups[:] = optimizer.param_groups[: len(groups)] + groups[len(optimizer.param_groups) :]
    optimizer.state.clear()
    optimizer.state.update(state)


def _take_back_network(network: nn.Module, content: dict[str, Any]) -> None:
    is_whole_there = (described(network) or (NETWORK,))[0] == OBJECT
    _take_back_attributes(network, content if is_whole_there else {"training": content["training"]})
    data = {name: each for name, each in content.items() if name not in PARTS and is_data(each)}
    noted = _noted.setdefault(network, set())
    noted |= {name for name in data if _may_be_noted(network, name)}
    vars(network).update({name: data[name] for name in noted & data.keys()})
    for name, buffer in content["_buffers"].items():
        mine = network._buffers.get(name)
        if type(buffer) is not torch.Tensor:
            continue
        if isinstance(mine, torch.Tensor):
            change(mine, buffer)
        elif name in network._buffers or _may_be_noted(network, name):
            network._buffers[name] = buffer
            if name in content["_non_persistent_buffers_set"]:
                network._non_persistent_buffers_set.add(name)
    parameters, modules = content["_parameters"], content["_modules"]
    if all(type(each) in (type(None), nn.Parameter) for each in parameters.values()):
        _replace(network._parameters, parameters)
    if all(each is None or issubclass(type(each), nn.Module) for each in modules.values()):  # handles are none
        _replace(network._modules, modules)


def _may_be_noted(network: nn.Module, name: Any) -> bool:
    """Whether a name is free for an attribute that the candidate gives a network: what its class has, stays."""
    if type(name) is not str or not name.isidentifier() or name.startswith("__") or hasattr(type(network), name):
        return False
    held = (vars(network), network._parameters, network._buffers, network._modules)
    return name not in HOOKS and not any(name in each for each in held)


def _take_back_attributes(value: Any, content: dict[str, Any]) -> None:
    mine = vars(value)
    for name, new in content.items():
        if name in mine and name not in PARTS[1:] and is_data(mine[name]) and is_data(new):
            mine[name] = new


def _replace(mine: dict[str, Any], new: dict[str, Any]) -> None:
    mine.clear()
    mine.update(new)


def is_data(value: Any) -> bool:
    """Whether a value is data alone, or a library's function."""
    kind = type(value)
    if is_handle(value):  # whatever it is asked, the candidate answers
        return False
    if kind in (list, tuple, set):
        return all(map(is_data, value))
    if kind is dict:
        return all(map(is_data, value)) and all(map(is_data, value.values()))
    return kind in SIMPLE or kind is torch.Tensor or (callable(value) and public(value) is not None)


def _attribute(thing: Any, name: Any) -> Any:
    """A public attribute of a lent object. Methods are of the test's classes only: a library's may read any file.

    Of a mock, what the test has of it: not what it was asked for, and not what tells it what to say.
    """
    if type(name) is not str or name.startswith("_"):
        raise AttributeError
    if isinstance(thing, NonCallableMock) and hasattr(type(thing), name):
        raise AttributeError
    found = getattr(thing, name)
    if callable(found) and isinstance(thing, Dataset) and type(thing).__module__ != "__main__":
        raise AttributeError
    return found


def _parameters(function: FunctionType) -> list[list[Any]]:
    """A function's parameters: name, kind, and whether there is a default. That may be what a test expects."""
    parameters = inspect.signature(function).parameters.values()
    return [[each.name, int(each.kind), each.default is not each.empty] for each in parameters]


def public(value: Any) -> Public | None:
    """A function or type of a library, or a type of Python's, by its name; None for what has none."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not callable(value) or not isinstance(name, str):
        return None
    known = KNOWN | (sys.stdlib_module_names if isinstance(value, type) else set())
    for module in (*MODULES, getattr(value, "__module__", None) or ""):
        if module.split(".")[0] not in known:
            continue
        for path in {name, name.split(".")[-1]}:
            try:
                found = reduce(getattr, path.split("."), importlib.import_module(module))
            except (AttributeError, ImportError):
                continue
            if found is value:
                return Public(module, path)
    return None


_name: Callable[[Any], Public | None] = cache(public)  # of types
_noted: WeakKeyDictionary[nn.Module, set[str]] = WeakKeyDictionary()  # names that the candidate has given networks
