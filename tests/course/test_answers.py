"""Reading answer banks and filling in notebooks."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seminar.course.answers import fill, read_bank
from seminar.errors import AnswerError
from tests import making

GOOD = {
    "double": {
        "stand_in": "adds",
        "right": [{"title": "adds", "code": "def double(x): return x + x"}],
        "wrong": [{"title": "squares", "says": "double(-3)", "code": "def double(x): return x * x"}],
    }
}


def bank(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "bank.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


def test_a_bank_is_read(tmp_path: Path) -> None:
    exercise = read_bank(bank(tmp_path, GOOD))["double"]
    assert exercise.right[0].title == "adds"
    assert exercise.wrong[0].says == "double(-3)"
    assert exercise.stand_in is exercise.right[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", "is not YAML"),
        ("- a", "is no mapping"),
        ("", "is no mapping"),
        ("double: {right: []}\nhalf: {}\ndouble: {wrong: []}", "line 3: 'double' is there already. Rename one"),
        ("1: {}\n'1': {}", "line 2: '1' is there already"),
        ("double:\n  right: []\n  right: []", "line 3: 'right' is there already"),
        ("double: {stand_in: 2025-13-45}", "is not YAML: month must be in 1..12. Mend it, or put it in quotes"),
        ({"double": ["a"]}, "'double'"),
        ({"double": {"right": 3}}, "exercise 'double': 'right' is no list. Begin each answer with a hyphen."),
        ({"double": {"wrong": {"title": "a"}}}, "exercise 'double': 'wrong' is no list."),
        ({"double": {"rihgt": []}}, "other parts"),
        ({"double": {"right": [{"title": "a"}]}}, "an answer has other parts than code, title"),
        ({"double": {"right": [{"title": "a", "code": 3}]}}, "each a text"),
        ({"double": {"wrong": [{"title": "a", "code": "x"}]}}, "code, says, title"),
        ({"double": {"right": [{"title": "a", "code": "x"}, {"title": "a", "code": "y"}]}}, "two answers"),
        ({"double": {"stand_in": "b", "right": [{"title": "a", "code": "x"}]}}, "stand-in 'b'"),
    ],
)
def test_a_bad_bank_is_named(tmp_path: Path, content: object, message: str) -> None:
    path = bank(tmp_path, content)
    with pytest.raises(AnswerError, match=r"bank\.yaml") as caught:
        read_bank(path)
    assert message in str(caught.value)


def test_a_bank_may_repeat_itself_by_yamls_anchors(tmp_path: Path) -> None:
    text = "double: &first\n  right: [{title: adds, code: x}]\ntwice:\n  <<: *first\n  right: []\n"
    bank_of_two = read_bank(bank(tmp_path, text))
    assert [len(each.right) for each in bank_of_two.values()] == [1, 0]


def test_a_missing_bank_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnswerError, match="An answer bank is expected there"):
        read_bank(tmp_path / "none.yaml")


@given(st.text())
def test_any_text_is_a_bank_or_the_documented_error(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bank.yaml"
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            read_bank(path)
        except AnswerError as error:
            assert "bank.yaml" in str(error)


def test_a_notebook_is_filled_in() -> None:
    filled = fill(making.notebook(), {"double": "double = 2 .__mul__"})
    assert filled.cells[2].source == "double = 2 .__mul__"


def test_an_answer_without_an_exercise_is_refused() -> None:
    with pytest.raises(AnswerError, match="'triple'"):
        fill(making.notebook(), {"triple": ""})
