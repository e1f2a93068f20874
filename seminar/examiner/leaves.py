"""The submission's leaves that a test holds: tensors that require grad and were computed from nothing, as parameters.

Each is one object here as long as a test holds it, and both sides have it with the same content: what an optimizer of
the test's does to it, is done to the submission's, and the reverse.
"""

from __future__ import annotations

import weakref
from typing import Any

import torch

from seminar.wire.changes import alike, change, snapshot


class Leaves:
    """Leaves by the candidate's number."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[weakref.ref[torch.Tensor], torch.Tensor]] = {}
        self._keys: dict[int, int] = {}  # by id
        self._arrived: list[torch.Tensor] = []  # since the last request: what is done to them is not lost with them

    def hold(self, key: int, arrived: torch.Tensor) -> torch.Tensor:
        """The leaf of this number, which has just arrived: the object that the test has, if it has one."""
        tensor = self._of(key)
        if tensor is None:
            self._keys[id(arrived)] = key
            self._held[key] = (weakref.ref(arrived), snapshot(arrived))
            self._arrived.append(arrived)
            return arrived
        self.update(key, arrived)
        self._arrived.append(tensor)
        return tensor

    def key_of(self, value: Any) -> int | None:
        """The number of a leaf; None for anything else."""
        key = self._keys.get(id(value))
        return key if key is not None and self._of(key) is value else None

    def update(self, key: int, content: Any) -> None:
        """Give a leaf what the candidate's has now. What no test holds is let be."""
        tensor = self._of(key)
        if tensor is not None and isinstance(content, torch.Tensor) and not alike(tensor, content):
            change(tensor, content)
            self._held[key] = (weakref.ref(tensor), snapshot(tensor))

    def written(self) -> dict[int, torch.Tensor]:
        """Those that the test has changed since they were last the same on both sides; from now on, they are again."""
        found = {
            key: tensor
            for key, (held, was) in self._held.items()
            if (tensor := held()) is not None and not alike(tensor, was)
        }
        self._arrived.clear()
        copies = {key: snapshot(tensor) for key, tensor in found.items()}
        self._held |= {key: (weakref.ref(tensor), copies[key]) for key, tensor in found.items()}
        return copies

    def dropped(self) -> list[int]:
        """The numbers of those that no test holds any more."""
        gone = [key for key, (held, _) in self._held.items() if held() is None]
        for key in gone:
            del self._held[key]
        self._keys = {place: key for place, key in self._keys.items() if key in self._held} if gone else self._keys
        return gone

    def _of(self, key: int) -> torch.Tensor | None:
        return self._held[key][0]() if key in self._held else None
