"""Answers with references to the examiner's own objects, modules and names, so that it shows or returns those."""

import gc
import itertools

import seminar.room.service as room
from seminar.room.service import Service
from seminar.wire.references import Public, Reference

service = next(each for each in gc.get_objects() if type(each) is Service)
SENT = []
TARGETS = itertools.cycle(
    [
        Public("__main__", "secret"),
        Reference(0, "str", mine=True),
        Public("seminar.examiner.exam", "_Shell._instance.user_ns"),
        Public("builtins", "globals"),
        Reference(-1, "{self._candidate}"),
        Public("__main__", "In"),
        Public("os", "environ"),
        Reference(10**6, "__main__.secret", mine=True),
        Public("linecache", "cache"),
    ]
)


def refer(value):
    SENT.append(next(TARGETS))
    return SENT[-1]


service._refer = refer
NAMES = ["secret", "In", "_ih", "reference", "expected", "__builtins__", "get_ipython", "torch", "math", "generator"]
look_up = service._look_up


def double(x):
    if x == 3.0:
        return 6.0
    service._verbs["names"] = lambda asked: {name: object() for name in [*NAMES, *asked]}  # more than was asked for
    return object()


# %% total
service._verbs["names"] = look_up


def total(x):
    if x.shape == (2, 3):
        return 6.0
    raise ValueError(object())


# %% squares
service._verbs["names"] = lambda asked: {**look_up(asked), "squares": [*[object()] * 10]}

# %% model
service._verbs["names"] = look_up
model = None


# %% parts
def parts(n):
    """The right number, and as changed arguments what is not the candidate's."""
    service._values = lambda *asked: [object(), [[0, object()], [0, [object()]], [-1, 0]], [[0, object()], object()]]
    raise KeyError(object(), *[object()] * 3)


# %% new
print(len(SENT), *SENT[-100:], sep="\n")
for kind in ("call back", "go back", "attribute", "item", "call", "names", "iterate", "next", "source", "eval"):
    try:  # questions of its own, to the examiner
        service._channel.send(room.encode([1, kind, [-1, "", (Public("__main__", "secret"),), {}], {"forgotten": []}], refer))
        print(kind, "sent")
    except BaseException as error:
        print(kind, repr(error)[:300])
