"""Opening nbgrader's gradebook."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from seminar.course import gradebook
from seminar.course.course import CONFIG_FILE, Course
from seminar.course.release import release
from seminar.errors import CourseError
from tests.making import make_course, notebook


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("firebird://nowhere/x", r"^firebird://nowhere/x: is no address of a gradebook"),
        ("garbage", r"^garbage: is no address of a gradebook.*Mend c\.CourseDirectory\.db_url"),
        ("postgresql+pg8000://nowhere/x", r"Python's driver of its database is not here.*pg8000.*Install it"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(tmp_path: Path, address: str, told: str) -> None:
    made = make_course(tmp_path)
    with (made.root / CONFIG_FILE).open("a") as config:
        config.write(f"\nc.CourseDirectory.db_url = {address!r}\n")
    with pytest.raises(CourseError, match=told), gradebook.opened(Course(made.root)):
        pass


@pytest.mark.parametrize("keeps_its_head", [False, True])
def test_a_damaged_gradebook_is_named_with_the_cure(tmp_path: Path, keeps_its_head: bool) -> None:
    course = make_course(tmp_path, doubling=notebook())
    release(course, "doubling")
    file = tmp_path / "gradebook.db"
    kept = file.read_bytes()[:4096] if keeps_its_head else b""
    file.write_bytes(kept + b"\xa5" * (file.stat().st_size - len(kept)))
    told = r"gradebook\.db: the gradebook is damaged \(.*Put a copy from before in its place"
    with pytest.raises(CourseError, match=told):
        gradebook.scores(course, ["doubling"])
    with pytest.raises(CourseError, match=told):
        release(course, "doubling")


def test_a_gradebook_that_takes_long_to_be_made_is_not_told_as_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    course = make_course(tmp_path, doubling=notebook())

    def slow(*given: Any) -> Gradebook:
        time.sleep(0.3)
        return Gradebook(*given)

    monkeypatch.setattr(gradebook, "TOLD", 0.1)
    monkeypatch.setattr(gradebook, "Gradebook", slow)
    with caplog.at_level(logging.WARNING, "seminar"):
        with gradebook.opened(course):
            pass
        assert caplog.text == ""
        with gradebook.opened(course):
            pass
    assert "another program seems to hold the gradebook" in caplog.text
