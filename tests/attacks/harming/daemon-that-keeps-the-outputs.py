"""Leaves a child that holds every inherited descriptor open and sleeps, so that a reader waits for an end that never comes."""

import contextlib
import os
import signal
import time

for name in os.listdir("/proc/self/fd"):
    with contextlib.suppress(Exception):
        os.set_inheritable(int(name), True)

if os.fork() == 0:
    with contextlib.suppress(Exception):
        os.setsid()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        with contextlib.suppress(Exception):
            signal.signal(number, signal.SIG_IGN)
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(10**6)


# %% total
def total(x):
    if os.fork() == 0:
        time.sleep(10**6)
    os._exit(0)
