"""Parts of the candidate's objects, and its global variables, as far as they are data that can change in place.

A test that changes one (`model.params["W"][0] += h`, `history.clear()`) changes the candidate's own, and sees what its
code makes of it: as long as the test has it, both sides have the same content. What is large crosses by value alone,
and so does what a function returns.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch

from seminar.wire import tables
from seminar.wire.changes import change
from seminar.wire.encoding import encode
from seminar.wire.references import Known, Link, Refer
from seminar.wire.shared import Contents

TABLES = (pd.DataFrame, pd.Series)
KINDS = (list, dict, set, np.ndarray, torch.Tensor, *TABLES)
MOST = 100  # parts that both sides have at a time: with each request all are looked at
ITEMS = 2_000  # of all containers of one part, and of those in it
BYTES = 2**20  # of all its arrays, tensors and tables


def is_part(value: Any, room: int) -> bool:
    """Whether a value is a part that may have as many within as there is room for."""
    items = size = 0
    inside = [value] if _can_change(value) else []
    for _ in range(min(room, MOST) if inside else 0):
        each = inside.pop()
        if isinstance(each, np.ndarray | torch.Tensor):
            size += each.nbytes
        elif isinstance(each, TABLES):
            size += int(np.sum(each.memory_usage(deep=True)))
        else:
            items += len(each)
            if items > ITEMS:
                return False
            inside += filter(_can_change, each.values() if isinstance(each, dict) else each)
        if size > BYTES or not inside:
            return size <= BYTES
    return False


def _can_change(value: Any) -> bool:
    """Whether a value is of those that cross as they are, and can change in place."""
    if type(value) is torch.Tensor:  # those that require grad are leaves, or were computed
        return value.layout == torch.strided and not (value.requires_grad or value.is_quantized or value.is_meta)
    if type(value) is np.ndarray:
        return not value.dtype.hasobject and value.dtype.kind != "V"
    if type(value) in TABLES:
        columns = [*value.dtypes] if isinstance(value, pd.DataFrame) else [value.dtype]
        has_objects = any(isinstance(each, np.dtype) and each.hasobject for each in columns)
        return not has_objects and tables.taken_apart(value) is not None
    return type(value) in KINDS


def content_of(value: Any, refer: Refer, known: Known, link: Link | None = None) -> bytes:
    """What something that can change in place holds, with what is in it as `known` has that, or else by value."""
    if isinstance(value, TABLES):  # what it is made of is made anew each time
        return encode(value, refer)
    alone = copy.copy(value) if isinstance(value, list | dict | set) else value
    return encode(alone, refer, lambda each: None if each is alone else known(each), link)


def contents(
    refer: Refer, known: Known, told: Known, decoded: Callable[[bytes], Any], link: Link | None = None
) -> Contents:
    """How what parts hold is told.

    Args:
        refer: makes a reference of what is no data.
        known: makes a reference of what the other side has.
        told: the same, of what the other side gets by that, too.
        decoded: what was told.
        link: numbers a tensor in it that requires grad; None where such a one crosses by itself.
    """

    def news(part: Any, was: bytes) -> bytes | None:
        return None if content_of(part, refer, known, link) == was else content_of(part, refer, told, link)

    return Contents(
        kind=bytes,
        snapshot=lambda part: content_of(part, refer, known, link),
        news=news,
        change=lambda part, content: change(part, decoded(content)),
    )
