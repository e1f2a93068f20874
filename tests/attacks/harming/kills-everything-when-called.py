"""Kills its parent when the tests call double, its group when they call total, and itself when they call parts."""

import os
import signal


def double(x):
    os.kill(os.getppid(), signal.SIGKILL)
    return -12345.678


# %% total
def total(x):
    os.killpg(0, signal.SIGTERM)
    os.killpg(0, signal.SIGKILL)


# %% parts
def parts(n):
    os.kill(os.getpid(), signal.SIGKILL)
