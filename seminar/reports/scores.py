"""The table of students by topic."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from rich.table import Table

from seminar.course.gradebook import Score


def score_table(scores: list[Score], topics: list[str], failed: Collection[tuple[str, str]] = ()) -> Table:
    """A row for each student, a column for each topic, and the total.

    Args:
        scores: what the gradebook holds for the topics.
        topics: the columns, in order.
        failed: the (student, topic) that could not be graded: shown as such instead of a score.
    """
    found = {(score.student, score.topic): score for score in scores}
    students = sorted({student for student, _ in [*found, *failed]})
    out_of = {topic: max((s.out_of for s in scores if s.topic == topic), default=0.0) for topic in topics}
    table = Table(title="Points")
    table.add_column("student", no_wrap=True)
    for topic in topics:
        table.add_column(f"{topic}\nof {out_of[topic]:g}", justify="right")
    table.add_column(f"total\nof {sum(out_of.values()):g}", justify="right")
    for student in students:
        row = [_entry(found.get((student, topic)), (student, topic) in failed) for topic in topics]
        total = sum(found[student, topic].points for topic in topics if (student, topic) in found)
        table.add_row(student, *row, f"{total:g}")
    return table


def waiting_lines(waiting: Mapping[str, int], meanwhile: str = "they count as 0 until then") -> Iterator[str]:
    """A line for each topic with submissions that a person has yet to grade, as many as are told."""
    for topic, count in waiting.items():
        what = "1 submission has answers" if count == 1 else f"{count} submissions have answers"
        yield f"{topic}: {what} that a person has yet to grade, in formgrader: {meanwhile}."


def _entry(score: Score | None, failed: bool) -> str:
    if failed:
        return "not graded"
    return "-" if score is None else f"{score.points:g}"
