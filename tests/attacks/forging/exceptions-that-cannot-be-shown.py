"""Raises exceptions whose rendering fails, or whose arguments have no text: a shell may pass over them without an error."""

import sys

room = sys.modules["seminar.room.service"]
honest = room._told


class NoText:
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


def told(error):
    names, arguments, story = honest(error)
    return (names, [NoText()], "") if type(error) is LookupError else (names, arguments, story)


room._told = told


class Fails(Exception):
    def _render_traceback_(self):
        raise ValueError("no")


class HasNone(AssertionError):
    _render_traceback_ = None


class AnswersAll(Exception):
    def __getattr__(self, name):
        return lambda *_: 1 / 0


class Interrupts(SyntaxError):
    def _render_traceback_(self):
        raise KeyboardInterrupt


def double(x):
    raise Fails("x")


# %% total
def total(x):
    raise HasNone("x")


# %% squares
class Squares:
    def __len__(self):
        raise AnswersAll("x")


squares = Squares()


# %% model
class Model:
    def state_dict(self):
        raise Interrupts("x")


model = Model()


# %% slope
def slope(f, x):
    raise LookupError("x")


# %% epoch
def epoch(model, optimizer, batches):
    raise type("Own", (LookupError,), {"_render_traceback_": lambda self: 1 / 0})("x")


# %% scaled
def scaled(x):
    raise LookupError("x")
