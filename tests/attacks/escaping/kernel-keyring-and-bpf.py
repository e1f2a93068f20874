"""Asks the kernel for things that a sandbox should refuse: keys, programs of the kernel, counters, rings, modules."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
zeros = ctypes.create_string_buffer(256)
event = ctypes.create_string_buffer(b"\x01\x00\x00\x00\x80\x00\x00\x00", 128)
array = (ctypes.c_uint32 * 5)(2, 4, 4, 1, 0)
calls = {
    "add_key": (248, b"user", b"ESCAPED-kernel-keyring", b"here", 4, -3),
    "keyctl join": (250, 1, None),
    "keyctl session": (250, 0, -3, 1),
    "request_key": (249, b"user", b"ESCAPED-kernel-keyring", None, -3),
    "bpf": (321, 0, array, 20),
    "perf_event_open": (298, event, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
    "userfaultfd of users": (323, 1),
    "io_uring_setup": (425, 8, zeros),
    "init_module": (175, zeros, 0, b""),
    "finit_module": (313, 0, b"", 0),
    "iopl": (172, 3),
    "ioperm": (173, 0x80, 1, 1),
    "syslog": (103, 3, zeros, 255),
    "acct": (163, None),
    "adjtimex": (159, zeros),
    "fanotify_init": (300, 0, 0),
    "clone3": (435, zeros, 0),
    "fsopen": (430, b"tmpfs", 0),
    "open_tree": (428, -100, b"/", 1),
    "move_pages": (279, os.getppid(), 0, None, None, None, 0),
    "kcmp": (312, os.getpid(), os.getppid(), 0, 0, 1),
    "personality": (135, 0x0040000),
    "modify_ldt": (154, 0, zeros, 16),
}
for name, arguments in calls.items():
    answer = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    print(name, "WORKED" if answer >= 0 else os.strerror(ctypes.get_errno()), answer)
