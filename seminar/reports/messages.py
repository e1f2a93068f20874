"""Error messages of failed tests, put into groups of alike ones."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seminar.reports.results import Exercise

LONGEST = 2000  # characters of a message that are looked at
SHOWN = 300  # characters of an example
KEY = 200  # characters of a normal form

_ANSI = re.compile(r"\x1b\[[0-9;]*m|\0")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")  # the innermost ones
_OPEN = re.compile(r"\[[^\]]*$")  # what was cut off
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_NUMBER = re.compile(
    r"(?<![A-Za-z_\d])(?:[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)(?![A-Za-z_\d]))"
)
_NUMBERS = re.compile(r"#(?:[\s,;]+#)+|#,(?=\))")


def normal_form(message: str) -> str:
    """What alike messages have in common: numbers, addresses and what stands in brackets do not count.

    >>> normal_form("f(3): got tensor([1., 2.]), expected 4e-05")
    'f(#): got tensor([…]), expected #'
    """
    text = _ANSI.sub("", message[:LONGEST])
    while (inner := _BRACKETS.sub("\0", text)) != text:
        text = inner
    text = _OPEN.sub("\0", text).replace("\0", "[…]")
    text = _NUMBERS.sub("#", _NUMBER.sub("#", _ADDRESS.sub("#", text)))
    return " ".join(text.split())[:KEY]


@dataclass
class Group:
    """Messages that are alike.

    Attributes:
        name: the exception's class.
        example: the first one of them.
        count: how many there are.
        exercises: how many in each exercise.
        students: who got one.
    """

    name: str
    example: str
    count: int = 0
    exercises: Counter[Exercise] = field(default_factory=Counter)
    students: set[str] = field(default_factory=set)


class Messages:
    """Groups of messages, which grow as messages come."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], Group] = {}

    def add(self, student: str, exercise: Exercise, name: str, message: str) -> None:
        """Count a failed test's exception."""
        name = normal_form(name)
        group = self._groups.setdefault((name, normal_form(message)), Group(name, _ANSI.sub("", message[:SHOWN])))
        group.count += 1
        group.exercises[exercise] += 1
        group.students.add(student)

    def groups(self) -> list[Group]:
        """The groups, the most common first."""
        return sorted(self._groups.values(), key=lambda group: (-group.count, group.name, group.example))
