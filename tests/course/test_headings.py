"""Headings in Markdown."""

from __future__ import annotations

import pytest

from seminar.course.headings import heading, unmarked


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("## 1. Doubling\n\n```python\n# a comment\n```", "1. Doubling"),
        ("```python\n# a comment\n```\n## After ##", "After"),
        ("~~~~\n# a comment\n~~~\n# another\n~~~~\n# After", "After"),
        ("```\n# a fence that is not closed", None),
        ("```inline``` code\n# Title", "Title"),
        ("   ### In C#  ", "In C#"),
        ("# #\n#tag\n####### seven\n    # code\n# One", "One"),
        ("text", None),
    ],
)
def test_a_heading_is_no_comment_in_code(source: str, expected: str | None) -> None:
    assert heading(source) == expected


def test_titles_are_the_headings_of_the_first_level() -> None:
    assert heading("## Two\n# One", deepest=1) == "One"
    assert heading("## Two", deepest=1) is None


def test_a_heading_without_its_marks() -> None:
    assert unmarked("A third *device*: `meta`, **2 * 3**") == "A third device: meta, 2 * 3"


def test_a_long_line_does_not_hold_up_the_search_for_a_heading() -> None:
    assert heading("# a" + " #" * 500_000 + "b\n" + "`" * 500_000) is not None
