"""Parameters in the other side's hands: one object each, the same on both sides."""

from __future__ import annotations

import gc
from typing import Any

import pytest
import torch
from torch import nn

from tests.examiner.candidates import honest, named, served

NET = """
import torch
from torch import nn
net = nn.Linear(2, 1)
def total(): return net.weight.sum().item()
def fill(number): net.weight.data.fill_(number)
def train(): net(torch.ones(1, 2)).sum().backward()
def frozen(): return not net.weight.requires_grad
"""


def test_a_leaf_is_one_object_as_long_as_it_is_held() -> None:
    with honest(NET) as candidate:
        net = named(candidate, "net")
        weight = net.weight
        assert isinstance(weight, nn.Parameter)
        assert net.weight is weight
        assert next(iter(net.parameters())) is weight
        assert net.bias is not weight


def test_what_a_test_does_to_it_is_done_to_the_submissions() -> None:
    with honest(NET) as candidate:
        net, total = named(candidate, "net"), named(candidate, "total")
        with torch.no_grad():
            net.weight.fill_(3)  # nothing here holds it any longer
        assert total() == 6
        held = net.weight
        held.data[0, 0] = 10  # PyTorch's count of changes does not tell
        assert total() == 13
        held.requires_grad_(False)
        assert named(candidate, "frozen")()


def test_what_the_submission_does_to_it_is_done_to_the_tests() -> None:
    with honest(NET) as candidate:
        weight = named(candidate, "net").weight
        named(candidate, "fill")(5)
        assert weight.tolist() == [[5, 5]]
        assert weight.grad is None
        named(candidate, "train")()
        assert weight.grad is not None
        assert weight.grad.tolist() == [[1, 1]]


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_an_optimizer_of_the_tests_trains_the_submissions_network(kind: type[torch.optim.Optimizer]) -> None:
    with honest(NET) as candidate:
        net = named(candidate, "net")
        optimizer = kind(net.parameters(), lr=0.05)  # type: ignore[call-arg]
        losses = []
        for _ in range(5):
            optimizer.zero_grad()
            loss = (net(torch.ones(4, 2)) - 7).pow(2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert losses == sorted(losses, reverse=True)


def test_one_that_no_test_holds_is_let_go() -> None:
    with served(NET) as (candidate, service):
        net, total = named(candidate, "net"), named(candidate, "total")
        held = net.weight
        total()
        assert len(service._leaves.own._there) == 1
        del held
        candidate.begin(None)  # as long as a test runs, it is kept
        gc.collect()
        total()
        assert service._leaves.own._there == {}


OPTIMIZER = """
import torch
class Descent:
    def __init__(self, weights): self.weights = list(weights)
    def step(self):
        with torch.no_grad():
            for weight in self.weights: weight -= 0.5 * weight.grad
    def reset(self):
        for weight in self.weights: weight.grad = None
def first(optimizer): return optimizer.weights[0]
def square(x): return x * x
"""


def test_an_optimizer_of_the_submissions_trains_the_tests_network() -> None:
    with honest(OPTIMIZER) as candidate:
        net = nn.Linear(2, 1)
        optimizer = named(candidate, "Descent")(net.parameters())
        assert named(candidate, "first")(optimizer) is net.weight
        before = net.bias.item()
        for step in (1, 2):
            net(torch.ones(1, 2)).sum().backward()
            optimizer.step()
            assert net.bias.item() == pytest.approx(before - 0.5 * step)
            optimizer.reset()
            assert net.weight.grad is None


def test_a_tests_leaf_is_let_go_where_the_submission_does_not_keep_it() -> None:
    with honest(OPTIMIZER) as candidate:
        square = named(candidate, "square")
        for number in range(5):
            x = torch.tensor(float(number), requires_grad=True)
            square(x).backward()
            assert x.grad == 2 * number
        gc.collect()
        square(1)
        square(1)
        assert candidate._leaves.own._there == {}
        assert candidate._lending._numbers == {}
        assert [each for each in candidate._lending._things if each is not None] == []


def test_a_leaf_that_is_changed_between_there_and_back_is_that_of_a_notebook() -> None:
    with honest(OPTIMIZER) as candidate:
        x = torch.tensor(3.0, requires_grad=True)
        y = named(candidate, "square")(x)
        y.backward(retain_graph=True)
        y.backward()  # the gradient has changed, and the content has not
        assert x.grad == 12


TRAINER = """
import torch
from torch.nn import functional as F
def train(model, batches, lr):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    losses = []
    for _ in range(3):
        for x, y in batches:
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return losses
def accuracy(model, batches):
    model.eval()
    with torch.no_grad():
        return sum((model(x) > 0).float().mean().item() for x, _ in batches) / len(batches)
"""


def test_the_submissions_function_trains_the_tests_network_as_it_would_in_a_notebook() -> None:
    net, twin = nn.Linear(2, 1), nn.Linear(2, 1)
    twin.load_state_dict(net.state_dict())
    x = torch.arange(8.0).reshape(4, 2) / 8
    batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x.sum(dim=1, keepdim=True)), batch_size=2)
    with honest(TRAINER) as candidate:
        theirs = named(candidate, "train")(net, batches, 0.1)
        assert 0 <= named(candidate, "accuracy")(net, batches) <= 1
        assert not net.training
    names: dict[str, Any] = {}
    exec(TRAINER, names)
    assert theirs == pytest.approx(names["train"](twin, batches, 0.1))
    assert torch.allclose(net.weight, twin.weight)
    assert torch.allclose(net.bias, twin.bias)
