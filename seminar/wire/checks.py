"""Checks of what the other side has sent."""

from __future__ import annotations

from typing import Any

from seminar.wire.channel import WireError


def exact(value: Any, kind: type) -> Any:
    """A value of exactly this type.

    Raises:
        WireError: it is of another one.
    """
    if type(value) is not kind:
        raise WireError(f"a {type(value).__name__} stands where a {kind.__name__} is due")
    return value


def as_length(value: Any) -> int:
    """A number of elements.

    Raises:
        WireError: it is none.
    """
    if not 0 <= exact(value, int) < 2**62:
        raise WireError(f"{value} is no length")
    return int(value)
