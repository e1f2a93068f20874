"""What both sides have: leaves, objects of a test's (see `seminar.wire.objects`), parts (see `seminar.wire.parts`).

Leaves are tensors that were computed from nothing and may get a gradient, such as parameters. One side owns one; on the
other side it is one object, as long as something there holds it. Both have it with the same content: what an optimizer
does to it on either side, is done on both.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from seminar.wire.changes import alike, change, snapshot


@dataclass(frozen=True)
class Contents:
    """What is told of things of one sort.

    Attributes:
        kind: the type of what is told.
        snapshot: what a thing holds now.
        news: the same, where it is not what it was; None where it is.
        change: gives a thing the content that it has on the other side.
    """

    kind: type
    snapshot: Callable[[Any], Any]
    news: Callable[[Any, Any], Any]
    change: Callable[[Any, Any], None]


LEAVES = Contents(torch.Tensor, snapshot, lambda leaf, was: None if alike(leaf, was) else snapshot(leaf), change)


class Own:
    """This side's things that the other side has, by number."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._there: dict[int, tuple[Any, Any]] = {}  # each as it is, and as the other side has it

    def add(self, number: int, thing: Any) -> Any:
        """A thing crosses, as it is now. Returns its content."""
        content = self._contents.snapshot(thing)
        self._there[number] = (thing, content)
        return content

    def announce(self, number: int, thing: Any) -> None:
        """A thing crosses; what it holds is news."""
        self._there[number] = (thing, None)

    def is_there(self, number: int) -> bool:
        """Whether the other side has it."""
        return number in self._there

    def thing(self, number: int) -> Any:
        """The thing of a number; None where the other side has none of it."""
        return self._there[number][0] if number in self._there else None

    def things(self) -> list[Any]:
        """Those that the other side has."""
        return [thing for thing, _ in self._there.values()]

    def changed(self) -> dict[int, Any]:
        """What the other side does not know yet of their contents. From now on it does."""
        told: dict[int, Any] = {}
        while known := [each for each in self._there.items() if each[0] not in told]:
            told |= {number: self._contents.news(thing, was) for number, (thing, was) in known}  # it may add some
        found = {number: content for number, content in told.items() if content is not None and number in self._there}
        self._there |= {number: (self._there[number][0], content) for number, content in found.items()}
        return found

    def change(self, contents: Any) -> None:
        """The other side has changed some of them. What it has not is let be."""
        for number, content in contents.items() if isinstance(contents, dict) else ():
            if number in self._there and isinstance(content, self._contents.kind):
                thing, _ = self._there[number]
                self._contents.change(thing, content)
                self._there[number] = (thing, self._contents.snapshot(thing))

    def drop(self, numbers: Any) -> list[int]:
        """The other side holds these no more. Returns those that it had."""
        gone = [number for number in numbers if type(number) is int and number in self._there]
        for number in gone:
            self._there.pop(number, None)
        return gone


class Held:
    """The other side's things that something here holds, by its numbers."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._held: dict[int, tuple[Callable[[], Any], Any]] = {}
        self._numbers: dict[int, int] = {}  # by id
        self._arrived: list[Any] = []  # and not let go: what is done to them would be lost with them
        self._before: list[Any] = []  # that had arrived when the other side was told last: it may refer to them
        self._released: list[int] = []

    def hold(self, number: int, arrived: Any) -> Any:
        """The thing of this number, which has just arrived: the object that is here, if there is one."""
        thing = self.of(number)
        if thing is None:
            thing = arrived
            self._numbers[id(thing)] = number
            self._held[number] = (_weakly(thing), self._contents.snapshot(thing))
        else:
            self.change({number: arrived})
        self._arrived.append(thing)
        return thing

    def number_of(self, value: Any) -> int | None:
        """The number of a thing that is held; None for anything else."""
        number = self._numbers.get(id(value))
        return number if number is not None and self.of(number) is value else None

    def of(self, number: int) -> Any:
        """The thing of a number; None where there is none, or nothing holds it."""
        return self._held[number][0]() if number in self._held else None

    def again(self, number: int) -> Any:
        """The thing of a number that has just been referred to; None where it is gone."""
        thing = self.of(number)
        if thing is not None:
            self._arrived.append(thing)
        return thing

    def things(self) -> list[Any]:
        """Those that something holds."""
        return [thing for held, _ in self._held.values() if (thing := held()) is not None]

    def change(self, contents: Any) -> None:
        """The other side has changed some of its things. What nothing holds here is let be."""
        for number, content in contents.items() if isinstance(contents, dict) else ():
            thing = self.of(number)
            if thing is None or not isinstance(content, self._contents.kind):
                continue
            if self._contents.news(thing, content) is not None:
                self._contents.change(thing, content)
                self._held[number] = (self._held[number][0], self._contents.snapshot(thing))

    def written(self) -> dict[int, Any]:
        """What this side has changed of them and the other one does not know yet. From now on it does."""
        here = [(number, held(), was) for number, (held, was) in self._held.items()]
        told = {number: self._contents.news(thing, was) for number, thing, was in here if thing is not None}
        found = {number: content for number, content in told.items() if content is not None}
        self._held |= {number: (self._held[number][0], content) for number, content in found.items()}
        return found

    def release(self, thing: Any) -> None:
        """A thing is this side's own from now on."""
        number = self._numbers.pop(id(thing))
        del self._held[number]
        self._released.append(number)

    def release_what_stays(self) -> None:
        """What cannot be held weakly is held no more."""
        for held, _ in [*self._held.values()]:
            if not isinstance(held, weakref.ref):
                self.release(held())

    def let_go(self) -> None:
        """What had arrived before the last time is from now on held by those who use it."""
        self._before, self._arrived = self._arrived, []

    def dropped(self) -> list[int]:
        """The numbers of those that nothing holds here any more."""
        gone = [number for number, (held, _) in self._held.items() if held() is None]
        for number in gone:
            del self._held[number]
        if gone:
            self._numbers = {place: number for place, number in self._numbers.items() if number in self._held}
        gone += self._released
        self._released.clear()
        return gone


def _weakly(thing: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(thing)
    except TypeError:
        return lambda: thing


class Shared:
    """What both sides have of one sort, and what each has to tell the other one."""

    def __init__(self, contents: Contents = LEAVES) -> None:
        self.own, self.held = Own(contents), Held(contents)
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
        told: dict[str, Any] = {"changed": self.own.changed(), "written": self.held.written()}
        if not self._under_way:
            self.held.let_go()
        told["dropped"] = self.held.dropped()
        return {name: each for name, each in told.items() if each}

    def take(self, news: Mapping[str, object]) -> None:
        """What has happened to them on the other side. What it has dropped is `Own.drop`'s."""
        self.own.change(news.get("written"))
        self.held.change(news.get("changed"))
