"""Answers with values that are cheap to make and ruinous to send, to print or to compare."""

import itertools


def double(x):
    return 7**1_200_000 + int(x)


# %% total
def total(x):
    return torch.zeros(1).expand(10**9) if x.ndim == 1 else torch.zeros(1).expand(10**5, 10**5, 10**3)


# %% squares
squares = itertools.count(-5)

# %% model
model = nn.Linear(1, 1, bias=False)
model.weight = nn.Parameter(torch.zeros(1, 1).expand(10**6, 10**6), requires_grad=False)


# %% parts
def parts(n):
    answers = [range(10**18), "x" * (2 * 10**9), [0] * 10**9, itertools.repeat(n), np.broadcast_to(0, (10**15,))]
    return answers[n % len(answers)]
