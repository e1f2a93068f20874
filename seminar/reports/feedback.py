"""What students see of a graded notebook: the hidden tests' messages, not the tests."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from seminar.course.notebook import Role, role_of
from seminar.examiner.key import HIDDEN


class HideTests(NbGraderPreprocessor):
    """Leaves of a test cell what was handed out, and of its outputs the message of the failure or the points."""

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        """Hide the hidden part of one cell."""
        if role_of(cell) is Role.TEST:
            cell.source = HIDDEN.sub("", cell.source)
            cell.outputs = [
                _told(output) for output in cell.outputs if output.output_type in ("error", "execute_result")
            ]
        return cell, resources


def _told(output: NotebookNode) -> NotebookNode:
    if output.output_type != "error":
        return output
    message = f"{output.ename}: {output.evalue}"
    told: NotebookNode = new_output("error", ename=output.ename, evalue=output.evalue, traceback=[message])
    return told
