"""What a student reads of an incident."""

from __future__ import annotations

from typing import get_args

import pytest

from seminar.examiner.incidents import Incident, Kind
from seminar.reports.report import INCIDENTS
from seminar.reports.telling import INSTRUCTORS, OTHER, TOLD, Told, tell

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
    unheard_of = Incident("unheard-of", "", "/home/instructor: no space left")  # type: ignore[arg-type]
    assert tell(unheard_of, CELLS) == Told(OTHER)  # of another version of this package
    assert tell(Incident("grader", "", "it died on node-7"), CELLS) == Told(TOLD["grader"])


def test_every_kind_of_incident_has_its_words() -> None:
    assert {*TOLD} | INSTRUCTORS == {*get_args(Kind)} == {*INCIDENTS}
    assert TOLD.keys().isdisjoint(INSTRUCTORS)
