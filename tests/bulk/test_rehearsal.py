"""The instructor's own solutions, examined before students have the notebook."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from seminar.bulk.rehearsal import rehearse
from seminar.cli import main
from seminar.errors import NotebookError
from tests.making import graded, make_course, notebook, solution

HIDDEN = "### BEGIN HIDDEN TESTS\nassert True, 'always'\n### END HIDDEN TESTS"


def test_solutions_that_get_all_points(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    done = rehearse(course, "doubling")
    assert [(test.name, test.points, test.most, test.message) for test in done.tests] == [("test-double", 2, 2, "")]
    assert (done.failed, done.notes) == ([], ())
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before


def test_a_test_that_does_not_work_in_a_process_of_its_own_is_told(tmp_path: Path) -> None:
    """Both pass in the instructor's kernel."""
    answer = "class Own:\n    def __add__(self, other): return 5 + other\n    def __eq__(self, other): return True"
    cells = (
        solution("own", f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"),
        graded("test-sum", f"assert Own() + 1 == 6, 'no sum'\n{HIDDEN}", points=3),
        graded("test-equal", f"assert Own() == Own(), 'not equal'\n{HIDDEN}"),
        graded("test-type", f"assert Own().__class__, 'no class'\n{HIDDEN}", points=1),
    )
    make_course(tmp_path, sums=notebook(*cells))
    told = CliRunner().invoke(main, ["--course", str(tmp_path), "rehearse"], catch_exceptions=False)
    assert told.exit_code == 1
    first, *lines = told.output.splitlines()
    assert first == "sums: 1 of 3 tests pass, 1 of 6 points."
    assert lines[0].startswith("    test-sum: 0 of 3 points: TypeError: unsupported operand")
    assert lines[1:] == ["    test-equal: 0 of 2 points: AssertionError: not equal"]


def test_a_rule_that_is_broken_is_told_of_the_instructors_file(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook(solution(), graded(source="assert double(1)")))
    with pytest.raises(NotebookError) as caught:
        rehearse(course, "doubling")
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{course.source('doubling')}/doubling.ipynb: cell 2") for line in lines)


def test_a_solution_that_is_too_slow_is_told(tmp_path: Path) -> None:
    answer = "import time\ndef double(x):\n    return 2 * x\ntime.sleep(60)"
    course = make_course(
        tmp_path, slow=notebook(solution("double", f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"), graded())
    )
    with (tmp_path / "nbgrader_config.py").open("a") as config:
        config.write("\nc.Examine.timeout_func = None\nc.Examine.timeout = 1\n")
    done = rehearse(course, "slow")
    assert done.notes == ("cell 1 (double): this cell took more than 1 s.",)


def test_a_topic_without_tests_has_nothing_to_fail(tmp_path: Path) -> None:
    answer = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    make_course(tmp_path, reading=notebook(solution("x", answer)))
    told = CliRunner().invoke(main, ["--course", str(tmp_path), "rehearse"], catch_exceptions=False)
    assert (told.exit_code, told.output) == (0, "reading: 0 of 0 tests pass, 0 of 0 points.\n")
