"""The table of points, as a terminal of any width shows it."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from seminar.cli import console
from seminar.course.gradebook import Score
from seminar.reports.scores import NARROW, score_table

TOPICS = {"1-numpy-and-torch": 18.0, "2-tensors": 18.0, "3-autograd": 19.5}
LONG = "wolfeschlegelsteinhausenbergerdorff"


def shown(scores: list[Score], out_of: dict[str, float], width: int, *failed: tuple[str, str]) -> list[str]:
    """The lines that a terminal of a width gets, cut where it cuts them."""
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    console.print(score_table(scores, out_of, failed, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def row(lines: list[str], start: str) -> list[str]:
    """The cells of the row that begins so; its first line only."""
    (line,) = (line for line in lines if line.startswith(f"│ {start}"))
    return [cell.strip() for cell in line.strip("│").split("│")]


def points(*students: str) -> list[Score]:
    return [Score(topic, student, 17.25, most) for student in students for topic, most in TOPICS.items()]


@given(st.integers(48, 140))
def test_a_number_is_whole_however_narrow_it_is(width: int) -> None:
    lines = shown(points("ada", LONG), TOPICS, width)
    assert all(cell_len(line) <= width for line in lines)
    whole = {"17.25": 6, "51.75": 2, "55.5": 1}
    text = "\n".join(lines)
    told = {number: len(re.findall(rf"(?<![\d.]){number}(?![\d.])", text)) for number in whole}
    assert told == whole
    assert (
        re.sub(r"[│\s\d.]", "", "".join(line.split("│")[1] for line in lines if line.startswith("│"))) == f"ada{LONG}"
    )


def test_where_topics_do_not_fit_the_totals_stand_alone_and_it_says_so() -> None:
    lines = shown(points("ada", LONG), TOPICS, 36)
    assert row(lines, "ada") == ["ada", "51.75"]
    assert " ".join(" ".join(lines[-4:]).split()).endswith(NARROW)
    assert all(len(line) <= 36 for line in lines)


@pytest.mark.parametrize("width", [80, 10_000])
def test_where_there_is_room_it_is_as_wide_as_it_is(width: int) -> None:
    lines = shown(points("ada"), TOPICS, width)
    assert row(lines, "ada") == ["ada", "17.25", "17.25", "17.25", "51.75"]
    assert {len(line.rstrip()) for line in lines[1:]} == {66}


def test_a_row_adds_up() -> None:
    lines = shown(points("ada"), TOPICS, 80, ("ada", "2-tensors"), ("bo", "3-autograd"))
    assert row(lines, "ada") == ["ada", "17.25", "not graded", "17.25", "34.5"]  # an older score does not count
    assert row(lines, "bo") == ["bo", "-", "-", "not graded", "0"]


def test_a_topic_is_worth_its_points_before_anybody_has_some() -> None:
    lines = shown([], {"a": 14.0}, 80)
    assert "of 14" in lines[3]


def test_an_id_does_nothing_to_a_terminal() -> None:
    lines = shown([Score("a", "\x1b[31mred", 1.0, 2.0)], {"a": 2.0}, 80)
    assert row(lines, r"\x1b[31mred")[1:] == ["1", "1"]


def test_a_file_gets_it_as_wide_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    topics = {f"week-{each:02d}-tensors": 18.0 for each in range(40)}
    console().print(score_table([Score(topic, LONG, 17.25, 18.0) for topic in topics], topics, width=console().width))
    lines = capsys.readouterr().out.splitlines()
    assert row(lines, LONG) == [LONG, *["17.25"] * 40, "690"]
