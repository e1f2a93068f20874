"""Takes memory through torch, which does not ask Python for it."""

import torch

hoard = []
size = 1 << 33
while True:
    try:
        hoard.append(torch.zeros(size, dtype=torch.uint8).fill_(1))
    except BaseException:
        size = max(size // 2, 1 << 12)

# %% model
model = torch.nn.Sequential(*[torch.nn.Linear(30000, 30000) for _ in range(1000)])
