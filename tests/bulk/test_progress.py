"""What is seen of a run, and how it is stopped."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.console import Console

from seminar.bulk.pipeline import Outcome
from seminar.bulk.progress import Display
from seminar.course.course import Course, Submission
from seminar.course.release import release
from tests.bulk.records import graded_notebooks, recorded
from tests.making import hand_in, hear_ctrl_c, make_course, notebook
from tests.room.inside import becomes_true, still_run

TOPIC = "doubling"
SLOW = "def double(x):\n    import time\n    time.sleep(0.3)\n    return x + x"


def shown(terminal: bool) -> str:
    """What a run of three shows, of which one waits at an exercise."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, highlight=False, markup=False, width=100)
    with Display(console, total=3) as display:
        display.at((TOPIC, "[red]ada"), "double")
        display.at((TOPIC, "bo"), "")
        display.through(Outcome(Submission(TOPIC, "[red]ada", Path()), 1.25, ("it was late.",)))
        display.through(Outcome(Submission(TOPIC, "cy", Path()), error="no notebook"))
        assert display.done == 2
    return out.getvalue()


def test_plain_lines_where_there_is_no_terminal() -> None:
    assert shown(terminal=False).splitlines() == [
        "doubling  [red]ada  1.2 s",
        "    note: it was late.",
        "doubling  cy  0.0 s  NOT GRADED",
    ]


def test_names_do_nothing_to_a_terminal() -> None:
    out = io.StringIO()
    with Display(Console(file=out, highlight=False, markup=False), total=1) as display:
        note = "\x1b[2J\udce9tude.ipynb was handed in too"
        display.through(Outcome(Submission(TOPIC, "\x1b[31mada", Path()), notes=(note,)))
    assert out.getvalue().splitlines() == [
        "doubling  \\x1b[31mada  0.0 s",
        "    note: \\x1b[2J\\udce9tude.ipynb was handed in too",
    ]


def test_a_live_display_on_a_terminal() -> None:
    text = shown(terminal=True)
    assert "2/3" in text
    assert "bo" in text
    assert "starts" in text
    assert "1 incidents, 1 not graded" in text
    assert "left" in text


def test_what_is_told_late_of_a_submission_is_not_shown() -> None:
    out = io.StringIO()
    with Display(Console(file=out, force_terminal=True, width=100), total=2) as display:
        display.through(Outcome(Submission(TOPIC, "ada", Path()), 1.25))
        display.at((TOPIC, "ada"), "late-exercise")
        display.at((TOPIC, "bo"), "double")
    assert "late-exercise" not in out.getvalue()
    assert "double" in out.getvalue()


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a short path: sockets lie there."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(tmp_path: Path, temporary: Path, number: int) -> None:
    course: Course = make_course(tmp_path / "course", **{TOPIC: notebook()})
    release(course, TOPIC)
    students = [f"student {number}" for number in range(6)]
    for student in students:
        hand_in(course, TOPIC, student, SLOW)
    command = [sys.executable, "-m", "seminar", "--course", str(course.root), "grade", "--jobs", "2"]
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    options |= {"start_new_session": True, "preexec_fn": hear_ctrl_c}
    options["env"] = {**os.environ, "TMPDIR": str(temporary)}
    run = psutil.Popen(command, **options)
    assert run.stdout.readline().startswith(TOPIC)
    below = [each.pid for each in run.children(recursive=True)]
    if number == signal.SIGINT:
        os.killpg(run.pid, number)  # as a terminal does: all of the group
    else:
        run.send_signal(number)
    printed, complained = run.communicate(timeout=60)
    assert run.returncode == 130, complained
    assert "of 6 are through. The same command grades the others." in printed
    assert "Traceback" not in complained
    assert becomes_true(lambda: not still_run(below))
    assert list(temporary.iterdir()) == []
    kept = recorded(course)
    assert 1 <= len(kept) < 6, (printed, complained)
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{len(kept)} of 6 submissions are graded and unchanged" in again.stdout
    assert set(graded_notebooks(course, TOPIC)) == set(students)


@pytest.mark.parametrize(("seconds", "number"), [(0.3, signal.SIGINT), (1.5, signal.SIGINT), (1.5, signal.SIGTERM)])
def test_ctrl_c_before_anything_is_graded_prints_no_traceback(
    tmp_path: Path, temporary: Path, seconds: float, number: int
) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    hand_in(course, TOPIC, "ada", SLOW)
    command = [sys.executable, "-m", "seminar", "--course", str(course.root), "grade"]
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    options["env"] = {**os.environ, "TMPDIR": str(temporary)}
    run = psutil.Popen(command, start_new_session=True, preexec_fn=hear_ctrl_c, **options)
    time.sleep(seconds)
    below = [each.pid for each in run.children(recursive=True)]
    if number == signal.SIGINT:
        os.killpg(run.pid, number)
    else:
        run.send_signal(number)
    _, complained = run.communicate(timeout=60)
    assert run.returncode != 0
    assert number == signal.SIGINT or (run.returncode, list(temporary.iterdir())) == (130, [])
    assert "Traceback" not in complained
    assert becomes_true(lambda: not still_run(below))


@pytest.mark.parametrize("option", [("--device", "cuda"), ("--cluster", "tcp://127.0.0.1:9")])
def test_graders_that_cannot_be_had_are_told(tmp_path: Path, option: tuple[str, str]) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    hand_in(course, TOPIC, "ada", SLOW)
    command = [sys.executable, "-m", "seminar", "--course", str(course.root), "grade", *option]
    environment = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {option[0]} {option[1]}: ")
