"""Types as the examiner is told them: by name, and what they are derived from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from seminar.wire.kinds import ABILITIES, NAMED, NOTEBOOK, builtin_base, is_of_library

BASES = 20  # of a type, at most, that are told


def known_types(kind: type) -> Iterator[type]:
    """The types of the notebook that a type is, or is derived from, and the closest one of a library's."""
    above = type.mro(kind) if isinstance(kind, type) else []
    yield from (each for each in above[:BASES] if each.__module__ == NOTEBOOK)
    yield from islice((each for each in above if each in NAMED or is_of_library(each.__module__)), 1)


def name_of(kind: type) -> list[str]:
    """A type's module, and its name there."""
    return [*NAMED.get(kind, (kind.__module__, kind.__qualname__))]


def lineage_of(kind: type) -> list[list[Any]]:
    """A type of exceptions and those of the notebook that it is derived from: names, ancestors, built-in types."""
    own = [each for each in type.mro(kind)[:BASES] if each.__module__ == NOTEBOOK]
    above = [[other.__name__ for other in type.mro(each)[1:] if other in own] for each in own]
    return [[each.__name__, names, builtin_base(each)] for each, names in zip(own, above, strict=True)]


def abilities_of(value: Any) -> tuple[str, ...]:
    """What can be done with an object, as far as its type says."""
    methods: dict[str, Any] = {}
    for kind in reversed(type.mro(type(value))):  # getattr would find what a type has of its own type, too
        methods |= {name: vars(kind)[name] for name in ABILITIES & vars(kind).keys()}
    if isinstance(value, type) and hasattr(value, "__class_getitem__"):  # Stack[int]
        methods["__getitem__"] = ...
    return tuple(name for name, method in methods.items() if method is not None)
