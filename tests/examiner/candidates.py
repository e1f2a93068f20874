"""Candidates without a room: honest ones, with the real other side of the wire, and ones that lie."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from seminar.examiner.abilities import class_of_handles
from seminar.examiner.client import Client
from seminar.room.service import Service
from seminar.wire.channel import Channel, ChannelClosedError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode
from seminar.wire.kinds import ABILITIES
from seminar.wire.references import Part, Public, Reference

Answer = Callable[[list[Any]], Any]


@contextlib.contextmanager
def honest(source: str) -> Iterator[Client]:
    """A candidate that has run some code, with its own side of the wire in a thread."""
    with served(source) as (candidate, _):
        yield candidate


@contextlib.contextmanager
def served(source: str, given: dict[str, Any] | None = None) -> Iterator[tuple[Client, Service]]:
    """The same, with its other end, and what a given cell has made."""
    names: dict[str, Any] = {} if given is None else {"__name__": "__main__"}
    exec(source, names)
    ours, theirs = socket.socketpair()
    service = Service(Channel(theirs), names)

    def serve() -> None:
        with contextlib.suppress(SystemExit):
            while True:
                service.answer()

    with _opposite(serve, ours, theirs, seconds=60, given=given) as candidate:
        yield candidate, service


@contextlib.contextmanager
def lying(*answers: Answer | bytes) -> Iterator[Any]:
    """A handle on an object that can do anything, whose candidate gives these answers in turn, whatever it is asked."""
    ours, theirs = socket.socketpair()

    def lie() -> None:
        channel = Channel(theirs)
        with contextlib.suppress(ChannelClosedError):
            for answer in answers:
                asked = decode(channel.receive())
                channel.send(answer if isinstance(answer, bytes) else encode(answer(asked), _as_reference))
            channel.receive()

    with _opposite(lie, ours, theirs, seconds=1) as candidate:
        yield class_of_handles(ABILITIES)(candidate, 0, "Liar")


@contextlib.contextmanager
def _opposite(
    side: Callable[[], None],
    ours: socket.socket,
    theirs: socket.socket,
    seconds: float,
    given: dict[str, Any] | None = None,
) -> Iterator[Client]:
    """The examiner's end, with so many seconds for all answers, as long as the other side runs in a thread."""
    thread = threading.Thread(target=side)
    thread.start()
    try:
        candidate = Client(Channel(ours), given=(given or {}).get)
        candidate.deadline = time.monotonic() + seconds
        yield candidate
    finally:
        ours.close()
        thread.join()
        theirs.close()


def _as_reference(value: Any) -> Reference | Public | Part:
    assert isinstance(value, Reference | Public | Part)
    return value


def value(answer: Any, changed: Any = (), news: Any = None) -> Answer:
    """An answer of the right form with this value."""
    return lambda asked: [asked[0], "value", answer, list(changed), {} if news is None else news]


def named(candidate: Client, name: str) -> Any:
    return candidate.look_up([name])[name]
