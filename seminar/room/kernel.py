"""The candidate: a real IPython kernel, in a room, that answers the examiner between its cells.

It is a fork of the warm parent, which has done what takes long of a kernel's start (`prepare`). Its sockets were opened
outside the room and came with the fork, so no folder is shared with the room, and nothing in it can stand in a socket's
place.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from typing import Any, ClassVar

import zmq
from ipykernel import ipkernel
from ipykernel.compiler import XCachingCompiler
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets.config import Config

from seminar.room import figures, loading, quick
from seminar.room.confine import import_from
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

    def init_path(self) -> None:
        """Let the work folder be imported from, behind the standard library. IPython itself heeds Python's -P."""
        import_from("")

    def init_extensions(self) -> None:
        """No extension is loaded."""

    def init_code(self) -> None:
        """No startup file is run."""
        self.shell.user_ns_hidden.update(self.shell.user_ns)

    def _bind_socket(self, s: zmq.Socket[bytes], port: int) -> int:
        s.use_fd = self.descriptors[port]
        return int(super()._bind_socket(s, port))

    def init_heartbeat(self) -> None:
        """Beat on the given socket."""
        self.heartbeat = _Heartbeat(zmq.Context(), (self.transport, self.ip, self.hb_port))
        self.heartbeat.descriptor = self.descriptors[self.hb_port]
        self.heartbeat.start()


class _NoModules:
    """What ipykernel sees of `sys`: no modules.

    For its debugger it would list every module's file. To touch them all copies 20 MB of the warm parent's memory.
    """

    modules: ClassVar[dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


def prepare() -> None:
    """Make, before any fork, what a kernel needs of IPython and what needs no socket: the application and the shell."""
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.log_level = "CRITICAL"
    with tempfile.TemporaryDirectory(prefix="seminar-") as folder:
        os.environ["IPYTHONDIR"] = folder
        app = CandidateApp.instance(transport="ipc", config=config)
        profile = ProfileDir(location=folder)
        shell = ZMQInteractiveShell.instance(parent=app, profile_dir=profile, compiler_class=XCachingCompiler)
    quick.prepare_tracebacks(shell)
    app.init_pdb()
    app.log.debug("is made at its first use")
    ipkernel.sys = _NoModules()


def run(descriptors: list[int], arguments: dict[str, Any]) -> None:
    """Be a kernel until the room ends.

    Args:
        descriptors: listening sockets in the order of CHANNELS, then a connection to the examiner.
        arguments: `ip` and `key` of the kernel's connection, and `examined`: whether there is an examiner to answer.
    """
    app, shell = CandidateApp.instance(), ZMQInteractiveShell.instance()
    app.descriptors = dict(enumerate(descriptors, start=1))
    app.ip = arguments["ip"]
    os.makedirs(os.environ["IPYTHONDIR"], exist_ok=True)  # noqa: PTH103
    app.ipython_dir = os.environ["IPYTHONDIR"]
    for port, name in enumerate(CHANNELS, start=1):
        setattr(app, f"{name}_port", port)
    app.config.Session.key = arguments["key"].encode()
    app.initialize([])
    shell.kernel, shell.profile_dir = app.kernel, app.profile_dir
    sys.modules["__main__"] = shell.user_module
    shell.enable_matplotlib("inline")  # pyplot asks for a kernel where it is imported: that was before the fork
    figures.draw_once(shell)
    _keep_streams(shell)
    if arguments["examined"]:
        channel = Channel(socket.socket(fileno=descriptors[len(CHANNELS)]))
        loading.load_here()
        service = Service(channel, shell.user_ns, _interruptible)
        asyncio.get_event_loop_policy().get_event_loop().add_reader(service.fileno(), service.answer)
    app.start()
    os._exit(0)


def _keep_streams(shell: Any) -> None:
    """Give a shell its standard streams back after a cell that has broken them: with such, a kernel answers no more."""
    own = {name: getattr(sys, name) for name in ("stdout", "stderr")}

    def mend() -> None:
        for name, stream in own.items():
            now: Any = getattr(sys, name, None)
            if now is not stream:
                try:
                    now.flush()
                except Exception:  # it is closed, or none at all
                    setattr(sys, name, stream)

    shell.events.register("post_execute", mend)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Within, an interrupt is what it is in a cell."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
