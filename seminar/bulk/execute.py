"""Running a submission in a kernel, as an nbgrader preprocessor."""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute as NbgraderExecute

from seminar.course.notebook import Cell, Role, cells


class Execute(NbgraderExecute):
    """Nbgrader's Execute, with three rules that a bulk grader needs.

    - A kernel that dies costs the cells after it, not the whole submission.
    - A test that did not run has failed. (In nbgrader a test cell without an output has full points, however
      it came to have none: a dead kernel, or a tag of the student's that makes the runner skip it.)
    - A warning is no mistake. (In nbgrader a test cell with anything on stderr has no points.)
    """

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple[NotebookNode, Any]:
        """Run every cell of a submission, and make its test cells fit for nbgrader's reading of their outputs."""
        try:
            nb, resources = super().preprocess(nb, resources, km)
        except DeadKernelError:
            self._record_death(list(cells(nb)))
        for cell in cells(nb):
            if cell.role is Role.TEST:
                settle(cell)
        return nb, resources

    def _record_death(self, listed: list[Cell]) -> None:
        """Write into the cell that ran last, and so into a test cell's points, that the kernel died in it."""
        ran = [cell for cell in listed if cell.node.cell_type == "code" and not _did_not_run(cell)]
        if ran:
            ran[-1].node.outputs.append(error_output("DeadKernelError", "the kernel died in this cell"))
        self.log.warning("The kernel died in %s", ran[-1].label if ran else "no cell")


def settle(cell: Cell) -> None:
    """Let a test cell's outputs say what nbgrader should read in them."""
    if _did_not_run(cell):
        cell.node.outputs.append(error_output("TestDidNotRun", "this test was skipped, or the kernel had died before"))
    for output in cell.node.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            output.name = "stdout"


def _did_not_run(cell: Cell) -> bool:
    """Whether the kernel never began with a cell. nbgrader has stripped the counts that the student's kernel left."""
    return cell.node.cell_type == "code" and bool(cell.source.strip()) and cell.node.execution_count is None


def error_output(name: str, message: str) -> NotebookNode:
    """What a cell shows where it failed."""
    output: NotebookNode = new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])
    return output
