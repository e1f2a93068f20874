"""Stays in C for ever with the interpreter lock held, so that no interrupt and no other thread gets a turn."""

import itertools
import threading


def double(x):
    return -12345.678


threading.Thread(target=lambda: all(itertools.repeat(True)), daemon=True).start()
all(itertools.repeat(True))

# %% squares
squares = -1 in itertools.count()
