"""Bytes as values: those that `seminar.wire.encoding` makes of values, or any others.

Decoding builds nothing but the types that are listed there: no name is imported, no code is run, nothing is unpickled.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter, namedtuple
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, cast

import msgpack
import numpy as np
import torch

from seminar.wire import codes, randomness, standard, tables, type_values
from seminar.wire.channel import MESSAGE_BYTES, WireError
from seminar.wire.checks import as_length, exact
from seminar.wire.format import (
    ARRAY_DTYPE_NAME,
    BIT_GENERATORS,
    DEPTH,
    DEVICE_NAME,
    DTYPES,
    INT_BYTES,
    NAME_CHARACTERS,
)
from seminar.wire.layout import DIMENSIONS, inner_shape, inverse, told_layout
from seminar.wire.references import Lent, Linked, Part, Public, Reference, Resolve, Types, View

ITEMS = 1_000_000  # of all containers of one message together: an empty list is 1 byte here and 56 in memory
READ = 8  # times MESSAGE_BYTES that are read for one message: each level is read anew
FIELDS = 1000  # of an array
ALIKE = 100  # keys of one dict or set that may have the same hash


def decode(
    data: bytes,
    resolve: Resolve = lambda reference: reference,
    linked: Linked = lambda tensor, number, is_leaf: tensor,
    types: Types = lambda name: None,
) -> Any:
    """Turn bytes into a value.

    Args:
        data: what `encode` made on the other side, or anything else.
        resolve: makes an object of a reference.
        linked: makes what stands here for a tensor whose gradients the other side has.
        types: tells what the notebook has under the name of a type: tuples with names of fields become tuples of that.

    Raises:
        WireError: the bytes are no message.
    """
    if len(data) > MESSAGE_BYTES:
        raise WireError(f"a message of {len(data)} bytes is over the limit of {MESSAGE_BYTES}")
    try:
        return _Decoder(resolve, linked, types).unpack(data)
    except WireError:
        raise
    except (
        *(ValueError, TypeError, ArithmeticError, RuntimeError, RecursionError, MemoryError),
        *(KeyError, IndexError, AttributeError, msgpack.UnpackException),
    ) as error:
        raise WireError(f"the bytes are no message ({type(error).__name__}: {error})") from error


class _Decoder:
    def __init__(self, resolve: Resolve, linked: Linked, types: Types) -> None:
        self._resolve, self._linked, self._types = resolve, linked, types
        self._items = 0
        self._depth = 0
        self._read = 0

    def unpack(self, data: bytes) -> Any:
        self._read += len(data)
        if self._depth >= DEPTH or self._read > READ * MESSAGE_BYTES:
            raise WireError(f"containers are in each other more than {DEPTH} deep, or too large for how deep they are")
        self._depth += 1
        value = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=True,
            max_map_len=0,  # dicts come as pairs
            max_array_len=ITEMS,
            timestamp=1,  # msgpack's own extension: a float
            ext_hook=self._extension,
            list_hook=self._count,
        )
        self._depth -= 1
        return value

    def _count(self, items: list[Any]) -> list[Any]:
        self._items += len(items) + 1
        if self._items > ITEMS:
            raise WireError(f"a message of more than {ITEMS} items is over the limit")
        return items

    def _extension(self, code: int, data: bytes) -> Any:
        self._count([])
        if code == codes.INT:
            if len(data) > INT_BYTES:
                raise WireError(f"an int of {len(data)} bytes is over the limit of {INT_BYTES}")
            return int.from_bytes(data, "little", signed=True)
        if code == codes.ELLIPSIS:
            return ...
        return _DECODERS[code](self, self.unpack(data))

    def _complex(self, content: Any) -> complex:
        real, imaginary = content
        return complex(exact(real, float), exact(imaginary, float))

    def _tuple(self, content: Any) -> tuple[Any, ...]:
        return tuple(exact(content, list))

    def _named_tuple(self, content: Any) -> tuple[Any, ...]:
        kind, names, items = content
        fields = tuple(map(_short, exact(names, list)))
        known = self._types(_short(kind))
        is_one = issubclass(type(known), type) and issubclass(known, tuple) and getattr(known, "_fields", ()) == fields
        made = known if is_one else _type_of_tuple(kind, fields)
        return cast(tuple[Any, ...], tuple.__new__(made, _of_length(items, len(fields))))

    def _dict(self, content: Any) -> dict[Any, Any]:
        parts = exact(content, list)
        return dict(zip(_keys(parts[::2]), parts[1::2], strict=True))

    def _set(self, content: Any) -> set[Any]:
        return set(_keys(content))

    def _frozenset(self, content: Any) -> frozenset[Any]:
        return frozenset(_keys(content))

    def _slice(self, content: Any) -> slice:
        start, stop, step = content
        return slice(start, stop, step)

    def _range(self, content: Any) -> range:
        start, stop, step = content
        return range(exact(start, int), exact(stop, int), exact(step, int))

    def _array(self, content: Any) -> np.ndarray[Any, Any]:
        name, shape, order, data = content
        dtype = _array_dtype(name)
        if layout := told_layout(shape, order, dtype.itemsize):
            strides, offset, size = layout
            flat = self._array([name, [size], [0], data])
            steps = [stride * dtype.itemsize for stride in strides]
            return np.lib.stride_tricks.as_strided(flat[offset:], shape, steps)
        inner = inner_shape(shape, order)
        if math.prod(inner) * dtype.itemsize != len(exact(data, bytes)):
            raise WireError("an array's data have not the size that its shape asks for")
        if math.prod(inner) == 0:
            array = np.zeros(inner, dtype)
        elif dtype.kind == "b":  # any byte is true or false, nothing third
            array = np.frombuffer(data, np.uint8).reshape(inner).astype(bool)
        else:
            array = np.frombuffer(bytearray(data), dtype).reshape(inner)
            for field in dtype.names or ():
                if dtype[field].base.kind == "b":
                    array[field] = array[field].view(np.uint8) != 0
        return array.transpose(inverse(order)) if order else array

    def _objects(self, content: Any) -> np.ndarray[Any, Any]:
        shape, items = content
        lengths = [as_length(each) for each in exact(shape, list)]
        if len(lengths) > DIMENSIONS or math.prod(lengths) != len(exact(items, list)):
            raise WireError("an array of objects with another shape than they fit in")
        array = np.empty(len(items), dtype=object)
        for place, each in enumerate(items):  # which may be a list, too
            array[place] = each
        return array.reshape(lengths)

    def _scalar(self, content: Any) -> Any:
        name, data = content
        return self._array([name, [], [], data])[()]

    def _tensor(self, content: Any) -> torch.Tensor:
        name, shape, order, data, needs_grad, device, grad, is_parameter, number, is_leaf = content
        dtype = DTYPES[exact(name, str)]
        layout = told_layout(shape, order, dtype.itemsize)
        inner = [layout[2]] if layout else inner_shape(shape, order)
        where = self._device(device)
        if (data is None) != (where.type == "meta"):
            raise WireError("a tensor without data that is not on the meta device, or the reverse")
        if data is None:
            tensor = torch.empty(inner, dtype=dtype, device="meta")
        elif math.prod(inner) * dtype.itemsize != len(exact(data, bytes)):
            raise WireError("a tensor's data have not the size that its shape asks for")
        elif not data:
            tensor = torch.empty(inner, dtype=dtype, device="cpu")
        else:
            raw = torch.frombuffer(bytearray(data), dtype=torch.uint8)
            tensor = (raw != 0 if dtype == torch.bool else raw.view(dtype)).reshape(inner)
        if where.type == "cuda" and torch.cuda.is_available():
            tensor = tensor.to(where)
        if layout:
            tensor = tensor.as_strided(shape, layout[0], layout[1])
        elif order:
            tensor = tensor.permute(inverse(order))
        if exact(is_parameter, bool):
            tensor = torch.nn.Parameter(tensor, requires_grad=exact(needs_grad, bool))
        elif exact(needs_grad, bool):
            tensor.requires_grad_()
        if grad is not None:
            tensor.grad = exact(grad, torch.Tensor)
        if number is not None:
            return self._linked(tensor, exact(number, int), exact(is_leaf, bool))
        return tensor

    def _sparse(self, content: Any) -> torch.Tensor:
        shape, parts, is_coalesced = content
        size = [as_length(each) for each in exact(shape, list)]
        if len(size) > DIMENSIONS or not all(map(_is_in_one_piece, exact(parts, list))):
            raise WireError("a sparse tensor of more dimensions than there may be, or of what is no tensor")
        *places, values = parts
        if math.prod(max(1, length) for length in size) * values.itemsize > MESSAGE_BYTES:
            raise WireError("a sparse tensor of more elements than there may be")
        if len(size) and values.ndim and len(values) and not values.numel():
            raise WireError("a sparse tensor of elements that hold nothing")
        if any(each.dtype not in (torch.int64, torch.int32) for each in places):
            raise WireError("a sparse tensor whose elements are in no places")
        with warnings.catch_warnings(action="ignore"):  # that they are new, and that others are not checked
            if len(places) == 2:
                rows, columns = places
                return torch.sparse_csr_tensor(rows, columns, values, size, device="cpu", check_invariants=True)
            (indices,), told = places, exact(is_coalesced, bool)
            return torch.sparse_coo_tensor(
                indices, values, size, device="cpu", is_coalesced=told, check_invariants=True
            )

    def _size(self, content: Any) -> torch.Size:
        return torch.Size([as_length(each) for each in exact(content, list)])

    def _dtype(self, content: Any) -> torch.dtype:
        return DTYPES[exact(content, str)]

    def _device(self, content: Any) -> torch.device:
        if not DEVICE_NAME.fullmatch(exact(content, str)):
            raise WireError(f"{content[:NAME_CHARACTERS]!r} is no device")
        return torch.device(content)

    def _iterator(self, content: Any) -> Iterator[Any]:
        return iter(exact(content, list))

    def _generator(self, content: Any) -> torch.Generator:
        device, state = content
        generator = torch.Generator(self._device(device))
        told = torch.frombuffer(bytearray(exact(state, bytes)), dtype=torch.uint8)
        generator.set_state(randomness.checked("torch", told) if generator.device.type == "cpu" else told)
        return generator

    def _array_generator(self, content: Any) -> np.random.Generator:
        state = exact(content, dict)
        generator = np.random.Generator(BIT_GENERATORS[state["bit_generator"]]())
        generator.bit_generator.state = state
        return generator

    def _reference(self, content: Any) -> Any:
        key, kind, mine, bases, able = content
        known = tuple(map(_name, exact(bases, list)))
        told = tuple(map(_short, exact(able, list)))
        return self._resolve(Reference(exact(key, int), _short(kind), exact(mine, bool), known, told))

    def _public(self, content: Any) -> Any:
        return self._resolve(_name(content))

    def _standard(self, content: Any) -> Any:
        number, parts = content
        return standard.put_together(exact(number, int), parts)

    def _view(self, content: Any) -> Any:
        value, places = content
        return self._resolve(View(value, [(key, strides, offset) for key, strides, offset in places]))

    def _part(self, content: Any) -> Any:
        key, inside = content
        if inside is not None and not _is_container(exact(inside, bytes)):
            raise WireError("what is no container of data stands where one is due")
        return self._resolve(Part(exact(key, int), inside and self.unpack(inside)))

    def _lent(self, content: Any) -> Any:
        key, kind, of, inside = content
        known = _short(of) if isinstance(of, str) else _name(of)
        return self._resolve(Lent(exact(key, int), _short(kind), known, exact(inside, bytes)))


_DECODERS: dict[int, Callable[[_Decoder, Any], Any]] = {
    codes.COMPLEX: _Decoder._complex,
    codes.TUPLE: _Decoder._tuple,
    codes.NAMED_TUPLE: _Decoder._named_tuple,
    codes.DICT: _Decoder._dict,
    codes.SET: _Decoder._set,
    codes.FROZENSET: _Decoder._frozenset,
    codes.SLICE: _Decoder._slice,
    codes.RANGE: _Decoder._range,
    codes.ARRAY: _Decoder._array,
    codes.OBJECTS: _Decoder._objects,
    codes.SCALAR: _Decoder._scalar,
    codes.TENSOR: _Decoder._tensor,
    codes.SPARSE: _Decoder._sparse,
    codes.SIZE: _Decoder._size,
    codes.DTYPE: _Decoder._dtype,
    codes.ARRAY_DTYPE: lambda _, content: _array_dtype(content),
    codes.DEVICE: _Decoder._device,
    codes.REFERENCE: _Decoder._reference,
    codes.PUBLIC: _Decoder._public,
    codes.GENERATOR: _Decoder._generator,
    codes.ITERATOR: _Decoder._iterator,
    codes.LENT: _Decoder._lent,
    codes.VIEW: _Decoder._view,
    codes.PART: _Decoder._part,
    codes.TABLE: lambda _, content: tables.put_together(content),
    codes.STANDARD: _Decoder._standard,
    codes.ANNOTATION: lambda _, content: type_values.put_together(content),
    codes.ARRAY_GENERATOR: _Decoder._array_generator,
}


@lru_cache(maxsize=100)
def _type_of_tuple(kind: str, names: tuple[str, ...]) -> Any:
    return namedtuple(kind, names)  # it takes identifiers only


def _of_length(items: Any, count: int) -> list[Any]:
    if len(exact(items, list)) != count:
        raise WireError("a tuple has another number of items than of their names")
    return list(items)


def _name(content: Any) -> Public:
    module, name = content
    return Public(_short(module), _short(name))


def _is_in_one_piece(value: Any) -> bool:
    """Whether a value is a tensor that has all its elements in memory, and nothing more to it."""
    is_plain = type(value) is torch.Tensor and value.layout == torch.strided and value.device.type == "cpu"
    return is_plain and value.is_contiguous() and not value.requires_grad


def _keys(values: Any) -> list[Any]:
    """Keys that a hash table takes in linear time: of those with one hash, each is compared with all others."""
    if len(exact(values, list)) > ALIKE and max(Counter(map(hash, values)).values()) > ALIKE:
        raise WireError(f"more than {ALIKE} keys have the same hash")
    return list(values)


def _is_container(data: bytes) -> bool:
    """Whether bytes are a list, a dict, a set, an array, a tensor or a table: nothing that stands for what is here."""
    kind = msgpack.unpackb(data, ext_hook=lambda code, _: code, max_array_len=ITEMS)
    return type(kind) is list or kind in (codes.DICT, codes.SET, codes.ARRAY, codes.TENSOR, codes.TABLE)


def _short(value: Any) -> str:
    text = str(exact(value, str))
    if len(text) > NAME_CHARACTERS:
        raise WireError(f"a name of {len(text)} characters is over the limit of {NAME_CHARACTERS}")
    return text


def _array_dtype(name: Any) -> np.dtype[Any]:
    if type(name) is list:
        return _structured_dtype(name)
    if not ARRAY_DTYPE_NAME.fullmatch(exact(name, str)):
        raise WireError(f"{name[:NAME_CHARACTERS]!r} is no dtype of an array that may cross")
    dtype: np.dtype[Any] = np.dtype(name)
    if dtype.itemsize == 0:  # NumPy makes it as large as it likes
        raise WireError(f"{name!r} is a dtype without a size")
    return dtype


def _structured_dtype(fields: list[Any]) -> np.dtype[Any]:
    kinds: list[Any] = []
    for name, kind, shape in fields:
        lengths = tuple(as_length(each) for each in exact(shape, list))
        if not _short(name) or len(lengths) > DIMENSIONS or math.prod(lengths) == 0:
            raise WireError("a field without a name or without elements")
        kinds.append((name, _array_dtype(exact(kind, str)), lengths))
    if not 0 < len(kinds) <= FIELDS:
        raise WireError(f"an array of no fields, or of more than {FIELDS}")
    return np.dtype(kinds)
