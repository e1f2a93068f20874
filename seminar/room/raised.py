"""What the submission's code has raised, as data."""

from __future__ import annotations

import traceback
from typing import Any

from seminar.room.lineage import BASES, lineage_of, name_of
from seminar.wire.encoding import encode
from seminar.wire.exceptions import arguments_of, text_of
from seminar.wire.kinds import NOTEBOOK, builtin_name, has_exceptions

TRACEBACK_CHARACTERS = 20_000


def as_data(error: BaseException) -> tuple[list[list[str]], list[Any], str]:
    """An exception as data: the names of its types up to the closest built-in one, its arguments, and the traceback."""
    try:
        lines = traceback.format_exception(error, limit=-20)
    except Exception:
        lines = ["(the exception cannot be shown)"]
    return *described(error)[:2], "".join(lines)[-TRACEBACK_CHARACTERS:]


def described(error: BaseException) -> tuple[list[list[str]], list[Any], list[list[Any]]]:
    """The names of an exception's types, its arguments, and the lineage of its type."""
    above = [
        each for each in type.mro(type(error))[:BASES] if each.__module__ == NOTEBOOK or has_exceptions(each.__module__)
    ]
    try:
        arguments = arguments_of(error)
        encode(arguments)
    except Exception:  # a student's exception may hold, and do, anything
        arguments = [text_of(error)]
    return [*map(name_of, above), ["builtins", builtin_name(error)]], arguments, lineage_of(type(error))


def is_own(error: BaseException) -> bool:
    """Whether an exception has attributes of its own, or a type that the submission has made."""
    return type(error).__module__ == NOTEBOOK or any(not name.startswith("_") for name in vars(error))
