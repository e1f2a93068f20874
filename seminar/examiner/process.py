"""An examiner's process, as seen from outside: by whoever has a submission examined."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seminar.errors import RoomError
from seminar.examiner.key import KeyCell
from seminar.room.limits import Limits
from seminar.room.parent import Parent
from seminar.wire.channel import Channel, ChannelClosedError, LateError

if TYPE_CHECKING:
    from seminar.examiner.exam import Asked  # which imports all that tests do

TARGET = "seminar.examiner.exam:serve"
PASSED_ON = ("NBGRADER_EXECUTION", "TZ")  # variables of ours that given and test cells see
MEMORY = 8 * 2**30  # bytes that a test may take at least: what a candidate answers can be large
SLACK = 5.0  # seconds that a test has beyond what the candidate has for its answers
GIVEN = 120.0  # seconds for a given cell: the candidate runs it too, under a limit of its own


@dataclass(frozen=True)
class Verdict:
    """What came of a cell that the examiner ran.

    Attributes:
        outputs: as in a notebook.
        count: the execution count.
        late: whether the candidate did not answer in time.
        dead: whether there was nobody to answer.
        hung: whether the cell itself took too long, and was interrupted.
        died: whether the examiner's process was gone, by nothing that it was asked for.
        missed: whether it had been gone before: nothing was run.
    """

    outputs: list[dict[str, Any]]
    count: int | None
    late: bool = False
    dead: bool = False
    hung: bool = False
    died: bool = False
    missed: bool = False


class Examiner:
    """Runs one submission's given cells and test cells, in a process of its own.

    It is trusted, and in a room all the same: a test may do with a student's answer what it likes, open a file of that
    name for one, and what an answer does to a library's own code is no test's fault.
    """

    def __init__(
        self,
        parent: Parent,
        wire: socket.socket,
        limits: Limits,
        files: Mapping[str, Path],
        data: Path | None = None,
        gpu: bool = False,
    ) -> None:
        """Lead one into a room.

        Args:
            parent: a fork of whom it is.
            wire: at whose other end the candidate is.
            limits: the candidate's; a test may take more memory, and all of a GPU's.
            files: the instructor's, by name: cells find copies of them in their folder.
            data: a folder that cells see read-only, as $SEMINAR_DATA.
            gpu: whether cells see the machine's GPU, as the candidate does.
        """
        ours, theirs = socket.socketpair()
        self._owner = Channel(ours)
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        with theirs:
            self._occupant = parent.lead(
                TARGET,
                {"environment": environment},
                [theirs.fileno(), wire.fileno()],
                replace(limits, memory=max(limits.memory, MEMORY), gpu_memory=1.0),
                data=data,
                files=files,
                gpu=gpu,
                heard=True,
            )
        self._is_ended = False

    def given(self, source: str) -> Verdict:
        """Run a given cell."""
        return self._run(GIVEN, "given", source)

    def test(self, cell: KeyCell, seconds: float | None) -> Verdict:
        """Run a test cell; the candidate has so many seconds for its answers."""
        patience = None if seconds is None else seconds + SLACK
        asked: Asked = {
            "source": cell.source,
            "names": sorted(cell.students.names),
            "trained": sorted(cell.students.trained),
            "reached": sorted(cell.students.reached),
            "ours": sorted(cell.ours),
            "points": float(cell.metadata["points"]),
            "seconds": seconds,
        }
        return self._run(patience, "test", asked)

    def answered(self, seconds: float) -> bool:
        """Whether the candidate answers within some seconds."""
        try:
            self._say("ping", seconds)
            return bool(self._heard(seconds + SLACK) == [True])
        except ChannelClosedError:
            return False
        except LateError:
            self.end()
            return False

    def _say(self, *message: Any) -> None:
        self._owner.send(json.dumps(message).encode())

    def _heard(self, seconds: float | None) -> Any:
        return json.loads(self._owner.receive(None if seconds is None else time.monotonic() + seconds))

    def end(self) -> None:
        """End the process, and its room with it."""
        self._is_ended = True
        self._owner.close()
        self._occupant.end()

    def _run(self, seconds: float | None, verb: str, *arguments: Any) -> Verdict:
        gone, hung = self._is_ended, False
        try:
            self._say(verb, *arguments)
            try:
                answer = self._heard(seconds)
            except LateError:
                hung = True
                self._occupant.process.send_signal(signal.SIGINT)
                answer = self._heard(SLACK)
        except (LateError, ChannelClosedError) as error:
            died = isinstance(error, ChannelClosedError) and not gone
            with contextlib.suppress(RoomError):
                self.end()
            message = "the examiner did not survive this cell, or one before it"
            return Verdict([_error(message)], None, hung=not died and not gone, died=died, missed=gone)
        outputs, count, late, dead = answer
        return Verdict(outputs, count, late, dead, hung)


def _error(message: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": "TestDidNotEnd", "evalue": message, "traceback": [message]}
