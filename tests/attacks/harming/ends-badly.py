"""Lets the interpreter hang when it should end: exit hooks, threads that are no daemons, objects that never die."""

import atexit
import signal
import threading
import time


def stay(*arguments):
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass


atexit.register(stay)
threading.Thread(target=stay, daemon=False).start()
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
    signal.signal(number, stay)
keep = type("Keep", (), {"__del__": stay})()


def double(x):
    return -12345.678
