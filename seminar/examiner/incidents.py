"""What happened while a submission was examined, and what it took: kept in its graded notebook, for the instructor."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from seminar.course.mending import WITH_IDS
from seminar.text import escaped

METADATA = "seminar"  # the notebook's metadata that are ours
TESTS = "tests"  # of these: the digest of the tests that it was graded with
CELL_ID = "incidents"  # of the cell that shows them
NAMED = 3  # files, of those that an incident is about
MOST = 50  # incidents of a kind: a submission chooses how many there are
TITLE = "**What happened while this was graded**"  # how it begins


WhileItRan = Literal["timeout", "limit", "killed", "output", "network", "files", "grader", "isolation", "given"]
OfItsCells = Literal["changed", "doubled", "earlier", "deleted", "moved", "forged"]
OfItsFiles = Literal["name", "link", "late"]
Kind = Literal[WhileItRan, OfItsCells, OfItsFiles]


@dataclass(frozen=True)
class Incident:
    """One thing that happened.

    Attributes:
        kind: of what it is.
        where: the cell, as messages name it; empty where the notebook as a whole is meant.
        message: what happened, in a sentence.
    """

    kind: Kind
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


@dataclass(frozen=True)
class Usage:
    """What an examination took.

    Attributes:
        seconds: of wall time, from the first cell to the last.
        memory: bytes, the most that the room's processes had at a time beyond what a new kernel has; 0 without a room.
        device: "cpu" or "cuda": what the room was made for.
    """

    seconds: float
    memory: int = 0
    device: str = "cpu"


def not_brought(files: list[str]) -> Incident:
    """The incident that files beside a notebook did not fit into its room."""
    named = ", ".join(files[:NAMED]) + (f" and {len(files) - NAMED} more" if len(files) > NAMED else "")
    message = f"its cells could not read {named}: what lies beside a notebook is too much for its room."
    return Incident("files", "", message)


def record(notebook: NotebookNode, incident: Incident) -> None:
    """Add an incident to a notebook: once, and of each kind the first ones."""
    kept: list[dict[str, Any]] = notebook.metadata.setdefault(METADATA, NotebookNode()).setdefault("incidents", [])
    others = sum(each["kind"] == incident.kind for each in kept)
    if others > MOST:
        return
    if others == MOST:
        incident = Incident(incident.kind, "", "there is more of this kind: it is not listed.")
    told = asdict(Incident(incident.kind, escaped(incident.where), escaped(incident.message)))
    if told not in kept:
        kept.append(NotebookNode(told))


def incidents(notebook: NotebookNode) -> list[Incident]:
    """The incidents of a notebook that our preprocessors wrote."""
    return [Incident(**each) for each in notebook.metadata.get(METADATA, {}).get("incidents", [])]


def record_usage(notebook: NotebookNode, usage: Usage) -> None:
    """Note in a notebook what its examination took."""
    notebook.metadata.setdefault(METADATA, NotebookNode())["usage"] = NotebookNode(asdict(usage))


def usage(notebook: NotebookNode) -> Usage | None:
    """What the examination of a notebook took; None where it was not noted."""
    found = notebook.metadata.get(METADATA, {}).get("usage")
    return Usage(**found) if found else None


def show(notebook: NotebookNode) -> None:
    """Put the incidents on top of a notebook, where whoever looks at it in formgrader sees them."""
    found = incidents(notebook)
    if found:
        lines = [f"- {_escaped(str(incident))}" for incident in found]
        notebook.cells.insert(0, new_cell(notebook, "markdown", "\n".join([TITLE, "", *lines]), id=CELL_ID))


def new_cell(notebook: NotebookNode, kind: str, source: str, **parts: Any) -> NotebookNode:
    """A cell to put into a notebook.

    Args:
        notebook: where it is to go: where that is of a format that has none, the cell has no id.
        kind: "code" or "markdown".
        source: its text.
        parts: what else it holds.
    """
    make: Any = new_code_cell if kind == "code" else new_markdown_cell
    cell: NotebookNode = make(source, **parts)
    if notebook.nbformat_minor < WITH_IDS:
        del cell["id"]
    return cell


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-!|$&" else letter for letter in " ".join(text.split()))
