"""Grades for a learning management system: from the gradebook to a CSV file that Canvas, Moodle or a person reads."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from seminar.course.collect.file_names import plain
from seminar.course.collect.placing import collected
from seminar.course.collect.students import Student, in_gradebook, same
from seminar.course.course import Course
from seminar.course.gradebook import is_there, opened, require_released, scores, waiting, worth
from seminar.errors import ExportError
from seminar.reports.scores import waiting_lines
from seminar.whole import whole

Format = Literal["csv", "canvas", "moodle"]

BOM = b"\xef\xbb\xbf"
SPLIT = re.compile(r";(?=[\s\"']*[=+@＝＋－＠-])")  # noqa: RUF001
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  what a spreadsheet takes for the start of one
NBGRADER_COLUMNS = [
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
]
CANVAS_COLUMNS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
CANVAS_POINTS = "    Points Possible"  # the first cell of the row that says what the columns count to
CANVAS_EXCUSED = "EX"  # stands for the points of who need not hand in
MOODLE_COLUMNS = ["Identifier", "Full name", "Email address"]
MOODLE_OPEN = "Grade can be changed"  # the column that says "No" where Moodle's import passes the row over


@dataclass(frozen=True)
class Grades:
    """What a class has in the gradebook.

    Attributes:
        students: all of them.
        out_of: the points that each topic is worth, in the order of topics.
        points: what a student has for a topic, penalties for lateness taken off; no entry where nothing was handed in.
    """

    students: list[Student]
    out_of: dict[str, float]
    points: dict[tuple[str, str], float]

    def with_points(self) -> list[Student]:
        """The students who have handed anything in."""
        those = {student for student, _ in self.points}
        return [student for student in self.students if student.id in those]

    def cell(self, student: str, topic: str) -> str:
        """A student's points for a topic as text; empty where nothing was handed in."""
        points = self.points.get((student, topic))
        return "" if points is None else number(points)


@dataclass
class Table:
    """A CSV file.

    Attributes:
        name: how messages call it.
        rows: its cells, the header first.
        encoding: "utf-8-sig" where it begins with a byte order mark.
    """

    rows: list[list[str]]
    name: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\n"

    @classmethod
    def read(cls, path: Path) -> Table:
        """Read a file that a learning management system has written.

        Raises:
            ExportError: it is not there, empty, or no CSV in UTF-8.
        """
        try:
            data = path.read_bytes()
            text = data.decode("utf-8-sig")
            header = text.partition("\n")[0]
            delimiter = max(",;\t", key=header.count)
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            rows = [row for row in reader if row]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ExportError(f"{path}: cannot be read as CSV in UTF-8 ({error}). Download it again.") from error
        if not rows:
            raise ExportError(f"{path}: is empty. Download it again.")
        for row in rows:
            row.extend([""] * (len(rows[0]) - len(row)))
        return cls(
            rows,
            name=str(path),
            encoding="utf-8-sig" if data.startswith(BOM) else "utf-8",
            delimiter=delimiter,
            newline="\r\n" if "\r\n" in text else "\n",
        )

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            ExportError: it cannot be written.
        """
        try:
            with whole(path) as part, part.open("w", encoding=self.encoding, newline="") as file:
                csv.writer(file, delimiter=self.delimiter, lineterminator=self.newline).writerows(self.rows)
        except OSError as error:
            raise ExportError(f"{path}: cannot be written ({error.strerror}). Name another: --to FILE") from error

    def column(self, *names: str) -> int | None:
        """The position of the first of these columns that is there; None for none."""
        return next((self.rows[0].index(name) for name in names if name in self.rows[0]), None)


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
    if form == "csv":
        if like:
            raise ExportError("--like: fills in Canvas's or Moodle's file. Say which: --format canvas, or moodle")
        table = as_nbgrader(course, grades)
    elif like:
        table = Table.read(like)
        matched = fill_canvas(table, grades, done) if form == "canvas" else fill_moodle(table, grades, course, done)
        done.students = len(matched)
        done.unmatched = [student.id for student in grades.with_points() if student.id not in matched]
    else:
        table = as_canvas(grades) if form == "canvas" else as_moodle(grades)
    table.write(to)
    return done


def read_grades(course: Course, topics: Sequence[str] = ()) -> Grades:
    """The grades of the topics, by default of all that the gradebook knows.

    Raises:
        CourseError: the gradebook cannot be read, or does not know a topic that is named.
        ExportError: it knows no topic.
    """
    for topic in topics:
        require_released(course, topic)
    none = ExportError(f"{course.database}: the gradebook knows no topic. Release and grade one: seminar release")
    if not is_there(course):
        raise none
    students = in_gradebook(course)
    with opened(course) as gradebook:
        known = sorted(each.name for each in gradebook.assignments if each.notebooks)
    out_of = worth(course, [*(topics or known)])
    points = {(score.student, score.topic): score.points for score in scores(course, list(out_of))}
    if not out_of:
        raise none
    return Grades(students, out_of, points)


def as_nbgrader(course: Course, grades: Grades) -> Table:
    """The table of nbgrader's own exporter, with two differences.

    What was not handed in is empty, not 0; and texts are quoted, where nbgrader's shifts the columns at a comma.
    """
    rows = [NBGRADER_COLUMNS]
    with opened(course) as gradebook:
        students = gradebook.students
        for topic in grades.out_of:
            assignment = gradebook.find_assignment(topic)
            handed_in = {each.student_id: each for each in assignment.submissions}
            for student in students:
                has = handed_in.get(student.id)
                late = has and has.late_submission_penalty
                cells = [
                    *(topic, assignment.duedate, has and has.timestamp),
                    *(student.id, student.last_name, student.first_name, student.email),
                    *((has.score, late, max(0.0, has.score - late)) if has else ("", "", "")),
                    assignment.max_score,
                ]
                rows.append([harmless("" if cell is None else str(cell)) for cell in cells])
    return Table(rows)


def as_canvas(grades: Grades) -> Table:
    """A table that Canvas's gradebook imports, with a column for each topic."""
    rows = [[*CANVAS_COLUMNS, *grades.out_of]]
    rows.append([CANVAS_POINTS, "", "", "", "", *map(number, grades.out_of.values())])
    for student in grades.students:
        name = ", ".join(filter(None, (student.last_name, student.first_name))) or student.id
        # Canvas's own numbers serve as student ids where they were collected without a roster.
        canvas_id = student.lms_user_id or (student.id if student.id.isdecimal() else "")
        texts = [harmless(text) for text in (name, canvas_id, "", student.id, "")]
        rows.append([*texts, *(grades.cell(student.id, topic) for topic in grades.out_of)])
    return Table(rows)


def as_moodle(grades: Grades) -> Table:
    """A table that Moodle's gradebook imports, with a column for each topic."""
    rows = [[*MOODLE_COLUMNS, *grades.out_of]]
    for student in grades.students:
        name = " ".join(filter(None, (student.first_name, student.last_name))) or student.id
        texts = [harmless(text) for text in (student.id, name, student.email)]
        rows.append([*texts, *(grades.cell(student.id, topic) for topic in grades.out_of)])
    return Table(rows)


def fill_canvas(table: Table, grades: Grades, done: Exported) -> set[str]:
    """Put grades into Canvas's gradebook, as it exports it.

    Args:
        table: the gradebook; it is changed.
        grades: the grades.
        done: notes are added to it.

    Returns:
        The students who have a row.

    Raises:
        ExportError: the table lacks Canvas's columns, or has none for any of the topics.
    """
    number_at = table.column("ID")
    if number_at is None:
        raise ExportError(f"{table.name}: has no column `ID`, so it is not Canvas's gradebook. Export it there, whole.")
    columns: dict[str, int] = {}
    for topic in grades.out_of:
        these = [at for at, name in enumerate(table.rows[0]) if plain(re.sub(r"\s*\(\d+\)$", "", name)) == plain(topic)]
        if len(these) > 1:
            raise ExportError(f"{table.name}: has several columns for {topic}. Remove all but one.")
        if these:
            columns[topic] = these[0]
        else:
            done.notes.append(f"Canvas has no column for {topic}: its grades are not written.")
    if not columns:
        raise ExportError(
            f"{table.name}: has no column for {', '.join(grades.out_of)}. Call the assignments in Canvas so."
        )
    done.topics = list(columns)
    for row in table.rows[1:]:
        if row[0].strip() == CANVAS_POINTS.strip():
            for topic, at in columns.items():
                if _float(row[at]) not in (None, grades.out_of[topic]):
                    what = f"Canvas counts {topic} out of {row[at]}, the course out of {number(grades.out_of[topic])}"
                    done.notes.append(f"{what}: the course's points are written.")
    keys: list[Key] = [(number_at, lambda student: {student.lms_user_id})]
    for name in ("SIS Login ID", "SIS User ID"):
        if (sis_at := table.column(name)) is not None:
            keys.append((sis_at, lambda student: {student.id, student.email}))
    keys.append((number_at, lambda student: {student.id}))  # where they were collected without a roster
    matched = match(grades.students, table, keys)
    for student, position in matched.items():
        row = table.rows[position]
        for topic, at in columns.items():
            if row[at].strip().upper() == CANVAS_EXCUSED and grades.cell(student, topic):
                done.notes.append(f"{student}: is excused from {topic} in Canvas: that is left as it is.")
            else:
                row[at] = grades.cell(student, topic) or row[at]
    return set(matched)


def fill_moodle(table: Table, grades: Grades, course: Course, done: Exported) -> set[str]:
    """Put the grades of one topic into Moodle's offline grading worksheet, scaled to the maximum that stands there.

    Args:
        table: the worksheet; it is changed.
        grades: the grades of one topic.
        course: whose collected submissions tell Moodle's number of a student in the assignment.
        done: notes are added to it.

    Returns:
        The students who have a row.

    Raises:
        ExportError: there is more than one topic, or the table lacks Moodle's columns, or its maximum is no number.
    """
    if len(grades.out_of) != 1:
        raise ExportError(f"{table.name}: is of one assignment. Name its topic: seminar export TOPIC ...")
    ((topic, out_of),) = grades.out_of.items()
    grade_at, highest_at = table.column("Grade"), table.column("Maximum Grade", "Maximum grade")
    who = [table.column(name) for name in MOODLE_COLUMNS]
    if grade_at is None or who == [None] * len(who):
        raise ExportError(
            f"{table.name}: has no column `Grade`, or none of {', '.join(MOODLE_COLUMNS)}, so it is not Moodle's "
            "grading worksheet. Download it from the assignment, in English."
        )

    def participant(student: Student) -> set[str]:
        origin = collected(course.submitted(topic, student.id))
        return {f"Participant {origin.participant}"} if origin and origin.participant else set()

    by: tuple[Callable[[Student], set[str]], ...] = (
        participant,
        lambda student: {*student.full_names, student.id},
        lambda student: {student.email, student.id},
    )
    # The number first, then the address: two students may have one name.
    keys = [(who[at], by[at]) for at in (0, 2, 1)]
    matched = match(grades.with_points(), table, [(at, of) for at, of in keys if at is not None])
    scaled: set[str] = set()
    open_at = table.column(MOODLE_OPEN)
    for student, position in matched.items():
        row = table.rows[position]
        if open_at is not None and same(row[open_at]) == "no":
            done.notes.append(
                f"{student}: `{MOODLE_OPEN}` is No, so Moodle will pass the row over. Unlock the grade there, download "
                "the worksheet again, then export again."
            )
        points, text = grades.points[student, topic], "" if highest_at is None else row[highest_at]
        highest = _float(text)
        if highest is None and text.strip():
            raise ExportError(
                f"{table.name}: the maximum grade {text.strip()!r} is no plain number. Let the assignment in Moodle "
                "count points, and download the worksheet again."
            )
        if highest and out_of and highest != out_of:
            points = min(highest, points * highest / out_of)
            scaled.add(text)
        row[grade_at] = number(points).replace(".", "," if "," in text else ".")
    done.notes += [
        f"Moodle counts {topic} out of {text}: {number(out_of)} points are {text}." for text in sorted(scaled)
    ]
    return set(matched)


Key = tuple[int, Callable[[Student], set[str]]]
"""A column, and what may stand there for a student."""


def match(students: Iterable[Student], table: Table, keys: Sequence[Key]) -> dict[str, int]:
    """Find each student's row, by one column after the other.

    Returns:
        The rows' positions, by student id. A student who fits several rows, or shares one with another, has none.
    """
    found: dict[str, int] = {}
    left = list(students)
    for column, names in keys:
        rows: dict[str, set[int]] = defaultdict(set)
        for position, row in enumerate(table.rows[1:], start=1):
            if (name := same(row[column])) and position not in found.values():
                rows[name].add(position)
        fits = {student.id: set().union(*(rows[same(name)] for name in names(student) if name)) for student in left}
        shared = Counter(position for positions in fits.values() for position in positions)
        for student, positions in fits.items():
            if len(positions) == 1 and shared[min(positions)] == 1:
                found[student] = min(positions)
        left = [student for student in left if student.id not in found]
    return found


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: what looks like one, and is no number, is quoted.

    Some split at semicolons: none is left where what follows looks like one.
    """
    text = SPLIT.sub(",", text)
    return f"'{text}" if text.startswith(FORMULA) and _float(text) is None else text


def number(points: float) -> str:
    """Points as text, to two decimals at most."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _float(text: str) -> float | None:
    if not re.fullmatch(r"\s*[+-]?\d+([.,]\d+)?\s*", text):
        return None
    return float(text.replace(",", "."))
