"""What the tests of collecting share."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest


@pytest.fixture
def zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """This machine's time zone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()
