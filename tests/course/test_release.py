"""Student versions: generated from good notebooks only, in step with the source."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader import preprocessors

from seminar.course.course import CONFIG_FILE, Course
from seminar.course.gradebook import require_released
from seminar.course.lint import SOLUTION
from seminar.course.lock import locked
from seminar.course.notebook import HIDDEN, Role, cells
from seminar.course.notebook_file import read, write
from seminar.course.release import MARKS, check, release
from seminar.errors import CourseError, NotebookError
from tests.exercises.harness import ROOT, TOPICS
from tests.making import graded, make_course, notebook, solution


def test_a_student_version_lacks_solutions_and_hidden_tests(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    (path,) = release(course, "doubling")
    text = path.read_text()
    assert path == tmp_path / "release" / "doubling" / "doubling.ipynb"
    assert "return 2 * x" not in text
    assert "double(-3)" not in text
    assert "raise NotImplementedError()" in text
    require_released(course, "doubling")


def test_a_topic_that_is_not_released_is_named(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="seminar release doubling"):
        require_released(make_course(tmp_path, doubling=notebook()), "doubling")


def test_a_notebook_that_breaks_a_rule_is_not_released(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    (path,) = release(course, "doubling")
    before = path.read_bytes()
    write(notebook(solution(), graded(source="assert double(1)")), tmp_path / "source" / "doubling" / "doubling.ipynb")
    with pytest.raises(NotebookError) as caught:
        release(course, "doubling")
    assert "doubling.ipynb: cell 2 (test-double): has no hidden tests" in str(caught.value)
    assert "doubling.ipynb: cell 2 (test-double): line 1: an assertion without a message" in str(caught.value)
    assert path.read_bytes() == before


def test_a_release_that_nbgrader_refuses_leaves_the_former(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    (path,) = release(course, "doubling")
    before = path.read_bytes()
    with (tmp_path / CONFIG_FILE).open("a") as config:
        config.write("c.ClearSolutions.code_stub = {'R': 'fail()'}\n")  # no stub for Python
    with pytest.raises(NotebookError, match="nbgrader failed"):
        release(Course(tmp_path), "doubling")
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir() if "release" in entry.name] == ["release"]


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from types import SimpleNamespace
from seminar.course import converters, release
from seminar.course.course import Course

left = int(sys.argv[2])  # of the steps before this process is killed

def killed_before(step):
    def count(*arguments):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGTERM)
        left -= 1
        return step(*arguments)
    return count

converters.run = killed_before(converters.run)
move, rmtree = killed_before(shutil.move), killed_before(shutil.rmtree)
release.shutil = SimpleNamespace(move=move, rmtree=rmtree, copymode=shutil.copymode)  # nbgrader has its own
release.release(Course(Path(sys.argv[1])), "doubling")
"""


@pytest.mark.parametrize("steps", range(4))  # to generate the new version, to put aside, to put in place, to clear up
def test_a_release_that_is_killed_loses_no_version(tmp_path: Path, steps: int) -> None:
    course = make_course(tmp_path, doubling=notebook())
    (path,) = release(course, "doubling")
    before = path.stat()
    changed = notebook()
    changed.cells[0].source = "# Doubling, anew"
    write(changed, course.source("doubling") / path.name)
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(steps)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGTERM
    assert path.exists() == (steps != 2)
    write(notebook(solution(), graded(source="assert double(1)")), course.source("doubling") / path.name)
    with pytest.raises(NotebookError, match="has no hidden tests"):
        release(course, "doubling")
    assert read(path).cells[0].source == ("# Doubling, anew" if steps == 3 else "# Doubling")
    assert (path.stat().st_ino == before.st_ino) == (steps < 3)  # the very file: it was renamed, not copied
    assert [entry.name for entry in tmp_path.iterdir() if "release" in entry.name] == ["release"]


def test_a_topic_is_released_by_one_process_at_a_time(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    with (
        locked(course.source("doubling"), CourseError("taken already")),
        pytest.raises(CourseError, match="source/doubling: another process releases it"),
    ):
        release(course, "doubling")


def test_the_other_topics_stay_when_one_is_released(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook(), other=notebook())
    (other,) = release(course, "other")
    (tmp_path / "release.former" / "other").mkdir(parents=True)  # of a run that was killed
    for _ in range(2):
        assert release(course, "doubling") == [tmp_path / "release" / "doubling" / "doubling.ipynb"]
    assert other.exists() and (tmp_path / "release.former" / "other").exists()


def test_a_link_in_the_place_of_a_release_gives_way(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    (tmp_path / "else").mkdir()
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "doubling").symlink_to(tmp_path / "else")
    (path,) = release(course, "doubling")
    assert path.exists() and list((tmp_path / "else").iterdir()) == []


def test_a_release_of_a_shared_course_is_the_groups(tmp_path: Path) -> None:
    make_course(tmp_path, doubling=notebook())
    with (tmp_path / CONFIG_FILE).open("a") as config:
        config.write("\nc.CourseDirectory.groupshared = True\n")
    (path,) = release(Course(tmp_path), "doubling")
    assert [oct(each.stat().st_mode & 0o2770) for each in (path.parents[1], path.parent)] == ["0o2770"] * 2


@pytest.mark.parametrize(
    ("section", "setting"),
    [
        ("ClearHiddenTests", "begin_test_delimeter"),
        ("ClearMarkScheme", "begin_mark_scheme_delimeter"),
        ("ClearHiddenTests", "end_test_delimeter"),
        ("ClearSolutions", "begin_solution_delimeter"),
        ("ClearSolutions", "end_solution_delimeter"),
    ],
)
def test_marks_of_the_courses_own_are_refused(tmp_path: Path, section: str, setting: str) -> None:
    make_course(tmp_path, doubling=notebook())
    with (tmp_path / CONFIG_FILE).open("a") as config:
        config.write(f"\nc.{section}.{setting} = 'MINE'\n")
    for refused in (lambda course: check(course, ["doubling"]), lambda course: release(course, "doubling")):
        with pytest.raises(CourseError, match=rf"{CONFIG_FILE}: c\.{section}\.{setting} is 'MINE'"):
            refused(Course(tmp_path))
    assert not (tmp_path / "release").exists()


def test_nbgraders_own_marks_may_be_set(tmp_path: Path) -> None:
    for (section, setting), mark in MARKS.items():
        assert getattr(preprocessors, section)().trait_values()[setting] == mark
    make_course(tmp_path, doubling=notebook())
    with (tmp_path / CONFIG_FILE).open("a") as config:
        config.write("\nc.ClearSolutions.begin_solution_delimeter = 'BEGIN SOLUTION'\n")
    check(Course(tmp_path), ["doubling"])


@pytest.mark.parametrize("topic", TOPICS)
def test_the_committed_release_is_in_step(tmp_path: Path, topic: str) -> None:
    make_course(tmp_path)
    shutil.copytree(ROOT / "source" / topic, tmp_path / "source" / topic)
    for path in release(Course(tmp_path), topic):
        committed = ROOT / "release" / topic / path.name
        assert committed.exists() and committed.read_text() == path.read_text(), f"run: seminar release {topic}"


@pytest.mark.parametrize("topic", TOPICS)
def test_a_student_version_differs_in_solutions_and_hidden_tests_only(topic: str) -> None:
    source = list(cells(read(ROOT / "source" / topic / f"{topic}.ipynb")))
    released = list(cells(read(ROOT / "release" / topic / f"{topic}.ipynb")))
    assert [cell.node.id for cell in released] == [cell.node.id for cell in source]
    for theirs, ours in zip(released, source, strict=True):
        if ours.role is Role.SOLUTION:
            marks, stub = SOLUTION, ["# YOUR CODE HERE", "raise NotImplementedError()"]
        elif ours.role is Role.TEST:
            marks, stub = HIDDEN, []
        else:
            assert theirs.source == ours.source
            continue
        assert [line.strip() for line in theirs.source.rstrip().splitlines()] == without(ours.source, marks, stub)


def without(source: str, marks: tuple[str, str], stub: list[str]) -> list[str]:
    """The stripped lines of a cell with each marked region replaced."""
    lines: list[str] = []
    inside = False
    for line in source.rstrip().splitlines():
        if marks[0] in line:
            inside = True
            lines += stub
        elif marks[1] in line:
            inside = False
        elif not inside:
            lines.append(line.strip())
    while lines and not lines[-1]:
        lines.pop()
    return lines
