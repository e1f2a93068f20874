"""Tables of pandas cross unchanged, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import pandas as pdst

from seminar.wire.changes import change
from seminar.wire.channel import WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode
from seminar.wire.tables import TIMES, taken_apart

columns = [
    *(pdst.column(str(kind), dtype=kind) for kind in (int, float, bool, "uint8", "complex64", "datetime64[us]")),
    pdst.column("text", elements=st.text(st.characters(exclude_categories=["Cs"])) | st.none()),
    pdst.column("things", elements=st.lists(st.integers(), max_size=2) | st.text("ab"), dtype=object),
]
indices = pdst.range_indexes(max_size=5) | pdst.indexes(dtype=int, max_size=5) | pdst.indexes(dtype=float, max_size=5)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(pdst.data_frames(columns, index=indices))
def test_frames_cross_unchanged(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(decode(encode(frame)), frame)
    for name in frame:
        pd.testing.assert_series_equal(decode(encode(frame[name])), frame[name])


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame([[1, 2], [3, 4]], columns=["same", "same"]),
        pd.Series([1, None, 3], dtype="Int64", name=("a", 1)),
        pd.Series([True, None], dtype="boolean"),
        pd.Series(["x", None], dtype="string"),
        pd.Series(["b", "a", None], dtype=pd.CategoricalDtype(["b", "a"], ordered=True)),
        pd.Series([1.5, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None])),
        pd.Series([pd.Timedelta(days=1)], index=pd.Index(["x"], name="who")),
    ],
)
def test_tables_of_many_kinds(table: Any) -> None:
    same = pd.testing.assert_frame_equal if isinstance(table, pd.DataFrame) else pd.testing.assert_series_equal
    same(decode(encode(table)), table)


def test_indices_cross_too() -> None:
    frame = pd.DataFrame({"k": ["a", "b"], "n": [1, 2]})
    for index in (frame.columns, frame.index, frame.set_index(["k", "n"]).index, pd.CategoricalIndex(["a"], name="z")):
        pd.testing.assert_index_equal(decode(encode(index)), index)


times = st.datetimes(pd.Timestamp("1900").to_pydatetime(), pd.Timestamp("2100").to_pydatetime())
steps = st.sampled_from(
    ["D", "B", "h", "90min", "ms", "2ns", "W-TUE", "MS", "2ME", "BMS", "QE-JAN", "YS-MAR", "BYE-DEC", "-1D", "2W-SUN"]
)
spans = st.sampled_from(["Y-DEC", "Q-NOV", "M", "2M", "W-MON", "D", "h", "5min", "s", "us", "ns"])
lengths = st.integers(0, 5)


@given(times, lengths, steps)
def test_times_keep_their_frequency(start: Any, length: int, step: str) -> None:
    index = pd.date_range(start, periods=length, freq=step)
    crossed = decode(encode(pd.Series(1, index=index))).index
    pd.testing.assert_index_equal(crossed, index, check_freq=True)
    lags = pd.timedelta_range("1D", periods=length, freq="36h")
    pd.testing.assert_index_equal(decode(encode(lags)), lags, check_freq=True)


def test_a_frequency_that_pandas_would_have_to_step_through_is_lost() -> None:
    for index in (pd.date_range("2020", periods=3, freq="SME"), pd.date_range("2020", periods=TIMES + 1, freq="s")):
        assert decode(encode(index)).freq is None


@given(times, lengths, spans)
def test_periods_cross_unchanged(start: Any, length: int, span: str) -> None:
    index = pd.period_range(start, periods=length, freq=span, name="when")
    pd.testing.assert_index_equal(decode(encode(index)), index)
    pd.testing.assert_frame_equal(decode(encode(index.to_frame())), index.to_frame())
    assert decode(encode([*index])) == [*index]


@given(
    st.lists(st.integers(-9, 9), min_size=1) | st.lists(st.floats(-9, 9), min_size=1) | st.lists(times, min_size=1),
    st.sampled_from(["left", "right", "both", "neither"]),
)
def test_intervals_cross_unchanged(ends: list[Any], closed: Any) -> None:
    index = pd.IntervalIndex.from_arrays(ends, [max(ends)] * len(ends), closed=closed)
    pd.testing.assert_index_equal(decode(encode(index)), index)
    series = pd.Series(index).shift()
    pd.testing.assert_series_equal(decode(encode(series)), series)
    assert decode(encode([*index])) == [*index]


@pytest.mark.parametrize(
    "array",
    [
        *(pd.Categorical(["b", None]), pd.cut([1, 5], 2), pd.array([1, None]), pd.array(["x", None]), pd.array([1.5])),
        *(pd.array([True]), pd.array(pd.date_range("2020", periods=2)), pd.array(pd.timedelta_range("1D", periods=2))),
        *(pd.period_range("2020", periods=2).array, pd.interval_range(0, 3).array),
        *(pd.Series([1, 2]).array, pd.Series([1, "a", [2]], dtype=object).array),
    ],
    ids=lambda array: type(array).__name__,
)
def test_arrays_of_pandas_cross_by_themselves(array: Any) -> None:
    crossed = decode(encode(array))
    assert (type(crossed), crossed.dtype) == (type(array), array.dtype)
    pd.testing.assert_series_equal(pd.Series(crossed), pd.Series(array))


def test_attributes_cross_as_far_as_they_are_data() -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"unit": "cm", "scale": [1, 2.5]}
    assert decode(encode(frame)).attrs == frame.attrs
    assert decode(encode(frame["a"])).attrs == frame["a"].attrs
    mine = pd.DataFrame()
    change(mine, decode(encode(frame)))
    assert mine.attrs == frame.attrs
    frame.attrs = {"made by": object()}
    assert decode(encode(frame)).attrs == {}


@pytest.mark.parametrize("column", [pd.arrays.SparseArray([1]), pd.date_range("2020", periods=2, tz="UTC")])
def test_what_has_a_column_of_another_type_stays(column: Any) -> None:
    assert taken_apart(pd.DataFrame({"t": column})) is None
    with pytest.raises(WireError, match="DataFrame cannot cross"):
        encode(pd.DataFrame({"t": column}))


@pytest.mark.parametrize(
    "table",
    [
        pd.Series([1], index=["__array_interface__"]),
        pd.Series([1], index=pd.CategoricalIndex(["__array_wrap__"])),
        pd.Series([1], index=pd.MultiIndex.from_tuples([("__array_struct__", 1)])),
        pd.DataFrame({"a": [1], "_repr_mimebundle_": [2]}),
    ],
)
def test_labels_that_libraries_look_for_stay(table: Any) -> None:
    assert taken_apart(table) is None


def _array(*values: Any) -> list[Any]:
    return ["array", np.array(values)]


def _days(*days: str) -> list[Any]:
    return ["array", np.array(days, dtype="M8[s]")]


FREQUENCIES: list[Any] = [
    *((_days("2020-01-01", "2020-01-03"), "D"), (_days("2020-01-01", "2020-01-02"), "0D"), (_array(1, 2), "D")),
    *((_days("2020-01-01"), step) for step in (["D"], "D\n", "9999999D", "__import__('os')", "C", "bh", "SME", 1)),
    *((_days("2020-01-01", "1000000-01-01"), "999999YS-JAN"), (_days("NaT", "2020-01-01"), "D")),
    (["array", np.array([2**62, -(2**62), 0], dtype="M8[s]")], "MS"),
]
INTERVALS: list[list[Any]] = [
    *([["right"], _array(2), _array(1)], [["up"], _array(2), _array(3)], [["right"], _array(2), _array(3, 4)]),
    *([["right"], _array("a"), _array("b")], [[["right"]], _array(1), _array(2)], ["right", _array(1)]),
    *([["right"], _array(1), _days("2020-01-01")], [["right"], ["object", [1]], ["object", [2]]]),
]
PERIODS: list[list[Any]] = [
    *([np.array([number]), "D"] for number in (2**62, -(2**62), 1.0, [1])),
    *([np.array([1]), step] for step in ("B", "C", "0D", "eval", 3, None, "9999999D")),
    [[1], "D"],
]


@pytest.mark.parametrize(
    "lie",
    [
        *(["index", [None], times, step] for times, step in FREQUENCIES),
        *(["index", [None], ["intervals", *parts]] for parts in INTERVALS),
        *(["index", [None], ["periods", *parts]] for parts in PERIODS),
        ["attributes", {"a": 1}, ["array", np.ones(1)]],
        ["attributes", {"a": {1}}, ["frame", ["range", None, 0, 0, 1], ["range", None, 0, 0, 1]]],
        ["attributes", ["a"], ["series", ["range", None, 0, 1, 1], [None], ["array", np.ones(1)]]],
        ["attributes", {"a": 1}],
        [],
        ["no table"],
        ["frame", ["range", None, 0, 2, 1], ["range", None, 0, 1, 1]],
        ["frame", ["range", None, 0, 2, 1], ["range", None, 0, 1, 1], ["array", np.ones(3)]],
        ["series", ["range", None, 0, 2, 1], [None], ["array", np.ones((2, 2))]],
        ["series", ["range", None, 0, 2, 1], [None], ["array", "text"]],
        ["missing", "datetime64[ns]", [1]],
        ["missing", "Int64", ["text"]],
        ["category", np.array([5]), [True], ["object", ["a"]]],
        ["range", None, "a", 2, 1],
        ["index"],
        ["range", None, 0, True, 1],
        ["missing", "Int64", [{1}]],
        ["frame", ["range", None, 0, 1, 1], ["index", [None], ["object", ["__array_interface__"]]], ["object", [1]]],
        ["series", ["index", [None], ["object", ["__array_interface__"]]], [None], ["object", [1]]],
        ["series", ["index", [None], ["missing", "string", ["__array_struct__"]]], [None], ["object", [1]]],
        ["series", ["levels", [None, None], ["object", ["__array__"]], ["object", ["b"]]], [None], ["object", [1]]],
        [
            "series",
            ["index", [None], ["category", np.array([0]), [False], ["object", ["__array__"]]]],
            [None],
            ["object", [1]],
        ],
    ],
)
def test_lies_about_tables_are_refused(lie: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seminar.wire.tables.taken_apart", lambda value: lie)
    with pytest.raises(WireError):
        decode(encode(pd.Index([1])))
