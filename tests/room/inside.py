"""Kernels in rooms, and what they say."""

from __future__ import annotations

import contextlib
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from seminar.room.parent import Candidate, Parent
from seminar.room.provisioner import NAME, shared_parent

PATIENCE = 60.0  # seconds until a cell must be done
GONE = "(the kernel is gone)"


@dataclass
class Kernel:
    """A kernel in a room, its manager and its client."""

    manager: Any
    client: Any

    @property
    def candidate(self) -> Candidate:
        candidate: Candidate = self.manager.provisioner.candidate
        return candidate

    def connect(self) -> None:
        """Make a client and wait until the kernel answers it."""
        self.client.stop_channels()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, source: str, on_text: Callable[[str], None] = lambda text: None, patience: float = PATIENCE) -> str:
        """All that a cell prints, then its error, or GONE where the kernel ended.

        Args:
            source: the cell.
            on_text: called with each piece of text as it comes.
            patience: seconds until it must be done.
        """
        asked = self.client.execute(textwrap.dedent(source))
        said: list[str] = []
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except Empty:
                if self.candidate.process.is_gone():
                    return "".join([*said, GONE])
                continue
            content = message["content"]
            if message["parent_header"].get("msg_id") != asked:
                continue
            if content.get("execution_state") == "idle":
                return "".join(said)
            if "text" in content:
                said.append(content["text"])
                on_text(content["text"])
            elif "ename" in content:
                said.append(f"{content['ename']}: {content['evalue']}")
        raise TimeoutError(f"the cell is not done; it said {said}")


@contextlib.contextmanager
def kernel_in_a_room(work: Path | None = None, **settings: Any) -> Iterator[Kernel]:
    """A kernel that jupyter_client starts through the provisioner.

    Args:
        work: the work folder.
        settings: of the provisioner.
    """
    manager = KernelManager(kernel_name="python3")
    provisioner = {"provisioner_name": NAME, "config": settings}
    manager._kernel_spec = KernelSpec(language="python", metadata={"kernel_provisioner": provisioner})
    manager.start_kernel(**({"cwd": str(work)} if work else {}))
    kernel = Kernel(manager, manager.client())
    try:
        kernel.connect()
        yield kernel
    finally:
        kernel.client.stop_channels()
        manager.shutdown_kernel(now=True)


def run_in_a_room(source: str, **settings: Any) -> str:
    """What a cell says in a room of its own."""
    with kernel_in_a_room(**settings) as kernel:
        return kernel.run(source)


def running_below(parent: Parent | None = None) -> list[list[str]]:
    """The command lines of what is below a warm parent: by default the one of the provisioner."""
    process = (parent or shared_parent()).process
    assert process is not None
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            found.append(child.cmdline())
        except psutil.ZombieProcess:
            found.append(["(dead, and not buried yet)"])
        except psutil.NoSuchProcess:
            continue
    return found


def still_run(pids: list[int]) -> list[int]:
    """Of some processes, those that run, or sleep: the dead that nobody has buried yet do neither."""
    found = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return found


def becomes_true(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether a condition holds within a time: what ends is not always reaped at once."""
    deadline = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds
