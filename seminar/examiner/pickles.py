"""What a test may unpickle: data, and a library's layers. A pickle runs what its author likes, and it would do it here.

Bytes may come from the submission. So while a test runs, of all that a pickle names only types are found that hold
data, those of PyTorch's layers and optimizers and of the notebook, and few functions that put tensors and arrays
together. TorchScript and the other programs that PyTorch loads are refused: they read and write files.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import torch

from seminar.wire.decoding import decode
from seminar.wire.encoding import encode

DATA = {
    *("set", "frozenset", "list", "dict", "tuple", "slice", "range"),
    *("int", "float", "complex", "str", "bytes", "bytearray"),
}
ARRAYS = {"_reconstruct", "scalar"}
TYPES = {  # that hold data, by module
    "builtins": DATA,
    "__builtin__": DATA,  # as Python 2 called it
    "collections": {"OrderedDict", "defaultdict", "deque", "Counter"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "pathlib": {"PosixPath", "PurePosixPath"},
    "numpy": {"ndarray", "dtype"},
    "torch": {"Size", "device", "dtype", "Tensor"},
}
TREES = ("torch.nn.", "torch.optim.", "torch.storage")  # beginnings of modules: of their own types any
FUNCTIONS = {  # that put data together, by module
    "torch._utils": {"_rebuild_tensor_v2", "_rebuild_parameter"},
    "copyreg": {"_reconstructor"},
    "_codecs": {"encode"},
    "numpy._core.multiarray": ARRAYS,
    "numpy.core.multiarray": ARRAYS,  # as NumPy 1 called it
    "numpy._core.numeric": {"_frombuffer"},
}
BETWEEN = ("multiprocessing/queues.py", "multiprocessing/connection.py")  # what a loader's own workers send
WHY = "the submission may have made it, and it runs what its author likes. Read data instead"


class Pickles:
    """Refuses what may run something, from its making on in this process, while a test runs."""

    def __init__(self) -> None:
        self._are_refused = False
        sys.addaudithook(self._found)
        for owner, name in ((torch.jit, "load"), (torch.export, "load"), (torch.package, "PackageImporter")):
            setattr(owner, name, self._without(getattr(owner, name), f"{owner.__name__}.{name}"))
        torch.load = self._as_data(torch.load)

    @contextlib.contextmanager
    def refused(self) -> Iterator[None]:
        """Within, a test runs."""
        self._are_refused = True
        try:
            yield
        finally:
            self._are_refused = False

    def _found(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "pickle.find_class" and self._are_refused:
            module, name = arguments
            if not (_is_data(module, name) or _is_between(sys._getframe(1))):
                raise RuntimeError(f"a test does not unpickle {module}.{name}: {WHY}")

    def _without(self, program: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(program)
        def loaded(*positional: Any, **named: Any) -> Any:
            if self._are_refused:
                raise RuntimeError(f"a test does not call {name}: {WHY}")
            return program(*positional, **named)

        return loaded

    def _as_data(self, load: Callable[..., Any]) -> Callable[..., Any]:
        """`torch.load`, whose tensors have no attributes that a file has given them: `w.allclose`, say."""

        @functools.wraps(load)
        def loaded(source: Any, *positional: Any, **named: Any) -> Any:
            value = load(source, *positional, **named)
            is_of_bytes = self._are_refused and hasattr(source, "read")  # a file of the submission's was written here
            return decode(encode(value)) if is_of_bytes and named.get("weights_only") is not False else value

        return loaded


def _is_data(module: str, name: str) -> bool:
    if name in TYPES.get(module, ()) or name in FUNCTIONS.get(module, ()):
        return True
    found = vars(sys.modules[module]).get(name) if module in sys.modules else None
    is_own = isinstance(found, type) and found.__module__ == module
    return is_own and (module == "__main__" or f"{module}.".startswith(TREES))


def _is_between(frame: FrameType | None) -> bool:
    """Whether what is unpickled comes from a process that this one has started."""
    while frame is not None and not frame.f_code.co_filename.endswith(BETWEEN):
        frame = frame.f_back
    return frame is not None
