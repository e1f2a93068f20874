"""Every rule for source notebooks: what breaks it is named by notebook and cell."""

from __future__ import annotations

import codecs
import itertools
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output, new_raw_cell

from seminar.course.lint import lint
from seminar.course.notebook_file import write
from tests.exercises.harness import ROOT, TOPICS
from tests.making import SOLUTION, TEST, answer, code, given, graded, notebook, solution

HIDES = '### BEGIN HIDDEN TESTS\n    assert double(3) == 6, "double(3)"\n    ### END HIDDEN TESTS'
NO_HIDDEN = 'assert double(2) == 4, "double(2) should be 4"'


def task(source: str = "Draw it.", **metadata: object) -> NotebookNode:
    """A task that a person grades."""
    return answer("draw", source, **{"grade": False, "solution": False, "locked": True, "task": True, **metadata})


def raw(**flags: object) -> NotebookNode:
    """A raw cell, which nbgrader's panel lets nobody mark."""
    made: NotebookNode = new_raw_cell("x", id="raw")
    made.metadata["nbgrader"] = {**answer("raw", solution=False, grade=False).metadata["nbgrader"], **flags}
    return made


def findings(path: Path, made: NotebookNode) -> list[str]:
    write(made, path)
    return [str(finding) for finding in lint(path)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "doubling.ipynb"


def test_a_good_notebook_breaks_no_rule(path: Path) -> None:
    assert findings(path, notebook()) == []


@pytest.mark.parametrize("topic", TOPICS)
def test_the_seminar_breaks_no_rule(topic: str) -> None:
    assert lint(ROOT / "source" / topic / f"{topic}.ipynb") == []


@pytest.mark.parametrize(
    ("cells", "cell", "message"),
    [
        ([given(), solution(), graded(), graded()], "cell 4 (test-double)", "is that of cell 3 too"),
        ([solution(), graded(source=NO_HIDDEN)], "cell 2 (test-double)", "has no hidden tests"),
        ([solution(), graded(source=f"{NO_HIDDEN}\n### BEGIN HIDDEN TESTS\nx = 1")], "cell 2", "is never closed"),
        ([solution(), graded(source=f"{NO_HIDDEN}\n### END HIDDEN TESTS")], "cell 2", "without 'BEGIN HIDDEN TESTS'"),
        (
            [solution(), graded(source="### BEGIN HIDDEN TESTS\n### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS")],
            "cell 2",
            "inside another region",
        ),
        (
            [solution(), graded(source="### BEGIN HIDDEN TESTS\n# nothing\n### END HIDDEN TESTS")],
            "cell 2",
            "has no hidden tests",
        ),
        ([solution(), code("plot", TEST)], "cell 2 (plot)", "has hidden tests but is no test cell"),
        ([solution(source="def double(x): ..."), graded()], "cell 1 (double)", "has no solution"),
        ([code("double", SOLUTION), graded()], "cell 1 (double)", "is no solution cell"),
        (
            [solution(source="squares = [\n    ### BEGIN SOLUTION\n    1, 4, 9\n    ### END SOLUTION\n]"), graded()],
            "cell 1 (double)",
            "is not Python without its solution",
        ),
        ([solution(), graded(points=0)], "cell 2 (test-double)", "worth 0 points"),
        ([solution(), graded(points=6)], "cell 2 (test-double)", "worth 6 points"),
        ([solution(), graded(points=True)], "cell 2 (test-double)", "worth True points"),
        ([solution(), graded(source=TEST.replace(', "double(-3)', '  # "'))], "cell 2", "line 3: an assertion without"),
        ([solution(), graded(source=TEST + '\nassert True, " "')], "cell 2", "line 5: an assertion without"),
        ([given(source="from seminar import mnist"), solution(), graded()], "cell 1 (imports)", "imports seminar"),
        ([code("own", "import seminar.cli as x"), solution(), graded()], "cell 1 (own)", "imports seminar"),
        ([code("own", "__import__('seminar')"), solution(), graded()], "cell 1 (own)", "imports seminar"),
        ([solution(), given(source="twice = double(1)"), graded()], "cell 2 (imports)", "uses 'double'"),
        (
            [solution(), given(source="def show():\n    return [double(i) for i in range(3)]"), graded()],
            "cell 2 (imports)",
            "uses 'double', which the student's cell 1 (double) defines",
        ),
        ([code("own", "helper = 3"), solution(), given(source="helper"), graded()], "cell 3", "uses 'helper'"),
        (
            [code("own", "weights = [1]"), solution(), given(source="weights = [2 * w for w in weights]"), graded()],
            "cell 3 (imports)",
            "uses 'weights', which the student's cell 1 (own) defines",
        ),
        (
            [code("manual", "helper = 3", grade=True, solution=True, points=1), given(source="helper")],
            "cell 2",
            "uses 'helper', which the student's cell 1 (manual) defines",
        ),
        (
            [code("own", "def six():\n    return 6"), solution(), graded(source=TEST.replace("== -6", "== -six()"))],
            "cell 3 (test-double)",
            "uses 'six' of cell 1 (own), which students may edit. Lock that cell (Read-only in the Create",
        ),
        (
            [given(source="six = 6"), code("own", "six = 7"), solution(), graded(source=TEST.replace("-6,", "-six,"))],
            "cell 4 (test-double)",
            "uses 'six' of cell 2 (own), which students may edit",
        ),
        (
            [solution(), graded(source=f"%%capture\n{TEST}")],
            "cell 2 (test-double)",
            "begins with %%capture, under which a failed assertion can be lost. Take that line out.",
        ),
        (
            [given(source="\n%%time\nimport math"), solution(), graded()],
            "cell 1 (imports)",
            "begins with %%time, under which its names are hidden from the rules",
        ),
        ([given(source="def ("), solution(), graded()], "cell 1 (imports)", "is not Python"),
        ([code("two", "x = 1", grade_id="two words")], "cell 1 (two words)", "is not of letters"),
        ([code("old", "x = 1", schema_version=1)], "cell 1 (old)", "of version 1"),
        ([code("half", "x = 1", schema_version=3.0)], "cell 1 (half)", "schema_version: 3.0 is not of type"),
        ([code("seven", "x = 1", grade_id=7)], "cell 1 (7)", "its grade id 7 is not of letters"),
        ([code("odd", "x = 1", locked="yes")], "cell 1 (odd)", "locked are neither true nor false"),
        ([answer("why", points="three")], "cell 1 (why)", "is worth 'three' points"),
        ([answer("why", points=-3)], "cell 1 (why)", "is worth -3 points"),
        ([answer("why", points=math.nan)], "cell 1 (why)", "is worth nan points"),
        ([answer("why", points=math.inf)], "cell 1 (why)", "is worth inf points"),
        ([code("given", "x = 1", points="three")], "cell 1 (given)", "points: 'three' is not of type 'number'"),
        ([code("given", "x = 1", points=-1)], "cell 1 (given)", "points: -1 is less than the minimum"),
        ([code("given", "x = 1", checksum="x")], "cell 1 (given)", "checksum: 'x' is too short"),
        ([code("given", "x = 1", cell_type="text")], "cell 1 (given)", "cell_type: 'text' is not one of"),
        ([code("given", "x = 1", extra=1)], "cell 1 (given)", "'extra' was unexpected"),
        ([code("do", "x = 1", task=True, points=1)], "cell 1 (do)", "is a task but no markdown"),
        ([task(locked=False)], "cell 1 (draw)", "is a task that students may edit"),
        ([task("=== BEGIN MARK SCHEME ===\ntwo for a spiral")], "cell 1 (draw)", "is never closed"),
        ([answer("why", source="=== BEGIN MARK SCHEME ===")], "cell 1 (why)", "has a mark scheme but is no task"),
        ([raw(solution=True)], "cell 1 (raw)", "is a raw cell"),
        ([raw(locked=True)], "cell 1 (raw)", "is a raw cell"),
        ([raw(grade=True)], "cell 1 (raw)", "is a raw cell"),
        ([answer("why", grade=False)], "cell 1 (why)", "nothing of it can be graded"),
        ([answer("why", solution=False)], "cell 1 (why)", "nothing of it can be graded"),
        ([answer("why", source="### BEGIN SOLUTION\nx")], "cell 1 (why)", "is never closed"),
        ([given(source="x = 1\nreturn x")], "cell 1 (imports)", "line 2 is not Python: 'return' outside function"),
        ([given(source="nonlocal x")], "cell 1 (imports)", "is not Python: nonlocal"),
        ([given(source="x = " + "-" * 20_000 + "1")], "cell 1 (imports)", "is not Python"),
        ([given(source="x = 1\0")], "cell 1 (imports)", "line 1 is not Python"),
        (
            [solution(), graded(source=f"if True:\n    {HIDES}")],
            "cell 2 (test-double)",
            "what students see of it is not Python",
        ),
        (
            [solution(), graded(source=TEST.replace("assert double(2)", "assert (await double(2))"))],
            "cell 2 (test-double)",
            "awaits something",
        ),
        (
            [solution(), graded(source=TEST + "\nassert [x async for x in double(2)], 'double(2)'")],
            "cell 2 (test-double)",
            "Test a function that is not async",
        ),
        (
            [solution(), graded(source="async def four():\n    return 4\n" + TEST)],
            "cell 2 (test-double)",
            "Test a function that is not async",
        ),
    ],
)
def test_a_broken_rule_is_named(path: Path, cells: list[NotebookNode], cell: str, message: str) -> None:
    for earlier, node in itertools.combinations(cells, 2):
        if earlier["id"] == node["id"]:  # grade ids may repeat here, cell ids may not
            node["id"] += "-again"
    found = findings(path, notebook(*cells))
    assert len(found) == 1, found
    assert str(path) in found[0]
    assert cell in found[0]
    assert message in found[0]


def test_a_name_that_a_given_cell_binds_is_its_own(path: Path) -> None:
    cells = [given(source="scale = 2"), code("own", "scale = 3"), solution(), given("more", "scale + 1"), graded()]
    assert findings(path, notebook(*cells)) == []


@pytest.mark.parametrize(
    "source",
    [
        "mine = [2 * m for m in mine]",
        "mine = [mine[i] for i in range(3)]",
        "mine = {m: f(m) for m in range(3) for f in mine}",
        "mine += [1]",
        "mine = mine.to('cpu')",
        "del mine",
        "import math\nif math.pi > 3:\n    mine = mine + [1]",
        "(mine := mine + [1])",
        "for mine in mine:\n    pass",
        "def show(value=mine):\n    return value\nmine = 3",
        "@mine\ndef mine(): pass",
        "class mine(mine): pass",
        "def show():\n    return mine",
    ],
)
def test_a_students_name_is_seen_also_where_the_cell_binds_it_after_that(path: Path, source: str) -> None:
    (found,) = findings(path, notebook(code("own", "mine = [1]"), solution(), given(source=source), graded()))
    assert "cell 3 (imports): uses 'mine', which the student's cell 1 (own) defines" in found


@pytest.mark.parametrize(
    "source",
    [
        "import mine\nx = mine.pi",
        "mine = 1\nx = mine\nmine += x",
        "def show():\n    return mine\n\ndef mine():\n    return show()",
        "show = lambda: mine\nmine = 1",
        "for mine in range(3):\n    print(mine)",
        "with open('x') as mine:\n    mine.read()",
        "if (mine := 3) > 2:\n    print(mine)",
        "x = [mine for mine in range(3)]",
        "try:\n    import mine\nexcept ImportError:\n    mine = None\nprint(mine)",
        "class Model:\n    mine = 3\n    twice = 2 * mine",
        "def show(mine):\n    return mine",
        "if len('x'):\n    mine = 1\nelse:\n    mine = 2\nx = mine",
        "match [1, 2]:\n    case [mine, _] if mine > 0:\n        print(mine)",
        "import asyncio\nmine = await asyncio.sleep(0)\nx = mine",
        "x is 1 if (x := 3) else 0\nx.mine",
    ],
)
def test_what_a_given_cell_binds_before_it_uses_it_is_its_own(path: Path, source: str) -> None:
    assert findings(path, notebook(code("own", "mine = [1]"), solution(), given(source=source), graded())) == []


def test_what_a_given_cell_has_bound_is_its_own_in_those_below(path: Path) -> None:
    cells = [code("own", "x = 1"), solution(), given(source="x = 2"), given("more", "x = x + 1"), graded()]
    assert findings(path, notebook(*cells)) == []


@pytest.mark.parametrize(
    "source",
    [
        "mine = mine + [1]",
        "assert mine == double(1), 'double(1)'",
        "def expected():\n    return mine",
        "for mine in mine:\n    pass",
        "mine = [mine[i] for i in range(1)]",
    ],
)
def test_a_test_takes_nothing_of_an_ordinary_cell(path: Path, source: str) -> None:
    (found,) = findings(path, notebook(code("own", "mine = [1]"), solution(), graded(source=f"{source}\n{TEST}")))
    assert "cell 3 (test-double): uses 'mine' of cell 1 (own), which students may edit." in found


@pytest.mark.parametrize(
    "source",
    [
        "mine = 1\nassert mine == 1, 'mine'",
        "for mine in range(3):\n    assert double(mine) == 2 * mine, 'double'",
        "def expected(mine):\n    return 2 * mine",
        "def expected():\n    return mine\n\n\nmine = 3",
        "assert [mine for mine in range(3)], 'a list'",
        "assert double.mine, 'an attribute'",
    ],
)
def test_what_a_test_binds_before_it_uses_it_is_its_own(path: Path, source: str) -> None:
    assert findings(path, notebook(code("own", "mine = [1]"), solution(), graded(source=f"{source}\n{TEST}"))) == []


@pytest.mark.parametrize(
    "between",
    [
        given("more", "mine = [2]"),
        solution("mine", "### BEGIN SOLUTION\nmine = [2]\n### END SOLUTION"),
        graded("test-mine", f"mine = [2]\n{TEST}"),
        code("mine", "mine = [2]", grade=True, solution=True, points=1),
    ],
    ids=["given", "solution", "test", "manual"],
)
def test_a_test_may_use_what_another_cell_has_defined_after_an_ordinary_one(path: Path, between: NotebookNode) -> None:
    cells = [code("own", "mine = [1]"), solution(), between, graded(source=f"len(mine)\n{TEST}")]
    assert findings(path, notebook(*cells)) == []


def test_a_test_may_use_an_answer_that_an_ordinary_cell_has_changed(path: Path) -> None:
    answered = solution("mine", "### BEGIN SOLUTION\nmine = [2]\n### END SOLUTION")
    cells = [answered, code("own", "mine = mine * 2"), solution(), graded(source=f"len(mine)\n{TEST}")]
    assert findings(path, notebook(*cells)) == []


def test_magics_are_no_syntax_errors(path: Path) -> None:
    cells = [code("own", "%matplotlib inline\n!ls\nx = 1"), solution(), graded()]
    assert findings(path, notebook(*cells)) == []


def test_what_python_warns_of_is_no_syntax_error_and_prints_nothing(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        assert findings(path, notebook(given(source="x = 1\nx is 1"), solution(), graded())) == []


def test_a_text_answer_is_graded_by_a_person(path: Path) -> None:
    assert findings(path, notebook(answer("why"))) == []


def test_ids_that_are_missing_or_double_and_half_characters_are_refused(path: Path) -> None:
    spoils: dict[str, Callable[[Any], object]] = {
        "cell 2 has no id": lambda cells: cells[1].pop("id"),
        "cell 3 has the id of cell 2": lambda cells: cells[2].update(id=cells[1]["id"]),
        "is not Python": lambda cells: cells[1].update(source="x = '\ud800'"),
        "cell 1 (title): holds half of a character": lambda cells: cells[0].update(source="\ud800"),
        "cell 2 (imports): holds half of a character": lambda cells: cells[1]["metadata"].update(tags=["\udfff"]),
    }
    for told, spoil in spoils.items():
        made = json.loads(json.dumps(notebook()))
        spoil(made["cells"])
        path.write_text(json.dumps(made))
        (found,) = lint(path)
        assert told in str(found)


def test_a_byte_order_mark_is_refused(path: Path) -> None:
    write(notebook(), path)
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    (found,) = lint(path)
    assert str(found).startswith(f"{path}: begins with a byte order mark, on which nbgrader fails.")


def test_outputs_are_refused(path: Path) -> None:
    made = notebook()
    made.cells[1].outputs = [new_output("stream", text="42")]
    (found,) = findings(path, made)
    assert "cell 2 (imports): holds an output" in found


@pytest.mark.parametrize("kernel", [None, {"display_name": "none", "name": ""}])
def test_a_missing_kernel_is_refused(path: Path, kernel: object) -> None:
    made = notebook()
    del made.metadata["kernelspec"]
    if kernel:
        made.metadata["kernelspec"] = kernel
    (found,) = findings(path, made)
    assert f"{path}: the metadata name no kernel" in found


def test_half_a_character_in_the_metadata_is_refused(path: Path) -> None:
    made = json.loads(json.dumps(notebook()))
    made["metadata"]["title"] = "\ud800"
    path.write_text(json.dumps(made))
    (found,) = lint(path)
    assert "the metadata's text holds half of a character" in str(found)


def test_a_whole_character_outside_the_basic_plane_is_none_of_its_halves(path: Path) -> None:
    made = json.loads(json.dumps(notebook()))
    made["cells"][0]["source"] = "\N{FIRE}"
    path.write_text(json.dumps(made))  # as a pair of surrogates
    assert lint(path) == []


def test_another_language_is_refused(path: Path) -> None:
    made = notebook()
    made.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    (found,) = findings(path, made)
    assert "the kernel 'ir' is not Python's" in found


def test_incomplete_metadata_are_refused(path: Path) -> None:
    made = notebook()
    del made.cells[1].metadata["nbgrader"]["solution"]
    (found,) = findings(path, made)
    assert "cell 2 (imports): its nbgrader metadata lack solution" in found


def test_a_notebook_without_cell_ids_is_refused(path: Path) -> None:
    made = notebook()
    made.nbformat_minor = 4
    for node in made.cells:
        del node["id"]
    (found,) = findings(path, made)
    assert "has no cell ids" in found


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"nbformat": 4, "nbformat_minor": 5, "cells": [{}]}'])
def test_an_unreadable_notebook_is_a_finding(path: Path, text: str) -> None:
    path.write_text(text)
    (found,) = lint(path)
    assert str(found).startswith(f"{path}: ")
