"""What only some objects can do: to be called, indexed, looped over, entered, taken for a number.

A handle has the methods for what its object can do, and no others. Python itself, and libraries, look for them:
`isinstance(x, Iterable)`, `callable(x)`, pandas that tells a function from a list of functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from functools import lru_cache
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from seminar.examiner.handle import CandidateError, Handle
from seminar.wire.kinds import ABILITIES, builtin_name

if TYPE_CHECKING:
    from seminar.examiner.client import Client

ITEMS = 1_000_000  # that one loop over a handle takes
PIECE = 64  # items that are asked for at once, when a loop goes on


def class_of_handles(able: Iterable[str]) -> type[Handle]:
    """The class of the handles of objects with these methods, of those that are known."""
    return _class_with(frozenset(ABILITIES.intersection(able)))


@lru_cache(maxsize=1000)
def _class_with(able: frozenset[str]) -> type[Handle]:
    methods = {name: vars(_Able)[name] for name in able}
    same = {name: vars(Handle)[name] for name in ("__module__", "__doc__")}  # a class gets its own, else
    return type(Handle.__name__, (Handle,), {"__slots__": (), **same, **methods})


class _Able(Handle):
    __slots__ = ()

    def __call__(self, *positional: Any, **named: Any) -> Any:
        """Call the object, there."""
        return self._candidate.ask("call", self, positional, tuple(named.items()))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """In a class of the test's, a function is a method."""
        return MethodType(self, instance) if self._base is FunctionType and instance is not None else self

    def __getitem__(self, key: Any) -> Any:
        return self._candidate.ask("item", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._candidate.ask("set item", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._candidate.ask("delete item", self, key)

    def __len__(self) -> int:
        length = self._candidate.ask("length", self)
        if type(length) is not int:
            raise CandidateError(f"the length of {self._name()} is no number")
        self._candidate.lengths[self] = length
        return length

    def __contains__(self, item: Any) -> bool:
        if isinstance(self, Iterable):  # compared here: the object would say yes to all that is expected
            return any(item is each or item == each for each in self)
        return self._candidate.ask("contains", self, item) is True

    def __int__(self) -> int:
        return int(_exact(self._candidate.ask("int", self), int))

    def __float__(self) -> float:
        return float(_exact(self._candidate.ask("float", self), float))

    def __abs__(self) -> Any:
        return self._candidate.ask("abs", self)

    def __round__(self, *digits: Any) -> Any:
        return self._candidate.ask("round", self, *digits)

    def __enter__(self) -> Any:
        return self._candidate.ask("enter", self)

    def __exit__(self, kind: Any, error: BaseException | None, story: Any) -> None:
        """Leave the context, there. No error is held back, whatever is said there: it may be what decides points."""
        told = None if error is None else [builtin_name(error), str(error)]
        self._candidate.ask("exit", self, told)

    def __iter__(self) -> Iterator[Any]:
        return _items(self, self._candidate.ask("iterate", self))

    def __reversed__(self) -> Iterator[Any]:
        return _items(self, self._candidate.ask("reversed", self))

    def __next__(self) -> Any:
        return _next(self._candidate, self, 1)


def _items(handle: Handle, iterator: Any) -> Iterator[Any]:
    """The items of an object, by an iterator of its."""
    if not isinstance(iterator, Handle):
        raise CandidateError(f"{handle._name()} gives no items")
    told = handle._candidate.lengths.get(handle, 0)
    for number in range(ITEMS):
        try:
            yield _next(handle._candidate, iterator, min(number + 1, PIECE))
        except StopIteration:
            if isinstance(handle, Sized) and number < max(told, len(handle)):  # zip would compare no more
                raise CandidateError(f"{handle._name()} gives fewer items than it says that it has") from None
            return
    raise CandidateError(f"{handle._name()} has more than {ITEMS} items, or no end")


def _next(candidate: Client, iterator: Handle, piece: int) -> Any:
    """The next item of an iterator. Where none is left of those that were asked for before, ask for so many.

    Raises:
        StopIteration: it is at its end.
    """
    ahead = candidate.ahead[iterator]
    if not ahead:
        items = candidate.ask("next", iterator, piece)
        if type(items) is not list or len(items) > piece:
            raise CandidateError(f"{iterator._name()} gives no items, or more than it was asked for")
        ahead.extend(items)
    try:
        if not ahead:
            raise StopIteration
        return ahead.popleft()
    finally:
        if not ahead:
            del candidate.ahead[iterator]


def _exact(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"the submission gives a {type(value).__name__} where a {kind.__name__} is due")
    return value
