"""Small notebooks and courses, made in a line: without torch, so that a kernel starts in a second."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from seminar.course.course import CONFIG_FILE, Course
from seminar.course.notebook_file import write

ROOT = Path(__file__).resolve().parents[1]

SOLUTION = '''def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION'''

RIGHT = "def double(x):\n    return x + x"  # another right answer

TEST = """assert double(2) == 4, f"double(2): got {double(2)}, expected 4"
### BEGIN HIDDEN TESTS
assert double(-3) == -6, "double(-3): look at negative numbers"
### END HIDDEN TESTS"""


def code(name: str, source: str, **nbgrader: Any) -> NotebookNode:
    """A code cell; with any nbgrader metadata given, the rest of them is filled in."""
    cell: NotebookNode = new_code_cell(source, id=name)
    if nbgrader:
        defaults = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
        cell.metadata["nbgrader"] = {**defaults, "grade_id": name, **nbgrader}
    return cell


def given(name: str = "imports", source: str = "import math") -> NotebookNode:
    """A locked cell that is not graded."""
    return code(name, source, locked=True)


def solution(name: str = "double", source: str = SOLUTION) -> NotebookNode:
    """A solution cell."""
    return code(name, source, solution=True, locked=False)


def graded(name: str = "test-double", source: str = TEST, points: float = 2) -> NotebookNode:
    """A test cell."""
    return code(name, source, grade=True, points=points)


def answer(name: str, source: str = "Because.", **metadata: object) -> NotebookNode:
    """A text that a person grades."""
    made: NotebookNode = new_markdown_cell(source, id=name)
    made.metadata["nbgrader"] = {
        **{"grade": True, "solution": True, "locked": False, "task": False},
        **{"grade_id": name, "schema_version": 3, "points": 10, **metadata},
    }
    return made


def notebook(*cells: NotebookNode) -> NotebookNode:
    """A notebook that breaks no rule: with no cells named, one exercise."""
    listed = list(cells) or [new_markdown_cell("# Doubling", id="title"), given(), solution(), graded()]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made: NotebookNode = new_notebook(cells=listed, metadata=metadata)
    made.nbformat_minor = 5
    return made


def make_course(root: Path, **topics: NotebookNode) -> Course:
    """A course with the repository's own configuration and the given topics."""
    root.mkdir(parents=True, exist_ok=True)
    (root / CONFIG_FILE).write_text((ROOT / CONFIG_FILE).read_text())
    for topic, made in topics.items():
        write(made, root / "source" / topic / f"{topic}.ipynb")
    return Course(root)


def hand_in(course: Course, topic: str, student: str, *answers: str) -> Path:
    """Submit a topic with these codes in its solution cells, in order."""
    from seminar.course.notebook import Role, cells
    from seminar.course.notebook_file import read

    made = read(course.release(topic) / f"{topic}.ipynb")
    slots = [cell.node for cell in cells(made) if cell.role is Role.SOLUTION]
    for slot, answer in zip(slots, answers, strict=False):
        slot.source = answer
    path = course.submitted(topic, student) / f"{topic}.ipynb"
    write(made, path)
    return path


def hear_ctrl_c() -> None:
    """For `preexec_fn`: let a child hear SIGINT as one of a terminal's does, where the tests run in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
