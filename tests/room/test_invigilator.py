"""Limits: what takes too much fails or is ended, and the rest of the machine does not notice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from seminar.room.invigilator import Invigilator
from seminar.room.limits import Limits
from seminar.room.parent import Candidate, Parent
from seminar.text import MIB
from tests.room.inside import Kernel, becomes_true, kernel_in_a_room, run_in_a_room

SMALL: dict[str, Any] = {
    "memory": 600 * MIB,
    "processes": 48,
    "file_size": 4 * MIB,
    "disk": 8 * MIB,
    "files": 500,
    "wall": 30.0,
}


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("b = bytearray(700 * 2**20)", "MemoryError"),
        ("import torch\nt = torch.ones(700 * 2**18)", "RuntimeError"),
        ("open('large', 'wb').write(bytes(5 * 2**20))", "OSError"),
        ("for n in range(9): open(f'/tmp/{n}', 'wb').write(bytes(2**20))", "No space left"),
        ("import os, time\nfor _ in range(99):\n    if os.fork() == 0: time.sleep(60)", "BlockingIOError"),
        (
            "import threading, time\nfor _ in range(99): threading.Thread(target=time.sleep, args=(9,)).start()",
            "can't start",
        ),
        ("files = [open('/dev/null') for _ in range(2000)]", "Too many open files"),
    ],
)
def test_what_takes_too_much_fails(source: str, error: str) -> None:
    assert error in run_in_a_room(source, limits=SMALL)


@pytest.fixture
def watched() -> Iterator[tuple[Kernel, Invigilator]]:
    with kernel_in_a_room(limits=SMALL) as kernel:
        invigilator = Invigilator(kernel.candidate, Limits(**SMALL))
        invigilator.start()
        yield kernel, invigilator
        invigilator.stop()


SHARES = """import os
for _ in range(3):
    if os.fork() == 0:
        b = bytearray(b"x") * (300 * 2**20)
        import time; time.sleep(60)
import time; time.sleep(60)"""
ANEW = """import subprocess, sys, time
hold = "import time; held = b'x' * (120 * 2**20); time.sleep(60)"
anew = [subprocess.Popen([sys.executable, "-S", "-E", "-c", hold]) for _ in range(20)]
time.sleep(60)"""
NAMED = """import os, subprocess, time
name = "/tmp/\x0cRssAnon: -9999"
os.symlink("/usr/bin/sleep", name)
named = [subprocess.Popen([name, "60"]) for _ in range(25)]
os.fork()
held = bytearray(b"x") * (350 * 2**20)
time.sleep(60)"""
MANY_SOCKETS = """import os, socket, time
os.fork(), os.fork(), os.fork()
held = [socket.socketpair() for _ in range(200)]
time.sleep(60)"""
MANY_FILES = "for n in range(600): open(f'{n}', 'w').close()\nimport time; time.sleep(60)"


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        (SHARES, "it took more than 600 MiB of memory"),
        (ANEW, "it took more than 600 MiB of memory"),
        (NAMED, "it took more than 600 MiB of memory"),
        (MANY_SOCKETS, "it took more than 600 MiB of memory"),
        (MANY_FILES, "it made more than 500 files in a folder"),
    ],
)
def test_a_room_that_takes_too_much_in_all_is_ended(
    watched: tuple[Kernel, Invigilator], source: str, verdict: str
) -> None:
    kernel, invigilator = watched
    kernel.client.execute(source)
    assert becomes_true(kernel.candidate.room.is_gone, 30)
    assert invigilator.verdict == verdict


def test_a_room_that_takes_too_long_is_ended() -> None:
    with kernel_in_a_room() as kernel:
        invigilator = Invigilator(kernel.candidate, Limits(wall=0.5))
        invigilator.start()
        assert becomes_true(kernel.candidate.room.is_gone, 30)
        assert invigilator.verdict == "the whole notebook took more than 0.5 s"


def test_a_room_that_keeps_to_its_limits_is_left_alone(watched: tuple[Kernel, Invigilator]) -> None:
    kernel, invigilator = watched
    assert (
        kernel.run("b = bytearray(b'x') * (200 * 2**20)\nimport time; time.sleep(0.5); print(len(b))")
        == f"{200 * MIB}\n"
    )
    invigilator.stop()
    assert invigilator.verdict is None
    assert 150 * MIB < invigilator.memory < 400 * MIB
    assert invigilator.network == 0


@pytest.mark.parametrize(
    "reach",
    [
        "socket.create_connection(('192.0.2.7', 80), timeout=1)",
        "socket.getaddrinfo('example.org', 80)",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'x', ('2001:db8::1', 53))",
        "import urllib.request; urllib.request.urlopen('http://example.org', timeout=1)",
    ],
)
def test_who_tries_to_reach_the_network_is_seen(watched: tuple[Kernel, Invigilator], reach: str) -> None:
    kernel, invigilator = watched
    assert "error" in kernel.run(f"import socket\n{reach}").lower()
    invigilator.stop()
    assert invigilator.network > 0


def test_its_own_machine_is_no_network(watched: tuple[Kernel, Invigilator]) -> None:
    kernel, invigilator = watched
    serve = "import socket\nserver = socket.create_server(('127.0.0.1', 0))"
    assert kernel.run(f"{serve}\nclient = socket.create_connection(server.getsockname()); print('ok')") == "ok\n"
    invigilator.stop()
    assert invigilator.network == 0


def test_a_room_that_has_ended_is_left(parent: Parent) -> None:
    candidate: Candidate = parent.admit(Limits(), examined=False)
    invigilator = Invigilator(candidate, Limits())
    candidate.end()
    invigilator.start()
    invigilator.join(10)
    assert not invigilator.is_alive()
    assert invigilator.verdict is None
