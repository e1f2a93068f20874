"""What a student reads of an incident."""

from __future__ import annotations

import ast

import pytest

from seminar.examiner.incidents import Incident
from seminar.reports.telling import INSTRUCTORS, OTHER, TOLD, Told, tell
from tests.making import ROOT

CELLS = {"partials": 33}


def test_an_incident_names_its_cell_and_says_what_to_do() -> None:
    told = tell(Incident("timeout", "cell 34 (partials)", "this cell took more than 60 s."), CELLS)
    assert told is not None
    assert told.text.startswith("This cell took more than 60 s. It was stopped. ")
    assert (told.where, told.cell) == ("partials", 33)


@pytest.mark.parametrize(
    ("where", "expected"),
    [("cell 34", ("cell 34", 34)), ("partials", ("partials", 33)), ("gone", ("gone", None)), ("", ("", None))],
)
def test_a_place_is_found_where_it_is_there(where: str, expected: tuple[str, int | None]) -> None:
    told = tell(Incident("changed", where, "this test cell was changed."), CELLS)
    assert told is not None
    assert (told.where, told.cell) == expected


def test_what_is_the_instructors_is_not_told() -> None:
    assert tell(Incident("isolation", "", "this was graded without a room."), CELLS) is None
    assert tell(Incident("link", "", "x was a link to /home/instructor/gradebook.db"), CELLS) == Told(TOLD["link"])
    assert tell(Incident("unheard-of", "", "/home/instructor: no space left"), CELLS) == Told(OTHER)
    assert tell(Incident("grader", "", "it died on node-7"), CELLS) == Told(TOLD["grader"])


def test_every_kind_of_incident_that_a_submission_can_cause_has_its_words() -> None:
    kinds = set()
    for path in (ROOT / "seminar" / "examiner").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in ("Incident", "_record"):
                    kinds.add(node.args[0].value)
    assert {"timeout", "network", "changed"} <= kinds
    assert kinds <= TOLD.keys() | INSTRUCTORS
