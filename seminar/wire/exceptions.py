"""What is told of exceptions: what they were made with, as data."""

from __future__ import annotations

import builtins
from typing import Any

from seminar.wire import standard
from seminar.wire.kinds import builtin_name

TEXT = 1000  # characters of what went wrong in a function of a test's
PLAIN = (str, int, float, bool, type(None))


def arguments_of(error: BaseException) -> list[Any]:
    """What the built-in type of an exception is to be made with, so that it has the same text."""
    if type(error).__str__ is not getattr(builtins, builtin_name(error), Exception).__str__:
        return [text_of(error)]
    return standard.arguments_of(error)


def text_of(error: BaseException) -> str:
    """An exception's text, whatever that does."""
    try:
        return str(error)
    except Exception:
        return f"({type(error).__name__}, which cannot be shown)"


def told_of(error: BaseException) -> list[Any]:
    """What the submission's code is told of an exception of a test's: the name of its type, and its arguments.

    A failed assertion may say what is expected, and an exception may hold it: of that nothing is told.
    """
    if isinstance(error, UnicodeError):  # those that are derived from it hold the whole text
        return ["UnicodeError", [text_of(error)[:TEXT]]]
    arguments = arguments_of(error)
    if isinstance(error, AssertionError) or not all(type(each) in PLAIN for each in arguments):
        arguments = ["in a function of the test's"]
    return [builtin_name(error), [each[:TEXT] if type(each) is str else each for each in arguments]]
