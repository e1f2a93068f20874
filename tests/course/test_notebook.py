"""Roles and labels of cells."""

from __future__ import annotations

from seminar.course.notebook import Role, cells
from tests import making


def test_a_label_does_nothing_to_a_terminal() -> None:
    (cell,) = cells(making.notebook(making.code("plot", "x", grade_id="\x1b[2J\nred")))
    assert cell.label == r"cell 1 (\x1b[2J\nred)"


def test_roles_and_labels() -> None:
    made = making.notebook(making.given(), making.solution(), making.graded(points=3), making.code("plot", "x"))
    listed = list(cells(made))
    assert [cell.role for cell in listed] == [Role.GIVEN, Role.SOLUTION, Role.TEST, Role.ORDINARY]
    assert [cell.points for cell in listed] == [0, 0, 3, 0]
    assert [cell.label for cell in listed] == [
        "cell 1 (imports)",
        "cell 2 (double)",
        "cell 3 (test-double)",
        "cell 4 (plot)",
    ]
