"""Student versions: generated from good notebooks only, in step with the source."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seminar.course.course import CONFIG_FILE, Course
from seminar.course.gradebook import require_released
from seminar.course.lint import HIDDEN, SOLUTION
from seminar.course.notebook import Role, cells, read, write
from seminar.course.release import release
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
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".release")] == []


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
