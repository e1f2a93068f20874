"""A class is graded on a small disk, which is full half-way: run by `test_faults` where such a disk is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from seminar.bulk.desk import Desk
from seminar.bulk.pipeline import grade_all, pending, set_up
from seminar.course.course import Course
from seminar.course.ledger import Ledger
from seminar.errors import CourseError
from tests.bulk.canned import Canned
from tests.bulk.records import graded_notebooks, recorded

TOPIC = "doubling"
LEFT = 120_000  # bytes


def grade(course: Course) -> None:
    """Grade what is pending."""
    set_up(course)
    with Ledger(course) as ledger:
        for outcome in grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), Canned()):
            assert outcome.error is None, outcome.error


def main(origin: Path, disk: Path) -> None:
    """Copy the course there, fill the disk, grade, make room, and grade again."""
    course = Course(Path(shutil.copytree(origin, disk / "course")))
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free - LEFT))
    try:
        grade(course)
    except CourseError as error:
        print(f"error: {str(error).splitlines()[0]}")
    filler.unlink()
    print(f"recorded when the disk was full: {len(recorded(course))}")
    assert set(graded_notebooks(course, TOPIC)) <= set(recorded(course))
    grade(course)
    assert set(graded_notebooks(course, TOPIC)) == set(recorded(course))
    print(f"recorded at the end: {len(recorded(course))}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
