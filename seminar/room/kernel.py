"""The candidate: a real IPython kernel, in a room, that answers the examiner between its cells.

It is a fork of the warm parent. Its sockets were opened outside the room and came with the fork, so no folder is shared
with the room, and nothing in it can stand in a socket's place.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import Any

import zmq
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config

from seminar.room.limits import CHANNELS
from seminar.room.service import Service
from seminar.wire.channel import Channel


class _Heartbeat(Heartbeat):
    descriptor = -1

    def _try_bind_socket(self) -> Any:
        self.socket.use_fd = self.descriptor
        return super()._try_bind_socket()


class CandidateApp(IPKernelApp):
    """An IPython kernel whose sockets are given. It reads no configuration and writes no file."""

    descriptors: dict[int, int]  # by port

    def parse_command_line(self, argv: Any = None) -> None:
        """There is no command line, and to build its parser takes time."""

    def load_config_file(self, **kwargs: Any) -> None:
        """There is no configuration file."""

    def init_connection_file(self) -> None:
        """The connection came with the fork."""

    def write_connection_file(self, **kwargs: Any) -> None:
        """The connection's key stays in this process."""

    def _bind_socket(self, s: zmq.Socket[bytes], port: int) -> int:
        s.use_fd = self.descriptors[port]
        return int(super()._bind_socket(s, port))

    def init_heartbeat(self) -> None:
        """Beat on the given socket."""
        self.heartbeat = _Heartbeat(zmq.Context(), (self.transport, self.ip, self.hb_port))
        self.heartbeat.descriptor = self.descriptors[self.hb_port]
        self.heartbeat.start()


def run(descriptors: list[int], arguments: dict[str, Any]) -> None:
    """Be a kernel until the room ends.

    Args:
        descriptors: listening sockets in the order of CHANNELS, then a connection to the examiner.
        arguments: `ip` and `key` of the kernel's connection, and `examined`: whether there is an examiner to answer.
    """
    ports = {f"{name}_port": number for number, name in enumerate(CHANNELS, start=1)}
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.log_level = "CRITICAL"
    config.Session.key = arguments["key"].encode()
    app = CandidateApp.instance(transport="ipc", ip=arguments["ip"], config=config, **ports)
    app.descriptors = dict(enumerate(descriptors, start=1))
    app.initialize([])
    if arguments["examined"]:
        service = Service(Channel(socket.socket(fileno=descriptors[len(CHANNELS)])), app.kernel.shell.user_ns)
        asyncio.get_event_loop_policy().get_event_loop().add_reader(service.fileno(), _answer, service)
    app.start()
    os._exit(0)


def _answer(service: Service) -> None:
    """Answer one request, interruptible as a cell is."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        service.answer()
    finally:
        signal.signal(signal.SIGINT, former)
