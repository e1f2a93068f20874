"""What a process in a room may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from seminar.errors import RoomError
from seminar.text import MIB

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")  # of a kernel, in the order of their ports, from 1 on


@dataclass(frozen=True)
class Limits:
    """What a candidate, or an examiner, may use, and for how long.

    Attributes:
        memory: bytes of all its processes together, above what the warm kernel begins with.
        processes: processes and threads together.
        file_size: bytes of one file.
        disk: bytes of each of its writable folders (work, temporary, shared memory). They are in memory too.
        files: files in each of these folders.
        output: bytes that a notebook's cells may show, all together.
        wall: seconds for the whole notebook; each cell has a limit of its own.
        grace: seconds that a kernel has to answer an interrupt.
        gpu_memory: share of a GPU's memory, from 0 to 1, that torch gives to each of its processes, where it sees one.
            What it does not get it raises as out of memory. (Code that is out to harm can get around it.)
    """

    memory: int = 4096 * MIB
    processes: int = 256
    file_size: int = 256 * MIB
    disk: int = 256 * MIB
    files: int = 20_000
    output: int = 10 * MIB
    wall: float = 3600.0
    grace: float = 3.0
    gpu_memory: float = 1.0

    @classmethod
    def of(cls, told: Mapping[str, Any], setting: str) -> Limits:
        """The limits that a configuration has, each a number above 0.

        Args:
            told: those that are not as they are by default, by name.
            setting: where they stand, for the error.

        Raises:
            RoomError: one of them is none.
        """
        defaults = asdict(cls())
        for name, value in told.items():
            if name not in defaults:
                raise RoomError(f"{setting}: there is no limit {name!r}. There are: {', '.join(defaults)}.")
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
                example = f"Write one, as {name!r}: {defaults[name]}"
                raise RoomError(f"{setting}: {name} is {value!r}, which is no number above 0. {example}")
        if told.get("gpu_memory", 1) > 1:
            raise RoomError(f"{setting}: gpu_memory is {told['gpu_memory']!r}. It is a share: a number up to 1.")
        return cls(**{name: type(defaults[name])(value) for name, value in told.items()})
