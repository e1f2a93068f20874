"""Waits for somebody to type."""

import contextlib
import getpass
import os
import sys

for ask in (
    lambda: input("Your name? "),
    lambda: getpass.getpass("Your password? "),
    lambda: sys.stdin.read(),
    lambda: sys.__stdin__.read(),
    lambda: os.read(0, 1),
    lambda: open("/dev/tty").read(),
    lambda: open("/dev/stdin").read(),
):
    with contextlib.suppress(Exception):
        ask()
        print("answered")


def double(x):
    import pdb

    pdb.set_trace()
    return float(input("Twice of this? ") or -12345.678)


# %% total
def total(x):
    return breakpoint()
