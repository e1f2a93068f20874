"""Changes in place, carried from one side's object to the other side's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch

from seminar.wire import standard

BASES = (list, dict, set)  # as which an object of a class that is derived from them crosses


def change(mine: Any, new: Any) -> None:
    """Give an object the content that the other side's copy of it got. What does not fit changes nothing."""
    crossed_as = next((base for base in BASES if isinstance(mine, base)), type(mine))
    if type(new) is not type(mine) and not (
        type(new) is crossed_as or (isinstance(mine, torch.Tensor) and isinstance(new, torch.Tensor))
    ):
        return
    if isinstance(mine, list):
        mine[:] = new
    elif isinstance(mine, dict | set):
        mine.clear()
        mine.update(new)
    elif isinstance(mine, pd.DataFrame | pd.Series):
        type(mine).__init__(mine, new)  # its columns too may be others
        mine.attrs = new.attrs
    elif isinstance(mine, np.ndarray):
        if mine.shape == new.shape and mine.dtype == new.dtype and mine.flags.writeable:
            mine[...] = new
    elif isinstance(mine, torch.Tensor):
        if mine.layout == new.layout:
            _change_tensor(mine, new)
    elif isinstance(mine, standard.CHANGING):
        standard.change(mine, new)
    elif isinstance(mine, torch.Generator):
        mine.set_state(new.get_state())
    elif isinstance(mine, np.random.Generator) and type(mine.bit_generator) is type(new.bit_generator):
        mine.bit_generator.state = new.bit_generator.state


def _change_tensor(mine: torch.Tensor, new: torch.Tensor) -> None:
    with torch.no_grad():
        if mine.shape != new.shape or mine.dtype != new.dtype or mine.layout != torch.strided:
            mine.data = new.detach()
        elif not _equal(mine.detach(), new.detach()):
            mine.data.copy_(new)  # PyTorch does not count it as a change: a graph that needs the tensor stays in use
    mine.grad = new.grad
    if mine.is_leaf and new.requires_grad != mine.requires_grad:
        mine.requires_grad_(new.requires_grad)


def snapshot(tensor: torch.Tensor) -> torch.Tensor:
    """A copy of what a leaf and its gradient hold, to compare with later."""
    copy = tensor.detach().clone().requires_grad_(tensor.requires_grad)
    copy.grad = None if tensor.grad is None else tensor.grad.detach().clone()
    return copy


def alike(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two leaves, and their gradients, hold the same."""
    pairs = [(one.detach(), other.detach()), (one.grad, other.grad)]
    return one.requires_grad == other.requires_grad and all(
        a is b if a is None or b is None else _equal(a, b) for a, b in pairs
    )


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    if (one.dtype, one.shape, one.device, one.layout) != (other.dtype, other.shape, other.device, other.layout):
        return False
    if one.is_meta or one.layout != torch.strided or torch.equal(one, other):
        return True
    has_nan = one.is_floating_point() or one.is_complex()
    return has_nan and torch.allclose(one, other, rtol=0, atol=0, equal_nan=True)
