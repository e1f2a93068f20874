"""The examination of one submission, as an nbgrader preprocessor: it takes the place of nbgrader's Execute.

The student's cells run in a room, test cells in an examiner's process, given cells in both. So `nbgrader autograde`,
the formgrader page's Autograde button and `seminar grade` all examine.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import ensure_async, run_sync
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output
from traitlets import Bool, Dict, Enum

from seminar.course.course import course_of, source_of
from seminar.course.files import copied
from seminar.course.notebook import Role, cells
from seminar.errors import GraderDiedError, KernelDiedError, RoomError
from seminar.examiner import PRELOAD
from seminar.examiner.incidents import Incident, Kind, Usage, not_brought, record, record_usage, show
from seminar.examiner.kernel_run import Execute
from seminar.examiner.key import AnswerKey, KeyCell, Where, answer_key
from seminar.examiner.process import Examiner
from seminar.examiner.sitting import Sitting
from seminar.mnist import default_root, missing
from seminar.room.bubblewrap import seen_in_rooms
from seminar.room.invigilator import Invigilator
from seminar.room.limits import Limits
from seminar.room.provisioner import NAME, RoomProvisioner, shared_parent
from seminar.text import readable_size

MESSAGE_BYTES = 16 * 2**20  # of one message of a kernel: what is larger breaks its connection
FLOOD = 10  # times the limit of output after which the room is ended
MESSAGE_OVERHEAD = 200  # bytes that a message counts for, beside its content
READY = 60.0  # seconds for a new kernel's first answer


class RoomsManager(AsyncKernelManager):
    """A kernel manager whose kernels are in rooms."""

    def __init__(self, config_of_room: dict[str, Any]) -> None:
        super().__init__(kernel_name="python3")
        provisioner = {"provisioner_name": NAME, "config": config_of_room}
        self._kernel_spec = KernelSpec(language="python", metadata={"kernel_provisioner": provisioner})
        self.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)


class Examine(Execute):
    """Runs a submission's cells, each where it belongs, and records what happened."""

    isolation = Enum(
        ["room", "none"],
        "room",
        help="Where a submission runs. With 'none' it runs as the grader itself, in one process with the hidden tests.",
    ).tag(config=True)
    limits = Dict(help="What a submission may use, where it is not what `seminar.room.limits.Limits` says.").tag(
        config=True
    )
    gpu = Bool(False, help="Whether a submission sees the machine's GPU.").tag(config=True)
    # Whether what dies for no known reason ends the examination, to be tried again, or costs the tests from there on.
    is_strict = False
    _sitting: Sitting
    _is_late = False  # whether the time of the cell that runs is up

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple[NotebookNode, Any]:
        """Run the cells of a submission.

        Raises:
            RoomError: no room can be built on this machine.
            GraderDiedError: what the room hung on died in the middle, or the kernel itself for no known reason: that
                may tell nothing of the submission.
        """
        if self.isolation == "none":
            return self._without_rooms(nb, resources, km)
        if self.parent:  # what is graded elsewhere is in no course
            require_unseen(Path(course_of(self).root))
        shared_parent(PRELOAD).start()
        start = time.monotonic()  # what all submissions wait for is no submission's time
        key = answer_key(self, resources)
        limits = self.read_limits()
        files = self._instructors_files(resources)
        data = default_root() if default_root().is_dir() else None
        work = (resources or {}).get("metadata", {}).get("path", "")
        manager = RoomsManager(
            {"limits": self.limits, "gpu": self.gpu, "preload": PRELOAD, "examined": True, "data": str(data or "")}
        )
        self._answered = set()
        NotebookClient.__init__(self, nb, manager)
        self.owns_km = True  # nbclient then leaves nothing of it behind
        self.reset_execution_trackers()
        self._check_assign_resources(resources)
        with (
            self.setup_kernel(cwd=work, env={}),
            self._examination(manager.provisioner, key, limits, files, data) as self._sitting,
        ):
            for index, cell in enumerate(nb.cells):
                self.preprocess_cell(cell, resources, index)
            if self._sitting.candidate.is_orphan:
                raise GraderDiedError("The warm parent of its room died while it was graded. Grade it again.")
        self._settle(nb)
        device = "cuda" if self.gpu else "cpu"
        record_usage(nb, Usage(time.monotonic() - start, self._sitting.invigilator.memory, device))
        show(nb)
        return nb, resources

    def _without_rooms(self, nb: NotebookNode, resources: Any, km: Any) -> tuple[NotebookNode, Any]:
        """Run the cells of a submission in one kernel, as the grader itself."""
        start = time.monotonic()
        options = {name: getattr(self, name) for name in Execute.class_trait_names(config=True)}
        nb, resources = Execute(parent=self.parent, **options).preprocess(nb, resources, km)
        warning = "this was graded without a room: the submission could read and do anything."
        record(nb, Incident("isolation", "", warning))
        record_usage(nb, Usage(time.monotonic() - start))
        show(nb)
        return nb, resources

    @contextlib.contextmanager
    def _examination(
        self,
        provisioner: RoomProvisioner,
        key: AnswerKey,
        limits: Limits,
        files: Mapping[str, Path],
        data: Path | None,
    ) -> Iterator[Sitting]:
        """An examiner and an invigilator, from a candidate's first cell to the end of all three."""
        candidate = provisioner.candidate
        assert candidate
        if candidate.left_out:
            record(self.nb, not_brought(candidate.left_out))
        with contextlib.ExitStack() as ends:
            ends.callback(candidate.end)
            ends.callback(setattr, provisioner, "candidate", None)  # it would end it too, at any time
            examiner = Examiner(shared_parent(PRELOAD), candidate.wire, limits, files, data, self.gpu)
            ends.callback(examiner.end)
            candidate.wire.close()
            invigilator = Invigilator(candidate, limits)
            invigilator.start()
            ends.callback(invigilator.stop)
            yield Sitting(key, limits, candidate, examiner, invigilator)
        if invigilator.network:
            self._record("network", None, "it tried to reach the network.")

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        """Run one cell where it belongs."""
        known = self._sitting.key.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if cell.cell_type != "code":
            return cell, resources
        if known and known.role is Role.TEST:
            self._give(known)
            self._test(cell, known, index)
        elif not self._sitting.is_gone:
            self._run(cell, resources, index)
        return cell, resources

    def _give(self, test: KeyCell) -> None:
        """Run the given cells that come before a test in the instructor's notebook, wherever the student has them."""
        for cell in takewhile(lambda each: each.name != test.name, self._sitting.key.values()):
            if cell.role is Role.GIVEN and cell.name not in self._sitting.have_run:
                self._sitting.have_run.add(cell.name)
                verdict = self._sitting.examiner.given(cell.source)
                for output in verdict.outputs:
                    if output["output_type"] == "error" and verdict.end not in ("died", "missed"):
                        failed = f"this given cell fails where tests run ({output['ename']}: {output['evalue']})."
                        _require_data(cell, failed)
                        record(self.nb, Incident("given", cell.name, failed))

    def _test(self, cell: NotebookNode, known: KeyCell, index: int) -> None:
        if self.on_cell_start:
            self.on_cell_start(cell=cell, cell_index=index)
        seconds = self._get_timeout(cell)
        verdict = self._sitting.examiner.test(known, seconds)
        cell.outputs = [from_dict(output) for output in verdict.outputs]
        cell.execution_count = verdict.count
        self._answered.add(index)
        if verdict.end == "died":
            if (self.is_strict or self._sitting.candidate.is_orphan) and not verdict.reason:
                raise GraderDiedError("The examiner died while it was graded. Grade it again.")
            how = f"was ended here, since {verdict.reason}" if verdict.reason else "died here"
            self._record("grader", index, f"the examiner {how}: this test and those after it have failed.")
            self._sitting.end_room()  # the kernel would end by itself: nobody is at the other end of its wire
        if verdict.candidate_late or verdict.end == "hung":
            self._record("timeout", index, f"the code that this test calls took more than {seconds:g} s.")
        if verdict.candidate_late:
            self._interrupt(index)
        elif verdict.candidate_dead:
            self._lose(index, None)

    def _run(self, cell: NotebookNode, resources: Any, index: int) -> None:
        """Run a cell in the room. Whatever the kernel does or says, this returns."""
        self._is_late = False
        try:
            super().preprocess_cell(cell, resources, index)
        except CellTimeoutError:
            self._is_late = True
        except DeadKernelError:
            self._lose(index, None)
        except Exception as error:  # what a kernel says is the submission's to choose
            self._lose(index, f"the kernel sent what no kernel sends ({type(error).__name__})")
        if self._is_late:
            self._record("timeout", index, f"this cell took more than {self._get_timeout(cell):g} s.")
            self._interrupt(index)

    def _interrupt(self, index: int) -> None:
        """Get a kernel back that is late, or else end its room: the cells after this one are to be run too."""
        if not self._sitting.is_gone:
            self._sitting.candidate.process.send_signal(signal.SIGINT)
            if not self._sitting.examiner.answered(self._sitting.limits.grace):
                self._lose(index, "it did not stop when it was interrupted")

    def _lose(self, index: int, reason: str | None) -> None:
        """End the room, and say why.

        Raises:
            KernelDiedError: nobody knows why it ended, and it may be tried again.
        """
        if not self._sitting.is_gone:
            self._sitting.end_room()
            verdict = self._sitting.invigilator.verdict
            if self.is_strict and not (verdict or reason or self._sitting.candidate.is_orphan):
                raise KernelDiedError("The submission's kernel died. Grade it again.")
            kind: Kind = "limit" if verdict else "killed"
            self._record(kind, index, f"the kernel was ended here: {verdict or reason or 'it died'}.")

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take a message of the kernel's: called by nbclient. What is over the limit of output is not kept."""
        if msg["msg_type"] != "status":
            before, limit = self._sitting.shown, self._sitting.limits.output
            self._sitting.shown += _size(msg["content"]) + MESSAGE_OVERHEAD
            if self._sitting.shown > FLOOD * limit:
                self._lose(cell_index, f"it had shown {FLOOD} times what a notebook may show")
                raise DeadKernelError("the room was ended")
            if before > limit:
                return None
            if self._sitting.shown > limit:
                self._record("output", cell_index, f"the output was cut after {readable_size(limit)}.")
                if isinstance(text := msg["content"].get("text"), str):
                    cell.outputs.append(new_output("stream", text=text[: limit - before]))
                cell.outputs.append(new_output("stream", text="\n... (cut: too much output)\n"))
                return None
        output: NotebookNode | None = super().process_message(msg, cell, cell_index)
        return output

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> Any:
        """Called by nbclient when a cell's time is up."""
        self._is_late = True
        return await super()._async_handle_timeout(timeout, cell)

    async def async_start_new_kernel_client(self) -> Any:
        """Connect to the kernel. It answers at once, so nothing is waited for but that.

        Raises:
            RoomError: it does not answer.
            GraderDiedError: it ended before it ran anything of the submission.
        """
        try:
            return await self._connected()
        except BaseException:
            await self._async_cleanup_kernel()
            raise

    start_new_kernel_client = run_sync(async_start_new_kernel_client)  # what nbclient calls

    async def _connected(self) -> Any:
        assert self.km is not None
        self.kc = self.km.client()
        self.kc.start_channels(stdin=False, hb=False)
        self.kc.allow_stdin = False
        deadline = time.monotonic() + READY
        while time.monotonic() < deadline:
            asked = self.kc.kernel_info()
            with contextlib.suppress(Empty):
                while True:
                    said = await ensure_async(self.kc.get_iopub_msg(timeout=1))
                    idle = said["content"].get("execution_state") == "idle"
                    if idle and said["parent_header"].get("msg_id") == asked:
                        return self.kc
            if not await self.km.is_alive():
                raise GraderDiedError("The kernel ended before the first cell. Grade it again.")
        raise RoomError("the kernel in the room does not answer. Run: seminar doctor")

    def _instructors_files(self, resources: Any) -> Mapping[str, Path]:
        """The instructor's files beside the notebook, by name: what nbgrader has copied into the work folder."""
        where: Where = resources["nbgrader"]
        if "instructors" in where:
            return where["instructors"]
        course = course_of(self)
        folder = source_of(course, where["assignment"])
        return {name: path.resolve() for name, path in copied(folder, course.ignore)}

    def read_limits(self) -> Limits:
        """What a submission may use.

        Raises:
            RoomError: the configuration has a limit that is none.
        """
        return Limits.of(self.limits, "c.Examine.limits")

    def _record(self, kind: Kind, index: int | None, message: str) -> None:
        where = "" if index is None else next(cell.label for cell in cells(self.nb) if cell.position == index + 1)
        record(self.nb, Incident(kind, where, message))


def _require_data(given: KeyCell, failed: str) -> None:
    """Check that it is not this machine's fault that a given cell fails: it may be the one that reads the data set.

    Raises:
        RoomError: it is. That costs no student points.
    """
    if "SEMINAR_DATA" in given.source and (lost := missing(default_root())):
        where = f"at {default_root()} on {socket.gethostname()}"
        raise RoomError(f"{given.name}: {failed} MNIST is not whole {where} (no {lost[0]}). Run there: seminar data")


def require_unseen(course: Path) -> None:
    """Check that no room sees a course's folder.

    Raises:
        RoomError: rooms see it, since it is among the interpreter's libraries.
    """
    if library := seen_in_rooms(course):
        raise RoomError(f"{course}: every room sees {library}, and so this course. Move it out of there.")


def _size(value: Any) -> int:
    """About how many bytes a message's content is."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(each) for each in value.values())
    return sum(_size(each) for each in value) if isinstance(value, list) else 8
