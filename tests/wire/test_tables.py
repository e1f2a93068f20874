"""Tables of pandas cross unchanged, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import pandas as pdst

from seminar.wire.channel import WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode
from seminar.wire.tables import taken_apart

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


@pytest.mark.parametrize("column", [pd.period_range("2020", periods=2), pd.date_range("2020", periods=2, tz="UTC")])
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


@pytest.mark.parametrize(
    "lie",
    [
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
        decode(encode(object()))
