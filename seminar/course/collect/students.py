"""Which student it is that a learning management system calls by a number or a full name."""

from __future__ import annotations

import csv
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from seminar.course.collect.names import Kind, Named
from seminar.course.collect.source import unfit
from seminar.course.course import Course
from seminar.course.gradebook import is_there, opened
from seminar.errors import CollectError
from seminar.text import printable


@dataclass(frozen=True)
class Student:
    """A student, as nbgrader's gradebook has them."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def full_names(self) -> tuple[str, ...]:
        """How the student may be called: a system may put the last name first."""
        names = (self.first_name, self.last_name)
        return (" ".join(names), " ".join(reversed(names))) if all(name.strip() for name in names) else ()

    def completed(self, other: Student) -> Student:
        """The same student, with what another row tells where this one is empty."""
        return Student(**{name: value or getattr(other, name) for name, value in asdict(self).items()})


def in_gradebook(course: Course) -> list[Student]:
    """The students of the gradebook: none where there is no gradebook yet.

    Raises:
        CourseError: it cannot be read.
    """
    if not is_there(course):
        return []
    with opened(course) as gradebook:
        return [
            Student(
                str(each.id),
                each.first_name or "",
                each.last_name or "",
                each.email or "",
                "" if each.lms_user_id is None else str(each.lms_user_id),
            )
            for each in gradebook.students
        ]


def in_file(path: Path) -> list[Student]:
    """The students of a CSV file with the columns that `nbgrader db student import` reads: id, first_name, ...

    Raises:
        CollectError: it is not there, or cannot be read, or has no column `id`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, restval=""))
    except OSError as error:
        raise CollectError(
            f"{path}: cannot be read ({error.strerror}). Name a file that is there: --roster FILE.csv"
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CollectError(f"{path}: cannot be read ({error}). Is it CSV in UTF-8?") from error
    if rows and "id" not in rows[0]:
        raise CollectError(
            f"{path}: has no column `id`. Its first line is to name columns: id,first_name,last_name,email,lms_user_id"
        )
    columns = ("id", "first_name", "last_name", "email", "lms_user_id")
    return [Student(*(str(row.get(column) or "").strip() for column in columns)) for row in rows if row["id"].strip()]


class Roster:
    """Finds students by what an LMS calls them.

    Args:
        students: all of them; of two with one id the first counts, and the second for what the first leaves empty.

    Attributes:
        ids: their ids, in normalised Unicode (NFC).
        numbers: Canvas's ids of them: their own ids too, which may be Canvas's where there was no roster.
    """

    def __init__(self, students: Iterable[Student]) -> None:
        self._by_number: dict[str, set[str]] = defaultdict(set)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        by_id: dict[str, Student] = {}
        for each in students:
            by_id[each.id] = by_id[each.id].completed(each) if each.id in by_id else each
        self._known = {unicodedata.normalize("NFC", name): name for name in by_id}
        self.ids = frozenset(self._known)
        for student in by_id.values():
            if student.lms_user_id:
                self._by_number[student.lms_user_id].add(student.id)
            for name in student.full_names:
                self._by_name[same(name)].add(student.id)
        self.numbers = self.ids | self._by_number.keys()

    def student_id(self, named: Named) -> str:
        """The id of the student who handed a file in; what the LMS calls a student who is not in the roster.

        Raises:
            CollectError: it may be more than one, or the id cannot be the name of a folder.
        """
        found: set[str] = set()
        if named.kind is Kind.CANVAS:
            found = self._by_number.get(named.student, set())
        elif named.kind is Kind.MOODLE:
            # Where there are groups, Moodle puts "group-" before the name; either may hold a hyphen.
            parts = named.student.split("-")
            names = ("-".join(parts[start:]) for start in range(len(parts)))
            found = next((self._by_name[same(name)] for name in names if same(name) in self._by_name), set())
        if len(found) > 1:
            raise CollectError(f"{printable(named.student)} may be {' or '.join(map(printable, sorted(found)))}")
        named_so = unicodedata.normalize("NFC", next(iter(found), named.student))
        student = self._known.get(named_so, named_so)  # as the gradebook spells it
        if problem := unfit(student):
            raise CollectError(f"the student id {printable(student)!r} {problem}")
        return student


def same(name: str) -> str:
    """A name, for comparison: in normalised Unicode, without regard to case and spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
