"""What this machine can do as a grader, and how to mend what it cannot."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seminar import mnist
from seminar.errors import RoomError, SeminarError
from seminar.machine import cores, no_rooms
from seminar.room.bubblewrap import find_bwrap, privileged, try_out
from seminar.room.limits import Limits
from seminar.room.parent import Parent
from seminar.text import GIB, MIB

FREE = 1024 * MIB  # bytes of disk that copies of submissions, notebooks and logs need at least
NO_COURSE = "Go to the course's folder, or name it: seminar --course DIR doctor"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        what: what was looked at.
        good: whether a grader can work with it.
        told: what was found.
        cure: how to mend it; empty where it is good.
    """

    what: str
    good: bool
    told: str
    cure: str = ""


def examine_machine(folder: Path) -> Iterator[Finding]:
    """Check this machine, one thing after the other.

    Args:
        folder: the course's, for its disk and its limits.
    """
    checks: list[Callable[[], Finding]] = [
        _bubblewrap,
        _rooms,
        lambda: _memory(folder),
        _gpu,
        _data,
        lambda: _disk(folder),
    ]
    for check in checks:
        yield check()


def _bubblewrap() -> Finding:
    try:
        return Finding("bubblewrap", True, find_bwrap())
    except RoomError as error:
        return Finding("bubblewrap", False, "is not there", str(error))


def _rooms() -> Finding:
    """Build a room, lead a kernel into it, and end it."""
    parent = Parent()
    try:
        try_out()
        parent.start()
        start = time.monotonic()
        parent.admit(Limits(), examined=False).end()
        seconds = time.monotonic() - start
    except SeminarError as error:
        return Finding("rooms", False, "cannot be built", f"{error}\n{no_rooms()}")
    finally:
        parent.close()
    how = "as root, each with a user of its own" if privileged() else "in user namespaces"
    return Finding("rooms", True, f"stand {how}; a kernel came and went in {seconds:.2f} s")


def _memory(folder: Path) -> Finding:
    from distributed.system import memory_limit  # the machine's or, where it is less, the container's

    try:
        each = _limits(folder).memory
    except SeminarError as error:
        return Finding("memory", False, "what a submission may take cannot be read", str(error))
    total, graders = memory_limit(), cores()
    told = f"{total / GIB:.1f} GiB, {graders} cores; a submission may take {each / GIB:.1f} GiB"
    if total < each:
        cure = "Set a smaller one in nbgrader_config.py: c.Examine.limits = {'memory': BYTES}"
        return Finding("memory", False, told, cure)
    jobs = max(1, int(total * 0.9 / each))
    told += f": {graders} at a time" if jobs >= graders else f": --jobs {jobs} leaves that much to each"
    return Finding("memory", True, told)


def _limits(folder: Path) -> Limits:
    """What a submission may use: as the course says, where the folder is one's.

    Raises:
        CourseError: its configuration does not run, or has limits that are none.
    """
    from seminar.course.course import CONFIG_FILE, Course
    from seminar.settings import limits_of

    return limits_of(Course(folder).config) if (folder / CONFIG_FILE).is_file() else Limits()


def _gpu() -> Finding:
    import torch

    if not torch.cuda.is_available():
        return Finding("GPU", True, f"none that torch {torch.__version__} can use: submissions run on the CPU")
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    how = "`seminar grade` uses it (`--device cpu` hides it); `nbgrader autograde` with c.Examine.gpu = True"
    return Finding("GPU", True, f"{', '.join(names)}: {how}")


def _data() -> Finding:
    root = mnist.default_root()
    if lacking := mnist.missing(root):
        return Finding("MNIST", False, f"{len(lacking)} files are missing or damaged in {root}", "Run: seminar data")
    return Finding("MNIST", True, f"{mnist.raw_folder(root)}, verified")


def _disk(folder: Path) -> Finding:
    places = sorted({folder.resolve(), Path(tempfile.gettempdir())})
    if gone := [str(place) for place in places if not place.is_dir()]:
        return Finding("disk", False, f"there is no {', '.join(gone)}", NO_COURSE)
    free = {place: shutil.disk_usage(place).free for place in places}
    told = ", ".join(f"{size / GIB:.1f} GiB free at {place}" for place, size in free.items())
    if full := [str(place) for place, size in free.items() if size < FREE]:
        return Finding("disk", False, told, f"Make room at {', '.join(full)}: {FREE / GIB:.0f} GiB at least.")
    return Finding("disk", True, told)
