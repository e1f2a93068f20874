"""The names that code uses and defines."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seminar.course.code_names import names_of


@pytest.mark.parametrize(
    ("source", "used", "defined"),
    [
        ("import os.path as p, sys\nfrom a import b as c", set(), {"p", "sys", "c"}),
        ("def f(x, y=start):\n    return x + y + offset", {"start", "offset"}, {"f"}),
        ("def f():\n    global total\n    total = 1", set(), {"f", "total"}),
        ("class A(Base):\n    size = width", {"Base", "width"}, {"A"}),
        ("squares = [i * i for i in numbers if keep]", {"numbers", "keep"}, {"squares"}),
        ("for i in range(3):\n    pass", {"range"}, {"i"}),
        ("print((n := 3))", {"print"}, {"n"}),
        ("%matplotlib inline", {"get_ipython"}, set()),
        ("x.y = 1", {"x"}, set()),
    ],
)
def test_names(source: str, used: set[str], defined: set[str]) -> None:
    names = names_of(source)
    assert names.used == used
    assert names.defined == defined


@given(st.text())
def test_any_text_has_names_or_is_no_python(source: str) -> None:
    with contextlib.suppress(SyntaxError, ValueError):  # ValueError: a null byte
        names_of(source)
