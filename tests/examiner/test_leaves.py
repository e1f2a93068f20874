"""A submission's parameters in a test's hands: one object each, the same on both sides."""

from __future__ import annotations

import gc

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
        assert len(service._leaves) == 1
        del held
        gc.collect()
        total()
        assert service._leaves == {}
