"""The numbers of the class report, computed from arrays of points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ENOUGH = 10  # students: a correlation over fewer says nothing
BINS = 10  # of equal width, for shares
PER_DECADE = 10  # bins of equal ratio, from 1 to 10
LEAST = 10  # bins of equal ratio that there are at least, with the values in the middle

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Item:
    """How a class did in one exercise.

    Attributes:
        students: how many are graded.
        waiting: how many others have an answer that a person has yet to grade.
        mean: the mean share of its points that the graded ones have: the higher, the easier.
        full: the share of them with all of its points.
        part: the share of them with some of these.
        none: the share of them with none.
        discrimination: see `discriminations`: what it is not defined for, in words.
    """

    students: int
    waiting: int
    mean: float
    full: float
    part: float
    none: float
    discrimination: float | str


def items(points: Floats, out_of: Floats) -> list[Item]:
    """How a class did in each exercise.

    Args:
        points: of shape (students, exercises), NaN where an answer is not graded yet.
        out_of: the points that each exercise is worth, of shape (exercises,), all positive.
    """
    return [
        _item(column[~np.isnan(column)], len(points), discrimination)
        for column, discrimination in zip((points / out_of).T, discriminations(points, out_of), strict=True)
    ]


def _item(shares: Floats, of: int, discrimination: float | str) -> Item:
    full, none = shares >= 1 - 1e-9, shares <= 0  # a third of the points, three times, is all of them
    counted = len(shares) or 1
    return Item(
        students=len(shares),
        waiting=of - len(shares),
        mean=float(shares.sum()) / counted,
        full=int(full.sum()) / counted,
        part=int((~full & ~none).sum()) / counted,
        none=int(none.sum()) / counted,
        discrimination=discrimination,
    )


def discriminations(points: Floats, out_of: Floats) -> list[float | str]:
    """The corrected item-total correlation of each exercise.

    It is Pearson's correlation of the points of an exercise with those of all others together: high where those who do
    well otherwise do well here too (Crocker and Algina, Introduction to Classical and Modern Test Theory, 14). What is
    not graded yet is left out: the others count by the share of the points of what is graded.

    Args:
        points: of shape (students, exercises), NaN where an answer is not graded yet.
        out_of: the points that each exercise is worth, of shape (exercises,).

    Returns:
        A number in [-1, 1] for each exercise. Where there is none, the reason: "no others" are there, or graded; "too
        few" (than `ENOUGH`) students; "all alike" are the points, in the exercise or in the others.
    """
    graded = ~np.isnan(points)
    worth = graded * out_of
    has = np.nan_to_num(points)
    others_worth = worth.sum(axis=1, keepdims=True) - worth
    shares = (has.sum(axis=1, keepdims=True) - has) / np.where(others_worth > 0, others_worth, 1)
    found: list[float | str] = []
    for each in range(points.shape[1]):
        both = graded[:, each] & (others_worth[:, each] > 0)
        if points.shape[1] == 1 or (graded[:, each].any() and not both.any()):
            found.append("no others")
        elif both.sum() < ENOUGH:
            found.append("too few")
        else:
            found.append(_correlation(points[both, each], shares[both, each]))
    return found


def _correlation(x: Floats, y: Floats) -> float | str:
    x, y = x - x.mean(), y - y.mean()
    scale = math.sqrt(float(x @ x) * float(y @ y))
    if scale < 1e-9:  # points are whole numbers or simple fractions: what is smaller is rounding
        return "all alike"
    return float(np.clip(x @ y / scale, -1, 1))


@dataclass(frozen=True)
class Histogram:
    """How many values lie in each bin.

    Attributes:
        edges: the bins' limits, ascending. A value on a limit is in the bin above it, on the last one in the last bin.
        counts: one fewer than there are edges.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]


def share_histogram(shares: Sequence[float]) -> Histogram:
    """Shares in bins of equal width from 0 to 1. What is above 1 (extra credit) counts as 1."""
    # Rounded, so that 3 of 10 points is not below 0.3; and so that the edges are what they are called.
    edges = [round(each / BINS, 9) for each in range(BINS + 1)]
    counts, _ = np.histogram(np.clip(np.round(shares, 9), 0, 1), edges)
    return Histogram(tuple(edges), tuple(map(int, counts)))


def log_histogram(values: Sequence[float]) -> Histogram:
    """Positive values, at least one, in bins of equal ratio: 10 ** (1 / `PER_DECADE`)."""
    logs = np.log10(values) * PER_DECADE
    first, last = math.floor(logs.min() + 1e-9), math.floor(logs.max() + 1e-9) + 1
    short = max(0, LEAST - (last - first))
    first, last = first - short // 2, last + (short + 1) // 2
    # A bin's number is computed as the limits were: no value falls out for its last digit.
    where = np.clip(np.floor(logs + 1e-9).astype(int) - first, 0, last - first - 1)
    counts = np.bincount(where, minlength=last - first)
    edges = tuple(10 ** (each / PER_DECADE) for each in range(first, last + 1))
    return Histogram(edges, tuple(map(int, counts)))
