"""The answer key: what the gradebook says of a notebook's cells, and a submission held against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict
from weakref import WeakKeyDictionary

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook, Notebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum, is_locked

from seminar.course import links
from seminar.course.course import course_of, source_of
from seminar.course.notebook import HIDDEN_REGION, SCHEMA_VERSION, Role, nbgrader_metadata, role_of
from seminar.examiner.incidents import Incident, new_cell, record
from seminar.examiner.students import Students, names_in, read_names

KEPT = (
    "nbgrader",
    "deletable",
    "editable",
)  # of a cell's metadata; the rest is the student's, and runners obey some of it
PUT_BACK = {  # what is said of them
    Role.GIVEN: "given cell was deleted: it is put back",
    Role.TEST: "test was deleted: it is put back and graded",
    Role.MANUAL: "answer was deleted: the cell is put back as it was handed out",
}
EARLIER = "this cell is of an earlier release: the instructor's of today counts."


@dataclass(frozen=True)
class KeyCell:
    """A cell as the instructor made it.

    Attributes:
        name: its grade id.
        role: what it is for.
        source: its text: for all but solution cells what counts, whatever a submission has there.
        metadata: nbgrader's metadata of it.
        cell_type: "code" or "markdown".
        students: the names it uses that are the students'.
        ours: the global names that the instructor's given and test cells before it define, where they are not the
            students': never theirs, also where these cells have not run.
    """

    name: str
    role: Role
    source: str
    metadata: Mapping[str, Any]
    cell_type: str = "code"
    students: Students = field(default_factory=Students)
    ours: frozenset[str] = frozenset()


AnswerKey = Mapping[str, KeyCell]
"""The cells of a notebook by grade id, in its order."""


class Where(TypedDict, total=False):
    """What `resources["nbgrader"]` tells a preprocessor: the last two only in bulk, where no converter runs it.

    Attributes:
        notebook: the notebook's name, without its ending.
        assignment: the topic.
        student: whose it is.
        db_url: where the gradebook is, as an SQLAlchemy address.
        key: the answer key.
        instructors: the instructor's files beside the notebook: by name, where they lie.
    """

    notebook: str
    assignment: str
    student: str
    db_url: str
    key: AnswerKey
    instructors: Mapping[str, Path]


_KEYS: WeakKeyDictionary[Exporter, dict[str, AnswerKey]] = WeakKeyDictionary()  # by notebook, once per run


def answer_key(preprocessor: NbGraderPreprocessor, resources: Mapping[str, Any]) -> AnswerKey:
    """The cells of the notebook that nbgrader converts, by grade id.

    Args:
        preprocessor: one of the converter's.
        resources: nbgrader's, which say which notebook it is, or hold its key already.
    """
    where: Where = resources["nbgrader"]
    if "key" in where:
        return where["key"]
    keys = _KEYS.setdefault(preprocessor.parent, {})
    if where["notebook"] not in keys:
        folder = source_of(course_of(preprocessor), where["assignment"])
        with Gradebook(where["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(where["notebook"], where["assignment"])
            keys[where["notebook"]] = key_of(notebook, folder / f"{where['notebook']}.ipynb")
    return keys[where["notebook"]]


def key_of(notebook: Notebook, source: Path) -> AnswerKey:
    """The answer key of a notebook.

    Args:
        notebook: the gradebook's record of it.
        source: where the instructor's notebook is: it tells the cells' order, and whose each name is.
    """
    theirs = read_names(source)
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    graded = {cell.name for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    key: dict[str, KeyCell] = {}
    ours: set[str] = set()
    order = {name: place for place, name in enumerate(theirs)}  # the gradebook has a new cell last, wherever it is
    place = -1
    places = {}
    for cell in notebook.source_cells:
        place = places[cell.name] = order.get(cell.name, place)  # one that the source lacks stays behind its last
    for cell in sorted(notebook.source_cells, key=lambda each: places[each.name]):
        metadata: dict[str, Any] = {
            "grade": cell.name in graded,
            "grade_id": cell.name,
            "locked": bool(cell.locked),
            "schema_version": SCHEMA_VERSION,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
        }
        if cell.name in points:
            metadata["points"] = points[cell.name]
        role = _role(metadata, cell.cell_type)
        students = theirs.get(cell.name, Students())
        source_code = cell.source or ""
        if role in (Role.GIVEN, Role.TEST):
            ours |= names_in(source_code).defined  # its own too: a name that a test may or may not bind is no student's
        own = frozenset(ours - students.names)
        key[cell.name] = KeyCell(cell.name, role, source_code, metadata, cell.cell_type, students, own)
    return key


def _role(metadata: Mapping[str, Any], cell_type: str) -> Role:
    return role_of(NotebookNode(cell_type=cell_type, metadata=NotebookNode(nbgrader=NotebookNode(metadata))))


class HoldAgainstKey(NbGraderPreprocessor):
    """Corrects what a submission says of its own cells, and records where it differs from what was handed out.

    It comes first of nbgrader's sanitising preprocessors. nbgrader's own correct the texts. (They add missing tests
    too, but fail where what stood before a test is missing, or is no exercise.)
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Hold every cell against the answer key."""
        key = answer_key(self, resources)
        taken_out = links.notes(Path(resources["metadata"]["path"]))
        kernel = nb.metadata.get("kernelspec", {})
        nb.metadata = NotebookNode(
            kernelspec=kernel if isinstance(kernel, dict) else {}, language_info={"name": "python"}
        )
        for note in taken_out:
            record(nb, Incident("link", "", note))
        seen: set[str] = set()
        # From the end on, as nbgrader's DeduplicateIds does: of two cells with one grade id the last one counts.
        for position, cell in reversed(list(enumerate(nb.cells, start=1))):
            metadata = nbgrader_metadata(cell)
            name = metadata["grade_id"] if isinstance(metadata.get("grade_id"), str) else ""
            where = f"cell {position}" + (f" ({name})" if name in key else "")
            cell.metadata = NotebookNode({each: cell.metadata[each] for each in KEPT if each in cell.metadata})
            if name in key and name not in seen:
                seen.add(name)
                if changed := _difference(key[name], cell.source, metadata):
                    texts = [cell.source]
                    if key[name].role not in (Role.TEST, Role.GIVEN):  # a student has written into it
                        texts.append(key[name].source)
                    earlier = any(_is_as_released(cell.cell_type, text, metadata) for text in texts)
                    record(nb, Incident("earlier", where, EARLIER) if earlier else Incident("changed", where, changed))
                checksum = {"checksum": metadata["checksum"]} if isinstance(metadata.get("checksum"), str) else {}
                cell.metadata["nbgrader"] = NotebookNode({**key[name].metadata, **checksum})
                if key[name].cell_type == "code":
                    cell.pop("attachments", None)  # nbgrader makes code of it again, and code has none
                continue
            cell.metadata.pop("nbgrader", None)
            if name in seen:
                doubled = key[name].role in (Role.SOLUTION, Role.MANUAL)  # as Jupyter splits and copies cells
                second = "a second cell with this grade id: the last one counts."
                record(nb, Incident("doubled" if doubled else "changed", where, second))
            elif any(metadata.get(flag) for flag in ("grade", "locked", "solution", "task")):
                claim = "a cell that claims to be the instructor's is none: it counts as the student's."
                record(nb, Incident("forged", where, claim))
        for cell in key.values():
            if cell.name not in seen and cell.role is Role.SOLUTION:
                record(nb, Incident("deleted", cell.name, "this solution cell was deleted."))
        _put_back(nb, key)
        return nb, resources


def _put_back(nb: NotebookNode, key: AnswerKey) -> None:
    """Put each locked or graded cell that is missing in its place.

    A given cell goes behind the last cell of the key that comes before it; what is graded goes before the next one that
    is there, or to the end: what it is about may be in cells of the student's own.
    """
    place, last = 0, -1  # to insert a given cell at; of the key's cells that were seen
    where = _places(nb)
    ordered = [*key.values()]
    for number, cell in enumerate(ordered):
        if cell.name in where:
            if where[cell.name] < last and cell.role in (Role.GIVEN, Role.TEST):
                moved = f"this {cell.role.value} cell is not where it was handed out: cells before it came behind it."
                record(nb, Incident("moved", cell.name, moved))
            last = max(last, where[cell.name])
            place = where[cell.name] + 1
        elif cell.role in PUT_BACK:
            record(nb, Incident("deleted", cell.name, f"this {PUT_BACK[cell.role]}."))
            metadata = {"nbgrader": dict(cell.metadata)}
            if cell.role is not Role.GIVEN:
                behind = (where[each.name] for each in ordered[number:] if each.name in where)
                place = min((each for each in behind if each >= place), default=len(nb.cells))
            nb.cells.insert(place, new_cell(nb, cell.cell_type, cell.source, metadata=metadata))
            where = _places(nb)
            place += 1


def _places(nb: NotebookNode) -> dict[Any, int]:
    return {nbgrader_metadata(node).get("grade_id"): at for at, node in enumerate(nb.cells)}


def _difference(cell: KeyCell, source: str, metadata: Mapping[str, Any]) -> str | None:
    """How a submission's cell differs from the one that was handed out, in what the student may not change."""
    said = [name for name in ("grade", "solution", "points") if name in cell.metadata]
    claimed, own = ({name: each.get(name, False) for name in said} for each in (metadata, cell.metadata))
    if claimed != own or _is_locked(metadata) != _is_locked(cell.metadata):
        return "what the cell says of itself (points, kind) was changed: the instructor's counts."
    much_longer = len(source) > 2 * len(cell.source) + 1000  # to look for hidden tests in it would take long
    if cell.role in (Role.TEST, Role.GIVEN) and (much_longer or _visible_of_key(cell.source) != _visible(source)):
        return f"this {cell.role.value} cell was changed: the instructor's counts."
    return None


def _is_locked(metadata: Mapping[str, Any]) -> bool:
    """Whether a cell that says this is locked: a test always is, whatever it says."""
    return bool(is_locked(NotebookNode(metadata=NotebookNode(nbgrader=metadata))))


def _is_as_released(cell_type: str, source: str, metadata: Mapping[str, Any]) -> bool:
    """Whether some release had a cell with this text, and with what it says of itself: nbgrader's checksum still fits.

    Whoever forges one is taken for honest here. It gains nothing: the instructor's cell counts.
    """
    claimed = NotebookNode(cell_type=cell_type, source=source, metadata=NotebookNode(nbgrader=metadata))
    try:
        return bool(compute_checksum(claimed) == metadata.get("checksum"))
    except (KeyError, TypeError, ValueError):  # it claims what is no grade id, no number of points, no text
        return False


def _visible(source: str) -> list[str]:
    """What a student sees of a cell, line by line, without regard to white space at the ends."""
    return [line.rstrip() for line in HIDDEN_REGION.sub("", source).strip().splitlines()]


_visible_of_key = lru_cache(maxsize=1024)(_visible)  # the same cells for the whole class
