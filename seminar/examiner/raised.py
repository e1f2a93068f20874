"""What the submission's code has raised, as tests have it.

It comes as the same built-in type, or a library's or a given cell's. A type of the submission's own is made anew here,
under its name and derived from the closest of these, so that `except` and `pytest.raises` find it. It is never one that
is here: a submission that calls `AssertionError` its own would take a test's errors for its.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, cast
from unittest import SkipTest

from seminar.examiner.handle import CandidateError, Handle, is_handle
from seminar.wire.kinds import LIBRARIES, NOTEBOOK, builtin_base, builtin_name, has_exceptions

PASSING = (StopIteration, StopAsyncIteration, SkipTest)  # taken for the end of a loop, or of a test that is none
ENDING = (SystemExit, KeyboardInterrupt)  # what a test's source names, it expects
OBJECTS = 1000  # exceptions that a test has got, and gets again
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
        make: Any = cls.there
        return make(*positional, **named)

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
        self._objects: dict[Handle, Exception] = {}
        self._ending: dict[str, type[BaseException]] = {}

    def begin(self, source: str) -> None:
        """Begin a test.

        Args:
            source: of it, and of what it uses.
        """
        self._objects.clear()
        self._ending = {each.__name__: each for each in ENDING if each.__name__ in source}

    def error(
        self, ours: BaseException | None, names: Any, arguments: Any, story: Any, own: Any, *, called: bool = False
    ) -> BaseException:
        """The exception to raise in the test for one that the candidate raised.

        Args:
            ours: the test's own, where it went through the submission's code: it stays that.
            names: modules and names of types that it is of, the closest one first, the last one built in.
            arguments: what it was made with.
            story: the traceback.
            own: its lineage and itself, where its type is the submission's own, or it has attributes of its own.
            called: whether it comes of a call, and is no answer to what Python or the shell asks.
        """
        told = _pairs(names)
        if ours and told and told[-1][1] == builtin_name(ours):
            return ours
        lineage, thing = own if type(own) is list and len(own) == 2 else (None, None)
        arguments = arguments if type(arguments) is list else [arguments]
        if called and told and told[-1][1] in self._ending:
            error = self._ending[told[-1][1]](*arguments)
        else:
            error = self._made_of(told, arguments, lineage, thing)
        if type(story) is str and story:
            vars(error)["_story"] = story[-STORY:]  # a note would be in what `pytest.raises(match=)` looks through
        return error

    def at(self, there: Handle, ask: Callable[[], Any]) -> Exception:
        """The exception that stands for one of the submission's: the same one, as long as a test lasts.

        Args:
            there: the submission's.
            ask: for the names of its types, its arguments and the lineage of its type.
        """
        if there not in self._objects:
            told = ask()
            names, arguments, lineage = told if type(told) is list and len(told) == 3 else ([], [], None)
            arguments = arguments if type(arguments) is list else [arguments]
            self._made_of(_pairs(names), arguments, lineage, there)
        return self._objects[there]

    def _made_of(self, names: list[list[str]], arguments: list[Any], lineage: Any, thing: Any) -> Exception:
        """An exception of the closest type that is here, or of a type of the submission's own."""
        kind = next(filter(None, (self.known(*each) for each in names)), CandidateError)
        own = None if names and self.known(*names[0]) else self._made(lineage)
        there = thing if is_handle(thing) else None
        if issubclass(kind, SyntaxError):
            arguments = arguments[:1]  # a traceback would open the file that the others name
        if kind is CandidateError and names and names[-1][1] != "Exception":
            arguments = [f"{names[-1][1]}: {arguments}"[:1000]]
        error = _instance(own or kind, arguments, there)
        if there is not None:
            vars(error)["_there"] = there
            if len(self._objects) >= OBJECTS:
                del self._objects[next(iter(self._objects))]
            self._objects[there] = error
        return error

    def known(self, module: str, name: str) -> type[Exception] | None:
        """A type of exceptions that is here; None for what is none, or is not to be claimed."""
        if module == NOTEBOOK:
            known = self._given(name)
        elif module == "builtins" or has_exceptions(module):
            known = getattr(sys.modules.get(module), "__dict__", {}).get(name)
        else:
            return None
        if not issubclass(type(known), type) or not issubclass(known, Exception) or known is Exception:
            return None
        is_claimed = known.__module__ != module and module != NOTEBOOK
        return None if is_claimed or issubclass(known, PASSING) else known

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


def _pairs(names: Any) -> list[list[str]]:
    """The modules and names in what is told of types."""
    listed = names if type(names) is list else []
    return [each for each in listed if type(each) is list and [*map(type, each)] == [str, str]]


def _instance(kind: Any, arguments: list[Any], there: Handle | None) -> Exception:
    """An exception of a type, or of one like it that asks for what it lacks."""
    module = kind.__module__
    ready = isinstance(kind, OwnType) or module in (NOTEBOOK, CandidateError.__module__)
    if ready or ((module == "builtins" or module.split(".")[0] in LIBRARIES) and there is None):
        try:
            return cast(Exception, type.__call__(kind, *arguments))
        except Exception:
            pass  # it is made of something else
    try:
        base = getattr(builtins, builtin_base(kind))
        plain = there is None and all(getattr(kind, name) is getattr(base, name) for name in ("__init__", "__str__"))
        like = kind if plain else _like(kind, base)
        error: Exception = base.__new__(like, *arguments)  # no code of the library's is run
        base.__init__(error, *arguments)
    except Exception:
        return CandidateError(f"{kind.__name__}: {arguments}"[:1000])
    return error


@cache
def _like(kind: Any, base: Any) -> Any:
    """A type like another one, whose exceptions say what they were told to say, and ask for what they lack."""
    content = {"__module__": kind.__module__, "__getattr__": _attribute, "__str__": base.__str__}
    return type(kind.__name__, (kind,), content)


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
    if issubclass(type(value), BaseException):
        return cast("Handle | None", vars(value).get("_there"))
    return value.there if isinstance(value, OwnType) else None
