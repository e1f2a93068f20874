"""Whose names a test uses, by the order of the source notebook."""

from __future__ import annotations

from seminar.examiner.key import names_of_students
from tests.making import code, given, graded, notebook, solution


def test_a_name_is_whose_cell_has_defined_it_last() -> None:
    source = notebook(
        given("imports", "import math\nN = 3"),
        solution("f", "def f(): ..."),
        graded("test-f", "history = f()\nassert math.isclose(f(), N)"),
        solution("train", "history = [1]\nN = 4"),
        graded("test-train", "assert history and N and f"),
        given("again", "N = 5"),
        code("own", "plot = f()"),
        graded("test-plot", "assert plot and N and unknown"),
    )
    assert names_of_students(source) == {
        **dict.fromkeys(["imports", "f", "train", "again"], frozenset()),
        **{"test-f": {"f"}, "test-train": {"history", "N", "f"}, "test-plot": {"plot"}},
    }


def test_names_inside_functions_count_and_magics_do_no_harm() -> None:
    source = notebook(
        solution("f", "%matplotlib inline\ndef f(): ..."),
        graded("test-f", "def check():\n    return f()\ncheck()"),
        graded("test-broken", "assert f( is not python"),
    )
    assert names_of_students(source) == {"f": frozenset(), "test-f": {"f"}, "test-broken": frozenset()}
