"""Answer banks: right and wrong answers to the exercises of a topic, kept as data.

A bank is the file `tests/exercises/<topic>.yaml`:

```yaml
mean-of-rows:                 # the grade id of the solution cell
  stand_in: sums and divides  # optional: the right answer to use where running the reference takes too long
  right:
    - title: sums and divides
      code: |
        def mean_of_rows(x): ...
  wrong:
    - title: means over columns
      says: wrong shape       # occurs in the message of the test that fails
      code: |
        def mean_of_rows(x): ...
```

`code` takes the place of the whole solution cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from nbformat import NotebookNode

from seminar.course.notebook import Role, cells
from seminar.errors import AnswerError


@dataclass(frozen=True)
class Answer:
    """One answer to one exercise.

    Attributes:
        title: what is particular about it, in a few words.
        code: what stands in the solution cell.
        says: for a wrong answer, what the message of the failing test must contain; empty for a right one.
    """

    title: str
    code: str
    says: str = ""


@dataclass(frozen=True)
class Exercise:
    """The answers to one exercise.

    Attributes:
        name: the grade id of its solution cell.
        stand_in: the right answer that is used where running the reference takes too long.
    """

    name: str
    right: tuple[Answer, ...]
    wrong: tuple[Answer, ...]
    stand_in: Answer | None


def read_bank(path: Path) -> dict[str, Exercise]:
    """Read the answer bank of a topic.

    Returns:
        The exercises by name, in the file's order.

    Raises:
        AnswerError: the file cannot be read, or does not have the form above.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise AnswerError(f"{path}: cannot be read ({error.strerror}). An answer bank is expected there.") from error
    except AnswerError as error:
        raise AnswerError(f"{path}: {error}") from error
    except (yaml.YAMLError, ValueError) as error:  # the latter of a date that there is not, and of what is no UTF-8
        raise AnswerError(f"{path}: is not YAML: {error}. Mend it, or put it in quotes if it is a text.") from error
    if not isinstance(data, dict):
        raise AnswerError(f"{path}: is no mapping from exercises to answers. Begin each exercise with its grade id.")
    return {str(name): _exercise(path, str(name), entry) for name, entry in data.items()}


class _Loader(yaml.SafeLoader):
    """Refuses two entries of one name, of which YAML keeps the last without a word."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        names: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in names:
                    line = key.start_mark.line + 1
                    raise AnswerError(f"line {line}: {key.value!r} is there already. Rename one, or join the two.")
                names.add(key.value)
        return node


def _exercise(path: Path, name: str, entry: object) -> Exercise:
    where = f"{path}: exercise {name!r}"
    if not isinstance(entry, dict) or entry.keys() - {"right", "wrong", "stand_in"}:
        raise AnswerError(f"{where}: has other parts than 'right', 'wrong' and 'stand_in'. Leave these only.")
    for kind in ("right", "wrong"):
        if not isinstance(entry.get(kind) or [], list):
            raise AnswerError(f"{where}: {kind!r} is no list. Begin each answer with a hyphen.")
    right = tuple(_answer(where, item, {"title", "code"}) for item in entry.get("right") or [])
    wrong = tuple(_answer(where, item, {"title", "code", "says"}) for item in entry.get("wrong") or [])
    titles = [answer.title for answer in right + wrong]
    if len(titles) != len(set(titles)):
        raise AnswerError(f"{where}: two answers have one title. Give each its own.")
    title = entry.get("stand_in")
    stand_in = next((answer for answer in right if answer.title == title), None)
    if title is not None and stand_in is None:
        raise AnswerError(f"{where}: its stand-in {title!r} is none of the right answers. Name one by its title.")
    return Exercise(name, right, wrong, stand_in)


def _answer(where: str, item: object, parts: set[str]) -> Answer:
    if not isinstance(item, dict) or item.keys() != parts or not all(isinstance(value, str) for value in item.values()):
        raise AnswerError(f"{where}: an answer has other parts than {', '.join(sorted(parts))}, each a text. Mend it.")
    return Answer(**item)


def solutions_of(source: NotebookNode) -> dict[str, str]:
    """The code of a source notebook's solution cells by their grade ids: what `fill` takes."""
    return {str(cell.grade_id): cell.source for cell in cells(source) if cell.role is Role.SOLUTION}


def fill(notebook: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    """Fill in a notebook as a student does: put each answer's code into its solution cell, in place.

    Args:
        notebook: a student version.
        answers: code by the grade id of the solution cell.

    Raises:
        AnswerError: the notebook has no such solution cell.
    """
    solutions = {cell.grade_id: cell.node for cell in cells(notebook) if cell.role is Role.SOLUTION}
    for name, code in answers.items():
        if name not in solutions:
            raise AnswerError(f"exercise {name!r}: the notebook has no solution cell of that grade id. Rename either.")
        solutions[name].source = code
    return notebook
