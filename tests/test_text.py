"""Texts as a person reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seminar.text import GIB, LONGEST, MIB, escaped, percent, printable, readable_size, readable_time


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        *((0.5, "0.5 s"), (9.96, "10 s"), (75, "75 s"), (599.9, "600 s"), (600, "10 min"), (1200, "20 min")),
        *((3599.7, "1 h"), (3600, "1 h"), (7260, "2 h 1 min"), (100_000, "27 h 47 min"), (172_800, "2 days")),
        *((172_790, "2 days"), (0, "0 s")),
    ],
)
def test_times_are_readable(seconds: float, told: str) -> None:
    assert readable_time(seconds) == told


@given(st.floats(0, 10**9))
def test_a_time_is_told_whatever_it_is(seconds: float) -> None:
    assert len(readable_time(seconds)) < 20


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 bytes"),
        (50_000, "50,000 bytes"),
        (0.25 * MIB, "0.25 MiB"),
        (2.5 * MIB, "2.5 MiB"),
        (370.2 * MIB, "370 MiB"),
        (1023.4 * MIB, "1,023 MiB"),
        (1023.6 * MIB, "1 GiB"),
        (1.5 * GIB, "1.5 GiB"),
        (12.2 * GIB, "12 GiB"),
        (2000 * GIB, "2,000 GiB"),
    ],
)
def test_sizes_are_readable(size: float, told: str) -> None:
    assert readable_size(size) == told


@given(st.integers(0, 2000), st.integers(1, 2000))
def test_only_all_is_100_percent_and_only_none_is_0(some: int, of: int) -> None:
    told = percent(some / of)
    assert (told == "0%") == (some == 0)
    assert some / of > 1 or (told == "100%") == (some == of)
    assert abs(float(told.strip("<>%")) - 100 * some / of) <= 1


@given(st.text())
def test_a_name_does_nothing_to_a_terminal(name: str) -> None:
    assert escaped(name).isprintable()
    assert printable(name).isprintable()
    assert len(printable(name)) <= LONGEST
