"""Tables of pandas as data: frames, series and indices, taken apart into arrays and lists, and put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from seminar.wire.standard import FREQUENCY, PERIOD, checked_periods, is_data, is_special

TEXT = ("str", "string")
MASKED = ("boolean", *(f"{kind}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)), "Float32", "Float64")
TIMES = 100_000  # of an index whose frequency crosses: the other side compares them all with it

TYPES = (pd.DataFrame, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)  # a Categorical is one of the last


def taken_apart(value: Any) -> list[Any] | None:
    """The parts of a table, which are data; None for what is no table, or has columns of a type that does not cross."""
    if isinstance(value, pd.DataFrame | pd.Series) and value.attrs and is_data(value.attrs):
        return _whole("attributes", value.attrs, _without_attributes(value))
    return _without_attributes(value)


def _without_attributes(value: Any) -> list[Any] | None:
    if isinstance(value, pd.DataFrame):
        if _has_special(value.columns):
            return None
        columns = [taken_apart(value.iloc[:, place].array) for place in range(value.shape[1])]
        return _whole("frame", taken_apart(value.index), taken_apart(value.columns), *columns)
    if isinstance(value, pd.Series):
        if _has_special(value.index):
            return None
        return _whole("series", taken_apart(value.index), [value.name], taken_apart(value.array))
    if isinstance(value, pd.RangeIndex):
        return ["range", value.name, value.start, value.stop, value.step]
    if isinstance(value, pd.MultiIndex):
        levels = [taken_apart(value.get_level_values(place).array) for place in range(value.nlevels)]
        return _whole("levels", [*value.names], *levels)
    if isinstance(value, pd.Index):
        return _whole("index", [value.name], taken_apart(value.array), *_frequency(value))
    if isinstance(value, pd.Categorical):
        categories = taken_apart(value.categories.array)
        return _whole("category", np.asarray(value.codes), [value.ordered], categories)
    if isinstance(value, pd.api.extensions.ExtensionArray):
        return _array(value)
    return None


def _array(value: Any) -> list[Any] | None:
    name = str(value.dtype)
    if name in (*TEXT, *MASKED):
        missing = value.isna()
        return ["missing", name, [None if gone else each for each, gone in zip(value.tolist(), missing, strict=True)]]
    if name == "object":
        return ["object", value.tolist()]
    if isinstance(value, pd.arrays.IntervalArray):
        return _whole("intervals", [value.closed], _array(value.left.array), _array(value.right.array))
    if isinstance(value, pd.arrays.PeriodArray):
        return ["periods", value.asi8, value.freqstr] if PERIOD.fullmatch(value.freqstr) else None
    is_numpys = isinstance(value.dtype, np.dtype) or isinstance(value, pd.arrays.NumpyExtensionArray)
    return ["array", value.to_numpy()] if is_numpys else None


def _frequency(index: Any) -> list[str]:
    """The frequency of an index of times, where it has one that crosses."""
    is_one = isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) and index.freq is not None
    return [index.freqstr] if is_one and len(index) <= TIMES and FREQUENCY.fullmatch(index.freqstr) else []


def _has_special(labels: pd.Index[Any]) -> bool:
    """Whether a label, which pandas makes an attribute of, is one that libraries look for."""
    return any(map(is_special, labels.get_level_values(0))) if labels.dtype.kind == "O" else False


def _attributes(index: Any) -> Any:
    """An index whose labels become attributes."""
    labels = put_together(index)
    if _has_special(labels):
        raise ValueError("a table with a label that Python or a library looks for")
    return labels


def _whole(*parts: Any) -> list[Any] | None:
    return None if any(each is None for each in parts) else [*parts]


def put_together(parts: Any) -> Any:
    """A table of its parts.

    Raises:
        KeyError, TypeError, ValueError: they are none.
    """
    kind, *rest = parts
    if kind in _TABLES:
        return _TABLES[kind](*rest)
    array = _array_of(parts)
    return array if isinstance(array, pd.api.extensions.ExtensionArray) else pd.Series(array).array


def _array_of(parts: Any) -> Any:
    kind, *rest = parts
    return _ARRAYS[kind](*rest)


def _with_attributes(attributes: Any, parts: Any) -> Any:
    table = put_together(parts)
    if type(attributes) is not dict or not is_data(attributes) or not isinstance(table, pd.DataFrame | pd.Series):
        raise TypeError("attributes of a table that are none")
    table.attrs = attributes
    return table


def _frame(index: Any, columns: Any, *arrays: Any) -> Any:
    if len(arrays) != len(columns := _attributes(columns)):
        raise ValueError("a frame has another number of columns than of their names")
    frame = pd.DataFrame(dict(enumerate(map(_array_of, arrays))), index=put_together(index))
    frame.columns = columns
    return frame


def _series(index: Any, name: Any, array: Any) -> Any:
    return pd.Series(_array_of(array), index=_attributes(index), name=name[0])


def _range(name: Any, start: int, stop: int, step: int) -> Any:
    if {type(start), type(stop), type(step)} != {int}:
        raise TypeError("a range of labels that is none")
    return pd.RangeIndex(start, stop, step, name=name)


def _levels(names: Any, *levels: Any) -> Any:
    return pd.MultiIndex.from_arrays([*map(_array_of, levels)], names=names)


def _index(name: Any, array: Any, frequency: Any = None) -> Any:
    index = pd.Index(_array_of(array), name=name[0])
    if frequency is None:
        return index
    if not isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) or len(index) > TIMES:
        raise TypeError("a frequency of what is no index of times, or of too long a one")
    if not FREQUENCY.fullmatch(frequency):
        raise ValueError("a frequency that does not cross")
    index.freq = frequency  # pandas checks it against the times
    return index


def _category(codes: Any, ordered: Any, categories: Any) -> Any:
    return pd.Categorical.from_codes(codes, _array_of(categories), ordered=ordered[0] is True)


def _missing(name: Any, values: Any) -> Any:
    if name not in (*TEXT, *MASKED) or not is_data(values):
        raise ValueError("an array of a type that does not cross")
    return pd.array(values, dtype=name)


def _intervals(closed: Any, left: Any, right: Any) -> Any:
    ends = [_array_of(left), _array_of(right)]
    if not all(isinstance(each, np.ndarray) and each.dtype.kind in "iufmM" for each in ends):
        raise TypeError("intervals between what is no number and no time")
    return pd.arrays.IntervalArray.from_arrays(*ends, closed=closed[0])


def _periods(ordinals: Any, frequency: Any) -> Any:
    return pd.PeriodIndex.from_ordinals(checked_periods(_numbers(ordinals), frequency), freq=frequency).array


def _object(values: Any) -> Any:
    array = np.empty(len(values), dtype=object)
    for place, each in enumerate(values):  # which may be a list, too
        array[place] = each
    return pd.Index(array, dtype=object)  # an array would be read for what it may be


def _numbers(values: Any) -> Any:
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind in "OV":
        raise TypeError("a column that is no array")
    return values


_TABLES: dict[str, Callable[..., Any]] = {
    "attributes": _with_attributes,
    "frame": _frame,
    "series": _series,
    "range": _range,
    "levels": _levels,
    "index": _index,
}
_ARRAYS: dict[str, Callable[..., Any]] = {
    "category": _category,
    "missing": _missing,
    "intervals": _intervals,
    "periods": _periods,
    "object": _object,
    "array": _numbers,
}
