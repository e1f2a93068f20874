"""What a notebook and its exercises are called, read off the instructor's cells: a student may change any heading."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from nbformat import NotebookNode

from seminar.course.headings import heading
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read

MEMORY = 64  # notebooks that are remembered


@dataclass(frozen=True)
class Heading:
    """A heading above graded cells.

    Attributes:
        text: its Markdown.
        cell: the id of its cell; None where that has none.
    """

    text: str
    cell: str | None


@dataclass(frozen=True)
class Outline:
    """The headings of a notebook.

    Attributes:
        title: the first one of the highest level, with its marks; None where there is none.
        graded: for each cell that is worth points, by its grade id and in order, the heading above it, or its own where
            it is a task; None where there is none.
    """

    title: str | None = None
    graded: dict[str, Heading | None] = field(default_factory=dict)


def outline(notebook: NotebookNode) -> Outline:
    """The outline of a notebook of the instructor's."""
    title: str | None = None
    latest: Heading | None = None
    graded: dict[str, Heading | None] = {}
    for cell in cells(notebook):
        if (cell.role is Role.TEXT or cell.is_task) and (found := heading(cell.source)):
            title = title or heading(cell.source, deepest=1)
            latest = Heading(found, cell.node.get("id"))
        if cell.points > 0:
            graded[str(cell.grade_id)] = latest
    return Outline(title, graded)


def outline_of(path: Path) -> Outline:
    """The outline of the notebook in a file, which is read once as long as it stays the same.

    Raises:
        NotebookError: it cannot be read.
    """
    return _outline_of(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=MEMORY)
def _outline_of(path: Path, since: int) -> Outline:
    return outline(read(path))
