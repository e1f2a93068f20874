"""The pages that students get, of a class that was really graded."""

from __future__ import annotations

import html
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from seminar.course.course import Course
from seminar.reports.feedback import without_feedback, write_feedback
from seminar.room.bubblewrap import find_bwrap
from tests.reports.graded import CANARY, ODD, STUDENTS, TOPIC, run


@pytest.fixture(scope="module")
def made(graded_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course's folder, with all pages written."""
    course = Course(shutil.copytree(graded_course, tmp_path_factory.mktemp("feedback") / "course"))
    told = run(course, "seminar", "feedback")
    assert f"{len(STUDENTS)} pages written" in told
    return course.root


@pytest.fixture
def course(made: Path, tmp_path: Path) -> Course:
    """A copy of it, to change."""
    shutil.copytree(made, tmp_path / "course")
    return Course(tmp_path / "course")


def page_of(course: Course, student: str) -> Path:
    return course.feedback(TOPIC, student) / f"{TOPIC}.html"


def text_of(page: Path) -> str:
    """What there is to read on a page."""
    body = page.read_text(encoding="utf-8").partition("<main>")[2]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())


def waiting(course: Course, **options: bool) -> list[str]:
    return [submission.student for submission in without_feedback(course, [TOPIC], **options)]


def test_a_page_tells_a_hidden_tests_message_and_not_the_test(made: Path) -> None:
    page = page_of(Course(made), "bo")
    assert "double(-3): look at negative numbers" in text_of(page)
    assert "double(2): got" in text_of(page)  # the visible test is the student's already
    for path in made.glob("feedback/**/*"):
        if path.is_file():
            assert not re.search(f"{CANARY}|HIDDEN TESTS|== -6", path.read_text(encoding="utf-8"))


def test_a_page_begins_with_the_points(made: Path) -> None:
    course = Course(made)
    assert text_of(page_of(course, "bo")).startswith(
        "Feedback for bo A course 0 / 2 points 0 / 2 Exercise Points of 1. Doubling 0 2 Total 0 2"
    )
    assert "2 / 2 points" in text_of(page_of(course, "ada"))
    assert f"Feedback for {ODD} A course 2 / 2 points" in text_of(page_of(course, ODD))


def test_incidents_are_told_once_and_in_plain_words(made: Path) -> None:
    course = Course(made)
    told = text_of(page_of(course, "dies"))
    assert told.count("What happened while this was graded") == 1
    assert "double : The kernel was ended here: it died. The cells after this one did not run" in told
    assert "the submission's kernel is dead" in told
    assert "What happened" not in text_of(page_of(course, "ada"))


def test_nbgrader_makes_the_same_page(course: Course) -> None:
    pages = {student: page_of(course, student).read_bytes() for student in ("ada", "bo", "dies", "shows")}
    run(course, "nbgrader", "generate_feedback", TOPIC, "--force")
    assert {student: page_of(course, student).read_bytes() for student in pages} == pages


def test_only_what_is_missing_or_out_of_date_is_written(course: Course) -> None:
    assert waiting(course) == []
    assert set(waiting(course, force=True)) == set(STUDENTS)
    page_of(course, "ada").unlink()
    graded = course.autograded(TOPIC, "bo") / f"{TOPIC}.ipynb"
    os.utime(graded, (time.time() + 5, time.time() + 5))
    with Gradebook(course.database) as gradebook:
        gradebook.find_grade("test-double", TOPIC, TOPIC, ODD).manual_score = 1.5
        gradebook.find_grade("test-double", TOPIC, TOPIC, "shows").needs_manual_grade = True
        gradebook.find_comment("double", TOPIC, TOPIC, "dies").manual_comment = "Well **begun**: $x^2$."
        gradebook.db.commit()
    assert set(waiting(course)) == {"ada", "bo", "dies", "shows", ODD}
    os.utime(graded)
    done = list(write_feedback(course, without_feedback(course, [TOPIC]), jobs=2))
    assert [each.error for each in done if each.error] == []
    assert waiting(course) == []
    assert "1.5 / 2 points" in text_of(page_of(course, ODD))
    assert 'class="part"' in page_of(course, ODD).read_text(encoding="utf-8")
    assert "to be graded by a person" in text_of(page_of(course, "shows"))
    assert 'class="waits"' in page_of(course, "shows").read_text(encoding="utf-8")
    assert "Well <strong>begun</strong>" in page_of(course, "dies").read_text(encoding="utf-8")


def test_a_page_that_cannot_be_made_is_named_and_harms_no_other(course: Course) -> None:
    broken = course.autograded(TOPIC, "bo") / f"{TOPIC}.ipynb"
    broken.chmod(0o644)
    broken.write_text("{")
    shutil.copytree(course.autograded(TOPIC, "ada"), course.autograded(TOPIC, "unknown"))
    before = page_of(course, "bo").read_bytes()
    told = run(course, "seminar", "feedback", TOPIC, "--force", "--jobs", "2", status=1)
    assert f"{len(STUDENTS) - 1} pages written" in told
    assert re.search(r"error: .*autograded/bo/doubling: .*JSON", told)
    assert re.search(r"error: .*autograded/unknown/doubling: .*Grade it: seminar grade doubling", told)
    assert page_of(course, "bo").read_bytes() == before  # the old page stays


def test_a_course_that_cannot_be_written_is_told(made: Path) -> None:
    within = [find_bwrap(), "--dev-bind", "/", "/", "--ro-bind", str(made), str(made), "--die-with-parent"]
    command = [sys.executable, "-m", "seminar", "--course", str(made), "feedback", "--force", "--jobs", "1"]
    done = subprocess.run([*within, *command], capture_output=True, text=True, check=False)
    errors = done.stderr.splitlines()
    assert (done.returncode, len(errors)) == (1, len(STUDENTS))
    cure = "Make room, or make the folder writable, then run it again: seminar feedback doubling"
    assert all(f"doubling.html: cannot be written (Read-only file system). {cure}" in error for error in errors)


def test_a_folder_for_temporary_files_with_a_long_path_is_told(made: Path, tmp_path: Path) -> None:
    long = tmp_path / ("long" * 30)
    long.mkdir()
    command = [sys.executable, "-m", "seminar", "--course", str(made), "feedback", "--force"]
    done = subprocess.run(command, env={**os.environ, "TMPDIR": str(long)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {long}: AF_UNIX path too long. Set TMPDIR to a folder with a short path.")


def test_a_run_that_is_killed_leaves_whole_pages(course: Course) -> None:
    since = page_of(course, "ada").stat().st_mtime_ns
    command = [sys.executable, "-m", "seminar", "feedback", "--force", "--jobs", "2"]
    with subprocess.Popen(command, cwd=course.root, start_new_session=True, stdout=subprocess.DEVNULL) as running:
        while not any(page_of(course, student).stat().st_mtime_ns > since for student in STUDENTS):
            assert running.poll() is None
            time.sleep(0.001)
        os.killpg(running.pid, signal.SIGKILL)
    for student in STUDENTS:
        assert page_of(course, student).read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_a_course_with_nothing_graded_says_so(course: Course) -> None:
    shutil.rmtree(course.root / "autograded")
    assert "nothing is graded of doubling. Grade it first: seminar grade" in run(
        course, "seminar", "feedback", status=1
    )


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("student", ["ada", "shows", "dies"])
def test_a_browser_shows_it_asks_for_nothing_and_runs_nothing(
    made: Path, look: Callable[..., Any], student: str, width: int
) -> None:
    seen = look(page_of(Course(made), student), width=width)
    page = seen.page
    assert (seen.errors, seen.requests, seen.overflow()) == ([], [], 0)
    assert page.title() == TOPIC
    assert page.locator("math").count() == 2
    assert page.locator("code", has_text="$not a formula$").count() == 1
    assert "a < b  # $nor this$" in page.locator("#cell-3 pre").inner_text()
    assert CANARY not in page.content()
    plots = page.locator("img.plot").evaluate_all("plots => plots.map(plot => plot.naturalWidth > 100)")
    assert plots == ([True] if student == "ada" else [])
    page.locator(".exercises a").click()
    assert page.locator("#cell-3").evaluate("cell => cell.getBoundingClientRect().top") < 800
