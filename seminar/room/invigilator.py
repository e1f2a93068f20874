"""Watching a room from outside: memory, processes, files, time, and who tries to reach the network."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path

from seminar.room.bubblewrap import HOME
from seminar.room.limits import Limits
from seminar.room.parent import Occupant
from seminar.text import MIB, readable_size, readable_time

INTERVAL = 0.1  # seconds between two looks
# Processes of a room that may share the warm parent's memory: a loader has as many workers as there are cores.
SHARING = max(8, 2 * (os.cpu_count() or 1))
FOLDERS = (HOME, "/tmp", "/dev/shm")
SOCKET = 212_992  # bytes that may wait in a socket: what Linux gives each, and no room may enlarge
GRADER = 512 * MIB  # bytes by which the process of the grader itself may grow: what a room sends piles up there


class Invigilator(threading.Thread):
    """Ends a room that takes more than it may.

    Attributes:
        verdict: why the room was ended; None while it stands, or where it was ended by somebody else.
        memory: the most bytes that were in use at a look.
        network: how many packets and connections found no way out, so far.
    """

    def __init__(self, occupant: Occupant, limits: Limits) -> None:
        super().__init__(name=f"invigilator of {occupant.room.pid}", daemon=True)
        self.verdict: str | None = None
        self.memory = 0
        self.network = 0
        self._room = occupant.room
        self._limits = limits
        self._inside = Path(f"/proc/{self._room.pid}/root")
        self._base = 0  # bytes of a fork that has run nothing
        self._sockets = 0  # that are there at first
        self._grader = _memory(Path("/proc/self"))
        self._done = threading.Event()
        self._end = time.monotonic() + limits.wall

    def run(self) -> None:
        """Look at the room until it is gone."""
        try:
            self._sockets = self._open_sockets()
            self._base = self._used()[0]
            while not self._done.wait(INTERVAL) and not self._room.is_gone():
                self.look()
        except Exception as error:  # nobody would see what it takes from now on
            self._judge(f"it could not be watched any longer ({type(error).__name__}: {error})")

    def look(self) -> None:
        """Look once, and end the room where it takes too much."""
        memory, threads = self._used()
        self.memory = max(self.memory, memory)
        self.network = max(self.network, self._lost_packets())
        limits = self._limits
        if threads > limits.processes:
            self._judge(f"it started more than {limits.processes} processes and threads")
        elif memory > limits.memory:
            self._judge(f"it took more than {readable_size(limits.memory)} of memory")
        elif _memory(Path("/proc/self")) - self._grader > GRADER and _examines_one():
            self._judge("it sent more than a grader can hold")
        elif self._files() > limits.files:
            self._judge(f"it made more than {limits.files} files in a folder")
        elif time.monotonic() > self._end:
            self._judge(f"the whole notebook took more than {readable_time(limits.wall)}")

    def stop(self) -> None:
        """Look for the last time."""
        with contextlib.suppress(OSError):
            self.network = max(self.network, self._lost_packets())
        self._done.set()
        if self.is_alive():
            self.join()

    def _judge(self, verdict: str) -> None:
        self.verdict = verdict
        self._room.send_signal(signal.SIGKILL)

    def _used(self) -> tuple[int, int]:
        """Bytes of memory, and threads. What forks share with the warm parent is not counted, of the largest ones.

        Nobody tells cheaply how much a process shares, and one that was started anew shares nothing.
        """
        owns, threads = [], 0
        for status in self._statuses():
            told = _fields(status)
            owns.append(_owned(told))
            threads += int(told.get("Threads", "0"))
        owns.sort(reverse=True)
        waiting = max(0, self._open_sockets() - self._sockets) * SOCKET
        return sum(max(0, own - self._base) for own in owns[:SHARING]) + sum(owns[SHARING:]) + waiting, threads

    def _statuses(self) -> list[str]:
        found = []
        with contextlib.suppress(OSError):
            for process in (self._inside / "proc").iterdir():
                if process.name.isdigit():
                    with contextlib.suppress(OSError):
                        found.append((process / "status").read_text("utf-8", "replace"))
        return found

    def _open_sockets(self) -> int:
        """The sockets of the room, as its own network namespace counts them."""
        with contextlib.suppress(OSError):
            return int(Path(f"/proc/{self._room.pid}/net/sockstat").read_text().split()[2])
        return 0

    def _files(self) -> int:
        most = 0
        for folder in FOLDERS:
            with contextlib.suppress(OSError):
                system = os.statvfs(f"{self._inside}{folder}")
                most = max(most, system.f_files - system.f_ffree)
        return most

    def _lost_packets(self) -> int:
        """What the room's own network namespace counts as having no route (RFC 1213: ipOutNoRoutes)."""
        lost = 0
        with contextlib.suppress(OSError, ValueError):
            names, values = (
                line.split() for line in Path(f"/proc/{self._room.pid}/net/snmp").read_text().splitlines()[:2]
            )
            lost += int(values[names.index("OutNoRoutes")])
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self._room.pid}/net/snmp6").read_text().splitlines():
                if line.startswith("Ip6OutNoRoutes"):
                    lost += int(line.split()[1])
        return lost


def _examines_one() -> bool:
    """Whether this process examines one submission, by a candidate and an examiner: of several, it may be any's."""
    return sum(isinstance(each, Invigilator) for each in threading.enumerate()) <= 2


def _fields(status: str) -> dict[str, str]:
    """What `/proc/PID/status` tells, by name. A process chooses its own name, line breaks (of Unicode's) and all."""
    found: dict[str, str] = {}
    for line in status.split("\n"):
        name, _, value = line.partition(":")
        found.setdefault(name, value.strip())
    return found


def _owned(told: dict[str, str]) -> int:
    """Bytes of memory that are no file's."""
    return sum(int(told.get(name, "0").split()[0]) * 1024 for name in ("RssAnon", "RssShmem"))


def _memory(process: Path) -> int:
    return _owned(_fields((process / "status").read_text("utf-8", "replace")))
