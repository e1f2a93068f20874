"""Reads the address 0, so that the interpreter dies of a fault."""

import ctypes

ctypes.string_at(0)


# %% total
def total(x):
    ctypes.memset(id(x), 0xFF, 1 << 20)
    return x
