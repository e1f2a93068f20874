"""Graders who take no time: for what the coordinator does."""

from __future__ import annotations

from functools import lru_cache

from nbformat import NotebookNode

from seminar.bulk.paper import Graded, Paper
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import pack, unpack

OUT = 8  # papers at a time: as with 8 graders


class Canned:
    """Gives every paper an output in every cell. Every test passes but the first one."""

    def __init__(self) -> None:
        self._out: dict[str, Paper] = {}

    def capacity(self) -> int:
        """As with eight graders."""
        return OUT

    def send(self, paper: Paper) -> str:
        """Take a paper."""
        self._out[paper.student] = paper
        return paper.student

    def returned(self) -> tuple[str, Graded | BaseException]:
        """The first that was sent."""
        ticket = next(iter(self._out))
        return ticket, Graded({sheet.name: answered(sheet.notebook) for sheet in self._out.pop(ticket).sheets})


@lru_cache(maxsize=100)
def answered(text: str) -> str:
    """A notebook with outputs: it takes no time where the same was handed in before."""
    notebook = unpack(text)
    first = True
    for cell in cells(notebook):
        if cell.node.cell_type == "code":
            cell.node.execution_count = cell.position
            cell.node.outputs = [NotebookNode(output_type="stream", name="stdout", text="an output\n")]
            if cell.role is Role.TEST and first:
                error = NotebookNode(output_type="error", ename="AssertionError", evalue="no", traceback=["no"])
                cell.node.outputs.append(error)
                first = False
    return pack(notebook)
