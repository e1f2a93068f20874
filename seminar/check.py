"""What a student can check: a notebook's visible tests, in the environment that the student works in.

Nothing of ours is inside: a kernel as Jupyter starts it runs the notebook from top to bottom, in the notebook's folder.
The notebook is read, never written. Only jupyter_client is needed, so that it starts at once; and only the replies of
the kernel are read, so that a notebook may print as much as it likes.
"""

from __future__ import annotations

import hashlib
import queue
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO, Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import KernelManager
from nbformat import NotebookNode
from traitlets import TraitError

from seminar.course.headings import heading, unmarked
from seminar.course.notebook import Cell, Role, cells, nbgrader_metadata
from seminar.course.notebook_file import read
from seminar.errors import NotebookError

SLOW = 10.0  # seconds from which on a cell's time is told
PATIENCE = 10.0  # seconds that an interrupted cell has to stop
STARTUP = 120.0  # seconds that a kernel has to answer at first
LONGEST = 2000  # characters of a message that are shown

# What nbgrader leaves of a solution, where the student has written nothing.
STUB = re.compile(r"^[ \t]*# YOUR CODE HERE\s+raise NotImplementedError\(\)", re.MULTILINE)
TEXT_STUB = "YOUR ANSWER HERE"  # and of a text that a person grades
FRAME = re.compile(r"Cell In\[(\d+)\], line (\d+)")  # of an IPython traceback
COMPILED = re.compile(r" \(\d+\.py, line \d+\)$")  # the file that IPython makes of a cell, in a SyntaxError's message
ADVICE = " Where it is a file that came with the notebook, put that beside it; else install it where this kernel runs."
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[^\n\t\x20-\x7e\xa0-\U0010ffff]")  # what would steer a terminal


class Outcome(Enum):
    """What came of an exercise."""

    PASSED = "passed"
    FAILED = "failed"
    UNANSWERED = "not answered yet"
    NOT_RUN = "not run"  # the kernel had died before, or the test was emptied
    BY_HAND = "by hand"  # a person grades it
    UNTESTED = "no test"  # all of it is hidden; or cells after the last test, where there is something to say of them


@dataclass(frozen=True)
class Result:
    """What came of an exercise: a test cell, with the cells between the test before and it; or what a person grades.

    Attributes:
        exercise: the heading above it, else its grade id.
        outcome: whether the visible test passes.
        notes: what to know, one text each: why it fails, errors in other cells of the exercise, what took long.
    """

    exercise: str
    outcome: Outcome
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.outcome.value:16}  {self.exercise}"]
        for note in self.notes:
            lines += [f"    {line}" for line in note.split("\n")]
        return "\n".join(lines)


def load(path: Path) -> NotebookNode:
    """Read a notebook that has tests.

    Raises:
        NotebookError: it cannot be read, is no notebook, or has no test cell.
    """
    notebook = read(path, mended=True)
    if not any(cell.role is Role.TEST for cell in cells(notebook)):
        what = "has no test cell" if notebook.cells else "has no cells"
        raise NotebookError(
            f"{path}: {what}, so there is nothing to check. Take a notebook as it was handed out to you."
        )
    return notebook


def check(
    path: Path, notebook: NotebookNode, timeout: float, begin: Callable[[Cell], object] = lambda cell: None
) -> Iterator[Result]:
    """Run a notebook and tell what comes of its exercises, each as soon as its test has run.

    Args:
        path: where the notebook is: its folder is where the kernel runs.
        notebook: what `load` returned.
        timeout: the seconds that a cell may run.
        begin: called with each code cell before it runs.

    Raises:
        NotebookError: the kernel that the notebook names is not installed, or does not start.
    """
    names = _names(notebook)
    borrowed = _borrowed(notebook)
    lost = _without_tests(notebook)
    seen: set[str] = set()  # grade ids of tests
    exercise = _Exercise()
    with _kernel(path, notebook) as kernel:
        if kernel.manager.kernel_name != (named := _kernel_of(notebook)):
            exercise.notes.append(f"the notebook names the kernel {named!r}, which is not here: it runs with python3.")
        for cell in cells(notebook):
            if cell.node.cell_type != "code":
                if _is_test_made_text(cell):
                    note = f"{cell.label}: this test was made text, and does not run: make it code again."
                    yield Result(names[cell.position], Outcome.NOT_RUN, (*exercise.notes, note))
                    exercise = _Exercise()
                elif cell.role is Role.MANUAL:
                    yield _by_hand(names[cell.position], cell)
                continue
            begin(cell)
            if cell.role is Role.MANUAL:
                yield _by_hand(names[cell.position], cell, kernel.run(cell, timeout), borrowed.get(cell.position, ()))
                continue
            exercise.add(cell, kernel.run(cell, timeout))
            exercise.notes += borrowed.get(cell.position, ())
            if cell.role is Role.TEST and cell.grade_id in seen:
                exercise.notes.append(f"{cell.label}: a second cell with this grade id: it does not count.")
            elif cell.role is Role.TEST:
                seen |= {cell.grade_id} if cell.grade_id else set()
                yield exercise.result(names[cell.position], cell)
                exercise = _Exercise()
            elif cell.position in lost:
                note = f"{cell.label}: no test of it comes after it. Was one deleted? It is there when this is graded."
                yield Result(_plain(str(cell.grade_id)), Outcome.NOT_RUN, (*exercise.notes, note))
                exercise = _Exercise()
    if exercise.notes:
        yield Result("after the last test", Outcome.UNTESTED, tuple(exercise.notes))


def _is_test_made_text(cell: Cell) -> bool:
    metadata = nbgrader_metadata(cell.node)
    return bool(metadata.get("grade") and not metadata.get("solution") and not metadata.get("task"))


def _names(notebook: NotebookNode) -> dict[int, str]:
    """The name of each exercise, by the position of its test, or of what a person grades: no two are the same."""
    names: dict[int, str] = {}
    title = ""
    for cell in cells(notebook):
        if cell.node.cell_type == "markdown" and (found := heading(cell.source)):
            title = _plain(unmarked(found))
        elif cell.role in (Role.TEST, Role.MANUAL) or _is_test_made_text(cell):
            names[cell.position] = title or _plain(str(cell.grade_id))
    shared = {name for name in names.values() if list(names.values()).count(name) > 1}
    grade_ids = {cell.position: cell.grade_id for cell in cells(notebook)}
    return {
        place: f"{name}: {_plain(str(grade_ids[place]))}" if name in shared else name for place, name in names.items()
    }


def _without_tests(notebook: NotebookNode) -> set[int]:
    """The solution cells, by position, whose tests must have been deleted.

    After the last test none is graded. Before another one, with no test between, one that nothing needs which is graded
    there has lost its test: two that one test is of build on each other, or the test calls both.
    """
    from seminar.course.code_names import Names, names_of  # IPython, which the rest here does without

    found: set[int] = set()
    needed: set[str] | None = None  # what the cells below take of the cells above; None below the last that is graded
    is_next_tested = False  # whether the next cell below that is a solution or is graded is graded
    for cell in reversed(list(cells(notebook))):
        is_graded = cell.role in (Role.TEST, Role.MANUAL) or _is_test_made_text(cell)
        if is_graded:
            needed, is_next_tested = needed or set(), True
        try:
            names = names_of(cell.source if cell.node.cell_type == "code" else "")
        except SyntaxError:  # what it defines nobody knows
            names = Names(frozenset(), frozenset())
        if cell.role is Role.SOLUTION:
            if needed is None or (not is_next_tested and names.defined and needed.isdisjoint(names.defined)):
                found.add(cell.position)
            is_next_tested = False
        if needed is not None and (is_graded or cell.role is Role.SOLUTION or not needed.isdisjoint(names.defined)):
            needed |= names.used
    return found


def _borrowed(notebook: NotebookNode) -> dict[int, list[str]]:
    """What to know of the student's cells, by position, that use names which only tests above them define.

    When it is graded, tests run in a process of their own: what they define is not there.
    """
    from seminar.course.code_names import names_of  # IPython, which the rest here does without

    tests: dict[str, Cell] = {}
    others: set[str] = set()
    notes: dict[int, list[str]] = {}
    for cell in cells(notebook):
        try:
            names = names_of(cell.source if cell.node.cell_type == "code" else "")
        except SyntaxError:  # the kernel tells it
            continue
        if cell.role is Role.TEST:
            tests |= dict.fromkeys(names.defined, cell)
        else:
            others |= names.defined
        if cell.role in (Role.SOLUTION, Role.ORDINARY, Role.MANUAL):
            notes[cell.position] = [
                f"{cell.label}: uses {name}, which only {tests[name].label} defines: that is not there when it is "
                "graded. Define it in a cell of your own too."
                for name in sorted(names.used & tests.keys() - others)
            ]
    return notes


@dataclass(frozen=True)
class _Run:
    """What came of a cell: what to know of it; whether it failed; whether the kernel had died before."""

    notes: tuple[str, ...] = ()
    failed: bool = False
    skipped: bool = False


def _by_hand(name: str, cell: Cell, run: _Run = _Run(), more: Sequence[str] = ()) -> Result:
    stub = "raise NotImplementedError()" if STUB.search(cell.source) else TEXT_STUB
    if stub in cell.source:
        return Result(name, Outcome.BY_HAND, (f"{cell.label}: {stub} is still in it.",))
    return Result(name, Outcome.BY_HAND, (*run.notes, *more))


class _Exercise:
    """The cells up to a test, as they run."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.outcome = Outcome.PASSED
        self.unanswered: list[Cell] = []

    def add(self, cell: Cell, run: _Run) -> None:
        self.notes += run.notes
        if cell.role is Role.SOLUTION:
            self.unanswered += [cell] if STUB.search(cell.source) else []
        if cell.role is Role.TEST:
            self.outcome = Outcome.NOT_RUN if run.skipped else Outcome.FAILED if run.failed else Outcome.PASSED
            if _is_empty(cell.source):
                self.empty(cell)

    def empty(self, test: Cell) -> None:
        """A test of which nothing can run: by the instructor's will only where it is as it was handed out."""
        if _is_as_released(test):
            self.outcome = Outcome.UNTESTED
            self.notes.append(f"{test.label}: all of this test is hidden: it runs when it is graded.")
        else:
            self.outcome = Outcome.NOT_RUN
            self.notes.append(f"{test.label}: this test is empty: take it from the notebook as it was handed out.")

    def result(self, name: str, test: Cell) -> Result:
        notes = self.notes
        if self.unanswered and self.outcome is not Outcome.NOT_RUN:  # a test may pass by what the stub's cell has else
            self.outcome = Outcome.UNANSWERED
            notes = [f"{cell.label}: raise NotImplementedError() is still in it." for cell in self.unanswered]
        if _is_as_released(test) is False:
            notes = [*notes, f"{test.label}: this test was changed: the instructor's counts when it is graded."]
        return Result(name, self.outcome, tuple(notes))


def _is_empty(source: str) -> bool:
    """Whether a cell has nothing but comments in it."""
    return all(not line.strip() or line.strip().startswith("#") for line in source.split("\n"))


def _is_as_released(test: Cell) -> bool | None:
    """Whether nbgrader's checksum still fits a test; None where it has none, as in a source notebook.

    It is nbgrader's `compute_checksum`: to import that takes seconds, and students need not have nbgrader.
    """
    metadata = nbgrader_metadata(test.node)
    if "checksum" not in metadata:
        return None
    try:
        points = str(float(metadata["points"]))
    except (KeyError, TypeError, ValueError):  # it was changed, then
        return False
    # a graded cell, and no solution, is always locked
    said = (test.source, test.node.cell_type, "True", str(metadata.get("solution", False)), "True", test.grade_id)
    digest = hashlib.md5("".join(map(str, (*said, points))).encode(errors="replace"), usedforsecurity=False)
    return bool(digest.hexdigest() == metadata["checksum"])


class _Kernel:
    """A kernel that runs the cells of a notebook, one after the other, as long as it lives."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager, self.client = manager, client
        self.ran: dict[int, Cell] = {}  # by IPython's number of the cell
        self.dead = False

    def run(self, cell: Cell, timeout: float) -> _Run:
        """Run a cell, for some seconds at most; one that does not stop then takes the kernel with it."""
        if self.dead:
            return _Run(skipped=True)
        if not cell.source.strip():
            return _Run()
        start = time.monotonic()
        request = self.client.execute(cell.source, allow_stdin=False, stop_on_error=False)
        reply = self._reply(request, timeout)
        if reply is None:
            return _Run((f"{cell.label}: {self._stopped(request, timeout)}",), failed=True)
        self.ran[int(reply.get("execution_count", 0))] = cell
        seconds = time.monotonic() - start
        notes = [f"{cell.label}: took {seconds:.0f} s."] if seconds >= SLOW else []
        failed = reply["status"] != "ok"
        if failed:
            notes.append(f"{cell.label}: {self._reason(cell, reply)}")
        return _Run(tuple(notes), failed)

    def _stopped(self, request: str, timeout: float) -> str:
        """Stop a cell that has not replied. Returns what to say of it."""
        if self.dead:
            return "the kernel died here (out of memory, or a crash in compiled code), and the cells below did not run."
        self.manager.interrupt_kernel()
        text = f"stopped after {timeout:g} s. (--timeout SECONDS gives it more.)"
        if self._reply(request, PATIENCE) is None:
            self.dead = True
            text += " It did not let itself be interrupted, so the kernel was ended and the cells below did not run."
        return text

    def _reply(self, request: str, timeout: float) -> dict[str, Any] | None:
        """The content of the reply to a request; None where the time is up, or the kernel has died."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = self.client.get_shell_msg(timeout=min(left, 1.0))
            except queue.Empty:
                if not self.manager.is_alive():
                    self.dead = True
                    return None
                continue
            if message["parent_header"].get("msg_id") == request:
                return dict(message["content"])
        return None

    def _reason(self, cell: Cell, reply: dict[str, Any]) -> str:
        """Why a cell failed: the message of a test's assertion, else the error and the line of the student's."""
        name, message = str(reply.get("ename", "error")), COMPILED.sub("", _plain(str(reply.get("evalue", ""))))
        if name == "AssertionError" and message and cell.role is Role.TEST:
            return message
        frames = [
            (self.ran[int(number)], int(line))
            for number, line in FRAME.findall(_plain("\n".join(map(str, reply.get("traceback", [])))))
            if int(number) in self.ran
        ]
        own = [frame for frame in frames if frame[0].role in (Role.SOLUTION, Role.ORDINARY)]
        where = ""
        if frames:
            place, line = (own or frames)[-1]
            where = f" (line {line}" if place is cell else f" ({place.label}, line {line}"
            code = place.source.split("\n")[line - 1 : line]  # as Python counts: a form feed ends none
            where += f": {_plain(code[0].strip())})" if code else ")"
        advice = ADVICE if name == "ModuleNotFoundError" else ""
        return f"{name}: {message}{where}{advice}" if message else f"{name}{where}{advice}"


def _plain(text: str) -> str:
    """A text without what would steer a terminal, and not too long."""
    text = CONTROL.sub("", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


@contextmanager
def _kernel(path: Path, notebook: NotebookNode) -> Iterator[_Kernel]:
    """A kernel of the kind that a notebook names, in the notebook's folder."""
    name = _kernel_of(notebook)
    installed = KernelSpecManager().find_kernel_specs()
    if name not in installed and "python3" in installed and _is_python(notebook):
        name = "python3"
    manager = KernelManager(kernel_name=name)
    client: BlockingKernelClient | None = None
    with tempfile.TemporaryFile() as said:
        try:
            try:
                manager.start_kernel(cwd=str(path.resolve().parent), stdout=subprocess.DEVNULL, stderr=said)
                client = manager.blocking_client()
                client.start_channels()
                client.wait_for_ready(timeout=STARTUP)
            except NoSuchKernel as error:
                raise NotebookError(
                    f"{path}: names the kernel {name!r}, which is not installed here "
                    f"(installed: {', '.join(sorted(installed)) or 'none'}). "
                    "Open it in Jupyter, choose one of these (Kernel > Change Kernel) and save it."
                ) from error
            except (ValueError, TypeError, IndexError, TraitError) as error:  # jupyter_client checks nothing in it
                spec = Path(KernelSpecManager().find_kernel_specs().get(name, "")) / "kernel.json"
                raise NotebookError(
                    f"{spec}: cannot be used as the kernel {name!r} ({type(error).__name__}: {error}). "
                    f"Write it anew: python -m ipykernel install --user --name {name}"
                ) from error
            except (OSError, RuntimeError) as error:
                raise NotebookError(
                    f"{path}: its kernel {name!r} does not start: {_last_line(said) or error}. "
                    "Does it start in Jupyter? Where it does not: python -m pip install ipykernel"
                ) from error
            yield _Kernel(manager, client)
        finally:
            if client:
                client.stop_channels()
            if manager.has_kernel:
                manager.shutdown_kernel(now=True)


def _kernel_of(notebook: NotebookNode) -> str:
    """The kernel that a notebook names."""
    return str(notebook.metadata.get("kernelspec", {}).get("name") or "python3")


def _is_python(notebook: NotebookNode) -> bool:
    """Whether a notebook is of Python: a kernel of another name (Conda's, a hosted service's) will do for it."""
    metadata = notebook.metadata
    told = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name") or "python"
    return str(told).lower() == "python"


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = _plain(file.read().decode(errors="replace")).split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
