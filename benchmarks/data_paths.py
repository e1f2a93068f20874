"""Ways to feed topic 5's training loop, in seconds per epoch of 60,000 images, measured in one run on one thread.

Every way trains the same network by the same mathematics: batches of 4, each image once per epoch, in a new random
order. A round measures every way once, on a part of an epoch (`--images`), scaled to 60,000; the figure is the median
over the rounds, and the ratio the median of the rounds' ratios to the first way.

    python -m benchmarks.data_paths --images 6000 --rounds 5
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pandas as pd
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, Sampler, Subset, TensorDataset
from torchvision import datasets, transforms

from seminar import mnist

EPOCH = 60_000  # images
BATCH = 4

Batches = Iterable[Any]


class WholeBatches(Sampler[Tensor]):
    """The notebook's sampler: the numbers of a whole batch at a time, in a new random order in each pass."""

    def __init__(self, count: int, batch_size: int) -> None:
        self.count, self.batch_size = count, batch_size

    def __len__(self) -> int:
        return -(-self.count // self.batch_size)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(torch.randperm(self.count).split(self.batch_size))


class Pairs(Dataset[Any]):
    """Tensors in memory that a loader may ask for several samples in one call."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index], self.labels[index]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        return self.images[indices], self.labels[indices]


def ways(count: int) -> dict[str, tuple[Callable[[], Batches], dict[str, Any]]]:
    """For each way: what makes a pass over `count` images, and the options of its optimizer."""
    root = str(mnist.get(mnist.default_root()).parents[1])
    dataset = Subset(datasets.MNIST(root, train=True, transform=transforms.ToTensor()), range(count))
    raw = datasets.MNIST(root, train=True)
    images, labels = raw.data[:count, None].to(torch.float32) / 255, raw.targets[:count]
    tensors = TensorDataset(images, labels)

    def slices() -> Batches:
        return ((images[chosen], labels[chosen]) for chosen in torch.randperm(count).split(BATCH))

    def whole_batches() -> Batches:
        sampler = BatchSampler(RandomSampler(tensors), BATCH, drop_last=False)
        return DataLoader(tensors, sampler=sampler, batch_size=None)

    def asked_at_once() -> Batches:
        return DataLoader(Pairs(images, labels), BATCH, shuffle=True, collate_fn=_as_it_is)

    def sampled_at_once() -> Batches:
        return DataLoader(tensors, sampler=WholeBatches(count, BATCH), batch_size=None)

    def in_memory() -> Batches:
        return DataLoader(tensors, batch_size=BATCH, shuffle=True)

    return {
        "DataLoader over torchvision's data set": (lambda: DataLoader(dataset, BATCH, shuffle=True), {}),
        "the same with 2 workers": (lambda: DataLoader(dataset, BATCH, shuffle=True, num_workers=2), {}),
        "DataLoader over tensors in memory": (in_memory, {}),
        "the same, __getitems__": (asked_at_once, {}),
        "the same, BatchSampler(RandomSampler)": (whole_batches, {}),
        "the same, WholeBatches (the notebook)": (sampled_at_once, {}),
        "WholeBatches and SGD(fused=True)": (sampled_at_once, {"fused": True}),
        "WholeBatches and SGD(foreach=True)": (sampled_at_once, {"foreach": True}),
        "plain slices of a permutation": (slices, {}),
    }


def _as_it_is(batch: Any) -> Any:
    return batch


def train(batches: Batches, **options: Any) -> float:
    """Train a fresh network for one pass. Returns the seconds that it took."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, **options)
    start = time.perf_counter()
    pair: tuple[Tensor, Tensor]
    for pair in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(pair[0]), pair[1]).backward()
        optimizer.step()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Seconds per epoch of several ways to feed topic 5's training loop.")
    parser.add_argument("--images", type=int, default=6000, help="images per measurement, scaled to 60,000")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    measured = ways(options.images)
    rows = [
        {name: train(make(), **extra) * EPOCH / options.images for name, (make, extra) in measured.items()}
        for _ in range(options.rounds)
    ]
    table = pd.DataFrame(rows)
    ratios = table.rdiv(table.iloc[:, 0], axis=0)
    result = pd.DataFrame({"s/epoch": table.median().round(1), "times as fast": ratios.median().round(2)})
    print(result.to_string())


if __name__ == "__main__":
    main()
