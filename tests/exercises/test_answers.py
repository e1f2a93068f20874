"""Every exercise: its reference and right answers pass, its stub and wrong answers fail and are told why."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from seminar.course.answers import Answer
from seminar.course.notebook import Role, cells
from tests.exercises.harness import TOPICS, topic
from tests.exercises.spoiling import CONTENTS, Spoiler

SPOILT_BY_NOTHING = ("footprint", "train-model", "signal-input")  # only shapes count; and those that are no functions
STUB = "raise NotImplementedError()"  # what nbgrader leaves of a solution


def answers(kind: str) -> Iterator[object]:
    for name in TOPICS:
        for exercise in topic(name).bank.values():
            for answer in getattr(exercise, kind):
                title = answer.title.replace(" ", "-")
                yield pytest.param(name, exercise.name, answer, id=f"{name}-{exercise.name}-{title}")


def exercises(*left_out: str) -> Iterator[object]:
    for name in TOPICS:
        for exercise in topic(name).exercises:
            if exercise not in left_out:
                yield pytest.param(name, exercise, id=f"{name}-{exercise}")


@pytest.mark.parametrize(("name", "exercise", "answer"), list(answers("right")))
def test_a_right_answer_passes(name: str, exercise: str, answer: Answer) -> None:
    topic(name).attempt(exercise, answer.code)


@pytest.mark.parametrize(("name", "exercise", "answer"), list(answers("wrong")))
def test_a_wrong_answer_fails_and_is_told_why(name: str, exercise: str, answer: Answer) -> None:
    with pytest.raises(Exception) as caught:  # a wrong answer may raise anything
        topic(name).attempt(exercise, answer.code)
    assert answer.says in f"{type(caught.value).__name__}: {caught.value}"


def reference_of(name: str, exercise: str) -> str:
    """The instructor's solution, or what stands in for one that takes too long here."""
    known = topic(name).bank[exercise]
    return (
        known.stand_in.code
        if known.stand_in
        else next(cell.source for cell in topic(name).code if cell.grade_id == exercise)
    )


@pytest.mark.parametrize(("name", "exercise"), list(exercises()))
def test_the_reference_passes(name: str, exercise: str) -> None:
    topic(name).attempt(exercise, reference_of(name, exercise))


@pytest.mark.parametrize(("name", "exercise"), list(exercises()))
def test_the_stub_fails(name: str, exercise: str) -> None:
    with pytest.raises((NotImplementedError, NameError, AssertionError)):
        topic(name).attempt(exercise, stub(name, exercise))


@pytest.mark.parametrize(("name", "exercise"), list(exercises(*SPOILT_BY_NOTHING)))
def test_an_answer_that_spoils_what_hidden_tests_hand_over_fails(name: str, exercise: str) -> None:
    code = reference_of(name, exercise)
    functions = [each.name for each in ast.parse(code).body if isinstance(each, ast.FunctionDef)]
    spoiling = "\n".join(f"{function} = SPOILER.spoiling({function})" for function in functions)
    for content in CONTENTS:
        spoiler = Spoiler(content)
        try:
            topic(name).attempt(exercise, f"{code}\n{spoiling}", then="SPOILER.begins()", SPOILER=spoiler)
        except Exception:  # what it computes of that is not what is asked for
            continue
        assert not spoiler.has_spoilt, f"hidden tests take the answer for {content} in the place of what they hand over"


def stub(name: str, exercise: str) -> str:
    """The student version of a solution cell."""
    lines: list[str] = []
    keep = True
    for line in next(cell.source for cell in topic(name).code if cell.grade_id == exercise).splitlines():
        if "BEGIN SOLUTION" in line:
            lines.append(line[: len(line) - len(line.lstrip())] + STUB)
            keep = False
        elif "END SOLUTION" in line:
            keep = True
        elif keep:
            lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize(("name", "exercise"), list(exercises()))
def test_an_exercise_has_enough_answers(name: str, exercise: str) -> None:
    known = topic(name).bank[exercise]
    reference = next(cell.source for cell in topic(name).code if cell.grade_id == exercise)
    written = {ast.dump(ast.parse(code)) for code in [reference, *(answer.code for answer in known.right)]}
    assert len(known.right) >= 2, "at least 2 differently written right answers"
    assert len(written) == len(known.right) + 1, "right answers differ from the reference and from each other"
    assert len(known.wrong) >= 3, "at least 3 plausible wrong answers"


@pytest.mark.parametrize("name", TOPICS)
def test_a_bank_has_no_answer_without_an_exercise(name: str) -> None:
    assert set(topic(name).bank) == set(topic(name).exercises)


def test_there_are_enough_exercises() -> None:
    counts = {name: len(topic(name).exercises) for name in TOPICS}
    assert sum(counts.values()) >= 40, counts
    assert all(6 <= count <= 12 for count in counts.values()), counts


@pytest.mark.parametrize("name", TOPICS)
def test_every_exercise_has_a_test_of_its_name(name: str) -> None:
    tests = [cell.grade_id for cell in topic(name).code if cell.role is Role.TEST]
    assert tests == [f"test-{exercise}" for exercise in topic(name).exercises]


@pytest.mark.parametrize("name", TOPICS)
def test_the_text_tells_the_points_that_the_tests_give(name: str) -> None:
    text = "\n".join(cell.source for cell in cells(topic(name).notebook) if cell.role is Role.TEXT)
    told = re.findall(r"^\*Difficulty [●○]{5} · (\d) points? · \d+ minutes.*\*$", text, flags=re.MULTILINE)
    given = [int(cell.points) for cell in topic(name).code if cell.role is Role.TEST]
    assert [int(points) for points in told] == given
    assert f"{len(given)} exercises, {sum(given)} points" in text


@pytest.mark.parametrize("name", TOPICS)
def test_every_exercise_has_hints_that_fold_away(name: str) -> None:
    text = "\n".join(cell.source for cell in cells(topic(name).notebook) if cell.role is Role.TEXT)
    assert text.count("<details>") == text.count("</details>") >= 2 * len(topic(name).exercises)
