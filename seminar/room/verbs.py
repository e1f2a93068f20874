"""What the examiner can ask of the submission's objects, by verb."""

from __future__ import annotations

import builtins
import copy
import inspect
import operator
import textwrap
from collections.abc import Callable
from typing import Any

from seminar.room.lineage import known_types, lineage_of, name_of
from seminar.room.raised import described
from seminar.wire.messages import Verb


def _leave(manager: Any, error: list[str] | None) -> None:
    """Leave a context manager; with an exception of the test's, of which its built-in type and its text are known."""
    raised = getattr(builtins, error[0])(error[1]) if error else None
    type(manager).__exit__(manager, type(raised) if error else None, raised, None)


def _class_of(value: Any) -> list[Any]:
    """An object's type, after its name where the examiner may have it too."""
    kind = type(value)
    closest = next(known_types(kind), None)
    return [name_of(kind) if closest is kind else None, kind]


def _signature(function: Callable[..., Any]) -> list[list[Any]]:
    """A function's parameters: name, kind, and in a list of its own the default, if there is one."""
    parameters = inspect.signature(function).parameters.values()
    return [[each.name, int(each.kind), [] if each.default is each.empty else [each.default]] for each in parameters]


VERBS: dict[Verb, Callable[..., Any]] = {
    "ping": lambda: None,
    "call": lambda function, positional, named: function(*positional, **dict(named)),
    "attribute": getattr,
    "item": lambda owner, key: owner[key],
    "set attribute": setattr,
    "set item": operator.setitem,
    "delete attribute": delattr,
    "delete item": operator.delitem,
    "length": len,
    "truth": bool,
    "text": str,
    "repr": repr,
    "format": format,
    "contains": operator.contains,
    "int": int,
    "float": float,
    "abs": abs,
    "round": round,
    "enter": lambda manager: type(manager).__enter__(manager),
    "exit": _leave,
    "has": hasattr,
    "class": _class_of,
    "signature": _signature,
    "lineage": lineage_of,
    "exception": lambda error: [*described(error)],
    "source": lambda function: textwrap.dedent(inspect.getsource(function)),
    "instance": isinstance,
    "subclass": issubclass,
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "iterate": iter,
    "reversed": reversed,
}
"""What is asked of the objects themselves; what is asked of the side that has them, is `Service`'s."""
