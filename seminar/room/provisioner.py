"""Rooms for any Jupyter tool: a kernel provisioner, jupyter_client's extension point for how kernels are started.

It is found by its entry point, `seminar-room`. `JUPYTER_DEFAULT_PROVISIONER_NAME=seminar-room jupyter execute x.ipynb`
runs a notebook in a room; a kernelspec can name it under `metadata.kernel_provisioner`, with its settings as `config`.
"""

from __future__ import annotations

import asyncio
import os
import signal
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Bool, Dict, Unicode

from seminar.room.limits import Limits
from seminar.room.parent import Candidate, Parent

NAME = "seminar-room"
POLL = 0.05  # seconds between two looks at a kernel that is waited for


@cache
def shared_parent(*preload: str) -> Parent:
    """The warm parent of this process, for all its rooms; with `preload`, one that has imported these modules too."""
    return Parent(preload)


class RoomProvisioner(KernelProvisionerBase):
    """Starts a kernel in a room of its own, a fork of this process's warm parent."""

    limits = Dict(help="What the kernel may use, where it is not what `seminar.room.limits.Limits` says.").tag(
        config=True
    )
    data = Unicode("", help="A folder to be seen in the room, read-only, as $SEMINAR_DATA.").tag(config=True)
    gpu = Bool(False, help="Whether the kernel sees the machine's GPU.").tag(config=True)
    preload = Unicode("", help="Modules that the warm parent imports too, separated by spaces.").tag(config=True)
    examined = Bool(False, help="Whether the kernel has a wire to an examiner.").tag(config=True)

    candidate: Candidate | None = None

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel: asked by the kernel manager after a launch."""
        return self.candidate is not None

    async def poll(self) -> int | None:
        """None while the kernel runs, else a status."""
        return None if self.candidate and not self.candidate.process.is_gone() else 1

    async def wait(self) -> int | None:
        """Wait until the kernel has ended."""
        while await self.poll() is None:
            await asyncio.sleep(POLL)
        self._end()
        return 0

    async def send_signal(self, signum: int) -> None:
        """Send the kernel a signal; the deadly ones are for all of the room."""
        if self.candidate:
            deadly = signum in (signal.SIGKILL, signal.SIGTERM)
            (self.candidate.room if deadly else self.candidate.process).send_signal(
                signal.SIGKILL if deadly else signum
            )

    async def kill(self, restart: bool = False) -> None:
        """End the room."""
        self._end()

    async def terminate(self, restart: bool = False) -> None:
        """End the room."""
        self._end()

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Nothing but the work folder is taken from the launch: the command and the environment are the room's own."""
        launch: dict[str, Any] = await super().pre_launch(cmd=[], **kwargs)
        return launch

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Build a room and lead a kernel into it."""
        limits = Limits.of(self.limits, "RoomProvisioner.limits")
        data = self.data or os.environ.get("SEMINAR_DATA", "")
        parent = shared_parent(*self.preload.split())
        self.candidate = parent.admit(
            limits,
            data=Path(data).expanduser().resolve() if data else None,
            work=Path(kwargs["cwd"]) if kwargs.get("cwd") else None,
            gpu=self.gpu,
            examined=self.examined,
        )
        self.connection_info = self.candidate.connection | {"key": self.candidate.connection["key"].encode()}
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Leave nothing behind."""
        self._end()

    def _end(self) -> None:
        if self.candidate:
            candidate, self.candidate = self.candidate, None
            candidate.end()
