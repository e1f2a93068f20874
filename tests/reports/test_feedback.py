"""The page that a student gets."""

from __future__ import annotations

from pathlib import Path

from nbgrader.converters import GenerateFeedback

from seminar.bulk.grade import autograde
from seminar.course import converters
from seminar.course.course import Course, Submission
from seminar.course.release import release
from seminar.errors import GradingError
from tests.making import hand_in, make_course, notebook

TOPIC = "doubling"


def feedback(course: Course, student: str) -> str:
    submission = Submission(TOPIC, student, course.submitted(TOPIC, student))
    assert autograde(course.root, submission).error is None
    converter = GenerateFeedback(coursedir=course.directory(TOPIC, student), config=course.config)
    converter.force = True
    converters.run(converter, GradingError, student)
    return (course.root / "feedback" / student / TOPIC / f"{TOPIC}.html").read_text(encoding="utf-8")


def test_feedback_tells_a_hidden_tests_message_and_not_the_test(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    hand_in(course, TOPIC, "ada", "def double(x):\n    return abs(2 * x)")
    hand_in(course, TOPIC, "bo", "def double(x):\n    return 2 * x")
    page = feedback(course, "ada")
    assert "double(-3): look at negative numbers" in page
    assert "HIDDEN TESTS" not in page
    assert "== -6" not in page
    assert "double(2): got" in page  # the visible test is the student's already
    assert "Score: 0.0 / 2.0" in " ".join(page.split())
    assert "Score: 2.0 / 2.0" in " ".join(feedback(course, "bo").split())
