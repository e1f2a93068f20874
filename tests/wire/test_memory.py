"""Arrays and tensors in the memory of others: found where they are, and never outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seminar.wire.memory import place_in, placed, view_of

TENSOR, ARRAY = torch.arange(24.0).reshape(2, 3, 4), np.arange(24, dtype=np.float32).reshape(2, 3, 4)
VIEWS: list[Any] = [
    *(lambda x: x[1], lambda x: x[:, 1:, ::2], lambda x: x.reshape(-1)[5:9], lambda x: x.swapaxes(0, 2), lambda x: x),
    *(lambda x: x[1, 1, 1:2], lambda x: x.reshape(4, 6)[1:3, 2:]),
]


@pytest.mark.parametrize("make", VIEWS)
@pytest.mark.parametrize("whole", [TENSOR, ARRAY, TENSOR.permute(2, 0, 1), ARRAY.T])
def test_a_view_is_in_the_same_place_of_a_copy(whole: Any, make: Any) -> None:
    copy = whole.clone() if isinstance(whole, torch.Tensor) else whole.copy(order="K")
    copies: list[Any] = [copy, copy.numpy() if isinstance(copy, torch.Tensor) else torch.from_numpy(copy)]
    for to in copies:
        view = make(whole)
        place = place_in(whole, view)
        if place is None:  # a reshape that has to copy
            assert not np.shares_memory(np.asarray(whole), np.asarray(view))
            continue
        there = placed(to, view, *place)
        assert type(there) is type(view)
        assert np.array_equal(there, view)
        to[...] = -1
        assert (there == -1).all()
        to[...] = torch.as_tensor(whole) if isinstance(to, torch.Tensor) else np.asarray(whole)


def test_what_is_on_its_own_is_in_nothing() -> None:
    for value in (TENSOR.clone(), torch.from_numpy(ARRAY), TENSOR.view(torch.int32), TENSOR[:0], torch.ones(2)):
        assert place_in(TENSOR, value) is None
    assert place_in(TENSOR, TENSOR.numpy()) is not None
    assert place_in(TENSOR[:, 1:], TENSOR) is None  # the smaller one has gaps
    assert place_in(TENSOR[1], TENSOR) is None
    assert view_of(torch.ones(2, requires_grad=True), [("x", TENSOR)]) is None
    assert view_of("text", [("x", TENSOR)]) is None


def test_all_places_are_told() -> None:
    view = view_of(TENSOR[1], [("a", ARRAY), ("b", TENSOR), (0, TENSOR.numpy()), ("c", "text")])
    assert view is not None
    assert view.places == [("b", [4, 1], 12), (0, [4, 1], 12)]


def test_a_negative_stride_is_numpys_alone() -> None:
    backward = ARRAY.reshape(-1)[::-1]
    place = place_in(ARRAY, backward)
    assert place == ([-1], 23)
    assert placed(ARRAY.copy(), backward, *place).tolist() == backward.tolist()
    tensor = torch.ones(24)
    assert placed(ARRAY.copy(), tensor, *place) is tensor


@settings(max_examples=300)
@given(
    st.lists(st.integers(-30, 30) | st.sampled_from([2**62, -(2**70), True, None, 1.5]), max_size=3),
    st.integers(-30, 30) | st.sampled_from([2**62, None, "x"]),
    st.sampled_from([(2,), (3, 2), (1,), (2, 2, 2), ()]),
    st.sampled_from([torch.ones, np.ones]),
)
def test_a_lie_about_a_place_reaches_nothing_outside(strides: Any, offset: Any, shape: Any, make: Any) -> None:
    around = np.full(72, np.nan, dtype=np.float64 if make is np.ones else np.float32)
    around[24:48] = 5
    inside = around[24:48]
    there = placed(inside, make(shape), strides, offset)
    assert np.isin(np.asarray(there), (1, 5)).all()
