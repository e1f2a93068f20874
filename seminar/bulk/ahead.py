"""What takes seconds before the first submission is graded here, started ahead: side by side, it is waited for once."""

from __future__ import annotations

from seminar import forks
from seminar.examiner import PRELOAD
from seminar.room.parent import Parent

GRADER = "seminar.bulk.worker"  # what a grader imports
GRADERS_OF_A_PARENT = 8  # a warm parent forks for one after the other
_parents: list[Parent] = []


def start(graders: int = 1, rooms: bool = True) -> list[str]:
    """Start what does not run: the process that local graders are forks of, and the warm parents that they share.

    All of it ends with this process.

    Args:
        graders: how many there will be.
        rooms: whether they grade in rooms.

    Returns:
        The addresses of the warm parents.

    Raises:
        SeminarError: the folder for temporary files cannot be used.
    """
    forks.context(GRADER)
    wanted = -(-graders // GRADERS_OF_A_PARENT) if rooms else 0
    _parents.extend(Parent((PRELOAD,)) for _ in range(wanted - len(_parents)))
    for parent in _parents[:wanted]:
        parent.start(wait=False)
    return [parent.address for parent in _parents[:wanted]]


def end_parents() -> None:
    """End the warm parents."""
    while _parents:
        _parents.pop().close()
