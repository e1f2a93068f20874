"""Courses with configurations of their own: examined all the same, or refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from seminar.bulk.pipeline import require_rooms, set_up
from seminar.course.course import CONFIG_FILE, Course
from seminar.course.gradebook import scores
from seminar.course.release import release
from seminar.errors import CourseError, RoomError
from seminar.settings import AUTOGRADE, SANITIZE, configure
from tests.bulk.grading import grade_here
from tests.making import hand_in, make_course, notebook

FORGERY = """double = None
import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
get_ipython().ast_transformers.append(NoAsserts())"""


def with_config(root: Path, text: str) -> Course:
    make_course(root, doubling=notebook())
    (root / CONFIG_FILE).write_text(f"c = get_config()\n{text}")
    return Course(root)


def test_a_configuration_that_says_nothing_is_enough(tmp_path: Path) -> None:
    course = with_config(tmp_path, "c.CourseDirectory.course_id = 'other'\n")
    release(course, "doubling")
    hand_in(course, "doubling", "forger", FORGERY)
    hand_in(course, "doubling", "right", "def double(x): return x + x")
    assert [result.error for result in grade_here(course, "doubling").values()] == [None, None]
    assert {score.student: score.points for score in scores(course, ["doubling"])} == {"forger": 0, "right": 2}


def test_what_a_course_adds_is_added_to_ours() -> None:
    config = Config()
    config.Autograde.autograde_preprocessors.append("mine.Extra")
    config.OverwriteCells.add_missing_cells = False
    configure(config)
    assert config.Autograde.autograde_preprocessors == [*AUTOGRADE, "mine.Extra"]
    assert config.Autograde.sanitize_preprocessors == SANITIZE
    assert config.OverwriteCells.add_missing_cells is False
    configure(config)
    assert config.Autograde.autograde_preprocessors == [*AUTOGRADE, "mine.Extra"]


def test_a_list_without_the_examination_is_refused(tmp_path: Path) -> None:
    lists = "from nbgrader.preprocessors import Execute\nc.Autograde.autograde_preprocessors = [Execute]\n"
    course = with_config(tmp_path, lists)
    with pytest.raises(CourseError, match=r"c\.Autograde\.autograde_preprocessors: lacks Examine"):
        set_up(course)
    set_up(Course(tmp_path), isolation="none")


def test_a_list_may_name_classes_and_instances(tmp_path: Path) -> None:
    course = with_config(
        tmp_path, "c.Autograde.autograde_preprocessors = ['seminar.examiner.examine.Examine', 'mine.Extra']\n"
    )
    set_up(course)
    course.config.Autograde.autograde_preprocessors = [Execute()]
    with pytest.raises(CourseError, match="lacks Examine"):
        set_up(course)


def test_without_bubblewrap_nothing_is_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path))
    with pytest.raises(RoomError, match=r"bubblewrap is not installed(?s:.*)--isolation none"):
        require_rooms()
