"""Notebooks as files and as text: reading one safely, whoever wrote it, and writing one."""

from __future__ import annotations

import json
import re
import stat
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.converter import convert
from nbformat.reader import NotJSONError, parse_json, reads
from nbformat.v4.rwbase import rejoin_lines, strip_transient

from seminar.course.mending import mend
from seminar.errors import NotebookError
from seminar.text import MIB, readable_size
from seminar.whole import whole

NEWEST = 4  # of nbformat's formats, which all are converted to
MAX_BYTES = 256 * MIB  # of one file: what is larger is no notebook but its outputs
MOST = 1_000_000  # objects and lists in one: each takes 50 times the memory that its text takes
TEXT = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)  # as JSON has one; the last may lack its end
_KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a whole number",
    float: "a fraction",
    bool: "a truth value",
    type(None): "null",
}
_PARTS_OF_A_CELL = {"id": str, "cell_type": str, "metadata": dict, "outputs": list, "attachments": dict}
_JSON = json.JSONEncoder(ensure_ascii=False)


def read(path: Path, mended: bool = False) -> NotebookNode:
    """Read a notebook.

    Args:
        path: where it lies.
        mended: whether it is put right where nbgrader does not mind what is wrong with it, and comes without outputs.

    Returns:
        The notebook, converted to nbformat 4 where it was older, and valid.

    Raises:
        NotebookError: there is no such file, or it is too large, empty, not JSON, not a notebook.
    """
    content = content_of(path)
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")  # the mark that some editors put in front
    except UnicodeDecodeError as error:
        raise NotebookError(
            f"{path}: is not text in UTF-8 ({error.reason} at byte {error.start}). Save it again from Jupyter."
        ) from error
    if not text.strip():
        raise NotebookError(f"{path}: is empty. Save it again from Jupyter, or restore it.")
    try:
        return parse(text, mended)
    except NotebookError as error:
        raise NotebookError(f"{path}: {error}") from error


def content_of(path: Path) -> bytes:
    """The content of a file of a submission or a course.

    Raises:
        NotebookError: there is no such file, or it is too large, or it is a folder, a pipe, a device.
    """
    try:
        told = path.stat()
        if not stat.S_ISREG(told.st_mode):  # to read a pipe would take for ever
            raise NotebookError(f"{path}: is no file but a folder, a pipe or a device. Put the notebook in its place.")
        if told.st_size > MAX_BYTES:
            cure = "Ask for a notebook without its outputs" if path.suffix == ".ipynb" else "Take it out of the folder"
            raise NotebookError(
                f"{path}: takes {readable_size(told.st_size)}, and {readable_size(MAX_BYTES)} are allowed. {cure}."
            )
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> NotebookError:
    """The error for a file that cannot be read."""
    return NotebookError(f"{path}: cannot be read ({error.strerror}). Is it there, and yours to read?")


def parse(text: str, mended: bool = False) -> NotebookNode:
    """Read a notebook from text, as `read` does from a file.

    Raises:
        NotebookError: the text is no JSON, or no valid notebook. The message names no file.
    """
    if _count(text) > MOST and _count(TEXT.sub("", text)) > MOST:
        raise NotebookError(f"holds more than {MOST} objects and lists. Ask for a notebook without its outputs.")
    try:
        # Cells with no id, or with one that another has too, get one: all is well.
        with warnings.catch_warnings(category=FutureWarning, action="ignore"):
            notebook: NotebookNode = convert(_read(text, mended), to_version=NEWEST)
            nbformat.validate(notebook)
    except (NotJSONError, RecursionError) as error:
        cause = error.__cause__
        where = f" (line {cause.lineno}: {cause.msg})" if isinstance(cause, json.JSONDecodeError) else ""
        raise NotebookError(f"is not a notebook: it is not JSON{where}. Save it again from Jupyter.") from error
    except nbformat.ValidationError as error:
        raise NotebookError(f"is not a valid notebook: {_violation(error)}. Save it again from Jupyter.") from error
    except Exception as error:  # nbformat's converters fail with anything on JSON that is no notebook
        raise NotebookError(f"is no notebook but other JSON{_oddity(text)}. Save it again from Jupyter.") from error
    return notebook


def _read(text: str, mended: bool = False) -> NotebookNode:
    """What nbformat's `reads` gives, in two thirds of its time: it makes the nodes after the parsing, once more."""
    notebook: NotebookNode = parse_json(text, object_hook=NotebookNode)
    if isinstance(notebook, dict) and notebook.get("nbformat") == 4:
        if mended:
            mend(notebook)
        notebook = strip_transient(rejoin_lines(notebook))
    else:
        notebook = reads(text)
    return notebook


def _count(text: str) -> int:
    return text.count("{") + text.count("[")


def _oddity(text: str) -> str:
    """What of some JSON is not as a notebook has it, as the end of a sentence; empty where that cannot be told."""
    made = json.loads(text)
    if not isinstance(made, dict):
        return f": it is {_KINDS[type(made)]}, not an object"
    if found := _other_kind(made, {"nbformat": int, "nbformat_minor": int, "metadata": dict, "cells": list}):
        return f": {found}"
    if (version := made.get("nbformat", 1)) not in range(1, NEWEST + 1):
        return f": its `nbformat` is {version}, and {NEWEST} is the newest that is known"
    frame: dict[str, Any] = {
        "nbformat": made.get("nbformat"),
        "nbformat_minor": made.get("nbformat_minor"),
        "metadata": {},
    }
    for place, cell in enumerate(made.get("cells", []), start=1):
        if not isinstance(cell, dict):
            return f": cell {place} is {_KINDS[type(cell)]}, not an object"
        if found := _other_kind(cell, _PARTS_OF_A_CELL):
            return f": cell {place}: {found}"
        try:
            _read(json.dumps({**frame, "cells": [cell]}))
        except Exception:  # as above
            return f": cell {place} is not as a cell is"
    return ""


def _other_kind(part: Mapping[str, Any], kinds: Mapping[str, type]) -> str | None:
    """Which entry of a part of a notebook is of another kind than it must be, as a clause."""
    for name, kind in kinds.items():
        if name in part and type(part[name]) is not kind:
            return f"its `{name}` is {_KINDS[type(part[name])]}, not {_KINDS[kind]}"
    return None


def _violation(error: Exception) -> str:
    """The first line of a validation error, with the cell that it is about."""
    path = list(getattr(error, "relative_path", []))
    cell = f"cell {path[1] + 1}: " if len(path) > 1 and path[0] == "cells" else ""
    return cell + str(getattr(error, "message", error)).splitlines()[0][:200]


def pack(notebook: NotebookNode) -> str:
    """A notebook as text, with a line for each cell: an eighth of the time that nbformat's own writer takes.

    It is not validated, and must be a notebook.
    """
    lines = ",\n".join(map(_JSON.encode, notebook.cells))
    rest = _JSON.encode({name: value for name, value in notebook.items() if name != "cells"})
    return f'{{"cells": [\n{lines}\n],\n{rest[1:]}\n'


def unpack(text: str) -> NotebookNode:
    """A notebook that `pack` has made a text of. It is not validated: nobody but us has had it."""
    notebook: NotebookNode = json.loads(text, object_hook=NotebookNode)
    return notebook


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook as Jupyter does, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as part:
        nbformat.write(notebook, part)
