"""`seminar check`: what a student is told about a notebook, by real kernels."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result
from hypothesis import given as given_by
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.utils import compute_checksum

from seminar import check
from seminar.cli import main
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read, write
from seminar.errors import NotebookError
from tests.exercises.harness import ROOT, TOPICS
from tests.making import answer, code, given, graded, hear_ctrl_c, notebook, solution
from tests.room.inside import becomes_true

RIGHT = "def double(x):\n    return 2 * x"
STUB = 'def double(x):\n    """Twice x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
TEST = 'assert double(2) == 4, f"double(2): got {double(2)}, expected 4"'


def heading(text: str) -> NotebookNode:
    cell: NotebookNode = new_markdown_cell(text)
    return cell


def exercise(answer: str, test: str = TEST, name: str = "double") -> list[NotebookNode]:
    return [solution(name, answer), graded(f"test-{name}", test)]


def saved(folder: Path, *cells: NotebookNode) -> Path:
    path = folder / "doubling.ipynb"
    write(notebook(*cells), path)
    return path


def seminar_check(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["check", str(path), *options], catch_exceptions=False)


def told(path: Path, timeout: float = 60) -> list[str]:
    """What is told of a notebook's exercises."""
    return [str(result) for result in check.check(path, check.load(path), timeout)]


def test_each_exercise_is_told_and_the_file_stays_as_it_was(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        given(),
        heading("## 1. Doubling\n\n```python\n# not a heading\n```"),
        *exercise(RIGHT),
        heading("## 2. Halving #"),
        *exercise("def half(x):\n    return x", 'assert half(4) == 2, f"half(4): got {half(4)},\\nexpected 2"', "half"),
        heading("## 3. Tripling"),
        *exercise(STUB.replace("double", "triple"), "assert triple(1) == 3", "triple"),
    )
    before = path.read_bytes()
    result = seminar_check(path)
    assert result.exit_code == 1
    assert [line for line in result.output.splitlines() if line] == [
        str(path),
        "passed            1. Doubling",
        "failed            2. Halving",
        "    cell 7 (test-half): half(4): got 4,",
        "    expected 2",
        "not answered yet  3. Tripling",
        "    cell 9 (triple): raise NotImplementedError() is still in it.",
        "1 of 3 exercises pass their visible tests. The points hang on hidden tests too.",
    ]
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_the_status_is_0_when_all_visible_tests_pass(tmp_path: Path) -> None:
    result = seminar_check(saved(tmp_path, given(), *exercise(RIGHT)))
    assert (result.exit_code, result.output.splitlines()[1]) == (0, "passed            test-double")


def test_exercises_below_one_heading_are_told_apart(tmp_path: Path) -> None:
    path = saved(tmp_path, heading("# Doubling"), *exercise(RIGHT), *exercise(RIGHT, name="again"))
    assert told(path) == ["passed            Doubling: test-double", "passed            Doubling: test-again"]


def test_an_error_is_told_with_the_students_line(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        solution(source="def double(x):\n    y = x + x\n    return y / 0"),
        code("empty", " "),  # IPython gives it no number
        graded(source=TEST),
        *exercise("def oops(:\n    pass", "assert oops", "oops"),
        *exercise("import nothing_of_this_name\nhalf = None", "half", "half"),
        *exercise("bare = 3", "assert bare == 4", "bare"),
    )
    assert told(path) == [
        "failed            test-double\n"
        "    cell 3 (test-double): ZeroDivisionError: division by zero (cell 1 (double), line 3: return y / 0)",
        "failed            test-oops\n"
        "    cell 4 (oops): SyntaxError: invalid syntax (line 1: def oops(:)\n"
        "    cell 5 (test-oops): NameError: name 'oops' is not defined (line 1: assert oops)",
        "failed            test-half\n"
        "    cell 6 (half): ModuleNotFoundError: No module named 'nothing_of_this_name' "
        f"(line 1: import nothing_of_this_name){check.ADVICE}\n"
        "    cell 7 (test-half): NameError: name 'half' is not defined (line 1: half)",
        "failed            test-bare\n    cell 9 (test-bare): AssertionError (line 1: assert bare == 4)",
    ]


def test_a_line_is_counted_as_python_counts(tmp_path: Path) -> None:
    answer = "x = '\N{LINE SEPARATOR}'\n\f\ny = '\x1b[2J' + 1"
    (result,) = told(saved(tmp_path, *exercise(answer, "assert y", "y")))
    assert "(line 3: y = '' + 1)" in result


def test_a_test_that_was_emptied_has_not_passed(tmp_path: Path) -> None:
    path = saved(tmp_path, *exercise(RIGHT, ""), *exercise(RIGHT, " # assert again(2) == 4\n", "again"))
    result = seminar_check(path)
    assert result.exit_code == 1
    assert [line for line in result.output.splitlines() if line][1:] == [
        "not run           test-double",
        "    cell 2 (test-double): this test is empty: take it from the notebook as it was handed out.",
        "not run           test-again",
        "    cell 4 (test-again): this test is empty: take it from the notebook as it was handed out.",
        "0 of 2 exercises pass their visible tests. The points hang on hidden tests too.",
    ]


def with_checksum(test: NotebookNode) -> NotebookNode:
    """A test as it is handed out."""
    test.metadata["nbgrader"]["checksum"] = compute_checksum(test)
    return test


def test_a_test_that_was_changed_is_told_besides_its_result(tmp_path: Path) -> None:
    as_released, other = with_checksum(graded(source=TEST)), with_checksum(graded("test-other", TEST, points=2.5))
    weaker = with_checksum(graded("test-weaker", TEST))
    weaker.source = "assert double"
    worth_nothing = with_checksum(graded("test-nothing", TEST))
    worth_nothing.metadata["nbgrader"]["points"] = "none"
    unanswered = with_checksum(graded("test-triple", TEST))
    unanswered.source = "assert True"
    path = saved(
        tmp_path,
        solution(source=RIGHT),
        *(as_released, other, weaker, worth_nothing),
        *(solution("triple", STUB.replace("double", "triple")), unanswered),
    )
    changed = "this test was changed: the instructor's counts when it is graded."
    assert told(path) == [
        "passed            test-double",
        "passed            test-other",
        f"passed            test-weaker\n    cell 4 (test-weaker): {changed}",
        f"passed            test-nothing\n    cell 5 (test-nothing): {changed}",
        "not answered yet  test-triple\n    cell 6 (triple): raise NotImplementedError() is still in it.\n"
        f"    cell 7 (test-triple): {changed}",
    ]


def test_a_test_that_was_lost_is_told(tmp_path: Path) -> None:
    made_text = with_checksum(graded("test-text", TEST))
    made_text = new_markdown_cell(made_text.source, metadata=made_text.metadata)
    split, rest = with_checksum(graded(source=f"{TEST}\nassert double")), graded(source="assert double")
    split.source, rest["id"] = TEST, "rest"
    path = saved(
        tmp_path, solution("text", RIGHT), made_text, solution(source=RIGHT), split, rest, solution("x", RIGHT)
    )
    result = seminar_check(path)
    assert result.exit_code == 1
    assert [line for line in result.output.splitlines() if line][1:] == [
        "not run           test-text",
        "    cell 2 (test-text): this test was made text, and does not run: make it code again.",
        "passed            test-double: test-double",
        "    cell 4 (test-double): this test was changed: the instructor's counts when it is graded.",
        "not run           x",
        "    cell 5 (test-double): a second cell with this grade id: it does not count.",
        "    cell 6 (x): no test of it comes after it. Was one deleted? It is there when this is graded.",
        "1 of 3 exercises pass their visible tests. The points hang on hidden tests too.",
    ]


def test_a_test_that_was_deleted_between_others_is_told(tmp_path: Path) -> None:
    shown = code("shown", "print(double(2))")  # the drawing that goes with the exercise
    triple = exercise("def triple(x):\n    return 3 * x", "assert triple(1) == 3", "triple")
    result = seminar_check(saved(tmp_path, solution(source=RIGHT), shown, *triple))
    assert result.exit_code == 1
    assert [line for line in result.output.splitlines() if line][1:] == [
        "not run           double",
        "    cell 1 (double): no test of it comes after it. Was one deleted? It is there when this is graded.",
        "passed            test-triple",
        "1 of 2 exercises pass their visible tests. The points hang on hidden tests too.",
    ]


@pytest.mark.parametrize(
    "between",
    [
        [solution("twice", "def twice(x):\n    return double(double(x))"), graded(source="assert twice(1) == 4")],
        [solution("twice", "twice = 2"), graded(source="assert double(twice) == 4")],
        [code("used", "y = double(2)"), solution("twice", "twice = y"), graded(source="assert twice == 4")],
        [graded(source=TEST), graded("second", TEST)],
        [answer("why", "Since it is so.")],
    ],
)
def test_solutions_that_one_test_is_of_have_lost_none(tmp_path: Path, between: list[NotebookNode]) -> None:
    path = saved(tmp_path, solution(source=RIGHT), *between, *exercise("half = 2", "assert half == 2", "half"))
    assert seminar_check(path).exit_code == 0


@pytest.mark.parametrize("topic", TOPICS)
def test_each_test_that_is_deleted_is_missed(topic: str) -> None:
    """Where what it tests is not needed further down, and where its exercise is the last."""
    notebook = read(ROOT / "release" / topic / f"{topic}.ipynb")
    assert check._without_tests(notebook) == set()
    missed = 0
    for cell in cells(notebook):
        if cell.role is Role.TEST:
            without = notebook.copy()
            without.cells = [node for node in notebook.cells if node is not cell.node]
            missed += len(check._without_tests(without))
    assert missed >= sum(cell.role is Role.TEST for cell in cells(notebook)) / 2


def test_a_test_that_is_hidden_as_a_whole_is_nobodys_fault(tmp_path: Path) -> None:
    result = seminar_check(saved(tmp_path, *exercise(RIGHT), with_checksum(graded("test-hidden", ""))))
    assert result.exit_code == 0
    assert "no test           test-hidden\n    cell 3 (test-hidden): all of this test is hidden" in result.output
    assert "1 of 1 exercises pass" in result.output


@pytest.mark.parametrize("topic", TOPICS)
def test_the_tests_that_are_handed_out_are_as_released(topic: str) -> None:
    released = cells(read(ROOT / "release" / topic / f"{topic}.ipynb"))
    assert {check._is_as_released(cell) for cell in released if cell.role is Role.TEST} == {True}


def test_an_exercise_is_not_answered_while_the_stub_is_in_it(tmp_path: Path) -> None:
    path = saved(tmp_path, *exercise(STUB, "assert callable(double)"))
    assert told(path) == [
        "not answered yet  test-double\n    cell 1 (double): raise NotImplementedError() is still in it."
    ]


def test_what_a_person_grades_is_told_by_itself(tmp_path: Path) -> None:
    plot = code("plot", "plot = 1", grade=True, solution=True, locked=False, points=3)
    other = code("plot-2", STUB, grade=True, solution=True, locked=False, points=3)
    why = answer("why", "YOUR ANSWER HERE")
    path = saved(
        tmp_path, heading("## Twice"), *exercise(RIGHT), heading("## Plots"), plot, other, heading("## Why"), why
    )
    assert told(path) == [
        "passed            Twice",
        "by hand           Plots: plot",
        "by hand           Plots: plot-2\n    cell 6 (plot-2): raise NotImplementedError() is still in it.",
        "by hand           Why\n    cell 8 (why): YOUR ANSWER HERE is still in it.",
    ]
    done = seminar_check(path)
    assert done.exit_code == 0
    assert "1 of 1 exercises pass their visible tests." in done.output
    assert "3 more are graded by a person." in done.output


def test_what_only_a_test_defines_is_told_where_it_is_used(tmp_path: Path) -> None:
    """A right answer that has no points when it is graded: there, tests run in a process of their own."""
    test = "import math\nvalue = 4\nassert double(2) == value, 'double(2): expected 4'"
    area = exercise("value = 1\ndef area(r):\n    return math.pi * r**2 + 0 * value", "assert area(0) == 0", "area")
    path = saved(tmp_path, given("imports", "import os"), *exercise(RIGHT, test), *area)
    used = "cell 4 (area): uses math, which only cell 3 (test-double) defines: that is not there when it is graded."
    cure = "Define it in a cell of your own too."
    assert told(path) == ["passed            test-double", f"passed            test-area\n    {used} {cure}"]


def test_errors_elsewhere_are_told_and_cost_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path, solution(source=RIGHT), code("plot", "1 / 0"), graded(source=TEST), code("own", "{}['a']"))
    assert seminar_check(path).exit_code == 0
    assert told(path) == [
        "passed            test-double\n    cell 2 (plot): ZeroDivisionError: division by zero (line 1: 1 / 0)",
        "no test           after the last test\n    cell 4 (own): KeyError: 'a' (line 1: {}['a'])",
    ]


def test_the_kernel_is_a_plain_one_in_the_notebooks_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "beside.txt").write_text("here")
    monkeypatch.chdir("/")
    loaded = "import sys\nassert not [name for name in sys.modules if name.split('.')[0] in ('seminar', 'nbgrader')]"
    path = saved(tmp_path, *exercise("text = open('beside.txt').read()", f"assert text == 'here'\n{loaded}"))
    assert told(path) == ["passed            test-double"]


def test_a_flood_of_output_harms_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path, *exercise(f"for _ in range(20000):\n    print('x' * 1000)\n{RIGHT}"))
    assert told(path) == ["passed            test-double"]


def test_what_would_steer_a_terminal_is_not_shown(tmp_path: Path) -> None:
    path = saved(tmp_path, *exercise(RIGHT, 'assert False, "\\x1b[2Jred \\x07" + "x" * 10000'))
    (result,) = told(path)
    assert "\x1b" not in result and "\x07" not in result
    assert ": red xxx" in result and len(result) < 3000


def test_names_do_not_steer_a_terminal_either(tmp_path: Path) -> None:
    path = saved(tmp_path, heading("## \x1b[2JDoubling"), *exercise("1 / 0", name="double"), *exercise(RIGHT, name="a"))
    made = read(path)
    made.cells[1].metadata.nbgrader.grade_id = made.cells[4].metadata.nbgrader.grade_id = "\x1b[2Jred"
    write(made, path)
    results = told(path)
    assert "\x1b" not in "".join(results)
    assert results[0].startswith("failed            Doubling: test-double\n    cell 2 (\\x1b[2Jred): ZeroDiv")


def test_a_tag_skips_no_test(tmp_path: Path) -> None:
    cells = exercise("def double(x):\n    return 0")
    cells[1].metadata["tags"] = ["skip-execution", "raises-exception"]
    assert told(saved(tmp_path, *cells))[0].startswith("failed")


def test_an_endless_loop_is_stopped_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = saved(tmp_path, *exercise("while True: pass"), *exercise(RIGHT, name="again"))
    result = seminar_check(path, "--timeout", "1")
    assert result.exit_code == 1
    assert result.output.splitlines()[1:4] == [
        "failed            test-double",
        "    cell 1 (double): stopped after 1 s. (--timeout SECONDS gives it more.)",
        "    cell 2 (test-double): NameError: name 'double' is not defined "
        '(line 1: assert double(2) == 4, f"double(2): got {double(2)}, expected 4")',
    ]
    assert "passed            test-again" in result.output


def test_a_loop_that_is_deaf_ends_with_its_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "PATIENCE", 1.0)
    deaf = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    first, second = told(saved(tmp_path, *exercise(RIGHT, deaf), *exercise(RIGHT, name="again")), timeout=1)
    assert first.startswith("failed ") and "It did not let itself be interrupted, so the kernel was ended" in first
    assert second == "not run           test-again"


def test_a_kernel_that_dies_is_told_where_it_died(tmp_path: Path) -> None:
    path = saved(
        tmp_path, *exercise(RIGHT), *exercise("import os\nos._exit(1)", name="dies"), *exercise(RIGHT, name="last")
    )
    assert told(path) == [
        "passed            test-double",
        "not run           test-dies\n    cell 3 (dies): the kernel died here "
        "(out of memory, or a crash in compiled code), and the cells below did not run.",
        "not run           test-last",
    ]


def test_a_slow_cell_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "SLOW", 0.0)
    assert "    cell 1 (double): took 0 s." in told(saved(tmp_path, *exercise(RIGHT)))[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty. Save it again from Jupyter"),
        ("print('hello')", "is not a notebook: it is not JSON"),
        ('{"a": 1}', "is not a valid notebook: "),
        (json.dumps(notebook(code("own", "1"))), "has no test cell, so there is nothing to check. Take a notebook as"),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "has no cells, so there is nothing to"),
    ],
)
def test_what_cannot_be_checked_is_told_with_the_cure(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "doubling.ipynb"
    path.write_text(text)
    result = seminar_check(path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {path}: ") and message in result.stderr


def test_one_that_cannot_be_checked_stops_no_other(tmp_path: Path) -> None:
    good = saved(tmp_path, *exercise(RIGHT))
    result = seminar_check(tmp_path / "absent.ipynb", str(good))
    assert result.exit_code == 1
    assert "absent.ipynb: cannot be read (No such file or directory)" in result.stderr
    assert "1 of 1 exercises" in result.stdout


def in_kernel(folder: Path, name: str) -> Path:
    """A right notebook that names a kernel."""
    made = notebook(*exercise(RIGHT))
    made.metadata.kernelspec.name = name
    path = folder / "doubling.ipynb"
    write(made, path)
    return path


def test_a_kernel_of_python_that_is_not_installed_gives_way_to_python3(tmp_path: Path) -> None:
    result = seminar_check(in_kernel(tmp_path, "conda-env-mine"))
    assert result.exit_code == 0
    assert "names the kernel 'conda-env-mine', which is not here: it runs with python3." in result.stdout


def test_a_kernel_that_is_not_installed_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = in_kernel(tmp_path, "ir")
    made = read(path)
    made.metadata.kernelspec.language = "R"
    write(made, path)
    result = seminar_check(path)
    assert result.exit_code == 1
    assert f"error: {path}: names the kernel 'ir', which is not installed here (installed: " in result.stderr
    assert "python3" in result.stderr and "Kernel > Change Kernel" in result.stderr


def test_a_notebook_without_a_kernel_runs_in_python3(tmp_path: Path) -> None:
    made = notebook(*exercise(RIGHT))
    del made.metadata["kernelspec"]
    path = tmp_path / "doubling.ipynb"
    write(made, path)
    assert told(path) == ["passed            test-double"]


def test_a_kernel_that_does_not_start_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "kernels" / "bare"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-c", "import sys; sys.exit('No module named ipykernel')", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "bare", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    path = in_kernel(tmp_path, "bare")
    with pytest.raises(NotebookError, match="its kernel 'bare' does not start: No module named ipykernel"):
        told(path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"argv": 3}', '{"argv": [3]}'])
def test_a_kernel_whose_file_is_damaged_is_told_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    spec = tmp_path / "kernels" / "bare" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(text)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    path = in_kernel(tmp_path, "bare")
    result = seminar_check(path)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {spec}: cannot be used as the kernel 'bare' (")
    assert "python -m ipykernel install --user --name bare" in result.stderr


def test_no_process_stays_after_ctrl_c(tmp_path: Path) -> None:
    path = saved(tmp_path, *exercise("open('begun', 'w')\nwhile True: pass"))
    command = [sys.executable, "-m", "seminar", "check", str(path)]
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=hear_ctrl_c)
    assert becomes_true(lambda: (tmp_path / "begun").exists(), seconds=60)
    children = process.children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 1
    assert becomes_true(lambda: not any(child.is_running() for child in children))


def test_it_needs_no_course_and_does_not_import_nbgrader(tmp_path: Path) -> None:
    path = saved(tmp_path, *exercise(RIGHT))
    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom seminar.cli import main\n"
        f"result = CliRunner().invoke(main, ['check', {path.name!r}])\n"
        "assert result.exit_code == 0, result.output\n"
        "assert not {'nbgrader', 'torch', 'nbclient', 'nbconvert'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)


@given_by(st.text(max_size=200))
def test_any_text_is_told_plainly(text: str) -> None:
    shown = check._plain(text)
    assert all(letter.isprintable() or letter in "\n\t" or ord(letter) >= 0xA0 for letter in shown)
    assert check._plain(shown) == shown
