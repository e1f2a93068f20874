"""What the gradebook holds of a submission, read in a few queries: what a page of feedback shows of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)

from seminar.course.gradebook import WAITS


@dataclass(frozen=True)
class Points:
    """What a graded cell got.

    Attributes:
        waits: whether a person has yet to grade it: those that a person has given count, whatever is handed in anew.
    """

    points: float
    out_of: float
    waits: bool


@dataclass
class Record:
    """What the gradebook holds of one submitted notebook.

    Attributes:
        points: of each graded cell, by name.
        comments: on each cell that has one, by name.
        penalty: points that being late costs.
        name: what the student is called; empty where the gradebook has the id alone.
    """

    points: dict[str, Points] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    penalty: float = 0.0
    name: str = ""

    @property
    def digest(self) -> str:
        """A text that is another one when any of it changes."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


Records = dict[tuple[str, str], Record]
"""What is recorded, by student and name of the notebook."""


def records(gradebook: Gradebook, topic: str, student: str | None = None) -> Records:
    """What is recorded of a topic; of one student, where one is named."""
    notebook = (SubmittedAssignment.student_id, Notebook.name)
    found: Records = {}
    called = names(gradebook, student)
    for *key, penalty in _of_topic(gradebook, topic, student, *notebook, SubmittedNotebook.late_submission_penalty):
        found[tuple(key)] = Record(penalty=float(penalty or 0), name=called.get(str(key[0]), ""))
    points = (Grade.score, Grade.max_score, WAITS)
    for *key, cell, got, out_of, waits in _of_cells(
        gradebook, topic, student, Grade, *notebook, BaseCell.name, *points
    ):
        found[tuple(key)].points[cell] = Points(float(got), float(out_of), bool(waits))
    for *key, cell, comment in _of_cells(gradebook, topic, student, Comment, *notebook, BaseCell.name, Comment.comment):
        if comment:
            found[tuple(key)].comments[cell] = comment
    return found


def names(gradebook: Gradebook, student: str | None = None) -> dict[str, str]:
    """What students are called, by id: all whom the gradebook knows, or one. Empty where it has no name."""
    query = gradebook.db.query(Student.id, Student.first_name, Student.last_name)
    if student is not None:
        query = query.filter(Student.id == student)
    return {
        str(each): " ".join(filter(None, (f"{first or ''}".strip(), f"{last or ''}".strip())))
        for each, first, last in query
    }


def _of_topic(gradebook: Gradebook, topic: str, student: str | None, *columns: Any) -> Any:
    query = (
        gradebook.db.query(*columns)
        .select_from(SubmittedNotebook)
        .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(Assignment.name == topic)
    )
    return query if student is None else query.filter(SubmittedAssignment.student_id == student)


def _of_cells(gradebook: Gradebook, topic: str, student: str | None, kind: Any, *columns: Any) -> Any:
    query = _of_topic(gradebook, topic, student, *columns)
    return query.join(kind, kind.notebook_id == SubmittedNotebook.id).join(BaseCell, kind.cell_id == BaseCell.id)
