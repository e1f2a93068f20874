"""Answers with objects that have attributes for NumPy, which asks them how to calculate and compare."""

# %% scaled
from types import SimpleNamespace

import pandas as pd


def wrap(array, context=None, return_scalar=False):
    print("expected", context)
    return np.ones(array.shape, bool) if array.dtype == bool else np.zeros(array.shape)


def scaled(x):
    names = {
        "__array__": lambda *rest, **named: np.zeros(len(x)),
        "__array_wrap__": wrap,
        "_repr_mimebundle_": lambda *rest, **named: {"text/plain": "2.0"},
    }
    if len(x) % 2:
        return SimpleNamespace(**names)
    return SimpleNamespace(**names, table=pd.Series([*names.values()], index=[*names], dtype=object))
