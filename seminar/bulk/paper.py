"""What a grader is handed and what it hands back: plain data, so that it can work on any machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seminar.examiner.key import AnswerKey


@dataclass(frozen=True)
class Sheet:
    """One notebook of a submission.

    Attributes:
        name: of the notebook, without its ending.
        notebook: sanitised, as JSON.
        key: what the instructor's cells of it are.
        seconds: that each cell may run, in the notebook's order; 0 for no limit.
    """

    name: str
    notebook: str
    key: AnswerKey
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Paper:
    """A submission, ready to be graded.

    Attributes:
        sheets: its notebooks.
        files: what its cells can read beside them, as paths and bytes.
        instructors: which of them are the instructor's: test and given cells can read them, and no others.
        options: how it is examined: the traits of `seminar.examiner.examine.Examine` that are plain data.
        sanitise: whether what it shows is to be made harmless.
    """

    topic: str
    student: str
    sheets: tuple[Sheet, ...]
    files: tuple[tuple[str, bytes], ...] = ()
    instructors: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)
    sanitise: bool = True


@dataclass(frozen=True)
class Graded:
    """A submission that has been graded: its notebooks with their outputs, as JSON, by name."""

    notebooks: Mapping[str, str]
