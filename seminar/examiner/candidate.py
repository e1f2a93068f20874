"""The examiner's view of a candidate: its names, and handles on what is no data.

Nothing that comes from a candidate is trusted: it is decoded into data (see `seminar.wire.values`), and every field of
an answer is checked. Each request has a deadline, and a number, so that a late answer is not taken for the next one's.
"""

from __future__ import annotations

import builtins
import importlib
import inspect
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial, reduce
from typing import Any, cast

import torch

from seminar.examiner.around import Around
from seminar.examiner.leaves import Leaves
from seminar.wire.changes import change
from seminar.wire.channel import Channel, ChannelClosedError, LateError, WireError
from seminar.wire.given import Given
from seminar.wire.gradients import Computed, came_from
from seminar.wire.values import DATA, Public, Reference, decode, encode

ITEMS = 1_000_000  # that one loop over a handle takes
PIECE = 64  # items that are asked for at once, when a loop goes on
QUESTIONS = ("call back", "go back")  # of the candidate's
STALE = 1000  # late answers that are passed over before a candidate counts as lying
LIBRARIES = ("builtins", "torch", "torch.nn.functional", "torch.nn", "torch.optim", "numpy", "math", "operator")
KNOWN = {"builtins", "torch", "torchvision", "numpy", "math", "operator"}  # where these may come from
PASSING = (Exception, StopIteration, StopAsyncIteration)  # too general, or taken for the end of a loop
HIDDEN = ("_repr_", "_ipython_", "__")  # attributes that a display, or Python itself, looks for on any object
SHOWN = ("__name__", "__qualname__", "__doc__")  # of these, what a test may ask for
OF_LIBRARIES = ("torch.", "torchvision.", "numpy.")  # where the types are from that an object may be said to be of


class CandidateError(Exception):
    """What the submission's code raised, where that is no built-in exception; or why it did not answer."""


class Candidate:
    """The other end of the wire."""

    def __init__(self, channel: Channel, around: Around | None = None) -> None:
        """Speak with a candidate.

        Args:
            channel: to it.
            around: what tests set for all code that runs; None: they set nothing.
        """
        self._channel = channel
        self._around = around
        self._number = 0
        self._leaves = Leaves()
        self._computed = Computed()
        self._forgotten: list[int] = []  # numbers of the candidate's tensors that no test goes back from any more
        self._lent: list[Callable[..., Any]] = []  # functions of tests that the candidate may call
        self.deadline: float | None = None  # of the requests from now on
        self.late = False  # whether a request was not answered in time since a test began
        self.dead = False  # whether there is nobody to answer
        self.ahead: defaultdict[Handle, deque[Any]] = defaultdict(deque)  # items of iterators that no loop has taken

    def begin(self, deadline: float | None) -> None:
        """Begin a test, whose requests have this deadline together."""
        self.deadline, self.late = deadline, False
        if self._around:
            self._around.begin()

    def ask(self, verb: str, *arguments: Any, sources: Sequence[torch.Tensor] = ()) -> Any:
        """Make a request. What the candidate's code changes of the arguments in place, is changed here too.

        Args:
            verb: what is asked for (see `seminar.room.service`).
            arguments: of it.
            sources: the tensors, beside those among the arguments, from which the result's gradients may flow.

        Raises:
            CandidateError: there is no answer, or none that fits.
            Exception: what the candidate's code has raised.
        """
        self._number += 1
        number = self._number
        given = Given(arguments, lambda each: self._leaves.key_of(each) is not None, sources)
        failed: Exception | None = None
        try:
            self._channel.send(self._encode([number, verb, list(arguments), self._news()]), self.deadline)
            stale = 0
            while stale < STALE:
                answer = self._decode(self._channel.receive(self.deadline), given)
                if type(answer) is list and len(answer) == 4 and answer[1] in QUESTIONS:
                    failed = self._serve(*answer)
                elif type(answer) is list and len(answer) > 2 and answer[0] == number and type(answer[0]) is int:
                    break
                else:
                    stale += 1
            else:
                raise CandidateError("the submission's kernel gives answers that nobody asked for")
            if answer[1] == "value" and len(answer) == 5:
                self._take_over(answer[3], answer[4], given)
                return answer[2]
        except LateError as error:
            self.late = True
            raise CandidateError("the submission's code did not answer in time") from error
        except ChannelClosedError as error:
            self.dead = True
            raise CandidateError("the submission's kernel is dead") from error
        except WireError as error:
            raise CandidateError(str(error)) from error
        if answer[1] == "error" and len(answer) == 5:
            raise failed if failed and _builtin_name(failed) == answer[2] else _exception(*answer[2:])
        raise CandidateError("the submission's kernel gives no answer")

    def _serve(self, number: Any, verb: str, arguments: Any, news: Any) -> Exception | None:
        """Answer a question of the candidate's. An error of ours is not told but for its type; it is returned."""
        reply: list[Any]
        failed: Exception | None = None
        given = Given([arguments], lambda each: False)
        try:
            self._computed.forget(news["forgotten"])
            if verb == "go back":
                result: Any = self._computed.backward(*arguments)
            else:
                key, positional, named = arguments
                result = self._lent[_place(key, self._lent)](*positional, **named)
            reply = [number, "returned", result]
            message = encode(reply, self._refer, None, partial(self._link, given))
        except Exception as error:
            failed = error
            message = encode([number, "raised", _builtin_name(error)])
        self._channel.send(message, self.deadline)
        return failed

    def look_up(self, names: list[str]) -> dict[str, Any]:
        """The candidate's objects of these names, as far as it has them."""
        found = self.ask("names", names)
        if type(found) is not dict or not set(found) <= set(names):
            raise CandidateError("the submission's kernel gives objects that nobody asked for")
        return found

    def _gradients(
        self, number: int, gradient: torch.Tensor, sources: Sequence[torch.Tensor]
    ) -> list[torch.Tensor | None]:
        """Go back from a tensor of the candidate's: the gradients of what it came from here; None for no gradient."""
        found = self.ask("backward", number, gradient, torch.is_grad_enabled(), sources=sources)
        fits = type(found) is list and len(found) == len(sources)
        if not fits or not all(
            each is None or (isinstance(each, torch.Tensor) and each.shape == source.shape)
            for each, source in zip(found, sources, strict=True)
        ):
            raise CandidateError("the submission's kernel gives gradients that do not fit")
        return cast(list[torch.Tensor | None], found)

    def _news(self) -> dict[str, Any]:
        """What happened here since the last request, and there has to be known."""
        news = self._around.changes() if self._around else {}
        if written := self._leaves.written():
            news["written"] = written
        if dropped := self._leaves.dropped():
            news["dropped"] = dropped
        if self._forgotten:
            news["forgotten"] = [*self._forgotten]
            self._forgotten.clear()
        return news

    def _take_over(self, changed: Any, leaves: Any, given: Given) -> None:
        """Change what the candidate's code has changed: arguments of the request, and its own leaves that are here."""
        for take, changes in (
            (lambda place, content: change(given.at(place), content), changed),
            (self._leaves.update, leaves),
        ):
            for each in changes if type(changes) is list else []:
                place, content = each if type(each) is list and len(each) == 2 else (None, None)
                if type(place) is int and type(content) is bytes:
                    take(place, self._decode(content, given))

    def _encode(self, value: Any) -> bytes:
        return encode(value, self._refer, self._known)

    def _decode(self, data: bytes, given: Given) -> Any:
        return decode(data, partial(self._resolve, given), partial(self._linked, given))

    def _refer(self, value: Any) -> Reference | Public:
        if isinstance(value, Handle):
            return Reference(object.__getattribute__(value, "_key"), mine=True)
        if public := _public(value):
            return public
        if callable(value) and not isinstance(value, type):
            self._lent.append(value)
            return Reference(-len(self._lent), type(value).__name__)
        raise WireError(
            f"a {type(value).__name__} of the test's cannot cross to the submission's code. "
            "Make it on the other side, in an ordinary cell."
        )

    def _known(self, value: Any) -> Reference | None:
        key = self._leaves.key_of(value)
        return None if key is None else Reference(key, mine=True)

    def _link(self, given: Given, tensor: torch.Tensor) -> int:
        return self._computed.number_of(tensor, given.sources)

    def _resolve(self, given: Given, reference: Reference | Public) -> Any:
        if isinstance(reference, Public):
            raise WireError("the submission's kernel gives a name in place of an object")
        if not reference.mine:
            return Handle(self, reference.key, reference.kind, reference.base)
        return self._lent[_place(reference.key, self._lent)] if reference.key < 0 else given.at(reference.key)

    def _linked(self, given: Given, tensor: torch.Tensor, number: int, is_leaf: bool) -> torch.Tensor:
        if is_leaf:
            return self._leaves.hold(number, tensor)
        return came_from(number, tensor, given.sources, self._gradients, self._forgotten)


def _place(key: Any, lent: list[Any]) -> int:
    """The place of what was lent under a key."""
    if type(key) is not int or not 0 < -key <= len(lent):
        raise WireError("the submission's kernel refers to an object that was not lent to it")
    return -key - 1


class Handle:
    """An object that stayed with the candidate."""

    __slots__ = ("_base", "_candidate", "_key", "_kind")

    def __init__(self, candidate: Candidate, key: int, kind: str, base: Public | None = None) -> None:
        object.__setattr__(self, "_candidate", candidate)
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_base", base and _type_of_library(base))
        object.__setattr__(
            self, "_kind", "".join(letter for letter in kind if letter.isidentifier() or letter.isdigit())
        )

    def __repr__(self) -> str:
        return f"<{self._kind or 'object'} of the submission>"

    @property
    def __class__(self) -> Any:
        """What `isinstance` asks for: the library's type that the object is said to be of."""
        return type if self._kind == "type" else self._base or Handle

    @__class__.setter
    def __class__(self, kind: Any) -> None:
        raise TypeError(f"{self!r} stays what it is")

    @property
    def __bases__(self) -> tuple[type, ...]:
        """What `issubclass` asks for: the library's type that the type is said to be derived from."""
        if self._kind != "type":
            raise AttributeError(f"{self!r} is no type")
        return (self._base,) if self._base else ()

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self.__getattr__("__doc__")

    @property
    def __signature__(self) -> inspect.Signature:
        """What `inspect.signature` asks for."""
        kinds = [*inspect._ParameterKind]
        parameters = [
            inspect.Parameter(name, kinds[kind], default=default[0] if default else inspect.Parameter.empty)
            for name, kind, default in self._candidate.ask("signature", self)
        ]
        return inspect.Signature(parameters)

    def __call__(self, *positional: Any, **named: Any) -> Any:
        """Call the object, there."""
        return self._candidate.ask("call", self, positional, tuple(named.items()))

    def __getattr__(self, name: str) -> Any:
        if name.startswith(HIDDEN) and name not in SHOWN:
            raise AttributeError(f"{self!r} has no attribute {name!r} here")
        return self._candidate.ask("attribute", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._candidate.ask("set attribute", self, name, value)

    def __copy__(self) -> Any:
        return self._candidate.ask("copy", self)

    def __deepcopy__(self, memo: Any) -> Any:
        return self._candidate.ask("deep copy", self)

    def __getitem__(self, key: Any) -> Any:
        return self._candidate.ask("item", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._candidate.ask("set item", self, key, value)

    def __len__(self) -> int:
        length = self._candidate.ask("length", self)
        if type(length) is not int:
            raise CandidateError(f"the length of {self!r} is no number")
        return length

    def __str__(self) -> str:
        text = self._candidate.ask("text", self)
        return text if type(text) is str else repr(self)

    def __bool__(self) -> bool:
        return self._candidate.ask("truth", self) is True

    def __iter__(self) -> Iterator[Any]:
        iterator = self._candidate.ask("iterate", self)
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
        items = candidate.ask("next", iterator, piece)
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


def _builtin_name(error: Exception) -> str:
    """The name of the closest built-in type of an exception: all that is told of one of ours."""
    names = [str(each.__name__) for each in type(error).__mro__ if vars(builtins).get(each.__name__) is each]
    return names[0]


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


@cache
def _type_of_library(name: Public) -> type | None:
    """A library's type, of those whose values stay with the candidate; None for what is none.

    What crosses by value is not to be claimed: a handle that is taken for a tensor would be compared as one.
    """
    module = sys.modules.get(name.module)
    try:
        found: Any = reduce(getattr, name.name.split("."), module)
    except AttributeError:
        return None
    is_one = f"{name.module}.".startswith(OF_LIBRARIES) and type(found) is type
    return found if is_one and not issubclass(found, (*DATA, BaseException, type)) else None


def deadline_in(seconds: float | None) -> float | None:
    """The deadline of what may take so many seconds from now."""
    return None if seconds is None else time.monotonic() + seconds
