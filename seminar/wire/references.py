"""What stands for what stays where it is, or is one object with something of the other side's, while values cross.

The other side is told so by `Refer`, `Known` and `Link` as it is encoded (see `seminar.wire.encoding`), and makes of it
what `Resolve`, `Linked` and `Types` say (see `seminar.wire.decoding`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from seminar.wire.channel import WireError


@dataclass(frozen=True)
class Public:
    """A public function or type of a library, by name. Toward the examiner a type crosses, of `type_values` alone."""

    module: str
    name: str


EXCEPTION = Public("builtins", "Exception")  # the last of the bases of a type of exceptions


@dataclass(frozen=True)
class Reference:
    """An object that stayed where it is.

    Attributes:
        key: by which its owner knows it.
        kind: the name of its type, as its owner tells it.
        mine: whether the side that decodes it owns it.
        bases: the types that it is of, or is derived from where it is itself a type, as its owner tells them: those of
            the notebook, the closest one first, and the closest one of a library. Of a function of a test's, its name,
            and the type of functions where a class makes a method of it. Of a member of an enumeration, that first.
        able: which of `seminar.wire.kinds.ABILITIES` it has, as its owner tells.
    """

    key: int
    kind: str = ""
    mine: bool = False
    bases: tuple[Public, ...] = ()
    able: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lent:
    """An object of a test's, as it crosses for the first time.

    Attributes:
        key: by which it is known from now on.
        kind: how it crosses (see `seminar.wire.objects`).
        of: its class; the name of its class alone, where that is none of a library's.
        content: what it holds, encoded.
    """

    key: int
    kind: str
    of: Public | str
    content: bytes


@dataclass(frozen=True)
class Part:
    """Data of the candidate's that a test may change in place (see `seminar.wire.parts`).

    Attributes:
        key: by which the candidate knows it.
        content: what it holds, encoded as long as it has not arrived; None where the other side has it already.
    """

    key: int
    content: Any


@dataclass(frozen=True)
class View:
    """An array or tensor in the memory of another one (see `seminar.wire.memory`).

    Attributes:
        value: what it holds.
        places: where it lies: the place of an argument or the name of a global, strides and offset in elements.
    """

    value: Any
    places: list[tuple[int | str, list[int], int]]


@dataclass(frozen=True)
class Items:
    """What an iterator, or something that is gone through again and again, would give: so does one on the other side.

    Attributes:
        values: in order.
        once: whether it is an iterator, which gives them once; else it is a list there.
    """

    values: list[Any]
    once: bool = True


Crossing = Reference | Public | Lent | Part | View | Items
Refer = Callable[[Any], Crossing]
Resolve = Callable[[Reference | Public | Lent | Part | View], Any]
Known = Callable[[Any], Reference | Lent | Part | View | None]
"""Makes a reference of what can change in place, where it does not cross by value: the other side has it already."""
Link = Callable[[torch.Tensor], int]
"""Numbers a tensor that requires grad, so that the other side can say which it means."""
Linked = Callable[[torch.Tensor, int, bool], torch.Tensor]
"""What stands for a tensor that came with such a number; it is told whether the tensor is a leaf, too."""
Types = Callable[[str], Any]
"""What the notebook has under a name, which a type has on the other side."""


def refuse(value: Any) -> Reference:
    """A `refer` for a side that has nothing to refer to.

    Raises:
        WireError: always.
    """
    raise WireError(f"a value of type {type(value).__name__} cannot cross")
