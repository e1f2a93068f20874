"""What is recorded of a class: the gradebook's rows, with names for their ids, and the graded notebooks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from seminar.course.course import Course
from seminar.course.notebook_file import read

Rows = list[tuple[Any, ...]]

QUERIES = {
    "student": "select id, first_name, last_name, email, lms_user_id from student",
    "submitted_assignment": """
        select assignment.name, submitted_assignment.student_id, extension from submitted_assignment
        join assignment on assignment.id = assignment_id""",
    "submitted_notebook": """
        select notebook.name, student_id, flagged, late_submission_penalty from submitted_notebook
        join notebook on notebook.id = notebook_id
        join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id""",
    "grade": """
        select base_cell.name, student_id, auto_score, manual_score, extra_credit, needs_manual_grade from grade
        join base_cell on base_cell.id = cell_id
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id""",
    "comment": """
        select base_cell.name, student_id, auto_comment, manual_comment from comment
        join base_cell on base_cell.id = cell_id
        join submitted_notebook on submitted_notebook.id = comment.notebook_id
        join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id""",
}


def rows(course: Course) -> dict[str, Rows]:
    """All that a grading has written to the gradebook, timestamps aside, in a fixed order."""
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        return {table: sorted(database.execute(query), key=repr) for table, query in QUERIES.items()}


def recorded(course: Course) -> dict[str, Rows]:
    """The marks of each student that the gradebook has."""
    found: dict[str, Rows] = {}
    for row in rows(course)["grade"]:
        found.setdefault(row[1], []).append(row)
    return found


def graded_notebooks(course: Course, topic: str) -> Iterator[str]:
    """The students who have a graded notebook; each is whole, and its cells have run."""
    for submission in course.submissions(topic):
        path = course.autograded(topic, submission.student) / f"{topic}.ipynb"
        if path.exists():
            assert any(cell.get("execution_count") for cell in read(path).cells)
            yield submission.student
