"""The candidate's side of the wire: it looks names up, calls, gets attributes and items, and answers with data.

A request is `[number, verb, arguments, news]`. An answer is `[number, "value", result, changed, news]` or
`[number, "error", names of types, arguments, traceback, [lineage, itself] where its type is the notebook's]`; `changed`
are the objects of the request that have changed in place, by their places in it. Where a request refers to what nothing
here holds any more, the answer is `[number, "missing", numbers]`, and it is made again, with that. News are what has
happened on a side since it last told: to `leaves`, `objects` and `parts` that both have (see `seminar.wire.shared`),
and `forgotten`, numbers of tensors that it goes back from no more. The examiner tells with them what a test has set for
all code (see `seminar.examiner.around`), and gets what it waits for: `seeds` that were drawn after, what was `written`
to standard streams and `warned` of, and `files`.

Between a request and its answer, code of the submission's may call a function or a network of the test's that it was
given. That is a request in the other direction, `[number, "call back" or "go back", arguments, news]`, answered by
`[number, "returned", result, news]` or `[number, "raised", name, news]`.

Nothing here needs to be safe from the student's code: it can lie only about its own answers.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import inspect
import itertools
import operator
import os
import textwrap
import traceback
import types
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import torch

from seminar.room.borrowed import FunctionOfTheTest, fill, find, kind_of, make
from seminar.room.files import Files
from seminar.room.listening import Listening
from seminar.wire import parts
from seminar.wire.channel import Channel, ChannelClosedError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode, packed
from seminar.wire.given import Given
from seminar.wire.gradients import Computed, How, came_from
from seminar.wire.kinds import NOTEBOOK, builtin_base, builtin_name, is_of_library
from seminar.wire.memory import view_of
from seminar.wire.objects import CHANGING, FUNCTION, content
from seminar.wire.randomness import same, set_state, state_of
from seminar.wire.references import EXCEPTION, Known, Lent, Part, Public, Reference, View
from seminar.wire.shared import Contents, Shared

TRACEBACK_CHARACTERS = 20_000
REPLIES = ("returned", "raised")
BASES = 20  # of a type, at most, that are told
NAMED: dict[type, list[str]] = {  # types that are not called as they are found
    types.FunctionType: ["types", "FunctionType"],
    types.GeneratorType: ["types", "GeneratorType"],
}


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
        self._numbers = itertools.count()
        self._objects: dict[int, Any] = {}  # what the examiner has handles of
        self._keys: dict[int, int] = {}  # of these, by id: as long as they are kept, their ids are theirs
        self._errors: dict[int, Exception] = {}  # of iterators that were asked for more than they had, by id
        self._computed = Computed()
        self._leaves = Shared()
        self._borrowed = Shared(Contents(bytes, self._content, self._new_content, self._fill))
        self._parts = Shared(parts.contents(self._refer, self._known_in_a_part, self._told_in_a_part, self._inside))
        self._part_numbers: dict[int, int] = {}  # by id
        self._patches = _Patches()
        self._listening = Listening()
        self._files = Files()
        self._missing: list[int] = []  # numbers of things of the examiner's that were gone when it referred to them
        self._forgotten: list[int] = []  # numbers of the examiner's tensors that nothing here goes back from any more
        self._verbs: dict[str, Callable[..., Any]] = {
            "ping": lambda: None,
            "names": self._look_up,
            "call": lambda function, positional, named: function(*positional, **dict(named)),
            "attribute": getattr,
            "item": lambda owner, key: owner[key],
            "set attribute": setattr,
            "set item": operator.setitem,
            "delete attribute": delattr,
            "delete item": operator.delitem,
            "length": len,
            "truth": bool,
            "text": str,
            "repr": repr,
            "format": format,
            "int": int,
            "float": float,
            "abs": abs,
            "round": round,
            "enter": lambda manager: type(manager).__enter__(manager),
            "exit": _leave,
            "has": hasattr,
            "class": _class_of,
            "signature": _signature,
            "lineage": _lineage,
            "source": lambda function: textwrap.dedent(inspect.getsource(function)),
            "instance": isinstance,
            "subclass": issubclass,
            "copy": copy.copy,
            "deep copy": copy.deepcopy,
            "iterate": iter,
            "next": self._next,
            "backward": self._computed.backward,
        }

    def fileno(self) -> int:
        """The connection's descriptor, to wait on."""
        return self._channel.fileno()

    def answer(self) -> None:
        """Take one request and answer it."""
        try:
            message = self._receive(Given(()))
        except ChannelClosedError:
            raise SystemExit from None
        if message[1] not in REPLIES:  # of those to a question that was broken off, nobody is waiting
            self._serve(*message)

    def _serve(self, number: int, verb: str, arguments: list[Any], news: dict[str, Any]) -> None:
        try:
            self._take(news)
            self._computed.forget(news.get("forgotten", []))
            if self._missing:
                message = encode([number, "missing", self._missing])
                self._missing = []
            else:
                with self._interruptible():
                    message = packed(encode(number), encode("value"), *self._values(verb, arguments, news))
        except BaseException as error:
            own = [_lineage(type(error)), error] if type(error).__module__ == NOTEBOOK else None
            message = encode([number, "error", *_told(error), own], self._refer)
        self._channel.send(message)

    def _values(self, verb: str, arguments: list[Any], news: dict[str, Any]) -> list[bytes]:
        """The result, what it has changed of its arguments, and the news."""
        sources = self._computed.sources_of(arguments[0]) if verb == "backward" else ()
        given = Given(arguments, self._is_own, sources)
        before = given.contents(self._refer)
        patched = self._inside(news["patched"]) if "patched" in news else []
        kept = [each for shared in (self._leaves, self._borrowed) for each in shared.held.things()]
        listening = self._listening.to(news.get("streams", []), news.get("filters"))
        self._files.write(news.get("files", []))
        with _as_in_the_test(news), self._patches.made(patched), listening:
            seeds = {source: state_of(source) for source in news.get("gives seeds", ())}
            result = self._verbs[verb](*arguments)
        changed = given.changed(before, self._refer)
        told = self._news()  # of what has been let go since, too
        if files := self._files.news(news.get("waits for", [])):
            told["files"] = files
        kept.clear()
        drawn = {source: now for source, was in seeds.items() if not same(was, now := state_of(source))}
        if drawn:
            told["seeds"] = drawn
        known: Known = partial(self._known, given)
        if verb == "names":
            known = partial(self._named, given, [*result.values()])
        elif verb in ("attribute", "item"):
            known = partial(self._held, given, result if type(result) is tuple else (result,))
        return [encode(result, self._refer, known, partial(self._link, given)), encode(changed), encode(told)]

    def _news(self) -> dict[str, Any]:
        """What has happened to leaves and objects that both sides have."""
        self._keep_what_was_rebuilt()
        shared = {"objects": self._borrowed, "leaves": self._leaves, "parts": self._parts}
        news: dict[str, Any] = {name: each.news() for name, each in shared.items()}
        news["forgotten"] = [*self._forgotten]
        self._forgotten.clear()
        news |= self._listening.news()
        return {name: each for name, each in news.items() if each}

    def _take(self, news: dict[str, Any]) -> None:
        leaves = news.get("leaves", {})
        self._leaves.take(leaves)
        self._leaves.own.drop(leaves.get("dropped", ()))
        self._borrowed.take(news.get("objects", {}))
        told = news.get("parts", {})
        self._parts.take(told)
        if gone := self._parts.own.drop(told.get("dropped", ())):
            self._part_numbers = {place: each for place, each in self._part_numbers.items() if each not in gone}

    def _receive(self, given: Given) -> Any:
        return decode(self._channel.receive(), self._resolve, partial(self._linked, given), self._names.get)

    def _ask(self, verb: str, *arguments: Any, sources: Sequence[torch.Tensor] = ()) -> Any:
        """Ask the examiner, and serve it as long as there is no answer: it may need one for its own."""
        number = next(self._numbers)
        given = Given(arguments, sources=sources)
        with self._leaves.under_way(), self._borrowed.under_way(), self._patches.undone():
            told = self._news() | {"grad": torch.is_grad_enabled()}
            self._channel.send(encode([number, verb, list(arguments), told], self._refer))
            while (message := self._receive(given))[:1] != [number] or message[1] not in REPLIES:
                if message[1] not in REPLIES:
                    self._serve(*message)
        _, word, result, news = message
        self._take(news)
        if word == "raised":
            raise getattr(builtins, result)("in a function of the test's")
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

    def _refer(self, value: Any) -> Reference:
        if isinstance(value, FunctionOfTheTest):
            return Reference(value.key, mine=True)
        if (number := self._borrowed.held.number_of(value)) is not None:
            return Reference(number, mine=True)
        key = self._keys.get(id(value))
        if key is None:
            key = self._keys[id(value)] = next(self._numbers)
            self._objects[key] = value
        kind = type if isinstance(value, type) else type(value)
        known = _known_types(value if kind is type else kind)
        bases = tuple(Public(*_name_of(each)) for each in known)
        if isinstance(value, type) and issubclass(value, Exception) and value.__module__ == NOTEBOOK:
            bases = (*bases, EXCEPTION)
        return Reference(key, kind.__name__, bases=bases)

    def _link(self, given: Given, tensor: torch.Tensor) -> int:
        return self._lend(tensor) if tensor.is_leaf else self._computed.number_of(tensor, given.sources, given.origins)

    def _lend(self, tensor: torch.Tensor) -> int:
        key = self._refer(tensor).key
        self._leaves.own.add(key, tensor)
        return key

    def _known(self, given: Given, value: Any) -> Reference | View | None:
        return given.known(value) or self._known_within(value) or given.view(value)

    def _held(self, given: Given, asked_for: Sequence[Any], value: Any) -> Reference | View | Part | None:
        """What is known of a value that an object of the submission's holds."""
        is_one = any(value is each for each in asked_for)
        return self._known(given, value) or (self._part(value) if is_one else None)

    def _named(self, given: Given, asked_for: Sequence[Any], value: Any) -> Reference | View | Part | None:
        """What is known of a value that the examiner asks for by its name: what other names share its memory, too."""
        names = ((name, self._names[name]) for name in [*self._names])
        return self._known(given, value) or view_of(value, names) or self._held(given, asked_for, value)

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
        content = parts.content_of(value, self._refer, self._told_in_a_part)
        self._parts.own.add(number, value)
        return Part(number, content)

    def _known_within(self, value: Any) -> Reference | None:
        for shared in (self._leaves, self._borrowed):
            if (number := shared.held.number_of(value)) is not None:
                return Reference(number, mine=True)
        return None

    def _linked(self, given: Given, tensor: torch.Tensor, number: int, is_leaf: bool) -> torch.Tensor:
        if is_leaf:
            leaf: torch.Tensor = self._leaves.held.hold(number, tensor)
            return leaf
        if not torch.is_grad_enabled():
            return tensor.detach()
        return came_from(number, tensor, given.sources, self._go_back, self._forgotten)

    def _resolve(self, reference: Reference | Public | Lent | Part | View) -> Any:
        if isinstance(reference, View):
            return reference.value
        assert not isinstance(reference, Part)  # the examiner has none
        if isinstance(reference, Public):
            return find(reference)
        if isinstance(reference, Lent):
            made = make(reference, partial(self._call_back, reference.key))
            self._fill(made, reference.content, reference.key)
            return self._borrowed.held.hold(reference.key, made)
        if reference.mine:
            part = self._parts.own.thing(reference.key)
            return self._objects[reference.key] if part is None else part
        if reference.kind == FUNCTION:
            return FunctionOfTheTest(partial(self._call_back, reference.key), reference.key)
        for shared in (self._leaves, self._borrowed):
            if (held := shared.held.again(reference.key)) is not None:
                return held
        self._missing.append(reference.key)
        return None

    def _content(self, made: Any) -> bytes:
        """What a test's object holds here."""
        if not isinstance(made, CHANGING):
            return b""
        return encode(content(kind_of(made), made), self._refer, self._known_within, self._lend)

    def _new_content(self, made: Any, was: bytes) -> bytes | None:
        now = self._content(made)
        return None if now == was else now

    def _fill(self, made: Any, told: bytes, number: int | None = None) -> None:
        missing = len(self._missing)
        fill(made, self._inside(told))
        if len(self._missing) > missing:  # it has nothing in that place: it is to come again, too
            self._missing += [each for each in (number, self._borrowed.held.number_of(made)) if each is not None]

    def _inside(self, told: bytes) -> Any:
        return decode(told, self._resolve, partial(self._linked, Given(())), self._names.get)

    def _keep_what_was_rebuilt(self) -> None:
        """A test's network that has got a layer of the submission's is the submission's from now on."""
        held = self._borrowed.held
        networks = [each for each in held.things() if isinstance(each, torch.nn.Module)]
        for network in networks:
            if any(held.number_of(each) is None for each in network.modules()):
                held.release(network)


_ABSENT = object()  # what was under a name that a thing did not have itself


class _Patches:
    """Functions of libraries that a test has put others in the place of, as long as code runs for it."""

    def __init__(self) -> None:
        self._made: list[tuple[Any, str, Any, Any]] = []  # owner, name, what it was, what it is

    @contextlib.contextmanager
    def made(self, patches: list[tuple[Any, str, Any]]) -> Iterator[None]:
        """Within, they are made."""
        before, self._made = (
            self._made,
            [(owner, name, vars(owner).get(name, _ABSENT), now) for owner, name, now in patches],
        )
        self._make()
        try:
            yield
        finally:
            self._unmake()
            self._made = before

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Within, all is as it was: what speaks with the examiner uses such functions itself."""
        self._unmake()
        made, self._made = self._made, []
        try:
            yield
        finally:
            self._made = made
            self._make()

    def _make(self) -> None:
        for owner, name, _, now in self._made:
            setattr(owner, name, _function(now))

    def _unmake(self) -> None:
        for owner, name, was, _ in self._made:
            if was is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, was)


def _function(called: Any) -> Callable[..., Any]:
    """What calls a thing, and binds where it stands in a class."""

    def function(*positional: Any, **named: Any) -> Any:
        return called(*positional, **named)

    return function


def _leave(manager: Any, error: list[str] | None) -> None:
    """Leave a context manager; with an exception of the test's, of which its built-in type and its text are known."""
    raised = getattr(builtins, error[0])(error[1]) if error else None
    type(manager).__exit__(manager, type(raised) if error else None, raised, None)


def _class_of(value: Any) -> list[Any]:
    """An object's type, after its name where the examiner may have it too."""
    kind = type(value)
    closest = next(_known_types(kind), None)
    return [_name_of(kind) if closest is kind else None, kind]


def _signature(function: Callable[..., Any]) -> list[list[Any]]:
    """A function's parameters: name, kind, and in a list of its own the default, if there is one."""
    parameters = inspect.signature(function).parameters.values()
    return [[each.name, int(each.kind), [] if each.default is each.empty else [each.default]] for each in parameters]


@contextlib.contextmanager
def _as_in_the_test(news: dict[str, Any]) -> Iterator[None]:
    """What the test has set for all code that runs: seeds, settings and variables of the environment."""
    for source, state in news.get("seeds", {}).items():
        if source == "torch":
            torch.manual_seed(state[0])  # of GPUs too
        set_state(source, state[1] if source == "torch" else state)
    with contextlib.ExitStack() as stack:
        if "device" in news:
            stack.enter_context(torch.device(news["device"]))
        if "dtype" in news:
            stack.callback(torch.set_default_dtype, torch.get_default_dtype())
            torch.set_default_dtype(news["dtype"])
        if "autocast" in news:
            enabled, dtype = news["autocast"]
            stack.enter_context(torch.autocast("cpu", dtype=dtype, enabled=enabled))
        if "errors" in news:
            stack.enter_context(np.errstate(**news["errors"]))
        for name, value in news.get("environment", {}).items():
            stack.callback(_set_variable, name, os.environ.get(name))
            _set_variable(name, value)
        if "inference" in news:
            stack.enter_context(torch.inference_mode(news["inference"]))
        if "grad" in news:
            stack.enter_context(torch.set_grad_enabled(news["grad"]))
        yield


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _known_types(kind: type) -> Iterator[type]:
    """The types of the notebook that a type is, or is derived from, and the closest one of a library's."""
    lineage = type.mro(kind) if isinstance(kind, type) else []
    yield from (each for each in lineage[:BASES] if each.__module__ == NOTEBOOK)
    yield from islice((each for each in lineage if each in NAMED or is_of_library(each.__module__)), 1)


def _name_of(kind: type) -> list[str]:
    """A type's module, and its name there."""
    return NAMED.get(kind) or [kind.__module__, kind.__qualname__]


def _lineage(kind: type) -> list[list[Any]]:
    """A type of exceptions and those of the notebook that it is derived from: names, ancestors, built-in types."""
    own = [each for each in type.mro(kind)[:BASES] if each.__module__ == NOTEBOOK]
    above = [[other.__name__ for other in type.mro(each)[1:] if other in own] for each in own]
    return [[each.__name__, names, builtin_base(each)] for each, names in zip(own, above, strict=True)]


def _told(error: BaseException) -> tuple[list[list[str]], list[Any], str]:
    """An exception as data: the names of its types up to the closest built-in one, its arguments, and the traceback."""
    name = builtin_name(error)
    names = [_name_of(each) for each in _known_types(type(error))]
    try:
        arguments = list(error.args)
        encode(arguments)
    except Exception:  # a student's exception may hold, and do, anything
        arguments = [_text_of(error)]
    if type(error).__str__ is not getattr(builtins, name, Exception).__str__:
        arguments = [_text_of(error)]
    try:
        lines = traceback.format_exception(error, limit=-20)
    except Exception:
        lines = ["(the exception cannot be shown)"]
    return [*names, ["builtins", name]], arguments, "".join(lines)[-TRACEBACK_CHARACTERS:]


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return f"({type(error).__name__}, which cannot be shown)"
