"""Reading notebooks: anything at all gives a notebook or one documented error."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_output

from seminar.course.course import Course
from seminar.course.notebook_file import MAX_BYTES, MOST, content_of, parse, read, write
from seminar.errors import NotebookError
from tests import making
from tests.making import ROOT

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(st.text())
def test_any_text_is_a_notebook_or_the_documented_error(text: str) -> None:
    try:
        parse(text)
    except NotebookError as error:
        assert "Save it again" in str(error)


@given(json_values)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_json_is_a_notebook_or_the_documented_error(value: object) -> None:
    for document in (value, {"nbformat": 4, "nbformat_minor": 5, "metadata": value, "cells": value}):
        try:
            parse(json.dumps(document))
        except NotebookError as error:
            assert "Save it again" in str(error)


@given(st.binary(max_size=64))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_name_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError, match=r"some\.ipynb"):
        read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=r"absent\.ipynb: cannot be read"):
        read(tmp_path / "absent.ipynb")


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    for name in ("pipe.ipynb", "folder.ipynb"):
        with pytest.raises(NotebookError, match=rf"{name}: is no file but a folder, a pipe or a device"):
            read(tmp_path / name)


def test_what_is_too_large_is_named_with_the_cure(tmp_path: Path) -> None:
    for name, cure in (("large.ipynb", "a notebook without its outputs"), ("data.bin", "out of the folder")):
        with (tmp_path / name).open("wb") as file:
            file.truncate(MAX_BYTES + 1)
        with pytest.raises(NotebookError, match=rf"{name}: takes 256 MiB.*{cure}"):
            content_of(tmp_path / name)


@pytest.mark.parametrize("part", ["{}", "[]", "[[]]"])
def test_what_takes_far_more_memory_than_its_text_is_refused(part: str) -> None:
    many = ",".join([part] * (MOST + 1))
    with pytest.raises(NotebookError, match="holds more than 1000000 objects"):
        parse(f'{{"nbformat": 4, "metadata": {{}}, "nbformat_minor": 5, "cells": [], "x": [{many}]}}')


def test_a_text_may_hold_as_many_brackets_as_it_likes() -> None:
    cell = making.code("x", "")
    cell.outputs = [new_output("stream", text='{[\\"' * MOST)]
    assert parse(json.dumps(making.notebook(cell))).cells[0].outputs[0].text.count("{") == MOST


def test_cells_with_one_id_get_others_without_a_word(recwarn: pytest.WarningsRecorder) -> None:
    twice = making.notebook(making.given(), making.solution())
    twice.cells[1].id = twice.cells[0].id
    assert len({cell.id for cell in parse(json.dumps(twice)).cells}) == 2
    assert not recwarn.list


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("nbformat",), "4", ": its `nbformat` is a text, not a whole number"),
        (("nbformat",), 99, ": its `nbformat` is 99, and 4 is the newest that is known"),
        (("metadata",), [], ": its `metadata` is a list, not an object"),
        (("cells",), None, ": its `cells` is null, not a list"),
        (("cells", 1), "x", ": cell 2 is a text, not an object"),
        (("cells", 1), {}, ": cell 2 is not as a cell is"),
        (("cells", 2, "metadata"), "x", ": cell 3: its `metadata` is a text, not an object"),
        (("cells", 2, "id"), [1], ": cell 3: its `id` is a list, not a text"),
        (("cells", 2, "outputs"), ["x"], ": cell 3 is not as a cell is"),
        (("cells", 2, "source"), [1], ": cell 3 is not as a cell is"),
    ],
)
def test_what_is_of_another_kind_is_named(place: tuple[str | int, ...], value: object, said: str) -> None:
    *above, last = place
    made = part = json.loads(json.dumps(making.notebook()))
    for each in above:
        part = part[each]
    part[last] = value
    with pytest.raises(NotebookError) as caught:
        parse(json.dumps(made))
    assert str(caught.value) == f"is no notebook but other JSON{said}. Save it again from Jupyter."


def test_json_that_is_no_object_is_named() -> None:
    with pytest.raises(NotebookError, match=r"^is no notebook but other JSON: it is a list, not an object\. Save"):
        parse("[1]")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(NotebookError):
        parse("[" * 100_000)


@pytest.mark.parametrize("topic", Course(ROOT).topics())
def test_it_is_read_as_nbformat_reads_it(topic: str) -> None:
    for path in Course(ROOT).sources(topic):
        assert read(path) == nbformat.read(path, as_version=4)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    made = making.notebook()
    write(made, tmp_path / "a" / "b.ipynb")
    assert read(tmp_path / "a" / "b.ipynb") == made
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.ipynb"]


def test_a_byte_order_mark_in_front_is_no_part_of_it(tmp_path: Path) -> None:
    made = making.notebook()
    path = tmp_path / "marked.ipynb"
    write(made, path)
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert read(path) == made
    path.write_bytes(codecs.BOM_UTF8)
    with pytest.raises(NotebookError, match=r"marked\.ipynb: is empty"):
        read(path)
    path.write_bytes(codecs.BOM_UTF8 + b"\xff")
    with pytest.raises(NotebookError, match=r"marked\.ipynb: is not text in UTF-8 \(.* at byte 3\)"):
        read(path)
