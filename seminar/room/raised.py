"""What the submission's code has raised, as data."""

from __future__ import annotations

import builtins
import traceback
from typing import Any

from seminar.room.lineage import known_types, name_of
from seminar.wire.encoding import encode
from seminar.wire.kinds import builtin_name

TRACEBACK_CHARACTERS = 20_000


def as_data(error: BaseException) -> tuple[list[list[str]], list[Any], str]:
    """An exception as data: the names of its types up to the closest built-in one, its arguments, and the traceback."""
    name = builtin_name(error)
    names = [name_of(each) for each in known_types(type(error))]
    try:
        arguments = list(error.args)
        encode(arguments)
    except Exception:  # a student's exception may hold, and do, anything
        arguments = [_text_of(error)]
    if type(error).__str__ is not getattr(builtins, name, Exception).__str__:
        arguments = [_text_of(error)]
    try:
        lines = traceback.format_exception(error, limit=-20)
    except Exception:
        lines = ["(the exception cannot be shown)"]
    return [*names, ["builtins", name]], arguments, "".join(lines)[-TRACEBACK_CHARACTERS:]


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return f"({type(error).__name__}, which cannot be shown)"
