"""Objects of a test's on the candidate's side: made anew of what crossed, or stand-ins that ask for what they lack."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from types import MethodType
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import Dataset

from seminar.room import transforms
from seminar.wire.kinds import NOTEBOOK
from seminar.wire.objects import DATASET, GIVEN, NETWORK, OBJECT, THING, states
from seminar.wire.references import Lent, Public

Call = Callable[[str, tuple[Any, ...], dict[str, Any]], Any]
"""Asks the examiner to call a method of a thing of its own; the method "" is the thing itself."""


class FunctionOfTheTest:
    """A function that a test has handed over. It stays there: here it can be called, and nothing else."""

    def __init__(self, call: Call, key: int, name: str = "") -> None:
        self._call, self.key = call, key
        if name:
            self.__name__ = self.__qualname__ = name
            self.__module__ = NOTEBOOK

    def __call__(self, *positional: Any, **named: Any) -> Any:
        """Call it, there."""
        if transforms.is_under_way(positional):
            return transforms.called(lambda *values: self._call("", values, named), positional)
        return self._call("", positional, named)


class MethodOfTheTest(FunctionOfTheTest):
    """One that is a function as Python has them: in a class it is a method, and it says what it takes."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Bind it."""
        return self if instance is None else MethodType(self, instance)

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self._call("__doc__", (), {})

    @property
    def __signature__(self) -> inspect.Signature:
        kinds, told = [*inspect._ParameterKind], self._call("__signature__", (), {})
        return inspect.Signature(
            [
                inspect.Parameter(name, kinds[kind], default=... if has_default else inspect.Parameter.empty)
                for name, kind, has_default in told
            ]
        )


class NetworkOfTheTest(nn.Module):
    """A network of a class of the test's. Its layers are here, what it computes of them is computed there."""

    def forward(self, *positional: Any, **named: Any) -> Any:
        """Call it, there."""
        return vars(self)["call"]("", positional, named)

    def __deepcopy__(self, memo: Any) -> Any:
        """A copy of the test's, as this one is: its layers are here."""
        return vars(self)["call"]("__deepcopy__", (), {})

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return _attribute(self, name)


class ThingOfTheTest:
    """An object of a class of the test's. It is there; what is asked of it comes from there."""

    call: Call

    def __call__(self, *positional: Any, **named: Any) -> Any:
        """Call it, there."""
        return self.call("", positional, named)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.call("__deepcopy__", (), {})

    def __len__(self) -> int:
        return int(self.call("__len__", (), {}))

    def __getitem__(self, place: Any) -> Any:
        return self.call("__getitem__", (place,), {})

    def __iter__(self) -> Iterator[Any]:
        return iter(self.call("__iter__", (), {}))

    def __contains__(self, item: Any) -> bool:
        return bool(self.call("__contains__", (item,), {}))

    def __enter__(self) -> Any:
        return self.call("__enter__", (), {})

    def __exit__(self, kind: Any, error: BaseException | None, story: Any) -> bool:
        return bool(self.call("__exit__", (), {}))

    def __getattr__(self, name: str) -> Any:
        return _attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a {type(self).__name__} of the test's stays as it is: attribute {name!r} is not set")

    def __bool__(self) -> bool:
        return True


class DatasetOfTheTest(ThingOfTheTest, Dataset[Any]):
    """A data set of a class of the test's, or of torchvision's."""

    def __getitems__(self, places: Any) -> list[Any]:
        """The items of a batch, at once."""
        return list(self.call("__getitems__", ([*places],), {}))


def _attribute(thing: Any, name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"a {type(thing).__name__} of the test's has no attribute {name!r} here")
    return vars(thing)["call"]("__getattr__", (name,), {})


STAND_INS = {NETWORK: NetworkOfTheTest, DATASET: DatasetOfTheTest, THING: ThingOfTheTest}


def make(lent: Lent, call: Call, names: Mapping[str, Any]) -> Any:
    """An object as the one that was lent, without its content; its class is one of these names, or a library's."""
    if lent.kind == GIVEN and isinstance(lent.of, Public):
        try:
            made = object.__new__(names[lent.of.name])
            vars(made)
            return made
        except (KeyError, TypeError):  # the submission has something else under that name
            lent = replace(lent, kind=THING, of=lent.of.name)
    kind: Any = find(lent.of) if isinstance(lent.of, Public) else type(lent.of, (STAND_INS[lent.kind],), {})
    made = kind() if kind is torch.Generator else object.__new__(kind)
    if isinstance(made, nn.Module):
        nn.Module.__init__(made)
    if lent.kind in STAND_INS:
        vars(made)["call"] = call
    return made


def fill(made: Any, content: Any) -> None:
    """Give such an object its content."""
    if isinstance(made, torch.Generator):
        made.set_state(content)
    elif isinstance(made, Optimizer):
        defaults, groups, of_each, own = content
        made.__setstate__({"defaults": defaults, "param_groups": groups, "state": states(groups, of_each), **own})
    else:
        if kind_of(made) == GIVEN:
            vars(made).clear()
        vars(made).update(content)


def kind_of(made: Any) -> str:
    """How it crossed."""
    other = GIVEN if type(made).__module__ == NOTEBOOK and not isinstance(made, nn.Module) else OBJECT
    return next((kind for kind, stand_in in STAND_INS.items() if issubclass(type(made), stand_in)), other)


def find(public: Public) -> Any:
    """A library's function or type."""
    owner = importlib.import_module(public.module)
    return reduce(getattr, public.name.split("."), owner) if public.name else owner
