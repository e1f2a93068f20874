"""Values cross unchanged, or not at all."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import msgpack
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from seminar.wire import codes, encoding
from seminar.wire.channel import WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import LONG, encode
from seminar.wire.format import BIT_GENERATORS
from seminar.wire.references import Reference
from tests.wire.strategies import arrays, data, extension, same, tensors


@settings(max_examples=300)
@given(data)
@example(torch.zeros(3, 4).t())
@example(torch.ones(1).expand(5))
@example([float("nan"), -0.0, float("inf"), 2**64, -(2**63) - 1])
def test_data_cross_unchanged(value: Any) -> None:
    assert same(value, decode(encode(value)))


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given((tensors() | arrays).filter(lambda value: value.ndim > 0 and not getattr(value, "is_meta", False)), st.data())
def test_a_layout_crosses_unchanged(value: Any, draws: st.DataObject) -> None:
    for _ in range(draws.draw(st.integers(1, 3))):
        step = st.integers(1, 3) if isinstance(value, torch.Tensor) else st.integers(-3, 3).filter(bool)
        parts = st.builds(slice, st.none() | st.integers(0, 2), st.none(), st.none() | step)
        value = value[tuple(draws.draw(parts) for _ in value.shape)]
        if draws.draw(st.booleans()):
            value = value.expand(2, *value.shape) if isinstance(value, torch.Tensor) else value[None]
    value = value.detach() if isinstance(value, torch.Tensor) else value
    crossed = decode(encode(value))
    dense = [each.contiguous() if isinstance(each, torch.Tensor) else each for each in (value, crossed)]
    assert same(*dense)
    strides = [each.stride() if isinstance(each, torch.Tensor) else each.strides for each in (value, crossed)]
    long = [place for place, length in enumerate(value.shape) if length > 1]
    if 0 not in value.shape and _memory(value) <= 4 * _once(value):
        assert [strides[0][place] for place in long] == [strides[1][place] for place in long]


def _once(value: Any) -> int:
    """How many elements of memory are used."""
    strides = value.stride() if isinstance(value, torch.Tensor) else value.strides
    return math.prod(int(length) for length, stride in zip(value.shape, strides, strict=True) if stride)


def _memory(value: Any) -> int:
    """How many elements of memory lie between the first and the last one."""
    size: int = 1 if isinstance(value, torch.Tensor) else value.itemsize
    strides = value.stride() if isinstance(value, torch.Tensor) else value.strides
    within: int = sum((length - 1) * abs(stride) // size for length, stride in zip(value.shape, strides, strict=True))
    return 1 + within


def test_what_lies_between_the_elements_stays() -> None:
    labelled = torch.tensor([[1.0, 2.0, 77.0], [3.0, 4.0, 77.0]])
    features = decode(encode(labelled[:, :2]))
    assert features.stride() == (3, 1)
    assert 77 not in features.as_strided((5,), (1,), 0)
    assert 77 not in np.lib.stride_tricks.as_strided(decode(encode(labelled.numpy()[:, :2])), (5,), (4,))


class Liar(float):
    """Equal to everything, and no number that it seems to be."""

    def __eq__(self, other: object) -> bool:
        return True

    def __float__(self) -> float:
        return 42.0

    __hash__ = float.__hash__


class OwnTensor(torch.Tensor):
    """True, whatever it is asked."""

    @classmethod
    def __torch_function__(cls, *_: Any, **__: Any) -> Any:
        return True


class OwnParameter(torch.nn.Parameter):
    """A subclass of a subclass."""


class OwnArray(np.ndarray):
    """Equal to everything."""

    def __eq__(self, other: object) -> Any:
        return True


class OwnList(list[Any]):
    """Other items than it holds."""

    def __iter__(self) -> Any:
        return iter([1, 2, 3])

    def __len__(self) -> int:
        return 3


@pytest.mark.parametrize(
    ("value", "base"),
    [
        (Liar(1.5), 1.5),
        (type("I", (int,), {"__index__": lambda self: 9})(4), 4),
        (type("S", (str,), {"__str__": lambda self: "lie"})("text"), "text"),
        (OwnList([7]), [7]),
        (type("T", (tuple,), {})((1, 2)), (1, 2)),
        (type("D", (dict,), {"items": lambda self: [(1, 1)]})({2: 3}), {2: 3}),
        (type("F", (set,), {"__iter__": lambda self: iter([1])})({2}), {2}),
        (torch.tensor([1.0]).as_subclass(OwnTensor), torch.tensor([1.0])),
        (OwnParameter(torch.tensor([1.0])), torch.nn.Parameter(torch.tensor([1.0]))),
        (np.array([1.0]).view(OwnArray), np.array([1.0])),
        (True, True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_subclass_crosses_as_its_base_value(value: Any, base: Any) -> None:
    assert same(decode(encode(value)), base)


def test_what_is_no_data_is_referred_to() -> None:
    kept: list[Any] = []

    def refer(value: Any) -> Reference:
        kept.append(value)
        return Reference(len(kept) - 1, type(value).__name__)

    crossed = decode(encode([torch.nn.ReLU(), {"f": len}], refer))
    assert crossed == [Reference(0, "ReLU"), {"f": Reference(1, "builtin_function_or_method")}]
    with pytest.raises(WireError, match="a value of type ReLU cannot cross"):
        encode(torch.nn.ReLU())
    with pytest.raises(WireError, match="ndarray cannot cross"):
        encode(np.array([object()]))


def test_what_contains_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(WireError, match="deep"):
        encode(endless)


def test_what_is_too_large_is_refused_before_it_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "MESSAGE_BYTES", 2**20)
    with pytest.raises(WireError, match="more than 1048576 bytes"):
        encode(torch.zeros(1).expand(2**40))
    with pytest.raises(WireError, match="more than 1048576 bytes"):
        encode(["x" * 2**19] * 3)


class Point(NamedTuple):
    """A tuple with names."""

    x: int
    y: list[int]


def test_named_tuples_keep_their_names() -> None:
    point = decode(encode(Point(1, [2])))
    assert (point.x, point.y, tuple(point), repr(point)) == (1, [2], (1, [2]), "Point(x=1, y=[2])")
    largest = decode(encode(torch.tensor([[1, 5, 3]]).max(dim=1)))
    assert (largest.values.item(), largest.indices.item()) == (5, 1)
    for kind, names in (("T", ["x", "x"]), ("T", ["_x"]), ("T", ["def"]), ("a b", ["x"]), ("T", ["x", "y"])):
        with pytest.raises(WireError):
            decode(msgpack.packb(extension(codes.NAMED_TUPLE, [kind, names, [1]])))


def test_generators_of_random_numbers_cross_with_their_state() -> None:
    ours = torch.Generator().manual_seed(7)
    torch.rand(3, generator=ours)
    assert torch.equal(torch.rand(5, generator=decode(encode(ours))), torch.rand(5, generator=ours))
    for kind in BIT_GENERATORS.values():
        generator = np.random.Generator(kind(7))
        generator.random(3, dtype=np.float32)
        crossed = decode(encode(generator))
        assert np.array_equal(crossed.random(5), generator.random(5))
    with pytest.raises(WireError, match="Generator cannot cross"):
        encode(np.random.Generator(np.random.MT19937(7)))


LARGE = torch.arange(LONG, dtype=torch.float32).reshape(256, -1)


@pytest.mark.parametrize(
    "value",
    [
        LARGE,
        LARGE[:, ::2],
        LARGE.T.numpy(),
        [LARGE, "beside it", LARGE.double()],
        {"a": (1, [LARGE, [LARGE]]), "b": LARGE},
        torch.nn.Parameter(LARGE),
        [LARGE.expand(3, *LARGE.shape)],
    ],
)
def test_what_is_large_crosses_in_whatever_it_is_in(value: Any) -> None:
    assert same(decode(encode(value)), value)
    assert encode(decode(encode(value))) == encode(value)


def test_a_large_gradient_crosses() -> None:
    leaf = torch.zeros(LONG, requires_grad=True)
    leaf.grad = torch.arange(LONG).float()
    assert torch.equal(decode(encode(leaf)).grad, leaf.grad)
