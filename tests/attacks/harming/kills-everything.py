"""Stops and then kills every process that it can reach: all, its group, and each one in /proc."""

import contextlib
import os
import signal

me = {os.getpid()}
others = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in me]
for number in (signal.SIGSTOP, signal.SIGKILL):
    for process in [os.getppid() or 1, *others]:
        with contextlib.suppress(Exception):
            os.kill(process, number)
    with contextlib.suppress(Exception):
        os.kill(-1, number)
for process in others:
    with contextlib.suppress(Exception):
        if os.getpgid(process) not in (0, os.getpgrp()):
            os.killpg(os.getpgid(process), signal.SIGKILL)
os.killpg(0, signal.SIGKILL)
