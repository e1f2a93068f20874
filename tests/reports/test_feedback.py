"""The pages that students get, of a class that was really graded."""

from __future__ import annotations

import base64
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

import numpy as np
import psutil
import pytest
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook

from seminar.course.course import Course
from seminar.course.gradebook import waiting as to_be_graded
from seminar.course.notebook_file import read, write
from seminar.course.release import release
from seminar.reports.feedback import without_feedback, write_feedback
from seminar.reports.results import gather
from seminar.room.bubblewrap import find_bwrap
from tests.examiner.test_sanitise import PNG
from tests.making import RIGHT, graded, hand_in, hear_ctrl_c, make_course, notebook, solution
from tests.reports.graded import CANARY, ODD, STUDENTS, TOPIC, run
from tests.room.inside import becomes_true


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


SCHEME = "=== BEGIN MARK SCHEME ===\nfive for a spiral\n=== END MARK SCHEME ==="


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A topic with a test, an answer that a person grades, and a task; a student has changed all headings."""
    kinds = {"why": {"grade": True, "solution": True, "locked": False}, "draw": {"task": True, "locked": True}}
    texts = {"why": "YOUR ANSWER HERE", "draw": f"## Draw `it`\n\nIn a cell below.\n{SCHEME}"}
    why, draw = (new_markdown_cell(text, id=name) for name, text in texts.items())
    for cell, points in ((why, 4), (draw, 5)):
        rest = {"grade": False, "solution": False, "task": False, "schema_version": 3, "points": points}
        cell.metadata["nbgrader"] = {**rest, "grade_id": cell.id, **kinds[cell.id]}
    names = {"title": "# Essays", "first": "## Doubling", "second": "## Why"}
    title, first, second = (new_markdown_cell(text, id=name) for name, text in names.items())
    made = make_course(
        tmp_path_factory.mktemp("by hand") / "course",
        essays=notebook(title, first, solution(), graded(), second, why, draw),
    )
    release(made, "essays")
    path = hand_in(made, "essays", "ada", RIGHT)
    answered = read(path)
    for cell in answered.cells:
        if cell.id in (*names, "why"):
            cell.source = f"# Renamed {cell.id}"
    own = new_markdown_cell("# Mine", id="own")
    own.metadata["nbgrader"] = {"score": 99, "points": 99, "comment": "Well done.", "waits": True}
    answered.cells.insert(0, own)
    shows = "## Also mine\n\n![net](figures/net.png) ![none](none.png) ![out](../../../out.png)"
    shows += f" ![long]({'a' * 300}.png) `![net](figures/net.png)`"
    answered.cells.insert(4, new_markdown_cell(shows, id="own-2"))
    for place in (path.parent / "figures" / "net.png", made.root / "out.png"):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(base64.b64decode(PNG))
    write(answered, path)
    run(made, "seminar", "grade", "essays")
    with Gradebook(made.database) as gradebook:
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="O'Neil <b>")
    run(made, "seminar", "feedback")
    return made


def test_headings_are_the_instructors_whatever_a_student_writes(by_hand: Course, look: Callable[..., Any]) -> None:
    page = look(by_hand.feedback("essays", "ada") / "essays.html").page
    assert page.locator("h1").first.inner_text() == "Essays"
    assert page.locator(".summary table a").all_inner_texts() == ["Doubling", "Why", "Draw it"]
    assert "Well done." not in page.content()
    places = [each.get_attribute("href") for each in page.locator(".summary table a").all()]
    headings = ["Renamed first", "Renamed second", "Draw it"]
    assert [page.locator(str(place)).get_by_role("heading").inner_text() for place in places] == headings


def test_a_picture_beside_the_notebook_is_on_the_page(by_hand: Course, look: Callable[..., Any]) -> None:
    page = look(by_hand.feedback("essays", "ada") / "essays.html").page
    assert page.locator("img").count() == 1
    assert page.locator('img[alt="net"]').get_attribute("src") == f"data:image/png;base64,{PNG}"
    assert page.locator("em").all_inner_texts() == ["(picture: none)", "(picture: out)", "(picture: long)"]
    assert "![net](figures/net.png)" in page.locator("code").all_inner_texts()


def test_a_mark_scheme_is_for_who_grades(by_hand: Course) -> None:
    assert "five for a spiral" not in (by_hand.release("essays") / "essays.ipynb").read_text(encoding="utf-8")
    assert "five for a spiral" in (by_hand.autograded("essays", "ada") / "essays.ipynb").read_text(encoding="utf-8")
    page = (by_hand.feedback("essays", "ada") / "essays.html").read_text(encoding="utf-8")
    assert "In a cell below." in page
    assert "five for a spiral" not in page
    assert "MARK SCHEME" not in page


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_what_a_person_has_yet_to_grade_is_no_zero(by_hand: Course, look: Callable[..., Any], width: int) -> None:
    seen = look(by_hand.feedback("essays", "ada") / "essays.html", width=width)
    assert (seen.errors, seen.requests, seen.overflow()) == ([], [], 0)
    top = " ".join(seen.page.locator(".summary").inner_text().split())
    assert top == (
        "Feedback for Ada O'Neil <b> · ada Essays 2 / 11 points so far; a person has yet to grade 9 of them "
        "Exercise Points of Doubling 2 2 Why to be graded by a person \N{EN DASH} 4 "
        "Draw it to be graded by a person \N{EN DASH} 5 Total so far 2 11"
    )
    heads = [" ".join(each.split()) for each in seen.page.locator(".manual-cell > header").all_inner_texts()]
    assert heads == ["Your answer to be graded by a person", "Task to be graded by a person"]


def test_the_report_calls_a_task_by_its_heading(by_hand: Course) -> None:
    results = gather(by_hand, ["essays"])
    assert [each.title for each in results.topics[0].exercises] == ["Doubling", "Why", "Draw it"]
    assert results.names == {"ada": "Ada O'Neil <b>"}


def test_a_new_name_and_a_persons_grade_renew_a_page(by_hand: Course, tmp_path: Path) -> None:
    made = Course(shutil.copytree(by_hand.root, tmp_path / "course"))
    assert without_feedback(made, ["essays"]) == []
    with Gradebook(made.database) as gradebook:
        gradebook.find_student("ada").last_name = "O'Neil"
        gradebook.db.commit()
    assert [each.student for each in without_feedback(made, ["essays"])] == ["ada"]
    with Gradebook(made.database) as gradebook:
        for name, score in (("why", 3), ("draw", 5)):
            grade = gradebook.find_grade(name, "essays", "essays", "ada")
            grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.db.commit()
    shutil.rmtree(made.source("essays"))  # the student versions tell the headings, too
    (done,) = write_feedback(made, without_feedback(made, ["essays"]), jobs=1)
    assert text_of(done.pages[0]).startswith(
        "Feedback for Ada O'Neil · ada Essays 10 / 11 points 10 / 11 "
        "Exercise Points of Doubling 2 2 Why 3 4 Draw it 5 5 Total 10 11"
    )
    shutil.rmtree(made.release("essays"))
    (done,) = write_feedback(made, without_feedback(made, ["essays"], force=True), jobs=1)
    assert "essays 10 / 11 points 10 / 11 Exercise Points of test-double 2 2 why 3 4" in text_of(done.pages[0])


def test_a_page_that_cannot_be_made_is_named_and_harms_no_other(course: Course) -> None:
    broken = course.autograded(TOPIC, "bo") / f"{TOPIC}.ipynb"
    broken.chmod(0o644)
    broken.write_text("{")
    shutil.copytree(course.autograded(TOPIC, "ada"), course.autograded(TOPIC, "unknown"))
    course.autograded(TOPIC, "empty").mkdir(parents=True)
    before = page_of(course, "bo").read_bytes()
    told = run(course, "seminar", "feedback", TOPIC, "--force", "--jobs", "2", status=1)
    assert f"{len(STUDENTS) - 1} pages written" in told
    assert re.search(r"error: .*autograded/bo/doubling: .*JSON", told)
    assert re.search(r"error: .*autograded/unknown/doubling: .*Grade it: seminar grade doubling", told)
    assert re.search(r"error: .*autograded/empty/doubling: there is no graded notebook. Grade it: seminar grade", told)
    assert page_of(course, "bo").read_bytes() == before  # the old page stays


@pytest.mark.parametrize("after", [0.0, 0.5, 1.5])
def test_ctrl_c_while_workers_start_leaves_no_traceback(made: Path, after: float) -> None:
    command = [sys.executable, "-m", "seminar", "--course", str(made), "feedback", "--force", "--jobs", "2"]
    started: dict[str, Any] = {"stderr": subprocess.PIPE, "text": True, "preexec_fn": hear_ctrl_c}
    with subprocess.Popen(command, **started) as running:
        this = psutil.Process(running.pid)
        assert becomes_true(lambda: len(this.children()) >= 2, 60)  # the process that they are forks of, and a tracker
        time.sleep(after)
        running.send_signal(signal.SIGINT)
        said = running.stderr.read() if running.stderr else ""
    assert "Traceback" not in said


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


def test_points_that_a_person_gave_count_when_it_is_graded_again(by_hand: Course) -> None:
    def gives(points: float) -> None:
        with Gradebook(by_hand.database) as gradebook:
            for grade in gradebook.find_submission_notebook("essays", "essays", "ada").grades:
                if grade.name == "why":
                    grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.db.commit()

    page = by_hand.feedback("essays", "ada") / "essays.html"
    gives(3)
    run(by_hand, "seminar", "grade", "--regrade")
    run(by_hand, "seminar", "feedback")
    assert "5 / 11 points so far; a person has yet to grade 5 of them" in " ".join(text_of(page).split())
    assert to_be_graded(by_hand, ["essays"]) == {"essays": 1}
    (topic,) = gather(by_hand, ["essays"]).topics
    assert sum(np.nan_to_num(topic.points).ravel()) == 5


def test_a_page_can_be_handed_back_by_nbgraders_exchange(by_hand: Course) -> None:
    graded, feedback = by_hand.autograded("essays", "ada"), by_hand.feedback("essays", "ada")
    for name in ("timestamp.txt", "submission_secret.txt", "other.txt"):
        (graded / name).write_text(name)
    run(by_hand, "seminar", "feedback")
    assert sorted(path.name for path in feedback.iterdir()) == ["essays.html", "submission_secret.txt", "timestamp.txt"]
    run(by_hand, "seminar", "feedback")
