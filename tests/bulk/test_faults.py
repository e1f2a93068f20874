"""What goes wrong beside the submissions: killed processes, a full disk, a locked gradebook, a lost scheduler."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient

from seminar.bulk import ahead, clusters
from seminar.bulk.desk import Desk
from seminar.bulk.fleet import DaskFleet
from seminar.bulk.grade import RETRIES
from seminar.bulk.paper import Graded
from seminar.bulk.pipeline import Outcome, grade_all, pending, set_up
from seminar.course import gradebook
from seminar.course.course import Course
from seminar.course.gradebook import scores
from seminar.course.ledger import Ledger
from seminar.course.release import release
from seminar.errors import CourseError, FleetError
from seminar.examiner.examine import Examine
from seminar.examiner.key import KeyCell
from seminar.examiner.process import Examiner, Verdict
from seminar.room.bubblewrap import find_bwrap
from tests.bulk.canned import Canned
from tests.bulk.grading import Here, grade_here, pending_of
from tests.bulk.records import graded_notebooks, recorded, rows
from tests.making import RIGHT, ROOT, given, graded, hand_in, make_course, notebook, solution
from tests.room.inside import becomes_true

TOPIC = "doubling"
KILLS = 20


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A released topic of two exercises, of 2 points each."""
    exercises = (solution(), graded(), solution("again"), graded("test-again"))
    made = make_course(tmp_path / "course", **{TOPIC: notebook(given(), *exercises)})
    release(made, TOPIC)
    return made


def grade_canned(course: Course) -> list[Outcome]:
    """Grade what is pending by graders that take no time."""
    set_up(course)
    with Ledger(course) as ledger:
        return list(grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), Canned()))


def grade_in_a_fork(course: Course) -> int:
    """The same in a process of its own. Returns its id."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            grade_canned(course)
        os._exit(0)
    return pid


def test_a_coordinator_killed_at_any_moment_loses_nothing(course: Course) -> None:
    students = [f"student-{number:03}" for number in range(150)]
    for student in students:
        hand_in(course, TOPIC, student, RIGHT)
    chance = random.Random(11)
    before: dict[str, list[tuple[object, ...]]] = {}
    cut_off = 0
    for _ in range(KILLS):
        pid = grade_in_a_fork(course)
        time.sleep(chance.uniform(0.05, 0.6))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        after = recorded(course)
        assert {student: after[student] for student in before} == before  # nothing recorded is lost, or changed
        assert set(graded_notebooks(course, TOPIC)) <= set(after)  # what is shown is recorded
        cut_off += len(after) < len(students)
        before = after
    grade_canned(course)
    assert cut_off > 0
    assert set(graded_notebooks(course, TOPIC)) == set(students)
    marks = {(name, score) for _, entries in recorded(course).items() for name, _, score, *_ in entries}
    assert marks == {("test-double", 0.0), ("test-again", 2.0)}
    assert all(len(found) == len(students) for table, found in rows(course).items() if table.startswith("submitted"))
    assert not [path for path in course.root.glob("autograded/**/*") if path.name.endswith(".part")]
    assert pending_of(course, TOPIC) == []


def test_a_regrade_that_is_killed_leaves_the_old_grade_or_the_new(course: Course) -> None:
    for number in range(30):
        hand_in(course, TOPIC, f"student-{number:03}", RIGHT)
    grade_canned(course)
    for number in range(30):
        hand_in(course, TOPIC, f"student-{number:03}", RIGHT, RIGHT)
    chance = random.Random(3)
    for _ in range(5):
        pid = grade_in_a_fork(course)
        time.sleep(chance.uniform(0.05, 0.3))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert len(recorded(course)) == len(list(graded_notebooks(course, TOPIC))) == 30
    grade_canned(course)
    assert pending_of(course, TOPIC) == []
    assert {row[0] for row in rows(course)["comment"] if row[2] == "No response."} == set()


def graded_with(course: Course, disturb: Callable[[DaskFleet, int], None]) -> list[Outcome]:
    """Grade what is pending by two graders, and disturb them after each submission: how many are through is told."""
    set_up(course)
    with Ledger(course) as ledger, clusters.local(2, "room") as fleet:
        outcomes = []
        for outcome in grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), fleet):
            outcomes.append(outcome)
            disturb(fleet, len(outcomes))
    return outcomes


@pytest.mark.parametrize(("times", "points", "notes"), [(1, 4, 0), (2, 0, 1)])
def test_a_kernel_that_somebody_kills_is_tried_once_more(
    course: Course, monkeypatch: pytest.MonkeyPatch, times: int, points: float, notes: int
) -> None:
    """As the machine does that is out of memory."""
    hand_in(course, TOPIC, "ada", RIGHT, RIGHT)
    run = Examine._run
    killed: list[int] = []

    def killing(examine: Examine, cell: Any, resources: Any, index: int) -> None:
        if len(killed) < times and len(killed) == started[-1]:
            examine._sitting.candidate.process.send_signal(signal.SIGKILL)
            killed.append(index)
            assert examine._sitting.candidate.process.is_gone(10)
        run(examine, cell, resources, index)

    started = [-1]
    begin = Examine.preprocess

    def beginning(examine: Examine, *arguments: Any) -> Any:
        started.append(started[-1] + 1)
        return begin(examine, *arguments)

    monkeypatch.setattr(Examine, "_run", killing)
    monkeypatch.setattr(Examine, "preprocess", beginning)
    outcome = grade_here(course, TOPIC)["ada"]
    assert (outcome.error, len(outcome.notes)) == (None, notes)
    assert [score.points for score in scores(course, [TOPIC])] == [points]
    assert started == [-1, 0, 1]


def test_graders_that_are_killed_are_replaced(course: Course) -> None:
    for number in range(6):
        hand_in(course, TOPIC, f"student {number}", RIGHT, "import time\ntime.sleep(0.5)\n" + RIGHT)

    def kill(fleet: DaskFleet, done: int) -> None:
        if done in (1, 3):
            os.kill(next(iter(fleet._client.run(os.getpid).values())), signal.SIGKILL)

    outcomes = graded_with(course, kill)
    assert sorted(outcome.submission.student for outcome in outcomes) == [f"student {number}" for number in range(6)]
    assert [(outcome.error, outcome.notes) for outcome in outcomes] == [(None, ())] * 6
    assert {row[2] for row in rows(course)["grade"]} == {2.0}


def test_a_warm_parent_that_is_killed_costs_nobody_a_point(course: Course) -> None:
    for number in range(6):
        hand_in(course, TOPIC, f"student {number}", RIGHT, "import time\ntime.sleep(1)\n" + RIGHT)

    def kill(_: DaskFleet, done: int) -> None:
        if done == 1:
            (shared,) = ahead._parents
            assert shared.process
            os.kill(shared.process.pid, signal.SIGKILL)

    outcomes = graded_with(course, kill)
    assert [(outcome.error, outcome.notes) for outcome in outcomes] == [(None, ())] * 6
    assert {row[2] for row in rows(course)["grade"]} == {2.0}


def test_a_kernel_that_ends_before_the_first_cell_is_no_fault_of_the_submission(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, TOPIC, "ada", RIGHT, RIGHT)
    started: list[Examine] = []

    def start(self: Examine, **options: object) -> None:
        NotebookClient.start_new_kernel(self, **options)
        started.append(self)
        if len(started) == 1:
            assert self.km
            self.km.provisioner.candidate.room.send_signal(signal.SIGKILL)

    monkeypatch.setattr(Examine, "start_new_kernel", start)
    outcome = grade_here(course, TOPIC)["ada"]
    assert (len(started), outcome.error, outcome.notes) == (2, None, ())
    assert {row[2] for row in rows(course)["grade"]} == {2.0}


@pytest.mark.parametrize("times", [1, RETRIES + 1])
def test_an_examiner_that_is_killed_costs_points_only_if_it_is_again_and_again(
    course: Course, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    hand_in(course, TOPIC, "ada", RIGHT, RIGHT)
    ask = Examiner.test
    killed: list[Examiner] = []

    def asking(examiner: Examiner, cell: KeyCell, seconds: float | None) -> Verdict:
        if cell.name == "test-again" and len(killed) < times:
            examiner._occupant.process.send_signal(signal.SIGKILL)
            assert examiner._occupant.process.is_gone(10)
            killed.append(examiner)
        return ask(examiner, cell, seconds)

    monkeypatch.setattr(Examiner, "test", asking)
    outcome = grade_here(course, TOPIC)["ada"]
    assert (outcome.error, len(killed)) == (None, times)
    points = sorted(row[2] for row in rows(course)["grade"])
    if times == 1:
        assert (outcome.notes, points) == ((), [2.0, 2.0])
    else:
        assert "cell 5 (test-again): the examiner died here: this test and those after it have failed." in outcome.notes
        assert points == [0.0, 2.0]


def test_a_submission_that_kills_its_graders_is_not_tried_for_ever(course: Course) -> None:
    for student in ("a killer", "b"):
        hand_in(course, TOPIC, student, RIGHT, "import time\ntime.sleep(3)")
    set_up(course)
    kills: list[list[int]] = []

    def kill(submission: tuple[str, str], where: str) -> None:
        if submission[1] == "a killer" and not where:

            def killing() -> None:
                pids = list(fleet._client.run(os.getpid).values())
                kills.append(pids)
                for pid in pids:
                    os.kill(pid, signal.SIGKILL)

            threading.Thread(target=killing).start()

    with Ledger(course) as ledger, clusters.local(1, "room", watch=kill) as fleet:
        done = grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), fleet)
        notes = {outcome.submission.student: outcome.notes for outcome in done}
    assert len(kills) == 3
    assert notes == {
        "a killer": ("the process that graded it died, 3 times: it is not tried again, and its tests have failed.",),
        "b": (),
    }
    assert {row[2] for row in recorded(course)["a killer"]} == {0.0}


def test_a_full_disk_stops_the_run_and_loses_nothing(course: Course, tmp_path: Path) -> None:
    """In a process that sees the course on a disk of 3 MB."""
    for number in range(40):
        hand_in(course, TOPIC, f"student-{number:03}", RIGHT)
    command = [find_bwrap(), "--dev-bind", "/", "/", "--size", str(3 * 2**20), "--tmpfs", "/mnt"]
    command += ["--setenv", "PYTHONPATH", str(ROOT), "--die-with-parent", "--chdir", str(ROOT)]
    script = [sys.executable, "-m", "tests.bulk.full_disk", str(course.root), "/mnt"]
    done = subprocess.run([*command, "--", *script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert 0 < int(told["recorded when the disk was full"]) < 40
    assert "Mend that" in told["error"] or "on a full disk" in told["error"]
    assert told["recorded at the end"] == "40"


@contextlib.contextmanager
def locked(course: Course) -> Iterator[sqlite3.Connection]:
    """The gradebook, held by another program."""
    other = sqlite3.connect(course.root / "gradebook.db", isolation_level=None, check_same_thread=False)
    other.execute("begin exclusive")
    try:
        yield other
    finally:
        other.close()


def test_a_gradebook_that_is_locked_is_waited_for_and_told(
    course: Course, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hand_in(course, TOPIC, "ada", RIGHT)
    monkeypatch.setattr(gradebook, "TOLD", 0.5)
    with locked(course) as other:
        threading.Timer(1.5, lambda: other.execute("rollback")).start()
        assert [outcome.error for outcome in grade_canned(course)] == [None]
    assert caplog.messages == [f"{course.database}: another program seems to hold the gradebook. Waiting for it."]


def test_a_gradebook_that_stays_locked_stops_the_run_and_loses_nothing(course: Course) -> None:
    for number in range(4):
        hand_in(course, TOPIC, f"student {number}", RIGHT)
    address = f"sqlite:///{course.root}/gradebook.db?timeout=1"
    course.config.CourseDirectory.db_url = address
    course = Course(course.root)
    course.config.CourseDirectory.db_url = address
    set_up(course)
    with Ledger(course) as ledger:
        run = grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), Canned())
        assert next(run).error is None
        with locked(course), pytest.raises(CourseError, match=r"database is locked(?s:.*)another program"):
            list(run)
    assert len(recorded(course)) == len(list(graded_notebooks(course, TOPIC))) == 1
    assert len(grade_canned(course)) == 3
    assert set(graded_notebooks(course, TOPIC)) == {f"student {number}" for number in range(4)}


class Taking(Here):
    """Takes a submission away while it is graded."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def returned(self) -> tuple[str, Graded | BaseException]:
        """Take it away, and grade it."""
        shutil.rmtree(self._folder)
        return super().returned()


def test_a_notebook_that_is_removed_while_it_is_graded_is_graded(course: Course) -> None:
    path = hand_in(course, TOPIC, "ada", RIGHT)
    (path.parent / "notes.txt").write_text("beside it")
    assert grade_here(course, TOPIC, fleet=Taking(path.parent))["ada"].error is None
    assert [row[2] for row in recorded(course)["ada"]] == [0.0, 2.0]


def test_a_notebook_that_is_removed_before_it_is_graded_is_named(course: Course) -> None:
    for student in ("ada", "bo"):
        hand_in(course, TOPIC, student, RIGHT)
    set_up(course)
    with Ledger(course) as ledger:
        todo = pending(course, ledger, TOPIC)
        (course.submitted(TOPIC, "ada") / f"{TOPIC}.ipynb").unlink()
        outcomes = {each.submission.student: each for each in grade_all(Desk(course, ledger), todo, Canned())}
    assert "holds no notebook" in str(outcomes["ada"].error)
    assert outcomes["bo"].error is None


def _dask(what: str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_what_a_grader_has_done_and_loses_by_its_death_is_done_again(course: Course) -> None:
    hand_in(course, TOPIC, "ada", RIGHT, RIGHT.replace("double", "again"))
    set_up(course)
    with Ledger(course) as ledger, clusters.local(2, "room") as fleet:
        desk = Desk(course, ledger)
        (submission,) = pending(course, ledger, TOPIC)
        fleet.send(desk.paper(submission))
        (future,) = fleet._out
        assert becomes_true(lambda: future.status == "finished", seconds=120)
        ((grader, *_),) = fleet._client.who_has([future]).values()
        os.kill(fleet._client.run(os.getpid)[grader], signal.SIGKILL)
        assert becomes_true(lambda: future.status != "finished")
        _, graded_anew = fleet.returned()
        assert isinstance(graded_anew, Graded)
        desk.record(submission, graded_anew)
    assert {row[2] for row in rows(course)["grade"]} == {2.0}


def test_a_scheduler_that_goes_away_stops_the_run_and_loses_nothing(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "2s")
    for number in range(4):
        hand_in(course, TOPIC, f"student {number}", RIGHT, "import time\ntime.sleep(1)\n" + RIGHT)
    told = tmp_path / "scheduler.json"
    scheduler = _dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told))
    worker = _dask("worker", "--scheduler-file", str(told), "--nthreads", "1", "--local-directory", str(tmp_path))
    try:
        deadline = time.monotonic() + 60
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        set_up(course)
        with Ledger(course) as ledger, clusters.cluster(str(told), "room", "auto") as fleet:
            run = grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), fleet)
            assert next(run).error is None
            scheduler.kill()
            with pytest.raises(FleetError, match="the scheduler of the graders is gone"):
                list(run)
    finally:
        scheduler.kill()
        scheduler.wait()
        worker.terminate()
        worker.wait()
    kept = len(recorded(course))
    assert 1 <= kept == len(list(graded_notebooks(course, TOPIC))) < 4
    assert len(grade_canned(course)) == 4 - kept
