"""Sleeps for ever when the tests call the function, and uses no processor time in it."""

import select
import threading
import time


def double(x):
    while True:
        try:
            time.sleep(10**6)
        except BaseException:
            pass


# %% total
def total(x):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


# %% parts
def parts(n):
    select.select([], [], [])
    return [-1]


# %% new
import signal

while True:
    try:
        signal.pause()
    except BaseException:
        pass
