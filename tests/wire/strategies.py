"""Values that cross, and what is made of them and of anything else by msgpack."""

from __future__ import annotations

import math
from typing import Any

import msgpack
import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from seminar.wire.format import DTYPES

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
        st.sampled_from([np.dtype("?,>i2"), np.dtype([("name", "U2"), ("at", "f4", (2,))])]),
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


@st.composite
def sparse_tensors(draw: st.DrawFn) -> torch.Tensor:
    dtype = draw(st.sampled_from([torch.float32, torch.int64, torch.bool, torch.complex64]))
    shape = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    zeros = torch.zeros(shape, dtype=dtype)
    if len(shape) == 2 and draw(st.booleans()):
        return (zeros.fill_(1) if draw(st.booleans()) else zeros).to_sparse_csr()
    places = (
        draw(st.lists(st.tuples(*(st.integers(0, length - 1) for length in shape)), max_size=5)) if all(shape) else []
    )
    indices = torch.tensor(places, dtype=torch.int64).reshape(-1, len(shape)).T
    made = torch.sparse_coo_tensor(indices, torch.ones(len(places), dtype=dtype), shape, check_invariants=True)
    return made.coalesce() if draw(st.booleans()) else made


def objects(items: list[Any]) -> np.ndarray[Any, Any]:
    """An array of objects."""
    array = np.empty(len(items), dtype=object)
    for place, each in enumerate(items):
        array[place] = each
    return array


data = st.recursive(
    hashable
    | arrays
    | tensors()
    | sparse_tensors()
    | npst.from_dtype(np.dtype("float32"))
    | st.sets(hashable, max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.lists(inner, min_size=2, max_size=2).map(objects)
    ),
    max_leaves=12,
)


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
        [
            *("frame", "series", "range", "levels", "index", "category", "missing", "object", "array", "Int64"),
            *("attributes", "intervals", "periods", "D", "M", "right"),
        ]
    ),
    lambda inner: st.lists(inner, max_size=8) | st.builds(extension, st.integers(1, 26) | st.integers(0, 127), inner),
    max_leaves=20,
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, in type and in every bit that matters."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        if one.layout != torch.strided:
            return str(one) == str(other)  # its places, its elements, and whether two of them are in one place
        facts = [(t.dtype, t.shape, t.device, t.requires_grad, t.is_contiguous()) for t in (one, other)]
        grads = same(one.grad, other.grad)
        return facts[0] == facts[1] and grads and (one.is_meta or torch.equal(one.detach(), other.detach()))
    if isinstance(one, np.ndarray) and one.dtype == other.dtype == object:
        return one.shape == other.shape and same(one.ravel().tolist(), other.ravel().tolist())
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
