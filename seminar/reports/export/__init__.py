"""Grades for a learning management system: from the gradebook to a CSV file that Canvas, Moodle or a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from seminar.course.course import Course
from seminar.course.gradebook import waiting
from seminar.errors import ExportError
from seminar.reports.export.canvas import as_canvas, fill_canvas
from seminar.reports.export.grades import as_nbgrader, read_grades
from seminar.reports.export.moodle import as_moodle, fill_moodle
from seminar.reports.export.table import Table
from seminar.reports.scores import waiting_lines
from seminar.text import counted

Format = Literal["csv", "canvas", "moodle"]


@dataclass
class Exported:
    """What came of an export.

    Attributes:
        students: how many were written.
        topics: those that were written.
        notes: what whoever uploads the file should know.
        unmatched: who has grades, but no row of their own in the table that was to be filled in.
    """

    students: int
    topics: list[str]
    notes: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)


def export(
    course: Course, to: Path, topics: Sequence[str] = (), form: Format = "csv", like: Path | None = None
) -> Exported:
    """Write the grades of a course to a file.

    Args:
        course: the course.
        to: the file to write.
        topics: these only; by default all that the gradebook knows.
        form: whose file it is: nbgrader's own, Canvas's or Moodle's.
        like: Canvas's gradebook or Moodle's grading worksheet, as downloaded: it is filled in.

    Raises:
        CourseError: the gradebook cannot be read, or does not know a topic.
        ExportError: a file cannot be read or written, or does not fit the course.
    """
    grades = read_grades(course, topics)
    done = Exported(len(grades.students), list(grades.out_of))
    done.notes += waiting_lines(waiting(course, done.topics))
    for topic in done.topics:
        handed_in = course.submissions(topic)
        if left := sum((each.student, topic) not in grades.points for each in handed_in):
            done.notes.append(f"{topic}: {counted(left, 'submission is', 'submissions are')} not graded yet.")
    if form == "csv":
        if like:
            raise ExportError("--like: fills in Canvas's or Moodle's file. Say which: --format canvas, or moodle")
        table = as_nbgrader(course, grades)
    elif like:
        table = Table.read(like)
        filled = fill_canvas(table, grades) if form == "canvas" else fill_moodle(table, grades, course)
        done.students, done.topics = len(filled.students), filled.topics
        done.notes += filled.notes
        done.unmatched = [student.id for student in grades.with_points() if student.id not in filled.students]
    else:
        table = as_canvas(grades) if form == "canvas" else as_moodle(grades)
    table.write(to)
    return done
