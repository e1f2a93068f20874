"""Grades for Moodle's gradebook, and for its grading worksheet."""

from __future__ import annotations

from collections.abc import Callable

from seminar.course.collect.placing import collected
from seminar.course.collect.students import Student, same
from seminar.course.course import Course
from seminar.errors import ExportError
from seminar.reports.export.grades import ClassGrades
from seminar.reports.export.table import Filled, Key, Table, harmless, match, number, number_in

COLUMNS = ["Identifier", "Full name", "Email address"]
OPEN = "Grade can be changed"  # the column that says "No" where Moodle's import passes the row over


def as_moodle(grades: ClassGrades) -> Table:
    """A table that Moodle's gradebook imports, with a column for each topic."""
    rows = [[*COLUMNS, *grades.out_of]]
    for student in grades.students:
        name = " ".join(filter(None, (student.first_name, student.last_name))) or student.id
        texts = [harmless(text) for text in (student.id, name, student.email)]
        rows.append([*texts, *(grades.cell(student.id, topic) for topic in grades.out_of)])
    return Table(rows)


def fill_moodle(table: Table, grades: ClassGrades, course: Course) -> Filled:
    """Put the grades of one topic into Moodle's offline grading worksheet, scaled to the maximum that stands there.

    Args:
        table: the worksheet; it is changed.
        grades: the grades of one topic.
        course: whose collected submissions tell Moodle's number of a student in the assignment.

    Raises:
        ExportError: there is more than one topic, or the table lacks Moodle's columns, or its maximum is no number.
    """
    if len(grades.out_of) != 1:
        raise ExportError(f"{table.name}: is of one assignment. Name its topic: seminar export TOPIC ...")
    ((topic, out_of),) = grades.out_of.items()
    grade_at, highest_at = table.column("Grade"), table.column("Maximum Grade", "Maximum grade")
    keys = _keys(table, course, topic)
    if grade_at is None or not keys:
        raise ExportError(
            f"{table.name}: has no column `Grade`, or none of {', '.join(COLUMNS)}, so it is not Moodle's "
            "grading worksheet. Download it from the assignment, in English."
        )
    matched = match(grades.with_points(), table, keys)
    scaled: set[str] = set()
    for student, position in matched.items():
        row = table.rows[position]
        points, text = grades.points[student, topic], "" if highest_at is None else row[highest_at]
        highest = _highest(table, text)
        if highest and out_of and highest != out_of:
            points = min(highest, points * highest / out_of)
            scaled.add(text)
        row[grade_at] = number(points).replace(".", "," if "," in text else ".")
    notes = _passed_over(table, matched)
    notes += [f"Moodle counts {topic} out of {text}: {number(out_of)} points are {text}." for text in sorted(scaled)]
    return Filled(set(matched), [topic], notes)


def _keys(table: Table, course: Course, topic: str) -> list[Key]:
    """Moodle's columns that are there. The number comes first, then the address: two students may have one name."""

    def participant(student: Student) -> set[str]:
        origin = collected(course.submitted(topic, student.id))
        return {f"Participant {origin.participant}"} if origin and origin.participant else set()

    identifier, full_name, address = (table.column(name) for name in COLUMNS)
    keys: list[tuple[int | None, Callable[[Student], set[str]]]] = [
        (identifier, participant),
        (address, lambda student: {student.email, student.id}),
        (full_name, lambda student: {*student.full_names, student.id}),
    ]
    return [(at, names) for at, names in keys if at is not None]


def _passed_over(table: Table, matched: dict[str, int]) -> list[str]:
    """A note for each of these students whose row Moodle will pass over."""
    open_at = table.column(OPEN)
    return [
        f"{student}: `{OPEN}` is No, so Moodle will pass the row over. Unlock the grade there, download "
        "the worksheet again, then export again."
        for student, position in matched.items()
        if open_at is not None and same(table.rows[position][open_at]) == "no"
    ]


def _highest(table: Table, text: str) -> float | None:
    """The maximum grade that a row names; None where it names none."""
    highest = number_in(text)
    if highest is None and text.strip():
        raise ExportError(
            f"{table.name}: the maximum grade {text.strip()!r} is no plain number. Let the assignment in Moodle "
            "count points, and download the worksheet again."
        )
    return highest
