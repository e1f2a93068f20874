"""Grades for Canvas's gradebook."""

from __future__ import annotations

import re

from seminar.course.collect.file_names import plain
from seminar.errors import ExportError
from seminar.reports.export.grades import ClassGrades
from seminar.reports.export.table import Filled, Key, Table, harmless, match, number, number_in

COLUMNS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
POINTS = "    Points Possible"  # the first cell of the row that says what the columns count to
EXCUSED = "EX"  # stands for the points of who need not hand in


def as_canvas(grades: ClassGrades) -> Table:
    """A table that Canvas's gradebook imports, with a column for each topic."""
    rows = [[*COLUMNS, *grades.out_of]]
    rows.append([POINTS, "", "", "", "", *map(number, grades.out_of.values())])
    for student in grades.students:
        name = ", ".join(filter(None, (student.last_name, student.first_name))) or student.id
        # Canvas's own numbers serve as student ids where they were collected without a roster.
        canvas_id = student.lms_user_id or (student.id if student.id.isdecimal() else "")
        texts = [harmless(text) for text in (name, canvas_id, "", student.id, "")]
        rows.append([*texts, *(grades.cell(student.id, topic) for topic in grades.out_of)])
    return Table(rows)


def fill_canvas(table: Table, grades: ClassGrades) -> Filled:
    """Put grades into Canvas's gradebook, as it exports it.

    Args:
        table: the gradebook; it is changed.
        grades: the grades.

    Raises:
        ExportError: the table lacks Canvas's columns, or has none for any of the topics.
    """
    number_at = table.column("ID")
    if number_at is None:
        raise ExportError(f"{table.name}: has no column `ID`, so it is not Canvas's gradebook. Export it there, whole.")
    columns = _columns(table, [*grades.out_of])
    notes = [
        f"Canvas has no column for {topic}: its grades are not written."
        for topic in grades.out_of
        if topic not in columns
    ]
    notes += _other_points(table, grades, columns)
    matched = match(grades.students, table, _keys(table, number_at))
    for student, position in matched.items():
        notes += _fill_row(table.rows[position], student, grades, columns)
    return Filled(set(matched), [*columns], notes)


def _columns(table: Table, topics: list[str]) -> dict[str, int]:
    """The positions of the topics' columns, of those that have one. Canvas adds a number of its own to their names."""
    found: dict[str, int] = {}
    for topic in topics:
        these = [at for at, name in enumerate(table.rows[0]) if plain(re.sub(r"\s*\(\d+\)$", "", name)) == plain(topic)]
        if len(these) > 1:
            raise ExportError(f"{table.name}: has several columns for {topic}. Remove all but one.")
        if these:
            found[topic] = these[0]
    if not found:
        raise ExportError(f"{table.name}: has no column for {', '.join(topics)}. Call the assignments in Canvas so.")
    return found


def _other_points(table: Table, grades: ClassGrades, columns: dict[str, int]) -> list[str]:
    """A note for each topic that counts to something else in Canvas than in the course."""
    return [
        f"Canvas counts {topic} out of {row[at]}, the course out of {number(grades.out_of[topic])}: "
        "the course's points are written."
        for row in table.rows[1:]
        if row[0].strip() == POINTS.strip()
        for topic, at in columns.items()
        if number_in(row[at]) not in (None, grades.out_of[topic])
    ]


def _keys(table: Table, number_at: int) -> list[Key]:
    keys: list[Key] = [(number_at, lambda student: {student.lms_user_id})]
    for name in ("SIS Login ID", "SIS User ID"):
        if (sis_at := table.column(name)) is not None:
            keys.append((sis_at, lambda student: {student.id, student.email}))
    keys.append((number_at, lambda student: {student.id}))  # where they were collected without a roster
    return keys


def _fill_row(row: list[str], student: str, grades: ClassGrades, columns: dict[str, int]) -> list[str]:
    """Put a student's points into their row. Returns notes on what is left as it is."""
    notes = []
    for topic, at in columns.items():
        if row[at].strip().upper() == EXCUSED and grades.cell(student, topic):
            notes.append(f"{student}: is excused from {topic} in Canvas: that is left as it is.")
        else:
            row[at] = grades.cell(student, topic) or row[at]
    return notes
