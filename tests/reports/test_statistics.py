"""The numbers of the class report."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seminar.reports.statistics import ENOUGH, Floats, Item, discriminations, items, log_histogram, share_histogram

classes = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=2 * ENOUGH),
    elements=st.sampled_from([0, 0.5, 1, 1.5, 2, 3]),
)


def test_a_class_counted_by_hand() -> None:
    points = np.array([[2.0, 3.0], [2.0, 1.5], [0.0, 0.0], [2.0, 0.0]])
    first, second = items(points, np.array([2.0, 3.0]))
    assert (first.mean, first.full, first.part, first.none) == (0.75, 0.75, 0, 0.25)
    assert (second.mean, second.full, second.part, second.none) == (0.375, 0.25, 0.25, 0.5)
    assert (first.students, first.discrimination) == (4, "too few")


def test_a_discrimination_computed_by_hand() -> None:
    first, second = [1.0] * 5 + [0.0] * 5, [1.0] * 4 + [0.0] * 6
    third = [0.0] * 5 + [1.0] * 5
    found = discriminations(np.array([first, second, third]).T, np.ones(3))
    # The sums about the means: of products over the root of those of squares.
    assert found[0] == pytest.approx((4 - 10 * 0.5 * 0.9) / math.sqrt(2.5 * 0.9))  # with second + third
    assert found[1] == "all alike"  # first + third is 1 for everybody
    assert found[2] == pytest.approx((0 - 10 * 0.5 * 0.9) / math.sqrt(2.5 * 8.9))  # with first + second


@given(classes)
def test_shares_add_up_and_correlations_are_correlations(points: Floats) -> None:
    for item in items(points, np.full(points.shape[1], 3.0)):
        assert item.full + item.part + item.none == pytest.approx(1)
        assert item.full <= item.mean + 1e-9 <= 1 - item.none + 2e-9
        assert isinstance(item.discrimination, str) or -1 <= item.discrimination <= 1
        assert item.students >= ENOUGH or isinstance(item.discrimination, str)


@given(classes)
def test_the_order_of_students_does_not_matter(points: Floats) -> None:
    out_of = np.full(points.shape[1], 3.0)
    for one, other in zip(discriminations(points, out_of), discriminations(points[::-1], out_of), strict=True):
        assert one == (other if isinstance(other, str) else pytest.approx(other))


def test_what_waits_for_a_person_counts_nowhere() -> None:
    rest = np.array([[2.0, 3.0, 1.0]] * 6 + [[0.0, 1.0, 0.0]] * 6)
    points = np.hstack([rest, np.full((12, 1), np.nan)])
    out_of = np.array([2.0, 3.0, 1.0, 9.0])
    assert items(points, out_of)[:3] == items(rest, out_of[:3])
    assert items(points, out_of)[3] == Item(0, 12, 0.0, 0.0, 0.0, 0.0, "too few")
    points[0, 3] = 9
    nearly = items(points, out_of)
    assert (nearly[3].students, nearly[3].waiting, nearly[3].mean, nearly[3].full) == (1, 11, 1, 1)
    assert [item.mean for item in nearly[:3]] == [item.mean for item in items(rest, out_of[:3])]
    # One who has the best of them graded, too, is not above the others: shares are compared, not sums.
    assert nearly[0].discrimination == pytest.approx(1)


def test_one_exercise_has_no_others() -> None:
    points = np.array([[0.0], [2.0]] * ENOUGH)
    assert discriminations(points, np.array([2.0])) == ["no others"]
    waiting = np.hstack([points, np.full_like(points, np.nan)])
    assert discriminations(waiting, np.array([2.0, 2.0])) == ["no others", "too few"]


@given(st.lists(st.floats(0, 2), max_size=50))
def test_every_share_is_in_a_bin(shares: list[float]) -> None:
    histogram = share_histogram(shares)
    assert sum(histogram.counts) == len(shares)
    assert len(histogram.edges) == len(histogram.counts) + 1


def test_a_share_on_an_edge_is_in_the_bin_above() -> None:
    assert share_histogram([each / 10 for each in range(11)]).counts == (1,) * 9 + (2,)
    assert share_histogram([3 / 10, 0.1 + 0.2]).counts[3] == 2


@given(st.lists(st.floats(1e-3, 1e7), min_size=1, max_size=50))
def test_every_size_is_in_its_bin(values: list[float]) -> None:
    histogram = log_histogram(values)
    assert sum(histogram.counts) == len(values)
    assert len(histogram.counts) >= 10
    edges = np.array(histogram.edges)
    assert edges[0] <= min(values) * (1 + 1e-8)
    assert max(values) <= edges[-1] * (1 + 1e-8)
    assert np.allclose(edges[1:] / edges[:-1], 10**0.1)


def test_sizes_that_are_all_alike_lie_in_the_middle() -> None:
    counts = log_histogram([2.1] * 7).counts
    assert counts.index(7) in (4, 5)
