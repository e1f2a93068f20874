"""Values as bytes, and bytes as values: msgpack, with an extension for each type that it lacks.

Data crosses by value: `None`, `bool`, `int`, `float`, `complex`, `str`, `bytes`, `list`, `tuple` (with the names of its
fields), `dict`, `set`, `frozenset`, `slice`, `range`, `...`, NumPy arrays, scalars and their dtypes (no object dtype),
`torch.Tensor` and `Parameter` (values, dtype, layout, `requires_grad`, `grad`, the device it was on), `torch.Size`,
`torch.dtype`, `torch.device`, generators of random numbers with their state, tables of pandas (see
`seminar.wire.tables`), paths, times, images and such (see `seminar.wire.standard`). A subclass of one of these crosses
as its base value. What else there is stays where it is, and crosses as what `refer` makes of it: a `Reference`.

Decoding builds nothing but these types: no name is imported, no code is run, nothing is unpickled.
"""

from __future__ import annotations

import builtins
import math
import re
import struct
from collections import Counter, namedtuple
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, cast

import msgpack
import numpy as np
import pandas as pd
import torch

from seminar.wire import randomness, standard, tables
from seminar.wire.channel import MESSAGE_BYTES, WireError
from seminar.wire.checks import as_length, exact
from seminar.wire.layout import inner_shape, inverse, once_each, order_of, spread, spread_out, told_layout

ITEMS = 1_000_000  # of all containers of one message together: an empty list is 1 byte here and 56 in memory
DEPTH = 100  # of containers in each other
READ = 8  # times MESSAGE_BYTES that are read for one message: each level is read anew
ALIKE = 100  # keys of one dict or set that may have the same hash
LIBRARIES = ("torch", "torchvision", "numpy", "matplotlib")
LONG = 2**16  # bytes of an array or tensor from which on they are not packed again with each container
INT_BYTES = 2**16  # of an int: it prints in time quadratic in its length
NOTEBOOK = "__main__"  # the module whose types a notebook's cells define
NAME_CHARACTERS = 200


@dataclass(frozen=True)
class Public:
    """A public function or type of a library, by name. By itself it crosses toward the candidate only."""

    module: str
    name: str


EXCEPTION = Public("builtins", "Exception")  # the last of the bases of a type of exceptions


@dataclass(frozen=True)
class Reference:
    """An object that stayed where it is.

    Attributes:
        key: by which its owner knows it.
        kind: the name of its type, as its owner tells it.
        mine: whether the side that decodes it owns it.
        bases: the types that it is of, or is derived from where it is itself a type, as its owner tells them: those of
            the notebook, the closest one first, and the closest one of a library.
    """

    key: int
    kind: str = ""
    mine: bool = False
    bases: tuple[Public, ...] = ()


@dataclass(frozen=True)
class Lent:
    """An object of a test's, as it crosses for the first time.

    Attributes:
        key: by which it is known from now on.
        kind: how it crosses (see `seminar.wire.objects`).
        of: its class; the name of its class alone, where that is none of a library's.
        content: what it holds, encoded.
    """

    key: int
    kind: str
    of: Public | str
    content: bytes


@dataclass(frozen=True)
class Part:
    """Data of the candidate's that a test may change in place (see `seminar.wire.parts`).

    Attributes:
        key: by which the candidate knows it.
        content: what it holds, encoded as long as it has not arrived; None where the other side has it already.
    """

    key: int
    content: Any


@dataclass(frozen=True)
class View:
    """An array or tensor in the memory of another one (see `seminar.wire.memory`).

    Attributes:
        value: what it holds.
        places: where it lies: the place of an argument or the name of a global, strides and offset in elements.
    """

    value: Any
    places: list[tuple[int | str, list[int], int]]


@dataclass(frozen=True)
class Items:
    """What an iterator, or something that is gone through again and again, would give: so does one on the other side.

    Attributes:
        values: in order.
        once: whether it is an iterator, which gives them once; else it is a list there.
    """

    values: list[Any]
    once: bool = True


_BYTES, _EXTENSION = struct.Struct(">BI"), struct.Struct(">BIb")  # msgpack's bin 32 and ext 32: type and length

# Extension types. A number that was once given keeps its meaning.
INT, COMPLEX, TUPLE, DICT, SET, FROZENSET, SLICE, RANGE, ELLIPSIS = range(1, 10)
ARRAY, SCALAR, TENSOR, SIZE, DTYPE, DEVICE, REFERENCE, PUBLIC, ARRAY_DTYPE = range(10, 19)
GENERATOR, ARRAY_GENERATOR, NAMED_TUPLE, ITERATOR, LENT, VIEW, TABLE, STANDARD, PART = range(19, 28)

DTYPES: dict[str, torch.dtype] = {
    name: getattr(torch, name)
    for name in (
        *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
        *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
    )
}
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
ARRAY_DTYPE_NAME = re.compile(r"[<>|=]?(?:[biufcSU]\d{1,9}|[mM]8(?:\[\d{0,9}[A-Za-z]{1,2}\])?)")
DEVICE_NAME = re.compile(r"[a-z]{1,20}(?::\d{1,2})?")  # of these, torch.device knows its own

# NumPy's others believe in a place in their state, however far behind its end.
BIT_GENERATORS = {name: getattr(np.random, name) for name in ("PCG64", "PCG64DXSM", "SFC64")}

CHANGING = (  # in place
    *(list, dict, set, np.ndarray, torch.Tensor, pd.DataFrame, pd.Series, torch.Generator, np.random.Generator),
    *standard.CHANGING,
)

Crossing = Reference | Public | Lent | Part | View | Items
Refer = Callable[[Any], Crossing]
Resolve = Callable[[Reference | Public | Lent | Part | View], Any]
Known = Callable[[Any], Reference | Lent | Part | View | None]
"""Makes a reference of what can change in place, where it does not cross by value: the other side has it already."""
Link = Callable[[torch.Tensor], int]
"""Numbers a tensor that requires grad, so that the other side can say which it means."""
Linked = Callable[[torch.Tensor, int, bool], torch.Tensor]
"""What stands for a tensor that came with such a number; it is told whether the tensor is a leaf, too."""
Types = Callable[[str], Any]
"""What the notebook has under a name, which a type has on the other side."""


def builtin_name(error: BaseException) -> str:
    """The name of the closest built-in type of an exception; empty where the submission has taken them all away."""
    return builtin_base(type(error))


def builtin_base(kind: type) -> str:
    """The same, of a type of exceptions."""
    return next((each.__name__ for each in kind.__mro__ if getattr(builtins, each.__name__, None) is each), "")


def refuse(value: Any) -> Reference:
    """A `refer` for a side that has nothing to refer to.

    Raises:
        WireError: always.
    """
    raise WireError(f"a value of type {type(value).__name__} cannot cross")


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


def is_of_library(module: str) -> bool:
    """Whether types of a module are what a test may ask for with isinstance, of objects that stay where they are."""
    return module.split(".")[0] in LIBRARIES


def packed(*parts: bytes) -> bytes:
    """A list of a few values that are encoded each by itself, as `encode` makes it."""
    return bytes([0x90 + len(parts)]) + b"".join(parts)  # msgpack's fixarray


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
        self._depth = 0
        self._size = 0
        self._has_long = False

    def pack(self, value: Any) -> bytes:
        if self._depth >= DEPTH:
            raise WireError(f"containers are in each other more than {DEPTH} deep")
        self._depth += 1
        plain = self._plain(value)
        self._depth -= 1
        return b"".join(plain.pieces) if type(plain) is _Long else cast(bytes, msgpack.packb(plain))

    def _plain(self, value: Any) -> Any:
        """What msgpack packs as it is. A subclass becomes its base."""
        if value is None or value is True or value is False:
            return value
        kind: Any = type(value)  # not what it says of itself: a handle and a mock say that they are of another
        if encoder := _SIMPLE.get(kind):
            return encoder(self, value)
        if issubclass(kind, np.generic) and not issubclass(kind, np.object_ | np.void):
            return self._scalar(value)
        if self._known and issubclass(kind, CHANGING) and (reference := self._known(value)):
            return self._as_reference(reference)
        if issubclass(kind, standard.TYPES) and (content := standard.taken_apart(value)) is not None:
            return self._extension(STANDARD, self._items(content))
        if encoder := _encoder_of(kind):
            return encoder(self, value)
        if issubclass(kind, tables.TYPES) and (parts := tables.taken_apart(value)) is not None:
            return self._extension(TABLE, self._items(parts))
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
        return msgpack.ExtType(INT, number.to_bytes(length, "little", signed=True))

    def _float(self, value: float) -> float:
        return float.__float__(value)

    def _complex(self, value: complex) -> Any:
        return self._extension(COMPLEX, [complex.__complex__(value).real, complex.__complex__(value).imag])

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
            return self._extension(NAMED_TUPLE, [type(value).__name__[:NAME_CHARACTERS], names, items])
        return self._extension(TUPLE, items)

    def _dict(self, value: dict[Any, Any]) -> Any:
        pairs = dict.items(value)
        return self._extension(DICT, self._items(part for pair in pairs for part in pair))

    def _set(self, value: set[Any]) -> Any:
        return self._extension(SET, self._items(set.__iter__(value)))

    def _frozenset(self, value: frozenset[Any]) -> Any:
        return self._extension(FROZENSET, self._items(frozenset.__iter__(value)))

    def _slice(self, value: slice) -> Any:
        return self._extension(SLICE, self._items([value.start, value.stop, value.step]))

    def _range(self, value: range) -> Any:
        return self._extension(RANGE, self._items([value.start, value.stop, value.step]))

    def _ellipsis(self, value: Any) -> Any:
        return msgpack.ExtType(ELLIPSIS, b"")

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
        if array.dtype.hasobject or array.dtype.kind == "V":
            return self._reference(value)
        strides = [stride // (array.itemsize or 1) for stride in array.strides]
        self._grow(array.nbytes)
        if (layout := spread(array.shape, strides)) is not None:
            flat = np.zeros(layout[2], array.dtype)
            once = array[once_each(layout[0])]
            steps = [stride * array.itemsize for stride in layout[0]]
            np.lib.stride_tricks.as_strided(flat[layout[1] :], once.shape, steps)[...] = once
            return self._extension(ARRAY, [array.dtype.str, list(array.shape), layout, self._data(flat.tobytes())])
        order = order_of(array.shape, strides)
        data = self._data(array.transpose(order).tobytes())
        return self._extension(ARRAY, [array.dtype.str, list(array.shape), order, data])

    def _scalar(self, value: np.generic) -> Any:
        array = np.asarray(value)
        return self._extension(SCALAR, [array.dtype.str, array.tobytes()])

    def _tensor(self, value: torch.Tensor) -> Any:
        with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
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
                TENSOR,
                [
                    *(DTYPE_NAMES[tensor.dtype], list(tensor.shape), order, content, needs_grad, device),
                    *(None if grad is None else self._tensor(grad), is_parameter),
                    *(number, bool(value.is_leaf)),
                ],
            )

    def _size_of_tensor(self, value: torch.Size) -> Any:
        return self._extension(SIZE, [int(length) for length in tuple.__iter__(value)])

    def _dtype(self, value: torch.dtype) -> Any:
        return self._extension(DTYPE, str(value).removeprefix("torch."))

    def _array_dtype(self, value: np.dtype[Any]) -> Any:
        if value.itemsize == 0 or not ARRAY_DTYPE_NAME.fullmatch(value.str):
            return self._reference(value)  # of what no array that crosses is made
        return self._extension(ARRAY_DTYPE, value.str)

    def _device(self, value: torch.device) -> Any:
        return self._extension(DEVICE, str(value))

    def _generator(self, value: torch.Generator) -> Any:
        return self._extension(GENERATOR, [str(value.device), value.get_state().numpy().tobytes()])

    def _array_generator(self, value: np.random.Generator) -> Any:
        state = value.bit_generator.state
        if BIT_GENERATORS.get(state["bit_generator"]) is not type(value.bit_generator):
            return self._reference(value)
        return self._extension(ARRAY_GENERATOR, self._plain(state))

    def _reference(self, value: Any) -> Any:
        return self._as_reference(self._refer(value))

    def _as_reference(self, made: Crossing) -> Any:
        if isinstance(made, Items):
            return self._extension(ITERATOR, self._items(made.values)) if made.once else self._items(made.values)
        if isinstance(made, Public):
            return self._extension(PUBLIC, [made.module, made.name])
        if isinstance(made, View):
            value = self._tensor(made.value) if isinstance(made.value, torch.Tensor) else self._array(made.value)
            return self._extension(VIEW, [value, made.places])
        if isinstance(made, Part):
            self._grow(len(made.content or b""))
            return self._extension(PART, [made.key, made.content])
        if isinstance(made, Lent):
            self._grow(len(made.content))
            of = made.of[:NAME_CHARACTERS] if isinstance(made.of, str) else [made.of.module, made.of.name]
            return self._extension(LENT, [made.key, made.kind, of, made.content])
        bases = [[each.module, each.name] for each in made.bases]
        return self._extension(REFERENCE, [made.key, made.kind[:NAME_CHARACTERS], made.mine, bases])

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

DATA = (*(kind for kind, _ in _ENCODERS), np.generic, pd.DataFrame, pd.Series, pd.Index, *standard.TYPES)
"""The types whose values cross, but for `None`."""


@lru_cache(maxsize=1000)
def _encoder_of(kind: type) -> Callable[[_Encoder, Any], Any] | None:
    return next((encoder for base, encoder in _ENCODERS if issubclass(kind, base)), None)


def _gradient(tensor: torch.Tensor) -> torch.Tensor | None:
    """The gradient of a leaf; to ask another tensor for it warns."""
    return tensor.grad if tensor.is_leaf else None


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
        if code == INT:
            if len(data) > INT_BYTES:
                raise WireError(f"an int of {len(data)} bytes is over the limit of {INT_BYTES}")
            return int.from_bytes(data, "little", signed=True)
        if code == ELLIPSIS:
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
        return array.transpose(inverse(order)) if order else array

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

    def _size(self, content: Any) -> torch.Size:
        return torch.Size([as_length(each) for each in exact(content, list)])

    def _dtype(self, content: Any) -> torch.dtype:
        return DTYPES[exact(content, str)]

    def _array_dtype(self, content: Any) -> np.dtype[Any]:
        return _array_dtype(content)

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
        key, kind, mine, bases = content
        known = tuple(map(_name, exact(bases, list)))
        return self._resolve(Reference(exact(key, int), _short(kind), exact(mine, bool), known))

    def _public(self, content: Any) -> Any:
        return self._resolve(_name(content))

    def _table(self, content: Any) -> Any:
        return tables.put_together(content)

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
    COMPLEX: _Decoder._complex,
    TUPLE: _Decoder._tuple,
    NAMED_TUPLE: _Decoder._named_tuple,
    DICT: _Decoder._dict,
    SET: _Decoder._set,
    FROZENSET: _Decoder._frozenset,
    SLICE: _Decoder._slice,
    RANGE: _Decoder._range,
    ARRAY: _Decoder._array,
    SCALAR: _Decoder._scalar,
    TENSOR: _Decoder._tensor,
    SIZE: _Decoder._size,
    DTYPE: _Decoder._dtype,
    ARRAY_DTYPE: _Decoder._array_dtype,
    DEVICE: _Decoder._device,
    REFERENCE: _Decoder._reference,
    PUBLIC: _Decoder._public,
    GENERATOR: _Decoder._generator,
    ITERATOR: _Decoder._iterator,
    LENT: _Decoder._lent,
    VIEW: _Decoder._view,
    PART: _Decoder._part,
    TABLE: _Decoder._table,
    STANDARD: _Decoder._standard,
    ARRAY_GENERATOR: _Decoder._array_generator,
}


def _field_names(kind: type) -> list[str]:
    """The names that the items of a tuple have; none where it is a plain one."""
    names: Any = getattr(kind, "_fields", ()) or (hasattr(kind, "n_fields") and getattr(kind, "__match_args__", ()))
    is_named = isinstance(names, tuple) and all(isinstance(name, str) and name.isidentifier() for name in names)
    return [*names] if is_named else []


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


def _keys(values: Any) -> list[Any]:
    """Keys that a hash table takes in linear time: of those with one hash, each is compared with all others."""
    if len(exact(values, list)) > ALIKE and max(Counter(map(hash, values)).values()) > ALIKE:
        raise WireError(f"more than {ALIKE} keys have the same hash")
    return list(values)


def _is_container(data: bytes) -> bool:
    """Whether bytes are a list, a dict, a set, an array or a tensor: not what stands for an object that is here."""
    kind = msgpack.unpackb(data, ext_hook=lambda code, _: code, max_array_len=ITEMS)
    return type(kind) is list or kind in (DICT, SET, ARRAY, TENSOR)


def _short(value: Any) -> str:
    text = str(exact(value, str))
    if len(text) > NAME_CHARACTERS:
        raise WireError(f"a name of {len(text)} characters is over the limit of {NAME_CHARACTERS}")
    return text


def _array_dtype(name: Any) -> np.dtype[Any]:
    if not ARRAY_DTYPE_NAME.fullmatch(exact(name, str)):
        raise WireError(f"{name[:NAME_CHARACTERS]!r} is no dtype of an array that may cross")
    dtype: np.dtype[Any] = np.dtype(name)
    if dtype.itemsize == 0:  # NumPy makes it as large as it likes
        raise WireError(f"{name!r} is a dtype without a size")
    return dtype
