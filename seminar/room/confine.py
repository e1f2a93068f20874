"""Going into a room, for good. Everything here is about the process that calls it."""

from __future__ import annotations

import ctypes
import os
import resource
from dataclasses import dataclass

from seminar.room.limits import Limits
from seminar.room.seccomp import program

# linux/sched.h, linux/prctl.h, linux/capability.h
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
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


def join(door: Door) -> None:
    """Enter the namespaces of a room. The pid namespace counts for children only.

    Raises:
        OSError: the room is gone, or cannot be entered by this user.
    """
    if os.geteuid() == 0:
        os.setgroups([])
    descriptor = os.pidfd_open(door.pid)
    try:
        _check(_libc.setns(descriptor, door.namespaces), "setns")
    finally:
        os.close(descriptor)


def lock_in(door: Door, limits: Limits, bounded_memory: bool = True) -> None:
    """Give up every privilege and take on the limits. There is no way back.

    Args:
        door: of the room that this process is in.
        limits: what it may use.
        bounded_memory: whether to bound the memory that it may write to. (A GPU's driver maps more than it uses.)

    Raises:
        OSError: a step failed. The process must not go on.
    """
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
        resource.setrlimit(which, (bound, bound))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    code = program()
    filtered = _Program(len(code) // 8, code)
    _check(_libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filtered), 0, 0), "seccomp")
    os.nice(5)  # the grader's own processes come first


def _written_bytes() -> int:
    """The private memory that this process has mapped for writing: what RLIMIT_DATA counts."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123  (a Path costs more than the read)
        return sum(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
