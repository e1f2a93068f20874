"""Runs a notebook's cells in this process, without a kernel, and each answer of a bank in its place."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch

from seminar.course.answers import Exercise, read_bank
from seminar.course.notebook import Cell, Role, cells
from seminar.course.notebook_file import read

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = "### BEGIN HIDDEN TESTS"
TOPICS = sorted(path.stem for path in (ROOT / "source").glob("*/*.ipynb"))


class Topic:
    """A source notebook, run as far as it is asked for, with its answer bank."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.notebook = read(ROOT / "source" / name / f"{name}.ipynb")
        self.code = [cell for cell in cells(self.notebook) if cell.node.cell_type == "code"]
        self.bank: Mapping[str, Exercise] = read_bank(ROOT / "tests" / "exercises" / f"{name}.yaml")
        self._namespace: dict[str, Any] = {"__name__": "__main__"}
        self._done = 0  # cells of `code` that have run
        self._before: dict[str, dict[str, Any]] = {}  # the namespace before each solution cell

    @property
    def exercises(self) -> list[str]:
        """The grade ids of the solution cells, in order."""
        return [str(cell.grade_id) for cell in self.code if cell.role is Role.SOLUTION]

    def attempt(self, exercise: str, answer: str, then: str = "pass", **names: Any) -> None:
        """Put an answer in the place of a solution cell and run all up to the exercise's test cell.

        Args:
            exercise: the grade id of the solution cell.
            answer: its code.
            then: code that runs before the hidden tests.
            names: what both find in the notebook's namespace.

        Raises:
            Exception: whatever the test cell, or a given cell before it, raises.
        """
        start = self._position(exercise)
        self._run_to(start)
        namespace = self._before[exercise] | names
        torch.manual_seed(0)
        with contextlib.suppress(Exception):  # as in a kernel: the cells after a failed one run too
            run(answer, namespace)
        for cell in self.code[start + 1 :]:
            if cell.role is Role.ORDINARY:
                with contextlib.suppress(Exception):
                    run(cell.source, namespace)
            else:
                run(cell.source.replace(HIDDEN, then), namespace)
            if cell.role is Role.TEST:
                return
        raise LookupError(f"{self.name}: no test cell follows the solution cell {exercise}")

    def _position(self, exercise: str) -> int:
        return next(place for place, cell in enumerate(self.code) if cell.grade_id == exercise)

    def _run_to(self, position: int) -> None:
        """Run the notebook, with the reference solutions, up to and without the cell at `position` of `code`."""
        while self._done <= position:
            cell = self.code[self._done]
            if cell.role is Role.SOLUTION:
                self._before[str(cell.grade_id)] = dict(self._namespace)
            if self._done == position:
                return
            self._done += 1
            if cell.role is not Role.TEST:
                run(self._reference(cell), self._namespace)

    def _reference(self, cell: Cell) -> str:
        exercise = self.bank.get(str(cell.grade_id)) if cell.role is Role.SOLUTION else None
        return exercise.stand_in.code if exercise and exercise.stand_in else cell.source


def run(source: str, namespace: dict[str, Any]) -> None:
    """Run a cell's code without showing what it prints or draws."""
    code = compile(ast.parse(source), "<cell>", "exec", dont_inherit=True)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            exec(code, namespace)
        finally:
            plt.close("all")


@cache
def topic(name: str) -> Topic:
    """The topic, with what has been run of it kept for the next test."""
    return Topic(name)
