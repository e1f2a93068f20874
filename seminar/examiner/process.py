"""An examiner's process, as seen from outside: by whoever has a submission examined."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from seminar.errors import RoomError
from seminar.examiner.key import KeyCell
from seminar.room.invigilator import Invigilator
from seminar.room.limits import Limits
from seminar.room.parent import FILES, Parent
from seminar.text import escaped
from seminar.wire.channel import Channel, ChannelClosedError, LateError

if TYPE_CHECKING:
    from seminar.examiner.exam import Asked  # which imports all that tests do

LOG = logging.getLogger("seminar")
TARGET = "seminar.examiner.exam:serve"
PASSED_ON = ("NBGRADER_EXECUTION", "TZ")  # variables of ours that given and test cells see
MEMORY = 8 * 2**30  # bytes that a test may take at least: what a candidate answers can be large
SLACK = 5.0  # seconds that a test has beyond what the candidate has for its answers
GIVEN = 120.0  # seconds for a given cell: the candidate runs it too, under a limit of its own


End = Literal["ran", "hung", "died", "missed"]


@dataclass(frozen=True)
class Verdict:
    """What came of a cell that the examiner ran.

    Attributes:
        outputs: as in a notebook.
        count: the execution count.
        candidate_late: whether the candidate did not answer in time.
        candidate_dead: whether there was nobody to answer.
        end: how the cell ended: it "ran"; it "hung", took too long itself and was interrupted, with an answer or not;
            the examiner's process "died", by nothing that it was asked for; or that had been gone before, and the cell
            was "missed".
        reason: why the process died, where that is known.
    """

    outputs: list[dict[str, Any]]
    count: int | None
    candidate_late: bool = False
    candidate_dead: bool = False
    end: End = "ran"
    reason: str = ""


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
            limits: the candidate's; a test may take more memory, and all of a GPU's, and has a time limit of its own.
            files: the instructor's, by name: cells find copies of them in their folder.
            data: a folder that cells see read-only, as $SEMINAR_DATA.
            gpu: whether cells see the machine's GPU, as the candidate does.

        Raises:
            RoomError: no room can be built here, or the files do not fit into it.
            GraderDiedError: the warm parent died over it.
        """
        limits = replace(limits, memory=max(limits.memory, MEMORY), gpu_memory=1.0, wall=math.inf)
        ours, theirs = socket.socketpair()
        self._owner = Channel(ours)
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        with contextlib.ExitStack() as undone, theirs:
            undone.callback(self._owner.close)
            self._occupant = parent.lead(
                TARGET,
                {"environment": environment},
                [theirs.fileno(), wire.fileno()],
                limits,
                data=data,
                files=files,
                gpu=gpu,
            )
            undone.callback(self._occupant.end)
            if self._occupant.left_out:
                raise RoomError(does_not_fit(files[self._occupant.left_out[0]]))
            self._invigilator = Invigilator(self._occupant, limits)
            self._invigilator.start()
            undone.pop_all()
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
            with contextlib.suppress(RoomError):
                self.end()
            return False

    def _say(self, *message: Any) -> None:
        self._owner.send(json.dumps(message).encode())

    def _heard(self, seconds: float | None) -> Any:
        said = json.loads(self._owner.receive(None if seconds is None else time.monotonic() + seconds))
        if isinstance(said, str):
            LOG.error("The examiner failed:\n%s", "\n".join(map(escaped, said.splitlines())))
            raise ChannelClosedError("the examiner failed")
        return said

    def end(self) -> None:
        """End the process, and its room with it."""
        self._is_ended = True
        self._invigilator.stop()
        self._owner.close()
        self._occupant.end()

    def _run(self, seconds: float | None, verb: str, *arguments: Any) -> Verdict:
        end: End = "missed" if self._is_ended else "ran"
        try:
            self._say(verb, *arguments)
            try:
                answer = self._heard(seconds)
            except LateError:
                end = "hung"
                self._occupant.process.send_signal(signal.SIGINT)
                answer = self._heard(SLACK)
        except (LateError, ChannelClosedError) as error:
            if end != "missed":
                end = "hung" if isinstance(error, LateError) else "died"
            with contextlib.suppress(RoomError):
                self.end()
            message = "the examiner did not survive this cell, or one before it"
            return Verdict([_error(message)], None, end=end, reason=self._invigilator.verdict or "")
        outputs, count, late, dead = answer
        return Verdict(outputs, count, late, dead, end)


def does_not_fit(path: Path) -> str:
    """The error for a file of the instructor's that does not fit into a room."""
    return (
        f"{path}: does not fit into a room with what else lies beside the notebook. Make it smaller, or set a larger "
        f"c.Examine.limits: disk. (More than {FILES} files never go in: pack them into one.)"
    )


def _error(message: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": "TestDidNotEnd", "evalue": message, "traceback": [message]}
