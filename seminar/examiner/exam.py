"""The examiner's process: given cells and test cells, run as in a notebook. It is forked for one submission.

It speaks with its owner (`seminar.examiner.process`) by messages of data too: a request is `[verb, ...]`, an answer
`[outputs (as JSON), execution count, whether the candidate was late, whether it is dead]`, or a traceback of its own.
"""

from __future__ import annotations

import contextlib
import json
import math
import numbers
import os
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import torch
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from traitlets import Type
from traitlets.config import Config

from seminar.examiner import elsewhere
from seminar.examiner.around import Around
from seminar.examiner.asking import Names
from seminar.examiner.client import Client, deadline_in
from seminar.examiner.handle import Handle
from seminar.examiner.outputs import Outputs, Stream, clean, cut
from seminar.examiner.pickles import Pickles
from seminar.examiner.raised import ENDING, stories
from seminar.room import quick
from seminar.room.confine import import_from
from seminar.wire.channel import Channel, ChannelClosedError
from seminar.wire.encoding import DATA

PARTS = 100  # of a traceback, at most
NO_TEXT = "(an error that cannot be shown)"
PICTURES = (list, tuple, dict, set, frozenset)  # what is left of matplotlib's functions where a test ends in one
NO_POINTS = (numbers.Number, Handle, *(kind for kind in DATA if kind not in PICTURES))
ROUNDING = 1e-9  # points by which a sum of points may be over what a test is worth


class Asked(TypedDict):
    """A test that is to be run.

    Attributes:
        source: its code.
        names: names that are the candidate's, even where a cell here has defined them.
        trained: names that are the candidate's, where it is a network or an optimizer that a cell here gave them.
        reached: names that are the candidate's, where it is a tensor.
        ours: names that are not, even where no cell here has defined them.
        points: what the test is worth.
        seconds: that the candidate has for all its answers together.
    """

    source: str
    names: list[str]
    trained: list[str]
    reached: list[str]
    ours: list[str]
    points: float
    seconds: float | None


class _Publisher(DisplayPublisher):
    def publish(self, data: dict[str, Any], metadata: Any = None, **kwargs: Any) -> None:
        self.shell.outputs.add({"output_type": "display_data", "data": clean(data), "metadata": metadata or {}})

    def clear_output(self, wait: bool = False) -> None:
        """A test's outputs stay."""


class _Hook(DisplayHook):  # its shell is a _Shell
    def __call__(self, result: Any = None) -> None:
        most = self.shell.points
        super().__call__(result if most is None else _points(result, most))

    def start_displayhook(self) -> None:
        """Nothing is written before the value."""

    def write_output_prompt(self) -> None:
        """The notebook has the count."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        self.shell.outputs.add(
            {
                "output_type": "execute_result",
                "data": clean(format_dict),
                "metadata": md_dict or {},
                "execution_count": self.shell.execution_count,
            }
        )

    def finish_displayhook(self) -> None:
        """Nothing is written after the value."""


class _Shell(InteractiveShell):
    """IPython's shell, with its outputs kept.

    Attributes:
        points: what the test at hand is worth; None for a given cell.
    """

    outputs: Outputs
    points: float | None = None
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        try:
            text = str(evalue)
        except Exception:  # what the submission raised may hold what has no text
            text = NO_TEXT
        self.outputs.add(_error(etype, cut(text), [*map(cut, [*stb[-PARTS:], *stories(evalue)])]))

    def init_history(self) -> None:
        super().init_history()
        self.history_manager.enabled = False


def _error(kind: type, text: str, lines: list[str]) -> dict[str, Any]:
    return {"output_type": "error", "ename": kind.__name__, "evalue": text, "traceback": lines}


def _points(value: Any, most: float) -> Any:
    """A test's last value as nbgrader can read it.

    It takes the text of a number for points, and gives all of them for what it cannot read (`array([0.])`, `0j`, a
    text, an object of the student's) and for what is less than 0, or not a number; at what is too large it fails.

    Args:
        value: the last value; None where there is none.
        most: what the test is worth.

    Raises:
        ValueError, OverflowError: a number or other data, or an object of the student's, that is no number of points.
    """
    if isinstance(value, (np.ndarray, np.generic, torch.Tensor)) and math.prod(value.shape) == 1:
        value = value.item()
    if value is None or value is True or not isinstance(value, NO_POINTS):
        return value
    if isinstance(value, numbers.Real) and value is not False:
        points = value if isinstance(value, int) else float(value)
        if 0 <= points <= most + ROUNDING:
            return min(points, most)
    raise ValueError(f"the last value of this test is {cut(repr(value), 100)}: that is no number from 0 to {most:g}")


def _learns(value: Any) -> bool:
    """Whether training changes an object."""
    if issubclass(type(value), nn.Module):  # no handle
        return any(weights.requires_grad for weights in value.parameters())
    return issubclass(type(value), Optimizer | LRScheduler)


@cache
def _shell() -> _Shell:
    """The process's shell. It is the one that IPython's own functions find, whichever there was before."""
    config = Config()
    config.HistoryManager.enabled = False
    with tempfile.TemporaryDirectory(prefix="seminar-") as folder:
        return _Shell(config=config, colors="nocolor", ipython_dir=folder, profile_dir=ProfileDir(location=folder))


def prepare() -> None:
    """Make the shell before any fork: it takes longer than a test."""
    quick.prepare_tracebacks(_shell())


class Exam:
    """Runs cells in one namespace, with the candidate's names where a test uses them."""

    def __init__(self, candidate: Channel) -> None:
        """Speak with a candidate.

        Args:
            candidate: the connection to it.
        """
        self._candidate = Client(candidate, Around(), lambda name: self._lent.lent.get(name), self._given_under)
        self._shell = _shell()
        InteractiveShell._instance = self._shell  # that display() and others are to find
        sys.modules["__main__"] = self._shell.user_module
        self._shell.outputs = Outputs()
        self._lent = self._shell.user_ns["__builtins__"] = Names(self._candidate.look_up)
        self._given: dict[str, Any] = {}
        self._changed: set[str] = set()  # names that a cell here gave, and that are the candidate's from then on
        self._sources = ""  # of the given cells
        self._pickles = Pickles()
        elsewhere.prepare(self._candidate)

    def given(self, source: str) -> list[Any]:
        """Run a given cell, which sees nothing of the candidate's."""
        self._shell.points = None
        self._sources += source + "\n"
        before = {**self._shell.user_ns}
        with self._shown():
            outcome = self._run(source)
        self._given |= {name: each for name, each in self._shell.user_ns.items() if before.get(name) is not each}
        return outcome

    def _given_under(self, name: str) -> Any:
        """What a given cell has made under a name, as long as it is there."""
        found = self._given.get(name)
        return found if self._shell.user_ns.get(name) is found else None

    def test(self, asked: Asked) -> list[Any]:
        """Run a test cell."""
        elsewhere.prepare_pyplot(self._candidate)
        self._shell.points = asked["points"]
        has = self._shell.user_ns
        changed = {*asked["names"], *(name for name in asked["trained"] if _learns(has.get(name)))}
        changed |= {
            name for name in asked["reached"] if type(has.get(name)) is torch.Tensor and has[name].requires_grad
        }
        self._changed |= changed
        for name in changed:
            has.pop(name, None)
        with self._shown(), self._pickles.refused():
            self._candidate.begin(deadline_in(asked["seconds"]), asked["source"], self._sources)
            return self._run(asked["source"], frozenset(asked["ours"]) - (self._changed - {*has}))

    @contextlib.contextmanager
    def _shown(self) -> Iterator[None]:
        """Within, what is shown is a cell's output."""
        self._shell.outputs = outputs = Outputs()
        with (
            contextlib.redirect_stdout(Stream(outputs, "stdout")),
            contextlib.redirect_stderr(Stream(outputs, "stderr")),
        ):
            yield

    def _run(self, source: str, ours: frozenset[str] | None = None) -> list[Any]:
        self._lent.begin(ours)
        try:
            outcome = self._shell.run_cell(source, store_history=True)
            failed = outcome.error_before_exec or outcome.error_in_exec
        except (Exception, *ENDING) as error:
            failed = error
        outputs, count = self._shell.outputs, self._shell.execution_count - 1
        # No error among the outputs is full points. The shell passes over one whose traceback it fails to make.
        if failed is not None and not any(each["output_type"] == "error" for each in outputs.shown):
            outputs.add(_error(type(failed), NO_TEXT, [f"{type(failed).__name__}: {NO_TEXT}"]))
        return [outputs.shown, count, self._candidate.late, self._candidate.dead]

    def ping(self, seconds: float) -> list[Any]:
        """Whether the candidate answers within some seconds."""
        self._candidate.deadline = deadline_in(seconds)
        try:
            self._candidate.ask("ping")
        except BaseException:  # of whatever type the candidate says
            return [False]
        return [True]


def serve(descriptors: list[int], arguments: dict[str, Any]) -> None:
    """Run cells for the owner until it is gone.

    Args:
        descriptors: the connections to the owner and to the candidate.
        arguments: `environment`, the variables that cells see.
    """
    owner, candidate = (Channel(socket.socket(fileno=each)) for each in descriptors)
    os.environ.update(arguments["environment"])
    import_from(str(Path.cwd()))  # the instructor's modules, where the candidate has them too
    exam = Exam(candidate)
    verbs: dict[str, Callable[..., list[Any]]] = {"given": exam.given, "test": exam.test, "ping": exam.ping}
    while True:
        try:
            verb, *rest = json.loads(owner.receive())
        except ChannelClosedError:
            return
        try:
            answer: Any = verbs[verb](*rest)
        except BaseException:  # of ours: what a cell raises is its output
            answer = traceback.format_exc()
        owner.send(json.dumps(answer, default=str).encode())
