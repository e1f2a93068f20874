"""Arrays and tensors that lie in the memory of others: `torch.from_numpy(a)`, `t.view(2, 2)`, `a[1:]`.

Where a result lies in the memory of an argument, it is told where. So it lies in that argument's memory on the other
side, too: who writes into one of them, changes the other one.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np
import torch

from seminar.wire.layout import fits, order_of
from seminar.wire.references import View

PLACES = 10  # that are told of one array or tensor
Place = tuple[list[int], int]
"""Strides and offset, in elements, in the memory of an array or tensor, read in the order in which it lies there."""


def view_of(value: Any, others: Iterable[tuple[int | str, Any]]) -> View | None:
    """An array or tensor as one in the memory of others, which are known by a key; None where it is in none of it."""
    if not _may_be_shared(value):
        return None
    found = ((key, place_in(other, value)) for key, other in others if other is not value)
    places = [*islice(((key, *place) for key, place in found if place), PLACES)]
    return View(value, places) if places else None


def place_in(whole: Any, value: Any) -> Place | None:
    """Where in the memory of another one an array or tensor lies; None where it does not, or holds another dtype."""
    flat = _flat(whole)
    if flat is None or not _may_be_shared(value) or _dtype(flat) != _dtype(value):
        return None
    size = flat.itemsize
    strides = [*value.stride()] if isinstance(value, torch.Tensor) else [each // size for each in value.strides]
    offset, rest = divmod(_pointer(value) - _pointer(flat), size)
    return (strides, offset) if not rest and fits(len(flat), value.shape, strides, offset) else None


def placed(whole: Any, value: Any, strides: Any, offset: Any) -> Any:
    """An array or tensor like another one, in the memory of a third: that one itself where it cannot be."""
    flat = _flat(whole)
    numbers: list[Any] = [*strides, offset] if type(strides) is list else [None]
    if flat is None or not _may_be_shared(value) or _dtype(flat) != _dtype(value) or {*map(type, numbers)} != {int}:
        return value
    if len(strides) != value.ndim or not fits(len(flat), value.shape, strides, offset):
        return value
    if isinstance(value, torch.Tensor):
        tensor = flat if isinstance(flat, torch.Tensor) else torch.from_numpy(flat)
        return tensor.as_strided(value.shape, strides, tensor.storage_offset() + offset) if min(numbers) >= 0 else value
    array = flat.numpy() if isinstance(flat, torch.Tensor) else flat
    return np.lib.stride_tricks.as_strided(array[offset:], value.shape, [each * array.itemsize for each in strides])


def _may_be_shared(value: Any) -> bool:
    """Whether it has memory that may be, without more: in a tensor's graph there is more."""
    if isinstance(value, torch.Tensor):
        is_here = value.device.type == "cpu" and value.layout == torch.strided and not value.is_quantized
        return is_here and not value.requires_grad and not value.is_conj() and not value.is_neg() and value.numel() > 0
    is_plain = isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray)
    return is_plain and value.dtype.kind in "biufc" and value.dtype.isnative and value.size > 0


def _flat(whole: Any) -> Any:
    """The memory of an array or tensor with one dimension, in the order in which it lies there; None for gaps in it."""
    whole = whole.detach() if isinstance(whole, torch.Tensor) and whole.requires_grad else whole
    if not _may_be_shared(whole):
        return None
    if isinstance(whole, torch.Tensor):
        ordered = whole.permute(order_of(tuple(whole.shape), whole.stride()))
        return ordered.view(-1) if ordered.is_contiguous() else None
    whole = whole.view(np.ndarray)
    ordered = whole.transpose(order_of(whole.shape, [each // whole.itemsize for each in whole.strides]))
    return ordered.reshape(-1) if ordered.flags.c_contiguous and ordered.flags.writeable else None


def _dtype(value: Any) -> str:
    return str(value.dtype).removeprefix("torch.")


def _pointer(value: Any) -> int:
    return int(value.data_ptr() if isinstance(value, torch.Tensor) else value.ctypes.data)
