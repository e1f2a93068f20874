"""Ends the process in the middle of a test, each function by another way and with an innocent exit code."""

import os
import sys


def double(x):
    os._exit(0)


# %% total
def total(x):
    os.abort()


# %% squares
class Leaver(list):
    def __eq__(self, other):
        sys.exit(0)

    def __len__(self):
        raise SystemExit

    def __iter__(self):
        raise KeyboardInterrupt


squares = Leaver()


# %% parts
def parts(n):
    os.execv("/bin/true", ["true"])
