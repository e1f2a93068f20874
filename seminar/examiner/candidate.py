"""The examiner's end of the wire: requests to a candidate, and what comes back.

Nothing that comes from a candidate is trusted: it is decoded into data (see `seminar.wire.values`), and every field of
an answer is checked. Each request has a deadline, and a number, so that a late answer is not taken for the next one's.
"""

from __future__ import annotations

import builtins
import importlib
import time
from collections import defaultdict, deque
from collections.abc import ItemsView, Iterator, KeysView, Sequence, ValuesView
from functools import partial, reduce
from itertools import islice
from typing import Any, cast

import torch
from torch.utils.data import DataLoader

from seminar.examiner.around import Around
from seminar.examiner.handle import CandidateError, Handle
from seminar.wire.changes import change
from seminar.wire.channel import Channel, ChannelClosedError, LateError, WireError
from seminar.wire.given import Given
from seminar.wire.gradients import Computed, came_from
from seminar.wire.leaves import Shared
from seminar.wire.values import METHODS, NETWORK, Items, Public, Reference, decode, encode

QUESTIONS = ("call back", "go back")  # of the candidate's
ITEMS = 10_000  # of an iterator of a test's, at most
STALE = 1000  # late answers that are passed over before a candidate counts as lying
LIBRARIES = ("builtins", "torch", "torch.nn.functional", "torch.nn", "torch.optim", "numpy", "math", "operator")
KNOWN = {"builtins", "torch", "torchvision", "numpy", "math", "operator"}  # where these may come from
PASSING = (Exception, StopIteration, StopAsyncIteration)  # too general, or taken for the end of a loop


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
        self._leaves = Shared()
        self._computed = Computed()
        self._forgotten: list[int] = []  # numbers of the candidate's tensors that no test goes back from any more
        self._lent: list[Any] = []  # functions of tests that the candidate may call, and leaves that it holds
        self._places: dict[int, int] = {}  # of these leaves, by id
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
        given = Given(arguments, lambda each: self._known(each) is not None, sources)
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
        failed: Exception | None = None
        given = Given([arguments])
        try:
            self._take(news)
            self._computed.forget(news["forgotten"])
            with self._leaves.under_way():
                result = self._computed.backward(*arguments) if verb == "go back" else self._called_back(*arguments)
                news = self._leaves.news()
            reply = [number, "returned", result, news]
            message = encode(reply, self._refer, self._known, partial(self._link, given))
        except Exception as error:
            failed = error
            message = encode([number, "raised", _builtin_name(error), {}])
        self._channel.send(message, self.deadline)
        return failed

    def _called_back(self, key: Any, method: Any, positional: Any, named: Any) -> Any:
        function = self._lent[_place(key, self._lent)]
        if method:
            if method not in METHODS or not isinstance(function, torch.nn.Module):
                raise WireError("the submission's kernel asks for more than to call what it was lent")
            function = getattr(function, method)
        return function(*positional, **named)

    def look_up(self, names: list[str]) -> dict[str, Any]:
        """The candidate's objects of these names, as far as it has them."""
        found = self.ask("names", names)
        if type(found) is not dict or not set(found) <= set(names):
            raise CandidateError("the submission's kernel gives objects that nobody asked for")
        return found

    def _gradients(
        self, number: int, gradient: torch.Tensor, keeps: bool, creates: bool, sources: Sequence[torch.Tensor]
    ) -> list[torch.Tensor | None]:
        """Go back from a tensor of the candidate's: the gradients of what it came from here; None for no gradient."""
        found = self.ask("backward", number, gradient, keeps, creates, sources=sources)
        fits = type(found) is list and len(found) == len(sources)
        if not fits or not all(
            each is None or (isinstance(each, torch.Tensor) and each.shape == source.shape)
            for each, source in zip(found, sources, strict=True)
        ):
            raise CandidateError("the submission's kernel gives gradients that do not fit")
        return cast(list[torch.Tensor | None], found)

    def _news(self) -> dict[str, Any]:
        """What happened here since the last request, and there has to be known."""
        news = (self._around.changes() if self._around else {}) | self._leaves.news()
        if self._forgotten:
            news["forgotten"] = [*self._forgotten]
            self._forgotten.clear()
        return news

    def _take_over(self, changed: Any, news: Any, given: Given) -> None:
        """Change what the candidate's code has changed: arguments of the request, and leaves of either side."""
        for each in changed if type(changed) is list else []:
            place, content = each if type(each) is list and len(each) == 2 else (None, None)
            if type(place) is int and type(content) is bytes:
                change(given.at(place), self._decode(content, given))
        self._take(news)

    def _take(self, news: Any) -> None:
        for number in self._leaves.take(news if type(news) is dict else {}):
            leaf, self._lent[_place(number, self._lent)] = self._lent[_place(number, self._lent)], None
            del self._places[id(leaf)]

    def _encode(self, value: Any) -> bytes:
        return encode(value, self._refer, self._known, self._lend)

    def _decode(self, data: bytes, given: Given) -> Any:
        return decode(data, partial(self._resolve, given), partial(self._linked, given))

    def _refer(self, value: Any) -> Reference | Public | Items:
        if isinstance(value, Handle):
            return Reference(value._key, mine=True)
        if public := _public(value):
            return public
        if isinstance(value, (Iterator, KeysView, ValuesView, ItemsView)):
            return Items(list(islice(value, ITEMS)))
        if isinstance(value, DataLoader):
            return Items(list(islice(value, ITEMS)), once=False)
        if callable(value) and not isinstance(value, type):
            self._lent.append(value)
            return Reference(-len(self._lent), NETWORK if isinstance(value, torch.nn.Module) else "function")
        raise WireError(
            f"a {type(value).__name__} of the test's cannot cross to the submission's code. "
            "Make it on the other side, in an ordinary cell."
        )

    def _known(self, value: Any) -> Reference | None:
        number = self._leaves.held.number_of(value)
        return None if number is None else Reference(number, mine=True)

    def _lend(self, tensor: torch.Tensor) -> int | None:
        """The number of a leaf of a test's, which crosses; None for what is none: it crosses as a leaf by itself."""
        if not tensor.is_leaf:
            return None
        if id(tensor) not in self._places:
            self._lent.append(tensor)
            self._places[id(tensor)] = len(self._lent)
        number = -self._places[id(tensor)]
        self._leaves.own.add(number, tensor)
        return number

    def _link(self, given: Given, tensor: torch.Tensor) -> int | None:
        return self._lend(tensor) if tensor.is_leaf else self._computed.number_of(tensor, given.sources)

    def _resolve(self, given: Given, reference: Reference | Public) -> Any:
        if isinstance(reference, Public):
            raise WireError("the submission's kernel gives a name in place of an object")
        if not reference.mine:
            return Handle(self, reference.key, reference.kind, reference.base)
        return self._lent[_place(reference.key, self._lent)] if reference.key < 0 else given.at(reference.key)

    def _linked(self, given: Given, tensor: torch.Tensor, number: int, is_leaf: bool) -> torch.Tensor:
        if is_leaf:
            return self._leaves.held.hold(number, tensor)
        return came_from(number, tensor, given.sources, self._gradients, self._forgotten)


def _place(key: Any, lent: list[Any]) -> int:
    """The place of what was lent under a key."""
    if type(key) is not int or not 0 < -key <= len(lent):
        raise WireError("the submission's kernel refers to an object that was not lent to it")
    return -key - 1


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


def deadline_in(seconds: float | None) -> float | None:
    """The deadline of what may take so many seconds from now."""
    return None if seconds is None else time.monotonic() + seconds
