"""The numbers of the class report, computed from arrays of points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ENOUGH = 10  # students: a correlation over fewer says nothing

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Item:
    """How a class did in one exercise.

    Attributes:
        students: how many.
        mean: their mean share of its points: the higher, the easier.
        full: the share of students with all of its points.
        part: the share of students with some of them.
        none: the share of students with none.
        discrimination: see `discriminations`; None where it is not defined.
    """

    students: int
    mean: float
    full: float
    part: float
    none: float
    discrimination: float | None


def items(points: Floats, out_of: Floats) -> list[Item]:
    """How a class did in each exercise.

    Args:
        points: of shape (students, exercises), with one student at least.
        out_of: the points that each exercise is worth, of shape (exercises,), all positive.
    """
    shares = points / out_of
    full, none = (shares >= 1).mean(axis=0), (shares <= 0).mean(axis=0)
    some = ((shares > 0) & (shares < 1)).mean(axis=0)
    columns = zip(shares.mean(axis=0), full, some, none, discriminations(points), strict=True)
    return [
        Item(len(points), float(mean), float(all_), float(part), float(zero), correlation)
        for mean, all_, part, zero, correlation in columns
    ]


def discriminations(points: Floats) -> list[float | None]:
    """The corrected item-total correlation of each exercise.

    It is Pearson's correlation of the points of an exercise with the sum of the points of all others: high where those
    who do well otherwise do well here too (Crocker and Algina, Introduction to Classical and Modern Test Theory, 14).

    Args:
        points: of shape (students, exercises).

    Returns:
        A number in [-1, 1] for each exercise. None where there are fewer than `ENOUGH` students, or where all have the
        same points, in the exercise or in the others.
    """
    students, exercises = points.shape
    if students < ENOUGH:
        return [None] * exercises
    rest = points.sum(axis=1, keepdims=True) - points
    return [_correlation(points[:, each], rest[:, each]) for each in range(exercises)]


def _correlation(x: Floats, y: Floats) -> float | None:
    x, y = x - x.mean(), y - y.mean()
    scale = math.sqrt(float(x @ x) * float(y @ y))
    if scale < 1e-9:  # points are whole numbers or simple fractions: what is smaller is rounding
        return None
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


def share_histogram(shares: Sequence[float], bins: int = 10) -> Histogram:
    """Shares in bins of equal width from 0 to 1. What is above 1 (extra credit) counts as 1."""
    # Rounded, so that 3 of 10 points is not below 0.3; and so that the edges are what they are called.
    edges = [round(each / bins, 9) for each in range(bins + 1)]
    counts, _ = np.histogram(np.clip(np.round(shares, 9), 0, 1), edges)
    return Histogram(tuple(edges), tuple(map(int, counts)))


def log_histogram(values: Sequence[float], per_decade: int = 10, least: int = 10) -> Histogram:
    """Positive values in bins of equal ratio: 10 ** (1 / per_decade).

    Args:
        values: at least one.
        per_decade: bins from 1 to 10.
        least: bins that there are at least, with the values in the middle.
    """
    logs = np.log10(values) * per_decade
    first, last = math.floor(logs.min() + 1e-9), math.floor(logs.max() + 1e-9) + 1
    short = max(0, least - (last - first))
    first, last = first - short // 2, last + (short + 1) // 2
    # A bin's number is computed as the limits were: no value falls out for its last digit.
    where = np.clip(np.floor(logs + 1e-9).astype(int) - first, 0, last - first - 1)
    counts = np.bincount(where, minlength=last - first)
    edges = tuple(10 ** (each / per_decade) for each in range(first, last + 1))
    return Histogram(edges, tuple(map(int, counts)))
