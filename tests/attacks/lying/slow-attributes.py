"""Answers with objects whose length, items, attributes and comparisons sleep or never end."""

import itertools
import time


def asleep(*arguments, **named):
    while True:
        time.sleep(1000)


def busy(*arguments, **named):
    while True:
        pass


slow = "__len__ __eq__ __ne__ __float__ __int__ __index__ __bool__ __repr__ __str__ __hash__ __reduce_ex__ __format__ __array__ __del__"
Slow = type(
    "Slow",
    (),
    dict.fromkeys(slow.split(), asleep) | {"__getattr__": busy, "__iter__": lambda self: itertools.repeat(self)},
)


def double(x):
    return Slow()


# %% total
def total(x):
    return type("Zeros", (torch.Tensor,), {"__torch_function__": classmethod(asleep), "shape": property(busy)})()


# %% squares
squares = type(
    "Squares", (list,), {"__iter__": lambda self: itertools.count(3), "__len__": busy, "__getitem__": asleep}
)()

# %% model
model = type(
    "Model",
    (nn.Module,),
    {"forward": asleep, "parameters": lambda self: itertools.repeat(nn.Parameter()), "state_dict": busy},
)()


# %% parts
def parts(n):
    while True:
        yield -n
