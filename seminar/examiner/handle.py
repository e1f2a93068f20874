"""Handles: what a test has of the submission's objects that are no data. They stay there, and are used from afar.

A handle equals nothing but itself (one of a dataclass of a given cell's: what has the same fields), and has no order
and no arithmetic with anything of the test's: what decides points is decided here. Two objects of the submission's can
be added and compared, there.
"""

from __future__ import annotations

import dataclasses
import inspect
import operator
import sys
from collections.abc import Callable
from functools import cache, lru_cache, reduce
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from torch.autograd.function import FunctionMeta
from torch.jit._script import ScriptMeta
from torch.utils.data import IterableDataset

from seminar.wire.channel import WireError
from seminar.wire.checks import exact
from seminar.wire.encoding import DATA
from seminar.wire.format import NAME_CHARACTERS
from seminar.wire.kinds import NAMED, NOTEBOOK, is_of_library
from seminar.wire.messages import CODE, Verb
from seminar.wire.references import Public
from seminar.wire.type_values import is_annotation

if TYPE_CHECKING:
    from seminar.examiner.client import Client

HIDDEN = ("_repr_", "_ipython_", "__")  # attributes that a display, or Python itself, looks for on any object
SHOWN = (  # of these, what a test may ask for
    *("__doc__", "__wrapped__", "__defaults__", "__kwdefaults__", "__dict__", "__flags__", "__abstractmethods__"),
    *("__base__", "__subclasses__", "__members__"),
)
COMPARING = (  # methods of data, which a test may ask whether all is right
    *("allclose", "isclose", "equal", "equals", "eq", "ne", "compare", "isin", "issubset", "issuperset"),
)
# The code that may look into functions and types: others, such as torch.fx, make code of what they find there.
READERS = (NOTEBOOK, "inspect", "asyncio.coroutines", "unittest.mock")
BY_VALUE = (*DATA, BaseException, type)  # what is never claimed: it would be compared as what it is not


class CandidateError(Exception):
    """What the submission's code raised, where that is no built-in exception; or why it did not answer."""


class Handle:
    """An object that stayed with the candidate.

    It is of a class that has these methods, and those of `seminar.examiner.abilities` that the object has.
    """

    __slots__ = ("__weakref__", "_base", "_candidate", "_key", "_kind")

    def __init__(self, candidate: Client, key: int, kind: str, base: type | None = None) -> None:
        """Make one.

        Args:
            candidate: who has the object.
            key: its number there.
            kind: the name of its type, as the candidate tells it.
            base: the type that it is said to be of (of a type: to be derived from); None for none that is known here.
        """
        object.__setattr__(self, "_candidate", candidate)
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_base", base)
        object.__setattr__(
            self, "_kind", "".join(letter for letter in kind if letter.isidentifier() or letter.isdigit())
        )

    def _name(self) -> str:
        """What it is called where nobody is to be asked."""
        return f"<{self._kind or 'object'} of the submission>"

    def __repr__(self) -> str:
        try:
            text = self._candidate.ask("repr", self)
        except Exception:  # it is shown in errors, too
            return self._name()
        return text if type(text) is str else self._name()

    def __format__(self, how: str) -> str:
        text = self._candidate.ask("format", self, how)
        return text if type(text) is str else self._name()

    @property
    def __class__(self) -> Any:
        """What `isinstance` asks for: the type that the object is said to be of, under the name of its own."""
        base: type = self._base or type(self)
        return type if self._kind == "type" else _named(base, self._kind)

    @__class__.setter
    def __class__(self, kind: Any) -> None:
        raise TypeError(f"{self._name()} stays what it is")

    @property
    def __bases__(self) -> tuple[Any, ...]:
        """What `issubclass` asks for."""
        if self._kind != "type":
            raise AttributeError(f"{self._name()} is no type")
        return types_above(self, "__bases__")

    @property
    def __mro__(self) -> tuple[Any, ...]:
        self._is_read_by_readers("__mro__")
        if self._kind != "type":
            raise AttributeError(f"{self._name()} is no type")
        return types_above(self, "__mro__")

    @property
    def __code__(self) -> Any:
        """What a function's code tells of itself. There is none in it: nothing of the submission's runs here."""
        self._is_read_by_readers("__code__")
        return _code(self, self._candidate.ask("code", self))

    def _is_read_by_readers(self, name: str) -> None:
        if sys._getframe(2).f_globals.get("__name__") not in READERS:
            raise AttributeError(f"{self._name()} has no attribute {name!r} here")

    def __instancecheck__(self, instance: Any) -> bool:
        return self._candidate.ask("instance", instance, self) is True

    def __subclasscheck__(self, subclass: Any) -> bool:
        return self._candidate.ask("subclass", subclass, self) is True

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        raise TypeError(f"a test cannot derive from {self._name()}. Hold one in a class of its own.")

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self.__getattr__("__doc__")

    @property
    def __signature__(self) -> inspect.Signature:
        """What `inspect.signature` asks for."""
        kinds, told = [*inspect._ParameterKind], self._candidate.ask("signature", self)
        none = inspect.Parameter.empty
        try:
            parameters, returned = told
            each = [
                inspect.Parameter(
                    name,
                    kinds[kind],
                    default=default[0] if default else none,
                    annotation=_annotation(of[0]) if of else none,
                )
                for name, kind, default, of in parameters
            ]
            return inspect.Signature(each, return_annotation=_annotation(returned[0]) if returned else none)
        except (TypeError, ValueError, LookupError) as error:
            raise CandidateError(f"{self._name()} has parameters that cannot be") from error

    def __dir__(self) -> list[str]:
        names = self._candidate.ask("dir", self)
        if type(names) is not list or not all(type(name) is str for name in names):
            raise CandidateError(f"{self._name()} has names that are none")
        return names

    def __getattr__(self, name: str) -> Any:
        if name == "__annotations__":
            return annotations_of(self)
        if name in ("__name__", "__qualname__"):  # a mock makes code of it, that runs here
            return self._text(name)
        if name.startswith(HIDDEN) and name not in SHOWN:
            raise AttributeError(f"{self._name()} has no attribute {name!r} here")
        if name in COMPARING:
            raise TypeError(f"{name} of {self._name()} would be the submission's word: compare what the object holds")
        return self._candidate.ask("attribute", self, name)

    def _text(self, name: str) -> str:
        text = self._candidate.ask("attribute", self, name)
        if type(text) is not str:
            raise CandidateError(f"{self._name()} has a {name} that is no text")
        return text

    def __setattr__(self, name: str, value: Any) -> None:
        self._candidate.ask("set attribute", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._candidate.ask("delete attribute", self, name)

    def __copy__(self) -> Any:
        return self._candidate.ask("copy", self)

    def __deepcopy__(self, memo: Any) -> Any:
        return self._candidate.ask("deep copy", self)

    def __str__(self) -> str:
        text = self._candidate.ask("text", self)
        return text if type(text) is str else self._name()

    def __bool__(self) -> bool:
        return self._candidate.ask("truth", self) is True

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Handle) and self._key == other._key and self._candidate is other._candidate:
            return True
        kind = self.__class__
        if kind.__name__ != self._kind or kind is not other.__class__ or (names := _compared(kind)) is None:
            return False
        return [getattr(self, name) for name in names] == [getattr(other, name) for name in names]

    def __hash__(self) -> int:
        return hash(self._key)


OPERATORS = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift"),
    *("lt", "le", "gt", "ge", "neg", "pos", "invert"),
    *("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul", "iand", "ior", "ixor"),
)


def _operation(name: str) -> Callable[..., Any]:
    function = getattr(operator, f"__{name}__")

    def operate(self: Handle, *others: Any) -> Any:
        if not all(map(is_handle, others)):
            raise TypeError(
                f"unsupported operand types: {self._name()}, and a {type(others[0]).__name__} of the test's. "
                f"What {name!r} gives would be the submission's word: compare what the object holds"
            )
        return self._candidate.ask("call", function, (self, *others), ())

    return operate


for _name in OPERATORS:
    setattr(Handle, f"__{_name}__", _operation(_name))


def _compared(kind: Any) -> list[str] | None:
    """The fields that `==` of a dataclass compares, where it is the one that Python makes; None for any other type."""
    code = getattr(kind.__eq__, "__code__", None)
    if not dataclasses.is_dataclass(kind) or code is None or code.co_filename != "<string>":
        return None
    return [each.name for each in dataclasses.fields(kind) if each.compare]


def is_handle(thing: Any) -> bool:
    """Whether something is a handle, whatever it says that it is."""
    return issubclass(type(thing), Handle)


def type_of(handle: Handle) -> Any:
    """An object's type: a library's as what it is, another one as a handle."""
    candidate = handle._candidate
    name, kind = _pair(candidate.ask("class", handle))
    found = (candidate.type_of(Public(*name)) if name else None) or kind
    is_claimed = is_handle(found) or (isinstance(found, type) and not issubclass(found, (*DATA, type(None))))
    return found if is_claimed else handle.__class__


def types_above(handle: Handle, name: str) -> tuple[Any, ...]:
    """The types that a type is derived from: those that are known here as what they are, the others as handles."""
    told = handle._candidate.ask("types", handle, name)
    if type(told) is not list:
        raise CandidateError("the submission's kernel tells no types")
    known = handle._candidate.type_of
    pairs = [_pair(each) for each in told]
    found = tuple((known(Public(*name)) if name else None) or kind for name, kind in pairs)
    if not all(is_handle(each) or isinstance(each, type) for each in found):
        raise CandidateError("the submission's kernel tells of something else than types")
    # What is derived from an exception's type is no handle (see `seminar.examiner.raised`), or not to be caught.
    return tuple(each for each in found if is_handle(each) or not issubclass(each, BaseException))


def _code(handle: Handle, told: Any) -> SimpleNamespace:
    try:
        fits = {name: exact(told[name], list if kind is tuple else kind) for name, kind in CODE.items()}
        return SimpleNamespace(
            **{name: tuple(map(_identifier, each)) if type(each) is list else each for name, each in fits.items()}
        )
    except (WireError, TypeError, LookupError) as error:
        raise CandidateError(f"{handle._name()} has no such code") from error


def _identifier(name: Any) -> str:
    if not exact(name, str).isidentifier() and name != ".0":  # what a comprehension goes through
        raise WireError(f"{name[:NAME_CHARACTERS]!r} is no name")
    return str(name)


def has(handle: Handle, name: str) -> bool:
    """Whether an object has an attribute that Python looks for."""
    return handle._candidate.ask("has", handle, name) is True


def annotations_of(handle: Handle, verb: Verb = "annotations", *how: bool) -> dict[str, Any]:
    """An object's annotations: types, what is made of them, and handles.

    Raises:
        CandidateError: there is something else among them, such as a text: libraries evaluate these.
    """
    told = handle._candidate.ask(verb, handle, *how)
    if type(told) is not dict or not all(type(name) is str for name in told):
        raise CandidateError(f"{handle._name()} has annotations that are none")
    return {name: _annotation(each) for name, each in told.items()}


def _annotation(told: Any) -> Any:
    if not is_handle(told) and not is_annotation(told):
        raise CandidateError(f"the submission's kernel gives a {type(told).__name__} for an annotation")
    return told


def _pair(told: Any) -> tuple[Any, Any]:
    name, kind = told if type(told) is list and len(told) == 2 else (None, None)
    if kind is None or not (name is None or (type(name) is list and [*map(type, name)] == [str, str])):
        raise CandidateError("the submission's kernel tells no type")
    return name, kind


@lru_cache(maxsize=1000)
def _named(base: type, kind: str) -> type:
    """A type like another one, with a name of its own."""
    if kind in ("", base.__name__) or not (is_of_library(base.__module__) or base.__module__ == Handle.__module__):
        return base
    try:
        return type(base)(kind, (base,), {"__slots__": ()})
    except Exception:  # it is not to be derived from
        return base


@cache
def type_of_library(name: Public) -> type | None:
    """A library's type, of those whose values stay with the candidate; None for what is none.

    What crosses by value is not to be claimed: a handle that is taken for a tensor would be compared as one.
    """
    module = sys.modules.get(name.module)
    if module is None:
        return None
    try:
        found: Any = reduce(getattr, name.name.split("."), module)
    except AttributeError:
        return None
    # Of other metaclasses, such as ABCMeta, a type decides by itself what is of it.
    is_plain = type(found) in (type, FunctionMeta, ScriptMeta) or found is IterableDataset
    is_one = is_of_library(name.module) and is_plain
    is_one |= (name.module, name.name) in NAMED.values()
    return found if is_one and not issubclass(found, BY_VALUE) else None
