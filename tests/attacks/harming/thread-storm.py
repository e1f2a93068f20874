"""Starts sleeping threads until no more can be had; none of them is a daemon, so that the process does not end."""

import threading
import time

with_stack = 0
for size in (64 << 20, 32 << 10):
    try:
        threading.stack_size(size)
        while True:
            threading.Thread(target=time.sleep, args=(10**6,)).start()
            with_stack += 1
    except BaseException as error:
        print(with_stack, type(error).__name__)


def double(x):
    while True:
        try:
            threading.Thread(target=double, args=(x,)).start()
        except BaseException:
            pass
