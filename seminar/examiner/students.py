"""Whose each name is that a cell uses: the students' or the instructor's, as the source notebook has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nbformat import NotebookNode

from seminar.course.code_names import Names, names_of
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read


@dataclass(frozen=True)
class Students:
    """Of the global names that a cell uses, those that are the students'.

    Attributes:
        names: those that a student's cell has defined last before it, or whose object the solution changes in place.
            Where an earlier test defined such a name too, the student's counts.
        trained: others, of which an optimizer is made that takes a step in a solution: the students', as far as they
            are those of networks and optimizers.
        reached: others, of which a tensor is made from which a solution goes back: the students', as far as they are
            those of tensors.
    """

    names: frozenset[str] = frozenset()
    trained: frozenset[str] = frozenset()
    reached: frozenset[str] = frozenset()


def read_names(source: Path) -> Mapping[str, Students]:
    """For each cell of the instructor's notebook the names that are the students'; empty where it is not there."""
    return _read_names(source, source.stat().st_mtime_ns) if source.is_file() else {}


@lru_cache(maxsize=64)
def _read_names(source: Path, since: int) -> Mapping[str, Students]:
    return names_of_students(read(source))


def names_of_students(source: NotebookNode) -> dict[str, Students]:
    """For each cell of a source notebook, the names it uses that are the students'."""
    names, trained, reached = set[str](), set[str](), set[str]()
    made_of: dict[str, frozenset[str]] = {}
    found = {}
    for cell in cells(source):
        own = names_in(cell.source if cell.node.cell_type == "code" else "")
        if cell.grade_id:
            found[cell.grade_id] = Students(*(own.used & each for each in (names, trained - names, reached - names)))
        if cell.role is not Role.TEST:
            made_of |= own.made_of
        if cell.role in (Role.TEST, Role.GIVEN):
            for each in (names, trained, reached):
                each -= own.defined
        else:
            names |= own.defined
        if cell.role is Role.SOLUTION:  # what it changes of a module that it imports, it does not change for a test
            names |= {name for name, _ in own.changed} & made_of.keys()
            trained |= _parts({name for name, method in own.changed if method == "step"}, made_of)
            reached |= _parts({name for name, method in own.changed if method == "backward"}, made_of)
    return found


def _parts(names: set[str], made_of: Mapping[str, frozenset[str]]) -> set[str]:
    """What some names are made of, and what that is made of in turn."""
    found: set[str] = set()
    while names:
        names = {part for name in names & made_of.keys() for part in made_of[name]} & made_of.keys() - found
        found |= names
    return found


@lru_cache(maxsize=1024)
def names_in(source: str) -> Names:
    """The names of a cell's code; none where it is not Python."""
    try:
        return names_of(source)
    except SyntaxError:  # it fails for everybody: the linter says so
        return Names(frozenset(), frozenset())
