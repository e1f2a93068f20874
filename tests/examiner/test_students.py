"""Whose names a test uses, by the order of the source notebook."""

from __future__ import annotations

import pytest

from seminar.examiner.students import Students, names_of_students
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
    assert {name: each.names for name, each in names_of_students(source).items()} == {
        **dict.fromkeys(["imports", "f", "train", "again"], frozenset()),
        **{"test-f": {"f"}, "test-train": {"history", "N", "f"}, "test-plot": {"plot"}},
    }


def test_names_inside_functions_count_and_magics_do_no_harm() -> None:
    source = notebook(
        solution("f", "%matplotlib inline\ndef f(): ..."),
        graded("test-f", "def check():\n    return f()\ncheck()"),
        graded("test-broken", "assert f( is not python"),
    )
    found = {name: each.names for name, each in names_of_students(source).items()}
    assert found == {"f": frozenset(), "test-f": {"f"}, "test-broken": frozenset()}


GIVEN = """import torch
x, losses, table, data = torch.ones(2, requires_grad=True), [], {}, torch.ones(3)
y = x * 2
net, teacher = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
def show(): ..."""
USES = "assert x, losses; assert table, data; assert net, teacher; assert optimizer, show; torch"


@pytest.mark.parametrize(
    ("answer", "students"),
    [
        ("a = data + 1\nshow()\nprint(net, data)\ntorch.manual_seed(1)", Students()),
        ("losses.append(1)\ntable['k'] = data", Students(frozenset({"losses", "table"}))),
        ("def f():\n    losses = []\n    losses.append(1)\n    table.clear()", Students(frozenset({"table"}))),
        ("del table['k']\nnet.weight.data[0] = 1", Students(frozenset({"table", "net"}))),
        ("y.backward()", Students(reached=frozenset({"x"}))),
        (
            "loss = net(data)\nloss.backward()\noptimizer.step()",
            Students(frozenset({"optimizer"}), frozenset({"net"}), frozenset({"net", "data"})),
        ),
        ("own = torch.optim.Adam(net.parameters())\nown.step()", Students(trained=frozenset({"net"}))),
    ],
)
def test_what_a_solution_changes_in_place_is_the_students(answer: str, students: Students) -> None:
    source = notebook(
        given("given", GIVEN), solution("f", answer), graded("test-f", USES), code("plot", "data.x = net.y = 1")
    )
    assert names_of_students(source)["test-f"] == students
