"""The owner's side of a warm parent, and of the rooms that it makes."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from seminar.errors import GraderDiedError, RoomError
from seminar.room.bubblewrap import privileged
from seminar.room.limits import CHANNELS, Limits

START = 120.0  # seconds for the imports: a cold disk takes long
PATIENCE = 30.0  # seconds for a room
PARTING = 5.0  # seconds to end
FILES = 200  # of a submission, beside its notebook
NAMES = 2**16  # bytes of their names, as they are sent to the warm parent: half a message


class Child:
    """A process that a warm parent forked."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self._descriptor = descriptor
        self._was_gone = True  # when the descriptor was closed

    def send_signal(self, number: int) -> None:
        """Send a signal; nothing happens where the process is gone."""
        if self._descriptor >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def is_gone(self, wait: float = 0.0) -> bool:
        """Whether the process has ended, after `wait` seconds at most."""
        if self._descriptor < 0:
            return self._was_gone
        poll = select.poll()  # not select(), which knows no descriptor above 1023
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(1000 * wait))

    def end(self, wait: float) -> bool:
        """Kill the process; whether it is gone within `wait` seconds. Nothing more is known of it afterwards."""
        self.send_signal(signal.SIGKILL)
        self._was_gone = self.is_gone(wait)
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        return self._was_gone


@dataclass
class Occupant:
    """A process in a room of its own.

    Attributes:
        room: the room's first process. Its end is the end of all in the room.
        process: the one that was led there.
        left_out: the files of its work folder that did not fit into the room.
    """

    room: Child
    process: Child
    left_out: list[str]
    _parent: socket.socket = field(repr=False)

    @property
    def is_orphan(self) -> bool:
        """Whether the warm parent that forked it is gone: whatever has become of it since, it has not done itself."""
        return self._parent.fileno() < 0 or _hung_up(self._parent)

    def end(self) -> None:
        """End everything in the room, and wait until it is gone."""
        gone = self.room.end(PATIENCE)
        self.process.end(0)
        if not gone:
            raise RoomError(f"the room of process {self.room.pid} does not end")


@dataclass
class Candidate(Occupant):
    """A kernel in a room.

    Attributes:
        connection: how a Jupyter client reaches it.
        wire: the examiner's end of the connection to it.
    """

    connection: dict[str, Any]
    wire: socket.socket
    _folder: tempfile.TemporaryDirectory[str] = field(repr=False)

    def end(self) -> None:
        """End everything in the room, and leave nothing of it."""
        try:
            super().end()
        finally:
            self.wire.close()
            self._folder.cleanup()


class Parent:
    """A warm parent, started at its first use. One thread at a time may ask it.

    Processes of one machine can share one: the one that has started it tells the others its `address`, for `connect`.

    Attributes:
        address: where other processes of this user's reach it, once it is started: no file, so none is ever left.
        process: the process that was started; None where there is none, or where another's is used.
    """

    def __init__(self, preload: tuple[str, ...] = ()) -> None:
        """Plan one that imports these modules too."""
        self._preload = preload
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._is_ready = False
        self.address = ""
        self._host = ""  # another's address
        self.process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def start(self, wait: bool = True) -> None:
        """Start it where it does not run, and wait for its imports if asked to.

        Raises:
            RoomError: it does not come up.
        """
        with self._lock:
            if wait:
                self._started()
            elif self._control is None:
                self._control = self._launched()

    def connect(self, address: str) -> None:
        """From now on use the warm parent of another process, or one of our own once that does not answer."""
        self._host = address

    def _started(self) -> socket.socket:
        if self._control and _hung_up(self._control):
            self.close()
        if self._control is None:
            self._control = self._connected() or self._launched()
        if not self._is_ready:
            self._wait_for(self._control)
        return self._control

    def _connected(self) -> socket.socket | None:
        """A connection to another process's, which has imported all; None where it does not answer."""
        if not self._host:
            return None
        control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            control.connect(self._host)
            self._wait_for(control)
        except (OSError, RoomError):
            control.close()
            self._host = ""
            return None
        return control

    def _launched(self) -> socket.socket:
        """A connection to one of our own, which imports yet."""
        self.address = f"\0seminar-{secrets.token_hex(16)}"
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "LOGNAME": "student",  # torch asks for a name, and a container's user may have none
            "OMP_NUM_THREADS": "1",
            "MPLCONFIGDIR": _font_cache(),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # ipykernel's debugger warns of what nobody here debugs
        }
        python = [sys.executable, "-P", "-X", "frozen_modules=on"]
        with theirs, _listener(self.address, socket.SOCK_SEQPACKET) as door:
            descriptors = [theirs.fileno(), door.fileno()]
            self.process = subprocess.Popen(
                [*python, "-m", "seminar.room.warm", *map(str, descriptors), *self._preload],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=descriptors,
                process_group=0,  # Ctrl-C is for its owner
            )
        return ours

    def _wait_for(self, control: socket.socket) -> None:
        """Wait for the end of its imports."""
        control.settimeout(START)
        try:
            said = control.recv(4096)
        except TimeoutError as error:
            self.close()
            raise RoomError(f"the warm parent has not imported its modules within {START:.0f} s") from error
        if not said:
            status = self.process.wait() if self.process else "unknown"
            self.close()
            raise RoomError(f"the warm parent ended with status {status}: its error is above")
        control.settimeout(PATIENCE)
        self._is_ready = True

    def close(self) -> None:
        """End it, and with it all that it has forked. Another's is left, and ends what it has forked for us."""
        if self._control:
            self._control.close()
            self._control = None
        if self.process:
            if self._is_ready:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(PARTING)  # it ends what it has forked
            self.process.kill()
            self.process.wait()
            self.process = None
        self.address = ""
        self._is_ready = False

    def admit(
        self,
        limits: Limits,
        data: Path | None = None,
        work: Path | None = None,
        gpu: bool = False,
        examined: bool = True,
    ) -> Candidate:
        """Lead a new kernel into a new room.

        Args:
            limits: what it may use.
            data: a folder to be seen read-only in the room, as $SEMINAR_DATA.
            work: a folder whose files are copied into the work folder, as far as they fit: see `work_files`.
            gpu: whether it sees the machine's GPU.
            examined: whether it has a wire to an examiner.

        Raises:
            RoomError: no room can be built here.
            GraderDiedError: the warm parent died over it.
        """
        key = secrets.token_hex(16)
        folder = tempfile.TemporaryDirectory(prefix="r")  # short: a socket's path takes 107 bytes at most
        ip = f"{folder.name}/k"
        near, far = socket.socketpair()
        try:
            with far, contextlib.ExitStack() as opened:
                sockets = [opened.enter_context(_listener(f"{ip}-{port}")) for port, _ in enumerate(CHANNELS, start=1)]
                occupant = self.lead(
                    "seminar.room.kernel:run",
                    {"ip": ip, "key": key, "examined": examined},
                    [each.fileno() for each in (*sockets, far)],
                    limits,
                    data=data,
                    files=work_files(work) if work else {},
                    gpu=gpu,
                    goes_first=True,
                )
        except BaseException:
            near.close()
            folder.cleanup()
            raise
        connection: dict[str, Any] = {"transport": "ipc", "ip": ip, "key": key, "signature_scheme": "hmac-sha256"}
        connection |= {f"{name}_port": port for port, name in enumerate(CHANNELS, start=1)}
        of = (occupant.room, occupant.process, occupant.left_out, occupant._parent)
        return Candidate(*of, connection, near, folder)

    def lead(
        self,
        target: str,
        arguments: dict[str, Any],
        descriptors: list[int],
        limits: Limits,
        *,
        data: Path | None = None,
        files: Mapping[str, Path] = MappingProxyType({}),
        gpu: bool = False,
        goes_first: bool = False,
    ) -> Occupant:
        """Lead a new process into a new room, where it calls `target` ("module:function").

        Args:
            target: called with the descriptors and the arguments.
            arguments: plain data.
            descriptors: open ones, of which it gets copies.
            limits: what it may use.
            data: a folder to be seen read-only in the room, as $SEMINAR_DATA.
            files: to be copied into the work folder, by their names there, as far as they fit.
            gpu: whether it sees the machine's GPU.
            goes_first: whether it is to go before others, where the machine has no memory left.

        Raises:
            RoomError: no room can be built here, or a file cannot be read.
            GraderDiedError: the warm parent died over it.
        """
        if data:
            _require_readable(data)
        with contextlib.ExitStack() as opened:
            kept = fitting(files, limits)
            handles = [opened.enter_context(_open(files[name])) for name in kept]
            request = {
                "target": target,
                "arguments": arguments,
                "limits": dataclasses.asdict(limits),
                "data": str(data) if data else None,
                "gpu": gpu,
                "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),  # of its devices, those that this grader is for
                "goes first": goes_first,
                "files": kept,
            }
            answer, passed, control = self._ask(request, [*descriptors, *(handle.fileno() for handle in handles)])
        room, process = Child(answer["room"], passed[0]), Child(answer["process"], passed[1])
        return Occupant(room, process, [name for name in files if name not in kept], control)

    def _ask(self, request: dict[str, Any], descriptors: list[int]) -> tuple[dict[str, Any], list[int], socket.socket]:
        """The answer to a request, the descriptors that came with it, and the connection that it came by.

        Raises:
            RoomError: it cannot be done.
            GraderDiedError: the warm parent died over it. Another one takes its place at the next request.
        """
        with self._lock:
            control = self._started()
            try:
                socket.send_fds(control, [json.dumps(request).encode()], descriptors)
                data, passed, _, _ = socket.recv_fds(control, 65536, 8)
            except BaseException as error:
                self.close()  # what it answers yet is not for the next request
                if not isinstance(error, OSError):
                    raise
                raise GraderDiedError(f"the warm parent does not answer ({error}). Grade it again.") from error
        if not data:
            raise GraderDiedError("the warm parent is gone. Grade it again.")
        answer: dict[str, Any] = json.loads(data)
        if "error" in answer:
            raise RoomError(answer["error"])
        return answer, passed, control


def _hung_up(control: socket.socket) -> bool:
    """Whether the other end is closed."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def _require_readable(data: Path) -> None:
    if not data.is_dir():
        raise RoomError(f"{data}: there is no such folder. Set SEMINAR_DATA to the one with the data, or to none.")
    if privileged() and data.stat().st_mode & 0o005 != 0o005:
        raise RoomError(f"{data}: the users of rooms cannot read it. Let all read it: chmod -R o+rX {data}")


def work_files(work: Path) -> dict[str, Path]:
    """The files of a submission that its candidate may see, by their names in its folder, in order.

    Regular files, no links, no notebooks: they hold tests.
    """
    found = {}
    for folder, folders, names in os.walk(work):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (Path(folder) / name).is_symlink()
        )
        for path in (Path(folder) / name for name in sorted(names)):
            if path.suffix != ".ipynb" and not path.name.startswith(".") and path.is_file() and not path.is_symlink():
                found[str(path.relative_to(work))] = path
    return found


def fitting(files: Mapping[str, Path], limits: Limits) -> list[str]:
    """The names of those files that fit into a room together: the first ones first, and each that still finds room."""
    kept: list[str] = []
    size = named = 0
    for name, path in files.items():
        larger, longer = size + path.stat().st_size, named + len(json.dumps(name)) + 2
        if len(kept) < FILES and larger <= limits.disk and longer <= NAMES:
            kept.append(name)
            size, named = larger, longer
    return kept


@contextlib.contextmanager
def _open(path: Path) -> Iterator[Any]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise RoomError(f"{path}: cannot be read ({error.strerror}). Is it there, and yours to read?") from error
    with os.fdopen(descriptor, "rb") as handle:
        yield handle


@contextlib.contextmanager
def _listener(path: str, kind: socket.SocketKind = socket.SOCK_STREAM) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, kind) as listener:
        try:
            listener.bind(path)
        except OSError as error:
            raise RoomError(f"{path}: no socket can be made there ({error}). Set TMPDIR to a short path.") from error
        listener.listen(128)
        listener.setblocking(False)
        yield listener


def _font_cache() -> str:
    """Where matplotlib keeps its list of fonts, which it takes seconds to make."""
    import matplotlib

    return matplotlib.get_cachedir()
