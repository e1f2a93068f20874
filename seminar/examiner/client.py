"""The examiner's end of the wire: requests to a candidate, and what comes back.

What is said stands in `seminar.wire.messages`. Nothing that comes from a candidate is trusted: it is decoded into data
(see `seminar.wire.decoding`), and every field of an answer is checked. Each request has a deadline, and a number, so
that a late answer is not taken for the next one's.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, ItemsView, Iterator, KeysView, Sequence, ValuesView
from enum import EnumMeta
from functools import partial
from itertools import islice
from types import FunctionType
from typing import Any, cast
from weakref import WeakValueDictionary

import torch
from torch.utils.data import DataLoader, IterableDataset, Sampler

from seminar.examiner.abilities import class_of_handles
from seminar.examiner.around import Around
from seminar.examiner.handle import BY_VALUE, CandidateError, Handle, is_handle, type_of_library
from seminar.examiner.layers import MOST, layer
from seminar.examiner.lending import (
    ITEMS,
    Lending,
    called_back,
    described,
    is_what_its_attributes_are,
    public,
    take_back,
    take_back_given,
)
from seminar.examiner.raised import ENDING, Raised, reference_to
from seminar.wire import parts, type_values
from seminar.wire.arguments import Arguments
from seminar.wire.changes import change
from seminar.wire.channel import Channel, ChannelClosedError, LateError, WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode, packed
from seminar.wire.exceptions import told_of
from seminar.wire.gradients import Computed, How, added, came_from
from seminar.wire.kinds import NAMED, NOTEBOOK
from seminar.wire.memory import placed
from seminar.wire.messages import QUESTIONS, Verb
from seminar.wire.objects import CHANGING, FUNCTION, GIVEN, HOOKS, content
from seminar.wire.references import EXCEPTION, Crossing, Items, Lent, Part, Public, Reference, View
from seminar.wire.shared import Contents, Shared

RECENT = 1000  # handles and leaves that are kept until a test ends
STALE = 1000  # late answers that are passed over before a candidate counts as lying
ONCE = (Iterator, KeysView, ValuesView, ItemsView)
AGAIN = (DataLoader, IterableDataset, Sampler)  # of a class of the test's: their items cross


class Client:
    """Asks a candidate, whose `seminar.room.service.Service` answers."""

    def __init__(
        self,
        channel: Channel,
        around: Around | None = None,
        named: Callable[[str], Any] = lambda name: None,
        given: Callable[[str], Any] = lambda name: None,
    ) -> None:
        """Speak with a candidate.

        Args:
            channel: to it.
            around: what tests set for all code that runs; None: they set nothing.
            named: what the test has got of the candidate's under a name; None for nothing. (Not what a given cell or a
                test has made: what the candidate's code writes into it would be written into that.)
            given: what a given cell has made under a name; None for nothing.
        """
        self._channel = channel
        self._around = around
        self._named, self._given = named, given
        self._number = 0
        self._leaves = Shared()
        self._objects = Shared(Contents(bytes, self._content, self._new_content, self._take_back))
        self._parts = Shared(parts.contents(self._refer, self._theirs, self._theirs, self._inside))
        self._lending = Lending()
        self._announced: list[list[Any]] = []  # objects of given classes that others hold: numbers, names of classes
        self._kinds: dict[int, str] = {}  # how objects have crossed, by number
        self._computed = Computed()
        self._wanted: tuple[tuple[torch.Tensor, ...], list[torch.Tensor | None]] = ((), [])  # see `gathering`
        self._raised = Raised(given)
        self._forgotten: list[int] = []  # numbers of the candidate's tensors that no test goes back from any more
        self._handles: WeakValueDictionary[int, Handle] = WeakValueDictionary()
        self._recent: deque[Any] = deque(maxlen=RECENT)  # what a test has got: it stays the same object, at its place
        self._lock, self._process = threading.RLock(), os.getpid()
        self.deadline: float | None = None  # of the requests from now on
        self.late = False  # whether a request was not answered in time since a test began
        self.dead = False  # whether there is nobody to answer
        self.lengths: dict[Handle, int] = {}  # of objects, as told, and nothing was asked for since but their items
        self.ahead: defaultdict[Handle, deque[Any]] = defaultdict(deque)  # items of iterators that no loop has taken

    def begin(self, deadline: float | None, source: str = "", given: str = "") -> None:
        """Begin a test.

        Args:
            deadline: of all its requests together.
            source: of the test.
            given: of the given cells before it.
        """
        self.deadline, self.late = deadline, False
        self._recent.clear()
        self._raised.begin(source + given)
        self._parts.held.release_what_stays()
        if self._around:
            self._around.begin(source, given)

    def ask(self, verb: Verb, *arguments: Any, sources: Sequence[torch.Tensor] = ()) -> Any:
        """Make a request. What the candidate's code changes of the arguments in place, is changed here too.

        Args:
            verb: what is asked for (see `seminar.wire.messages`).
            arguments: of it.
            sources: the tensors, beside those among the arguments, from which the result's gradients may flow.

        Raises:
            CandidateError: there is no answer, or none that fits.
            Exception: what the candidate's code has raised.
        """
        if os.getpid() != self._process:
            raise CandidateError(
                "a process that the test has started cannot ask the submission. A loader over an object of the "
                "submission's works with num_workers=0"
            )
        if verb not in ("length", "iterate", "next"):
            self.lengths.clear()
        with self._lock:
            return self._ask(verb, arguments, sources)

    def _ask(self, verb: Verb, values: tuple[Any, ...], sources: Sequence[torch.Tensor]) -> Any:
        self._number += 1
        number = self._number
        arguments = Arguments(values, self._is_theirs, sources)
        failed: BaseException | None = None
        try:
            self._send(number, verb, values)
            stale = 0
            while stale < STALE:
                answer = self._decode(self._channel.receive(self.deadline), arguments)
                if type(answer) is list and len(answer) == 4 and answer[1] in QUESTIONS:
                    failed = self._serve(*answer)
                elif type(answer) is list and len(answer) == 3 and answer[:2] == [number, "missing"]:
                    stale += 1
                    self._drop(answer[2])
                    self._send(number, verb, values)
                elif type(answer) is list and len(answer) > 2 and type(answer[0]) is int and answer[0] == number:
                    break
                else:
                    stale += 1
            else:
                raise CandidateError("the submission's kernel gives answers that nobody asked for")
            if answer[1] == "value" and len(answer) == 5:
                self._take_over(answer[3], answer[4], arguments)
                return answer[2]
        except LateError as error:
            self.late = True
            raise CandidateError("the submission's code did not answer in time") from error
        except ChannelClosedError as error:
            self.dead = True
            raise CandidateError("the submission's kernel is dead") from error
        except WireError as error:
            raise CandidateError(str(error)) from error
        except (TypeError, ValueError, LookupError) as error:
            raise CandidateError("the submission's kernel gives an answer of no form that there is") from error
        if answer[1] == "error" and len(answer) == 6:
            raise self._raised.error(failed, *answer[2:], called=verb == "call")
        raise CandidateError("the submission's kernel gives no answer")

    def _send(self, number: int, verb: Verb, values: tuple[Any, ...]) -> None:
        told = self._encode([*values])  # what it lends for the first time is no news
        self._channel.send(packed(encode(number), encode(verb), told, encode(self._news(values))), self.deadline)

    def _serve(self, number: Any, question: Any, values: Any, news: Any) -> BaseException | None:
        """Answer a question of the candidate's. What is raised here is told as far as it may be; it is returned."""
        failed: BaseException | None = None
        try:
            sources = self._computed.sources_of(values[0]) if question == "go back" else ()
            arguments = Arguments([values], sources=sources)
            self._take(news)
            with self._leaves.under_way(), self._parts.under_way(), self._objects.under_way():
                if question == "go back":
                    result = self._computed.backward(*values)
                else:
                    with torch.set_grad_enabled(news.get("grad") is not False):  # as where it is called
                        key, *call = values
                        result = called_back(self._lending.at(key), *call)
            told = encode(result, self._refer, self._known, arguments.link(self._computed, self._lend))
            message = packed(encode(number), encode("returned"), told, encode(self._shared_news()))
        except (Exception, *ENDING) as error:
            failed = error
            message = encode([number, "raised", [*told_of(error), reference_to(error)], {}], self._refer)
        self._channel.send(message, self.deadline)
        return failed

    def look_up(self, names: list[str]) -> dict[str, Any]:
        """The candidate's objects of these names, as far as it has them."""
        found = self.ask("names", names)
        if type(found) is not dict or not set(found) <= set(names):
            raise CandidateError("the submission's kernel gives objects that nobody asked for")
        return found

    def _gradients(
        self, number: int, gradient: torch.Tensor, how: How, sources: Sequence[torch.Tensor]
    ) -> list[torch.Tensor | None]:
        """Go back from a tensor of the candidate's: the gradients of what it came from here; None for no gradient."""
        leaves, gathered = self._wanted if not how[-1] else ((), [])
        found = self.ask("backward", number, gradient, *how, leaves, sources=sources)
        fits = type(found) is list and len(found) == len(sources) + len(leaves)
        if not fits or not all(
            each is None or (isinstance(each, torch.Tensor) and each.shape == source.shape)
            for each, source in zip(found, (*sources, *leaves), strict=True)
        ):
            raise CandidateError("the submission's kernel gives gradients that do not fit")
        gathered[:] = map(added, gathered, found[len(sources) :])
        return cast(list[torch.Tensor | None], found[: len(sources)])

    @contextlib.contextmanager
    def gathering(self, leaves: Sequence[torch.Tensor]) -> Iterator[list[torch.Tensor | None]]:
        """Within, what `autograd.grad` goes back through gathers the gradients of these leaves of the candidate's."""
        former, self._wanted = self._wanted, (tuple(leaves), [None] * len(leaves))
        try:
            yield self._wanted[1]
        finally:
            self._wanted = former

    def has_leaf(self, value: Any) -> bool:
        """Whether a value is a leaf of the candidate's."""
        return self._leaves.held.number_of(value) is not None

    def _news(self, values: tuple[Any, ...]) -> dict[str, Any]:
        """What happened here since the last request, and there has to be known."""
        news = self._shared_news()
        if self._around:
            news |= self._around.changes(values)
            if patched := self._around.patched():
                news["patched"] = self._encode(patched)
        if self._forgotten:
            news["forgotten"] = [*self._forgotten]
            self._forgotten.clear()
        return news

    def _shared_news(self) -> dict[str, Any]:
        """What happened to leaves and objects that both sides have."""
        news: dict[str, Any] = {"objects": self._objects.news()}
        news |= {"leaves": self._leaves.news(), "parts": self._parts.news(), "given": [*self._announced]}
        self._announced.clear()
        return {name: each for name, each in news.items() if each}

    def _take_over(self, changed: Any, news: Any, arguments: Arguments) -> None:
        """Change what the candidate's code has changed: arguments of the request, and leaves of either side."""
        for each in changed if type(changed) is list else []:
            place, content = each if type(each) is list and len(each) == 2 else (None, None)
            if type(place) is int and type(content) is bytes:
                change(arguments.at(place), self._decode(content, arguments))
        self._take(news)

    def _take(self, news: Any) -> None:
        if type(news) is not dict:
            return
        self._computed.forget(each for each in news.get("forgotten") or () if type(each) is int)
        if self._around:
            self._around.take(news, self._raised.known)
        layers = news.get("layers")
        for each in layers if type(layers) is list else ():
            self._hold_layer(each)
        for name, shared in (("leaves", self._leaves), ("objects", self._objects), ("parts", self._parts)):
            told = news.get(name)
            shared.take(told if type(told) is dict else {})
            self._drop(told.get("dropped") if type(told) is dict else ())

    def _drop(self, numbers: Any) -> None:
        """The candidate has these things no more."""
        for number in numbers if type(numbers) is list else ():
            dropped = [*self._leaves.own.drop([number]), *self._objects.own.drop([number])]
            for each in dropped:
                self._lending.drop(each)

    def _encode(self, value: Any) -> bytes:
        """Encode what crosses. Where it cannot, nothing has been lent by it.

        Raises:
            WireError: it cannot.
        """
        self._lending.fresh()
        try:
            return encode(value, self._refer, self._known, self._lend)
        except WireError:
            for number in self._lending.fresh():
                for shared in (self._leaves, self._objects):
                    shared.own.drop([number])
                self._lending.drop(number)
            raise

    def _decode(self, data: bytes, arguments: Arguments) -> Any:
        return decode(data, partial(self._resolve, arguments), partial(self._linked, arguments), self._given)

    def _refer(self, value: Any) -> Crossing:
        if isinstance(value, Public):
            return value
        if isinstance(value, Handle):
            return Reference(value._key, mine=True)
        if there := reference_to(value):
            return Reference(there._key, mine=True)
        if name := type_values.name_of(value) or public(value) or self._name_of_given(value):
            return name
        if found := self._described(value):
            return self._lend_object(value, *found)
        if callable(value) and not isinstance(value, type):
            name = getattr(value, "__name__", None)
            named = (Public(NOTEBOOK, name),) if type(name) is str else ()
            bases = (*named, Public(*NAMED[FunctionType])) if named and type(value) is FunctionType else named
            return Reference(self._lending.number_of(value), FUNCTION, bases=bases)
        if isinstance(value, (*ONCE, *AGAIN)):
            return Items(list(islice(value, ITEMS)), once=isinstance(value, ONCE))
        raise WireError(
            f"a {type(value).__name__} of the test's cannot cross to the submission's code. "
            "Hand over what it is made of."
        )

    def _hold_layer(self, told: Any) -> None:
        """A layer of the candidate's has come into a network that both sides have."""
        there, name, inside = told if type(told) is list and len(told) == 3 else (None, None, None)
        if there is None or not is_handle(there) or type(name) is not str or type(inside) is not bytes:
            raise WireError("the submission's kernel tells of a layer that is none")
        if len(self._objects.held.things()) >= MOST:
            raise WireError(f"the submission's kernel gives more than {MOST} layers")
        self._objects.held.hold(there._key, layer(there, name, self._inside(inside)))

    def _lend_object(self, value: Any, kind: str, of: Public | str) -> Reference | Lent:
        theirs = self._objects.held.number_of(value)
        if theirs is not None and not any(vars(value).get(name) for name in HOOKS):
            return Reference(theirs, mine=True)
        number = self._lending.number_of(value)
        if self._objects.own.is_there(number) and self._kinds.get(number) != kind:  # a network has got a hook
            self._drop([number])
            number = self._lending.number_of(value)
        if self._objects.own.is_there(number):
            return Reference(number)
        self._kinds[number] = kind
        if kind == GIVEN:
            self._objects.own.announce(number, value)
            return Lent(number, kind, of, b"")
        return Lent(number, kind, of, self._objects.own.add(number, value))

    def _content(self, value: Any) -> bytes:
        """What an object holds that is lent, or about to be."""
        found = self._described(value)
        if found is None:  # it is no more what it was when it was lent
            raise WireError(f"a {type(value).__name__} of the test's cannot cross to the submission's code any more")
        refer = self._refer_from_given if found[0] == GIVEN else self._refer
        return encode(content(found[0], value), refer, self._known_within, self._lend)

    def _new_content(self, value: Any, was: bytes | None) -> bytes | None:
        if self._is_lent_as_given(value):  # what it has got since may not cross: then it comes anew, as another thing
            now = self._content(value) if (self._described(value) or ("",))[0] == GIVEN else was
        else:
            now = self._content(value) if isinstance(value, CHANGING) else was
        return None if now == was else now

    def _take_back(self, value: Any, told: bytes) -> None:
        if self._is_lent_as_given(value):
            take_back_given(value, self._inside(told), self._inside)
        else:
            take_back(value, self._inside(told))

    def _described(self, value: Any) -> tuple[str, Public | str] | None:
        kind = type(value)
        if self._given(kind.__name__) is kind and is_what_its_attributes_are(value):
            return GIVEN, Public(NOTEBOOK, kind.__name__)
        return described(value)

    def _is_lent_as_given(self, value: Any) -> bool:
        number = self._lending.known(value)
        return number is not None and self._kinds.get(number) == GIVEN

    def _name_of_given(self, value: Any) -> Public | None:
        """A class of a given cell, or a member of an enumeration of one, by its name; None for anything else."""
        kind: Any = value if issubclass(type(value), type) else type(value)
        if self._given(kind.__name__) is not kind or (kind is not value and type(kind) is not EnumMeta):
            return None
        of = [kind.__name__] if kind is value else [kind.__name__, value._name_]
        return Public(NOTEBOOK, ".".join(of)) if all(type(each) is str for each in of) else None

    def _member_of_given(self, reference: Reference) -> Any:
        """The member of an enumeration of a given cell that an object is; None for any other object."""
        for each in reference.bases[:1]:
            name, _, member = each.name.partition(".")
            kind = self._given(name) if each.module == NOTEBOOK and member else None
            if type(kind) is EnumMeta:
                return kind.__members__.get(member)
        return None

    def _refer_from_given(self, value: Any) -> Crossing:
        """What an object of a given class holds: others of these are told of beside it, not within it."""
        made = self._refer(value)
        if not isinstance(made, Lent) or made.kind != GIVEN or not isinstance(made.of, Public):
            return made
        self._announced.append([made.key, made.of.name])
        return Reference(made.key)

    def _inside(self, told: bytes) -> Any:
        return self._decode(told, Arguments(()))

    def _is_theirs(self, value: Any) -> bool:
        return self._theirs(value) is not None

    def _theirs(self, value: Any) -> Reference | None:
        """A leaf, a part or a layer of the candidate's; None for anything else."""
        for shared in (self._leaves, self._parts, self._objects):
            if (number := shared.held.number_of(value)) is not None:
                return Reference(number, mine=True)
        return None

    def _known(self, value: Any) -> Reference | None:
        if found := self._theirs(value):
            return found
        number = self._lending.known(value)
        return Reference(number) if number is not None and self._leaves.own.is_there(number) else None

    def _known_within(self, value: Any) -> Reference | Lent | None:
        if isinstance(value, torch.Generator) and (found := described(value)):
            return self._lend_object(value, *found)  # several parts of an object may draw from it
        return self._known(value)

    def _lend(self, tensor: torch.Tensor) -> int:
        """The number of a tensor of a test's that requires grad, which crosses."""
        if not tensor.is_leaf:
            return self._computed.number_of(tensor)
        number = self._lending.number_of(tensor)
        self._leaves.own.add(number, tensor)
        return number

    def _resolve(self, arguments: Arguments, reference: Reference | Public | Lent | Part | View) -> Any:
        if isinstance(reference, View):
            return self._placed(arguments, reference)
        if isinstance(reference, Part):
            return self._part(reference)
        if isinstance(reference, Public):
            return type_values.type_named(reference)
        if not isinstance(reference, Reference):
            raise WireError("the submission's kernel lends an object")
        if not reference.mine:
            for shared in (self._leaves, self._objects):  # parts of objects that both sides have
                if (held := shared.held.again(reference.key)) is not None:
                    return held
            if (member := self._member_of_given(reference)) is not None:
                return member
            handle = self._handle(reference)
            if reference.bases[-1:] != (EXCEPTION,):
                return handle
            if reference.kind == "type":
                return self._raised.stands_for(handle, self.ask("lineage", handle)) or handle
            return self._raised.at(handle, partial(self.ask, "exception", handle))
        return self._lending.at(reference.key) if reference.key < 0 else arguments.at(reference.key)

    def _part(self, part: Part) -> Any:
        """A part of the candidate's, as one object as long as the test has it."""
        held, value = self._parts.held, part.content
        if value is None and (value := held.again(part.key)) is None:
            raise WireError("the submission's kernel refers to a part that is not here")
        if type(value) not in parts.KINDS or (isinstance(value, torch.Tensor) and value.requires_grad):
            raise WireError(f"the submission's kernel gives a {type(value).__name__} for a part")
        if held.of(part.key) is None and len(held.things()) >= parts.MOST:
            raise WireError(f"the submission's kernel gives more than {parts.MOST} parts")
        return held.hold(part.key, value)

    def _handle(self, reference: Reference) -> Handle:
        """The handle of an object: the same one as long as somebody has it."""
        handle = self._handles.get(reference.key)
        if handle is None:
            base = next(filter(None, map(self.type_of, reference.bases)), None)
            kind = class_of_handles(reference.able)
            handle = self._handles[reference.key] = kind(self, reference.key, reference.kind, base)
        self._recent.append(handle)
        return handle

    def type_of(self, name: Public) -> type | None:
        """A type that values may be of which stay with the candidate: a given cell's, or a library's."""
        if name.module != NOTEBOOK:
            return type_of_library(name)
        found = self._given(name.name)
        return found if issubclass(type(found), type) and not issubclass(found, BY_VALUE) else None

    def _placed(self, arguments: Arguments, view: View) -> Any:
        """An array or tensor in the memory where the candidate has it, as far as that is here too."""
        for key, strides, offset in view.places:
            whole = self._named(key) if isinstance(key, str) else arguments.at(key)
            if whole is not None:
                return placed(whole, view.value, strides, offset)
        return view.value

    def _linked(self, arguments: Arguments, tensor: torch.Tensor, number: int, is_leaf: bool) -> torch.Tensor:
        if is_leaf:
            leaf: torch.Tensor = self._leaves.held.hold(number, tensor)
            self._recent.append(leaf)
            return leaf
        return came_from(number, tensor, arguments.sources, self._gradients, self._forgotten)


def deadline_in(seconds: float | None) -> float | None:
    """The deadline of what may take so many seconds from now."""
    return None if seconds is None else time.monotonic() + seconds
