"""A filter of system calls for what is in a room, as a program for the kernel's classic BPF.

Namespaces, users and empty capabilities already deny most of what is named here. The filter takes away what they
leave: new namespaces (in which a process would have every capability again), looking into other processes, memory that
no limit counts, and parts of the kernel that have no use in a notebook. A denied call fails with EPERM: nobody dies.
Source of the format: linux/filter.h, linux/seccomp.h; of the numbers: asm/unistd_64.h, asm-generic/unistd.h.
"""

from __future__ import annotations

import errno
import platform
import struct

# name: (number on x86-64, number on aarch64)
DENIED: dict[str, tuple[int, int]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "vmsplice": (278, 75),
    "personality": (135, 92),
    "syslog": (103, 116),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
}
CLONE = (56, 220)
CLONE3 = (435, 435)  # its flags are in memory, where no filter looks: libraries fall back to clone
IOCTL = (16, 29)
SOCKET = (41, 198)
SETSOCKOPT = (54, 208)

NEW_NAMESPACES = 0x7E020080  # CLONE_NEWUSER|NEWPID|NEWNET|NEWIPC|NEWUTS|NEWCGROUP|NEWNS|NEWTIME
FAMILIES = (1, 2, 10, 16)  # AF_UNIX, and those that a room's network namespace shuts in: AF_INET, AF_INET6, AF_NETLINK
SOL_SOCKET = 1
BUFFERS = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF, and both by force: what waits in a socket is no process's memory
TIOCSTI, TIOCLINUX = 0x5412, 0x541C  # to type into a terminal

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000

_Line = tuple[int, int, int, int]  # operation, jump if true, jump if false, operand
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NUMBER, _ARCH, _ARGUMENT_0, _ARGUMENT_1, _ARGUMENT_2 = 0, 4, 16, 24, 32  # offsets in struct seccomp_data, low halves


def _deny(code: int) -> int:
    return 0x00050000 | code


def _on(number: int, lines: list[_Line]) -> list[_Line]:
    """Lines for one system call: the others go on behind them."""
    return [(_EQUAL, 0, len(lines), number), *lines]


def program(machine: str | None = None) -> bytes:
    """The filter as an array of `struct sock_filter`.

    Args:
        machine: as `platform.machine` names it; this one by default.

    Raises:
        NotImplementedError: the numbers of the machine's system calls are not known here.
    """
    machine = machine or platform.machine()
    if machine not in AUDIT_ARCH:
        raise NotImplementedError(f"no filter of system calls is known for {machine}")
    column = 0 if machine == "x86_64" else 1
    lines: list[_Line] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, X32),
        (_RETURN, 0, 0, _deny(errno.ENOSYS)),
    ]
    for numbers in DENIED.values():
        lines += _on(numbers[column], [(_RETURN, 0, 0, _deny(errno.EPERM))])
    lines += _on(CLONE3[column], [(_RETURN, 0, 0, _deny(errno.ENOSYS))])
    new_namespaces = [(_LOAD, 0, 0, _ARGUMENT_0), (_ANY_BIT, 0, 1, NEW_NAMESPACES)]
    typing = [(_LOAD, 0, 0, _ARGUMENT_1), (_EQUAL, 1, 0, TIOCSTI), (_EQUAL, 0, 1, TIOCLINUX)]
    for number, denied in ((CLONE, new_namespaces), (IOCTL, typing)):
        lines += _on(number[column], [*denied, (_RETURN, 0, 0, _deny(errno.EPERM)), (_RETURN, 0, 0, _ALLOW)])
    families = [(_EQUAL, len(FAMILIES) - place, 0, family) for place, family in enumerate(FAMILIES)]
    lines += _on(SOCKET[column], [(_LOAD, 0, 0, _ARGUMENT_0), *families, (_RETURN, 0, 0, _deny(errno.EAFNOSUPPORT))])
    # A library that asks for a larger buffer is told that it has it: that it has not, does no harm.
    sizes = [
        (_EQUAL, len(BUFFERS) - place - 1, int(place == len(BUFFERS) - 1), size) for place, size in enumerate(BUFFERS)
    ]
    level = [(_LOAD, 0, 0, _ARGUMENT_1), (_EQUAL, 0, len(sizes) + 2, SOL_SOCKET), (_LOAD, 0, 0, _ARGUMENT_2), *sizes]
    lines += _on(SETSOCKOPT[column], [*level, (_RETURN, 0, 0, _deny(0)), (_RETURN, 0, 0, _ALLOW)])
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("<HBBI", *line) for line in lines)
