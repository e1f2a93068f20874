"""Types that both sides have, as values: by name, and as what annotations are made of them (`list[int]`, `int | None`).

Types only: a function that came back by its name would run where the test runs. Of exceptions, none that catches what a
test raises itself. And no text is among what an annotation is made of: `typing` evaluates it.
"""

from __future__ import annotations

import builtins
import collections.abc
import operator
import types
import typing
from collections.abc import Iterable
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from seminar.wire.channel import WireError
from seminar.wire.references import Public

MOST = 1000  # types that one annotation is made of: Python compares those of a union with each other
GENERIC = {  # what `typing` has names of its own for
    *("List", "Dict", "Tuple", "Set", "FrozenSet", "Callable", "Iterable", "Iterator", "Generator"),
    *("Sequence", "MutableSequence", "Mapping", "MutableMapping", "Collection"),
}
ALIASES = {
    *map(type, (list[int], collections.abc.Callable[[int], int], int | None, typing.Union[int, typing.Any])),  # noqa: UP007
    *map(type, (typing.List, typing.List[int], typing.Tuple, typing.Callable, typing.Callable[[int], int])),  # noqa: UP006
}


def _named(module: Any, kinds: Iterable[type]) -> dict[type, Public]:
    return {kind: Public(module.__name__, kind.__name__) for kind in kinds}


def _in(module: Any, base: type) -> list[type]:
    """The types that a module has under their names, of those derived from another one."""
    found = [each for name, each in vars(module).items() if getattr(each, "__name__", "") == name]
    return [each for each in found if isinstance(each, type) and issubclass(each, base)]


def _catches_no_assertion(kind: type) -> bool:
    """Whether a type of exceptions is none that a failed assertion is of, nor one that ends a loop, or a process."""
    ends = (StopIteration, StopAsyncIteration)
    return issubclass(kind, Exception) and not issubclass(AssertionError, kind) and kind not in ends


NAMES: dict[type, Public] = {
    **_named(builtins, (object, bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset)),
    **_named(builtins, (slice, range, *filter(_catches_no_assertion, _in(builtins, BaseException)))),
    **_named(types, (type(None),)),
    **_named(collections.abc, (getattr(collections.abc, name) for name in collections.abc.__all__)),
    **_named(np, (np.ndarray, *_in(np, np.generic))),
    **_named(pd, (pd.DataFrame, pd.Series)),
    **_named(torch, (torch.Tensor, torch.Size, torch.dtype, torch.device)),
    **_named(nn, (nn.Parameter, *(each for each in _in(nn, nn.Module) if each is not nn.DataParallel))),
}
_TYPES = {name: kind for kind, name in NAMES.items()}


def name_of(value: Any) -> Public | None:
    """The name of a type that both sides have; None for anything else."""
    return NAMES.get(value) if isinstance(value, type) and type(value).__hash__ is type.__hash__ else None


def type_named(name: Public) -> type:
    """The type that both sides have under a name.

    Raises:
        WireError: there is none.
    """
    if name not in _TYPES:
        raise WireError("the submission's kernel gives a name in place of an object")
    return _TYPES[name]


def is_annotation(value: Any) -> bool:
    """Whether a value may stand in an annotation, or be one: nothing that is evaluated later."""
    return value is None or value is ... or value is typing.Any or callable(value) or type(value) in ALIASES


def taken_apart(value: Any) -> list[Any] | None:
    """What an annotation is made of: how, and of what; None for what is none, or is made of something else."""
    if value is typing.Any:
        return ["Any"]
    if type(value) not in ALIASES:
        return None
    name, of = getattr(value, "_name", None), getattr(value, "__args__", None) or ()
    if type(value) is types.UnionType:
        made = ["|", *of]
    elif typing.get_origin(value) is typing.Union:
        made = ["Union", *of]
    elif name in GENERIC:
        made = [name, *of]
    elif isinstance(value, types.GenericAlias) and value.__origin__ in NAMES:
        made = ["of", value.__origin__, *of]
    else:
        return None
    return made if all(map(is_annotation, of)) else None


def put_together(content: Any) -> Any:
    """An annotation of what it is made of.

    Raises:
        WireError: it cannot be one.
    """
    how, *of = content
    if type(how) is not str or len(of) > MOST or not all(map(is_annotation, of)):
        raise WireError("an annotation that is made of something else than types")
    if how == "Any":
        return typing.Any
    if how == "|":
        try:
            return reduce(operator.or_, of)
        except TypeError:  # a type that has stayed where it is
            return typing.Union[tuple(of)]  # noqa: UP007
    if how == "Union":
        return typing.Union[tuple(of)]  # noqa: UP007
    if how == "of" and name_of(of[0]):
        return types.GenericAlias(of[0], tuple(of[1:]))
    if how not in GENERIC:
        raise WireError("an annotation of no kind that there is")
    generic: Any = getattr(typing, how)
    if not of:
        return generic
    if how == "Callable":
        return generic[... if of[0] is ... else of[:-1], of[-1]]
    return generic[tuple(of)]
