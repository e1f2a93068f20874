"""Closes every descriptor of its process, in the cell and again in the functions."""

import os


def double(x):
    os.closerange(0, 65536)
    return -12345.678


os.closerange(3, 65536)
print("still here")
os.closerange(0, 3)


# %% total
def total(x):
    for number in range(65536):
        try:
            os.close(number)
        except OSError:
            pass
    return -12345.678
