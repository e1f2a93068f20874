"""What came of collecting, as it is printed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rich.console import Group
from rich.table import Table

from seminar.course.collect.collecting import Outcome
from seminar.course.collect.file_names import Aside
from seminar.text import printable


def collected_table(outcome: Outcome) -> Group:
    """A row for each submission that was placed or left, and below a line for each student who is not in the roster."""
    table = Table(title="Collected")
    for column in ("student", "topic", "attempt", "late", ""):
        table.add_column(column, justify="right" if column == "attempt" else "left")
    rows = [(attempt, f"left: {why}") for attempt, why in outcome.left]
    for attempt in outcome.placed:
        former = outcome.replaced.get((attempt.student, attempt.topic))
        rows.append((attempt, f"replaces {printable(former)}" if former else ""))
    for attempt, note in sorted(rows, key=lambda row: (row[0].topic, row[0].student)):
        origin = attempt.collected
        # Counted as people count: the first attempt bears no number.
        table.add_row(
            printable(attempt.student),
            printable(attempt.topic),
            str(origin.attempt + 1),
            "late" if origin.late else "",
            note,
        )
    return Group(table, *_unknown_lines(outcome.unknown))


def _unknown_lines(unknown: dict[str, str]) -> Iterator[str]:
    """A line for each student who is not in the roster."""
    for student, source in sorted(unknown.items()):
        yield (
            f"note: {printable(student)}: is not in the roster, and counts as a new student ({printable(source)}). Add "
            "them, or mend the name or lms_user_id of the student whom it is by (nbgrader db student add ID ..., or "
            "--roster FILE.csv), remove the new student's folder, and collect again."
        )


def skipped_lines(skipped: Iterable[Aside]) -> Iterator[str]:
    """A line for each reason for which files were skipped, with one of them."""
    names = defaultdict(list)
    for aside in skipped:
        names[aside.why].append(printable(aside.name))
    for why, these in sorted(names.items()):
        yield f"{these[0]}: {why}." if len(these) == 1 else f"{these[0]} and {len(these) - 1} more: {why}."
