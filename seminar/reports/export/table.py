"""A CSV file as a learning management system writes and reads it, and whose row is whose."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seminar.course.collect.students import Student, same
from seminar.errors import ExportError
from seminar.whole import whole

BOM = b"\xef\xbb\xbf"
SPLIT = re.compile(r";(?=[\s\"']*[=+@＝＋－＠-])")  # noqa: RUF001
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  what a spreadsheet takes for the start of one


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


@dataclass(frozen=True)
class Filled:
    """What came of putting grades into a table.

    Attributes:
        students: who has a row of their own.
        topics: those that have a column.
        notes: what whoever uploads the file should know.
    """

    students: set[str]
    topics: list[str]
    notes: list[str]


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
    return f"'{text}" if text.startswith(FORMULA) and number_in(text) is None else text


def number(points: float) -> str:
    """Points as text, to two decimals at most."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def number_in(text: str) -> float | None:
    """The number that a text is, with a point or a comma; None where it is none."""
    if not re.fullmatch(r"\s*[+-]?\d+([.,]\d+)?\s*", text):
        return None
    return float(text.replace(",", "."))
