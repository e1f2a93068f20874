"""What came of collecting, as it is printed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rich.table import Table

from seminar.course.collect import Outcome
from seminar.course.collect.names import Aside
from seminar.text import printable


def collected_table(outcome: Outcome) -> Table:
    """A row for each submission that was placed or left."""
    table = Table(title="Collected")
    for column in ("student", "topic", "attempt", "late", ""):
        table.add_column(column, justify="right" if column == "attempt" else "left")
    rows = [
        *((attempt, "") for attempt in outcome.placed),
        *((attempt, f"left: {why}") for attempt, why in outcome.left),
    ]
    for attempt, note in sorted(rows, key=lambda row: (row[0].topic, row[0].student)):
        origin = attempt.collected
        # Counted as people count: the first attempt bears no number.
        table.add_row(attempt.student, attempt.topic, str(origin.attempt + 1), "late" if origin.late else "", note)
    return table


def skipped_lines(skipped: Iterable[Aside]) -> Iterator[str]:
    """A line for each reason for which files were skipped, with one of them."""
    names = defaultdict(list)
    for aside in skipped:
        names[aside.why].append(printable(aside.name))
    for why, these in sorted(names.items()):
        yield f"{these[0]}: {why}." if len(these) == 1 else f"{these[0]} and {len(these) - 1} more: {why}."
