"""What a test sets for all code that runs, so that it holds for the submission's code too.

In a notebook a test and the code that it calls share one process: a seed, `no_grad()`, a default dtype hold for both,
and so does a function that a test has put in the place of a library's. Here they are told to the candidate with the
next request, and so is what a test writes for it to read. What a submission does to its own world changes no test, but
for what the test waits for: random numbers (those that it has drawn after a seed of the test's the test does not draw
again, and in a test that calls the submission's `set_seed` they come from there), what is written to a standard stream
that the test has put another one in the place of, what is warned of where the test is about warnings, and files that
the test names.
"""

from __future__ import annotations

import builtins
import math
import os
import random
import re
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot

from seminar.examiner.files import Files, watched
from seminar.wire.randomness import SOURCES, is_ahead, same, set_state, state_of
from seminar.wire.references import Public

SEEDING: tuple[tuple[str, ModuleType, str], ...] = (
    *(("torch", module, name) for module in (torch, torch.random) for name in ("manual_seed", "seed", "set_rng_state")),
    *(("numpy", np.random, name) for name in ("seed", "set_state")),
    *(("random", random, name) for name in ("seed", "setstate")),
)
PATCHED: tuple[Any, ...] = (  # whose functions a test may forbid, or watch
    *(torch, torch.nn, torch.nn.functional, torch.nn.init, torch.linalg, torch.Tensor, torch.cuda, torch.optim),
    *(torch.backends.mps, np, np.linalg, np.random, math, random, builtins, time, pd, pd.DataFrame, pyplot),
)
OF_THE_SHELL = ("exit", "quit", "display", "get_ipython")  # built-in names that IPython binds anew for each cell

# What a source has where the test may do such a thing: to look for it at each request takes time.
PATCHES = re.compile(
    r"\bmock\b|\bpatch[.(]|setattr\(|^\s*(torch|np|numpy|math|F|nn)(\.\w+)+( *,.*)? *=[^=]", re.MULTILINE
)
SEEDS = re.compile(r"(?<![\w.])\w*seed\w*\(")
ENVIRONMENT = re.compile(r"environ|putenv")
WARNINGS = re.compile(r"\bwarn")

STREAMS = ("stdout", "stderr")


def _settings() -> dict[str, Any]:
    return {
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device().type,
        "autocast": [torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")],
        "errors": np.geterr(),
    }


class Around:
    """What has been set since a test began."""

    def __init__(self) -> None:
        """Watch from now on, in this process, who seeds, and who makes temporary folders and files."""
        self._files = Files()
        self._seeded: set[str] = set()  # the sources of random numbers that the test has seeded, and not used since
        self._sent: dict[str, Any] = {}  # those that it has seeded, as the candidate has last heard of them
        self._own: dict[str, Any] = {}  # states that gave way to the submission's, until the test's end
        self.begin()
        for source, module, name in SEEDING:
            setattr(module, name, watched(getattr(module, name), partial(self._note_seed, source)))

    def begin(self, source: str = "", given: str = "") -> None:
        """Begin a test: what is set now is how things are.

        Args:
            source: of the test, which tells what to look for.
            given: of the given cells before it, whose functions it may use.
        """
        for random_source, state in self._own.items():
            set_state(random_source, state)
        self._own.clear()
        self._seeded.clear()
        self._sent.clear()
        self._before = _settings()
        patched = PATCHED if PATCHES.search(given + source) else ()
        self._functions = [(owner, dict(vars(owner))) for owner in patched]
        self._streams = {name: getattr(sys, name) for name in STREAMS}
        self._environment = dict(os.environ) if ENVIRONMENT.search(source) else None
        self._gives_seeds = SEEDS.search(source) is not None
        self._files.begin(source)
        self._is_about_warnings = WARNINGS.search(given + source) is not None

    def patched(self) -> list[tuple[Public, str, Any]]:
        """The functions of libraries that are not what they were, by owner and name, with what they are now."""
        return [
            (_public(owner), name, now)
            for owner, before in self._functions
            if vars(owner) != before
            for name, now in vars(owner).items()
            if callable(now) and before.get(name) is not now and name not in OF_THE_SHELL
        ]

    def changes(self, arguments: Any = ()) -> dict[str, Any]:
        """What a request has to tell: settings that are not as they were, and what the candidate does not have yet.

        A seed is told once: of two calls after it, the second goes on where the first one stopped, as in a notebook.

        Args:
            arguments: the request's. Files and folders that these name are told, as far as the test has made them.
        """
        told = {name: value for name, value in _settings().items() if value != self._before[name]}
        now = {source: state_of(source) for source in self._seeded | self._sent.keys()}
        seeds = {
            source: state
            for source, state in now.items()
            if source in self._seeded or not same(state, self._sent[source])
        }
        self._seeded.clear()
        self._sent |= seeds
        if "torch" in seeds:
            seeds["torch"] = [torch.initial_seed(), seeds["torch"]]
        more = {"seeds": seeds, "gives seeds": [*(SOURCES if self._gives_seeds else self._sent)]}
        more |= {"files": [*self._files.written(arguments)], "waits for": self._files.awaited(arguments)}
        more["streams"] = self._redirected()
        if self._is_about_warnings:
            more["filters"] = [_filter(*each) for each in warnings.filters]
        if self._environment is not None:
            more["environment"] = {
                name: os.environ.get(name)
                for name in self._environment.keys() | os.environ.keys()
                if os.environ.get(name) != self._environment.get(name)
            }
        return told | {name: each for name, each in more.items() if each}

    def take(self, news: dict[str, Any], type_of_exception: Callable[[str, str], type[Exception] | None]) -> None:
        """Take over what the submission's code did to what the test has set, as far as the test waits for it.

        Args:
            news: what is told of it.
            type_of_exception: finds the type of a warning by its module and name.
        """
        self._take_seeds(news.get("seeds"))
        self._files.take(news.get("files"))
        for stream, text in _texts(news.get("written"), 2):
            if stream in self._redirected():
                getattr(sys, stream).write(text)
        for module, name, text in _texts(news.get("warned"), 3) if self._is_about_warnings else ():
            kind = type_of_exception(module, name)
            if kind and issubclass(kind, Warning):
                warnings.warn_explicit(text, kind, "<the submission>", 1)

    def _take_seeds(self, seeds: Any) -> None:
        """The submission's code has drawn after a seed of the test's, or has seeded in a test that is about that."""
        for source in SOURCES if type(seeds) is dict else ():
            if source in seeds:
                try:
                    if not self._gives_seeds and not is_ahead(source, self._sent[source], seeds[source]):
                        continue
                    own = state_of(source)
                    set_state(source, seeds[source])
                    self._own.setdefault(source, own)
                except (KeyError, RuntimeError, TypeError, ValueError, OverflowError):
                    continue
                self._seeded.discard(source)
                self._sent[source] = state_of(source)

    def _redirected(self) -> list[str]:
        """The standard streams that the test has put others in the place of."""
        return [name for name, stream in self._streams.items() if getattr(sys, name) is not stream]

    def _note_seed(self, source: str, _: Any) -> None:
        self._seeded.add(source)


def _texts(told: Any, count: int) -> list[list[str]]:
    """Lists of so many texts each; what else is told, is not what is told here."""
    listed = told if type(told) is list else []
    return [each for each in listed if type(each) is list and [*map(type, each)] == [str] * count]


def _filter(action: str, message: Any, kind: Any, module: Any, line: int) -> list[Any]:
    """A filter of warnings as data."""
    patterns = [getattr(each, "pattern", each) for each in (message, module)]
    return [action, patterns[0], kind.__module__, kind.__qualname__, patterns[1], line]


def _public(owner: Any) -> Public:
    is_type = isinstance(owner, type)
    return Public(owner.__module__ if is_type else owner.__name__, owner.__name__ if is_type else "")
