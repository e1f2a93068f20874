"""The examiner's view of a candidate: its names, and handles on what is no data.

Nothing that comes from a candidate is trusted: it is decoded into data (see `seminar.wire.values`), and every field of
an answer is checked. Each request has a deadline, and a number, so that a late answer is not taken for the next one's.
"""

from __future__ import annotations

import builtins
import importlib
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
import torch

from seminar.wire.channel import Channel, ChannelClosedError, LateError, WireError
from seminar.wire.values import Public, Reference, decode, encode

ITEMS = 1_000_000  # that one loop over a handle takes
PIECE = 64  # items that are asked for at once, when a loop goes on
STALE = 1000  # late answers that are passed over before a candidate counts as lying
LIBRARIES = ("builtins", "torch", "torch.nn.functional", "torch.nn", "torch.optim", "numpy", "math", "operator")
KNOWN = {"builtins", "torch", "torchvision", "numpy", "math", "operator"}  # where these may come from
PASSING = (Exception, StopIteration, StopAsyncIteration)  # too general, or taken for the end of a loop
HIDDEN = ("_repr_", "_ipython_", "__")  # attributes that a display, or Python itself, looks for on any object


class CandidateError(Exception):
    """What the submission's code raised, where that is no built-in exception; or why it did not answer."""


class Candidate:
    """The other end of the wire."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._number = 0
        self.deadline: float | None = None  # of the requests from now on
        self.late = False  # whether a request was not answered in time since this was last set
        self.dead = False  # whether there is nobody to answer
        self.ahead: defaultdict[Handle, deque[Any]] = defaultdict(deque)  # items of iterators that no loop has taken

    def ping(self) -> None:
        """Wait for an answer.

        Raises:
            CandidateError: there is none.
        """
        self._ask("ping")

    def look_up(self, names: list[str]) -> dict[str, Any]:
        """The candidate's objects of these names, as far as it has them."""
        found = self.one("names", names)
        if type(found) is not dict or not set(found) <= set(names):
            raise CandidateError("the submission's kernel gives objects that nobody asked for")
        return found

    def call(self, function: Handle, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a function of the candidate's. What it changes of its arguments in place, it changes here too."""
        given = [*positional, *named.values()]
        result, changed, same = self._ask("call", function, list(positional), named)
        for change in changed if type(changed) is list else []:
            place, value = change if type(change) is list and len(change) == 2 else (None, None)
            if type(place) is int and 0 <= place < len(given):
                _change(given[place], value)
        return given[same] if type(same) is int and 0 <= same < len(given) else result

    def one(self, verb: str, *arguments: Any) -> Any:
        """Make a request that has one result."""
        values = self._ask(verb, *arguments)
        if len(values) != 1:
            raise CandidateError("the submission's kernel gives more than was asked for")
        return values[0]

    def _ask(self, verb: str, *arguments: Any) -> list[Any]:
        self._number += 1
        try:
            self._channel.send(encode([self._number, verb, *arguments], self._refer), self.deadline)
            for _ in range(STALE):
                answer = decode(self._channel.receive(self.deadline), self._resolve)
                if type(answer) is list and len(answer) > 2 and answer[0] == self._number and type(answer[0]) is int:
                    break
            else:
                raise CandidateError("the submission's kernel gives answers that nobody asked for")
        except LateError as error:
            self.late = True
            raise CandidateError("the submission's code did not answer in time") from error
        except ChannelClosedError as error:
            self.dead = True
            raise CandidateError("the submission's kernel is dead") from error
        except WireError as error:
            raise CandidateError(str(error)) from error
        if answer[1] == "value":
            return [None, [], None] if verb == "call" and len(answer) != 5 else answer[2:]
        raise (
            _exception(*answer[2:5]) if len(answer) == 5 else CandidateError("the submission's kernel gives no answer")
        )

    def _refer(self, value: Any) -> Reference | Public:
        if isinstance(value, Handle):
            return Reference(object.__getattribute__(value, "_key"), mine=True)
        if public := _public(value):
            return public
        raise WireError(
            f"a {type(value).__name__} of the test's cannot cross to the submission's code. "
            "Make it on the other side, in an ordinary cell."
        )

    def _resolve(self, reference: Reference | Public) -> Handle:
        if isinstance(reference, Public) or reference.mine:
            raise WireError("the submission's kernel refers to an object that is not its own")
        return Handle(self, reference.key, reference.kind)


class Handle:
    """An object that stayed with the candidate."""

    __slots__ = ("_candidate", "_key", "_kind")

    def __init__(self, candidate: Candidate, key: int, kind: str) -> None:
        object.__setattr__(self, "_candidate", candidate)
        object.__setattr__(self, "_key", key)
        object.__setattr__(
            self, "_kind", "".join(letter for letter in kind if letter.isidentifier() or letter.isdigit())
        )

    def __repr__(self) -> str:
        return f"<{self._kind or 'object'} of the submission>"

    def __call__(self, *positional: Any, **named: Any) -> Any:
        """Call the object, there."""
        return self._candidate.call(self, positional, named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(HIDDEN):
            raise AttributeError(f"{self!r} has no attribute {name!r} here")
        return self._candidate.one("attribute", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"attributes of {self!r} cannot be set from a test: do it in an ordinary cell")

    def __getitem__(self, key: Any) -> Any:
        return self._candidate.one("item", self, key)

    def __len__(self) -> int:
        length = self._candidate.one("length", self)
        if type(length) is not int:
            raise CandidateError(f"the length of {self!r} is no number")
        return length

    def __bool__(self) -> bool:
        return self._candidate.one("truth", self) is True

    def __iter__(self) -> Iterator[Any]:
        iterator = self._candidate.one("iterate", self)
        if not isinstance(iterator, Handle):
            raise CandidateError(f"{self!r} gives no items")
        for number in range(ITEMS):
            try:
                yield _next(self._candidate, iterator, min(number + 1, PIECE))
            except StopIteration:
                return
        raise CandidateError(f"{self!r} has more than {ITEMS} items, or no end")

    def __next__(self) -> Any:
        return _next(self._candidate, self, 1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and self._key == other._key and self._candidate is other._candidate

    def __hash__(self) -> int:
        return hash(self._key)


def _next(candidate: Candidate, iterator: Handle, piece: int) -> Any:
    """The next item of an iterator. Where none is left of those that were asked for before, ask for so many.

    Raises:
        StopIteration: it is at its end.
    """
    ahead = candidate.ahead[iterator]
    if not ahead:
        items = candidate.one("next", iterator, piece)
        if type(items) is not list or len(items) > piece:
            raise CandidateError(f"{iterator!r} gives no items, or more than it was asked for")
        ahead.extend(items)
    if not ahead:
        raise StopIteration
    return ahead.popleft()


def _exception(name: Any, arguments: Any, story: Any) -> Exception:
    """The exception to raise in the test for one that the candidate raised."""
    known = getattr(builtins, name, None) if type(name) is str else None
    kind: type[Exception] = CandidateError
    if isinstance(known, type) and issubclass(known, Exception) and known not in PASSING:
        kind = known
    if issubclass(kind, SyntaxError):
        arguments = arguments[:1]  # a traceback would open the file that the others name
    try:
        error = kind(*arguments)
    except Exception:
        error = CandidateError(f"{name}: {arguments}"[:1000])
    if type(story) is str and story:
        error.add_note("In the submission:\n" + story[-20_000:])
    return error


def _public(value: Any) -> Public | None:
    """A function or type of a library by its name; None for what has none."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not callable(value) or not isinstance(name, str):
        return None
    for module in (*LIBRARIES, getattr(value, "__module__", None) or ""):
        if module.split(".")[0] not in KNOWN:
            continue
        for path in {name, name.split(".")[-1]}:
            try:
                found = reduce(getattr, path.split("."), importlib.import_module(module))
            except (AttributeError, ImportError):
                continue
            if found is value:
                return Public(module, path)
    return None


def _change(mine: Any, new: Any) -> None:
    """Give an object of the test's the content that the candidate's copy of it got."""
    if type(mine) is not type(new) and not (isinstance(mine, torch.Tensor) and isinstance(new, torch.Tensor)):
        return
    if isinstance(mine, list):
        mine[:] = new
    elif isinstance(mine, dict | set):
        mine.clear()
        mine.update(new)
    elif isinstance(mine, np.ndarray):
        if mine.shape == new.shape and mine.dtype == new.dtype and mine.flags.writeable:
            mine[...] = new
    elif isinstance(mine, torch.Tensor):
        with torch.no_grad():
            if mine.shape != new.shape or mine.dtype != new.dtype:
                mine.set_(new.detach())
            elif not mine.is_meta:
                mine.copy_(new)
        mine.grad = new.grad
        if mine.is_leaf and new.requires_grad != mine.requires_grad:
            mine.requires_grad_(new.requires_grad)


def deadline_in(seconds: float | None) -> float | None:
    """The deadline of what may take so many seconds from now."""
    return None if seconds is None else time.monotonic() + seconds
