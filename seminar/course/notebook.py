"""Notebooks as nbgrader sees them: the role of each cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from nbformat import NotebookNode

from seminar.text import escaped

SCHEMA_VERSION = 3  # of nbgrader's cell metadata: what nbgrader 0.6 to 0.9 write
# What nbgrader leaves out of the student version: of a test (ClearHiddenTests), and of a task (ClearMarkScheme).
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
SCHEME = ("BEGIN MARK SCHEME", "END MARK SCHEME")
HIDDEN_REGION = re.compile(
    rf"^[^\n]*(?:{HIDDEN[0]}.*?{HIDDEN[1]}|{SCHEME[0]}.*?{SCHEME[1]})[^\n]*\n?", re.MULTILINE | re.DOTALL
)


class Role(Enum):
    """What a cell is for, read from its nbgrader metadata."""

    TEXT = "text"  # markdown or raw, not graded
    ORDINARY = "ordinary"  # code that the student owns: plots, helpers, cells of the student's own
    GIVEN = "given"  # locked code that is not graded: imports, constants, data
    SOLUTION = "solution"  # code that the student writes
    TEST = "test"  # locked code that is graded by running it
    MANUAL = "manual"  # an answer that a person grades


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook, with the role that nbgrader gives it.

    Attributes:
        position: place in the notebook, from 1 on, as a reader counts.
        role: what the cell is for.
        node: the cell itself, as nbformat holds it.
    """

    position: int
    role: Role
    node: NotebookNode

    @property
    def source(self) -> str:
        """The text of the cell."""
        return str(self.node.source)

    @property
    def grade_id(self) -> str | None:
        """Nbgrader's name for the cell; None where nbgrader has nothing to do with it."""
        grade_id = nbgrader_metadata(self.node).get("grade_id")
        return None if grade_id is None else str(grade_id)

    @property
    def points(self) -> float:
        """The points that the cell is worth: 0 for all but graded cells and tasks."""
        metadata = nbgrader_metadata(self.node)
        return float(metadata.get("points", 0)) if metadata.get("grade") or self.is_task else 0.0

    @property
    def is_task(self) -> bool:
        """Whether the cell only tells what to do, in cells of the student's own, which a person grades."""
        return bool(nbgrader_metadata(self.node).get("task"))

    @property
    def label(self) -> str:
        """How messages name the cell."""
        name = self.grade_id or self.node.get("id")
        # a grade id may be anything in a submission: it must do nothing to a terminal
        return f"cell {self.position}" + (f" ({escaped(str(name))})" if name else "")


def nbgrader_metadata(node: NotebookNode) -> dict[str, Any]:
    """The nbgrader metadata of a cell: empty where there is none, or where it is no dictionary."""
    metadata = node.metadata.get("nbgrader")
    return metadata if isinstance(metadata, dict) else {}


def role_of(node: NotebookNode) -> Role:
    """The role of a cell, as nbgrader's own utilities decide it."""
    metadata = nbgrader_metadata(node)
    grade, solution = metadata.get("grade", False), metadata.get("solution", False)
    if metadata.get("task", False) or (grade and solution):
        return Role.MANUAL
    if node.cell_type != "code":
        return Role.MANUAL if grade or solution else Role.TEXT
    if grade:
        return Role.TEST
    if solution:
        return Role.SOLUTION
    return Role.GIVEN if metadata.get("locked", False) else Role.ORDINARY


def cells(notebook: NotebookNode) -> Iterator[Cell]:
    """The cells of a notebook, in order."""
    for position, node in enumerate(notebook.cells, start=1):
        yield Cell(position, role_of(node), node)
