"""Values cross unchanged, and any bytes make a value or a WireError."""

from __future__ import annotations

import contextlib
import math
import tracemalloc
from pathlib import PosixPath
from typing import Any, NamedTuple

import msgpack
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from seminar.wire import standard, values
from seminar.wire.channel import WireError
from seminar.wire.values import DTYPES, LONG, Lent, Public, Reference, View, decode, encode

TYPES: tuple[type, ...] = (
    *(type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, slice, range, type(...)),
    *(np.ndarray, torch.Tensor, torch.nn.Parameter, torch.Size, torch.dtype, torch.device, Reference, Public),
    *(torch.Generator, np.random.Generator, type(iter([])), Lent, View),
    *(pd.DataFrame, pd.Series, pd.RangeIndex, pd.MultiIndex, PosixPath, *standard.TYPES),
)

lengths = st.integers(-(2**40), 2**40)
hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary()
    | st.sampled_from([..., torch.float32, torch.bool, torch.device("cpu"), torch.device("meta"), torch.Size([2, 3])])
    | st.sampled_from([np.dtype(name) for name in ("float32", "bool", ">i2", "U3", "M8[D]", "complex64")])
    | st.builds(range, lengths, lengths, st.integers(1, 9)),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4),
    max_leaves=8,
)
arrays = npst.arrays(
    st.one_of(
        *(npst.boolean_dtypes(), npst.integer_dtypes(endianness="?"), npst.floating_dtypes(endianness="?")),
        *(npst.complex_number_dtypes(), npst.datetime64_dtypes(), npst.timedelta64_dtypes()),
        *(npst.byte_string_dtypes(max_len=5), npst.unicode_string_dtypes(max_len=5)),
    ),
    npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)


@st.composite
def tensors(draw: st.DrawFn) -> torch.Tensor:
    dtype = draw(st.sampled_from(list(DTYPES.values())))
    shape = draw(st.lists(st.integers(0, 3), max_size=4))
    tensor = torch.tensor(draw(st.lists(st.integers(0, 100), min_size=math.prod(shape), max_size=math.prod(shape))))
    tensor = tensor.reshape(shape).to(dtype).permute(draw(st.permutations(range(len(shape)))))
    if draw(st.booleans()):
        tensor = tensor.to("meta")
    if (dtype.is_floating_point or dtype.is_complex) and draw(st.booleans()):
        tensor.requires_grad_()
        if draw(st.booleans()) and not tensor.is_meta:
            tensor.grad = torch.ones_like(tensor)
    return tensor


data = st.recursive(
    hashable | arrays | tensors() | npst.from_dtype(np.dtype("float32")) | st.sets(hashable, max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(hashable, inner, max_size=4),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, in type and in every bit that matters."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        facts = [(t.dtype, t.shape, t.device, t.requires_grad, t.is_contiguous()) for t in (one, other)]
        grads = same(one.grad, other.grad)
        return facts[0] == facts[1] and grads and (one.is_meta or torch.equal(one.detach(), other.detach()))
    if isinstance(one, np.ndarray | np.generic):
        bits = [np.asarray(each) for each in (one, other)]
        return bits[0].dtype == bits[1].dtype and bits[0].shape == bits[1].shape and _bytes(bits[0]) == _bytes(bits[1])
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, set | frozenset):  # an order is none of theirs, and NaN equals nothing
        return sorted(map(repr, map(_unordered, one))) == sorted(map(repr, map(_unordered, other)))
    return repr(one) == repr(other)


def _bytes(array: Any) -> bytes:
    content: bytes = array.tobytes()
    return content


def _unordered(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(repr(_unordered(each)) for each in value)
    return [_unordered(each) for each in value] if isinstance(value, tuple) else value


def only_listed(value: Any) -> bool:
    if isinstance(value, tuple) and type(value) is not torch.Size:  # a named one is of a type of its own
        return all(map(only_listed, value))
    if isinstance(value, list | set | frozenset):
        return all(map(only_listed, value))
    if isinstance(value, dict):
        return all(map(only_listed, (*value, *value.values())))
    return type(value) in TYPES or isinstance(value, np.generic | np.dtype | pd.Index)


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


LAYOUTS = [
    *([[2], [[1], 0, 1]], [[2], [[1], -1, 4]], [[2], [[2**62], 0, 4]], [[2**40], [[0], 0, 4]], [[2, 2], [[1], 0, 4]]),
    *(
        [[2], [["1"], 0, 4]],
        [[2], [[1], 0, 2**50]],
        [[0], [[1], 0, 4]],
        [[1] * 40, [[0] * 40, 0, 4]],
        [[-2], [[1], 3, 4]],
    ),
]


@pytest.mark.parametrize("layout", range(len(LAYOUTS)))
def test_a_lie_about_a_layout_is_refused(layout: int) -> None:
    shape, order = LAYOUTS[layout]
    for content in (
        extension(values.ARRAY, ["<f4", shape, order, b"\x00" * 16]),
        extension(values.TENSOR, ["float32", shape, order, b"\x00" * 16, False, "cpu", None, False, None, True]),
    ):
        with pytest.raises(WireError):
            decode(msgpack.packb(content))


@settings(max_examples=500)
@given(st.binary(max_size=300))
@example(b"\xd6\xff\x92\xc0\xc4\x00")  # a time stamp as msgpack has it
def test_any_bytes_are_data_or_an_error(content: bytes) -> None:
    try:
        value = decode(content)
    except WireError:
        return
    assert only_listed(value)


def extension(code: int, content: Any) -> msgpack.ExtType:
    return msgpack.ExtType(code, msgpack.packb(content))


packable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=16)
    | st.sampled_from(["float32", "<f8", "|O", "|V8", "cpu", "cuda", "meta", "cpu:99", "lazy", "M8[ns]", "<U3"])
    | st.sampled_from(
        ["frame", "series", "range", "levels", "index", "category", "missing", "object", "array", "Int64"]
    ),
    lambda inner: st.lists(inner, max_size=8) | st.builds(extension, st.integers(1, 26) | st.integers(0, 127), inner),
    max_leaves=20,
)


@settings(max_examples=1000)
@given(packable)
def test_well_formed_nonsense_is_data_or_an_error(content: Any) -> None:
    try:
        value = decode(msgpack.packb(content))
    except WireError:
        return
    assert only_listed(value)


@settings(max_examples=300)
@given(data, st.data())
def test_a_message_with_a_byte_changed_is_data_or_an_error(value: Any, draws: st.DataObject) -> None:
    content = bytearray(encode(value))
    content[draws.draw(st.integers(0, len(content) - 1))] = draws.draw(st.integers(0, 255))
    with contextlib.suppress(WireError):
        assert only_listed(decode(bytes(content)))


def tensor(shape: list[int], content: bytes, gradient: Any = None) -> msgpack.ExtType:
    """A tensor of float32 as msgpack writes it, whatever its shape."""
    order = list(range(len(shape)))
    return extension(values.TENSOR, ["float32", shape, order, content, False, "cpu", gradient, False, None, True])


def nested(depth: int) -> bytes:
    """A list in a list in a list ..., as msgpack writes it."""
    return b"\x91" * depth + b"\xc0"


def nested_extensions(depth: int) -> bytes:
    content = b"\x90"
    for _ in range(depth):
        content = msgpack.packb(msgpack.ExtType(values.TUPLE, b"\x91" + content))
    return content


def nested_gradients(depth: int) -> bytes:
    gradient: Any = None
    for _ in range(depth):
        gradient = tensor([], b"\x00" * 4, gradient)
    return bytes(msgpack.packb(gradient))


BOMBS = {
    "deep lists": nested(100_000),
    "deep tuples": nested_extensions(5_000),
    "a list that is said to be long": b"\xdd\xff\xff\xff\xff",
    "a text that is said to be long": b"\xdb\xff\xff\xff\xff",
    "many empty lists": b"\xdd" + (2_000_000).to_bytes(4, "big") + b"\x90" * 2_000_000,
    "many empty tuples": b"\xdd" + (2_000_000).to_bytes(4, "big") + b"\xc7\x00\x03" * 2_000_000,
    "a tensor of 2**60 numbers": msgpack.packb(tensor([2**30, 2**30], b"")),
    "a tensor of so many numbers that they count to 0": msgpack.packb(tensor([2**32, 2**32], b"")),
    "an array of 2**60 numbers": msgpack.packb(extension(values.ARRAY, ["<f8", [2**60], [0], b""])),
    "an array of numbers without a size": msgpack.packb(extension(values.ARRAY, ["<U0", [10**6], [0], b""])),
    "an array of objects": msgpack.packb(extension(values.ARRAY, ["|O", [1], [0], b"\x00" * 8])),
    "a scalar that is an object": msgpack.packb(extension(values.SCALAR, ["|O8", b"\x00" * 8])),
    "a tensor with negative lengths": msgpack.packb(tensor([-1, -1], b"\x00" * 4)),
    "an int of a million digits": msgpack.packb(msgpack.ExtType(values.INT, b"\x7f" * 500_000)),
    "keys with one hash": msgpack.packb(
        extension(
            values.SET, [msgpack.ExtType(values.INT, (k * (2**61 - 1)).to_bytes(12, "little")) for k in range(9999)]
        )
    ),
    "a gradient of a gradient of ...": nested_gradients(200),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused_in_bounded_memory(bomb: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decode(BOMBS[bomb])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200 * 2**20 + 20 * len(BOMBS[bomb])


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
    monkeypatch.setattr(values, "MESSAGE_BYTES", 2**20)
    with pytest.raises(WireError, match="more than 1048576 bytes"):
        encode(torch.zeros(1).expand(2**40))
    with pytest.raises(WireError, match="more than 1048576 bytes"):
        encode(["x" * 2**19] * 3)
    with pytest.raises(WireError, match="over the limit"):
        decode(b"\x90" * (2**20 + 1))


def test_decoding_imports_and_builds_nothing_else() -> None:
    name = Public("os", "system")
    assert decode(msgpack.packb(extension(values.PUBLIC, ["os", "system"]))) == name  # a name, not the function


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
            decode(msgpack.packb(extension(values.NAMED_TUPLE, [kind, names, [1]])))


def test_generators_of_random_numbers_cross_with_their_state() -> None:
    ours = torch.Generator().manual_seed(7)
    torch.rand(3, generator=ours)
    assert torch.equal(torch.rand(5, generator=decode(encode(ours))), torch.rand(5, generator=ours))
    for kind in values.BIT_GENERATORS.values():
        generator = np.random.Generator(kind(7))
        generator.random(3, dtype=np.float32)
        crossed = decode(encode(generator))
        assert np.array_equal(crossed.random(5), generator.random(5))
    with pytest.raises(WireError, match="Generator cannot cross"):
        encode(np.random.Generator(np.random.MT19937(7)))


@settings(max_examples=300)
@given(st.sampled_from([*values.BIT_GENERATORS, "MT19937"]), st.dictionaries(st.text(max_size=8), packable, max_size=4))
def test_a_generator_with_a_state_of_nonsense_is_an_error_or_draws(name: str, rest: dict[str, Any]) -> None:
    good = np.random.Generator(values.BIT_GENERATORS.get(name, np.random.PCG64)(1)).bit_generator.state
    state = {**good, "bit_generator": name, **{key: value for key, value in rest.items() if key in good}}
    with contextlib.suppress(WireError, ValueError, TypeError):
        decode(msgpack.packb(extension(values.ARRAY_GENERATOR, msgpack.unpackb(encode(state))))).random(100)


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
