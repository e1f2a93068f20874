"""Incidents in a notebook."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook

from seminar.examiner.incidents import MOST, Incident, incidents, record, show


def test_an_incident_is_kept_once_and_shown_on_top() -> None:
    notebook = new_notebook(cells=[new_markdown_cell("# Title")])
    for _ in range(2):
        record(notebook, Incident("timeout", "cell 2 (f)", "this cell took more than 2 s."))
    record(notebook, Incident("network", "", "it tried to reach the network."))
    show(notebook)
    assert list(map(str, incidents(notebook))) == [
        "cell 2 (f): this cell took more than 2 s.",
        "it tried to reach the network.",
    ]
    assert [cell.source.splitlines()[0] for cell in notebook.cells] == [
        "**What happened while this was graded**",
        "# Title",
    ]


def test_so_many_of_a_kind_are_not_listed() -> None:
    cells = new_notebook()
    for number in range(20_000):
        record(
            cells, Incident("forged", f"cell {number}", "a cell\x1b[31m that claims to be the instructor's is none.")
        )
    record(cells, Incident("late", "", "it came late."))
    found = incidents(cells)
    assert len(found) == MOST + 2
    assert "it is not listed" in found[-2].message
    assert found[0].message == "a cell\\x1b[31m that claims to be the instructor's is none."
    assert found[-1].kind == "late"


def test_nothing_is_shown_where_nothing_happened() -> None:
    notebook = new_notebook(cells=[new_markdown_cell("# Title")])
    show(notebook)
    assert len(notebook.cells) == 1


@settings(max_examples=30)
@given(st.text() | st.sampled_from(("<script>alert(1)</script>", "[x](javascript:alert(1))", "$$\\href{x}{y}$$")))
def test_what_an_incident_quotes_is_text(quoted: str) -> None:
    notebook = new_notebook()
    record(notebook, Incident("link", quoted, quoted))
    show(notebook)
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    assert "<script>alert" not in page
    assert "javascript:alert" not in page.replace("[x](javascript:alert(1))", "")
    assert "<a" not in page.split("was graded</strong>")[1]
