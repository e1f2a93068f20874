"""What a submission shows is untrusted too: it must not run in the browser of whoever looks at it.

nbgrader's formgrader and feedback pages show notebooks as HTML. So every output, and every text that a student may have
written, is made anew from what is known to be harmless: HTML goes through ammonia (nh3), pictures must be pictures, a
bundle's other kinds (JavaScript, SVG, widgets, LaTeX) give way to its plain text.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from typing import Any, cast

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from seminar.course.notebook import nbgrader_metadata
from seminar.examiner.harmless import MUCH, PASTED_SOURCE, as_markdown, harmless, harmless_markdown

PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}  # by how they begin
# A picture in a text itself, as hosted notebooks paste it: up to millions of characters.
PASTED = re.compile(r"(!\[[^\[\]\n]*\]\()data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]+)\)")
ATTACHED = re.compile(r"[\w.-]{1,200}")  # the names of pictures in a cell
# To colour a terminal's text takes a time that grows with the product of its length and its codes.
COLOURED = 10**9


class Sanitise(NbGraderPreprocessor):
    """Makes every output, and every text of the student's, harmless. It comes after the notebook has run."""

    _is_much = False  # whether the notebook holds more formatted text than there is time for

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Sanitise a notebook."""
        for cell in nb.cells:
            if cell.cell_type == "markdown" and not nbgrader_metadata(cell).get("locked", False):
                _attach_pasted(cell)
        self._is_much = sum(map(_formatted, nb.cells)) > MUCH
        return cast("tuple[NotebookNode, Any]", super().preprocess(nb, resources))

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        """Sanitise one cell."""
        if cell.cell_type == "code":
            cell.outputs = _joined([made for each in cell.outputs if (made := _output(each, self._is_much))])
            cell.execution_count = _count(cell.get("execution_count"))
        elif not nbgrader_metadata(cell).get("locked", False):
            pictures = _attached(cell.pop("attachments", None))
            if pictures:
                cell.attachments = pictures
            cell.source = harmless_markdown(cell.source, self._is_much, pictures)
        return cell, resources


def _attach_pasted(cell: NotebookNode) -> None:
    """Make attachments of the pictures that stand in a cell's text: a text is cleaned, and too long with them."""
    attachments = attached if isinstance(attached := cell.get("attachments"), dict) else {}
    numbers = itertools.count(1 + len(attachments))

    def attach(pasted: re.Match[str]) -> str:
        name = f"pasted-{next(numbers)}.{pasted[2].removeprefix('image/')}"
        attachments.setdefault(name, {pasted[2]: pasted[3]})
        return f"{pasted[1]}attachment:{name})"

    cell.source = PASTED.sub(attach, as_markdown(PASTED_SOURCE, cell.source))
    if attachments:
        cell.attachments = attachments


def _attached(attachments: Any) -> dict[str, dict[str, str]]:
    """The pictures that are attached to a cell, made anew."""
    found = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        pictures = {
            kind: picture
            for kind, begin in PICTURES.items()
            if isinstance(bundle, dict) and kind in bundle and (picture := _picture(bundle[kind], begin))
        }
        if pictures and ATTACHED.fullmatch(name):
            found[name] = pictures
    return found


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs with what a stream said bit by bit in one piece, as Jupyter has it: a progress bar says a thousand."""
    joined: list[NotebookNode] = []
    for kind, group in itertools.groupby(
        outputs, lambda output: output.get("name") if output.output_type == "stream" else None
    ):
        if kind is None:
            joined += group
        else:
            joined.append(new_output("stream", name=kind, text="".join(each.text for each in group)))
    return joined


def _formatted(cell: NotebookNode) -> int:
    """The characters of a cell that may be HTML or Markdown."""
    if cell.cell_type != "code":
        return len(cell.source)
    bundles = [data for output in cell.outputs if isinstance(data := output.get("data"), dict)]
    return sum(len(_text(data.get(kind))) for data in bundles for kind in ("text/html", "text/markdown", "text/latex"))


def _count(count: Any) -> int | None:
    """An execution count that a notebook may have."""
    return count if type(count) is int and 0 <= count < 2**31 else None


def _output(output: NotebookNode, is_much: bool) -> NotebookNode | None:
    """An output made anew of what is known of its kind; None where the kind is not known."""
    kind = output.get("output_type")
    made: NotebookNode | None = None
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        made = new_output(kind, name=name, text=_said(output.get("text")))
    elif kind == "error":
        lines = output.get("traceback")
        traceback = _said("\n".join(map(_text, lines))).split("\n") if isinstance(lines, list) else []
        name, value = _text(output.get("ename")), _text(output.get("evalue"))
        made = new_output(kind, ename=name, evalue=value, traceback=traceback)
    elif kind == "display_data":
        made = new_output(kind, data=_bundle(output.get("data"), is_much))
    elif kind == "execute_result":
        count = _count(output.get("execution_count"))
        made = new_output(kind, data=_bundle(output.get("data"), is_much), execution_count=count)
    return made


def _bundle(data: Any, is_much: bool) -> dict[str, str]:
    made: dict[str, str] = {}
    for kind, content in data.items() if isinstance(data, dict) else ():
        if kind == "text/plain":
            made[kind] = _text(content)
        elif kind == "text/html" and (shown := harmless(_text(content), is_much)).strip():
            made[kind] = shown
        elif kind == "text/markdown" or (kind == "text/latex" and "text/markdown" not in data):  # it has formulas too
            if (shown := harmless_markdown(_text(content), is_much)).strip():
                made["text/markdown"] = shown
        elif kind in PICTURES and (picture := _picture(content, PICTURES[kind])):
            made[kind] = picture
    return made or {"text/plain": "(an output of a kind that is not shown)"}


def _picture(content: Any, begin: bytes) -> str | None:
    """The picture in base64, made anew; None where it is none."""
    try:
        raw = base64.b64decode("".join(_text(content).split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(raw).decode() if raw.startswith(begin) else None


def _said(content: Any) -> str:
    """What a terminal shows; without its colours, where it would take long to show them."""
    text = _text(content)
    return str(strip_ansi(text)) if text.count("\x1b") * len(text) > COLOURED else text


def _text(content: Any) -> str:
    if isinstance(content, list):
        content = "".join(each for each in content if isinstance(each, str))
    text = content if isinstance(content, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8")
