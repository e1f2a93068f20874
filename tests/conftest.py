"""What the tests share."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import matplotlib as mpl
import nbgrader.api
import pytest
import torch
from filelock import FileLock
from hypothesis import settings

from seminar import mnist

mpl.use("Agg")
torch.set_num_threads(1)  # the tests run two at a time, on two cores
# Every run tries the same examples, or one that fails by chance would say nothing of the change that it is run for.
# `pytest --hypothesis-profile search` looks for new ones: what it finds becomes an example of its own.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile("same")
# For each new gradebook nbgrader starts a program that takes 2 seconds, and always tells the same.
nbgrader.api.get_alembic_version = functools.cache(nbgrader.api.get_alembic_version)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first: of two test processes none is left with it at the end, or waits for it.

    The first test that needs the demonstration makes it (see `test_demo.demonstration`). The others come last.
    """
    demonstration = [item for item in items if "demonstration" in getattr(item, "fixturenames", ())]
    others = [item for item in items if item not in demonstration]
    items[:] = [*demonstration[:1], *others, *demonstration[1:]]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what one test process makes, behind a lock, and the others take."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def data(shared: Path) -> Path:
    """MNIST where the notebooks look for it, fetched if need be."""
    root = mnist.default_root()
    with FileLock(str(shared / "mnist.lock")):
        mnist.get(root)
    return root
