"""The notebooks in a stock nbgrader, run by its own command, with nothing of ours but the notebooks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from seminar.course.answers import fill, read_bank, solutions_of
from seminar.course.course import Course
from seminar.course.gradebook import opened
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read, write
from tests.exercises.harness import ROOT, TOPICS

CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.Execute.timeout = 900
"""


@pytest.mark.parametrize("topic", TOPICS)
def test_the_reference_has_all_points_and_the_untouched_version_none(tmp_path: Path, data: Path, topic: str) -> None:
    """Where a reference takes minutes, its stand-in: the demonstration runs the reference itself."""
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    shutil.copytree(ROOT / "source" / topic, tmp_path / "source" / topic)
    nbgrader(tmp_path, "generate_assignment", topic)
    source, released = (read(tmp_path / step / topic / f"{topic}.ipynb") for step in ("source", "release"))
    write(released, tmp_path / "submitted" / "untouched" / topic / f"{topic}.ipynb")
    solutions = solutions_of(source)
    bank = read_bank(ROOT / "tests" / "exercises" / f"{topic}.yaml")
    solutions |= {name: exercise.stand_in.code for name, exercise in bank.items() if exercise.stand_in}
    write(fill(released, solutions), tmp_path / "submitted" / "reference" / topic / f"{topic}.ipynb")
    nbgrader(tmp_path, "autograde", topic)
    points = {cell.grade_id: cell.points for cell in cells(source) if cell.role is Role.TEST}
    assert marks(tmp_path, topic, "reference") == points
    assert marks(tmp_path, topic, "untouched") == dict.fromkeys(points, 0.0)


def nbgrader(course: Path, *arguments: str) -> None:
    """Run a command of nbgrader's in a course."""
    scripts = Path(sysconfig.get_path("scripts"))
    environment = {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
        "JUPYTER_CONFIG_DIR": str(course / "no-config"),
    }
    command = [str(scripts / "nbgrader"), *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def marks(course: Path, topic: str, student: str) -> dict[str | None, float]:
    """The points of each test cell, as the gradebook has them."""
    with opened(Course(course)) as gradebook:
        notebook = gradebook.find_submission_notebook(topic, topic, student)
        return {grade.name: float(grade.score) for grade in notebook.grades}
