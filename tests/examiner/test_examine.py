"""Examinations of small notebooks, by nbgrader's autograde: real rooms, a real gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment

from seminar.bulk.pipeline import Outcome, autograde
from seminar.course import converters
from seminar.course.course import CONFIG_FILE, Course, Submission
from seminar.course.notebook_file import read, write
from seminar.errors import NotebookError
from seminar.examiner import process
from seminar.text import MIB
from tests.making import code, given, graded, hand_in, make_course, notebook, solution
from tests.test_stock import nbgrader

TOPIC = "topic"
STUDENT = "ada"
QUICK = "\nc.Examine.timeout_func = None\nc.Examine.timeout = 2\n"


@dataclass
class Result:
    """What came of an examination: the points by test, the notes, and the notebook."""

    graded: Outcome
    points: dict[str, float]
    notebook: NotebookNode

    def cell(self, cell_id: str) -> NotebookNode:
        found: NotebookNode = next(cell for cell in self.notebook.cells if cell.get("id") == cell_id)
        return found

    def shown(self, cell_id: str) -> str:
        return str([dict(output) for output in self.cell(cell_id).outputs])


@dataclass
class Examination:
    """A course of one notebook, and a way to hand it in."""

    root: Path

    def __call__(self, *cells: NotebookNode, answers: tuple[str, ...] = (), config: str = "", **grade: Any) -> Result:
        course = make_course(self.root, **{TOPIC: notebook(*cells)})
        path = course.root / CONFIG_FILE
        path.write_text(path.read_text() + QUICK + config)
        course = Course(course.root)
        generate = GenerateAssignment(
            coursedir=course.directory(TOPIC), config=course.config
        )  # these break lint's rules
        generate.force = True
        converters.run(generate, NotebookError, TOPIC)
        hand_in(course, TOPIC, STUDENT, *answers)
        return self.again(**grade)

    def again(self, **grade: Any) -> Result:
        course = Course(self.root)
        result = autograde(self.root, Submission(TOPIC, STUDENT, course.submitted(TOPIC, STUDENT)), **grade)
        if result.error:
            return Result(result, {}, NotebookNode())
        with Gradebook(course.database) as gradebook:
            grades = gradebook.find_submission_notebook(TOPIC, TOPIC, STUDENT).grades
            points = {grade.name: float(grade.auto_score) for grade in grades}
        return Result(result, points, read(course.autograded(TOPIC, STUDENT) / f"{TOPIC}.ipynb"))


@pytest.fixture
def examined(tmp_path: Path) -> Examination:
    return Examination(tmp_path / "course")


def stub(name: str, source: str) -> NotebookNode:
    return solution(name, f"### BEGIN SOLUTION\n{source}\n### END SOLUTION")


def test_given_cells_run_on_both_sides_and_the_tests_see_their_own(examined: Examination) -> None:
    result = examined(
        given("constants", "N = 3"),
        stub("f", "def f():\n    return N"),
        graded("test-f", "assert f() == 3, f'f(): got {f()}, expected 3'\nassert N == 3"),
        graded("test-n", "assert N == 3"),
        answers=("def f():\n    return N\nN = 4",),
    )
    assert result.points == {"test-f": 0, "test-n": 2}
    assert "f(): got 4, expected 3" in result.shown("test-f")


def test_the_last_value_of_a_test_is_its_points(examined: Examination) -> None:
    part = "points = 0.0\nfor n in (1, 2, 3):\n    points += 0.5 * (f(n) == n)\npoints"
    result = examined(stub("f", "def f(n): return n"), graded("test-f", part), answers=("def f(n): return min(n, 2)",))
    assert result.points == {"test-f": 1}


def test_what_a_test_defines_stays_its_own(examined: Examination) -> None:
    result = examined(
        stub("f", "def f(): return 1"),
        graded("test-f", "def check(value): assert value == 1\ncheck(f())\nTOLERANCE = 0.1"),
        stub("g", "def g(): return 1"),
        graded("test-g", "check(g())\nassert abs(g() - 1) < TOLERANCE"),
        answers=("def f(): return 1", "check = print\nTOLERANCE = 10\ndef g(): return 2"),
    )
    assert result.points == {"test-f": 2, "test-g": 0}


def test_what_a_solution_defines_anew_is_the_students(examined: Examination) -> None:
    cells = (
        stub("f", "def f(): return 1"),
        graded("test-f", "result = f()\nassert result == 1"),
        stub("result", "result = [1, 2]"),
        graded("test-result", "assert result == [1, 2]"),
    )
    assert examined(*cells, answers=("def f(): return 1", "result = [1, 2]")).points == {"test-f": 2, "test-result": 2}


def test_a_helper_of_an_earlier_test_finds_the_students_function(examined: Examination) -> None:
    result = examined(
        stub("f", "def f(x): return 2 * x"),
        graded("test-f", "def twice_twice(x):\n    return f(f(x))\nassert f(1) == 2"),
        graded("test-twice", "assert twice_twice(3) == 12"),
        answers=("def f(x): return 2 * x",),
    )
    assert result.points == {"test-f": 2, "test-twice": 2}


def test_objects_are_used_from_afar(examined: Examination) -> None:
    answer = """class Stack:
    def __init__(self): self.items = []
    def push(self, item): self.items.append(item); return self
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __getitem__(self, key): return self.items[key]
stack = Stack()"""
    test = """assert len(stack.push(3).push([4])) == 2
assert stack[1] == [4] and list(stack) == [3, [4]] and stack.items[0] == 3
assert isinstance(Stack().items, list)"""
    assert examined(stub("stack", answer), graded("test-stack", test), answers=(answer,)).points == {"test-stack": 2}


def test_exceptions_come_over_with_their_type_and_the_students_lines(examined: Examination) -> None:
    answer = """class Own(Exception): pass
def root(x):
    if x < 0: raise ValueError("negative")
    if x > 9: raise Own("large")
    return x ** 0.5"""
    test = """try:
    root(-1)
except ValueError as error:
    assert str(error) == "negative"
else:
    raise AssertionError("root(-1): expected a ValueError")"""
    cells = (stub("root", answer), graded("test-root", test), graded("test-large", "root(10)"))
    result = examined(*cells, answers=(answer,))
    assert result.points == {"test-root": 2, "test-large": 0}
    assert "large" in result.shown("test-large")
    assert "in root" in result.shown("test-large")


def test_what_led_to_an_error_of_a_tests_is_shown_too(examined: Examination) -> None:
    answer = "def half(x):\n    raise ValueError('odd')"
    test = "try:\n    half(3)\nexcept ValueError as error:\n    raise AssertionError('half(3)') from error"
    result = examined(stub("half", answer), graded("test-half", test), answers=(answer,))
    assert result.points == {"test-half": 0}
    assert "In the submission:" in result.shown("test-half")
    assert "in half" in result.shown("test-half")


def test_who_leaves_a_test_has_failed_it(examined: Examination) -> None:
    answer = """def leave(x): raise SystemExit(0)
def interrupt(x): raise KeyboardInterrupt
def error(): return ValueError(2)
def swallow(f):
    try: f(0)
    except BaseException: return 1"""
    expects = "SystemExit, KeyboardInterrupt\n"
    tests = {
        "leaves": expects + "leave(1)\n2.0",
        "interrupts": expects + "all(map(interrupt, [1]))",
        "shows": expects + "class Shown:\n    __repr__ = lambda self: interrupt(1)\nShown()",
        "has-no-text": expects + "class Mute(Exception):\n    __str__ = lambda self: interrupt(1)\nraise Mute",
        "ends-in-one": "error()",
        "goes-through": expects + "assert swallow(lambda x: leave(x)) == 1",
        "goes-on": "assert swallow(leave) == 1",
    }
    cells = (stub("answer", answer), *(graded(name, test) for name, test in tests.items()))
    points = examined(*cells, answers=(answer,)).points
    assert points == dict.fromkeys(tests, 0) | {"goes-through": 2, "goes-on": 2}


def test_a_function_that_takes_too_long_costs_its_test_only(examined: Examination) -> None:
    result = examined(
        stub("f", "def f(): return 1"),
        graded("test-f", "assert f() == 1"),
        stub("g", "def g(): return 1"),
        graded("test-g", "assert g() == 1"),
        answers=("import time\ndef f(): time.sleep(60)", "def g(): return 1"),
    )
    assert result.points == {"test-f": 0, "test-g": 2}
    assert result.graded.notes == ("cell 2 (test-f): the code that this test calls took more than 2 s.",)


def test_a_cell_that_takes_too_long_is_interrupted(examined: Examination) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", "assert f() == 1"))
    result = examined(*cells, answers=("def f(): return 1\nwhile True: pass",))
    assert result.points == {"test-f": 2}
    assert result.graded.notes == ("cell 1 (f): this cell took more than 2 s.",)


def test_incidents_stand_on_top_of_the_graded_notebook(examined: Examination) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", "assert f() == 1"))
    result = examined(*cells, answers=("import socket\nsocket.create_connection(('192.0.2.7', 80), timeout=1)",))
    assert result.graded.notes == ("it tried to reach the network.",)
    assert "it tried to reach the network" in result.notebook.cells[0].source
    assert examined.again().graded.notes == result.graded.notes


def test_too_much_output_is_cut_and_noted(examined: Examination) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", "assert f() == 1"))
    flood = "def f(): return 1\nfor _ in range(200): print('x' * 1000)"
    result = examined(*cells, answers=(flood,), config="c.Examine.limits = {'output': 50_000}\n")
    assert result.points == {"test-f": 2}
    assert result.graded.notes == ("cell 1 (f): the output was cut after 50,000 bytes.",)
    assert 40_000 < len(result.shown("f")) < 60_000


@pytest.mark.parametrize(
    ("last", "points"),
    [("np.array([1.0])", 1), ("torch.tensor(0.5)", 0.5), ("np.float64(1.5)", 1.5), ("np.zeros(2)", 0), ("0j", 0)],
)
def test_a_last_value_made_of_numbers_is_no_gift(examined: Examination, last: str, points: float) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", f"import numpy as np, torch\nf()\n{last}"))
    assert examined(*cells, answers=("def f(): return 1",)).points == {"test-f": points}


def test_what_a_test_may_bind_and_what_is_no_number_give_nothing(examined: Examination) -> None:
    raises = "try:\n    e(-1)\nexcept ValueError:\n    caught = True\nassert caught"
    cells = (
        stub("e", "def e(x): raise ValueError"),
        graded("test-raises", raises),
        graded("test-share", "2 * (1 - abs(e(1) - 1))"),
        graded("test-long", "print('a')\nassert e(1) == 1, 'x' * 1_000_000"),
    )
    result = examined(*cells, answers=("caught = True\ndef e(x): return float('nan')",))
    assert result.points == {"test-raises": 0, "test-share": 0, "test-long": 0}
    assert "name 'caught' is not defined" in result.shown("test-raises")
    assert len(result.shown("test-long")) < 200_000


def test_a_dead_examiner_is_told_once(examined: Examination) -> None:
    cells = (
        stub("f", "def f(): return 1"),
        graded("test-f", "import os\nos._exit(1)"),
        given("more", "LIMIT = 3"),
        stub("g", "def g(): return 1"),
        graded("test-g", "assert g() == 1"),
    )
    result = examined(*cells, answers=("def f(): return 1", "def g(): return 1"))
    assert result.points == {"test-f": 0, "test-g": 0}
    assert result.graded.notes == (
        "cell 2 (test-f): the examiner died here: this test and those after it have failed.",
    )


def test_what_a_test_shows_is_kept(examined: Examination) -> None:
    test = "print('out')\nimport sys\nprint('err', file=sys.stderr)\ndisplay({'a': 1})\nassert f() == 1"
    cells = (stub("f", "def f(): return 1"), graded("test-f", test))
    result = examined(*cells, answers=("def f(): return 1",))
    assert result.points == {"test-f": 2}  # what stands on stderr is no mistake
    for text in ("out", "err", "{'a': 1}"):
        assert text in result.shown("test-f")


def test_without_a_room_it_says_so(examined: Examination) -> None:
    cells = (
        stub("f", "def f(): return 1"),
        graded("test-f", "assert f() == 1"),
        code("dies", "import os\nos._exit(1)"),
    )
    result = examined(*cells, answers=("def f(): return 1",), isolation="none")
    assert result.points == {"test-f": 2}
    assert result.graded.notes == (
        "cell 3 (dies): the kernel died here.",
        "this was graded without a room: the submission could read and do anything.",
    )
    assert "without a room" in result.notebook.cells[0].source


def test_a_limit_that_does_not_exist_is_named(examined: Examination) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", "assert f() == 1"))
    result = examined(*cells, answers=("def f(): return 1",), config="c.Examine.limits = {'memroy': 1}\n")
    assert "Examine.limits" in str(result.graded.error)
    assert "memroy" in str(result.graded.error)


def test_files_of_the_submission_are_there(examined: Examination) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", "assert f() == '7'"))
    examined(*cells, answers=("from helper import f",))
    folder = Course(examined.root).submitted(TOPIC, STUDENT)
    (folder / "helper.py").write_text("from pathlib import Path\ndef f(): return Path('data/n.txt').read_text()")
    (folder / "data").mkdir()
    (folder / "data" / "n.txt").write_text("7")
    assert examined.again().points == {"test-f": 2}


def test_links_in_a_submission_lead_nowhere(examined: Examination) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", "assert f() == 1"))
    examined(*cells, answers=("def f(): return 1",))
    folder = Course(examined.root).submitted(TOPIC, STUDENT)
    (folder / "book.db").symlink_to(examined.root / "gradebook.db")
    (folder / "all").symlink_to("/")
    result = examined.again()
    assert result.points == {"test-f": 2}
    assert sorted(result.graded.notes) == [
        "all was a link to /: it was taken out.",
        f"book.db was a link to {examined.root / 'gradebook.db'}: it was taken out.",
    ]
    kept = [path.name for path in Course(examined.root).autograded(TOPIC, STUDENT).iterdir()]
    assert kept == [f"{TOPIC}.ipynb"]


def test_a_notebook_that_is_a_link_is_not_graded(examined: Examination, tmp_path: Path) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", "assert f() == 1"))
    examined(*cells, answers=("def f(): return 1",))
    path = Course(examined.root).submitted(TOPIC, STUDENT) / f"{TOPIC}.ipynb"
    path.rename(tmp_path / "elsewhere.ipynb")
    path.symlink_to(tmp_path / "elsewhere.ipynb")
    error = str(examined.again().graded.error)
    assert error.startswith(f"{path}: is a link to ")
    assert error.endswith("Put the student's notebook in its place.")


CHEATS = """class math:
    isclose = lambda *_, **__: True
def check(value): pass
def f(): return 0"""


def test_what_is_the_instructors_is_never_the_students(examined: Examination) -> None:
    cells = (
        given("imports", "import math"),
        stub("f", "def f(): return 1"),
        graded("test-f", "def check(value):\n    assert math.isclose(value, 1)\ncheck(f())"),
        given("more", "N = 1"),
        graded("test-again", "check(f())\nassert N == 1"),
    )
    assert examined(*cells, answers=("def f(): return 1",)).points == {"test-f": 2, "test-again": 2}
    path = Course(examined.root).submitted(TOPIC, STUDENT) / f"{TOPIC}.ipynb"
    imports, solved, test, more, again = read(path).cells
    assert examined.again().points == {"test-f": 2, "test-again": 2}
    solved.source = CHEATS
    for kept in (
        [solved, test, again],
        [solved, again, test, more, imports],
        [again, more, test, imports, solved],
        [solved],
    ):
        write(notebook(*kept), path)
        result = examined.again()
        assert result.points == {"test-f": 0, "test-again": 0}
        assert any("was deleted" in note or "not where" in note for note in result.graded.notes), result.graded.notes


def test_what_was_deleted_is_put_back_where_it_stood(examined: Examination) -> None:
    cells = (given(), stub("f", "def f(): return 1"), given("draw", "x = 1"), graded("test-f", "assert f() == 1"))
    examined(*cells)
    path = Course(examined.root).submitted(TOPIC, STUDENT) / f"{TOPIC}.ipynb"
    _, solved, *_ = read(path).cells
    solved.source = "def f(): return 1"
    write(notebook(solved, code("own", "f()")), path)
    result = examined.again()
    assert result.points == {"test-f": 2}
    assert sorted(result.graded.notes) == [
        "draw: this given cell was deleted: it is put back.",
        "imports: this given cell was deleted: it is put back.",
        "test-f: this test was deleted: it is put back and graded.",
    ]
    assert [cell.source for cell in result.notebook.cells[1:]] == [
        "import math",
        "def f(): return 1",
        "x = 1",
        "f()",
        "assert f() == 1",
    ]


def test_a_deleted_test_is_put_back_behind_the_students_own_cells(examined: Examination) -> None:
    cells = (given(), stub("f", "def f(): return 1"), graded("test-f", "assert f() == 1"))
    examined(*cells, stub("g", "def g(): return 2"), graded("test-g", "assert g() == 2"))
    path = Course(examined.root).submitted(TOPIC, STUDENT) / f"{TOPIC}.ipynb"
    imports, f, _, g, _ = read(path).cells
    f.source, helper, g.source = "def f(): return helper()", code("own", "def helper(): return 1"), "def g(): return 2"
    retyped = [code("own-f", f.source), helper, code("own-g", g.source)]
    for kept in ([imports, f, helper, g], [f, helper, g], [imports, *retyped], retyped):
        write(notebook(*kept), path)
        assert examined.again().points == {"test-f": 2, "test-g": 2}


def test_forged_metadata_change_nothing(examined: Examination) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", "assert f() == 1"), given("end", "END = 1"))
    examined(*cells)
    path = Course(examined.root).submitted(TOPIC, STUDENT) / f"{TOPIC}.ipynb"
    made = read(path)
    solved, test, end = made.cells
    solved.metadata = {"nbgrader": {**solved.metadata["nbgrader"], "grade": True, "points": 50}, "trusted": True}
    test.metadata = {"nbgrader": {**test.metadata["nbgrader"], "points": 100, "grade_id": ["test-f"]}, "tags": ["x"]}
    forged = code("forged", "100", grade=True, points=100)
    write(notebook(solved, test, end, forged), path)
    result = examined.again()
    assert result.points == {"test-f": 0}
    assert sorted(result.graded.notes) == [
        "cell 1 (f): what the cell says of itself (points, kind) was changed: the instructor's counts.",
        "cell 2: a cell that claims to be the instructor's is none: it counts as the student's.",
        "cell 4: a cell that claims to be the instructor's is none: it counts as the student's.",
        "test-f: this test was deleted: it is put back and graded.",
    ]


READS = "from helping import twice\nrows = open('data.csv').read().split()"


def test_given_and_test_cells_read_the_instructors_files_and_no_others(examined: Examination) -> None:
    cells = (
        given("data", READS),
        stub("f", "def f():\n    return twice(len(rows))"),
        graded("test-f", "assert f() == twice(len(rows)) == 4, f'f(): got {f()}'"),
    )
    without = examined(*cells, answers=("def f():\n    return twice(len(rows))",))
    assert without.points == {"test-f": 0}
    assert (
        "data: this given cell fails where tests run (ModuleNotFoundError: No module named 'helping')."
        in without.graded.notes
    )
    course = Course(examined.root)
    folders = (course.source(TOPIC), course.submitted(TOPIC, STUDENT))
    for folder, doubled in zip(folders, ("2 * x", "3 * x"), strict=True):
        (folder / "helping.py").write_text(f"def twice(x):\n    return {doubled}")
        (folder / "data.csv").write_text("a b")
    (course.submitted(TOPIC, STUDENT) / "own.csv").write_text("c")
    result = examined.again()
    assert (result.points, result.graded.notes) == ({"test-f": 2}, ())
    nbgrader(course.root, "autograde", TOPIC, "--force")
    with Gradebook(course.database) as gradebook:
        assert gradebook.find_submission(TOPIC, STUDENT).score == 2


def test_a_test_is_in_a_room_too(examined: Examination) -> None:
    source = examined.root / "source" / TOPIC
    look = f"""import os, pathlib, socket
assert f() == 1
assert os.getuid() != 0
assert not pathlib.Path({str(examined.root)!r}).exists()
assert {{each.name for each in pathlib.Path.home().iterdir()}} == {{"table.csv"}}
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except OSError:
    print("no network")"""
    source.mkdir(parents=True)
    (source / "table.csv").write_text("a,b")
    result = examined(stub("f", "def f(): return 1"), graded("test-f", look), answers=("def f(): return 1",))
    assert result.points == {"test-f": 2}
    assert "no network" in result.shown("test-f")


def test_a_file_that_an_answer_names_is_none_of_the_graders(examined: Examination) -> None:
    secret = examined.root / "source" / TOPIC / f"{TOPIC}.ipynb"
    shows = "from pathlib import Path\nprint(repr(Path({}()).read_text()))"
    result = examined(
        stub("course", "def course(): return '.'"),
        graded("test-course", shows.format("course")),
        stub("log", "def log(): return '.'"),
        graded("test-log", shows.format("log")),
        answers=(f"def course(): return {str(secret)!r}", "def log(): return '/proc/self/fd/2'"),
    )
    assert secret.is_file()
    assert result.points["test-course"] == 0
    assert "FileNotFoundError" in result.shown("test-course")
    assert [output.text for output in result.cell("test-log").outputs] == ["''\n"]


def test_what_a_room_cannot_hold_of_the_instructors_is_an_error(examined: Examination) -> None:
    cells = (stub("f", "def f(): return 1"), graded("test-f", "assert open('data.csv').read() == 'a,b'"))
    source = examined.root / "source" / TOPIC
    source.mkdir(parents=True)
    (examined.root / "shared.csv").write_text("a,b")
    (source / "data.csv").symlink_to(examined.root / "shared.csv")
    assert examined(*cells, answers=("def f(): return 1",)).points == {"test-f": 2}
    (source / "large.csv").write_bytes(bytes(2 * MIB))
    told = examined(*cells, answers=("def f(): return 1",), config="c.Examine.limits = {'disk': 2**20}").graded.error
    assert told
    assert f"{source / 'large.csv'}: does not fit into a room" in told


TAKES = """import os, time
for _ in range(3):
    if os.fork() == 0:
        held = b"1" * (200 * 2**20)
        time.sleep(60)
time.sleep(60)"""


def test_a_test_that_takes_all_memory_is_ended_and_says_so(
    examined: Examination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MEMORY", 300 * MIB)
    cells = (stub("f", "def f(): return 1"), graded("test-f", TAKES), graded("test-g", "assert f() == 1"))
    config = "c.Examine.limits = {'memory': 300 * 2**20}\nc.Examine.timeout = 30"
    result = examined(*cells, answers=("def f(): return 1",), config=config)
    assert result.points == {"test-f": 0, "test-g": 0}
    assert result.graded.notes == (
        "cell 2 (test-f): the examiner was ended here, since it took more than 300 MiB of memory: "
        "this test and those after it have failed.",
    )


@pytest.mark.parametrize(
    "broken",
    ["sys.stdout = None", "sys.stderr = None", "del sys.stdout", "sys.stdout = open('log', 'w'); sys.stdout.close()"],
)
def test_broken_standard_streams_cost_nothing(examined: Examination, broken: str) -> None:
    result = examined(
        stub("f", "def f(): return 1"),
        graded("test-f", "assert f() == 1"),
        stub("g", "def g(): return 2"),
        graded("test-g", "assert g() == 2"),
        answers=(f"import sys\ndef f(): return 1\n{broken}", "print('here')\ndef g(): return 2"),
    )
    assert (result.points, result.graded.notes) == ({"test-f": 2, "test-g": 2}, ())
    assert "here" in result.shown("g")


def test_what_a_submission_makes_of_random_numbers_ends_with_the_test(examined: Examination) -> None:
    for_ever_zero = "random.setstate((3, (0,) * 624 + (624,), None))"
    result = examined(
        given("imports", "import random"),
        stub("seed", "def set_seed(seed): random.seed(seed)"),
        graded("test-seed", "set_seed(1)\na = random.random()\nset_seed(1)\nassert a == random.random()"),
        stub("cube", "def cube(n): return n**3"),
        graded("test-cube", "n = random.randint(0, 10**6)\nassert cube(n) == n**3"),
        answers=(f"def set_seed(seed): {for_ever_zero}", "def cube(n): return 0"),
    )
    assert result.points == {"test-seed": 2, "test-cube": 0}


def test_what_is_written_into_a_view_of_given_data_changes_no_later_test(examined: Examination) -> None:
    result = examined(
        given("data", "import torch\nLABELS = torch.tensor([3, 1, 2])"),
        stub("fill", "start = torch.zeros(3)\ndef fill(x): x.fill_(1)"),
        graded("test-fill", "fill(start)\nassert start.tolist() == [1, 1, 1]"),
        stub("label", "def label(): return torch.tensor([3, 1, 2])"),
        graded("test-label", "assert torch.equal(label(), LABELS)"),
        answers=("start = LABELS[:]\ndef fill(x): x.fill_(1)", "def label(): return torch.tensor([1, 1, 1])"),
    )
    assert result.points == {"test-fill": 2, "test-label": 0}


FROZEN = "import dataclasses\nimport pandas as pd\n@dataclasses.dataclass(frozen=True)\nclass At:\n    x: int"
NOTHING_KNOWN = 'pd.Series([None] * len(x), dtype="Float64")'
YES = "type('Yes', (), dict(__contains__=lambda *_: True, __iter__=lambda _: iter(()), eq=lambda *_: True))()"
SHRINKS = "type('Shrinks', (), dict(__len__=lambda _, told=[3, 0, 0]: told.pop(0), __iter__=lambda _: iter(())))()"


@pytest.mark.parametrize(
    ("right", "test", "wrong"),
    [
        ("def f(x): return x * 2", "assert (f(pd.Series([1.0, 2.0])) == pd.Series([2.0, 4.0])).all()", NOTHING_KNOWN),
        ("def f(x): return x * 2", "assert not (f(pd.Series([1.0])) != pd.Series([2.0])).any()", NOTHING_KNOWN),
        ("def f(x): return [2 * x]", "assert 6 in f(3)", YES),
        ("def f(x): return x * 2", "assert f(pd.Series([1.0])).eq(pd.Series([2.0])).all()", YES),
        (
            "def f(x): return [x] * 3",
            "got = f(2)\nassert len(got) == 3\nfor a, b in zip(got, [2] * 3): assert a == b",
            SHRINKS,
        ),
        (
            "def f(x): return At(x.x + 1)",
            "at = At(5)\ngot = f(at)\nassert got == At(at.x + 1)",
            "object.__setattr__(x, 'x', 0) or At(1)",
        ),
    ],
)
def test_what_equals_everything_equals_nothing(examined: Examination, right: str, test: str, wrong: str) -> None:
    cells = (given("frozen", FROZEN), stub("f", right), graded("test-f", test))
    assert examined(*cells, answers=(right,)).points == {"test-f": 2}
    path = Course(examined.root).submitted(TOPIC, STUDENT) / f"{TOPIC}.ipynb"
    made = read(path)
    made.cells[1].source = f"def f(x): return {wrong}"
    write(made, path)
    assert examined.again().points == {"test-f": 0}
