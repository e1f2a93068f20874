"""One submission's examination: who takes part, and how far it is."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from seminar.examiner.key import AnswerKey
from seminar.examiner.process import Examiner
from seminar.room.invigilator import Invigilator
from seminar.room.limits import Limits
from seminar.room.parent import Candidate


@dataclass
class Sitting:
    """One submission's examination, from its first cell on.

    Attributes:
        key: what the instructor's cells are.
        limits: what the submission may use.
        candidate: runs the student's cells, and the given ones.
        examiner: runs the test cells, and the given ones too.
        invigilator: watches the candidate's room.
        have_run: the names of the given cells that the examiner has been given.
        shown: bytes of output so far, about.
        is_gone: whether the candidate's room was ended.
    """

    key: AnswerKey
    limits: Limits
    candidate: Candidate
    examiner: Examiner
    invigilator: Invigilator
    have_run: set[str] = field(default_factory=set)
    shown: int = 0
    is_gone: bool = False

    def end_room(self) -> None:
        """End the candidate's room; the examiner stays."""
        self.is_gone = True
        self.invigilator.stop()
        self.candidate.room.send_signal(signal.SIGKILL)
        self.candidate.room.is_gone(self.limits.grace)
