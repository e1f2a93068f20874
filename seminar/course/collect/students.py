"""Which student it is that a learning management system calls by a number or a full name."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from seminar.course.collect.file_names import Kind, Named
from seminar.course.collect.paths import unfit
from seminar.course.course import Course
from seminar.course.gradebook import is_there, opened
from seminar.errors import CollectError
from seminar.text import printable

SEPARATORS = {"semicolons": ";", "tabs": "\t"}  # that spreadsheets put in the place of commas
ACCENTS = re.compile("[\u0300-\u036f]")  # not the signs of other scripts, which make another letter


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
                _number("" if each.lms_user_id is None else str(each.lms_user_id)),
            )
            for each in gradebook.students
        ]


def in_file(path: Path) -> list[Student]:
    """The students of a CSV file with the columns that `nbgrader db student import` reads: id, first_name, ...

    Raises:
        CollectError: it is not there, or cannot be read, or has no column `id`.
    """
    line = 1  # at which the row begins that is read
    rows = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="", skipinitialspace=True, strict=True)
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            line = reader.line_num + 1
            for row in reader:
                rows.append(row)
                line = reader.line_num + 1
    except OSError as error:
        raise CollectError(
            f"{path}: cannot be read ({error.strerror}). Name a file that is there: --roster FILE.csv"
        ) from error
    except UnicodeDecodeError as error:
        raise CollectError(f"{path}: cannot be read ({error}). Is it CSV in UTF-8?") from error
    except csv.Error as error:
        raise CollectError(
            f"{path}: cannot be read: the row that begins in line {line} is no CSV ({error}). Is a quotation mark "
            "missing there, or one too many?"
        ) from error
    if "id" not in reader.fieldnames:
        raise CollectError(
            f"{path}: has no column `id`. Its first line is to name columns: "
            f"id,first_name,last_name,email,lms_user_id{_nearly(reader.fieldnames)}"
        )
    columns = ("id", "first_name", "last_name", "email", "lms_user_id")
    students = [
        Student(*(str(row.get(column) or "").strip() for column in columns)) for row in rows if row["id"].strip()
    ]
    return [replace(student, lms_user_id=_number(student.lms_user_id)) for student in students]


def _nearly(names: Sequence[str]) -> str:
    """What is nearly right of a file's columns, none of which is called `id`: a sentence, or nothing."""
    (first, *_) = [*names, ""]
    if separator := next((name for name, sign in SEPARATORS.items() if sign in first), None):
        return f". It has {separator} between them: save it with commas"
    if other := next((name for name in names if name.casefold() == "id"), None):
        return f". It has {other!r}: write these names in small letters"
    return ""


def _number(text: str) -> str:
    """An LMS's number of a student, without the fraction that a spreadsheet adds to it."""
    return re.sub(r"^(\d+)\.0+$", r"\1", text.strip())


class Roster:
    """Finds students by what an LMS calls them.

    Attributes:
        ids: their ids, in normalised Unicode (NFC).
        numbers: Canvas's ids of them: their own ids too, which may be Canvas's where there was no roster.
        is_one: whether it tells more than the ids, which are those of earlier collections where there is no roster.
    """

    def __init__(self, students: Iterable[Student]) -> None:
        """Note all that they may be called.

        Args:
            students: all of them; of two with one id the first counts, and the second for what the first leaves empty.
        """
        self._by_number: dict[str, set[str]] = defaultdict(set)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._by_letters: dict[str, set[str]] = defaultdict(set)
        self._by_id: dict[str, set[str]] = defaultdict(set)
        by_id: dict[str, Student] = {}
        for each in students:
            by_id[each.id] = by_id[each.id].completed(each) if each.id in by_id else each
        self._known = {unicodedata.normalize("NFC", name): name for name in by_id}
        self.ids = frozenset(self._known)
        for student in by_id.values():
            self._by_id[same(student.id)].add(student.id)
            if student.lms_user_id:
                self._by_number[student.lms_user_id].add(student.id)
            for name in student.full_names:
                self._by_name[same(name)].add(student.id)
                self._by_letters[letters(name)].add(student.id)
        self.numbers = self.ids | self._by_number.keys()
        self.is_one = bool(self._by_number or self._by_name)

    def student_id(self, named: Named) -> str:
        """The id of the student who handed a file in; what the LMS calls a student who is not in the roster.

        Raises:
            CollectError: it may be more than one, or the id cannot be the name of a folder.
        """
        found = self._called(named)
        if len(found) > 1:
            raise CollectError(f"{printable(named.student)} may be {' or '.join(map(printable, sorted(found)))}")
        # An id is spelt as the gradebook spells it.
        student = next(iter(found), unicodedata.normalize("NFC", named.student))
        if problem := unfit(student):
            raise CollectError(f"the student id {printable(student)!r} {problem}")
        return student

    def knows(self, student: str) -> bool:
        """Whether a student, by the id that `student_id` has told, is in the roster."""
        return student in self._known.values()

    def _called(self, named: Named) -> set[str]:
        """The ids of those who are called so: as it is written if there are any, else with what an LMS changes."""
        if named.kind is Kind.CANVAS and (found := self._by_number.get(named.student)):
            return found
        if named.kind is Kind.MOODLE:
            # Where there are groups, Moodle puts "group-" before the name; either may hold a hyphen.
            parts = named.student.split("-")
            names = ["-".join(parts[start:]) for start in range(len(parts))]
            for students, key in ((self._by_name, same), (self._by_letters, letters)):
                if found := next((students[key(name)] for name in names if key(name) in students), None):
                    return found
        if student := self._known.get(unicodedata.normalize("NFC", named.student)):
            # A course's own number can be Canvas's number of somebody else: then the name tells.
            others = self._by_letters.get(letters(named.called), set()) if named.called else set()
            return {student} if student in others else {student, *others}
        return self._by_id.get(same(named.student), set())


def same(name: str) -> str:
    """A name, for comparison: in normalised Unicode, without regard to case and spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def letters(name: str) -> str:
    """A name's letters and digits, for comparison: no accents, and no punctuation, of which Moodle drops much."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()))
    return "".join(letter for letter in plain if unicodedata.category(letter)[0] in "LMN")
