"""Texts that may be HTML or Markdown, without what would run, or load anything, in the browser of who looks at them."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape

import nh3
from mistune.helpers import BLOCK_TAGS, PRE_TAGS

TAGS = nh3.ALLOWED_TAGS - {"img"} | {"details", "summary", "tfoot"}  # a picture's address tells its server who looks
# The attributes that stay of a tag.
KEPT = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "details": {"open"}}
NO_CONTENT = {"script", "style", "title", "textarea", "iframe", "noscript", "template", "svg", "math"}
# MathJax makes links, styles and classes out of these, in any text.
TEX = re.compile(
    r"(?<!\\)\\++(?=(?:href|url|style|class|cssId|html\w*|require|unicode|data|bbox|texttip|mmlToken|def|let|newcommand)\b)"
)
FILE = r"[\w.-][\w./-]*"  # the path of one beside the notebook
# Markdown's pictures. An address tells its server who looks, and nbconvert fails on what is attached and is not there.
# In their names nothing stands by which Markdown could read them in another way.
PICTURE = re.compile(rf"!(?=\[(?:[^\[\]\n\\`$<>]*\]\((?:attachment:(?P<attached>[\w.-]+)|(?P<beside>{FILE}))\))?)")
# Markdown's links to anything else than these: nbconvert lets scripts be one, and a file of the submission's is opened
# as a page of formgrader's. Whatever may be one counts, but for the pictures beside the notebook.
LEADS_OUT = r"#|https?:|mailto:"
LINK = re.compile(
    rf"(?P<picture>!\[[^\[\]\n]*\]\({FILE}\))"
    rf"|\](?=\([\s<]*+(?!{LEADS_OUT}|attachment:)|:[\s<]*+(?!{LEADS_OUT}|attachment:)[^\]\s)./?%\\:&]*+[./?%\\:&])",
    re.IGNORECASE,
)
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
# HTML's pictures, but for those elsewhere; and those that are pasted.
IMAGE = re.compile(r"<img\s[^<>]*+>", re.IGNORECASE)
SOURCE, PASTED_SOURCE = (
    re.compile(rf"\ssrc\s*+=\s*+(?P<quote>[\"'])(?P<source>{source})(?P=quote)", re.IGNORECASE)
    for source in (rf"attachment:[\w.-]++|{FILE}+", r"data:image/(?:png|jpeg);base64,[\w+/=\s]++")
)
# A block of code whose language is white space, as entities: readers of Markdown look for a word there, and fail.
FENCE = re.compile(r"((?<!`)`{3,}+|(?<!~)~{3,}+)[^\S\n]*+(?:&[#\w]++;[^\S\n]*+)++$", re.MULTILINE)
ENVIRONMENTS = 300  # of LaTeX's: to look for the ends of more, in each other, takes the readers of Markdown long


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
        attributes=KEPT,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto"},
    )
    return TEX.sub("", cleaned)  # last: what is written as an entity, or about a comment, is one word only now


def _kept(_: str, name: str, value: str) -> str | None:
    """An attribute's value; None where it has to go."""
    stays_here = name == "href" and not leads_out(value)
    return None if stays_here or PLACE.search(value) else value


def leads_out(address: str) -> bool:
    """Whether a link leads out of the course, or to a place on its own page: to no file of the submission's."""
    return re.match(LEADS_OUT, address.strip(), re.IGNORECASE) is not None


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

        rest = as_markdown(SOURCE, ASIDE.sub(put_aside, PLACE_MARKS.sub("", text)))
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
    shown_ones = PICTURE.sub(shown, made)
    return FENCE.sub(r"\1", LINK.sub(lambda link: link["picture"] or "] ", shown_ones))


def as_markdown(source: re.Pattern[str], text: str) -> str:
    """A text with HTML's pictures of some source as Markdown's."""

    def written(image: re.Match[str]) -> str:
        found = source.search(image[0])
        return f"![picture]({found['source']})" if found else image[0]

    return IMAGE.sub(written, text)
