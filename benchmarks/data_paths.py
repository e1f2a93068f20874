"""Ways to feed topic 5's training loop, in seconds per epoch of 60,000 images, measured in one run on one thread.

Every way trains the same network by the same mathematics: batches of 4, each image once per epoch, in a new random
order. A round measures every way once, on a part of an epoch (`--images`), scaled to 60,000; the figure is the median
over the rounds, and the ratio the median of the rounds' ratios to the first way.

    python -m benchmarks.data_paths --images 6000 --rounds 5
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, Subset, TensorDataset
from torchvision import datasets, transforms

from seminar import mnist

EPOCH = 60_000  # images
BATCH = 4

Batches = Iterable[Any]


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

    def in_memory() -> Batches:
        return DataLoader(tensors, batch_size=BATCH, shuffle=True)

    return {
        "DataLoader over torchvision's data set": (lambda: DataLoader(dataset, BATCH, shuffle=True), {}),
        "the same with 2 workers": (lambda: DataLoader(dataset, BATCH, shuffle=True, num_workers=2), {}),
        "DataLoader over tensors in memory (the notebook)": (in_memory, {}),
        "the same with SGD(fused=True)": (in_memory, {"fused": True}),
        "the same with SGD(foreach=True)": (in_memory, {"foreach": True}),
        "DataLoader that indexes a batch at a time": (whole_batches, {}),
        "plain slices of a permutation": (slices, {}),
    }


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
