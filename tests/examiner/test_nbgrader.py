"""Nbgrader's own ways to grade examine too: its command, and what formgrader's Autograde button calls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from nbgrader.apps.api import NbGraderAPI

from seminar.course.course import Course
from seminar.course.gradebook import scores
from tests.attacks.victim import POINTS, RIGHT, TOPIC, attacks, make_victim, submit
from tests.making import hand_in
from tests.test_stock import nbgrader


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A released topic, with an honest submission and a forged one."""
    made = make_victim(tmp_path)
    hand_in(made, TOPIC, "honest", *RIGHT.values())
    submit(made, next(each for each in attacks("forging") if each.name == "ast-transformer-drops-asserts"), "forger")
    return made


def points(course: Course) -> dict[str, float]:
    return {score.student: score.points for score in scores(course, [TOPIC]) if score.student != "other"}


def test_the_command(course: Course) -> None:
    nbgrader(course.root, "autograde", TOPIC)
    assert points(course) == {"honest": POINTS, "forger": 0}


def test_the_button(course: Course) -> None:
    async def press() -> None:  # formgrader calls it inside of Jupyter's event loop
        api = NbGraderAPI(course.directory(), config=course.config)
        for student in ("honest", "forger"):
            result = api.autograde(TOPIC, student)
            assert result["success"], result.get("log", result)

    asyncio.run(press())
    assert points(course) == {"honest": POINTS, "forger": 0}
