"""No name in a download leads anywhere."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given

from seminar.course.collect.paths import RefusedError, member_path, unfit
from tests.course.collect.downloads import TEXT


@given(TEXT)
@example("..")
@example("a\0b")
def test_a_name_leads_nowhere(name: str) -> None:
    try:
        path = member_path(name)
    except RefusedError:
        return
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert all(unfit(part) is None and unicodedata.is_normalized("NFC", part) for part in path.parts)
