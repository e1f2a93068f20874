"""Courses with configurations of their own: examined all the same, or refused."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from seminar.bulk.pipeline import require_rooms, set_up
from seminar.course import links
from seminar.course.course import CONFIG_FILE, Course
from seminar.course.gradebook import scores
from seminar.course.notebook_file import read
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


PLUGIN = """from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import NbGraderPreprocessor


class Half(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 2


class Asks(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            nb.metadata["worth"] = gradebook.find_assignment(where["assignment"]).max_score
        return nb, resources


def told(kind, assignment, student, notebooks):
    with open({log!r}, "a") as log:
        print(kind, assignment, student, len(notebooks), file=log)


def before(**about):
    told("before", **about)


def after(**about):
    told("after", **about)
    raise ValueError("of ours")
"""
EXTENDED = """c.AssignLatePenalties.plugin_class = "extending.Half"
c.Autograde.autograde_preprocessors.append("extending.Asks")
c.Autograde.pre_convert_hook = "extending.before"
c.Autograde.post_convert_hook = "extending.after"
c.GenerateAssignment.post_convert_hook = "extending.before"
"""


def test_plugins_preprocessors_and_hooks_of_the_course_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "extending", raising=False)
    log = tmp_path / "log.txt"
    root = tmp_path / "course"
    made = make_course(root, doubling=notebook())
    (root / "extending.py").write_text(PLUGIN.replace("{log!r}", repr(str(log))))
    (root / CONFIG_FILE).write_text(
        made.root.joinpath(CONFIG_FILE).read_text().replace("configure(c)", f"{EXTENDED}configure(c)")
    )
    course = Course(root)
    release(course, "doubling")
    with Gradebook(course.database) as gradebook:
        gradebook.find_assignment("doubling").duedate = datetime(2026, 1, 1)
        gradebook.db.commit()
    path = hand_in(course, "doubling", "ada", "def double(x): return x + x")
    path.with_name("timestamp.txt").write_text("2026-01-02 10:00:00 UTC")
    outcome = grade_here(course, "doubling")["ada"]
    assert outcome.error is None
    assert outcome.notes[-1] == "c.Autograde.post_convert_hook failed (ValueError: of ours)."
    assert [score.points for score in scores(course, ["doubling"])] == [1]
    assert read(course.autograded("doubling", "ada") / "doubling.ipynb").metadata["worth"] == 2
    lines = log.read_text().splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["before", "doubling"],
        ["before", "doubling"],
        ["after", "doubling"],
    ]
    assert [line.split()[2:] for line in lines[1:]] == [["ada", "1"]] * 2


def test_a_hook_of_the_courses_own_does_not_let_links_in(tmp_path: Path) -> None:
    called: list[str] = []
    config = Config()
    config.Autograde.pre_convert_hook = lambda **about: called.append(about["student"])
    configure(config)
    configure(config)
    folder = tmp_path / "submitted"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "notes.txt").symlink_to(tmp_path / "secret.txt")
    config.Autograde.pre_convert_hook(assignment="a", student="ada", notebooks=[str(folder / "a.ipynb")])
    assert called == ["ada"]
    assert [path.name for path in folder.iterdir()] == ["1.was-no-file.txt"]


def test_no_note_is_written_through_a_link_and_no_name_is_too_long(tmp_path: Path) -> None:
    folder, secret = tmp_path / "submitted", tmp_path / "gradebook.db"
    folder.mkdir()
    secret.write_text("points")
    for number in range(8):
        (folder / f"x{number}").symlink_to("/nowhere")
        (folder / f"x{number}.was-no-file.txt").symlink_to(secret)
        (folder / f"{number + 1}.was-no-file.txt").symlink_to(secret)
    (folder / ("long" * 62)).symlink_to("/nowhere\udcff")
    (folder / "1.was-no-file.txt").unlink()
    (folder / "1.was-no-file.txt").write_text("the student's own")
    links.take_out([str(folder / "a.ipynb")])
    assert secret.read_text() == "points"
    assert (folder / "1.was-no-file.txt").read_text() == "the student's own"
    assert not any(path.is_symlink() for path in folder.iterdir())
    assert len(links.notes(folder)) == 1 + 8 + 8 + 7 + 1


def test_a_hook_that_is_not_there_does_not_turn_the_examination_off() -> None:
    config = Config()
    config.Autograde.pre_convert_hook = "nowhere.hook"  # an error here, and nbgrader would go on without all of it
    configure(config)
    with pytest.raises(ImportError, match="nowhere"):
        config.Autograde.pre_convert_hook(assignment="a", student="ada", notebooks=[])
