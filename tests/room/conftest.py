"""What the tests of rooms share: the provisioner's warm parent, ended after the last of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seminar.room.parent import Parent
from seminar.room.provisioner import shared_parent


@pytest.fixture(scope="package", autouse=True)
def parent() -> Iterator[Parent]:
    parent = shared_parent()
    parent.start()
    yield parent
    parent.close()
