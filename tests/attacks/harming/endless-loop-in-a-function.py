"""Ends its cell at once, but the function never returns when the tests call it."""

import itertools


def double(x: float) -> float:
    while True:
        x = -x


# %% total
def total(x):
    for _ in itertools.count():
        try:
            x = x * 1
        except BaseException:
            pass


# %% parts
def parts(n):
    return [d for d in itertools.count(n + 1) if d < n]
