"""Answers each question with a value of another type than the question can have: lengths that are texts, items that are numbers."""

import gc
import itertools

WRONG = itertools.cycle(["yes", True, -1, 2.5, float("nan"), None, [], {}, b"", 2**70, ..., range(3), [[]], {"a": 1}, slice(1)])
for service in [each for each in gc.get_objects() if type(each).__name__ == "Service" and hasattr(each, "_verbs")]:
    for verb in list(service._verbs):
        service._verbs[verb] = lambda *arguments: next(WRONG)
    service._values = lambda verb, *about: list(itertools.islice(WRONG, len(verb) % 5))


def double(x):
    return "6.0"


# %% total
def total(x):
    return {"shape": ()}


# %% squares
squares = 9

# %% parts
def parts(n):
    return True
