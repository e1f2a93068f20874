"""Recurses without a limit, and answers with things that are nested 100,000 deep or hold themselves."""

import sys

sys.setrecursionlimit(2**31 - 1)


def double(x):
    return double(x) + double(x)


# %% total
def total(x):
    for _ in range(100_000):
        x = x * 1.00001 + 1
    return x.requires_grad_() if x.is_leaf else x


# %% squares
squares = []
for _ in range(100_000):
    squares = [squares]

# %% model
model = torch.nn.Sequential()
model.me = [model]
for _ in range(5000):
    model = torch.nn.Sequential(model)


# %% parts
def parts(n):
    answer = [n]
    answer.append(answer)
    nested = {}
    for _ in range(100_000):
        nested = {"x": (nested,)}
    return [answer, nested]
