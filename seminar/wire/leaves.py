"""Leaves that both sides have: tensors that require grad and were computed from nothing, such as parameters.

One side owns a leaf; on the other one it is one object, as long as something there holds it. Both have it with the same
content: what an optimizer does to it on either side, is done on both.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from typing import Any

import torch

from seminar.wire.changes import alike, change, snapshot


class Own:
    """This side's leaves that the other side has, by number."""

    def __init__(self) -> None:
        self._there: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}  # each as it is, and as the other side has it

    def add(self, number: int, leaf: torch.Tensor) -> None:
        """A leaf crosses, as it is now."""
        self._there[number] = (leaf, snapshot(leaf))

    def changed(self) -> dict[int, torch.Tensor]:
        """What the other side does not know yet of its leaves' contents. From now on it does."""
        found = {number: snapshot(leaf) for number, (leaf, was) in self._there.items() if not alike(leaf, was)}
        self._there |= {number: (self._there[number][0], content) for number, content in found.items()}
        return found

    def change(self, contents: Any) -> None:
        """The other side has changed some of them. What it has not is let be."""
        for number, content in contents.items() if isinstance(contents, dict) else ():
            if number in self._there and isinstance(content, torch.Tensor):
                leaf, _ = self._there[number]
                change(leaf, content)
                self._there[number] = (leaf, snapshot(leaf))

    def drop(self, numbers: Any) -> list[int]:
        """The other side holds these no more. Returns those that it had."""
        gone = [number for number in numbers if type(number) is int and number in self._there]
        for number in gone:
            self._there.pop(number, None)
        return gone


class Held:
    """The other side's leaves that something here holds, by its numbers."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[weakref.ref[torch.Tensor], torch.Tensor]] = {}
        self._numbers: dict[int, int] = {}  # by id
        self._arrived: list[torch.Tensor] = []  # and not let go: what is done to them would be lost with them

    def hold(self, number: int, arrived: torch.Tensor) -> torch.Tensor:
        """The leaf of this number, which has just arrived: the object that is here, if there is one."""
        leaf = self._of(number)
        if leaf is None:
            leaf = arrived
            self._numbers[id(leaf)] = number
            self._held[number] = (weakref.ref(leaf), snapshot(leaf))
        else:
            self.change({number: arrived})
        self._arrived.append(leaf)
        return leaf

    def number_of(self, value: Any) -> int | None:
        """The number of a leaf; None for anything else."""
        number = self._numbers.get(id(value))
        return number if number is not None and self._of(number) is value else None

    def change(self, contents: Any) -> None:
        """The other side has changed some of its leaves. What nothing holds here is let be."""
        for number, content in contents.items() if isinstance(contents, dict) else ():
            leaf = self._of(number)
            if leaf is not None and isinstance(content, torch.Tensor) and not alike(leaf, content):
                change(leaf, content)
                self._held[number] = (weakref.ref(leaf), snapshot(leaf))

    def written(self) -> dict[int, torch.Tensor]:
        """What this side has changed of them and the other one does not know yet. From now on it does."""
        here = [(number, held(), was) for number, (held, was) in self._held.items()]
        found = {number: snapshot(leaf) for number, leaf, was in here if leaf is not None and not alike(leaf, was)}
        self._held |= {number: (self._held[number][0], content) for number, content in found.items()}
        return found

    def let_go(self) -> None:
        """What has arrived is from now on held by those who use it."""
        self._arrived.clear()

    def dropped(self) -> list[int]:
        """The numbers of those that nothing holds here any more."""
        gone = [number for number, (held, _) in self._held.items() if held() is None]
        for number in gone:
            del self._held[number]
        if gone:
            self._numbers = {place: number for place, number in self._numbers.items() if number in self._held}
        return gone

    def _of(self, number: int) -> torch.Tensor | None:
        return self._held[number][0]() if number in self._held else None


class Shared:
    """The leaves of both sides, and what each has to tell the other one."""

    def __init__(self) -> None:
        self.own, self.held = Own(), Held()
        self._under_way = 0

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """Within, code of this side is at work that has not come to its end, and may have more to do with leaves."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def news(self) -> dict[str, Any]:
        """What has happened to them here since the last news."""
        told: dict[str, Any] = {"leaves": self.own.changed(), "written": self.held.written()}
        if not self._under_way:
            self.held.let_go()
        told["dropped"] = self.held.dropped()
        return {name: each for name, each in told.items() if each}

    def take(self, news: Any) -> list[int]:
        """What has happened to them on the other side. Returns the numbers of those of ours that it has dropped."""
        self.own.change(news.get("written"))
        self.held.change(news.get("leaves"))
        return self.own.drop(news.get("dropped", ()))
