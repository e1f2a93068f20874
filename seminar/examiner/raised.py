"""What the submission's code has raised, as tests have it.

It comes as the same built-in type, or a library's or a given cell's. A type of the submission's own is made anew here,
under its name and derived from the closest of these, so that `except` and `pytest.raises` find it. It is never one that
is here: a submission that calls `AssertionError` its own would take a test's errors for its.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

from seminar.examiner.handle import CandidateError, Handle, is_handle
from seminar.wire.kinds import NOTEBOOK, builtin_name, is_of_library

PASSING = (Exception, StopIteration, StopAsyncIteration)  # too general, or taken for the end of a loop
STORY = 20_000  # characters of a traceback, the last ones
STORIES = 5  # exceptions that led to one, of which tracebacks are shown
LINEAGE = 25  # types that one is derived from
OWN = 100  # types of the submission's that are made
NAME = 100  # characters of the name of one


class OwnType(type):
    """The type of a type of the submission's. What a test asks of that, is asked there.

    Attributes:
        there: the submission's type, where the test has got it.
    """

    there: Handle | None = None

    def __call__(cls, *positional: Any, **named: Any) -> Any:
        """Make one, there."""
        if cls.there is None:
            raise TypeError(f"{cls.__name__} is the submission's: a test makes none")
        made: Any = cls.there
        return made(*positional, **named)

    def __getattr__(cls, name: str) -> Any:
        if cls.there is None or name.startswith("_"):  # a shell asks any exception to show itself
            raise AttributeError(f"{cls.__name__} has no attribute {name!r} here")
        return getattr(cls.there, name)

    def __instancecheck__(cls, instance: Any) -> bool:
        if is_handle(instance):
            return cls.there is not None and cls.there.__instancecheck__(instance)
        return super().__instancecheck__(instance)


def _attribute(error: Exception, name: str) -> Any:
    """An attribute of an exception of the submission's own type."""
    thing = vars(error).get("_there")
    if thing is None or name.startswith("_"):
        raise AttributeError(f"{type(error).__name__} has no attribute {name!r} here")
    return getattr(thing, name)


class Raised:
    """Makes exceptions, and types of them."""

    def __init__(self, given: Callable[[str], Any]) -> None:
        """Make those of one examination.

        Args:
            given: what a given cell has made under a name.
        """
        self._given = given
        self._own: dict[tuple[Any, ...], OwnType] = {}

    def error(self, ours: Exception | None, names: Any, arguments: Any, story: Any, own: Any) -> Exception:
        """The exception to raise in the test for one that the candidate raised.

        Args:
            ours: the test's own, where it went through the submission's code: it stays that.
            names: modules and names of types that it is of, the closest one first, the last one built in.
            arguments: what it was made with.
            story: the traceback.
            own: its lineage and itself, where its type is the submission's own.
        """
        listed = names if type(names) is list else []
        told = [each for each in listed if type(each) is list and [*map(type, each)] == [str, str]]
        if ours and told and told[-1][1] == builtin_name(ours):
            return ours
        known = next(filter(None, (self.known(*each) for each in told)), CandidateError)
        lineage, thing = own if type(own) is list and len(own) == 2 else (None, None)
        kind = None if told and self.known(*told[0]) else self._made(lineage)
        arguments = arguments if type(arguments) is list else [arguments]
        if issubclass(known, SyntaxError):
            arguments = arguments[:1]  # a traceback would open the file that the others name
        try:
            error = cast(Exception, type.__call__(kind or known, *arguments))
        except Exception:
            error = CandidateError(f"{known.__name__}: {arguments}"[:1000])
        if isinstance(type(error), OwnType) and is_handle(thing):
            vars(error)["_there"] = thing
        if type(story) is str and story:
            vars(error)["_story"] = story[-STORY:]  # a note would be in what `pytest.raises(match=)` looks through
        return error

    def known(self, module: str, name: str) -> type[Exception] | None:
        """A type of exceptions that is here; None for what is none, or is not to be claimed."""
        if module == NOTEBOOK:
            known = self._given(name)
        elif module == "builtins" or is_of_library(module):
            known = getattr(sys.modules.get(module), name, None)
        else:
            return None
        is_one = issubclass(type(known), type) and issubclass(known, Exception)
        return known if is_one and known not in PASSING else None

    def stands_for(self, there: Handle, lineage: Any) -> OwnType | None:
        """What stands for a type of exceptions of the submission's own; None where it is none.

        Args:
            there: the type.
            lineage: as the candidate tells it.
        """
        made = self._made(lineage)
        if made:
            made.there = there
        return made

    def _made(self, lineage: Any) -> OwnType | None:
        """The type that has a lineage: the name, ancestors and built-in type of each of the submission's in it."""
        made: dict[str, OwnType] = {}
        for each in reversed(lineage[:LINEAGE] if type(lineage) is list else []):
            name, ancestors, builtin = each if type(each) is list and len(each) == 3 else ("", [], "")
            if [*map(type, (name, ancestors, builtin))] != [str, list, str] or not name.isidentifier():
                return None
            theirs = [made[ancestor] for ancestor in ancestors if type(ancestor) is str and ancestor in made]
            made[name] = self._one(name[:NAME], theirs, self.known("builtins", builtin) or CandidateError)
        return made[name] if made else None

    def _one(self, name: str, ancestors: list[OwnType], base: type[Exception]) -> OwnType:
        key = (name, *ancestors, base)
        if key not in self._own and len(self._own) < OWN:
            content = {"__module__": NOTEBOOK, "__getattr__": _attribute}
            bases: list[type] = []
            for each in [*cast("list[type]", ancestors), base]:
                if not any(issubclass(other, each) for other in bases):
                    bases.append(each)
            try:
                self._own[key] = OwnType(name, tuple(bases), content)
            except TypeError:  # they go together as the candidate tells it only
                self._own[key] = OwnType(name, (base,), content)
        return self._own.get(key) or OwnType(name, (CandidateError,), {})


def stories(error: BaseException | None) -> list[str]:
    """The tracebacks of the submission's code of an exception, and of those that led to it, in order."""
    found: list[str] = []
    for _ in range(STORIES):
        if error is None:
            break
        story = vars(error).get("_story")
        found += [f"In the submission:\n{story}"] if type(story) is str else []
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found[::-1]


def reference_to(value: Any) -> Handle | None:
    """The submission's object that an exception, or a type of exceptions, stands for here."""
    if isinstance(type(value), OwnType):
        return cast("Handle | None", vars(value).get("_there"))
    return value.there if isinstance(value, OwnType) else None
