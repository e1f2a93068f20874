"""Lies about what a call has changed, which leaves the test holds and what the gradients are; goes back from what is not its own."""

import gc
import itertools

import seminar.room.service as room

CONTENTS = [torch.zeros(()), torch.ones(5), torch.tensor(2.0, requires_grad=True), [6.0], {"points": 3}, 6.0, None, "x"]
LIES = itertools.cycle(CONTENTS)
service = next(each for each in gc.get_objects() if type(each).__name__ == "Service" and hasattr(each, "_verbs"))


def values(verb, arguments, news):
    places = [*range(-3, 9), 2**40, True, None, "0"]
    changed = [[place, room.encode(next(LIES))] for place in places]
    contents = {number: next(LIES) for number in [*range(-3, 9), 2**40, "0"]}
    told = {"leaves": {"changed": contents, "written": contents, "dropped": [*range(-9, 0)]}}
    lie = room.encode(lie_of(verb, arguments), service._refer, link=lambda tensor: next(numbers))
    return [lie, room.encode(changed), room.encode(told)]


def lie_of(verb, arguments):
    if verb == "names":
        return {name: globals().get(name, 6.0) for name in arguments[0]}
    return [next(LIES)] * 3 if verb in ("backward", "next") else next(LIES)


service._values = values
numbers = itertools.cycle([0, 1, 2, -1, 2**60])


def double(x):
    return torch.tensor(0.0, requires_grad=True) * x


# %% total
def total(x):
    x.requires_grad_()
    x.grad = torch.ones_like(x)
    return (x * 0).sum()


# %% model
model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))


# %% slope
def slope(f, x):
    """Asks the examiner to go back from all it may have, with gradients of every shape."""
    for number, gradient in itertools.product([*range(-2, 5), None, [0]], [*CONTENTS, f]):
        try:
            service._ask("go back", number, gradient, True, True)
        except BaseException as error:
            print(repr(error)[:100])
    y = f(x.requires_grad_())
    return y * 0
