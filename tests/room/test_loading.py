"""Loaders in a room: those over what is the test's have no workers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset
from torch.utils.data.dataloader import _SingleProcessDataLoaderIter

from seminar.room import loading
from seminar.room.borrowed import FunctionOfTheTest, make
from seminar.wire.objects import DATASET
from seminar.wire.references import Lent


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DataLoader, "_get_iterator", DataLoader._get_iterator)  # and put back at the end
    loading.load_here()


def items(method: str, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """A data set of a test's with six numbers, as the examiner answers for it."""
    return 6 if method == "__len__" else [float(place) for place in positional[0]]


OF_THE_TEST = make(Lent(-1, DATASET, "Numbers", b""), items, {})


class Wrapped(Dataset[Any]):
    """A data set of the submission's, around another one."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __len__(self) -> int:
        return len(self.inner)

    def __getitem__(self, place: int) -> Any:
        return self.inner.__getitems__([place])[0]


@pytest.mark.parametrize(
    "dataset", [OF_THE_TEST, Subset(OF_THE_TEST, range(6)), Wrapped(OF_THE_TEST), ConcatDataset([Wrapped(OF_THE_TEST)])]
)
def test_what_is_the_tests_is_loaded_here(dataset: Any) -> None:
    loader = DataLoader(dataset, batch_size=4, num_workers=2, persistent_workers=True, timeout=5)
    for _ in range(2):
        assert [batch.tolist() for batch in loader] == [[0, 1, 2, 3], [4, 5]]
    assert (loader.num_workers, loader.timeout) == (2, 5)


def test_a_function_of_the_tests_collates_here() -> None:
    collate = FunctionOfTheTest(lambda method, positional, named: sum(positional[0]), -2)
    numbers: Any = [1, 2, 3]
    assert [*DataLoader(numbers, batch_size=2, num_workers=2, collate_fn=collate)] == [3, 3]


def test_a_loader_of_the_submissions_own_has_its_workers() -> None:
    numbers: Any = torch.arange(6.0)
    iterator = iter(DataLoader(numbers, batch_size=3, num_workers=1))
    assert not isinstance(iterator, _SingleProcessDataLoaderIter)
    assert [batch.tolist() for batch in iterator] == [[0, 1, 2], [3, 4, 5]]
