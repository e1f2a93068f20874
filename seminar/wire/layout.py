"""How the elements of arrays and tensors lie in memory, as it crosses: in elements, and without what lies in gaps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from seminar.wire.channel import MESSAGE_BYTES, WireError
from seminar.wire.checks import as_length, exact

GAPS = 4  # times the elements that memory with gaps may have
DIMENSIONS = 32


def order_of(shape: tuple[int, ...], strides: Any) -> list[int]:
    """The order of dimensions in which the elements lie in memory, outermost first.

    So a transposed tensor arrives transposed. For what is no permutation of a contiguous layout (an expanded tensor,
    every other element) it is the order of the dimensions.
    """
    order = sorted(range(len(shape)), key=lambda each: (-strides[each], each))
    expected = 1
    for dimension in reversed(order):
        if shape[dimension] != 1 and strides[dimension] != expected:
            return list(range(len(shape)))
        expected *= shape[dimension]
    return order


def spread(shape: tuple[int, ...], strides: Sequence[int]) -> list[Any] | None:
    """The strides, offset and size in elements of memory with gaps, or that some elements share, as they are to cross.

    None for what lies in one piece, in whatever order; and where more would be gaps than not, or some but not all
    elements along a dimension are in one place: that arrives in one piece.
    """
    if math.prod(shape) == 0 or len(shape) == 0:
        return None
    along = [(stride, length) for stride, length in zip(strides, shape, strict=True) if stride and length > 1]
    within, elements = 1, 1
    for stride, length in sorted((abs(stride), length) for stride, length in along):
        if stride < within:
            return None
        within, elements = stride * (length - 1) + within, elements * length
    offset = sum(-stride * (length - 1) for stride, length in along if stride < 0)
    if (within == math.prod(shape) and offset == 0) or within > GAPS * elements:
        return None
    return [[max(-within, min(stride, within)) for stride in strides], offset, within]  # along one element it is any


def once_each(strides: list[int]) -> tuple[slice, ...]:
    """What takes each element once, of those that lie in one place."""
    return tuple(slice(1 if stride == 0 else None) for stride in strides)


def spread_out(tensor: torch.Tensor, strides: list[int], offset: int, size: int) -> torch.Tensor:
    """A tensor's elements as they lie in memory, and nothing else that lies between them."""
    flat = torch.zeros(size, dtype=tensor.dtype, device="cpu")
    once = tensor[once_each(strides)]
    flat.as_strided(once.shape, strides, offset).copy_(once)
    return flat


def told_layout(shape: Any, order: Any, itemsize: int) -> tuple[list[int], int, int] | None:
    """Strides, offset and size of what does not lie in one piece; None for what does."""
    if len(exact(order, list)) != 3 or type(order[0]) is not list:
        return None
    lengths, strides = [as_length(each) for each in exact(shape, list)], [exact(each, int) for each in order[0]]
    offset, size = exact(order[1], int), as_length(order[2])
    if len(lengths) > DIMENSIONS or math.prod(lengths) * itemsize > MESSAGE_BYTES or not math.prod(lengths):
        raise WireError("a layout of more dimensions or elements than there may be, or of none")
    if not fits(size, lengths, strides, offset):
        raise WireError("a layout that is larger than its memory")
    return strides, offset, size


def fits(size: int, shape: Sequence[int], strides: Sequence[int], offset: int) -> bool:
    """Whether so many elements of memory hold all of what lies there with these strides."""
    ends = [(length - 1) * stride for length, stride in zip(shape, strides, strict=True)]
    first, last = offset + sum(min(each, 0) for each in ends), offset + sum(max(each, 0) for each in ends)
    return first >= 0 and last < size and all(abs(stride) <= size for stride in strides)


def inverse(order: list[int]) -> list[int]:
    """The order that takes an order back."""
    return sorted(range(len(order)), key=order.__getitem__)


def inner_shape(shape: Any, order: Any) -> list[int]:
    """The shape in the order in which the data lie."""
    lengths = [as_length(each) for each in exact(shape, list)]
    if len(lengths) > DIMENSIONS or sorted(exact(each, int) for each in exact(order, list)) != [*range(len(lengths))]:
        raise WireError("a layout that is no order of the dimensions")
    return [lengths[dimension] for dimension in order]
