"""Types that both sides tell apart: a library's, a notebook's, a built-in one's, those that change in place."""

from __future__ import annotations

import builtins
import functools
import re
import types

import numpy as np
import pandas as pd
import torch

from seminar.wire import standard

LIBRARIES = ("torch", "torchvision", "numpy", "matplotlib")
EXCEPTIONS = {  # modules of Python's whose exceptions are what a test may ask for, beside those of libraries
    *("argparse", "asyncio.exceptions", "asyncio.queues", "binascii", "concurrent.futures._base", "configparser"),
    *("_csv", "dataclasses", "decimal", "graphlib", "http.client", "ipaddress", "json.decoder", "locale", "_pickle"),
    *("queue", "_queue", "re", "shutil", "socket", "sqlite3", "ssl", "statistics", "struct", "subprocess", "tarfile"),
    *("copy", "tokenize", "tomllib", "urllib.error", "xml.etree.ElementTree", "xml.parsers.expat", "zipfile", "zlib"),
}
NOTEBOOK = "__main__"  # the module whose types a notebook's cells define
NAMED: dict[type, tuple[str, str]] = {  # types that are not called as they are found: module and name
    types.FunctionType: ("types", "FunctionType"),
    types.GeneratorType: ("types", "GeneratorType"),
    types.MappingProxyType: ("types", "MappingProxyType"),
    **{kind: ("builtins", kind.__name__) for kind in (property, staticmethod, classmethod)},
    **{kind: ("builtins", kind.__name__) for kind in (zip, map, filter, enumerate, reversed)},
    functools.partial: ("functools", "partial"),
    re.Pattern: ("re", "Pattern"),
    re.Match: ("re", "Match"),
}

CHANGING = (  # in place
    *(list, dict, set, np.ndarray, torch.Tensor, pd.DataFrame, pd.Series, torch.Generator, np.random.Generator),
    *standard.CHANGING,
)

ABILITIES = {  # methods by which Python, and code that looks for them, tells what can be done with an object
    *("__call__", "__get__", "__iter__", "__next__", "__reversed__", "__len__", "__contains__"),
    *("__getitem__", "__setitem__", "__delitem__", "__enter__", "__exit__"),
    *("__int__", "__float__", "__abs__", "__round__"),
}


def is_of_library(module: str) -> bool:
    """Whether types of a module are what a test may ask for with isinstance, of objects that stay where they are."""
    return module.split(".")[0] in LIBRARIES


def has_exceptions(module: str) -> bool:
    """Whether the types of exceptions of a module are what a test may ask for."""
    return is_of_library(module) or module in EXCEPTIONS or module.split(".")[0] == "pandas"


def builtin_name(error: BaseException) -> str:
    """The name of the closest built-in type of an exception; empty where the submission has taken them all away."""
    return builtin_base(type(error))


def builtin_base(kind: type) -> str:
    """The same, of a type of exceptions."""
    return next((each.__name__ for each in kind.__mro__ if getattr(builtins, each.__name__, None) is each), "")
