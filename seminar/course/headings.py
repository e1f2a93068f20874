"""Headings in the Markdown of a cell."""

from __future__ import annotations

import re

# A block of code in Markdown, up to its closing fence, or to the end where it has none.
_FENCED = re.compile(r"^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(\S.*)$", re.MULTILINE)
_MARK = re.compile(r"`|\*(?=\S)|(?<=\S)\*")  # not a star that multiplies: it stands alone


def heading(source: str, deepest: int = 6) -> str | None:
    r"""The first heading in the Markdown of a cell, with its marks; None where there is none.

    A comment in a block of code is none.

    Args:
        source: the Markdown.
        deepest: the deepest level that counts: with 1, only titles.

    >>> heading("```python\n# a comment\n```\n## A `view` ##"), heading("## Two", deepest=1)
    ('A `view`', None)
    """
    levels = ((len(found[1]), _without_end(found[2])) for found in _HEADING.finditer(_FENCED.sub("", source)))
    return next((text for level, text in levels if level <= deepest and text), None)


def _without_end(text: str) -> str:
    """A heading without the number signs that may close it: "C#" keeps its own."""
    text = text.rstrip()
    shorter = text.rstrip("#")
    return shorter.rstrip() if shorter != shorter.rstrip() or not shorter else text


def unmarked(text: str) -> str:
    """A heading as plain text, without its backticks and stars.

    >>> unmarked("A third *device*: `meta`, 2 * 3")
    'A third device: meta, 2 * 3'
    """
    return _MARK.sub("", text)
