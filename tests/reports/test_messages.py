"""Alike error messages fall together, others do not."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seminar.reports.messages import KEY, Messages, normal_form
from seminar.reports.results import Exercise

words = st.text(string.ascii_letters + "_äß", min_size=1, max_size=8)
numbers = st.one_of(st.integers(-(10**9), 10**9).map(str), st.floats().map(str), st.floats().map("{:.3e}".format))


@given(st.lists(words, min_size=1, max_size=8), st.data())
def test_numbers_do_not_count(said: list[str], data: st.DataObject) -> None:
    def message() -> str:
        return ", ".join(f"{word} {data.draw(numbers)}" for word in said)

    assert normal_form(message()) == normal_form(message())


@given(st.text(max_size=3000))
def test_any_text_has_a_normal_form(message: str) -> None:
    form = normal_form(message)
    assert len(form) <= KEY
    assert form == " ".join(form.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f(3): got 4, expected 6", "f(-3): got 1e-05, expected 0.5"),
        ("got tensor([1., 2.])", "got tensor([[3., 4.],\n        [5., 6.]])"),
        ("got [0 1 2]", "got [[[7]]]"),
        ("got shape (2, 3)", "got shape (4,)"),
        ("got 6, 12, 18: the gradients", "got 6: the gradients"),
        ("<function f at 0x7f12ab>", "<function f at 0x55dE01>"),
        ("\x1b[31mred\x1b[0m 1", "red 2"),
        ("tensor(2.)", "tensor(nan)"),
        ("a  b", "a\nb"),
        ("got [1, 2" + ", 3" * 2000, "got [4" + ", 5" * 3000),  # cut off
    ],
)
def test_alike(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("got torch.float32", "got torch.float64"),
        ("name 'x' is not defined", "name 'y' is not defined"),
        ("wrong shape: got (2, 3)", "wrong value: got (2, 3)"),
        ("info", "nanny"),
    ],
)
def test_not_alike(one: str, other: str) -> None:
    assert normal_form(one) != normal_form(other)


def test_groups_are_counted() -> None:
    double, half = (Exercise("doubling", "doubling", name, name, 2.0) for name in ("double", "half"))
    messages = Messages()
    messages.add("ada", double, "AssertionError", "got 1")
    messages.add("ada", half, "AssertionError", "got 2")
    messages.add("bo", half, "AssertionError", "got 3")
    messages.add("bo", half, "TypeError", "got 3")
    first, second = messages.groups()
    assert (first.name, first.example, first.count, first.students) == ("AssertionError", "got 1", 3, {"ada", "bo"})
    assert first.exercises == {double: 1, half: 2}
    assert (second.name, second.count) == ("TypeError", 1)
