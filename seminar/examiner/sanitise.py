"""What a submission shows is untrusted too: it must not run in the browser of whoever looks at it.

nbgrader's formgrader and feedback pages show notebooks as HTML. So every output, and every text that a student may have
written, is made anew from what is known to be harmless: HTML goes through ammonia (nh3), pictures must be pictures, a
bundle's other kinds (JavaScript, SVG, widgets, LaTeX) give way to its plain text.
"""

from __future__ import annotations

import base64
import binascii
import re
from html import unescape
from itertools import groupby
from typing import Any, cast

import nh3
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from seminar.course.notebook import nbgrader_metadata

PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}  # by how they begin
TAGS = nh3.ALLOWED_TAGS - {"img"} | {"details", "summary", "tfoot"}  # a picture's address tells its server who looks
NO_CONTENT = {"script", "style", "title", "textarea", "iframe", "noscript", "template", "svg", "math"}
# MathJax makes links, styles and classes out of these, in any text.
TEX = re.compile(
    r"\\+(?=(?:href|url|style|class|cssId|html\w*|require|unicode|data|bbox|texttip|mmlToken|def|let|newcommand)\b)"
)
# Markdown's pictures, but for those in files beside the notebook: an address tells its server who looks.
ELSEWHERE = re.compile(r"!(?=\[)(?!\[[^\[\]\n]*\]\([\w.-][\w./-]*\))")
# Markdown's links with another scheme than these: nbconvert lets scripts be one. Whatever may be one counts.
SCRIPT = re.compile(r"\](?=[(:][\s<]*+(?!#|https?:|mailto:)[^\]\s)/?:&]*+[:&])", re.IGNORECASE)
# Markdown's code: blocks between fences, and spans.
CODE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1|\Z)|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE)
# Where code was that is put aside: between two characters that stand for nothing.
PLACE, PLACE_MARKS = re.compile("\ue000(\\d+)\ue001"), re.compile("[\ue000\ue001]")
# To clean what is deeply nested, and to pair the marks of code, takes time that grows faster than a text does.
LONG = 100_000  # characters of a text
MUCH = 1_000_000  # characters of all of a notebook's
TAG = re.compile(r"<(?=[A-Za-z/!?])")  # what HTML begins a tag with, and with nothing else


class Sanitise(NbGraderPreprocessor):
    """Makes every output, and every text of the student's, harmless. It comes after the notebook has run."""

    _is_much = False  # whether the notebook holds more formatted text than there is time for

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Sanitise a notebook."""
        self._is_much = sum(map(_formatted, nb.cells)) > MUCH
        return cast("tuple[NotebookNode, Any]", super().preprocess(nb, resources))

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        """Sanitise one cell."""
        if cell.cell_type == "code":
            cell.outputs = _joined([made for each in cell.outputs if (made := _output(each, self._is_much))])
            cell.execution_count = _count(cell.get("execution_count"))
        elif not nbgrader_metadata(cell).get("locked", False):
            cell.source = harmless_markdown(cell.source, self._is_much)
            cell.pop("attachments", None)
        return cell, resources


def harmless(text: str, is_much: bool = False) -> str:
    """A text that may be HTML or Markdown, without what runs or loads anything: where it is much, without any tag."""
    if "<" not in text and not ("&" in text and TEX.search(unescape(text))):
        return TEX.sub("", text)
    if is_much or len(text) > LONG:
        return TAG.sub("< ", TEX.sub("", unescape(text)))
    cleaned = nh3.clean(
        text,
        tags=TAGS,
        clean_content_tags=NO_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: None if PLACE.search(value) else value,
        url_schemes={"http", "https", "mailto"},
    )
    return TEX.sub("", cleaned)  # last: what is written as an entity, or about a comment, is one word only now


def harmless_markdown(text: str, is_much: bool = False) -> str:
    """A Markdown text, without what runs or loads anything: of a picture elsewhere, a link to it stays.

    Code stays legible: no `<` in it is escaped, but none begins a tag, whatever else takes it for code or not. It is
    put aside while the rest is cleaned, in one piece: what is folded away (`<details>`) may have code in it.
    """
    if is_much or len(text) > LONG:
        made = harmless(text, is_much=True)
    else:
        aside: dict[str, str] = {}  # each is put back once: whoever writes such a mark as an entity gets nothing

        def put_aside(code: re.Match[str]) -> str:
            aside[number := str(len(aside))] = TAG.sub("< ", TEX.sub("", code[0]))
            return f"\ue000{number}\ue001"

        cleaned = harmless(CODE.sub(put_aside, PLACE_MARKS.sub("", text)))
        made = PLACE.sub(lambda place: aside.pop(place[1], ""), cleaned)
    return SCRIPT.sub("] ", ELSEWHERE.sub("&#33;", made))


_ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "details": {"open"}}


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs with what a stream said bit by bit in one piece, as Jupyter has it: a progress bar says a thousand."""
    joined: list[NotebookNode] = []
    for kind, group in groupby(outputs, lambda output: output.get("name") if output.output_type == "stream" else None):
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
    return sum(len(_text(data.get(kind))) for data in bundles for kind in ("text/html", "text/markdown"))


def _count(count: Any) -> int | None:
    """An execution count that a notebook may have."""
    return count if type(count) is int and 0 <= count < 2**31 else None


def _output(output: NotebookNode, is_much: bool) -> NotebookNode | None:
    """An output made anew of what is known of its kind; None where the kind is not known."""
    kind = output.get("output_type")
    made: NotebookNode | None = None
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        made = new_output(kind, name=name, text=_text(output.get("text")))
    elif kind == "error":
        lines = output.get("traceback")
        traceback = [_text(line) for line in lines] if isinstance(lines, list) else []
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
        elif kind == "text/html":
            made[kind] = harmless(_text(content), is_much)
        elif kind == "text/markdown":
            made[kind] = harmless_markdown(_text(content), is_much)
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


def _text(content: Any) -> str:
    if isinstance(content, list):
        content = "".join(each for each in content if isinstance(each, str))
    text = content if isinstance(content, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8")
