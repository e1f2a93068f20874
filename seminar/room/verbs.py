"""What the examiner can ask of the submission's objects, by verb."""

from __future__ import annotations

import builtins
import contextlib
import copy
import inspect
import operator
import textwrap
import typing
from collections.abc import Callable
from typing import Any

from seminar.room.lineage import known_types, lineage_of, name_of
from seminar.room.raised import described
from seminar.wire.messages import CODE, Verb
from seminar.wire.type_values import is_annotation


def _leave(manager: Any, error: list[str] | None) -> None:
    """Leave a context manager; with an exception of the test's, of which its built-in type and its text are known."""
    raised = getattr(builtins, error[0])(error[1]) if error else None
    type(manager).__exit__(manager, type(raised) if error else None, raised, None)


def _class_of(value: Any) -> list[Any]:
    """An object's type, after its name where the examiner may have it too."""
    return _with_its_name(type(value))


def _with_its_name(kind: type) -> list[Any]:
    closest = next(known_types(kind), None)
    return [name_of(kind) if closest is kind else None, kind]


def _signature(function: Callable[..., Any]) -> list[Any]:
    """A function's parameters and what it returns: name, kind, and in lists of their own what there may be."""
    found, known = inspect.signature(function), _annotations(function)
    parameters = [
        [each.name, int(each.kind), [] if each.default is each.empty else [each.default], _annotation(known, each.name)]
        for each in found.parameters.values()
    ]
    return [parameters, _annotation(known, "return")]


def _annotation(known: dict[str, Any], name: str) -> list[Any]:
    return [known[name]] if name in known else []


def _annotations(thing: Any) -> dict[str, Any]:
    """An object's own annotations. Texts are resolved here: the examiner is to evaluate none."""
    own = inspect.get_annotations(thing) if isinstance(thing, type) else getattr(thing, "__annotations__", {})
    resolved = {}
    if any(isinstance(each, str) for each in own.values()):
        with contextlib.suppress(Exception):  # one that is not to be resolved
            resolved = typing.get_type_hints(thing, include_extras=True)
    return {name: _as_annotation(resolved.get(name, each)) for name, each in own.items()}


def _hints(thing: Any, include_extras: bool = False) -> dict[str, Any]:
    """What `typing.get_type_hints` says, here."""
    hints = typing.get_type_hints(thing, include_extras=include_extras)
    return {name: _as_annotation(each) for name, each in hints.items()}


def _code(function: Any) -> dict[str, Any]:
    """What a function's code tells of itself, but for the code."""
    code = function.__code__
    told = {name: getattr(code, name) for name in CODE}
    return {name: [*map(str, each)] if type(each) is tuple else each for name, each in told.items()}


class _Unresolved:
    """What stands for an annotation that is no type."""

    def __init__(self, annotation: Any) -> None:
        self._annotation = annotation

    def __repr__(self) -> str:
        return repr(self._annotation)


def _as_annotation(value: Any) -> Any:
    return value if is_annotation(value) else _Unresolved(value)


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
    "annotations": _annotations,
    "hints": _hints,
    "types": lambda kind, name: [_with_its_name(each) for each in getattr(kind, name)],
    "dir": dir,
    "code": _code,
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
