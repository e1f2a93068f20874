"""The record of where a submission comes from."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seminar.course.collect.placing import Collected, collected

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
FIELDS = ("source", "late", "attempt", "title", "handed_in", "modified", "upload", "participant")


@given(JSON | st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=3))
def test_a_record_that_somebody_has_changed_is_a_record_or_none(written: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".collected.json").write_text(json.dumps(written))
        found = collected(Path(folder))
        if found:
            found.is_newer_than(Collected("x", upload=1, handed_in=datetime(2026, 1, 1)))


def test_a_short_record_is_enough(tmp_path: Path) -> None:
    assert collected(tmp_path) is None
    (tmp_path / ".collected.json").write_text('{"source": "x", "late": true, "attempt": 1}')
    assert collected(tmp_path) == Collected("x", late=True, attempt=1)
