"""What a test hands over, and what the candidate may tell of it in return."""

from __future__ import annotations

import gc
import threading
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision.datasets import DatasetFolder

from seminar.examiner.handle import CandidateError, Handle, is_handle
from seminar.examiner.lending import (
    Lending,
    called_back,
    described,
    is_what_its_attributes_are,
    take_back,
    take_back_given,
)
from seminar.wire.channel import WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode
from seminar.wire.objects import DATASET, NETWORK, OBJECT, content
from seminar.wire.references import Public
from tests.examiner.candidates import honest, named, served


class Ours(nn.Module):
    """A network of a class of the test's."""

    def forward(self, x: Any) -> Any:
        return x


class Numbers(Dataset[int]):
    """A data set of a class of the test's."""

    size = 7

    def __len__(self) -> int:
        return 3

    def __getitem__(self, place: int) -> int:
        return [4, 5, 6][place]


def spied_on() -> nn.Module:
    net = nn.ReLU()
    net.register_forward_hook(lambda *seen: None)
    return net


def test_a_librarys_objects_are_rebuilt_and_others_are_asked() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5))
    optimizer = torch.optim.Adam(net.parameters())
    rebuilt: list[Any] = [
        *(net, net[0], optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 3), torch.Generator()),
        *(TensorDataset(torch.ones(3)), DataLoader(Numbers()), torch.utils.data.RandomSampler([1]), nn.Tanhshrink()),
    ]
    for value in rebuilt:
        found = described(value)
        assert found is not None
        assert found[0] == OBJECT
        assert isinstance(found[1], Public)
    assert described(Ours()) == (NETWORK, "Ours")
    assert described(spied_on()) == (NETWORK, "ReLU")  # to call it, its hook has to be called
    assert described(Numbers()) == (DATASET, "Numbers")
    others: list[Any] = [3, "text", len, Ours, {1: 2}, torch.ones(2)]
    assert [described(value) for value in others] == [None] * len(others)


def test_what_was_lent_answers_what_it_was_lent_for() -> None:
    data = Numbers()
    assert called_back(data, "__len__", (), {}) == 3
    assert called_back(data, "__getitems__", ([0, 2],), {}) == [4, 6]
    assert called_back(Ours(), "", (3,), {}) == 3
    assert called_back(data, "__getattr__", ("size",), {}) == 7
    for name in ("__class__", "_hidden", 3, None):
        with pytest.raises(AttributeError):
            called_back(data, "__getattr__", (name,), {})
    for thing, method in (
        (data, "secret"),
        (data, None),
        (Ours(), "parameters"),
        (torch.ones(1), ""),
        (len, "__call__"),
    ):
        with pytest.raises(WireError, match="more than to use"):
            called_back(thing, method, (), {})
    lending = Lending()
    assert lending.at(lending.number_of(data)) is data
    for number in (0, 1, -2, True, None, "x", -(2**70)):
        with pytest.raises(WireError, match="was not lent"):
            lending.at(number)


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2), nn.Dropout(0.5))


def test_changes_that_fit_are_taken_over() -> None:
    net: Any = network()
    other: Any = network()
    other.eval()
    other[2].p = 0.25
    take_back(net[2], content(OBJECT, other[2]))
    assert (net[2].p, net[2].training) == (0.25, False)
    mean = net[1].running_mean
    other[1].running_mean.fill_(4)
    take_back(net[1], content(OBJECT, other[1]))
    assert net[1].running_mean is mean
    assert mean.tolist() == [4, 4]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    told = content(OBJECT, torch.optim.SGD([*net.parameters()][:1], lr=0.5))
    told[2] = [{"momentum_buffer": torch.ones(2, 1)}]
    take_back(optimizer, told)
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert [*optimizer.state] == [net[0].weight]


def test_what_cannot_change_there_is_not_changed() -> None:
    class Spy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.calls, self.layer = 0, nn.Linear(1, 1)

    spy, data, ours = Spy(), TensorDataset(torch.ones(2)), SimpleNamespace(_expected=[4])
    before = data.tensors
    parts = {"_buffers": {}, "_parameters": {}, "_modules": {"layer": spy.layer}, "training": False}
    take_back(spy, parts | {"calls": 3})
    assert (spy.calls, spy.training) == (0, False)
    take_back(data, {"tensors": (torch.zeros(2),)})
    take_back(ours, {"_expected": [0]})
    assert data.tensors is before
    assert ours._expected == [4]


def test_methods_of_a_librarys_data_set_are_not_lent(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(b"")
    folder = DatasetFolder(str(tmp_path), len, (".png",))
    assert called_back(folder, "__getattr__", ("classes",), {}) == ["a"]
    for name in ("find_classes", "make_dataset", "loader"):
        with pytest.raises(AttributeError):
            called_back(folder, "__getattr__", (name,), {})


def test_a_mock_is_not_to_be_told_what_it_saw() -> None:
    mock = Mock()
    mock.step()
    called_back(called_back(mock, "__getattr__", ("step",), {}), "", (), {})
    assert mock.step.call_count == 2
    for name in (
        "call_count",
        "mock_calls",
        "reset_mock",
        "configure_mock",
        "side_effect",
        "return_value",
        "attach_mock",
    ):
        with pytest.raises(AttributeError):
            called_back(mock, "__getattr__", (name,), {})


def lies() -> list[Any]:
    handle = Handle(None, 1, "Liar")  # type: ignore[arg-type]
    weight = nn.Parameter(torch.zeros(1))
    return [
        *(None, 7, "text", [], [1, 2, 3, 4], {}, {"training": handle}, torch.ones(2), handle),
        *([{}, [{"params": [handle]}], [None], {}], [{}, [{"params": [weight], "lr": handle}], [None], {}]),
        *([{}, [{"params": [weight]}], [], {}], [{}, [{"params": [weight]}], [{"x": handle}], {}]),
        {"_buffers": {"x": handle}, "_parameters": {"weight": handle}, "_modules": {"0": handle}, "p": handle},
        {"_buffers": {"running_mean": torch.ones(9)}, "_parameters": {}, "_modules": {"0": handle}, "training": "yes"},
        {"_buffers": {}, "_parameters": {"weight": torch.zeros(2, 1)}, "_modules": {"0": 3}, "forward": handle},
    ]


@pytest.mark.parametrize("place", range(len(lies())))
def test_lies_about_objects_leave_no_handle_in_them(place: int) -> None:
    net = network()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for thing in (net, net[0], net[1], net[2], optimizer, scheduler, torch.Generator()):
        try:
            take_back(thing, lies()[place])
        except WireError as error:
            assert "what cannot be" in str(error)
    held = [*gc.get_referents(*(vars(each) for each in (*net.modules(), scheduler)), optimizer.state)]
    held += [each for group in optimizer.param_groups for each in group.values()]
    assert not any(is_handle(each) for each in held)
    assert [type(each) for each in net.children()] in ([nn.Linear, nn.BatchNorm1d, nn.Dropout], [])
    assert net[:0](torch.ones(1, 1)).tolist() == [[1.0]]


KEEPER = """
import torch
from torch import nn
kept = []
def keep(thing): kept.append(thing)
def throw_away(): kept.clear()
def again(thing): return thing
def look(thing): return type(thing).__name__
def step():
    weight = kept[0].param_groups[0]["params"][0]
    weight.grad = torch.ones_like(weight)
    kept[0].step()
def with_a_layer(net):
    net.append(nn.Linear(1, 1))
    return net
class Holder(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
    def forward(self, x): return self.inner(x)
"""


def test_what_the_submission_keeps_is_one_object_as_long_as_it_keeps_it() -> None:
    with served(KEEPER) as (candidate, service):
        weight = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=1.0)
        named(candidate, "keep")(optimizer)
        for expected in (-1, -2):
            named(candidate, "step")()
            assert weight.item() == expected
        optimizer.param_groups[0]["lr"] = 10.0
        named(candidate, "step")()
        assert weight.item() == -12
        assert named(candidate, "again")(optimizer) is optimizer
        named(candidate, "throw_away")()
        gc.collect()
        for _ in range(3):
            assert named(candidate, "look")(1) == "int"
        assert service._borrowed.held.things() == []
        assert candidate._objects.own._there == {}
        assert candidate._lending._numbers == {}


def test_what_is_gone_when_it_is_referred_to_is_sent_again() -> None:
    with served(KEEPER) as (candidate, service):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        look = named(candidate, "look")
        assert look(optimizer) == "SGD"
        for shared in (service._borrowed, service._leaves):  # the submission's code has run between two tests
            shared.held._arrived.clear()
            shared.held._before.clear()
        gc.collect()
        assert look(optimizer) == "SGD"


def test_a_layer_of_the_submissions_in_a_tests_network_is_on_both_sides() -> None:
    with honest(KEEPER) as candidate:
        net = nn.Sequential(nn.Linear(1, 1))
        longer: Any = named(candidate, "with_a_layer")(net)
        assert longer is net
        assert [type(each) for each in net] == [nn.Linear, nn.Linear]
        holder = named(candidate, "Holder")(net)
        assert holder.inner is net
        assert torch.equal(holder(torch.ones(1, 1)), net(torch.ones(1, 1)))


def test_a_layer_that_nothing_here_has_any_more_is_let_go() -> None:
    with served(KEEPER) as (candidate, service):
        net = nn.Sequential(nn.Linear(1, 1))
        named(candidate, "with_a_layer")(net)
        assert len(service._borrowed.own.things()) == 1
        del net[1]
        gc.collect()
        for _ in range(3):
            assert named(candidate, "look")(net) == "Sequential"
        assert service._borrowed.own.things() == []


class Given:
    """As a given cell's."""

    count = 0

    def __init__(self) -> None:
        self.items, self.name = [1], "a"

    def method(self) -> int:
        return 1

    @property
    def shown(self) -> int:
        return 1


Given.__module__ = "__main__"


def told_of_given(changed: Any, **content: Any) -> list[Any]:
    return [{name: encode(each) for name, each in content.items()}, changed]


def test_what_changes_of_an_object_of_a_given_class() -> None:
    thing = Given()
    items = thing.items
    assert is_what_its_attributes_are(thing)
    told = told_of_given(["items", "count", "name"], items=[1, 2], count=3, new=4)
    take_back_given(thing, told, decode)
    assert vars(thing) == {"items": [1, 2], "count": 3}
    assert thing.items is items


@pytest.mark.parametrize(
    "told",
    [
        told_of_given(["method", "shown", "__class__", "_x", "a b", 3, None], method=1, shown=2, __class__=3, _x=4),
        *([{"name": 3}, ["name"]], [{3: b""}, [3]], [{}, [["name"]]]),
    ],
)
def test_what_a_given_class_has_stays(told: Any) -> None:
    thing = Given()
    take_back_given(thing, told, decode)
    assert vars(thing) == {"items": [1], "name": "a"}
    assert (thing.method(), thing.shown) == (1, 1)


@pytest.mark.parametrize("told", [None, {}, [], [{}, {}], [[], []], [{}, [], 3], [{"name": b"\xc1"}, ["name"]]])
def test_lies_about_an_object_of_a_given_class(told: Any) -> None:
    thing = Given()
    with pytest.raises(WireError):
        take_back_given(thing, told, decode)
    assert vars(thing) == {"items": [1], "name": "a"}


def test_objects_of_given_classes_that_cannot_be_told_of_are_asked() -> None:
    for name, value in (("_hidden", 1), ("each", iter([1])), ("lock", threading.Lock()), ("large", torch.ones(2**20))):
        thing = Given()
        assert is_what_its_attributes_are(thing)
        setattr(thing, name, value)
        assert not is_what_its_attributes_are(thing)
    thing = Given()
    thing.items.append(thing.items)  # type: ignore[arg-type]
    assert not is_what_its_attributes_are(thing)


NODES = """
import gc
class Node:
    def __init__(self, val, next=None): self.val, self.next, self.last = val, next, None
def values(node):
    found = []
    while node:
        found.append(node.val)
        node = node.next
    return found
"""


def test_nodes_of_a_given_class_come_again_where_they_are_gone() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(NODES, names)
    with served(NODES, names) as (candidate, service):
        head = None
        for number in range(150):
            node = names["Node"](number, head)
            if head:
                head.last = node
            head = node
        values = named(candidate, "values")
        assert values(head) == [*range(149, -1, -1)]
        candidate.ask("ping")
        for shared in (service._borrowed, service._leaves):
            shared.held._arrived.clear()
            shared.held._before.clear()
        gc.collect()
        assert not service._borrowed.held.things()
        assert values(head) == [*range(149, -1, -1)]
        for _ in range(3):
            values(None)
            gc.collect()
        assert candidate._lending._numbers == {}


def test_what_the_submission_has_under_the_name_of_a_given_class_is_its_own_affair() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(NODES, names)
    with served(NODES + "Node = 3\ndef value(node): return node.val", names) as (candidate, _):
        assert named(candidate, "value")(names["Node"](4)) == 4
    names["Suit"] = Enum("Suit", "HEARTS")
    with served("def is_none(thing): return thing is None", names) as (candidate, _):
        is_none = named(candidate, "is_none")
        assert is_none(names["Suit"].HEARTS)
        assert is_none(names["Node"])
        assert not is_none(names["Node"](4))


def test_what_cannot_cross_is_said_and_lends_nothing() -> None:
    with honest(KEEPER) as candidate:
        look = named(candidate, "look")
        weight = torch.zeros(1, requires_grad=True)
        with pytest.raises(CandidateError, match="a object of the test's cannot cross"):
            look([weight, torch.optim.SGD([weight], lr=0.1), object()])
        assert candidate._lending._numbers == {}
        assert look(weight) == "Tensor"


def test_a_hook_that_a_network_gets_later_is_called() -> None:
    with honest("def run(net, x): return net(x)") as candidate:
        net = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
        run, x, seen = named(candidate, "run"), torch.ones(1, 1), []
        run(net, x)
        hook = net[1].register_forward_hook(lambda module, given, result: seen.append(result.shape))
        assert torch.equal(run(net, x), net(x))
        assert seen == [(1, 1), (1, 1)]
        hook.remove()
        run(net, x)
        assert len(seen) == 2
