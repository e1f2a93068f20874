"""What a test sets for all code that runs is told to the candidate: once, and only if a test has set it."""

from __future__ import annotations

import builtins
import contextlib
import io
import random
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from seminar.examiner.around import PATCHES, SEEDING, Around
from seminar.room.files import Files as Written
from seminar.room.surroundings import as_in_the_test
from seminar.wire.messages import News
from seminar.wire.randomness import same, set_state, state_of
from seminar.wire.references import Public
from tests.examiner.candidates import named, served


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Iterator[Around]:
    for _, module, name in SEEDING:
        monkeypatch.setattr(module, name, getattr(module, name))  # put back at the end
    for name in ("mkdtemp", "NamedTemporaryFile"):
        monkeypatch.setattr(tempfile, name, getattr(tempfile, name))
    with torch.random.fork_rng():
        yield Around()


def builtin(module: str, name: str) -> Any:
    """The type of an exception."""
    return getattr(builtins, name, None) if module == "builtins" else None


def test_nothing_is_told_where_nothing_was_set(around: Around) -> None:
    torch.rand(3)
    random.random()
    np.random.rand()
    assert around.changes() == {}


def test_settings_are_told_as_long_as_they_differ(around: Around) -> None:
    with torch.no_grad():
        assert around.changes() == {"grad": False}
        around.begin()  # a test within: that is how things are
        assert around.changes() == {}
    assert around.changes() == {"grad": True}
    around.begin()
    with torch.device("meta"), torch.inference_mode():
        assert around.changes() == {"device": "meta", "grad": False, "inference": True}
    assert around.changes() == {}


@pytest.mark.parametrize(
    ("source", "seed", "draw"),
    [
        ("torch", lambda: torch.manual_seed(5), lambda: torch.rand(1).item()),
        ("torch", lambda: torch.random.manual_seed(5), lambda: torch.rand(1).item()),
        ("numpy", lambda: np.random.seed(5), np.random.rand),
        ("random", lambda: random.seed(5), random.random),
    ],
)
def test_a_seed_is_told_once_and_again_when_it_is_set_again(
    around: Around, source: str, seed: object, draw: object
) -> None:
    assert callable(seed)
    assert callable(draw)
    seed()
    told = around.changes()
    assert told["seeds"].keys() == {source}
    watched = {"gives seeds": [source]}  # what the submission draws from now on, the test does not
    assert told == {"seeds": told["seeds"]} | watched
    first = draw()
    assert around.changes().keys() == {"seeds", "gives seeds"}  # the test has drawn: the candidate goes on from there
    assert around.changes() == watched
    seed()
    again = around.changes()
    draw()
    with as_in_the_test(cast(News, again)):
        assert draw() == first
    around.begin()
    assert around.changes() == {}


def test_files_that_a_request_names_are_told_when_the_test_has_made_them(around: Around, tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    target = folder / "saved.pt"
    assert around.changes([str(target)]) == {"files": [[str(folder), None]]}
    assert around.changes((target, "cpu", 3)) == {}
    (folder / "deep").mkdir()
    (folder / "deep" / "a.csv").write_bytes(b"1,2")
    assert around.changes() == {}
    told = around.changes([[("x", folder)]])
    assert told == {"files": [[str(folder / "deep"), None], [str(folder / "deep" / "a.csv"), b"1,2"]]}
    shutil.rmtree(folder / "deep")
    Written().write(told["files"])
    assert (folder / "deep" / "a.csv").read_bytes() == b"1,2"
    (folder / "deep" / "a.csv").write_bytes(b"3,4")
    assert around.changes([folder / "deep" / "a.csv"]) == {"files": [[str(folder / "deep" / "a.csv"), b"3,4"]]}
    with tempfile.NamedTemporaryFile(dir=tmp_path) as file:
        file.write(b"x")
        file.flush()
        assert around.changes([file.name]) == {"files": [[file.name, b"x"]]}
    Written().write([["/proc/nothing/can/be/here", None], ["/proc/nor/here", b"x"]])  # and nothing is said


def test_files_of_others_are_not_told(around: Around, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "instructors.csv").write_text("1")
    (tmp_path / "hidden.txt").write_text("secret")
    monkeypatch.chdir(tmp_path / "course")
    around = Around()
    (tmp_path / "course" / "link").symlink_to(tmp_path / "hidden.txt")
    for name in (
        "instructors.csv",
        "../hidden.txt",
        str(tmp_path / "hidden.txt"),
        "link",
        "/etc/hostname",
        "",
        "\0",
        "x" * 5000,
        "the quick brown fox " * 20,
        "x" * 300 + "/y",
    ):
        assert around.changes([name, Path("course")]) == {}
    Path("new.csv").write_text("2")
    assert around.changes(["new.csv"]) == {"files": [["new.csv", b"2"]]}


def test_random_numbers_come_back_where_the_test_is_about_them(around: Around) -> None:
    source = "import torch\ndef set_seed(n): torch.manual_seed(n)\ndef draw(): return torch.rand(1).item()"
    with served(source) as (candidate, _):
        candidate._around = around
        set_seed, draw = named(candidate, "set_seed"), named(candidate, "draw")
        around.begin("set_seed(1)\nassert torch.rand(1) == 3")
        states = []
        for seed in (1, 1, 1, 2):
            set_seed(seed)
            states.append(torch.rand(1).item())
        assert states[0] == states[1] == states[2] != states[3]
        around.begin("torch.manual_seed(1)")
        assert around._gives_seeds is False
        around.begin("set_seed(1)")
        for lie in ({"torch": "x"}, {"torch": torch.ones(3)}, {"numpy": {}, "random": [1, 2]}, {"other": 1}, "x", None):
            around.take({"seeds": lie}, builtin)
        assert isinstance(draw(), float)


def test_what_is_written_comes_to_a_test_that_waits_for_it_and_to_no_other(around: Around) -> None:
    told = {"written": [["stdout", "hello"], ["stderr", "oh"], ["__dict__", "x"], ["stdout", 3], "stdout", 4]}
    with contextlib.redirect_stdout(io.StringIO()) as other:
        around.begin()
        with contextlib.redirect_stdout(io.StringIO()) as out:
            assert around.changes() == {"streams": ["stdout"]}
            around.take(told, builtin)
        around.take(told, builtin)
        around.take({"written": 3}, builtin)
        around.take({"written": {}}, builtin)
    assert (out.getvalue(), other.getvalue()) == ("hello", "")


def test_warnings_come_to_a_test_that_is_about_them_and_to_no_other(around: Around) -> None:
    told = {"warned": [["builtins", "UserWarning", "mind"], ["builtins", "ValueError", "no"], ["os", "x", "y"], [1], 2]}
    around.begin("with warnings.catch_warnings(record=True): f()")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert around.changes()["filters"][0] == ["always", None, "builtins", "Warning", None, 0]
        around.take(told, builtin)
        around.take({"warned": 3}, builtin)
        around.begin("f()")
        assert around.changes() == {}
        around.take(told, builtin)
    assert [(each.category, str(each.message)) for each in caught] == [(UserWarning, "mind")]


@pytest.mark.parametrize(
    ("source", "seed", "draw"),
    [
        ("torch", lambda: torch.manual_seed(77), lambda: torch.rand(1).item()),
        ("numpy", lambda: np.random.seed(77), np.random.rand),
        ("random", lambda: random.seed(77), random.random),
    ],
)
def test_what_the_submission_draws_after_a_seed_the_test_does_not(
    around: Around, source: str, seed: object, draw: object
) -> None:
    assert callable(seed)
    assert callable(draw)
    state_before = state_of(source)
    draw()
    state = state_of(source)
    set_state(source, state_before)
    around.take({"seeds": {source: state}}, builtin)  # the test has seeded nothing
    assert same(state_of(source), state_before)
    seed()
    around.changes()
    draw()
    expected = draw()
    seed()
    around.changes()
    draw()
    drawn = state_of(source)
    seed()
    around.changes()
    around.take({"seeds": {source: state}}, builtin)  # another seed, or one before
    assert same(state_of(source), around._sent[source])
    around.take({"seeds": {source: drawn}}, builtin)
    assert draw() == expected


def test_settings_hold_where_the_submissions_code_runs(around: Around, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
import os, numpy as np, torch
def variable(): return os.environ.get("A_TEST_SET_THIS")
def half(x): return (x @ x).dtype
def logarithm(): return float(np.log(np.zeros(1))[0])
"""
    with served(source) as (candidate, _):
        candidate._around = around
        variable, half, logarithm = (named(candidate, name) for name in ("variable", "half", "logarithm"))
        around.begin("os.environ['A_TEST_SET_THIS'] = '1'")
        monkeypatch.setenv("A_TEST_SET_THIS", "1")
        assert around.changes()["environment"] == {"A_TEST_SET_THIS": "1"}
        assert variable() == "1"
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert half(torch.ones(2, 2)) == torch.bfloat16
        assert half(torch.ones(2, 2)) == torch.float32
        with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
            logarithm()


def test_functions_in_the_place_of_a_librarys_are_told_as_long_as_they_are(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patches:
        patches.setattr(torch, "softmax", print)
        assert around.patched() == []  # nothing in the test's source hints at it
    around.begin("mock")
    with monkeypatch.context() as patches:
        patches.setattr(torch, "softmax", print)
        patches.setattr(torch.Tensor, "softmax", len)
        patches.setattr(np.linalg, "inv", repr)
        patches.setattr(torch, "pi", 3)  # that is no function
        assert around.patched() == [
            (Public("torch", ""), "softmax", print),
            (Public("torch", "Tensor"), "softmax", len),
            (Public("numpy.linalg", ""), "inv", repr),
        ]
    assert around.patched() == []


def test_they_are_in_their_place_where_the_submissions_code_runs_and_nowhere_else(around: Around) -> None:
    with served("import torch\ndef largest(x): return x.softmax(0)[0] + torch.softmax(x, 0)[0]") as (
        candidate,
        _,
    ):
        candidate._around = around
        seen: list[Any] = []

        def spy(*given: Any) -> Any:
            seen.append(torch.softmax is here)
            return softmax(*given)

        softmax, here = torch.nn.functional.softmax, spy
        largest = named(candidate, "largest")
        around.begin("mock")
        with pytest.MonkeyPatch.context() as patches:
            patches.setattr(around, "patched", lambda: [(Public("torch", ""), "softmax", spy)])
            assert largest(torch.zeros(2)) == 1
        assert seen == [False]  # the candidate is a thread here: while it asks, all is as it was
        assert largest(torch.zeros(2)) == 1
        assert len(seen) == 1


@pytest.mark.parametrize(
    ("source", "does"),
    [
        ("with mock.patch('torch.softmax'): f(1)", True),
        ("torch.softmax = forbidden\nf(1)", True),
        ("for name in names:\n    np.linalg.inv = None", True),
        ("x = torch.softmax(y, 0)\nassert torch.pi == 3.14", False),
        ("net.weight = 3", False),
    ],
)
def test_a_source_hints_at_them(source: str, does: bool) -> None:
    assert (PATCHES.search(source) is not None) is does
