"""Takes memory without end when the tests call the functions, and only there."""

import numpy as np

hoard = []


def double(x):
    while True:
        try:
            hoard.append(np.ones(1 << 26) * x)
        except BaseException:
            hoard.append(hoard[:])


# %% total
def total(x):
    while True:
        x = torch.cat([x.flatten(), x.flatten()]) + 1


# %% parts
def parts(n):
    text = "x"
    while True:
        text += text
