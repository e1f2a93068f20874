"""What a submission shows, made harmless."""

from __future__ import annotations

import base64
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from seminar.examiner.sanitise import Sanitise
from tests.examiner.test_harmless import HOSTILE, suspects

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 20).decode()
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KINDS = ("stream", "error", "display_data", "execute_result", "update_display_data", "script")
MIMES = (
    "text/plain",
    "text/html",
    "text/markdown",
    "image/png",
    "image/svg+xml",
    "application/javascript",
    "text/latex",
)


def showing(*outputs: dict[str, Any]) -> NotebookNode:
    """A cell with outputs that need not be any that nbformat knows."""
    cell: NotebookNode = new_code_cell()
    cell.outputs = [from_dict(each) for each in outputs]
    return cell


def sanitised(*cells: NotebookNode) -> list[NotebookNode]:
    notebook = new_notebook()
    notebook.cells = list(cells)
    Sanitise().preprocess(notebook, {})
    nbformat.validate(notebook)
    return list(notebook.cells)


def output(**parts: Any) -> dict[str, Any]:
    (cell,) = sanitised(showing(parts))
    (made,) = cell.outputs
    return dict(made)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_shown_runs_or_loads(text: str) -> None:
    data = {"text/html": text, "text/markdown": text, "image/svg+xml": text, "application/javascript": text}
    made = output(output_type="display_data", data=data, metadata={})
    assert set(made["data"]) <= {"text/html", "text/markdown", "text/plain"}
    assert not any(suspects(each) for each in made["data"].values())


def test_a_picture_in_a_cell_is_shown_once() -> None:
    (made,) = sanitised(new_markdown_cell("![a](attachment:a.png) " * 3, attachments={"a.png": {"image/png": PNG}}))
    assert made.source.count("![a](attachment:a.png)") == 1


def test_a_locked_cells_pictures_stay() -> None:
    locked = new_markdown_cell("![x](attachment:d.svg)", attachments={"d.svg": {"image/svg+xml": "PHN2Zy8+"}})
    locked.metadata["nbgrader"] = {"locked": True}
    (made,) = sanitised(locked)
    assert made.attachments == {"d.svg": {"image/svg+xml": "PHN2Zy8+"}}


@given(
    st.lists(st.dictionaries(st.sampled_from(("output_type", "data", "text", "name", "traceback")), json), max_size=3)
)
def test_any_output_becomes_a_valid_one_or_none(outputs: list[dict[str, Any]]) -> None:
    (cell,) = sanitised(showing(*outputs))
    assert len(cell.outputs) <= len(outputs)


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(MIMES), json), json)
def test_any_bundle_becomes_a_valid_one(kind: str, data: dict[str, Any], rest: Any) -> None:
    made = {"output_type": kind, "data": data, "text": rest, "ename": rest, "evalue": rest, "traceback": rest}
    sanitised(showing({**made, "name": rest, "execution_count": rest}))


def test_tables_and_pictures_stay() -> None:
    table = "<table><thead><tr><th>loss</th></tr></thead><tbody><tr><td>0.1</td></tr></tbody></table>"
    made = output(
        output_type="display_data", data={"text/html": table, "image/png": PNG, "text/plain": "loss"}, metadata={}
    )
    assert made["data"] == {"text/html": table, "image/png": PNG, "text/plain": "loss"}


def test_a_picture_that_is_none_goes() -> None:
    fake = base64.b64encode(b"<script>alert(1)</script>").decode()
    made = output(output_type="display_data", data={"image/png": fake, "text/plain": "x"}, metadata={})
    assert made["data"] == {"text/plain": "x"}


def test_the_students_texts_are_made_harmless_and_the_instructors_left() -> None:
    locked = new_markdown_cell("<div onclick='fold()'>mine</div>")
    locked.metadata["nbgrader"] = {"locked": True}
    own = new_markdown_cell("# Mine <script>alert(1)</script>", attachments={"x.svg": {"image/svg+xml": "<svg/>"}})
    left, made = sanitised(locked, own)
    assert left.source == "<div onclick='fold()'>mine</div>"
    assert made.source.strip() == "# Mine"
    assert "attachments" not in made


def test_a_picture_in_a_cell_stays_if_it_is_one() -> None:
    text = "![mine](attachment:image.png) ![none](attachment:none.png) ![fake](attachment:fake.png)"
    fake = base64.b64encode(b"<script>alert(1)</script>").decode()
    attached = {"image.png": {"image/png": PNG}, "fake.png": {"image/png": fake}, "<b>": {"image/png": PNG}}
    (made,) = sanitised(new_markdown_cell(text, attachments=attached))
    assert made.attachments == {"image.png": {"image/png": PNG}}
    assert (
        made.source == "![mine](attachment:image.png) &#33;[none](attachment:none.png) &#33;[fake](attachment:fake.png)"
    )
    renderer = IPythonRenderer(escape=False, attachments=made.attachments)  # which fails on one that is not there
    assert f'src="data:image/png;base64,{PNG}"' in MarkdownWithMath(renderer=renderer).render(made.source)


def test_a_picture_that_is_pasted_into_a_text_stays() -> None:
    """As hosted notebooks do it. It is more than there is time to clean."""
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(2_000_000)).decode()
    fake = base64.b64encode(b"<script>alert(1)</script>").decode()
    text = (
        f"**Mine** ![net](data:image/png;base64,{large}) <img width=3 src='data:image/png;base64,{PNG}' onload=x>"
        f"\n\n![fake](data:image/png;base64,{fake}) <img src='attachment:own.png' width=3> <img src=\"figures/a.png\">"
        "<img src='//evil/x.png'><img src='javascript:x'>"
    )
    (made,) = sanitised(new_markdown_cell(text, attachments={"own.png": {"image/png": PNG}}))
    assert made.source == (
        "**Mine** ![net](attachment:pasted-2.png) ![picture](attachment:pasted-3.png)\n\n"
        "&#33;[fake](attachment:pasted-4.png) ![picture](attachment:own.png) ![picture](figures/a.png)"
    )
    assert made.attachments == {
        **{"own.png": {"image/png": PNG}, "pasted-2.png": {"image/png": large}, "pasted-3.png": {"image/png": PNG}}
    }


def test_formulas_that_are_shown_are_seen_and_html_without_anything_to_see_gives_way() -> None:
    data = {"text/latex": "$x^2 < y$", "text/html": "<script>draw()</script>", "text/plain": "Math"}
    made = output(output_type="display_data", data=data, metadata={})
    assert made["data"] == {"text/markdown": "$x^2 < y$", "text/plain": "Math"}


def test_what_a_stream_said_bit_by_bit_is_one_output() -> None:
    def said(name: str, text: str) -> Any:
        return from_dict({"output_type": "stream", "name": name, "text": text})

    picture = from_dict({"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {}})
    bar = [said("stderr", f"\r{done}%") for done in range(101)]
    cell = new_code_cell("1", outputs=[said("stdout", "a"), *bar, picture, said("stdout", "b\n"), said("stdout", "c")])
    made, _ = Sanitise().preprocess(new_notebook(cells=[cell]), {})
    outputs = made.cells[0].outputs
    assert [(each.output_type, each.get("name")) for each in outputs] == [
        *(("stream", "stdout"), ("stream", "stderr"), ("display_data", None), ("stream", "stdout"))
    ]
    assert outputs[1].text == "".join(each.text for each in bar)
    assert outputs[3].text == "b\nc"


@pytest.mark.parametrize("part", ["\\", '<img src="data:image/png;base64,AAAA', ' src="data:image/png;base64,AAAA'])
def test_what_is_pasted_and_what_is_shown_take_no_longer_than_their_length(part: str) -> None:
    """Each took from minutes to weeks, outside any room."""
    text = "<img" + part * (1_000_000 // len(part))
    shown = from_dict({"output_type": "display_data", "data": {"text/html": text}, "metadata": {}})
    colours = from_dict({"output_type": "stream", "name": "stdout", "text": "\x1b[31ma" * 200_000})
    cells = [new_markdown_cell(text), new_code_cell("1", outputs=[shown, colours])]
    made, _ = Sanitise().preprocess(new_notebook(cells=cells), {})
    assert made.cells[1].outputs[1].text == "a" * 200_000


def test_much_takes_no_longer_than_its_length() -> None:
    """A hundred of either took minutes, outside any room."""
    runs = " ".join("a" + "`" * length for length in range(1, 430))
    deep = "<ul><li>" * 12_000
    data: Any = {"text/html": deep, "text/markdown": runs, "text/latex": deep}
    shown = [from_dict({"output_type": "display_data", "data": data, "metadata": {}}) for _ in range(100)]
    cells = [new_code_cell("1", outputs=shown), *(new_markdown_cell(runs) for _ in range(100))]
    made, _ = Sanitise().preprocess(new_notebook(cells=cells), {})
    assert "<ul" not in str(made)
    few = from_dict({"output_type": "display_data", "data": {"text/html": "<ul><li>a</li></ul>"}, "metadata": {}})
    made, _ = Sanitise().preprocess(new_notebook(cells=[new_code_cell("1", outputs=[few])]), {})
    assert "<ul><li>a</li></ul>" in str(made)


@pytest.mark.parametrize("count", [-5, 2**40, True, "1", 1.5])
def test_an_execution_count_that_no_notebook_has_is_none(count: Any) -> None:
    handed_in = new_notebook(cells=[new_code_cell("1")])
    (cell,) = handed_in.cells
    cell.execution_count = count
    result = {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": count}
    cell.outputs = [from_dict(result)]
    made, _ = Sanitise().preprocess(handed_in, {})
    nbformat.validate(made)
    assert made.cells[0].execution_count is None
