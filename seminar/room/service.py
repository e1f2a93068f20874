"""The candidate's side of the wire: it looks names up, calls, gets attributes and items, and answers with data.

A request is `[number, verb, ...]`, an answer `[number, "value", ...]` or
`[number, "error", name, arguments, traceback]`.
Nothing here needs to be safe from the student's code: it can lie only about its own answers.
"""

from __future__ import annotations

import builtins
import importlib
import traceback
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from functools import reduce
from typing import Any

import numpy as np
import torch

from seminar.wire.channel import Channel, ChannelClosedError, WireError
from seminar.wire.values import Public, Reference, decode, encode

TRACEBACK_CHARACTERS = 20_000
MUTABLE = (list, dict, set, np.ndarray, torch.Tensor)  # what a call may change in place


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
        self._objects: dict[int, Any] = {}  # what the examiner has handles of
        self._keys: dict[int, int] = {}  # of these, by id: as long as they are kept, their ids are theirs
        self._errors: dict[int, Exception] = {}  # of iterators that were asked for more than they had, by id
        self._verbs: dict[str, Callable[..., Any]] = {
            "ping": lambda: None,
            "names": self._look_up,
            "attribute": getattr,
            "item": lambda owner, key: owner[key],
            "length": len,
            "truth": bool,
            "iterate": iter,
            "next": self._next,
        }

    def fileno(self) -> int:
        """The connection's descriptor, to wait on."""
        return self._channel.fileno()

    def answer(self) -> None:
        """Take one request and answer it."""
        try:
            number, verb, *arguments = decode(self._channel.receive(), self._resolve)
        except ChannelClosedError:
            raise SystemExit from None
        try:
            with self._interruptible():
                answer = self._encode([number, "value", *self._values(verb, arguments)])
        except BaseException as error:
            answer = self._encode([number, "error", *_told(error)])
        self._channel.send(answer)

    def _values(self, verb: str, arguments: list[Any]) -> list[Any]:
        """The result, and for a call what it changed of its arguments."""
        if verb != "call":
            return [self._verbs[verb](*arguments)]
        function, positional, named = arguments
        given = [*positional, *named.values()]
        before = [self._encode(each) if isinstance(each, MUTABLE) else None for each in given]
        result = function(*positional, **named)
        changed = [
            [place, each]
            for place, (each, was) in enumerate(zip(given, before, strict=True))
            if was is not None and self._encode(each) != was
        ]
        same = next((place for place, each in enumerate(given) if each is result and isinstance(each, MUTABLE)), None)
        return [result, changed, same]

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

    def _encode(self, value: Any) -> bytes:
        return encode(value, self._refer)

    def _refer(self, value: Any) -> Reference:
        key = self._keys.get(id(value))
        if key is None:
            key = self._keys[id(value)] = len(self._objects)
            self._objects[key] = value
        return Reference(key, type(value).__name__)

    def _resolve(self, reference: Reference | Public) -> Any:
        if isinstance(reference, Public):
            return reduce(getattr, reference.name.split("."), importlib.import_module(reference.module))
        if not reference.mine:
            raise WireError("the examiner has no objects to refer to")
        return self._objects[reference.key]


def _told(error: BaseException) -> tuple[str, list[Any], str]:
    """An exception as data: the name of the closest built-in type, its arguments, and the traceback."""
    name = next((each.__name__ for each in type(error).__mro__ if getattr(builtins, each.__name__, None) is each), "")
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
    return name, arguments, "".join(lines)[-TRACEBACK_CHARACTERS:]


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return f"({type(error).__name__}, which cannot be shown)"
