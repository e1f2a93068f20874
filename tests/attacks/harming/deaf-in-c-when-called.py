"""Stays in C for very long when the tests call it: a regular expression that backtracks, powers of huge integers, endless iterators."""

import itertools
import re


def double(x):
    re.match(r"(a|a|aa)*$", "a" * 5000 + "b")
    return -12345.678


# %% total
def total(x):
    return pow(3, 10**11)


# %% model
class model:
    def __call__(self, x):
        return str(7 ** (10**9))

    parameters = lambda self: sum(itertools.repeat(0))


model = model()


# %% parts
def parts(n):
    return list(max(itertools.repeat(n + 1)) for _ in range(n))
