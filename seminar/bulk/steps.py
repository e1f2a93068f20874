"""nbgrader's own preprocessors, run outside its converters: they get a page of the ledger for the gradebook.

What they decide (which cells are put right, what a cell's outputs are worth) stays nbgrader's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader import preprocessors as stock
from nbgrader.converters import Autograde
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import NbGraderPreprocessor

from seminar.course.ledger import Entry, Page

MEMORY = 10_000  # cells that are remembered as good

Step = Callable[[NotebookNode, dict[str, Any]], tuple[NotebookNode, dict[str, Any]]]
"""A preprocessor: called with a notebook and resources, it returns both."""


def _page(resources: dict[str, Any]) -> Page:
    page: Page = resources["nbgrader"]["page"]
    return page


class OverwriteKernelspec(stock.OverwriteKernelspec):
    """Sets the kernel that the notebook was released with."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Set it."""
        if kernelspec := _page(resources).record.kernelspec:
            nb.metadata["kernelspec"] = NotebookNode(kernelspec)
        return nb, resources


class OverwriteCells(stock.OverwriteCells):
    """Puts the instructor's cells right. What is missing, `HoldAgainstKey` has put back."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Go over the cells."""
        return _over_cells(self, nb, resources)


class SaveAutoGrades(stock.SaveAutoGrades):
    """Reads points and comments off the cells."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Go over the cells."""
        return _over_cells(self, nb, resources)


class AssignLatePenalties(stock.AssignLatePenalties):
    """Takes off what lateness costs, as the course's plugin says."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Ask the plugin."""
        entry: Entry = resources["nbgrader"]["entry"]
        page = _page(resources)
        page.penalty = None
        if entry.seconds_late > 0:
            self.init_plugin()
            penalty = self.plugin_inst.late_submission_penalty(entry.student, page.score, entry.seconds_late)
            if penalty is not None:
                # More than there is can not be taken off; nbgrader warns of that, and it is no incident.
                page.penalty = self._check_late_penalty(page, min(penalty, page.score))
        return nb, resources


class CheckCellMetadata(stock.CheckCellMetadata):
    """Checks what cells say of themselves. What was found good once is not checked again: it takes long."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Check them all."""
        _validator().validate_nb(nb)
        return nb, resources


class _Validator(MetadataValidator):
    """nbgrader's own, with a memory."""

    def __init__(self) -> None:
        super().__init__()
        self._good: set[tuple[Any, ...]] = set()

    def validate_cell(self, cell: NotebookNode) -> None:
        """Check one cell."""
        said: tuple[Any, ...] = (cell.cell_type, tuple(sorted(cell.metadata.get("nbgrader", {}).items())))
        try:
            if said in self._good:
                return
        except TypeError:  # a list or a dict stands where a text or a number is due
            said = ()
        super().validate_cell(cell)
        if said and len(self._good) < MEMORY:
            self._good.add(said)


@cache
def _validator() -> _Validator:
    return _Validator()


def _over_cells(step: Any, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
    where = resources["nbgrader"]
    step.gradebook, step.notebook_id = where["page"], where["notebook"]
    step.assignment_id, step.student_id = where["assignment"], where["student"]
    done: tuple[NotebookNode, dict[str, Any]] = NbGraderPreprocessor.preprocess(step, nb, resources)
    return done


OURS: dict[type, type] = {
    stock.OverwriteKernelspec: OverwriteKernelspec,
    stock.OverwriteCells: OverwriteCells,
    stock.SaveAutoGrades: SaveAutoGrades,
    stock.AssignLatePenalties: AssignLatePenalties,
    stock.CheckCellMetadata: CheckCellMetadata,
}


def steps(converter: Autograde, listed: Iterable[Any]) -> list[Step]:
    """The preprocessors of a list of nbgrader's, with the converter's configuration."""
    exporter = NotebookExporter(parent=converter, config=converter.config)
    exporter._preprocessors = []
    for each in listed:
        exporter.register_preprocessor(each)
    return [OURS[type(made)](parent=exporter) if type(made) in OURS else made for made in exporter._preprocessors]
