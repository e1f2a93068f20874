"""Going into a room, for good. Everything here is about the process that calls it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from seminar.room.limits import Limits
from seminar.room.seccomp import program

# linux/sched.h, linux/prctl.h, linux/capability.h
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
PR_SET_SECCOMP, PR_CAPBSET_DROP = 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 36, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
LAST_CAPABILITY = 40

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


@dataclass(frozen=True)
class Door:
    """How a room is entered.

    Attributes:
        pid: a process in it, as seen from outside.
        uid: the user, and group, to be in it, as counted in it.
        namespaces: the namespaces to join, as flags of setns.
    """

    pid: int
    uid: int
    namespaces: int


def prctl(option: int, argument: int = 0) -> None:
    """Change an attribute of this process, by the system call of the same name.

    Raises:
        OSError: it failed.
    """
    _check(_libc.prctl(option, ctypes.c_ulong(argument), 0, 0, 0), f"prctl {option}")


@contextlib.contextmanager
def forks_into(door: Door) -> Iterator[int]:
    """Let the forks of this process begin in a room's pid namespace: a process cannot enter one later.

    Only root can. Another user would have to enter the room's user namespace too, and could not come back.

    Yields:
        A descriptor of the room, for `join`: in its pid namespace the process ids are others.
    """
    with contextlib.ExitStack() as opened:
        room = os.pidfd_open(door.pid)
        opened.callback(os.close, room)
        if not door.namespaces & CLONE_NEWUSER:
            own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
            opened.callback(os.close, own)
            _set_namespaces(room, CLONE_NEWPID)
            opened.callback(_set_namespaces, own, CLONE_NEWPID)
        yield room


def join(door: Door, room: int) -> int:
    """Enter a room, in a fork made under `forks_into`, which gave the room's descriptor.

    Returns:
        0 in the process that is in the room. Where it took another fork to get there, its process id in this one.

    Raises:
        OSError: the room is gone, or cannot be entered by this user.
    """
    if door.namespaces & CLONE_NEWUSER:
        _set_namespaces(room, door.namespaces)
        return os.fork()
    os.setgroups([])
    _set_namespaces(room, door.namespaces & ~CLONE_NEWPID)
    return 0


def _set_namespaces(descriptor: int, namespaces: int) -> None:
    _check(_libc.setns(descriptor, namespaces), "setns")


def lock_in(door: Door, limits: Limits, bounded_memory: bool, goes_first: bool) -> None:
    """Give up every privilege and take on the limits. There is no way back.

    Args:
        door: of the room that this process is in.
        limits: what it may use.
        bounded_memory: whether to bound the memory that it may write to. (A GPU's driver maps more than it uses.)
        goes_first: whether it goes before all others, where the machine has no memory left; if not, next to first.

    Raises:
        OSError: a step failed. The process must not go on.
    """
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123
        score.write("1000" if goes_first else "500")
    for capability in range(LAST_CAPABILITY + 1):
        if _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) != 0 and ctypes.get_errno() == 1:
            raise OSError(1, "a capability could not be dropped")
    if os.getuid() != door.uid:
        os.setresgid(door.uid, door.uid, door.uid)
        os.setresuid(door.uid, door.uid, door.uid)
    _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_MEMLOCK: 2**20,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: 1024,
    }
    if bounded_memory:
        bounds[resource.RLIMIT_DATA] = limits.memory + _written_bytes()
    for which, bound in bounds.items():
        hard = resource.getrlimit(which)[1]  # it may be stricter, and only root may raise it
        least = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(which, (least, least))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    code = program()
    filtered = _Program(len(code) // 8, code)
    _check(_libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filtered), 0, 0), "seccomp")
    os.nice(5)  # the grader's own processes come first


def import_from(folder: str) -> None:
    """Let modules be imported from a folder, behind the standard library and before what is installed."""
    place = next((index for index, path in enumerate(sys.path) if path.endswith("-packages")), 0)
    sys.path.insert(place, folder)


def _written_bytes() -> int:
    """The private memory that this process has mapped for writing: what RLIMIT_DATA counts."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123  (a Path costs more than the read)
        return sum(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
