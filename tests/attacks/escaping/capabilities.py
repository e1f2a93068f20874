"""Tries to become root and to raise its limits, by system calls and by programs that are set-uid."""

import contextlib
import ctypes
import os
import resource
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_SECCOMP = 38, 47, 4, 8, 22
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
all_of_them = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
for name, attempt in {
    "capset": lambda: libc.capset(header, all_of_them),
    "no_new_privs off": lambda: libc.prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0),
    "ambient": lambda: [libc.prctl(PR_CAP_AMBIENT, 2, number, 0, 0) for number in range(41)],
    "dumpable": lambda: libc.prctl(PR_SET_DUMPABLE, 2, 0, 0, 0),
    "keepcaps": lambda: libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0),
    "seccomp off": lambda: libc.prctl(PR_SET_SECCOMP, 0, 0, 0, 0),
    "setuid": lambda: os.setuid(0),
    "setresuid": lambda: os.setresuid(0, 0, 0),
    "setgid": lambda: os.setgid(0),
    "setgroups": lambda: os.setgroups([0, 6, 999]),
    "nice": lambda: os.nice(-20),
    "real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)),
    "chown": lambda: os.chown(".", 0, 0),
    **{
        kind: lambda kind=kind: resource.setrlimit(getattr(resource, kind), (-1, -1))
        for kind in dir(resource)
        if kind.startswith("RLIMIT_")
    },
}.items():
    with contextlib.suppress(Exception):
        print(name, attempt())
for command in (
    "sudo -n id",
    "su -c id",
    "pkexec id",
    "doas -n id",
    "passwd -S",
    "newgrp root",
    "mount",
    "find / -xdev -perm -4000",
    "getcap -r /usr/bin",
    "capsh --print",
):
    with contextlib.suppress(Exception):
        done = subprocess.run(command.split(), capture_output=True, timeout=10, stdin=subprocess.DEVNULL)
        print(command, done.returncode, done.stdout[:500])
print(os.getresuid(), open("/proc/self/status").read())
