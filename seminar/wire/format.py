"""How values are written as bytes, where the side that writes them and the side that reads them have to agree."""

from __future__ import annotations

import re

import numpy as np
import torch

DEPTH = 100  # of containers in each other
INT_BYTES = 2**16  # of an int: it prints in time quadratic in its length
NAME_CHARACTERS = 200

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
