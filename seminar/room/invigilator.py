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
from seminar.text import readable_size, readable_time

INTERVAL = 0.1  # seconds between two looks
# Processes of a room that may share the warm parent's memory: a loader has as many workers as there are cores.
SHARING = max(8, 2 * (os.cpu_count() or 1))
FOLDERS = (HOME, "/tmp", "/dev/shm")


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
        self._done = threading.Event()
        self._end = time.monotonic() + limits.wall

    def run(self) -> None:
        """Look at the room until it is gone."""
        try:
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
            own = 0
            for line in status.splitlines():
                if line.startswith(("RssAnon:", "RssShmem:")):
                    own += int(line.split()[1]) * 1024
                elif line.startswith("Threads:"):
                    threads += int(line.split()[1])
            owns.append(own)
        owns.sort(reverse=True)
        return sum(max(0, own - self._base) for own in owns[:SHARING]) + sum(owns[SHARING:]), threads

    def _statuses(self) -> list[str]:
        found = []
        with contextlib.suppress(OSError):
            for process in (self._inside / "proc").iterdir():
                if process.name.isdigit():
                    with contextlib.suppress(OSError):
                        found.append((process / "status").read_text("utf-8", "replace"))
        return found

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
