"""Any bytes make a value of a type that is listed, or a WireError."""

from __future__ import annotations

import contextlib
import tracemalloc
from pathlib import PosixPath
from typing import Any, Callable  # noqa: UP035  (a test is about it)

import msgpack
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seminar.wire import codes, decoding, standard, type_values
from seminar.wire.channel import WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode
from seminar.wire.format import BIT_GENERATORS
from seminar.wire.references import Lent, Public, Reference, View
from seminar.wire.standard import is_data
from tests.wire.strategies import data, extension, packable

TYPES: tuple[type, ...] = (
    *(type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, slice, range, type(...)),
    *(np.ndarray, torch.Tensor, torch.nn.Parameter, torch.Size, torch.dtype, torch.device, Reference, Public),
    *(torch.Generator, np.random.Generator, type(iter([])), Lent, View, *type_values.ALIASES, type(Any)),
    *(pd.DataFrame, pd.Series, pd.RangeIndex, pd.MultiIndex, PosixPath, *standard.TYPES),
)


def only_listed(value: Any) -> bool:
    if isinstance(value, tuple) and type(value) is not torch.Size:  # a named one is of a type of its own
        return all(map(only_listed, value))
    if isinstance(value, list | set | frozenset):
        return all(map(only_listed, value))
    if isinstance(value, dict):
        return all(map(only_listed, (*value, *value.values())))
    return type(value) in TYPES or isinstance(
        value, np.generic | np.dtype | pd.Index | pd.api.extensions.ExtensionArray
    )


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


ANNOTATIONS = {
    "of a text": ["of", list, "print()"],
    "of a list of texts": ["of", list, ["print()"]],
    "a union with a text": ["Union", int, "print()"],
    "one of the other's names": ["ForwardRef", int],
    "of an object": ["of", 3, int],
    "of nothing": [],
    "named by a number": [1],
    "named by a list": [["Any"]],
}


@pytest.mark.parametrize("lie", ANNOTATIONS)
def test_a_lie_about_an_annotation_is_refused(lie: str) -> None:
    def refer(value: Any) -> Public:
        return type_values.NAMES[value]

    def resolve(found: Any) -> Any:
        return type_values.type_named(found)

    def told(content: Any) -> bytes:
        inner = encode(content, refer)
        return bytes(msgpack.packb(msgpack.ExtType(codes.ANNOTATION, inner)))

    assert decode(told(["of", list, int]), resolve) == list[int]
    assert decode(told(["Callable", ..., int]), resolve) == Callable[..., int]
    with pytest.raises(WireError):
        decode(told(ANNOTATIONS[lie]), resolve)


@pytest.mark.parametrize("layout", range(len(LAYOUTS)))
def test_a_lie_about_a_layout_is_refused(layout: int) -> None:
    shape, order = LAYOUTS[layout]
    for content in (
        extension(codes.ARRAY, ["<f4", shape, order, b"\x00" * 16]),
        extension(codes.TENSOR, ["float32", shape, order, b"\x00" * 16, False, "cpu", None, False, None, True]),
    ):
        with pytest.raises(WireError):
            decode(msgpack.packb(content))


STRUCTURED: list[Any] = [
    *([], [["a", "<f4"]], [["a", "|O", []]], [["a", "<f4", []], ["a", "<f4", []]], [["", "<f4", []]], "af4"),
    *([[3, "<f4", []]], [["a", [["b", "<f4", []]], []]], [["a", "<f4", [0]]], [["a", "<f4", [-1]]], [["a", "<f4", 2]]),
    *([["a", "<f4", [2**40]]], [["a", "<f4", [2**30, 2**30]]], [["a", "<f4", [1] * 40]], [["a", "<U0", []]]),
    *([["a" * 300, "<f4", []]], [["a", "|V4", []]], [[f"f{number}", "|b1", []] for number in range(1001)], [4], None),
]


@pytest.mark.parametrize("fields", STRUCTURED, ids=lambda fields: str(fields)[:50])
def test_a_lie_about_fields_is_refused(fields: Any) -> None:
    size = 1001 if fields and len(fields) > 1000 else 4
    for content in (
        extension(codes.ARRAY, [fields, [1], [0], b"\x00" * size]),
        extension(codes.SCALAR, [fields, b"\x00" * size]),
        extension(codes.ARRAY_DTYPE, fields),
    ):
        with pytest.raises(WireError):
            decode(msgpack.packb(content))


def test_any_byte_of_a_field_is_true_or_false() -> None:
    fields = [["ok", "|b1", [2]], ["n", "|u1", []]]
    array = decode(msgpack.packb(extension(codes.ARRAY, [fields, [2], [0], b"\x02\x00\x07\x00\x01\x08"])))
    assert array["ok"].view(np.uint8).tolist() == [[1, 0], [0, 1]]
    assert array["n"].tolist() == [7, 8]


@pytest.mark.parametrize("shape", [[3], [1, 3], [-2], [2**62, 2], [1] * 40, 2, ["2"], [0, 2**61], [True, 2]])
def test_a_lie_about_an_array_of_objects_is_refused(shape: Any) -> None:
    for items in ([1, 2], "ab", None):
        with pytest.raises(WireError):
            decode(msgpack.packb(extension(codes.OBJECTS, [shape, items])))


def test_no_array_of_objects_stands_where_data_are_due() -> None:
    objects = np.array([1, 2], dtype=object)
    assert not is_data([objects])
    for told in (["array", objects], ["periods", objects, "D"], ["index", [None], ["array", objects]]):
        with pytest.raises(WireError):
            decode(msgpack.packb(extension(codes.TABLE, msgpack.unpackb(encode(told), ext_hook=msgpack.ExtType))))


def _sparse(shape: Any, *parts: Any, coalesced: Any = False) -> bytes:
    """A sparse tensor as msgpack writes it, whatever its parts."""
    told = [msgpack.unpackb(encode(part), ext_hook=msgpack.ExtType) for part in parts]
    return bytes(msgpack.packb(extension(codes.SPARSE, [shape, told, coalesced])))


ONES, PLACES, ROWS = torch.ones(2), torch.tensor([[0, 1], [0, 0]]), torch.tensor([0, 1, 2])
SPARSE = {
    "too large an index": _sparse([1, 2], PLACES, ONES),
    "a negative index": _sparse([2, 2], -PLACES, ONES),
    "fewer dimensions": _sparse([2], PLACES, ONES),
    "more dimensions": _sparse([2, 2, 2], PLACES, ONES),
    "forty dimensions": _sparse([1] * 40, torch.zeros(40, 2, dtype=torch.int64), ONES),
    "a negative length": _sparse([-2, 2], PLACES, ONES),
    "too many elements": _sparse([2**20, 2**20], PLACES, ONES),
    "so many elements that they count to 0": _sparse([2**32, 2**32], PLACES, ONES),
    "too many for none of them": _sparse([0, 2**40], PLACES[:, :0], ONES[:0]),
    "indices that are no whole numbers": _sparse([2, 2], PLACES.float(), ONES),
    "another number of elements": _sparse([2, 2], PLACES, torch.ones(3)),
    "elements nowhere": _sparse([2, 2], PLACES.to("meta"), ONES),
    "indices nowhere": _sparse([2, 2], PLACES, ONES.to("meta")),
    "elements in one place of memory": _sparse([2, 2], PLACES, ONES[:1].expand(2)),
    "elements that have gradients": _sparse([2, 2], PLACES, ONES.clone().requires_grad_()),
    "elements that are sparse": _sparse([2, 2], PLACES, ONES.to_sparse()),
    "elements that are no tensor": _sparse([2, 2], PLACES, [1.0, 1.0]),
    "two in one place that are one": _sparse([2, 2], PLACES * 0, ONES, coalesced=True),
    "one that is as it says": _sparse([2, 2], PLACES, ONES, coalesced=1),
    "no elements": _sparse([2, 2]),
    "no places": _sparse([2, 2], ONES),
    "places three times": _sparse([2, 2], ROWS, ROWS, ROWS, ONES),
    "too large a column": _sparse([2, 2], ROWS, torch.tensor([0, 2]), ONES),
    "a negative column": _sparse([2, 2], ROWS, torch.tensor([0, -1]), ONES),
    "rows that end behind the elements": _sparse([2, 2], torch.tensor([0, 1, 9]), torch.tensor([0, 1]), ONES),
    "rows that begin before them": _sparse([2, 2], torch.tensor([-9, 1, 2]), torch.tensor([0, 1]), ONES),
    "more rows than there are": _sparse([3, 2], ROWS, torch.tensor([0, 1]), ONES),
    "rows of another dtype": _sparse([2, 2], ROWS.int(), torch.tensor([0, 1]), ONES),
}


@pytest.mark.parametrize("lie", SPARSE)
def test_a_lie_about_a_sparse_tensor_is_refused(lie: str) -> None:
    assert decode(_sparse([2, 2], PLACES, ONES)).to_dense().tolist() == [[1, 0], [1, 0]]
    with pytest.raises(WireError):
        decode(SPARSE[lie])


@settings(max_examples=500)
@given(st.binary(max_size=300))
@example(b"\xd6\xff\x92\xc0\xc4\x00")  # a time stamp as msgpack has it
def test_any_bytes_are_data_or_an_error(content: bytes) -> None:
    try:
        value = decode(content)
    except WireError:
        return
    assert only_listed(value)


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
    return extension(codes.TENSOR, ["float32", shape, order, content, False, "cpu", gradient, False, None, True])


def nested(depth: int) -> bytes:
    """A list in a list in a list ..., as msgpack writes it."""
    return b"\x91" * depth + b"\xc0"


def nested_extensions(depth: int) -> bytes:
    content = b"\x90"
    for _ in range(depth):
        content = msgpack.packb(msgpack.ExtType(codes.TUPLE, b"\x91" + content))
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
    "an array of 2**60 numbers": msgpack.packb(extension(codes.ARRAY, ["<f8", [2**60], [0], b""])),
    "an array of numbers without a size": msgpack.packb(extension(codes.ARRAY, ["<U0", [10**6], [0], b""])),
    "an array of objects": msgpack.packb(extension(codes.ARRAY, ["|O", [1], [0], b"\x00" * 8])),
    "a scalar that is an object": msgpack.packb(extension(codes.SCALAR, ["|O8", b"\x00" * 8])),
    "a tensor with negative lengths": msgpack.packb(tensor([-1, -1], b"\x00" * 4)),
    "an int of a million digits": msgpack.packb(msgpack.ExtType(codes.INT, b"\x7f" * 500_000)),
    "keys with one hash": msgpack.packb(
        extension(
            codes.SET, [msgpack.ExtType(codes.INT, (k * (2**61 - 1)).to_bytes(12, "little")) for k in range(9999)]
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


def test_what_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MESSAGE_BYTES", 2**20)
    with pytest.raises(WireError, match="over the limit"):
        decode(b"\x90" * (2**20 + 1))


def test_decoding_imports_and_builds_nothing_else() -> None:
    name = Public("os", "system")
    assert decode(msgpack.packb(extension(codes.PUBLIC, ["os", "system"]))) == name  # a name, not the function


@settings(max_examples=300)
@given(st.sampled_from([*BIT_GENERATORS, "MT19937"]), st.dictionaries(st.text(max_size=8), packable, max_size=4))
def test_a_generator_with_a_state_of_nonsense_is_an_error_or_draws(name: str, rest: dict[str, Any]) -> None:
    good = np.random.Generator(BIT_GENERATORS.get(name, np.random.PCG64)(1)).bit_generator.state
    state = {**good, "bit_generator": name, **{key: value for key, value in rest.items() if key in good}}
    with contextlib.suppress(WireError, ValueError, TypeError):
        decode(msgpack.packb(extension(codes.ARRAY_GENERATOR, msgpack.unpackb(encode(state))))).random(100)
