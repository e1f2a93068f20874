"""A submission held against the answer key."""

from __future__ import annotations

from pathlib import Path

import pytest

from seminar.course.notebook import cells, nbgrader_metadata
from seminar.examiner.incidents import incidents
from seminar.examiner.key import HoldAgainstKey, KeyCell
from tests.making import graded, notebook, solution


@pytest.mark.parametrize(("name", "kind"), [("double", "doubled"), ("test-double", "changed")])
def test_a_second_cell_is_told_as_what_it_may_be(name: str, kind: str, tmp_path: Path) -> None:
    """An answer that was split or copied is nobody's deceit; tests are locked, and hardly copied by mistake."""
    handed_in = notebook(solution(), graded())
    key = {
        str(cell.grade_id): KeyCell(str(cell.grade_id), cell.role, cell.source, nbgrader_metadata(cell.node))
        for cell in cells(handed_in.copy())
    }
    (second,) = (cell.node for cell in cells(handed_in) if cell.grade_id == name)
    handed_in.cells.append(second.copy())
    about = {"nbgrader": {"key": key}, "metadata": {"path": str(tmp_path)}}
    held, _ = HoldAgainstKey().preprocess(handed_in, about)
    assert [(each.kind, each.message) for each in incidents(held) if each.kind != "moved"] == [
        (kind, "a second cell with this grade id: the last one counts.")
    ]
