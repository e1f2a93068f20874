"""Tables of pandas as data: frames, series and indices, taken apart into arrays and lists, and put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from seminar.wire.standard import is_data, is_special

TEXT = ("str", "string")
MASKED = ("boolean", *(f"{kind}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)), "Float32", "Float64")

TYPES = (pd.DataFrame, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)  # a Categorical is one of the last


def taken_apart(value: Any) -> list[Any] | None:
    """The parts of a table, which are data; None for what is no table, or has columns of a type that does not cross."""
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
        return _whole("index", [value.name], taken_apart(value.array))
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
    is_numpys = isinstance(value.dtype, np.dtype) or isinstance(value, pd.arrays.NumpyExtensionArray)
    return ["array", value.to_numpy()] if is_numpys else None


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
    return _TABLES[kind](*rest)


def _array_of(parts: Any) -> Any:
    kind, *rest = parts
    return _ARRAYS[kind](*rest)


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


def _index(name: Any, array: Any) -> Any:
    return pd.Index(_array_of(array), name=name[0])


def _category(codes: Any, ordered: Any, categories: Any) -> Any:
    return pd.Categorical.from_codes(codes, _array_of(categories), ordered=ordered[0] is True)


def _missing(name: Any, values: Any) -> Any:
    if name not in (*TEXT, *MASKED) or not is_data(values):
        raise ValueError("an array of a type that does not cross")
    return pd.array(values, dtype=name)


def _object(values: Any) -> Any:
    array = np.empty(len(values), dtype=object)
    for place, each in enumerate(values):  # which may be a list, too
        array[place] = each
    return pd.Index(array, dtype=object)  # an array would be read for what it may be


def _numbers(values: Any) -> Any:
    if not isinstance(values, np.ndarray) or values.ndim != 1:
        raise TypeError("a column that is no array")
    return values


_TABLES: dict[str, Callable[..., Any]] = {
    "frame": _frame,
    "series": _series,
    "range": _range,
    "levels": _levels,
    "index": _index,
}
_ARRAYS: dict[str, Callable[..., Any]] = {
    "category": _category,
    "missing": _missing,
    "object": _object,
    "array": _numbers,
}
