"""The rules for source notebooks. `seminar release` refuses a notebook that breaks one.

Each rule is a generator over one notebook: it yields what is wrong, and a cure. What the rules protect:
grades (grade ids, points, a hidden part in every test), students (messages in assertions, no import of ours) and
the examination, in which given and test cells run without the student's code.
"""

from __future__ import annotations

import ast
import codecs
import contextlib
import copy
import dis
import json
import math
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

import jsonschema
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ClearSolutions

from seminar.course.code_names import Names, checked, names_of, plain_python
from seminar.course.notebook import HIDDEN, HIDDEN_REGION, SCHEMA_VERSION, SCHEME, Cell, Role, cells, nbgrader_metadata
from seminar.course.notebook_file import content_of, read
from seminar.errors import NotebookError

LEAST_POINTS, MOST_POINTS = 1, 5  # of a test cell

FLAGS = ("grade", "solution", "locked", "task")  # of nbgrader's metadata

# nbgrader looks for these anywhere in a line (ClearSolutions, ClearHiddenTests).
SOLUTION = ("BEGIN SOLUTION", "END SOLUTION")

COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # how the compiler names their code


@dataclass(frozen=True)
class Finding:
    """One place where a notebook breaks a rule.

    Attributes:
        path: the notebook.
        cell: how messages name the cell; None where the notebook as a whole is meant.
        message: what is wrong, and the cure.
    """

    path: Path
    cell: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.cell}: {self.message}" if self.cell else f"{self.path}: {self.message}"


class SourceNotebook:
    """A source notebook, as the rules look at it.

    Attributes:
        node: the notebook, as nbformat holds it.
        cells: its cells.
    """

    def __init__(self, node: NotebookNode) -> None:
        """Take the cells out of a notebook."""
        self.node = node
        self.cells = list(cells(node))

    @property
    def code(self) -> list[Cell]:
        """The code cells."""
        return [cell for cell in self.cells if cell.node.cell_type == "code"]

    def with_role(self, role: Role) -> list[Cell]:
        """The cells that are for this."""
        return [cell for cell in self.cells if cell.role is role]


Complaint = tuple[Cell | None, str]
Rule = Callable[[SourceNotebook], Iterator[Complaint]]


def lint(path: Path) -> list[Finding]:
    """Check one source notebook against every rule.

    Returns:
        What is wrong, in the order of the rules; empty for a good notebook. An unreadable notebook is a finding too.
    """
    try:
        notebook = SourceNotebook(read(path))
    except NotebookError as error:
        return [Finding(path, None, str(error).removeprefix(f"{path}: "))]
    if problem := _mark(path) or _ids(path):
        return [Finding(path, None, problem)]
    return [
        Finding(path, None if cell is None else cell.label, message)
        for rule in RULES
        for cell, message in rule(notebook)
    ]


def _mark(path: Path) -> str | None:
    """What is wrong with the file's first bytes: nbgrader takes what some editors put there for no JSON."""
    if content_of(path).startswith(codecs.BOM_UTF8):
        return "begins with a byte order mark, on which nbgrader fails. Open the notebook in JupyterLab and save it."
    return None


def _ids(path: Path) -> str | None:
    """What is wrong with the cells' ids as they stand in the file: to read a notebook mends it, each time otherwise."""
    told = json.loads(content_of(path))
    if (told.get("nbformat"), told.get("nbformat_minor", 0)) < (4, 5):
        return None  # a rule of its own
    ids = [cell.get("id") for cell in told["cells"]]
    if None in ids:
        return f"cell {ids.index(None) + 1} has no id. Open the notebook in JupyterLab and save it."
    doubled = next((at for at, each in enumerate(ids) if each in ids[:at]), None)
    if doubled is not None:
        other = ids.index(ids[doubled]) + 1
        return f"cell {doubled + 1} has the id of cell {other}. Open the notebook in JupyterLab and save it."
    return None


def kernel_is_named(notebook: SourceNotebook) -> Iterator[Complaint]:
    """Graders and students start the kernel that the notebook's metadata name."""
    kernel = notebook.node.metadata.get("kernelspec", {})
    if not kernel.get("name"):
        yield None, "the metadata name no kernel (kernelspec). Choose a kernel in Jupyter and save."
    elif kernel.get("language", "python") != "python":
        yield None, f"the kernel {kernel['name']!r} is not Python's. Choose a Python kernel in Jupyter and save."


def cells_have_stable_ids(notebook: SourceNotebook) -> Iterator[Complaint]:
    """With cell ids, a notebook's history shows changes and not noise."""
    node = notebook.node
    if (node.nbformat, node.nbformat_minor) < (4, 5):
        yield None, f"is nbformat 4.{node.nbformat_minor}, which has no cell ids. Save it again from JupyterLab."


def outputs_are_stripped(notebook: SourceNotebook) -> Iterator[Complaint]:
    """An output in a source notebook can hold an answer."""
    for cell in notebook.cells:
        if cell.node.cell_type == "code" and (cell.node.outputs or cell.node.execution_count is not None):
            yield cell, "holds an output or a count of a run. Clear all outputs and save."


def characters_are_whole(notebook: SourceNotebook) -> Iterator[Complaint]:
    """Half of a character (a lone surrogate) can be told in JSON, but not be written: nbgrader fails on it."""
    cure = "holds half of a character (\\ud800 to \\udfff in the file). Write the character anew and save."
    if _has_surrogate(notebook.node.metadata):
        yield None, f"the metadata's text {cure}"
    for cell in notebook.cells:
        code = cell.node.cell_type == "code"  # whose source is no Python then: code_is_python says so
        if _has_surrogate({key: value for key, value in cell.node.items() if not (code and key == "source")}):
            yield cell, cure


def _has_surrogate(part: object) -> bool:
    return re.search(r"[\ud800-\udfff]", json.dumps(part, ensure_ascii=False)) is not None


def metadata_are_complete(notebook: SourceNotebook) -> Iterator[Complaint]:
    """Nbgrader needs its metadata whole: it fails late and darkly where a part is missing."""
    for cell in notebook.cells:
        if "nbgrader" not in cell.node.metadata:
            continue
        metadata = nbgrader_metadata(cell.node)
        if not metadata:
            yield cell, "its nbgrader metadata are empty. Set the cell's type in nbgrader's Create Assignment panel."
            continue
        name = metadata.get("grade_id")
        if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z0-9_\-]+", name):
            yield cell, f"its grade id {name!r} is not of letters, digits, '-' and '_'. Name the cell."
        if (version := metadata.get("schema_version")) != SCHEMA_VERSION:
            yield cell, f"its nbgrader metadata are of version {version}, not {SCHEMA_VERSION}. Run: nbgrader update"
            continue  # what else is odd may be what the update mends
        missing = sorted({"grade", "solution", "locked"} - metadata.keys())
        if missing:
            yield cell, f"its nbgrader metadata lack {', '.join(missing)}. Set the cell's type again."
        if odd := [flag for flag in FLAGS if not isinstance(metadata.get(flag, False), bool)]:
            yield cell, f"its nbgrader metadata {', '.join(odd)} are neither true nor false. Set the cell's type again."
        if problem := _misplaced(cell.node.cell_type, *(metadata.get(flag) for flag in FLAGS)):
            yield cell, problem
        yield from ((cell, problem) for problem in _against_the_schema(metadata))


def _misplaced(cell_type: str, grade: object, solution: object, locked: object, task: object) -> str | None:
    """What nbgrader cannot do with a cell of this type, and flags like these."""
    if task and cell_type != "markdown":
        return "is a task but no markdown. Make it a markdown cell, or choose another type in nbgrader's panel."
    if task and not locked:
        return "is a task that students may edit: nbgrader fails to grade it. Set its type again in nbgrader's panel."
    if cell_type == "raw" and (grade or solution or locked):
        return "is a raw cell, which the gradebook has no place for. Make it markdown or code, or plain text."
    if cell_type == "markdown" and not task and bool(grade) != bool(solution):
        return "nothing of it can be graded. Make it a test, a manually graded answer, or plain text."
    return None


def _against_the_schema(metadata: dict[str, object]) -> Iterator[str]:
    """What nbgrader's own schema refuses, without what other checks tell with a better cure."""
    told = {"grade_id", *FLAGS} | ({"points"} if metadata.get("grade") or metadata.get("task") else set())
    for error in jsonschema.Draft4Validator(MetadataValidator().schema).iter_errors(metadata):
        if error.validator != "required" and not told.intersection(error.path):
            where = "".join(f"{key}: " for key in error.path)
            yield f"nbgrader refuses its metadata ({where}{error.message}). Take that out with Edit Metadata."


def grade_ids_are_unique(notebook: SourceNotebook) -> Iterator[Complaint]:
    """The gradebook knows a cell by its grade id."""
    first: dict[str, Cell] = {}
    for cell in notebook.cells:
        if cell.grade_id is None:
            continue
        if cell.grade_id in first:
            other = first[cell.grade_id]
            yield cell, f"the grade id {cell.grade_id!r} is that of cell {other.position} too. Rename one."
        first.setdefault(cell.grade_id, cell)


def code_is_python(notebook: SourceNotebook) -> Iterator[Complaint]:
    """A cell that does not parse fails for everybody."""
    for cell in notebook.code:
        try:
            checked(cell.source)
        except SyntaxError as error:
            yield cell, f"line {error.lineno or 1} is not Python: {error.msg}. Mend it."
            continue
        try:
            checked(HIDDEN_REGION.sub("", cell.source))
        except SyntaxError as error:
            yield cell, f"what students see of it is not Python: {error.msg}. Leave whole statements outside."


def points_are_sound(notebook: SourceNotebook) -> Iterator[Complaint]:
    """A test that is worth nothing, or very much, says nothing about the student."""
    for cell in notebook.with_role(Role.TEST):
        points = nbgrader_metadata(cell.node).get("points")
        if isinstance(points, bool) or not isinstance(points, int | float) or not LEAST_POINTS <= points <= MOST_POINTS:
            yield cell, f"is worth {points!r} points. Give it {LEAST_POINTS} to {MOST_POINTS}."
    for cell in notebook.with_role(Role.MANUAL):
        points = nbgrader_metadata(cell.node).get("points")
        if isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points < math.inf:
            yield cell, f"is worth {points!r} points. Give it a number of points, 0 or more."


def student_cells_are_python(notebook: SourceNotebook) -> Iterator[Complaint]:
    """A solution that is taken out of the middle of a statement leaves a cell that cannot run."""
    if any(any(rule(notebook)) for rule in (kernel_is_named, code_is_python, solutions_are_marked)):
        return  # what nbgrader makes of these, it does not say
    released, _ = ClearSolutions().preprocess(copy.deepcopy(notebook.node), {})
    for cell, student in zip(notebook.code, SourceNotebook(released).code, strict=True):
        try:
            checked(student.source)
        except SyntaxError as error:
            yield cell, f"is not Python without its solution: {error.msg}. Put the marks around whole statements."


def solutions_are_marked(notebook: SourceNotebook) -> Iterator[Complaint]:
    """What is between the marks is all that the student version lacks."""
    for cell in notebook.with_role(Role.SOLUTION):
        yield from _regions(cell, *SOLUTION, what="solution")
    for cell in notebook.with_role(Role.MANUAL):
        if any(mark in cell.source for mark in SOLUTION):
            yield from _regions(cell, *SOLUTION, what="solution")
    for cell in notebook.cells:
        if cell.role not in (Role.SOLUTION, Role.MANUAL) and any(mark in cell.source for mark in SOLUTION):
            yield cell, "has a solution region but is no solution cell. Make it one in the Create Assignment panel."


def tests_are_partly_hidden(notebook: SourceNotebook) -> Iterator[Complaint]:
    """Without a hidden part, an answer can be typed in."""
    for cell in notebook.with_role(Role.TEST):
        yield from _regions(cell, *HIDDEN, what="hidden tests")
    for cell in notebook.cells:
        if cell.role is not Role.TEST and any(mark in cell.source for mark in HIDDEN):
            yield cell, "has hidden tests but is no test cell. Make it one in the Create Assignment panel."


def mark_schemes_are_in_tasks(notebook: SourceNotebook) -> Iterator[Complaint]:
    """By what a person marks a task, students do not get."""
    for cell in notebook.cells:
        if any(mark in cell.source for mark in SCHEME):
            if nbgrader_metadata(cell.node).get("task"):
                yield from _regions(cell, *SCHEME, what="mark scheme")
            else:
                yield cell, "has a mark scheme but is no task. Make it one in the Create Assignment panel."


def assertions_have_messages(notebook: SourceNotebook) -> Iterator[Complaint]:
    """A student who fails must learn what was called, what came back and what was expected."""
    for cell in notebook.with_role(Role.TEST):
        for node in ast.walk(_tree(cell)):
            if isinstance(node, ast.Assert) and (
                node.msg is None or (isinstance(node.msg, ast.Constant) and not str(node.msg.value or "").strip())
            ):
                yield (
                    cell,
                    f"line {node.lineno}: an assertion without a message. Say what was called, got and expected.",
                )


def tests_wait_for_nothing(notebook: SourceNotebook) -> Iterator[Complaint]:
    """The student's objects are in another process, where nothing of a test can be awaited."""
    for cell in notebook.with_role(Role.TEST):
        if any(_is_async(node) for node in ast.walk(_tree(cell))):
            # asyncio.run in the student's function is no cure: the kernel that calls it runs a loop already
            yield cell, "awaits something, or is async. Test a function that is not async, and what it returns."


def _is_async(node: ast.AST) -> bool:
    """Whether this part of a program needs an event loop."""
    return isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith | ast.AsyncFunctionDef) or (
        isinstance(node, ast.comprehension) and bool(node.is_async)
    )


def nothing_of_ours_is_imported(notebook: SourceNotebook) -> Iterator[Complaint]:
    """Students do not have the package."""
    for cell in notebook.code:
        for node in ast.walk(_tree(cell)):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if function in ("import_module", "__import__"):
                    modules = [str(node.args[0].value)]
            if any(module.split(".")[0] == "seminar" for module in modules):
                yield cell, "imports seminar, which students do not have. Write what it needs into the notebook."


def cells_of_ours_are_python(notebook: SourceNotebook) -> Iterator[Complaint]:
    """Under a cell magic a failed assertion can be lost, and names are hidden from the rules and the examiner."""
    for cell in notebook.cells:
        if cell.role in (Role.TEST, Role.GIVEN) and (magic := _cell_magic(cell)):
            what = "a failed assertion can be lost" if cell.role is Role.TEST else "its names are hidden from the rules"
            yield cell, f"begins with %%{magic}, under which {what}. Take that line out."


def _cell_magic(cell: Cell) -> str | None:
    """The cell magic that a cell is given to; None where there is none."""
    for node in ast.walk(_tree(cell)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run_cell_magic":
            return str(node.args[0].value) if node.args and isinstance(node.args[0], ast.Constant) else ""
    return None


def given_cells_stand_alone(notebook: SourceNotebook) -> Iterator[Complaint]:
    """The examiner runs given cells without the student's code: they may not use what that code defines."""
    owner: dict[str, Cell] = {}
    given: set[str] = set()
    for cell, names in _named(notebook):
        if cell.role in (Role.SOLUTION, Role.ORDINARY, Role.MANUAL):
            for name in names.defined:
                owner.setdefault(name, cell)
        elif cell.role is Role.GIVEN:
            for name in sorted((_needed(cell.source, names) - given) & owner.keys()):
                whose = owner[name].label
                yield cell, f"uses {name!r}, which the student's {whose} defines. Unlock this cell, or define it here."
            given |= names.defined


def tests_stand_alone(notebook: SourceNotebook) -> Iterator[Complaint]:
    """What a test takes of an ordinary cell is the student's, who may have edited it: it would decide over the test."""
    owner: dict[str, Cell] = {}  # of names that an ordinary cell has defined last
    answers: set[str] = set()
    for cell, names in _named(notebook):
        if cell.role is Role.TEST:
            for name in sorted(_needed(cell.source, names) & owner.keys()):
                yield (
                    cell,
                    f"uses {name!r} of {owner[name].label}, which students may edit. "
                    "Lock that cell (Read-only in the Create Assignment panel), or define it here.",
                )
        elif cell.role in (Role.SOLUTION, Role.MANUAL) or any(mark in cell.source for mark in SOLUTION):
            answers |= names.defined
        if cell.role is Role.ORDINARY:
            owner |= dict.fromkeys(names.defined - answers, cell)
        else:
            owner = {name: whose for name, whose in owner.items() if name not in names.defined}


def _named(notebook: SourceNotebook) -> Iterator[tuple[Cell, Names]]:
    """The code cells with their names."""
    for cell in notebook.code:
        with contextlib.suppress(SyntaxError):  # code_is_python says so
            yield cell, names_of(cell.source)


def _needed(source: str, names: Names) -> set[str]:
    """The names that a cell takes from the cells above. In a function it may use what it defines further down."""
    return {*(names.used - names.defined), *_used_before_bound(source)}


def _used_before_bound(source: str) -> set[str]:
    """The names that a cell takes from the cells above, although it may bind them too: `x = 2 * x`.

    Python's compiler has put loads and stores into their order, which is that of a run without loops and branches.
    """
    needed: set[str] = set()
    bound: set[str] = set()

    def run(code: CodeType) -> None:
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_NAME", "LOAD_GLOBAL", "DELETE_NAME") and step.argval not in bound:
                needed.add(step.argval)
            elif step.opname in ("STORE_NAME", "STORE_GLOBAL"):
                bound.add(step.argval)
            elif isinstance(step.argval, CodeType) and step.argval.co_name in COMPREHENSIONS:  # these run at once
                run(step.argval)

    with warnings.catch_warnings(action="ignore"):  # as in `checked`
        run(compile(plain_python(source), "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True))
    return needed


RULES: tuple[Rule, ...] = (
    kernel_is_named,
    cells_have_stable_ids,
    outputs_are_stripped,
    characters_are_whole,
    metadata_are_complete,
    grade_ids_are_unique,
    code_is_python,
    points_are_sound,
    solutions_are_marked,
    student_cells_are_python,
    tests_are_partly_hidden,
    mark_schemes_are_in_tasks,
    assertions_have_messages,
    tests_wait_for_nothing,
    nothing_of_ours_is_imported,
    cells_of_ours_are_python,
    given_cells_stand_alone,
    tests_stand_alone,
)


def _tree(cell: Cell) -> ast.Module:
    """The cell's syntax tree; an empty one where it does not parse (`code_is_python` says so)."""
    try:
        return checked(cell.source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def _regions(cell: Cell, begin: str, end: str, what: str) -> Iterator[Complaint]:
    """Check that a cell has at least one marked region with code in it, and that the marks pair up."""
    inside: list[str] | None = None
    found = False
    for number, line in enumerate(cell.source.splitlines(), start=1):
        if begin in line:
            if inside is not None:
                yield cell, f"line {number}: {begin!r} inside another region. Close the first with {end!r}."
                return
            inside = []
        elif end in line:
            if inside is None:
                yield cell, f"line {number}: {end!r} without {begin!r} above it. Add it."
                return
            found = found or any(text.strip() and not text.strip().startswith("#") for text in inside)
            inside = None
        elif inside is not None:
            inside.append(line)
    if inside is not None:
        yield cell, f"{begin!r} is never closed. Add a line ### {end}."
    elif not found:
        yield cell, f"has no {what}. Put code between ### {begin} and ### {end}."
