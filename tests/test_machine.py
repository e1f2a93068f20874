"""What a machine has."""

from __future__ import annotations

import pytest

from seminar.machine import no_rooms


def test_on_another_system_a_linux_one_is_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert no_rooms().startswith("Rooms need Linux, and this is Darwin.")
