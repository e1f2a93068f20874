"""Running a submission in one kernel, tests and all, as an nbgrader preprocessor: what is done without rooms."""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import List, Unicode

from seminar.course.notebook import Role, cells
from seminar.examiner.incidents import Incident, record


class Execute(NbgraderExecute):
    """Nbgrader's Execute, with three rules that a bulk grader needs.

    - A kernel that dies costs the cells from there on, not the whole submission.
    - A test that the kernel did not answer has failed. (In nbgrader a test cell without an output has full points,
      however it came to have none: a dead kernel, or a tag of the student's that makes the runner skip the cell.)
    - A warning is no mistake. (In nbgrader a test cell with anything on stderr has no points.)
    """

    _answered: set[int]  # indices of cells

    # Kernels warn at their start that nothing encrypts what they say on this machine.
    extra_arguments = List(Unicode(), ["--log-level=ERROR"]).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple[NotebookNode, Any]:
        """Run every cell of a submission, and make its test cells fit for nbgrader's reading of their outputs."""
        self._answered = set()
        try:
            nb, resources = super().preprocess(nb, resources, km)
        except DeadKernelError:
            died = next((cell for cell in cells(nb) if self._is_waiting(cell.position - 1, cell.node)), None)
            record(nb, Incident("killed", died.label if died else "", "the kernel died here."))
        self._settle(nb)
        return nb, resources

    def _settle(self, nb: NotebookNode) -> None:
        """Make the outputs of test cells fit for nbgrader's reading of them."""
        for cell in cells(nb):
            if cell.role is Role.TEST:
                if self._is_waiting(cell.position - 1, cell.node):
                    cell.node.outputs.append(did_not_run("this test was skipped, or the kernel had died"))
                let_warnings_pass(cell.node)

    def on_cell_executed(self, **kwargs: Any) -> None:
        """Called by nbclient when the kernel has answered, or its time is up."""
        self._answered.add(kwargs["cell_index"])
        super().on_cell_executed(**kwargs)

    def _is_waiting(self, index: int, node: NotebookNode) -> bool:
        """Whether a cell has code and no answer of the kernel."""
        return node.cell_type == "code" and bool(node.source.strip()) and index not in self._answered


def did_not_run(message: str) -> NotebookNode:
    """The output of a test that has failed without having run."""
    output: NotebookNode = new_output("error", ename="TestDidNotRun", evalue=message, traceback=[message])
    return output


def let_warnings_pass(test: NotebookNode) -> None:
    """Move what a test cell wrote to stderr to stdout, where nbgrader does not take it for a failure."""
    for output in test.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            output.name = "stdout"
