"""Loops for ever in the cell itself, so that no answer ever comes."""

while True:
    pass


# %% total
def total(x):
    while True:
        x = x + 0
