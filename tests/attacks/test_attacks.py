"""Every attack, examined in a room: no points, no secret, nothing left behind, nobody else harmed."""

from __future__ import annotations

import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import psutil
import pytest

from seminar.bulk.pipeline import autograde
from seminar.course.course import Course, Submission
from seminar.course.gradebook import scores
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read
from seminar.examiner import PRELOAD
from seminar.room.provisioner import shared_parent
from tests.attacks.victim import (
    HIDDEN_CANARY,
    OTHERS_CANARY,
    POINTS,
    RIGHT,
    TOPIC,
    Attack,
    attacks,
    feedback,
    make_victim,
    submit,
)
from tests.bulk.grading import grade_by_graders
from tests.making import hand_in

ATTACKS = attacks("forging", "reading", "harming", "escaping", "lying")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_victim(tmp_path_factory.mktemp("victim"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files of this process, which others do not use."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


class _Page(HTMLParser):
    """Whatever in a page that a student has a hand in could run: from the notebook's part on."""

    def __init__(self) -> None:
        super().__init__()
        self.suspects: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or re.match(r"\s*(javascript|vbscript|data:text)", value or "", re.IGNORECASE):
                self.suspects.append(f"{tag} {name}={value}"[:200])
        if tag in ("script", "iframe", "object", "embed", "svg", "base", "form", "link", "meta"):
            self.suspects.append(f"{tag} {attrs}"[:200])


def points_of(course: Course) -> dict[str, float]:
    return {score.student: score.points for score in scores(course, [TOPIC])}


def running_below(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def test_the_corpus_is_large() -> None:
    assert len(ATTACKS) >= 60
    assert {attack.family for attack in ATTACKS} == {"forging", "reading", "harming", "escaping", "lying"}
    assert all(attack.about for attack in ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.family}-{attack.name}")
def test_an_attack_gets_nothing(course: Course, attack: Attack, temporary: Path) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    submission = submit(course, attack)
    result = autograde(course.root, submission)
    assert result.error is None
    assert points_of(course)[submission.student] == 0

    page = feedback(course, submission)
    assert HIDDEN_CANARY not in page
    assert OTHERS_CANARY not in page
    graded = read(course.autograded(TOPIC, submission.student) / f"{TOPIC}.ipynb")
    shown = [str(cell.node.outputs) for cell in cells(graded) if cell.node.cell_type == "code" and cell.role is not Role.TEST]
    assert not any(HIDDEN_CANARY in text or OTHERS_CANARY in text for text in shown)
    parser = _Page()
    parser.feed(page[page.index("<body") :])
    allowed = [suspect for suspect in parser.suspects if not suspect.startswith("script")]
    assert allowed == []

    parent = shared_parent(PRELOAD).process
    assert parent is not None
    assert [process.cmdline() for process in running_below(parent.pid)] == []
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert list(temporary.iterdir()) == []
    assert not list(Path("/tmp").glob("ESCAPED*"))
    assert not list(Path("/").glob("ESCAPED*"))


def test_neighbours_are_graded_as_if_alone(course: Course, tmp_path: Path) -> None:
    course = make_victim(tmp_path / "class")
    submissions = [Submission(TOPIC, "other", course.submitted(TOPIC, "other"))]
    harmful = [attack for attack in ATTACKS if attack.family in ("harming", "escaping")][::5]
    for number, attack in enumerate(harmful):
        submissions.append(submit(course, attack))
        if number % 3 == 0:
            hand_in(course, TOPIC, f"honest-{number}", *RIGHT.values())
            submissions.append(Submission(TOPIC, f"honest-{number}", course.submitted(TOPIC, f"honest-{number}")))
    assert [result.error for result in grade_by_graders(course, submissions) if result.error] == []
    points = points_of(course)
    assert {points[each.student] for each in submissions if each.student.startswith("honest")} == {POINTS}
    assert points["other"] == POINTS
    assert {points[f"{attack.family}-{attack.name}"] for attack in harmful} == {0}


def test_a_right_answer_gets_its_points(course: Course) -> None:
    hand_in(course, TOPIC, "right", *RIGHT.values())
    submission = Submission(TOPIC, "right", course.submitted(TOPIC, "right"))
    assert autograde(course.root, submission).error is None
    assert points_of(course)["right"] == POINTS
