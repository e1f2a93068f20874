"""A topic in Otter-Grader's form, and `otter run` in an environment of its own.

Otter keeps a test file for each exercise. Ours hold the source of a test cell, hidden part included, and run it in the
submission's own names, as nbgrader does. Each is one test case, since a test cell gives all of its points or none. In
the submission, a test cell becomes `grader.check("its grade id")`.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import torch
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import write

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path("~/.cache/seminar-benchmarks").expanduser()
VERSION = "7.0.0"
PACKAGES = (f"otter-grader=={VERSION}", "ipykernel", "torch", "torchvision", "numpy", "pandas", "matplotlib", "tqdm")
TEST_FILE = """from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}
CELL = {source!r}


@test_case(points={points!r}, hidden=True)
def whole_cell(env):
    exec(compile(CELL, name, "exec"), env)
"""


def environment() -> Path:
    """The programs of an environment with Otter and our versions of torch and the rest; made where it is not there yet.

    Raises:
        CalledProcessError: the package index cannot be reached.
    """
    python_version = ".".join(map(str, sys.version_info[:3]))
    folder = CACHE / f"otter-{VERSION}-python-{python_version}-torch-{torch.__version__}"
    programs = folder / "bin"
    if not (folder / "ready").exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        # Compiled once here, as ours is.
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(programs / "python")]
        subprocess.run([*install, "--constraint", str(ROOT / "requirements.lock"), *PACKAGES], check=True)
        asked = [str(programs / "python"), "-c", "import torch; print(torch.__version__)"]
        got = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        if got != torch.__version__:
            raise LookupError(
                f"{folder}: has torch {got}, not {torch.__version__}: the lock and this environment differ"
            )
        (folder / "ready").touch()
    return programs


def write_tests(source: NotebookNode, folder: Path) -> None:
    """Write the test cells of a source notebook as Otter's test files."""
    folder.mkdir(parents=True, exist_ok=True)
    for cell in cells(source):
        if cell.role is Role.TEST:
            text = TEST_FILE.format(name=cell.grade_id, points=cell.points, source=cell.source)
            (folder / f"{cell.grade_id}.py").write_text(text)


def archive(source: NotebookNode, folder: Path) -> Path:
    """Pack the tests of a source notebook into an `autograder.zip`, by `otter generate`."""
    write_tests(source, folder / "tests")
    command = [str(environment() / "otter"), "generate", "-t", "tests", "-o", "autograder.zip", "--no-requirements"]
    subprocess.run([*command, "--no-environment"], cwd=folder, check=True, capture_output=True)
    return folder / "autograder.zip"


def submission(notebook: NotebookNode) -> NotebookNode:
    """A filled-in student version as a student of Otter's hands it in."""
    made = copy.deepcopy(notebook)
    for cell in cells(made):
        if cell.role is Role.TEST:
            cell.node.source = f"grader.check({cell.grade_id!r})"
    made.cells.insert(0, new_code_cell("import otter\ngrader = otter.Notebook()", id="otter"))
    return made


def command(packed: Path, notebook: NotebookNode, folder: Path) -> list[str | Path]:
    """Hand in a notebook in a folder. Returns the command that grades it there."""
    path = folder / "submission.ipynb"
    write(submission(notebook), path)
    return [environment() / "otter", "run", "--no-logo", "-a", packed, "-o", folder, path]


def points(folder: Path) -> dict[str, float]:
    """The points of each test, as the command has written them into its folder."""
    tests = json.loads((folder / "results.json").read_text())["tests"]
    return {test["name"]: float(test["score"]) for test in tests if "score" in test}
