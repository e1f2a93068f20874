"""The student's side: the student versions in an environment of the six packages and JupyterLab, nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from seminar.course.answers import fill, read_bank, solutions_of
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read, write
from tests.exercises.harness import ROOT, TOPICS
from tests.exercises.harness import run as run_cell

SIX = ("torch", "torchvision", "numpy", "pandas", "matplotlib", "tqdm")

RUN = """
import sys, nbformat
from nbclient import NotebookClient
path = sys.argv[1]
notebook = nbformat.read(path, 4)
NotebookClient(notebook, timeout=900, allow_errors=True, resources={"metadata": {"path": sys.argv[2]}}).execute()
nbformat.write(notebook, path)
"""


@pytest.fixture(scope="session")
def laptop(shared: Path) -> Path:
    """The Python of a student's environment, at the versions of our lock."""
    environment = shared / "laptop"
    python = environment / "bin" / "python"
    uv = str(Path(sys.executable).parent / "uv")
    with FileLock(str(shared / "laptop.lock")):
        if not (environment / "ready").exists():
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
            constraints = ["--constraint", str(ROOT / "requirements.lock")]
            command = [uv, "pip", "install", "--quiet", "--python", str(python), *constraints, *SIX, "jupyterlab"]
            subprocess.run(command, check=True)
            (environment / "ready").touch()
    return python


def plain() -> dict[str, str]:
    """This process's environment without what Python reads there."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def run(laptop: Path, path: Path) -> dict[str, list[str]]:
    """Run a notebook top to bottom as a student does, and return the errors' names by cell id."""
    command = [str(laptop), "-I", "-c", RUN, str(path), str(path.parent)]
    subprocess.run(command, check=True, capture_output=True, env=plain())
    return {
        cell.node.id: [output.ename for output in cell.node.outputs if output.output_type == "error"]
        for cell in cells(read(path))
        if cell.node.cell_type == "code"
    }


def test_the_environment_has_nothing_of_ours(laptop: Path) -> None:
    code = (
        "import importlib.util as u, json; print(json.dumps([bool(u.find_spec(n)) for n in ('seminar', 'nbgrader')]))"
    )
    # -I: without it the current folder, the repository, is where Python looks first
    done = subprocess.run([str(laptop), "-I", "-c", code], check=True, capture_output=True, text=True, env=plain())
    assert json.loads(done.stdout) == [False, False]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_solved_notebook_runs_top_to_bottom(tmp_path: Path, data: Path, laptop: Path, topic: str) -> None:
    source = read(ROOT / "source" / topic / f"{topic}.ipynb")
    answers = solutions_of(source)
    for name, exercise in read_bank(ROOT / "tests" / "exercises" / f"{topic}.yaml").items():
        if exercise.stand_in:
            answers[name] = exercise.stand_in.code
    path = tmp_path / f"{topic}.ipynb"
    write(fill(read(ROOT / "release" / topic / f"{topic}.ipynb"), answers), path)
    assert {cell: names for cell, names in run(laptop, path).items() if names} == {}


@pytest.mark.parametrize("topic", TOPICS)
def test_an_untouched_notebook_fails_in_tests_and_solutions_only(data: Path, topic: str) -> None:
    """Here in this process, cell by cell: what the environment has to do with it shows where a solved one runs."""
    released = [
        cell for cell in cells(read(ROOT / "release" / topic / f"{topic}.ipynb")) if cell.node.cell_type == "code"
    ]
    namespace: dict[str, Any] = {"__name__": "__main__"}
    failed: dict[Role, set[str]] = {}
    for cell in released:
        try:
            run_cell(cell.source, namespace)
        except Exception:
            failed.setdefault(cell.role, set()).add(cell.node.id)
    assert failed[Role.TEST] == {cell.node.id for cell in released if cell.role is Role.TEST}
    assert failed.keys() <= {Role.TEST, Role.SOLUTION}
