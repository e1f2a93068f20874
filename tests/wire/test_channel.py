"""Messages over a socket, whatever the other side does."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seminar.wire.channel import MESSAGE_BYTES, Channel, ChannelClosedError, LateError, WireError


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    """A channel, and the bare socket at its other end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def soon() -> float:
    return time.monotonic() + 0.05


@given(st.lists(st.binary(max_size=50), max_size=5), st.lists(st.integers(1, 20), min_size=1))
def test_messages_arrive_whole_however_they_are_cut(messages: list[bytes], cuts: list[int]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = b"".join(struct.pack("<Q", len(message)) + message for message in messages)
        at = 0
        for cut in cuts:
            theirs.sendall(stream[at : at + cut])
            at += cut
        theirs.sendall(stream[at:])
        channel = Channel(ours)
        assert [channel.receive(time.monotonic() + 10) for _ in messages] == messages


def test_a_large_message_crosses() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        message = bytes(range(256)) * 2**15  # more than a socket holds
        sender = threading.Thread(target=Channel(ours).send, args=(message,))
        sender.start()
        assert Channel(theirs).receive(time.monotonic() + 30) == message
        sender.join()


def test_a_late_message_is_taken_by_the_next_call(ends: tuple[Channel, socket.socket]) -> None:
    channel, other = ends
    other.sendall(struct.pack("<Q", 4) + b"ab")
    with pytest.raises(LateError):
        channel.receive(soon())
    other.sendall(b"cd")
    assert channel.receive(soon() + 10) == b"abcd"


def test_a_length_over_the_limit_is_refused_before_anything_is_kept(ends: tuple[Channel, socket.socket]) -> None:
    channel, other = ends
    other.sendall(struct.pack("<Q", MESSAGE_BYTES + 1))
    with pytest.raises(WireError, match="over the limit"):
        channel.receive(soon())


def test_a_message_over_the_limit_is_not_sent(ends: tuple[Channel, socket.socket]) -> None:
    with pytest.raises(WireError, match="over the limit"):
        ends[0].send(bytes(MESSAGE_BYTES + 1))


def test_who_does_not_read_is_late(ends: tuple[Channel, socket.socket]) -> None:
    with pytest.raises(LateError):
        ends[0].send(bytes(2**24), soon())


def test_what_was_taken_in_part_is_whole_with_the_next_message(ends: tuple[Channel, socket.socket]) -> None:
    channel, theirs = ends
    large = bytes(range(256)) * 40_000
    with pytest.raises(LateError):
        channel.send(large, soon())
    with pytest.raises(LateError):
        channel.send(b"none of it is taken", soon())
    other = Channel(theirs)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.extend(other.receive() for _ in range(2)))
    reader.start()
    channel.send(b"next")
    reader.join()
    assert got == [large, b"next"]


def test_who_is_gone_is_gone(ends: tuple[Channel, socket.socket]) -> None:
    channel, other = ends
    other.close()
    with pytest.raises(ChannelClosedError):
        channel.receive(soon())
    with pytest.raises(ChannelClosedError):
        channel.send(b"x" * 100)
