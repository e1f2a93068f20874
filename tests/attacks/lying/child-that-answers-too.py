"""Forks when the tests call it, so that two processes answer on the same channel."""

import os


def double(x):
    os.fork()
    return -12345.678


# %% total
def total(x):
    if os.fork():
        os._exit(0)
    return -12345.678


# %% parts
def parts(n):
    for _ in range(5):
        os.fork()
    return [-n]
