"""What a candidate may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20
CHANNELS = ("shell", "iopub", "stdin", "control", "hb")  # of a kernel, in the order of their ports, from 1 on


@dataclass(frozen=True)
class Limits:
    """What a candidate may use, and for how long.

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
