"""Python's own functions, as tests have them: what is asked of an object of the submission's, the candidate answers.

A handle has every method that Python looks for, so `callable` and `hasattr` would find all of them, and `type` nothing
but a handle.
"""

from __future__ import annotations

import builtins
from typing import Any

from seminar.examiner.handle import Handle


class _Type(type):
    """What `type` is made of, so that it stays a type where a test derives from it or asks for instances."""

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        if cls is not asked_type:
            return super().__call__(*arguments, **named)
        if len(arguments) == 1 and type(arguments[0]) is Handle:
            return arguments[0]._type()
        made = type(*arguments, **named)
        return cls if made is type else made

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, type) if cls is asked_type else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: Any) -> bool:
        return issubclass(subclass, type) if cls is asked_type else super().__subclasscheck__(subclass)

    def __eq__(cls, other: object) -> bool:
        return other is cls or (cls is asked_type and other is type)

    def __hash__(cls) -> int:
        return hash(type) if cls is asked_type else super().__hash__()


asked_type = _Type("type", (type,), {})


def asked_callable(thing: Any, /) -> bool:
    """Whether something can be called."""
    return thing._can("__call__") if type(thing) is Handle else callable(thing)


def asked_hasattr(thing: Any, name: str, /) -> bool:
    """Whether something has an attribute."""
    if type(thing) is Handle and isinstance(name, str) and name.startswith("__"):
        return thing._can(name)
    return hasattr(thing, name)


BUILTINS = vars(builtins) | {"type": asked_type, "callable": asked_callable, "hasattr": asked_hasattr}
