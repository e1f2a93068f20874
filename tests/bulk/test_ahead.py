"""What is started before the first submission is known."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from seminar.bulk import ahead, clusters
from seminar.bulk.desk import Desk
from seminar.bulk.pipeline import grade_all, pending, set_up
from seminar.course.ledger import Ledger
from seminar.course.release import release
from tests.making import RIGHT, hand_in, make_course, notebook

TOPIC = "doubling"


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    ahead.end_parents()


def warm_parents() -> set[int]:
    """The warm parents below this process, whoever has started them; without what they have forked."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # or a zombie: it has just ended
            if "seminar.room.warm" in process.cmdline():
                found[process.pid] = process.ppid()
    return {pid for pid, parent in found.items() if parent not in found}


def test_warm_parents_are_started_once_and_for_eight_graders_each() -> None:
    before = warm_parents()
    first = ahead.start()
    assert len(first) == len(warm_parents() - before) == 1
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as knocks:
        knocks.connect(first[0])
    assert ahead.start(8) == first
    more = ahead.start(9)
    assert (len(more), more[:1]) == (2, first)
    assert len(warm_parents() - before) == 2
    ahead.end_parents()
    assert warm_parents() == before


def test_no_warm_parent_without_rooms() -> None:
    before = warm_parents()
    assert ahead.start(4, rooms=False) == []
    assert warm_parents() == before


def test_the_graders_of_a_machine_share_one(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course", **{TOPIC: notebook()})
    release(course, TOPIC)
    for number in range(4):
        hand_in(course, TOPIC, f"student {number}", RIGHT)
    set_up(course)
    before = warm_parents()
    seen = set()
    with Ledger(course) as ledger, clusters.local(2, "room") as fleet:
        for outcome in grade_all(Desk(course, ledger), pending(course, ledger, TOPIC), fleet):
            assert outcome.error is None
            seen |= warm_parents() - before
    assert len(seen) == 1
    assert warm_parents() == before
