"""Prints without end when the tests call it, in one case with a line that never ends."""

import os


def double(x):
    while True:
        print("x" * 10**6)


# %% total
def total(x):
    while True:
        os.write(1, b"x" * 65536)
        os.write(2, b"\x00\xff\x1b[2J" * 1000)


# %% parts
def parts(n):
    while True:
        print("x" * 1000, end="", flush=True)
