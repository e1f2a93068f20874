"""Messages over a stream socket: a length, then the bytes."""

from __future__ import annotations

import socket
import struct
import time
from collections import deque

MESSAGE_BYTES = 512 * 2**20  # of one message: MNIST as float32 is 188 MB
_LENGTH = struct.Struct("<Q")
_PIECE = 2**20  # bytes that are read at once: memory grows with what has come, not with what was announced


class WireError(Exception):
    """Bytes that are no message, or a value that cannot be one."""


class ChannelClosedError(WireError):
    """The other side is gone."""


class LateError(WireError):
    """The other side did not answer in time."""


class Channel:
    """One end of a connection.

    A deadline is a time of `time.monotonic`, in seconds; None waits for ever.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._arrived = bytearray()  # of the message that is under way: a deadline may cut it in two
        self._leaving: deque[memoryview] = deque()  # the same, of one that is sent

    def fileno(self) -> int:
        """The socket's descriptor, to wait on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def send(self, message: bytes, deadline: float | None = None) -> None:
        """Send a message.

        Raises:
            WireError: it is too large.
            LateError: the other side did not take it in time. If it has taken a part, it gets the rest with the next.
            ChannelClosedError: the other side is gone.
        """
        if len(message) > MESSAGE_BYTES:
            raise WireError(f"a message of {len(message)} bytes is over the limit of {MESSAGE_BYTES}")
        length = _LENGTH.pack(len(message))
        own = [length + message] if len(message) < _PIECE else [length, message]  # what is large is not copied
        pieces = [memoryview(each) for each in own]
        self._leaving += pieces
        try:
            while self._leaving:
                self._socket.settimeout(_left(deadline))
                taken = self._socket.send(self._leaving[0][:_PIECE])
                self._leaving[0] = self._leaving[0][taken:]
                if not self._leaving[0]:
                    self._leaving.popleft()
        except (TimeoutError, LateError) as error:
            if any(each is pieces[0] for each in self._leaving):  # none of it was taken
                for _ in pieces:
                    self._leaving.pop()
            raise LateError("the other side did not read in time") from error
        except OSError as error:
            raise ChannelClosedError(f"the other side is gone ({error.strerror})") from error

    def receive(self, deadline: float | None = None) -> bytes:
        """Wait for a message.

        Raises:
            WireError: it is too large.
            LateError: it did not come in time. What has come of it is kept for the next call.
            ChannelClosedError: the other side is gone.
        """
        self._fill(_LENGTH.size, deadline)
        (length,) = _LENGTH.unpack_from(self._arrived)
        if length > MESSAGE_BYTES:
            raise WireError(f"a message of {length} bytes is over the limit of {MESSAGE_BYTES}")
        self._fill(_LENGTH.size + length, deadline)
        message = bytes(memoryview(self._arrived)[_LENGTH.size :])
        self._arrived = bytearray()
        return message

    def _fill(self, size: int, deadline: float | None) -> None:
        while len(self._arrived) < size:
            try:
                self._socket.settimeout(_left(deadline))
                piece = self._socket.recv(min(size - len(self._arrived), _PIECE))
            except TimeoutError as error:
                raise LateError("the other side did not answer in time") from error
            except OSError as error:
                raise ChannelClosedError(f"the other side is gone ({error.strerror})") from error
            if not piece:
                raise ChannelClosedError("the other side has closed the connection")
            self._arrived += piece


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise LateError("the time is up")
    return left
