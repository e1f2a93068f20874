"""A submission's notebook is put right where nbgrader does not mind what is wrong with it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seminar.course.notebook import cells
from seminar.course.notebook_file import parse
from seminar.errors import NotebookError
from tests import making

WHOLE = json.loads(json.dumps(making.notebook()))
Spoil = Callable[[Any], Any]
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def spoilt(spoil: Spoil) -> str:
    made = copy.deepcopy(WHOLE)
    spoil(made)
    return json.dumps(made)


def outputs(*shown: Any) -> Spoil:
    return lambda made: made["cells"][1].update(outputs=list(shown))


def of_cell(**parts: Any) -> Spoil:
    return lambda made: made["cells"][1].update(parts)


def of_metadata(**parts: Any) -> Spoil:
    return lambda made: made["metadata"].update(parts)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: made.update(nbformat_minor=4),
        lambda made: made.update(nbformat_minor=None),
        lambda made: made.update(exported_by="an editor"),
        lambda made: made["cells"][1].pop("outputs"),
        lambda made: made["cells"].append({"cell_type": "markdown", "source": "", "outputs": [], "execution_count": 1}),
        of_cell(execution_count="12"),
        of_cell(id="not an id!"),
        of_cell(id=None),
        of_cell(prompt_number=3, collapsed=True, attachments=3),
        of_metadata(kernelspec={"name": "colab"}),
        of_metadata(language_info={}, authors="me", title=3, orig_nbformat="4"),
        outputs({"output_type": "stream", "text": "1"}),
        outputs({"output_type": "execute_result", "data": {}, "metadata": {}}),
        outputs({"output_type": "display_data", "data": {}}),
        outputs({"output_type": "display_data", "data": {}, "metadata": {}, "transient": None}),
        outputs({"output_type": "error", "ename": "E", "evalue": "", "traceback": None}),
        outputs("x", 3, None),
    ],
)
def test_what_nbgrader_does_not_mind_is_put_right(spoil: Spoil) -> None:
    made = parse(spoilt(spoil), mended=True)
    told = [(cell.role, cell.grade_id, cell.source) for cell in cells(parse(json.dumps(WHOLE)))]
    assert [(cell.role, cell.grade_id, cell.source) for cell in cells(made)][: len(told)] == told
    assert all(cell.outputs == [] for cell in made.cells if cell.cell_type == "code")


@pytest.mark.parametrize(
    "told",
    [
        {"tags": "mine"},
        {"tags": [1]},
        {"tags": ["a", "a"]},
        {"tags": ["a,b"]},
        {"name": ""},
        {"execution": {"iopub.status.busy": 3}},
        {"scrolled": "yes"},
        {"jupyter": None, "collapsed": 1},
    ],
)
def test_what_a_cell_says_and_no_notebook_may_say_goes(told: dict[str, Any]) -> None:
    made = parse(spoilt(lambda notebook: notebook["cells"][1]["metadata"].update(told, mine=3)), mended=True)
    assert made.cells[1].metadata == WHOLE["cells"][1]["metadata"] | {"mine": 3}


def test_an_id_with_a_line_feed_behind_it_goes() -> None:
    assert parse(spoilt(of_cell(id="abc\n")), mended=True).cells[1].id.isalnum()


@given(st.sampled_from(sorted(WHOLE)), ANYTHING)
def test_whatever_a_notebook_says_it_is_read_or_the_documented_error(name: str, value: Any) -> None:
    try:
        parse(spoilt(lambda made: made.update({name: value})), mended=True)
    except NotebookError:
        assert name in ("cells", "metadata", "nbformat")


@given(st.sampled_from(("id", "metadata", "source", "outputs", "execution_count", "cell_type", "other")), ANYTHING)
def test_whatever_a_cell_says_it_is_read_or_the_documented_error(name: str, value: Any) -> None:
    try:
        parse(spoilt(of_cell(**{name: value})), mended=True)
    except NotebookError:
        assert name in ("metadata", "source", "cell_type")


METADATA = (
    "kernelspec",
    "language_info",
    "title",
    "tags",
    "name",
    "jupyter",
    "execution",
    "collapsed",
    "scrolled",
    "x",
)


@given(st.dictionaries(st.sampled_from(METADATA), ANYTHING))
def test_whatever_stands_in_metadata_of_a_cell_or_a_notebook_it_is_read(told: dict[str, Any]) -> None:
    parse(spoilt(of_metadata(**told)), mended=True)
    parse(spoilt(lambda made: made["cells"][1]["metadata"].update(told)), mended=True)
