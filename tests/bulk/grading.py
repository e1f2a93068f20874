"""Grading for tests: by this process, or by local graders."""

from __future__ import annotations

from seminar.bulk import clusters
from seminar.bulk.desk import Desk
from seminar.bulk.grade import grade
from seminar.bulk.paper import Graded, Paper
from seminar.bulk.pipeline import Outcome, grade_all, in_rooms, pending, set_up
from seminar.course.course import Course, Submission
from seminar.course.ledger import Ledger


class Here:
    """This process as a fleet: one paper at a time. What comes back can be something else than a grade."""

    def __init__(self, answer: BaseException | None = None) -> None:
        self._answer = answer
        self._paper: Paper | None = None

    def capacity(self) -> int:
        """One."""
        return 1

    def send(self, paper: Paper) -> str:
        """Keep it."""
        self._paper = paper
        return "the one"

    def returned(self) -> tuple[str, Graded | BaseException]:
        """Grade what was sent."""
        assert self._paper
        paper, self._paper = self._paper, None
        return "the one", self._answer or grade(paper)


def grade_here(
    course: Course, topic: str, isolation: str | None = None, regrade: bool = False, fleet: Here | None = None
) -> dict[str, Outcome]:
    """Grade what is pending in this process. Returns what came of it by student."""
    set_up(course, isolation)
    with Ledger(course) as ledger:
        done = grade_all(Desk(course, ledger), pending(course, ledger, topic, regrade), fleet or Here())
        return {outcome.submission.student: outcome for outcome in done}


def grade_by_graders(course: Course, submissions: list[Submission], jobs: int = 2) -> list[Outcome]:
    """Grade submissions by graders of Dask's on this machine."""
    set_up(course)
    with Ledger(course) as ledger, clusters.local(jobs, "room" if in_rooms(course) else "none") as fleet:
        return list(grade_all(Desk(course, ledger), submissions, fleet))


def pending_of(course: Course, topic: str, regrade: bool = False) -> list[Submission]:
    """What is pending of a topic."""
    with Ledger(course) as ledger:
        return pending(course, ledger, topic, regrade)
