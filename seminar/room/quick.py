"""What makes tracebacks quick in a process that has imported thousands of modules."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

CELLS = ("<", "/tmp/ipykernel_")  # how the names of cells' code begin


def prepare() -> None:
    """Let `inspect.getmodule` know that the code of a cell is in no module.

    It would look through all of them, again and again, at each traceback: 0.1 s where torch is imported.
    """
    known: Callable[..., ModuleType | None] = inspect.getmodule
    if getattr(known, "quick", False):
        return

    def getmodule(object: Any, _filename: str | None = None) -> ModuleType | None:
        if _filename is not None and _filename.startswith(CELLS):
            return None
        return known(object, _filename)

    getmodule.quick = True  # type: ignore[attr-defined]
    inspect.getmodule = getmodule


def prepare_tracebacks(shell: Any) -> None:
    """Let a shell make a traceback, and show it to nobody: what that imports takes as long as three more."""
    prepare()
    try:
        exec(compile("def test():\n    assert False\n\n\ntest()\n", "<prepared>", "exec"), {})
    except AssertionError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())
