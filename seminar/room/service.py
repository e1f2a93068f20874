"""The candidate's side of the wire: it looks names up, calls, gets attributes and items, and answers with data.

What is said stands in `seminar.wire.messages`. Nothing here needs to be safe from the student's code: it can lie only
about its own answers.
"""

from __future__ import annotations

import builtins
import itertools
import os
import threading
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from enum import Enum
from functools import partial, reduce
from typing import Any

import torch

from seminar.room.borrowed import FunctionOfTheTest, MethodOfTheTest, fill, find, kind_of, make
from seminar.room.files import Files
from seminar.room.lineage import abilities_of, known_types, lineage_of, name_of
from seminar.room.listening import Listening
from seminar.room.raised import as_data, is_own
from seminar.room.surroundings import Patches, as_in_the_test
from seminar.room.verbs import VERBS
from seminar.wire import parts, type_values
from seminar.wire.arguments import Arguments
from seminar.wire.channel import Channel, ChannelClosedError, WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode, packed
from seminar.wire.gradients import Computed, How, came_from
from seminar.wire.kinds import NOTEBOOK
from seminar.wire.memory import view_of
from seminar.wire.messages import REPLIES, News, Question, Verb
from seminar.wire.objects import CHANGING, FUNCTION, GIVEN, HOOKS, NETWORK, PARTS, content, layer_name
from seminar.wire.randomness import same, state_of
from seminar.wire.references import EXCEPTION, Known, Lent, Part, Public, Reference, View
from seminar.wire.shared import Contents, Shared


class Service:
    """Answers requests about the objects of one namespace."""

    def __init__(
        self,
        channel: Channel,
        names: MutableMapping[str, Any],
        interruptible: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Answer on a channel.

        Args:
            channel: to the examiner.
            names: the namespace.
            interruptible: in which the student's code runs. An answer that is on its way is not to be broken off: the
                examiner passes over it where it comes too late, but not over a half of it.
        """
        self._channel = channel
        self._interruptible = interruptible
        self._names = names
        self._process = os.getpid()
        self._asking = threading.RLock()  # threads of the submission's may ask, one after the other
        self._numbers = itertools.count()
        self._objects: dict[int, Any] = {}  # what the examiner has handles of
        self._keys: dict[int, int] = {}  # of these, by id: as long as they are kept, their ids are theirs
        self._errors: dict[int, Exception] = {}  # of iterators that were asked for more than they had, by id
        self._computed = Computed()
        self._leaves = Shared()
        self._borrowed = Shared(Contents(bytes, self._content, self._new_content, self._fill))
        self._link = Arguments(()).link(self._computed, self._lend)  # of what nobody has handed over
        self._parts = Shared(
            parts.contents(self._refer, self._known_in_a_part, self._told_in_a_part, self._inside, self._link)
        )
        self._part_numbers: dict[int, int] = {}  # by id
        self._patches = Patches()
        self._listening = Listening()
        self._files = Files()
        self._missing: list[int] = []  # numbers of things of the examiner's that were gone when it referred to them
        self._forgotten: list[int] = []  # numbers of the examiner's tensors that nothing here goes back from any more
        self._verbs: dict[Verb, Callable[..., Any]] = {
            **VERBS,
            "names": self._look_up,
            "next": self._next,
            "backward": self._computed.backward,
        }

    def fileno(self) -> int:
        """The connection's descriptor, to wait on."""
        return self._channel.fileno()

    def answer(self) -> None:
        """Take one request and answer it."""
        try:
            message = self._receive(Arguments(()))
        except ChannelClosedError:
            raise SystemExit from None
        if message[1] not in REPLIES:  # of those to a question that was broken off, nobody is waiting
            self._serve(*message)

    def _serve(self, number: int, verb: Verb, values: list[Any], news: News) -> None:
        try:
            self._take(news)
            self._computed.forget(news.get("forgotten", []))
            if self._missing:
                message = encode([number, "missing", [*self._missing, *self._borrowed.held.dropped()]])
                self._missing = []
            else:
                with self._interruptible():
                    message = packed(encode(number), encode("value"), *self._values(verb, values, news))
        except BaseException as error:
            own = [lineage_of(type(error)), self._as_object(error)] if is_own(error) else None
            message = encode([number, "error", *as_data(error), own], lambda reference: reference)
        self._channel.send(message)

    def _values(self, verb: Verb, values: list[Any], news: News) -> list[bytes]:
        """The result, what it has changed of its arguments, and the news."""
        sources = self._computed.sources_of(values[0]) if verb == "backward" else ()
        arguments = Arguments(values, self._is_own, sources)
        before = arguments.contents(self._refer)
        patched = self._inside(news["patched"]) if "patched" in news else []
        kept = [each for shared in (self._leaves, self._borrowed) for each in shared.held.things()]
        listening = self._listening.to(news.get("streams", []), news.get("filters"))
        self._files.write(news.get("files", []))
        with as_in_the_test(news), self._patches.made(patched), listening:
            seeds = {source: state_of(source) for source in news.get("gives seeds", ())}
            result = self._verbs[verb](*values)
        changed = arguments.changed(before, self._refer)
        told = self._news()  # of what has been let go since, too
        if files := self._files.news(news.get("waits for", [])):
            told["files"] = files
        kept.clear()
        drawn = {source: now for source, was in seeds.items() if not same(was, now := state_of(source))}
        if drawn:
            told["seeds"] = drawn
        known: Known = partial(self._known, arguments)
        if verb == "names":
            known = partial(self._named, arguments, [*result.values()])
        elif verb in ("attribute", "item"):
            known = partial(self._held, arguments, result if type(result) is tuple else (result,))
        link = arguments.link(self._computed, self._lend)
        return [encode(result, self._refer, known, link), encode(changed), encode(told, self._refer)]

    def _news(self) -> dict[str, Any]:
        """What has happened to leaves and objects that both sides have."""
        layers = self._layers()
        shared = {"objects": self._borrowed, "leaves": self._leaves, "parts": self._parts}
        news: dict[str, Any] = {name: each.news() for name, each in shared.items()}
        news |= {"layers": layers, "forgotten": [*self._forgotten]}
        self._forgotten.clear()
        news |= self._listening.news()
        return {name: each for name, each in news.items() if each}

    def _take(self, news: News) -> None:
        leaves = news.get("leaves", {})
        self._leaves.take(leaves)
        self._leaves.own.drop(leaves.get("dropped", ()))
        for number, name in news.get("given", ()):
            self._resolve(Lent(number, GIVEN, Public(NOTEBOOK, name), b""))
        objects = news.get("objects", {})
        self._borrowed.take(objects)
        self._borrowed.own.drop(objects.get("dropped", ()))
        told = news.get("parts", {})
        self._parts.take(told)
        if gone := self._parts.own.drop(told.get("dropped", ())):
            self._part_numbers = {place: each for place, each in self._part_numbers.items() if each not in gone}

    def _receive(self, arguments: Arguments) -> Any:
        return decode(self._channel.receive(), self._resolve, partial(self._linked, arguments), self._names.get)

    def _ask(self, question: Question, *values: Any, sources: Sequence[torch.Tensor] = ()) -> Any:
        """Ask the examiner, and serve it as long as there is no answer: it may need one for its own."""
        if os.getpid() != self._process:
            raise RuntimeError("a process that the submission has started cannot ask for what is the test's")
        number = next(self._numbers)
        arguments = Arguments(values, sources=sources)
        with self._asking, self._leaves.under_way(), self._borrowed.under_way(), self._patches.undone():
            told = self._news() | {"grad": torch.is_grad_enabled()}
            self._channel.send(encode([number, question, list(values), told], self._refer))
            while (message := self._receive(arguments))[:1] != [number] or message[1] not in REPLIES:
                if message[1] not in REPLIES:
                    self._serve(*message)
        _, word, result, news = message
        self._take(news)
        if word == "raised":
            name, given, own = result
            raise getattr(builtins, name)(*given) if own is None else own
        return result

    def _call_back(self, key: int, method: str, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return self._ask("call back", key, method, positional, named)

    def _go_back(
        self, number: int, gradient: torch.Tensor, how: How, sources: Sequence[torch.Tensor]
    ) -> list[torch.Tensor | None]:
        found: list[torch.Tensor | None] = self._ask("go back", number, gradient, *how, sources=sources)
        return found

    def _look_up(self, names: list[str]) -> dict[str, Any]:
        return {name: self._names[name] for name in names if name in self._names}

    def _next(self, iterator: Iterator[Any], most: int) -> list[Any]:
        """Up to `most` items; fewer at the end, or before an error: that is the next request's."""
        found: list[Any] = []
        if error := self._errors.pop(id(iterator), None):
            raise error
        while len(found) < most:
            try:
                found.append(next(iterator))
            except StopIteration:
                break
            except Exception as error:
                if not found:
                    raise
                self._errors[id(iterator)] = error
                break
        return found

    def _is_own(self, value: Any) -> bool:
        return id(value) in self._keys or id(value) in self._part_numbers

    def _refer(self, value: Any) -> Reference | Public:
        return type_values.name_of(value) or self._reference(value)

    def _reference(self, value: Any) -> Reference:
        found = self._as_object(value)
        is_one = issubclass(type(value), Exception) or (
            isinstance(value, type) and issubclass(value, Exception) and value.__module__ == NOTEBOOK
        )
        return replace(found, bases=(*found.bases, EXCEPTION)) if is_one and not found.mine else found

    def _as_object(self, value: Any) -> Reference:
        if isinstance(value, FunctionOfTheTest):
            return Reference(value.key, mine=True)
        if (number := self._borrowed.held.number_of(value)) is not None:
            return Reference(number, mine=True)
        key = self._keys.get(id(value))
        if key is None:
            key = self._keys[id(value)] = next(self._numbers)
            self._objects[key] = value
        kind = type if isinstance(value, type) else type(value)
        known = known_types(value if kind is type else kind)
        bases = tuple(Public(*name_of(each)) for each in known)
        if isinstance(value, Enum) and kind.__module__ == NOTEBOOK:
            bases = (Public(NOTEBOOK, f"{kind.__name__}.{value._name_}"), *bases)
        return Reference(key, kind.__name__, bases=bases, able=abilities_of(value))

    def _lend(self, tensor: torch.Tensor) -> int:
        key = self._reference(tensor).key
        self._leaves.own.add(key, tensor)
        return key

    def _known(self, arguments: Arguments, value: Any) -> Reference | View | None:
        return arguments.known(value) or self._known_within(value) or arguments.view(value)

    def _held(self, arguments: Arguments, asked_for: Sequence[Any], value: Any) -> Reference | View | Part | None:
        """What is known of a value that an object of the submission's holds."""
        is_one = any(value is each for each in asked_for)
        return self._known(arguments, value) or (self._part(value) if is_one else None)

    def _named(self, arguments: Arguments, asked_for: Sequence[Any], value: Any) -> Reference | View | Part | None:
        """What is known of a value that the examiner asks for by its name: what other names share its memory, too."""
        names = ((name, self._names[name]) for name in [*self._names])
        return self._known(arguments, value) or view_of(value, names) or self._held(arguments, asked_for, value)

    def _known_in_a_part(self, value: Any) -> Reference | Part | None:
        number = self._part_numbers.get(id(value))
        return self._known_within(value) if number is None else Part(number, None)

    def _told_in_a_part(self, value: Any) -> Reference | Part | None:
        return self._known_within(value) or self._part(value)

    def _part(self, value: Any) -> Part | None:
        """A value as a part that the examiner gets, or has; None for what is to cross by value alone."""
        if id(value) in self._part_numbers:
            return Part(self._part_numbers[id(value)], None)
        if not parts.is_part(value, parts.MOST - len(self._part_numbers)):
            return None
        number = self._part_numbers[id(value)] = next(self._numbers)
        content = parts.content_of(value, self._refer, self._told_in_a_part, self._link)
        self._parts.own.add(number, value)
        return Part(number, content)

    def _known_in_an_object(self, value: Any) -> Reference | None:
        number = self._keys.get(id(value))
        is_leaf = number is not None and self._leaves.own.thing(number) is value
        return Reference(number) if number is not None and is_leaf else self._known_within(value)

    def _known_within(self, value: Any) -> Reference | None:
        for shared in (self._leaves, self._borrowed):
            if (number := shared.held.number_of(value)) is not None:
                return Reference(number, mine=True)
        return None

    def _linked(self, arguments: Arguments, tensor: torch.Tensor, number: int, is_leaf: bool) -> torch.Tensor:
        if is_leaf:
            leaf: torch.Tensor = self._leaves.held.hold(number, tensor)
            return leaf
        if not torch.is_grad_enabled():
            return tensor.detach()
        return came_from(number, tensor, arguments.sources, self._go_back, self._forgotten)

    def _resolve(self, reference: Reference | Public | Lent | Part | View) -> Any:
        if isinstance(reference, View):
            return reference.value
        assert not isinstance(reference, Part)  # the examiner has none
        if isinstance(reference, Public):
            return self._given(reference.name) if reference.module == NOTEBOOK else find(reference)
        if isinstance(reference, Lent):
            made = make(reference, partial(self._call_back, reference.key), self._names)
            if reference.kind != GIVEN:  # what that holds comes with the news
                self._fill(made, reference.content, reference.key)
            return self._borrowed.held.hold(reference.key, made)
        if reference.mine:
            part = self._parts.own.thing(reference.key)
            return self._objects[reference.key] if part is None else part
        if reference.kind == FUNCTION:
            name = reference.bases[0].name if reference.bases else ""
            kind = FunctionOfTheTest if len(reference.bases) < 2 else MethodOfTheTest
            return kind(partial(self._call_back, reference.key), reference.key, name)
        for shared in (self._leaves, self._borrowed):
            if (held := shared.held.again(reference.key)) is not None:
                return held
        self._missing.append(reference.key)
        return None

    def _given(self, name: str) -> Any:
        """What a given cell has made here; None where the submission has taken it away."""
        owner, *rest = name.split(".")
        return reduce(lambda found, each: getattr(found, each, None), rest, self._names.get(owner))

    def _content(self, made: Any) -> bytes:
        """What a test's object holds here."""
        if kind_of(made) == GIVEN:
            return encode([self._attributes(made), []])
        if not isinstance(made, CHANGING):
            return b""
        kind = NETWORK if self._is_own(made) and not layer_name(made) else kind_of(made)  # only layers are its own
        told = content(kind, made)
        if kind == NETWORK and not self._is_own(made):  # what the submission has noted there
            others = vars(made).keys() - {*HOOKS, *PARTS, "call"}
            told |= {name: each for name, each in vars(made).items() if name in others}
        return encode(told, self._refer, self._known_in_an_object, self._lend)

    def _attributes(self, made: Any) -> dict[str, bytes]:
        """What an object of a given class holds. It is told with the names of those that are others than they were."""
        known = self._known_in_an_object
        return {name: encode(each, self._refer, known, self._lend) for name, each in vars(made).items()}

    def _new_content(self, made: Any, was: bytes) -> bytes | None:
        if kind_of(made) == GIVEN:
            former, attributes = decode(was), self._attributes(made)
            if type(former) is not list:  # the examiner's: it tells what has changed there
                return was
            names = {**former[0], **attributes}
            changed = [name for name in names if former[0].get(name) != attributes.get(name)]
            return encode([attributes, changed]) if changed else None
        now = self._content(made)
        return None if now == was else now

    def _fill(self, made: Any, told: bytes, number: int | None = None) -> None:
        missing = len(self._missing)
        fill(made, self._inside(told))
        if len(self._missing) > missing:  # it has nothing in that place: it is to come again, too
            self._missing += [each for each in (number, self._borrowed.held.number_of(made)) if each is not None]

    def _inside(self, told: bytes) -> Any:
        return decode(told, self._resolve, partial(self._linked, Arguments(())), self._names.get)

    def _layers(self) -> list[list[Any]]:
        """The submission's own layers that have come into networks that both sides have, the inner ones first.

        A network with one that cannot cross is the submission's from now on.
        """
        held, own, found = self._borrowed.held, self._borrowed.own, list[list[Any]]()
        for network in [each for each in (*held.things(), *own.things()) if isinstance(each, torch.nn.Module)]:
            try:
                for layer in _inner_first(network, set()):
                    key = None if held.number_of(layer) is not None else self._reference(layer).key
                    if key is not None and not own.is_there(key):
                        found.append([layer, layer_name(layer), own.add(key, layer)])
            except WireError:
                if held.number_of(network) is not None:
                    held.release(network)
        return found


def _inner_first(network: torch.nn.Module, seen: set[int]) -> Iterator[torch.nn.Module]:
    """A network and all its layers, each after those in it."""
    if id(network) not in seen:
        seen.add(id(network))
        for layer in network.children():
            yield from _inner_first(layer, seen)
        yield network
