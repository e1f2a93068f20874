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
from collections.abc import Collection
from html import unescape
from typing import Any, cast

import nh3
from mistune.helpers import BLOCK_TAGS, PRE_TAGS
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from seminar.course.notebook import nbgrader_metadata

PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}  # by how they begin
TAGS = nh3.ALLOWED_TAGS - {"img"} | {"details", "summary", "tfoot"}  # a picture's address tells its server who looks
NO_CONTENT = {"script", "style", "title", "textarea", "iframe", "noscript", "template", "svg", "math"}
# MathJax makes links, styles and classes out of these, in any text.
TEX = re.compile(
    r"(?<!\\)\\++(?=(?:href|url|style|class|cssId|html\w*|require|unicode|data|bbox|texttip|mmlToken|def|let|newcommand)\b)"
)
FILE = r"[\w.-][\w./-]*"  # the path of one beside the notebook
# Markdown's pictures. An address tells its server who looks, and nbconvert fails on what is attached and is not there.
# In their names nothing stands by which Markdown could read them in another way.
PICTURE = re.compile(rf"!(?=\[(?:[^\[\]\n\\`$<>]*\]\((?:attachment:(?P<attached>[\w.-]+)|(?P<beside>{FILE}))\))?)")
# Markdown's links with another scheme than these: nbconvert lets scripts be one. Whatever may be one counts.
SCRIPT = re.compile(r"\](?=[(:][\s<]*+(?!#|https?:|mailto:|attachment:)[^\]\s)/?:&]*+[:&])", re.IGNORECASE)
# Markdown's code: blocks between fences, and spans.
CODE = r"^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)|\Z)|(?<!`)(?P<mark>`+)(?!`).+?(?<!`)(?P=mark)(?!`)"
# Its formulas. (Of an environment in another one only the inner one: to look for the outer one's end takes long.)
FORMULA = (
    r"(?<!\\)\$\$(?:(?!\$\$).)+\$\$|(?<![\\$])\$(?![\s$])[^$\n]+\$"
    r"|\\begin\{(?P<environment>[a-z]*\*?)\}(?:(?!\\begin\{).)*?\\end\{(?P=environment)\}"
)
ASIDE = re.compile(f"{CODE}|(?P<formula>{FORMULA})", re.DOTALL | re.MULTILINE)
# Where code or a formula was that is put aside: between two characters that stand for nothing.
PLACE, PLACE_MARKS = re.compile("\ue000(\\d+)\ue001"), re.compile("[\ue000\ue001]")
# To clean what is deeply nested, and to pair the marks of code, takes time that grows faster than a text does.
LONG = 100_000  # characters of a text
MUCH = 1_000_000  # characters of all of a notebook's
TAG = re.compile(r"<(?=[A-Za-z/!?])")  # what HTML begins a tag with, and with nothing else
TAG_NAMES = "|".join(
    {*nh3.ALLOWED_TAGS, *TAGS, *NO_CONTENT, *BLOCK_TAGS, *PRE_TAGS}
    | {"audio", "big", "button", "canvas", "embed", "font", "input", "label", "object", "picture", "select", "video"}
)
# Attributes of a tag. Nothing of it can be read in two ways, and nothing is read twice: a student writes what it reads.
ATTRIBUTES = r"""(?:\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s"'=<>`]++|'[^']*+'|"[^"]*+"))?+)*+"""
# A < that Markdown takes for a character, as in i<n: no tag of HTML's begins with it that has an end, too.
LESS = re.compile(
    rf"<(?!(?:{TAG_NAMES})(?![\w-]){ATTRIBUTES}\s*+/?>|/(?:{TAG_NAMES})\s*+>"
    r"|!--(?:(?!<!--).)*?-->|\?[^<>]*\?>|![A-Z][^<>]*>)",
    re.IGNORECASE | re.DOTALL,
)
ADDRESS = re.compile(r"<(https?://[^\s<>]+)>")  # Markdown's links without a text
SPLIT = "\N{WORD JOINER}"  # is not seen, and what stands before it begins no tag and no name of a macro
ATTACHED = re.compile(r"[\w.-]{1,200}")  # the names of pictures in a cell
# A picture in a text itself, as hosted notebooks paste it: up to millions of characters.
PASTED = re.compile(r"(!\[[^\[\]\n]*\]\()data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]+)\)")
# HTML's pictures, but for those elsewhere; and those that are pasted.
IN_HTML = r"<img\s(?:[^<>]*\s)?src\s*=\s*(?P<quote>[\"'])"
IMAGE = re.compile(r"<img\s[^<>]*+>", re.IGNORECASE)
SOURCE, PASTED_SOURCE = (
    re.compile(rf"\ssrc\s*+=\s*+(?P<quote>[\"'])(?P<source>{source})(?P=quote)", re.IGNORECASE)
    for source in (rf"attachment:[\w.-]++|{FILE}+", r"data:image/(?:png|jpeg);base64,[\w+/=\s]++")
)
# A block of code whose language is white space, as entities: readers of Markdown look for a word there, and fail.
FENCE = re.compile(r"((?<!`)`{3,}+|(?<!~)~{3,}+)[^\S\n]*+(?:&[#\w]++;[^\S\n]*+)++$", re.MULTILINE)
# What takes a time that grows faster than a text does, elsewhere: to look for the ends of so many environments in each
# other, and to colour a terminal's text (by the product of its length and its codes).
ENVIRONMENTS, COLOURED = 300, 10**9


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


def harmless_markdown(text: str, is_much: bool = False, pictures: Collection[str] = ()) -> str:
    """A Markdown text, without what runs or loads anything: of a picture elsewhere, a link to it stays.

    Code and formulas stay as they are read: no `<` in them is escaped, but none begins a tag, whatever else takes it
    for code or not. They are put aside while the rest is cleaned, in one piece: what is folded away (`<details>`) may
    have code in it.

    Args:
        text: the text.
        is_much: whether there is no time for what is formatted.
        pictures: the names of those that are attached to its cell.
    """
    if is_much or len(text) > LONG:
        made = harmless(text, is_much=True)
    else:
        aside: dict[str, str] = {}  # each is put back once: whoever writes such a mark as an entity gets nothing

        def put_aside(part: re.Match[str]) -> str:
            is_formula, text = part["formula"] is not None, part[0]
            if "&" in text and TEX.search(unescape(text)):  # a browser may read its entities
                text = text.replace("&", "&amp;")
            text = TEX.sub("" if is_formula else rf"\g<0>{SPLIT}", text)
            aside[number := str(len(aside))] = TAG.sub("< " if is_formula else f"<{SPLIT}", text)
            return f"\ue000{number}\ue001"

        rest = _as_markdown(SOURCE, ASIDE.sub(put_aside, PLACE_MARKS.sub("", text)))
        rest = ADDRESS.sub(r"\1", rest)
        cleaned = harmless(LESS.sub("&lt;", rest))
        # Once more without macros: they may have stood about a place that is none.
        made = TEX.sub("", PLACE.sub(lambda place: aside.pop(place[1], ""), cleaned.replace("&gt;", ">")))
    left = set(pictures)

    def shown(picture: re.Match[str]) -> str:
        if (name := picture["attached"]) in left:
            left.remove(name)  # each once: a page holds it as often as it is shown
            return "!"
        return "!" if picture["beside"] else "&#33;"

    if made.count("\\begin") > ENVIRONMENTS:
        made = made.replace("\\begin", "begin")
    return FENCE.sub(r"\1", SCRIPT.sub("] ", PICTURE.sub(shown, made)))


def _as_markdown(source: re.Pattern[str], text: str) -> str:
    """A text with HTML's pictures of some source as Markdown's."""

    def written(image: re.Match[str]) -> str:
        found = source.search(image[0])
        return f"![picture]({found['source']})" if found else image[0]

    return IMAGE.sub(written, text)


def _attach_pasted(cell: NotebookNode) -> None:
    """Make attachments of the pictures that stand in a cell's text: a text is cleaned, and too long with them."""
    attachments = attached if isinstance(attached := cell.get("attachments"), dict) else {}
    numbers = itertools.count(1 + len(attachments))

    def attach(pasted: re.Match[str]) -> str:
        name = f"pasted-{next(numbers)}.{pasted[2].removeprefix('image/')}"
        attachments.setdefault(name, {pasted[2]: pasted[3]})
        return f"{pasted[1]}attachment:{name})"

    cell.source = PASTED.sub(attach, _as_markdown(PASTED_SOURCE, cell.source))
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


_ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "details": {"open"}}


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
