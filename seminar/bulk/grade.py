"""Grading one submission: a function of its paper, and of nothing else. It runs in any process, on any machine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from seminar.bulk.paper import Graded, Paper, Sheet
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import pack, unpack
from seminar.errors import GraderDiedError, KernelDiedError
from seminar.examiner.examine import Examine
from seminar.examiner.incidents import Incident, record, show
from seminar.examiner.kernel_run import did_not_run
from seminar.examiner.sanitise import Sanitise

RETRIES = 2  # of a submission whose grader, or one of its processes, has died; one where it is its own kernel

Tell = Callable[[str], None]
"""Told the grade id of each exercise's cell before it runs."""


def grade(paper: Paper, tell: Tell | None = None) -> Graded:
    """Run a submission's cells, each where it belongs.

    Args:
        paper: the submission.
        tell: told where the work is.

    Raises:
        RoomError: no room can be built on this machine.
        GraderDiedError: its room's warm parent has died, again and again.
    """
    with tempfile.TemporaryDirectory(prefix="seminar-", ignore_cleanup_errors=True) as folder:
        for name, content in paper.files:
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return Graded({sheet.name: _examined(paper, sheet, folder, tell) for sheet in paper.sheets})


def _examined(paper: Paper, sheet: Sheet, folder: str, tell: Tell | None) -> str:
    for _ in range(RETRIES):
        try:
            return _examined_once(paper, sheet, folder, tell, is_strict=True)
        except KernelDiedError:
            break
        except GraderDiedError:
            pass
    return _examined_once(paper, sheet, folder, tell, is_strict=False)


def _examined_once(paper: Paper, sheet: Sheet, folder: str, tell: Tell | None, is_strict: bool) -> str:
    notebook = unpack(sheet.notebook)
    seconds = {id(cell): limit for cell, limit in zip(notebook.cells, sheet.seconds, strict=True)}
    examine = Examine(**paper.options)
    examine.is_strict = is_strict
    examine.timeout_func = lambda cell: seconds[id(cell)]
    if tell is not None:
        examine.on_cell_start = lambda cell, cell_index: _tell(tell, cell)
    resources: dict[str, Any] = {
        "metadata": {"path": folder},
        "nbgrader": {
            "key": sheet.key,
            "instructors": {name: Path(folder) / name for name, _ in paper.files if name in paper.instructors},
            "notebook": sheet.name,
            "assignment": paper.topic,
            "student": paper.student,
        },
    }
    notebook, resources = examine.preprocess(notebook, resources)
    if paper.sanitise:
        notebook, resources = Sanitise().preprocess(notebook, resources)
    return pack(notebook)


def _tell(tell: Tell, cell: NotebookNode) -> None:
    if name := cell.metadata.get("nbgrader", {}).get("grade_id"):
        tell(str(name))


def not_graded(paper: Paper, incident: Incident) -> Graded:
    """What is recorded of a submission that no grader has survived: its tests have failed, for the given reason."""
    notebooks = {}
    for sheet in paper.sheets:
        notebook = unpack(sheet.notebook)
        for cell in cells(notebook):
            if cell.role is Role.TEST:
                cell.node.outputs = [did_not_run(incident.message)]
        record(notebook, incident)
        show(notebook)
        if paper.sanitise:
            notebook, _ = Sanitise().preprocess(notebook, {})
        notebooks[sheet.name] = pack(notebook)
    return Graded(notebooks)
