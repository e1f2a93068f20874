"""Marks stay within their figures, at the places of what they stand for."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seminar.reports.figures import APART, MEMORY, TIME, Figure, Units, dot_figure, score_figure, size_figure
from seminar.reports.statistics import log_histogram, share_histogram

fractions = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def assert_inside(figure: Figure) -> None:
    places = [mark.at for mark in (*figure.ticks, *figure.lines)] + [dot.at for dot in figure.dots]
    places += [place for bar in figure.bars for place in (bar.left, bar.left + bar.width)]
    assert all(-0.2 <= place <= 100.2 for place in places)
    assert all(0 <= bar.height <= 100 for bar in figure.bars)


@given(fractions)
def test_scores(shares: list[float]) -> None:
    figure = score_figure("all", share_histogram(shares), shares[0])
    assert_inside(figure)
    assert sum(bar.count for bar in figure.bars) == len(shares)


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40), st.sampled_from([TIME, MEMORY]))
def test_sizes(values: list[float], units: Units) -> None:
    figure = size_figure("time", log_histogram(values), values[0], "{:g}".format, units)
    assert_inside(figure)
    assert figure.ticks
    assert all(other.at - one.at >= APART for one, other in itertools.pairwise(figure.ticks))


@pytest.mark.parametrize(
    ("low", "high", "units", "expected"),
    [
        (1.1, 9, TIME, ["1 s", "2 s", "5 s", "10 s"]),
        (1.1, 95, TIME, ["1 s", "10 s", "1 min"]),
        (0.05, 14_400, TIME, ["0.1 s", "10 s", "10 min"]),
        (2, 3599, TIME, ["10 s", "1 min", "10 min", "1 h"]),
        (9000, 300_000, TIME, ["3 h", "10 h", "30 h"]),
        (0.011, 0.04, TIME, ["0.01 s", "0.02 s", "0.05 s"]),
        (300, 9000, MEMORY, ["300 MiB", "1 GiB", "3 GiB"]),
        (0.05, 14_000, MEMORY, ["0.1 MiB", "10 MiB", "1 GiB"]),
    ],
)
def test_an_axis_of_sizes_has_round_numbers_that_fit(
    low: float, high: float, units: Units, expected: list[str]
) -> None:
    figure = size_figure("it", log_histogram([low, high]), low, "{:g}".format, units)
    assert [tick.text for tick in figure.ticks] == expected


@given(fractions, st.booleans())
def test_dots(values: list[float], known: bool) -> None:
    named = {f"student {each}": value for each, value in enumerate(values)}
    figure, begin = dot_figure("networks", named, {"published": 0.9741} if known else {})
    assert_inside(figure)
    assert len(figure.dots) == sum(value >= begin for value in values)
    assert len({(dot.at, dot.level) for dot in figure.dots}) == len(figure.dots)  # none hides another


def test_a_network_that_has_learnt_nothing_does_not_press_the_others_together() -> None:
    values = {"a": 0.971, "b": 0.973, "c": 0.972, "d": 0.1}
    figure, begin = dot_figure("networks", values, {"asked for": 0.965})
    assert (len(figure.dots), begin) == (3, 0.96)
    assert [tick.text for tick in figure.ticks] == ["0.96", "0.965", "0.97", "0.975", "0.98"]
    (line,) = figure.lines
    assert line.at == pytest.approx(25)
