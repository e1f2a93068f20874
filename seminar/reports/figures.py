"""Where the marks of a figure go: places are in percent of its width, so that one figure fits a phone and a desk.

The templates draw them as SVG, in the colours and the font of the page.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from seminar.reports.statistics import Histogram
from seminar.text import percent

COLUMNS = 56  # of dots, side by side
APART = 20  # percent of the width that the texts along an axis of sizes are apart, at least
Units = tuple[tuple[str, float], ...]
"""Names of units, and what each is in the first one."""
TIME: Units = (("s", 1), ("min", 60), ("h", 3600))
MEMORY: Units = (("MiB", 1), ("GiB", 1024))


@dataclass(frozen=True)
class Bar:
    """A bar of a histogram.

    Attributes:
        height: its share of the highest one, in percent.
        count: what its height stands for.
        told: what it stands for.
    """

    left: float
    width: float
    height: float
    count: int
    told: str


@dataclass(frozen=True)
class Dot:
    """A dot: `level` is how many others lie below it in its column."""

    at: float
    level: int
    told: str


@dataclass(frozen=True)
class Mark:
    """A text at a place: below the axis, or beside a line across the figure."""

    at: float
    text: str

    @property
    def anchor(self) -> str:
        """The side on which the text is held, so that it stays within the figure."""
        return "start" if self.at < 12 else "end" if self.at > 88 else "middle"


@dataclass(frozen=True)
class Figure:
    """What is drawn.

    Attributes:
        told: the figure in a sentence, for those who do not see it.
        ticks: the texts along the axis.
        lines: lines across the figure, each with its text.
    """

    told: str
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()
    ticks: tuple[Mark, ...] = ()
    lines: tuple[Mark, ...] = ()

    @property
    def levels(self) -> int:
        """How many dots lie one on another at most."""
        return max((dot.level for dot in self.dots), default=0) + 1


def score_figure(what: str, histogram: Histogram, middle: float) -> Figure:
    """Shares of the points, from 0 to 100%, with the median."""
    edges = [100 * edge for edge in histogram.edges]

    def told(lower: float, upper: float, count: int) -> str:
        return f"{lower:.0f} to {upper:.0f}% of the points: {count}"

    bars = _bars([(lower, upper) for lower, upper in pairwise(edges)], histogram, told, edges)
    ticks = tuple(Mark(at, f"{at}%") for at in (0, 25, 50, 75, 100))
    line = Mark(100 * min(1.0, middle), f"median {percent(middle)}")
    summary = f"{what}: {sum(histogram.counts)} scores, median {percent(middle)} of the points."
    return Figure(summary, bars=bars, ticks=ticks, lines=(line,))


def size_figure(
    what: str, histogram: Histogram, middle: float, readable: Callable[[float], str], units: Units
) -> Figure:
    """Sizes on a logarithmic axis.

    Args:
        what: what the sizes are of.
        histogram: bins of equal ratio, in the first unit.
        middle: the median.
        readable: a size as a person reads it, unit included.
        units: those that the axis is told in.
    """
    edges, bins = histogram.edges, len(histogram.counts)

    def told(lower: float, upper: float, count: int) -> str:
        return f"{readable(lower)} to {readable(upper)}: {count}"

    def place(value: float) -> float:
        return 100 * math.log(value / edges[0]) / math.log(edges[-1] / edges[0])

    places = [(100 * each / bins, 100 * (each + 1) / bins) for each in range(bins)]
    return Figure(
        f"{what}: {sum(histogram.counts)} submissions, median {readable(middle)}.",
        bars=_bars(places, histogram, told, edges),
        ticks=_ticks(edges[0] * 0.999, edges[-1] * 1.001, place, units),
        lines=(Mark(place(middle), f"median {readable(middle)}"),),
    )


def _ticks(low: float, high: float, place: Callable[[float], float], units: Units) -> tuple[Mark, ...]:
    """Round sizes along an axis, as many as fit: of the powers of ten, those that do."""
    for steps in ((1, 2, 5), (1, 3), (1,)):
        sizes = sorted(_round_sizes(steps, low, high, units).items())
        ticks = [Mark(place(size), text) for size, text in sizes]
        if all(right.at - left.at >= APART for left, right in pairwise(ticks)):
            return tuple(ticks)
    kept = ticks[:1]
    for tick in ticks[1:]:
        if tick.at - kept[-1].at >= APART:
            kept.append(tick)
    return tuple(kept)


def _round_sizes(steps: tuple[int, ...], low: float, high: float, units: Units) -> dict[float, str]:
    """Each size that is one of the steps, times a power of ten, in the largest unit that fits: 1 GiB, not 1000 MiB."""
    found = {}
    for (name, size), (_, following) in pairwise((*units, ("", math.inf))):
        for decade in range(math.floor(math.log10(low / size)), math.ceil(math.log10(high / size)) + 1):
            for number in (float(f"{step}e{decade}") for step in steps):
                if low <= number * size <= high and number * size < 0.9 * following and (number >= 1 or size == 1):
                    found[number * size] = f"{number:g} {name}"
    return found


def dot_figure(what: str, values: Mapping[str, float], lines: Mapping[str, float]) -> tuple[Figure, float]:
    """A dot for each of some fractions, beside lines at known ones.

    Args:
        what: what the fractions are.
        values: at least one, by who has it.
        lines: the known ones, by name.

    Returns:
        The figure, and where its axis begins. What is so far below the rest that a common axis would press the others
        together lies before it, and has no dot.
    """
    inside = [*values.values(), *lines.values()]
    middle = median(inside)
    reach = max(10 * median(abs(value - middle) for value in inside), 0.05)
    low = math.floor(100 * min(value for value in inside if value >= middle - reach)) / 100
    high = math.ceil(100 * max(inside)) / 100
    high += 0.01 * (high <= low)

    def place(value: float) -> float:
        return 100 * (value - low) / (high - low)

    columns: dict[int, int] = defaultdict(int)
    dots = []
    for who, value in sorted(values.items(), key=lambda entry: (entry[1], entry[0])):
        if value >= low:
            column = round(place(value) / 100 * COLUMNS)
            dots.append(Dot(100 * column / COLUMNS, columns[column], f"{who}: {value:.4f}"))
            columns[column] += 1
    step = next(step for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if step * 5 >= high - low)
    steps = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    figure = Figure(
        f"Accuracy of {what}: {len(values)} values, median {median(values.values()):.4f}.",
        dots=tuple(dots),
        ticks=tuple(Mark(place(each * step), f"{each * step:.3f}".removesuffix("0")) for each in steps),
        lines=tuple(Mark(place(value), f"{name} {value:g}") for name, value in lines.items()),
    )
    return figure, low


def _bars(
    places: list[tuple[float, float]],
    histogram: Histogram,
    told: Callable[[float, float, int], str],
    edges: list[float] | tuple[float, ...],
) -> tuple[Bar, ...]:
    highest = max(histogram.counts) or 1
    return tuple(
        Bar(left, right - left, 100 * count / highest, count, told(edges[each], edges[each + 1], count))
        for each, ((left, right), count) in enumerate(zip(places, histogram.counts, strict=True))
    )
