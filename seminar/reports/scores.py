"""The table of students by topic."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from rich.cells import cell_len
from rich.table import Table

from seminar.course.gradebook import Score
from seminar.text import escaped

BESIDE = 3  # columns of a terminal that a column of the table takes beside its text; the table takes one more
LEAST = 10  # that are left of a student's id where it is narrow: it goes on in the next line
NARROW = "The points of each topic do not fit here: seminar export --to FILE"


def score_table(
    scores: list[Score], out_of: Mapping[str, float], failed: Collection[tuple[str, str]] = (), width: int | None = None
) -> Table:
    """A row for each student, a column for each topic, and the total.

    Where it is narrow, names are broken, numbers never: where these do not fit, the totals stand alone.

    Args:
        scores: what the gradebook holds for the topics.
        out_of: the points that each topic is worth; in the order of the columns.
        failed: the (student, topic) that could not be graded: told so instead of a score, which the total leaves out.
        width: what the terminal has; None where there is no limit.
    """
    found = {(score.student, score.topic): score.points for score in scores}
    lines = [
        ["student", *(f"{topic}\nof {most:g}" for topic, most in out_of.items()), f"total\nof {sum(out_of.values()):g}"]
    ]
    for student in sorted({student for student, _ in [*found, *failed]}):
        has = {topic: found.get((student, topic)) for topic in out_of if (student, topic) not in failed}
        row = ["not graded" if topic not in has else _number(has[topic]) for topic in out_of]
        lines.append([escaped(student), *row, _number(sum(filter(None, has.values())))])
    widths = _widths(lines, width)
    caption = None
    if width is not None and sum(widths) + BESIDE * len(widths) + 1 > width:
        lines, caption = [[line[0], line[-1]] for line in lines], NARROW
        widths = _widths(lines, width)
    table = Table(title="Points", caption=caption)
    for place, (head, wide) in enumerate(zip(lines[0], widths, strict=True)):
        table.add_column(head, justify="right" if place else "left", width=wide, overflow="fold")
    for line in lines[1:]:
        table.add_row(*line)
    return table


def waiting_lines(waiting: Mapping[str, int], meanwhile: str = "they count as 0 until then") -> Iterator[str]:
    """A line for each topic with submissions that a person has yet to grade, as many as are told."""
    for topic, count in waiting.items():
        what = "1 submission has answers" if count == 1 else f"{count} submissions have answers"
        yield f"{topic}: {what} that a person has yet to grade, in formgrader: {meanwhile}."


def _number(points: float | None) -> str:
    return "-" if points is None else f"{points:g}"


def _widths(lines: list[list[str]], width: int | None) -> list[int]:
    """How wide each column is: as wide as its texts, but for the widest ones, where there is a limit.

    No number becomes narrower than it is: so all of it may be wider than the limit.
    """
    columns = [[line.split("\n") for line in column] for column in zip(*lines, strict=True)]
    wide = [max(cell_len(part) for text in column for part in text) for column in columns]
    least = [
        max(cell_len(word) for text in column for word in text[-1].split()) if place else min(wide[place], LEAST)
        for place, column in enumerate(columns)
    ]
    while width is not None and sum(wide) + BESIDE * len(wide) + 1 > width and wide != least:
        widest = max(range(len(wide)), key=lambda place: (wide[place] > least[place], wide[place]))
        wide[widest] -= 1
    return wide
