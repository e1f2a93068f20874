"""What a test cell shows, and what its last value is worth."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade

from seminar.examiner.client import Client
from seminar.examiner.exam import _points
from seminar.examiner.handle import Handle

MOST = 2.0


def worth(value: Any) -> float:
    """What nbgrader gives for a test with this last value."""
    data = {"text/plain": repr(_points(value, MOST))}
    cell = new_code_cell("1", outputs=[new_output("execute_result", data=data, execution_count=1)])
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": MOST}
    return float(determine_grade(cell)[0])


@pytest.mark.parametrize("value", [0, 1, 2, 0.5, np.float64(1.5), np.array(1.0), torch.tensor(0.25), 2 + 1e-12])
def test_a_number_of_points_is_what_it_says(value: Any) -> None:
    assert worth(value) == min(float(value), MOST)


@pytest.mark.parametrize(
    "value",
    [
        *(math.nan, np.float32("nan"), torch.tensor(math.nan), math.inf, -1, -0.5, 2.1, 10**400),
        *(False, np.False_, 0j, 1 + 0j, Decimal(1), "text", b"1", np.zeros(2), torch.ones(2)),
        *(pd.Series([0.0]), pd.DataFrame({"a": [0]}), pd.Index([0]), pd.NA, pd.NaT, timedelta(0), Fraction(1, 2) + 2),
        Handle(Client(None), 1, "Model"),  # type: ignore[arg-type]
    ],
    ids=repr,
)
def test_what_is_no_number_of_points_is_no_gift(value: Any) -> None:
    with pytest.raises((ValueError, OverflowError)):
        worth(value)


@given(st.floats() | st.integers())
def test_no_number_is_worth_more_than_the_test(value: float) -> None:
    try:
        points = worth(value)
    except (ValueError, OverflowError):
        assert not 0 <= value <= MOST
    else:
        assert 0 <= points <= MOST
        assert points == min(value, MOST)


@pytest.mark.parametrize("value", [True, [1, 2], {"a": 1}])
def test_what_says_nothing_of_points_is_as_in_nbgrader(value: Any) -> None:
    assert worth(value) == MOST
