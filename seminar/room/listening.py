"""What the submission's code writes and warns of, kept for a test that waits for it."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from typing import Any

CHARACTERS = 2**20  # that are kept of what is written for one request
NAMED = ("builtins", "torch", "torchvision", "numpy", "pandas", "matplotlib")  # whose warnings keep their names


class Listening:
    """What was written and warned of since it was told last."""

    def __init__(self) -> None:
        self._written: list[list[str]] = []  # names of standard streams, and texts
        self._warned: list[list[str]] = []  # modules and names of categories, and texts

    @contextlib.contextmanager
    def to(self, streams: list[str], filters: list[Any] | None) -> Iterator[None]:
        """Within, keep what the test waits for.

        Args:
            streams: the names of the standard streams that the test has put others in the place of.
            filters: of warnings, as the test has them: action, pattern of the message, module and name of the category,
                pattern of the module, line; None where the test is not about warnings.
        """
        self.news()  # what came before an error was not told
        with contextlib.ExitStack() as stack:
            if filters is not None:
                stack.enter_context(warnings.catch_warnings())
                warnings.showwarning = self._keep
                _set_filters(filters)
            for name in streams:
                stack.callback(setattr, sys, name, getattr(sys, name))
                setattr(sys, name, _Stream(name, self._written))
            yield

    def news(self) -> dict[str, Any]:
        """What was kept. From now on it is told."""
        told = {"written": [*self._written], "warned": [*self._warned]}
        self._written.clear()
        self._warned.clear()
        return told

    def _keep(self, message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        """Keep a warning, by the closest type of it that both sides have."""
        kind = next(each for each in category.__mro__ if each.__module__.split(".")[0] in NAMED)
        self._warned.append([kind.__module__, kind.__qualname__, str(message)])


class _Stream(io.TextIOBase):
    """A standard stream that is kept."""

    def __init__(self, name: str, kept: list[list[str]]) -> None:
        self._name, self._kept = name, kept
        self._left = CHARACTERS

    def write(self, text: str) -> int:
        part = text[: self._left]
        self._left -= len(part)
        if self._kept and self._kept[-1][0] == self._name:
            self._kept[-1][1] += part
        elif part:
            self._kept.append([self._name, part])
        return len(text)


def _set_filters(filters: list[Any]) -> None:
    warnings.resetwarnings()
    for action, message, module, name, where, line in filters:
        category = getattr(sys.modules.get(module), name, None)
        if isinstance(category, type) and issubclass(category, Warning):
            warnings.filterwarnings(action, message or "", category, where or "", line, append=True)
