"""The warm parent: a process that has imported what submissions and tests import, and forks both off, into rooms.

It is started with `python -P -m seminar.room.warm CONTROL DOOR [MODULE ...]` (see `seminar.room.parent`): descriptors
of a connection to its owner, and of a socket where others connect. It holds no secret: no path of a course, no open
file, a short environment. It opens no zmq socket, starts no thread, never touches CUDA: its forks are whole.
It ends when its owner does, and with it all that it has forked; what it has forked for another ends when that one does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from seminar.errors import RoomError
from seminar.room import confine
from seminar.room.bubblewrap import DATA, HOME, Plan, Room, build
from seminar.room.limits import Limits

# What submissions, and the kernel, import. Some of it only comes in at a first use: torch._dynamo at a first optimiser.
MODULES = (
    *("numpy", "torch", "torch._dynamo", "torchvision", "pandas", "matplotlib.pyplot", "matplotlib.font_manager"),
    *("matplotlib.backends.backend_agg", "matplotlib_inline.backend_inline", "tqdm.auto", "PIL.PngImagePlugin"),
    *(
        "ipykernel.kernelapp",
        "ipykernel.ipkernel",
        "ipykernel.zmqshell",
        "ipykernel.debugger",
        "IPython.core.completer",
        "IPython.core.logger",
        "tornado.platform.asyncio",
        "faulthandler",
    ),
    "seminar.room.kernel",
    "seminar.room.quick",
    "seminar.room.figures",
)
MESSAGE_BYTES = 2**17
DESCRIPTORS = 250  # of one message: the kernel's limit is 253

Target = Callable[[list[int], dict[str, Any]], None]


class Warm:
    """Answers the requests of its owner and of those who have connected, one after the other."""

    def __init__(self, control: socket.socket, door: socket.socket) -> None:
        self._control, self._door = control, door
        self._clients = [control]
        self._rooms: dict[int, tuple[Room, socket.socket]] = {}  # by the pid of their builder, with whose they are

    def serve(self) -> None:
        """Answer until the owner is gone."""
        self._door.setblocking(False)
        confine.prctl(confine.PR_SET_CHILD_SUBREAPER, 1)  # what is in a room is a grandchild: its remains come here
        woken, waker = socket.socketpair()
        woken.setblocking(False)
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner
        _answer(self._control, {"ready": os.getpid()})
        while True:
            ready, _, _ = select.select([*self._clients, self._door, woken], [], [])
            if woken in ready:
                with contextlib.suppress(BlockingIOError):
                    while woken.recv(4096):
                        pass
            self._reap()
            if self._door in ready:
                with contextlib.suppress(OSError):  # who has knocked is gone
                    self._let_in(self._door.accept()[0])
            for client in [each for each in self._clients if each in ready]:
                try:
                    data, descriptors, _, _ = socket.recv_fds(client, MESSAGE_BYTES, DESCRIPTORS)
                except ConnectionResetError:
                    data = b""
                if data:
                    self._handle(client, json.loads(data), descriptors)
                elif client is self._control:
                    return self._end()
                else:
                    self._part(client)

    def _let_in(self, client: socket.socket) -> None:
        """Take a client, if it is this user's. Rooms cannot come here: each has a network of its own."""
        _, uid, _ = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
        if uid != os.geteuid():
            client.close()
            return
        client.setblocking(True)
        self._clients.append(client)
        _answer(client, {"ready": os.getpid()})

    def _handle(self, client: socket.socket, request: dict[str, Any], descriptors: list[int]) -> None:
        passed: list[int] = []
        try:
            answer, passed = self._lead(client, request, descriptors)
        except (RoomError, OSError) as error:
            answer = {"error": str(error)}
        except Exception as error:  # of one request: others have rooms here
            answer = {"error": f"the warm parent failed ({type(error).__name__}: {error}). Run: seminar doctor"}
        _answer(client, answer, passed)
        for descriptor in (*descriptors, *passed):
            os.close(descriptor)

    def _lead(
        self, client: socket.socket, request: dict[str, Any], descriptors: list[int]
    ) -> tuple[dict[str, Any], list[int]]:
        """Build a room and fork a process into it. The last descriptors are the files of the work folder."""
        limits = Limits(**request["limits"])
        plan = Plan(limits, request["data"], request["gpu"])
        names: list[str] = request["files"]
        first = len(descriptors) - len(names)
        room = build(plan, list(zip(descriptors[first:], names, strict=True)))
        self._rooms[room.builder.pid] = room, client
        with contextlib.ExitStack() as undone:
            undone.callback(os.kill, room.builder.pid, signal.SIGKILL)  # not Popen's: it would bury it, and not tell
            pid, lines = self._forked_into(room, plan, request, descriptors[:first])
            said = {word: rest for word, _, rest in (line.partition(" ") for line in lines)}  # by two processes
            if "in" not in said:
                reason = said.get("failed", "no reason is known")
                raise RoomError(f"a process could not enter its room: {reason}")
            pid = int(said.get("pid", pid))
            passed = []
            for each in (room.door.pid, pid):
                passed.append(os.pidfd_open(each))
                undone.callback(os.close, passed[-1])
            undone.pop_all()
        return {"room": room.door.pid, "process": pid}, passed

    def _forked_into(self, room: Room, plan: Plan, request: dict[str, Any], own: list[int]) -> tuple[int, list[str]]:
        """Fork a process into a room. Returns its id, and what it says of its way in."""
        reader, writer = os.pipe()
        with open(reader, encoding="utf-8", errors="replace") as report:  # noqa: PTH123
            try:
                with confine.forks_into(room.door) as held:
                    pid = os.fork()
                    if pid == 0:
                        entry = _Entry(room.door, held, writer)
                        self._become(lambda: _enter(entry, plan, request, own), [*own, held, writer])
            finally:
                os.close(writer)
            return pid, report.read().splitlines()

    def _become(self, run: Callable[[], None], keep: list[int]) -> NoReturn:
        """Turn this fork into something else, with these descriptors and no other of the parent's."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _close_all_but(keep)
            run()
            status = 0
        except BaseException as error:
            with contextlib.suppress(BaseException):
                sys.__excepthook__(type(error), error, error.__traceback__)
        finally:
            os._exit(status)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                if pid in self._rooms:
                    os.close(self._rooms.pop(pid)[0].held)

    def _part(self, client: socket.socket) -> None:
        """End what was forked for a client that is gone."""
        self._reap()  # what is dead already has an id no longer
        self._clients.remove(client)
        client.close()
        for room, whose in self._rooms.values():
            if whose is client:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(room.door.pid, signal.SIGKILL)

    def _end(self) -> None:
        """End what was forked, and bury it: whoever inherits it may take seconds for that."""
        for client in list(self._clients):
            self._part(client)
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()


def _answer(client: socket.socket, answer: dict[str, Any], descriptors: list[int] | None = None) -> None:
    with contextlib.suppress(BrokenPipeError):  # the client is gone: the next look at its requests tells
        socket.send_fds(client, [json.dumps(answer).encode()], descriptors or [])


@dataclass(frozen=True)
class _Entry:
    """What a fork needs to get into a room: its door, a descriptor of it, and one to write to how it went."""

    door: confine.Door
    room: int
    report: int


def _enter(entry: _Entry, plan: Plan, request: dict[str, Any], descriptors: list[int]) -> None:
    """Go into the room, and on as who is led there. Runs in a fork."""
    report = entry.report
    try:
        if pid := confine.join(entry.door, entry.room):
            os.write(report, f"pid {pid}\n".encode())
            os._exit(0)
        os.close(entry.room)
        confine.lock_in(entry.door, plan.limits, bounded_memory=not plan.gpu, goes_first=request["goes first"])
        os.chdir(HOME)
    except BaseException as error:
        os.write(report, f"failed {type(error).__name__}: {error}\n".encode())
        os._exit(1)
    os.write(report, b"in\n")
    os.close(report)
    os.setsid()
    os.environ.clear()
    os.environ.update(
        PATH=os.pathsep.join([os.path.join(sys.prefix, "bin"), "/usr/bin:/bin"]),  # noqa: PTH118
        HOME=HOME,
        LOGNAME="student",
        LANG="C.UTF-8",
        OMP_NUM_THREADS="1",
        MPLBACKEND="module://matplotlib_inline.backend_inline",
        MPLCONFIGDIR=f"{HOME}/.config/matplotlib",
        IPYTHONDIR=f"{HOME}/.ipython",
        TMPDIR="/tmp",
    )
    if plan.data:
        os.environ["SEMINAR_DATA"] = DATA
    if plan.gpu:
        os.environ |= {"CUDA_VISIBLE_DEVICES": request["visible"]} if request["visible"] is not None else {}
        _share_gpu(plan.limits.gpu_memory)
    _run(request, descriptors)


def _share_gpu(share: float) -> None:
    """Let torch take no more than a share of a GPU's memory. CUDA is not touched before the student's code does it."""
    import torch

    if share < 1:
        torch.cuda._lazy_call(lambda: torch.cuda.set_per_process_memory_fraction(share))


def _run(request: dict[str, Any], descriptors: list[int]) -> None:
    """Call `target` (as "module:function") with the descriptors and the rest of the request."""
    import numpy as np

    random.seed()
    np.random.seed()
    module, name = request["target"].split(":")
    target: Target = getattr(importlib.import_module(module), name)
    target(descriptors, request["arguments"])


def _close_all_but(keep: list[int]) -> None:
    """Close every descriptor but these. Of the standard ones, those that are not kept lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in {0, 1, 2}.difference(keep):
        os.dup2(nowhere, standard)
    last = 2
    for descriptor in sorted(set(keep).difference((0, 1, 2))):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, 2**20)


def main() -> None:
    """Import everything, then answer."""
    control, door = (socket.socket(fileno=int(descriptor)) for descriptor in sys.argv[1:3])
    for each in (control, door):
        each.set_inheritable(False)
    for name in (*MODULES, *sys.argv[3:]):
        module = importlib.import_module(name)
        if hasattr(module, "prepare"):  # ours: what can be made before a fork
            module.prepare()
    gc.collect()
    gc.freeze()  # a collection in a fork would copy every page of the heap
    Warm(control, door).serve()
    os._exit(0)  # to take torch down in order takes a second


if __name__ == "__main__":
    main()
