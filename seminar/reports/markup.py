"""What people wrote or a notebook showed, as HTML that is safe in a page: nothing of it runs, and nothing is fetched.

Formulas become MathML, which a browser draws by itself. What a page of feedback has in common with all others (the
instructor's text and code) is made once per process: hence the caches.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element, tostring

import nh3
from IPython.lib.lexers import IPython3Lexer
from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape
from nbconvert.filters import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import Python3Lexer

from seminar.examiner import harmless
from seminar.examiner.sanitise import PICTURES

CACHED = 4096  # pieces: a few hundred topics' worth
HIGHLIGHTED = 100_000  # characters of a cell
HIGHLIGHTED_MAGICS = 5_000  # and of one with IPython's magics: its lexer takes time quadratic in the length
GAP = re.compile(r"\s{100}")  # and in that of white space, far more of it
LONG = 40  # characters of TeX: a longer formula may not fit a phone and gets a scroll bar of its own
MATHML = {
    *("math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mstyle", "mfrac", "msqrt", "mroot", "mpadded"),
    *("msup", "msub", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts", "mphantom"),
    *("mtable", "mtr", "mtd", "menclose"),
}
MATHML_ATTRIBUTES = {
    *("accent", "columnalign", "columnlines", "depth", "display", "displaystyle", "fence", "form", "height"),
    *(
        "linebreak",
        "linethickness",
        "lspace",
        "mathcolor",
        "mathsize",
        "mathvariant",
        "maxsize",
        "minsize",
        "movablelimits",
    ),
    *(
        "notation",
        "rowlines",
        "rowspacing",
        "rspace",
        "scriptlevel",
        "separator",
        "stretchy",
        "symmetric",
        "voffset",
        "width",
    ),
}
# A page holds its pictures, and formulas are drawn.
TAGS = harmless.TAGS | {"img"} | MATHML
NO_CONTENT = harmless.NO_CONTENT - {"math"}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "details": {"open"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "style"},
    "span": {"class"},
    "div": {"class"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
    **dict.fromkeys(MATHML, MATHML_ATTRIBUTES),
}
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
# The grader's folders are nobody's business.
BEFORE_A_PATH = r"\s:'\"(\[=,"  # and not within: so each text is looked at once
LIBRARY = re.compile(  # a colour may end before it, too
    rf"(?:(?<![^{BEFORE_A_PATH}])|(?<=\dm))[~/][^{BEFORE_A_PATH}]{{0,300}}/(?=(?:site|dist)-packages/|python3\.\d+/)"
)


@lru_cache(CACHED)
def markdown(text: str) -> Markup:
    """A Markdown text, formulas included."""
    return html(str(_markdown(_Renderer)(text)))


def markdown_with(text: str, attachments: Mapping[str, Mapping[str, str]]) -> Markup:
    """A Markdown text with pictures that are attached to its cell, each shown once.

    Args:
        text: the text.
        attachments: the pictures in base64, by what the text calls them, then by type.
    """
    if not attachments:
        return markdown(text)
    held: Any = {**attachments}
    renderer = _Renderer(escape=False, exclude_anchor_links=True, attachments=held)
    return html(str(MarkdownWithMath(renderer)(text)))


def html(text: str) -> Markup:
    """HTML, without what runs, loads or styles. A picture stays where the page itself holds it."""
    cleaned = nh3.clean(
        text,
        tags=TAGS,
        clean_content_tags=NO_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties={"text-align"},
    )
    return Markup(cleaned)


def _kept(tag: str, name: str, value: str) -> str | None:
    """An attribute's value; None where it has to go. A link to data, or to a file, would be a page of its own."""
    if name == "src":
        return value if PICTURE.fullmatch(value) else None
    if name == "href" and not harmless.leads_out(value):
        return None
    return value


@lru_cache(CACHED)
def code(text: str) -> Markup:
    """A code cell's source, highlighted as far as it is not too long for it."""
    if len(text) > HIGHLIGHTED:
        return escape(text)
    has_magics = len(text) <= HIGHLIGHTED_MAGICS and not GAP.search(text)
    lexer = _lexer(IPython3Lexer if has_magics else Python3Lexer)
    return Markup(highlight(text or " ", lexer, HtmlFormatter(nowrap=True)).rstrip("\n"))


@cache
def _lexer(kind: Any) -> Any:
    return kind(stripnl=False)


def terminal(text: str) -> Markup:
    """What a program printed, in its colours; of lines that it wrote over each other, the last."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return Markup(ansi2html(LIBRARY.sub("", "\n".join(lines))))


def formula(tex: str, block: bool) -> str:
    """A formula as MathML, or as its TeX where that is beyond what can be converted. It needs to be made safe yet."""
    style = "block" if block else "inline"
    try:
        drawn = _spaced(_unescaped(convert_to_element(tex, display=style)))
    except Exception:  # the converter fails with anything on TeX that is none
        return f"<code>{escape(tex.strip())}</code>"
    shape = "formula block" if block else "formula long" if len(tex) > LONG else "formula"
    return f'<span class="{shape}">{tostring(drawn, encoding="unicode")}</span>'


def _unescaped(element: Element) -> Element:
    """The element with its texts as they are meant: the converter writes entities into them.

    Raises:
        ValueError: something of the TeX is left, which the converter did not understand.
    """
    for each in element.iter():
        if each.text:
            each.text = entities.unescape(each.text)
            if each.tag != "mtext" and (each.text.startswith("\\") or each.text == "&"):
                raise ValueError(each.text)
    return element


def _spaced(element: Element) -> Element:
    """The element with a thin space behind the name of a function, as in log x, where no parenthesis follows."""
    for parent in list(element.iter()):
        for place, (one, other) in reversed(list(enumerate(pairwise(parent), start=1))):
            name = one if one.tag == "mi" else next(iter(one), one)  # in an index or power: its base
            if name.tag == "mi" and len(name.text or "") > 1 and (name.text or "").isalpha() and other.tag != "mo":
                parent.insert(place, Element("mspace", width="0.17em"))
    return element


def plain(text: str) -> str:
    """A heading's text without its markup. Of a formula, its TeX."""
    return html(str(_markdown(_PlainRenderer)(f"# {text}"))).striptags()


@cache
def _markdown(renderer: type[_Renderer]) -> MarkdownWithMath:
    return MarkdownWithMath(renderer(escape=False, exclude_anchor_links=True))


def _meant(text: str) -> str:
    """Code or a formula as its author wrote it: what makes it harmless in other pages is not needed in these."""
    return text.replace(harmless.SPLIT, "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class _Renderer(IPythonRenderer):
    """nbconvert's renderer, with formulas drawn and no picture fetched."""

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """A heading that links in the notebook lead to, by the name that Jupyter gives it."""
        name = entities.unescape(Markup(text).striptags()).replace(" ", "-")
        return f'<h{level} id="{escape(name)}">{text}</h{level}>\n'

    def codespan(self, text: str) -> str:
        return super().codespan(_meant(text))

    def block_code(self, code: str, info: str | None = None) -> str:
        return super().block_code(_meant(code), info)

    def inline_math(self, body: str) -> str:
        return formula(_meant(body), block=False)

    def block_math(self, body: str) -> str:
        return formula(_meant(body), block=True)

    def latex_environment(self, name: str, body: str) -> str:
        return formula(f"\\begin{{{name}}}{_meant(body)}\\end{{{name}}}", block=True)

    def block_mermaidjs(self, code: str) -> str:
        return f"<pre><code>{escape(code)}</code></pre>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A picture that the text itself holds, or its cell; of another, what it is called."""
        bundle = self.attachments.pop(url.removeprefix("attachment:"), {})
        for kind in PICTURES:
            if isinstance(content := bundle.get(kind), str):
                url = f"data:{kind};base64,{''.join(content.split())}"
        if PICTURE.fullmatch(url):
            return f'<img src="{url}" alt="{escape(Markup(text).striptags())}">'
        return f"<em>(picture: {escape(Markup(text).striptags() or url)})</em>"


class _PlainRenderer(_Renderer):
    """The same, with formulas as they were written."""

    def inline_math(self, body: str) -> str:
        return str(escape(_meant(body).strip()))

    block_math = inline_math
