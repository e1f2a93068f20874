"""Overflows the stack of C in the cell, through deep source text and a recursive repr."""

import contextlib
import sys

sys.setrecursionlimit(2**31 - 1)
for text in ("(" * 10**5 + ")" * 10**5, "-" * 10**6 + "1", "x" + ".x" * 10**6):
    with contextlib.suppress(BaseException):
        compile(text, "deep", "eval")


class Deep:
    def __repr__(self):
        return repr(Deep())

    def __getattr__(self, name):
        return getattr(Deep(), name)


Deep()

# %% squares
squares = None
for _ in range(10**7):
    squares = (squares,)
del squares
