"""Values as bytes: msgpack, with an extension for each type that it lacks (see `seminar.wire.codes`).

Data crosses by value: `None`, `bool`, `int`, `float`, `complex`, `str`, `bytes`, `list`, `tuple` (with the names of its
fields), `dict`, `set`, `frozenset`, `slice`, `range`, `...`, NumPy arrays, scalars and their dtypes (with plain fields,
and objects that are data), `torch.Tensor` and `Parameter` (values, dtype, layout, `requires_grad`, `grad`, the device;
of sparse ones those without `requires_grad`), `torch.Size`, `torch.dtype`, `torch.device`, generators of random numbers
with their state, tables of pandas (see `seminar.wire.tables`), paths, times, images and such (see
`seminar.wire.standard`). A subclass of one of these crosses as its base value. What else there is stays where it is,
and crosses as what `refer` makes of it: a `Reference`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, cast

import msgpack
import numpy as np
import torch

from seminar.wire import codes, standard, tables, type_values
from seminar.wire.channel import MESSAGE_BYTES, WireError
from seminar.wire.format import (
    ARRAY_DTYPE_NAME,
    BIT_GENERATORS,
    DEPTH,
    DTYPE_NAMES,
    INT_BYTES,
    NAME_CHARACTERS,
)
from seminar.wire.kinds import CHANGING
from seminar.wire.layout import once_each, order_of, spread, spread_out
from seminar.wire.references import Crossing, Items, Known, Lent, Link, Part, Public, Refer, View, refuse

LONG = 2**16  # bytes of an array or tensor from which on they are not packed again with each container

_BYTES, _EXTENSION = struct.Struct(">BI"), struct.Struct(">BIb")  # msgpack's bin 32 and ext 32: type and length


def encode(value: Any, refer: Refer = refuse, known: Known | None = None, link: Link | None = None) -> bytes:
    """Turn a value into bytes.

    Args:
        value: what to encode.
        refer: makes a reference of what is no data.
        known: makes a reference of what can change in place, and is known to the other side; None: nothing is.
        link: numbers tensors that require grad; None: they cross as leaves of their own.

    Raises:
        WireError: the value is too large or too deep, or `refer` refuses a part of it.
    """
    try:
        return _Encoder(refer, known, link).pack(value)
    except (ValueError, TypeError, OverflowError, RuntimeError, RecursionError, MemoryError) as error:
        raise WireError(f"a value cannot cross ({type(error).__name__}: {error})") from error


def packed(*parts: bytes) -> bytes:
    """A list of a few values that are encoded each by itself, as `encode` makes it."""
    return bytes([0x90 + len(parts)]) + b"".join(parts)  # msgpack's fixarray


@dataclass(frozen=True)
class _Long:
    """A value as msgpack packs it, in pieces: what is large is copied once, in however many containers it is."""

    pieces: list[bytes]

    @classmethod
    def data(cls, data: bytes) -> _Long:
        """Bytes."""
        return cls([_BYTES.pack(0xC6, len(data)), data])

    @classmethod
    def extension(cls, code: int, content: _Long) -> _Long:
        """A value of an extension type."""
        return cls([_EXTENSION.pack(0xC9, sum(map(len, content.pieces)), code), *content.pieces])

    @classmethod
    def list(cls, items: Iterable[Any]) -> _Long:
        """A list of what msgpack packs, or has packed."""
        each = [item.pieces if type(item) is _Long else [msgpack.packb(item)] for item in items]
        return cls([msgpack.Packer().pack_array_header(len(each)), *chain.from_iterable(each)])


class _Encoder:
    def __init__(self, refer: Refer, known: Known | None, link: Link | None) -> None:
        self._refer, self._known, self._link = refer, known, link
        self._depth = 1  # the message itself
        self._size = 0
        self._has_long = False

    def pack(self, value: Any) -> bytes:
        plain = self._plain(value)
        return b"".join(plain.pieces) if type(plain) is _Long else cast(bytes, msgpack.packb(plain))

    def _plain(self, value: Any) -> Any:
        """What msgpack packs as it is. A subclass becomes its base."""
        if value is None or value is True or value is False:
            return value
        kind: Any = type(value)  # not what it says of itself: a handle and a mock say that they are of another
        if encoder := _SIMPLE.get(kind):
            return encoder(self, value)
        if issubclass(kind, np.generic) and not issubclass(kind, np.object_):
            return self._scalar(value)
        if self._known and issubclass(kind, CHANGING) and (reference := self._known(value)):
            return self._as_reference(reference)
        if issubclass(kind, standard.TYPES) and (content := standard.taken_apart(value)) is not None:
            return self._extension(codes.STANDARD, self._items(content))
        if encoder := _encoder_of(kind):
            return encoder(self, value)
        if issubclass(kind, tables.TYPES) and (parts := tables.taken_apart(value)) is not None:
            return self._extension(codes.TABLE, self._items(parts))
        if made := type_values.taken_apart(value):
            return self._extension(codes.ANNOTATION, self._items(made))
        return self._reference(value)

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MESSAGE_BYTES:
            raise WireError(f"a value of more than {MESSAGE_BYTES} bytes cannot cross")

    def _int(self, value: int) -> Any:
        number = int.__index__(value)
        if -(2**63) <= number < 2**64:
            return number
        length = number.bit_length() // 8 + 1
        if length > INT_BYTES:
            raise WireError(f"an int of {length} bytes is over the limit of {INT_BYTES}")
        return msgpack.ExtType(codes.INT, number.to_bytes(length, "little", signed=True))

    def _float(self, value: float) -> float:
        return float.__float__(value)

    def _complex(self, value: complex) -> Any:
        return self._extension(codes.COMPLEX, [complex.__complex__(value).real, complex.__complex__(value).imag])

    def _str(self, value: str) -> str:
        text = str.__str__(value)
        self._grow(len(text))
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")

    def _bytes(self, value: bytes | bytearray) -> bytes:
        self._grow(len(value))
        return bytes(value)

    def _list(self, value: list[Any]) -> Any:
        return self._items(list.__iter__(value))

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        items = self._items(tuple.__iter__(value))
        if names := _field_names(type(value)):
            return self._extension(codes.NAMED_TUPLE, [type(value).__name__[:NAME_CHARACTERS], names, items])
        return self._extension(codes.TUPLE, items)

    def _dict(self, value: dict[Any, Any]) -> Any:
        pairs = dict.items(value)
        return self._extension(codes.DICT, self._items(part for pair in pairs for part in pair))

    def _set(self, value: set[Any]) -> Any:
        return self._extension(codes.SET, self._items(set.__iter__(value)))

    def _frozenset(self, value: frozenset[Any]) -> Any:
        return self._extension(codes.FROZENSET, self._items(frozenset.__iter__(value)))

    def _slice(self, value: slice) -> Any:
        return self._extension(codes.SLICE, self._items([value.start, value.stop, value.step]))

    def _range(self, value: range) -> Any:
        return self._extension(codes.RANGE, self._items([value.start, value.stop, value.step]))

    def _ellipsis(self, value: Any) -> Any:
        return msgpack.ExtType(codes.ELLIPSIS, b"")

    def _items(self, values: Any) -> Any:
        if self._depth >= DEPTH:
            raise WireError(f"containers are in each other more than {DEPTH} deep")
        self._depth += 1
        packed = [self._plain(value) for value in values]
        self._depth -= 1
        self._grow(len(packed))
        return self._listed(packed)

    def _listed(self, items: list[Any]) -> Any:
        """A list of what msgpack packs; packed already, where something in it is."""
        return _Long.list(items) if self._has_long and any(type(each) is _Long for each in items) else items

    def _data(self, data: bytes) -> Any:
        """The content of an array or tensor."""
        if len(data) < LONG:
            return data
        self._has_long = True
        return _Long.data(data)

    def _array(self, value: np.ndarray[Any, Any]) -> Any:
        array = np.ndarray.view(value, np.ndarray)
        if array.dtype == object:
            return self._objects(value, array)
        if (dtype := _told_dtype(array.dtype)) is None:
            return self._reference(value)
        strides = [stride // (array.itemsize or 1) for stride in array.strides]
        self._grow(array.nbytes)
        if (layout := spread(array.shape, strides)) is not None:
            flat = np.zeros(layout[2], array.dtype)
            once = array[once_each(layout[0])]
            steps = [stride * array.itemsize for stride in layout[0]]
            np.lib.stride_tricks.as_strided(flat[layout[1] :], once.shape, steps)[...] = once
            return self._extension(codes.ARRAY, [dtype, list(array.shape), layout, self._data(flat.tobytes())])
        order = order_of(array.shape, strides)
        data = self._data(array.transpose(order).tobytes())
        return self._extension(codes.ARRAY, [dtype, list(array.shape), order, data])

    def _objects(self, value: Any, array: np.ndarray[Any, Any]) -> Any:
        """An array of objects, as far as they are data; else it stays where it is."""
        alone = _Encoder(refuse, None, None)
        try:
            alone._depth, alone._size = self._depth, self._size
            items = alone._items(array.ravel().tolist())
        except WireError:
            return self._reference(value)
        self._size, self._has_long = alone._size, self._has_long or alone._has_long
        return self._extension(codes.OBJECTS, [list(array.shape), items])

    def _scalar(self, value: np.generic) -> Any:
        array = np.asarray(value)
        if (dtype := _told_dtype(array.dtype)) is None:
            return self._reference(value)
        return self._extension(codes.SCALAR, [dtype, array.tobytes()])

    def _tensor(self, value: torch.Tensor) -> Any:
        with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
            if value.layout in (torch.sparse_coo, torch.sparse_csr):
                return self._sparse(value)
            if value.layout != torch.strided or value.is_quantized or value.dtype not in DTYPE_NAMES:
                return self._reference(value)
            tensor = value.detach().as_subclass(torch.Tensor)
            needs_grad, grad, device = bool(value.requires_grad), _gradient(value), str(tensor.device)
            layout = spread(tuple(tensor.shape), tensor.stride()) if tensor.device.type == "cpu" else None
            order: list[Any] = layout or order_of(tuple(tensor.shape), tensor.stride())
            content = None
            if tensor.device.type != "meta":
                self._grow(tensor.numel() * tensor.element_size())
                whole = tensor.cpu().resolve_conj().resolve_neg()
                if layout:
                    flat = spread_out(whole, *layout)
                else:
                    whole = whole.permute(order).reshape(-1)
                    flat = torch.empty(whole.shape, dtype=whole.dtype, device="cpu")  # whatever the default is
                    flat.copy_(whole)  # one element may have any stride
                content = self._data(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
            is_parameter = isinstance(value, torch.nn.Parameter)
            number = self._link(value) if self._link and (needs_grad or is_parameter) else None
            return self._extension(
                codes.TENSOR,
                [
                    *(DTYPE_NAMES[tensor.dtype], list(tensor.shape), order, content, needs_grad, device),
                    *(None if grad is None else self._tensor(grad), is_parameter),
                    *(number, bool(value.is_leaf)),
                ],
            )

    def _sparse(self, value: torch.Tensor) -> Any:
        length = math.prod(max(1, each) for each in value.shape) * value.element_size()
        is_plain = value.dtype in DTYPE_NAMES and value.device.type == "cpu" and not value.requires_grad
        if not is_plain or isinstance(value, torch.nn.Parameter) or length > MESSAGE_BYTES:
            return self._reference(value)
        tensor, is_rows = value.detach(), value.layout == torch.sparse_csr
        places = [tensor.crow_indices(), tensor.col_indices()] if is_rows else [tensor._indices()]
        parts = [*places, tensor.values() if is_rows else tensor._values()]
        told = self._listed([self._tensor(each.contiguous()) for each in parts])
        return self._extension(codes.SPARSE, [list(tensor.shape), told, not is_rows and tensor.is_coalesced()])

    def _size_of_tensor(self, value: torch.Size) -> Any:
        return self._extension(codes.SIZE, [int(length) for length in tuple.__iter__(value)])

    def _dtype(self, value: torch.dtype) -> Any:
        return self._extension(codes.DTYPE, str(value).removeprefix("torch."))

    def _array_dtype(self, value: np.dtype[Any]) -> Any:
        dtype = _told_dtype(value)
        if value.itemsize == 0 or dtype is None:
            return self._reference(value)  # of what no array that crosses is made
        return self._extension(codes.ARRAY_DTYPE, dtype)

    def _device(self, value: torch.device) -> Any:
        return self._extension(codes.DEVICE, str(value))

    def _generator(self, value: torch.Generator) -> Any:
        return self._extension(codes.GENERATOR, [str(value.device), value.get_state().numpy().tobytes()])

    def _array_generator(self, value: np.random.Generator) -> Any:
        state = value.bit_generator.state
        if BIT_GENERATORS.get(state["bit_generator"]) is not type(value.bit_generator):
            return self._reference(value)
        return self._extension(codes.ARRAY_GENERATOR, self._plain(state))

    def _reference(self, value: Any) -> Any:
        return self._as_reference(self._refer(value))

    def _as_reference(self, made: Crossing) -> Any:
        if isinstance(made, Items):
            return self._extension(codes.ITERATOR, self._items(made.values)) if made.once else self._items(made.values)
        if isinstance(made, Public):
            return self._extension(codes.PUBLIC, [made.module, made.name])
        if isinstance(made, View):
            value = self._tensor(made.value) if isinstance(made.value, torch.Tensor) else self._array(made.value)
            return self._extension(codes.VIEW, [value, made.places])
        if isinstance(made, Part):
            self._grow(len(made.content or b""))
            return self._extension(codes.PART, [made.key, made.content])
        if isinstance(made, Lent):
            self._grow(len(made.content))
            of = made.of[:NAME_CHARACTERS] if isinstance(made.of, str) else [made.of.module, made.of.name]
            return self._extension(codes.LENT, [made.key, made.kind, of, made.content])
        bases = [[each.module, each.name] for each in made.bases]
        told = [made.key, made.kind[:NAME_CHARACTERS], made.mine, bases, [*made.able]]
        return self._extension(codes.REFERENCE, told)

    def _extension(self, code: int, content: Any) -> Any:
        if type(content) is list:
            content = self._listed(content)
        if type(content) is _Long:
            return _Long.extension(code, content)
        return msgpack.ExtType(code, msgpack.packb(content))


# The first that fits is taken: torch.Size before tuple.
_ENCODERS: tuple[tuple[Any, Callable[[_Encoder, Any], Any]], ...] = (
    (int, _Encoder._int),
    (float, _Encoder._float),
    (str, _Encoder._str),
    (bytes, _Encoder._bytes),
    (bytearray, _Encoder._bytes),
    (list, _Encoder._list),
    (torch.Size, _Encoder._size_of_tensor),
    (tuple, _Encoder._tuple),
    (dict, _Encoder._dict),
    (torch.Tensor, _Encoder._tensor),
    (np.ndarray, _Encoder._array),
    (complex, _Encoder._complex),
    (set, _Encoder._set),
    (frozenset, _Encoder._frozenset),
    (slice, _Encoder._slice),
    (range, _Encoder._range),
    (type(...), _Encoder._ellipsis),
    (torch.dtype, _Encoder._dtype),
    (np.dtype, _Encoder._array_dtype),
    (torch.device, _Encoder._device),
    (torch.Generator, _Encoder._generator),
    (np.random.Generator, _Encoder._array_generator),
)


# Most values are of these, and fit no other.
_SIMPLE = {kind: encoder for kind, encoder in _ENCODERS if kind in (int, float, str, bytes)}

DATA = (*(kind for kind, _ in _ENCODERS), np.generic, *tables.TYPES, *standard.TYPES)
"""The types whose values cross, but for `None`."""


@lru_cache(maxsize=1000)
def _encoder_of(kind: type) -> Callable[[_Encoder, Any], Any] | None:
    return next((encoder for base, encoder in _ENCODERS if issubclass(kind, base)), None)


def _told_dtype(dtype: np.dtype[Any]) -> Any:
    """A dtype as it crosses: its name, or those of its fields and theirs; None where it does not."""
    if dtype.names is None:
        return dtype.str if ARRAY_DTYPE_NAME.fullmatch(dtype.str) else None
    of_fields = [dtype[name] for name in dtype.names]
    is_plain = all(each.names is None and ARRAY_DTYPE_NAME.fullmatch(each.base.str) for each in of_fields)
    told = [[name, each.base.str, [*each.shape]] for name, each in zip(dtype.names, of_fields, strict=True)]
    is_packed = is_plain and dtype == np.dtype([(name, kind, tuple(shape)) for name, kind, shape in told])
    return told if is_packed else None


def _gradient(tensor: torch.Tensor) -> torch.Tensor | None:
    """The gradient of a leaf; to ask another tensor for it warns."""
    return tensor.grad if tensor.is_leaf else None


def _field_names(kind: type) -> list[str]:
    """The names that the items of a tuple have; none where it is a plain one."""
    names: Any = getattr(kind, "_fields", ()) or (hasattr(kind, "n_fields") and getattr(kind, "__match_args__", ()))
    is_named = isinstance(names, tuple) and all(isinstance(name, str) and name.isidentifier() for name in names)
    return [*names] if is_named else []
