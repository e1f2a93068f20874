"""The candidate's side of the wire, where the examiner's does not show it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import get_args

from seminar.examiner.client import Client
from seminar.room.service import Service
from seminar.wire.channel import Channel
from seminar.wire.messages import Verb


def test_the_students_code_can_be_interrupted_and_an_answer_on_its_way_cannot() -> None:
    """Half an answer would be taken for the beginning of the next: the room would be lost, with all later points."""
    is_open = False
    sent_while_open: list[bool] = []

    @contextlib.contextmanager
    def interruptible() -> Iterator[None]:
        nonlocal is_open
        is_open = True
        try:
            yield
        finally:
            is_open = False

    class Watched(Channel):
        def send(self, message: bytes, deadline: float | None = None) -> None:
            sent_while_open.append(is_open)
            super().send(message, deadline)

    def fails() -> None:
        raise ValueError(is_open)

    ours, theirs = socket.socketpair()
    with ours, theirs:
        service = Service(Watched(theirs), {"inside": lambda: is_open, "fails": fails}, interruptible)

        def serve() -> None:
            for _ in range(3):
                service.answer()

        thread = threading.Thread(target=serve)
        thread.start()
        candidate = Client(Channel(ours))
        found = candidate.look_up(["inside", "fails"])
        assert found["inside"]() is True
        with contextlib.suppress(ValueError):
            found["fails"]()
        thread.join()
    assert sent_while_open == [False] * 3


def test_what_may_be_asked_for_is_what_is_served() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert {*Service(Channel(theirs), {})._verbs} == {*get_args(Verb)}
