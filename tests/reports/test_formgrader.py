"""nbgrader's formgrader, in a browser, on a course that `seminar grade` has graded."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page

from seminar.course.course import Course
from tests.reports.graded import ODD, STUDENTS, TOPIC

PATIENCE = 120  # seconds until the server answers
POINTS = {"ada": 2, "bo": 0, "dies": 0, "shows": 2, ODD: 2}


@dataclass
class Formgrader:
    """A server with formgrader, and a browser that is logged in to it."""

    course: Course
    address: str
    page: Page
    asked: list[str]  # what the browser has asked for

    def open(self, path: str) -> Page:
        """Go to one of formgrader's pages."""
        self.page.goto(f"{self.address}/formgrader/{path}", wait_until="networkidle")
        return self.page

    def open_submission(self, student: str) -> Page:
        """Go to a student's graded notebook."""
        with Gradebook(self.course.database) as gradebook:
            submission = gradebook.find_submission_notebook(TOPIC, TOPIC, student).id
        return self.open(f"submissions/{submission}/")


@pytest.fixture(scope="module")
def formgrader(graded_course: Path, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Formgrader]:
    """Formgrader on a graded course."""
    folder = tmp_path_factory.mktemp("formgrader")
    course = Course(shutil.copytree(graded_course, folder / "course"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += [
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={course.root}",
    ]
    places = {name: str(folder / name) for name in ("HOME", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    log = folder / "server.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            command, cwd=course.root, env={**os.environ, **places}, stdout=said, stderr=subprocess.STDOUT
        )
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route(lambda url: not url.startswith(address), lambda route: route.abort())  # nbgrader's own pages ask the net
    try:
        wait_for(server, f"{address}/api?token={token}", log)
        page.goto(f"{address}/formgrader/?token={token}", wait_until="networkidle")
        yield Formgrader(course, address, page, asked)
    finally:
        page.close()
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)


def shown_score(page: Page) -> str | None:
    """The score that a graded notebook's page proposes: a person may put another into the box."""
    page.wait_for_function("document.querySelector('input.score').placeholder != ''")
    return page.locator("input.score").get_attribute("placeholder")


def test_assignments_are_listed(formgrader: Formgrader) -> None:
    page = formgrader.open("manage_assignments")
    row = page.locator("#main-table-body, tbody").locator("tr", has_text=TOPIC).first
    row.locator(".num-submissions", has_text=str(len(STUDENTS))).wait_for()


def test_the_gradebook_has_all_scores(formgrader: Formgrader) -> None:
    page = formgrader.open(f"gradebook/{TOPIC}/{TOPIC}/")
    page.locator("tbody tr", has_text="Submission #5").wait_for()
    rows = page.locator("tbody tr").all_inner_texts()
    assert sorted(row.split("\t")[2] for row in rows) == sorted(f"{points} / 2" for points in POINTS.values())


def test_a_students_scores_are_shown(formgrader: Formgrader) -> None:
    for student in ("ada", "bo"):  # formgrader's addresses break on some of the other ids
        page = formgrader.open(f"manage_students/{student}/")
        row = page.locator("tbody tr", has_text=TOPIC)
        row.wait_for()
        assert row.inner_text().split("\t")[1] == f"{POINTS[student]} / 2"


def test_a_graded_notebook_is_shown_with_its_incidents(formgrader: Formgrader) -> None:
    page = formgrader.open_submission("dies")
    assert page.get_by_text("What happened while this was graded").is_visible()
    assert page.get_by_text("the kernel was ended here: it died.").is_visible()
    assert shown_score(page) == "0"
    assert "HIDDEN TESTS" in page.content()  # the instructor sees all


def test_nothing_that_a_submission_shows_runs(formgrader: Formgrader) -> None:
    page = formgrader.open_submission("shows")
    assert shown_score(page) == "2"
    assert page.get_by_text("a very long line").first.is_visible()
    assert "IT RAN" not in page.title()
    assert page.locator("#notebook script").count() == 0
    assert page.locator("#notebook [onerror]").count() == 0
    assert [each for each in formgrader.asked if "192.0.2.1" in each] == []  # what its pictures asked for
