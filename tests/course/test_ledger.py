"""The gradebook, open for a whole run."""

from __future__ import annotations

from pathlib import Path

from seminar.course.ledger import Ledger
from seminar.course.notebook_file import read, write
from seminar.course.release import release
from tests.making import make_course, notebook


def test_a_release_since_is_told_where_its_tests_are_others(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook(), other=notebook())
    for topic in course.topics():
        release(course, topic)
    with Ledger(course) as ledger:
        for topic in course.topics():
            ledger.topic(topic)
        release(course, "doubling")
        assert ledger.released_since() == []
        (source,) = course.sources("doubling")
        made = read(source)
        (test,) = (cell for cell in made.cells if cell.metadata.get("nbgrader", {}).get("grade"))
        test.metadata.nbgrader.points = 4
        write(made, source)
        release(course, "doubling")
        assert ledger.released_since() == ["doubling"]
