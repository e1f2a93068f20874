"""Paths, times, images and such cross unchanged, or not at all."""

from __future__ import annotations

import io
import random
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from seminar.wire.changes import change
from seminar.wire.channel import WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode
from seminar.wire.standard import CHANGING, taken_apart
from tests.wire.strategies import same

numbers = st.integers(-(2**70), 2**70)
plain: st.SearchStrategy[Any] = (
    st.dates()
    | st.datetimes()
    | st.datetimes(timezones=st.sampled_from([timedelta(0), timedelta(hours=5.5)]).map(timezone))
    | st.timedeltas()
    | st.fractions()
    | st.decimals(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(Path)
    | st.lists(st.text("abc", max_size=1)).map(Counter)
    | st.dictionaries(st.text("abc", max_size=2), numbers).map(OrderedDict)
    | st.builds(defaultdict, st.sampled_from([int, list, dict]), st.dictionaries(numbers, numbers, max_size=3))
    | st.builds(deque, st.lists(numbers, max_size=4), st.none() | st.integers(0, 3))
    | st.dates(min_value=date(1700, 1, 1)).map(lambda day: pd.Period(day, "M"))
    | st.sampled_from(["D", "2W-TUE", "-3BYE-DEC", "90min"]).map(pd.tseries.frequencies.to_offset)
    | st.floats(-9, 9).map(lambda number: pd.Interval(number, number + 1, "left"))
    | st.dictionaries(st.sampled_from(["lr", "epochs"]), numbers).map(lambda names: SimpleNamespace(**names))
)


@given(plain)
def test_they_cross_unchanged(value: Any) -> None:
    crossed = decode(encode(value))
    assert type(crossed) is type(value)
    assert crossed == value


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "I", "F", "I;16"])
def test_images_cross_unchanged(mode: str) -> None:
    grey = Image.fromarray(np.arange(35, dtype=np.uint8).reshape(5, 7) * 7)
    image = grey.convert("I").convert(mode) if mode == "I;16" else grey.convert(mode)
    crossed = decode(encode(image))
    assert (crossed.mode, crossed.size) == (image.mode, image.size)
    assert crossed.tobytes() == image.tobytes()
    assert crossed.getpalette() == image.getpalette()
    assert decode(encode(Image.new("RGB", (0, 3)))).size == (0, 3)


def test_times_of_pandas_keep_their_nanoseconds() -> None:
    for time in (pd.Timestamp("2020-01-01 00:00:00.123456789"), pd.Timedelta(5, "ns")):
        assert decode(encode(time)) == time
    assert decode(encode(pd.NaT)) is pd.NaT
    assert decode(encode(pd.NA)) is pd.NA


def changed() -> list[tuple[Any, Any]]:
    buffer, text = io.BytesIO(b"some bytes"), io.StringIO("some text")
    buffer.read(3)
    text.seek(0, io.SEEK_END)
    generator, numpys = random.Random(3), np.random.RandomState(4)
    generator.gauss(0, 1)
    numpys.normal()
    return [
        *((io.BytesIO(b"a longer one than the other"), buffer), (io.StringIO(), text), (random.Random(), generator)),
        *((np.random.RandomState(), numpys), (deque([1], 3), deque([2, 3], 3)), (Counter("ab"), Counter("bcc"))),
        (SimpleNamespace(lr=1, old=2), SimpleNamespace(lr=3)),
    ]


@pytest.mark.parametrize("place", range(len(changed())))
def test_what_changes_in_place_is_changed_in_place(place: int) -> None:
    mine, other = changed()[place]
    assert isinstance(mine, CHANGING)
    assert encode(mine) != encode(other)
    change(mine, decode(encode(other)))
    assert encode(mine) == encode(other)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.booleans())
def test_packed_sequences_cross_unchanged(lengths: list[int], is_sorted: bool) -> None:
    lengths = sorted(lengths, reverse=True) if is_sorted else lengths
    padded = torch.arange(4.0 * 2 * len(lengths)).view(len(lengths), 4, 2)
    packed = pack_padded_sequence(padded, torch.tensor(lengths), batch_first=True, enforce_sorted=is_sorted)
    crossed = decode(encode(packed))
    assert type(crossed) is PackedSequence
    assert all(map(same, crossed, packed))


def test_what_is_masked_hides_nothing() -> None:
    """`assert_allclose` compares nothing that is masked: a masked array of the submission's would be right."""
    crossed = decode(encode(np.ma.array([1.0, 2.0], mask=[True, False])))
    assert type(crossed) is np.ndarray
    assert crossed.tolist() == [1.0, 2.0]
    assert type(decode(encode(np.ma.masked))) is np.ndarray


def _whole(*numbers: int) -> torch.Tensor:
    return torch.tensor(numbers)


@pytest.mark.parametrize(
    "lie",
    [
        *([torch.ones(3), sizes, None, None] for sizes in (_whole(2), _whole(1, 2), _whole(4, -1), _whole(3, 0))),
        *([torch.ones(3), sizes, None, None] for sizes in (_whole(2, 2), _whole(), torch.tensor(3), [3], None)),
        *([torch.ones(3), sizes, None, None] for sizes in (torch.tensor([3.0]), _whole(3).int(), _whole(3).to("meta"))),
        *(
            [torch.ones(3), _whole(2**62, 2**62, 2**62, 2**62, 3), None, None],
            [torch.tensor(3.0), _whole(3), None, None],
        ),
        *([torch.ones(3), _whole(1).expand(3), None, None], [torch.ones(3).to_sparse(), _whole(3), None, None]),
        *(
            [np.ones(3), _whole(3), None, None],
            [torch.ones(3), _whole(3)],
            [torch.ones(3), _whole(3), None, None, None],
        ),
        *([torch.ones(3), _whole(3), order, _whole(2, 1, 0)] for order in (None, _whole(9, 1, 0), _whole(0, 0, 1))),
        *(
            [torch.ones(3), _whole(3), _whole(2, 0, 1), back]
            for back in (None, _whole(2, 0, 1), _whole(1, 2), [1, 2, 0])
        ),
    ],
    ids=str,
)
def test_lies_about_packed_sequences_are_refused(lie: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    number, _ = taken_apart(PackedSequence(torch.ones(3), _whole(3))) or [0, 0]
    monkeypatch.setattr("seminar.wire.standard.taken_apart", lambda value: [number, lie])
    with pytest.raises(WireError):
        decode(encode(Fraction(1, 2)))


def test_what_has_no_seed_stays() -> None:
    assert taken_apart(random.SystemRandom()) is None
    assert taken_apart(Image.new("HSV", (2, 2))) is None
    assert taken_apart("text") is None
    assert taken_apart(defaultdict(lambda: 3)) is None
    for offset in (pd.DateOffset(days=1), pd.offsets.BDay(normalize=True), pd.offsets.CDay(holidays=["2020-01-01"])):
        assert taken_apart(offset) is None


@pytest.mark.parametrize("name", ["__array_wrap__", "__array_interface__", "__x", "_ipython_display_"])
def test_names_that_libraries_look_for_stay(name: str) -> None:
    assert taken_apart(SimpleNamespace(**{"x": 1, name: 2})) is None
    assert taken_apart(SimpleNamespace(x=1, _own=2)) is not None


def _twister(place: Any) -> dict[str, Any]:
    """A state of NumPy's legacy generator, at a place in its numbers."""
    told: dict[str, Any] = {**np.random.RandomState(1).get_state(legacy=False)}
    return told | {"state": told["state"] | {"pos": place}}


LIES = [
    *([-1, "x"], [99, "x"], [True, "x"], ["0", "x"], [0, 3], [1, [1, 0]], [1, ["a", "b"]], [2, "no number"]),
    *(
        [2, "1e999999"],
        [2, "1" * 20_000],
        [5, "yesterday"],
        [7, [1, 2, "x"]],
        [7, [10**12, 0, 0]],
        [8, 3],
    ),
    *([9, [[1], -1]], [9, 3], [10, ["L", [2**40, 2**40], b"", None]], [10, ["L", [2, 2], b"123", None]]),
    *([10, ["RGB", [-1, -1], b"123", None]], [10, ["XYZ", [1, 1], b"1", None]], [10, ["P", [1, 1], b"1", ["x"]]]),
    *(
        [1, ["1e30000000", 1]],
        [1, "12"],
        [1, [1.5, 2]],
        [8, [1, 1]],
        [9, ["ab", None]],
        [0, ["x"]],
        [12, ["x", None, 1]],
    ),
    *([18, [2, 1, "right"]], [18, [1, 2, "up"]], [18, ["a", "b", "right"]], [18, [True, 2, "right"]], [18, [1]]),
    *([18, [1, 2, ["right"]]], [18, [pd.Timestamp("2020"), 3, "right"]], [19, [2**70, "D"]], [19, [2**62, "D"]]),
    *([19, [True, "D"]], [19, [1, "B"]], [19, ["1", "D"]], [19, [1, None]], [19, [1.0, "D"]], [19, 3]),
    *([20, name] for name in ("0D", "9999999D", "__import__('os')", "C", "1D12h", 3, None, ["D"])),
    *([13, _twister(-1)], [13, _twister(625)], [13, _twister(True)], [13, _twister(3.0)]),
    *([15, {"__array_wrap__": 1}], [15, {"a": 1, "_repr_mimebundle_": 2}]),
    *([11, ["text", 0]], [11, [b"x", -3]], [12, [b"x", 0]], [13, {"state": 3}], [14, [3, [1, 2], None]], [15, {3: 4}]),
]


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_lies_are_refused(lie: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seminar.wire.standard.taken_apart", lambda value: lie)
    monkeypatch.setattr("seminar.wire.standard.TYPES", (Fraction,))
    with pytest.raises(WireError):
        decode(encode(Fraction(1, 2)))
