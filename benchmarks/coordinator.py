"""What the coordinator does alone: read, sanitise, record. The graders are replaced by one that gives a canned answer.

A class of many submissions of one topic is handed in and "graded": the notebook that comes back is the one that went
out, with an output in every cell, as a real grader would have it. Printed are submissions per second, the memory of
the process after each tenth, and whether the gradebook holds what it must.

    python -m benchmarks.coordinator --submissions 10000
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

import psutil

from seminar.bulk.desk import Desk
from seminar.bulk.pipeline import grade_all, pending
from seminar.course.course import Course
from seminar.course.gradebook import scores
from seminar.course.ledger import Ledger
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read
from seminar.course.release import release
from seminar.course.scratch import make_course
from seminar.settings import configure
from tests.bulk.canned import Canned

ROOT = Path(__file__).resolve().parents[1]
TOPIC = "3-autograd"


def hand_in(course: Course, many: int) -> None:
    """Hand in the student version, many times."""
    path = course.release(TOPIC) / f"{TOPIC}.ipynb"
    for number in range(many):
        folder = course.submitted(TOPIC, f"student-{number:05}")
        folder.mkdir(parents=True)
        shutil.copy(path, folder)
    os.sync()  # what students handed in has been on the disk for long


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What the coordinator does alone.")
    parser.add_argument("--submissions", type=int, default=10_000)
    many = parser.parse_args().submissions
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Course(ROOT), Path(folder) / "course")
        release(course, TOPIC)
        hand_in(course, many)
        configure(course.config)
        process = psutil.Process()
        with Ledger(course) as ledger:
            todo = pending(course, ledger, TOPIC)
            desk = Desk(course, ledger)
            start, used = time.monotonic(), time.process_time()
            for done, outcome in enumerate(grade_all(desk, todo, Canned()), start=1):
                assert outcome.error is None, outcome.error
                if done % max(1, many // 10) == 0:
                    rate = done / (time.monotonic() - start)
                    rss = process.memory_info().rss / 2**20
                    print(f"{done:6} submissions  {rate:6.1f} a second  {rss:6.0f} MiB")
            seconds, cpu = time.monotonic() - start, time.process_time() - used
            left = len(pending(course, ledger, TOPIC))
        points = [cell.points for cell in cells(read(course.sources(TOPIC)[0])) if cell.role is Role.TEST]
        expected = sum(points) - points[0]
        right = sum(score.points == expected for score in scores(course, [TOPIC]))
        assert len(todo) == many
        print(
            f"{many / seconds:.1f} a second, {1000 * cpu / many:.1f} ms of CPU each; "
            f"the gradebook is right for {right} of {many}; {left} are not graded"
        )


if __name__ == "__main__":
    main()
