"""The arguments of a request, as both sides know them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

from seminar.wire.changes import alike, snapshot
from seminar.wire.channel import WireError
from seminar.wire.format import DTYPE_NAMES
from seminar.wire.gradients import Computed, origin_of
from seminar.wire.kinds import CHANGING
from seminar.wire.memory import view_of
from seminar.wire.parts import content_of
from seminar.wire.references import Link, Refer, Reference, View

CONTAINERS = (list, tuple, dict)
KINDS = (*CHANGING, nn.Module)


class Arguments:
    """What can change in place of a request's arguments. Both sides have it in the same order, each its own objects.

    So the side that was asked can say which of them it has changed or gives back, by place.

    Attributes:
        sources: the tensors among them that require grad, and the parameters of networks that a test hands over: a
            result's gradients may flow there.
        origins: what these stand for.
    """

    def __init__(
        self,
        arguments: Sequence[Any],
        is_referred_to: Callable[[Any], bool] | None = None,
        sources: Sequence[torch.Tensor] = (),
    ) -> None:
        """List them.

        Args:
            arguments: the request's.
            is_referred_to: whether an object has crossed as a reference: then neither it nor what is in it is one of
                them. None where the candidate asks: it hands nothing over.
            sources: further tensors from which a result's gradients may flow, ahead of those among the arguments.
        """
        within = [*_within(tuple(arguments), is_referred_to or (lambda _: False))]
        self._objects = [each for each in within if not isinstance(each, nn.Module)]
        self._places = {id(each): place for place, each in enumerate(self._objects)}
        tensors = [each for each in self._objects if isinstance(each, torch.Tensor)]
        weights = [weight for each in within if isinstance(each, nn.Module) for weight in each.parameters()]
        theirs = [each for each in weights if is_referred_to and not is_referred_to(each)]  # of networks of a test's
        found = [*sources, *theirs, *tensors]
        is_one = is_referred_to is not None  # a leaf is one object on both sides; what the candidate hands over, is not
        keys = [id(each) if is_one and each.is_leaf else place for place, each in enumerate(found)]
        self.sources = [*{key: each for key, each in zip(keys, found, strict=True) if each.requires_grad}.values()]
        self.origins = [*map(origin_of, self.sources)]

    def known(self, value: Any) -> Reference | None:
        """One of the objects by its place; None for any other."""
        place = self._places.get(id(value))
        return None if place is None else Reference(place, mine=True)

    def view(self, value: Any) -> View | None:
        """An array or tensor that lies in the memory of one of them, as that; None for any other."""
        return view_of(value, enumerate(self._objects))

    def at(self, place: int) -> Any:
        """The object at a place.

        Raises:
            WireError: there is none.
        """
        if not 0 <= place < len(self._objects):
            raise WireError("an argument is referred to that was not given")
        return self._objects[place]

    def link(self, computed: Computed, lend: Link) -> Link:
        """What numbers the tensors of the request's result.

        Args:
            computed: gets those that were computed.
            lend: numbers a leaf.
        """

        def number_of(tensor: torch.Tensor) -> int:
            return lend(tensor) if tensor.is_leaf else computed.number_of(tensor, self.sources, self.origins)

        return number_of

    def contents(self, refer: Refer) -> list[Any]:
        """What the objects hold, each with those inside of it by their places: to tell later what has changed."""
        return [
            snapshot(each) if _is_compared_by_copy(each) else content_of(each, refer, self.known)
            for each in self._objects
        ]

    def changed(self, contents: list[Any], refer: Refer) -> list[list[Any]]:
        """The places of those objects that hold something else than they did, and what they hold now."""
        pairs = enumerate(zip(self._objects, contents, strict=True))
        news = ((place, self._news(each, was, refer)) for place, (each, was) in pairs)
        return [[place, now] for place, now in news if now is not None]

    def _news(self, value: Any, was: Any, refer: Refer) -> bytes | None:
        """What an object holds, where it is not what it was; None where it is."""
        if isinstance(was, torch.Tensor) and alike(value, was):
            return None
        now = content_of(value, refer, self.known)
        return None if isinstance(was, bytes) and now == was else now


def _is_compared_by_copy(value: Any) -> bool:
    """Whether it is: to encode it, twice, takes longer."""
    is_strided = type(value) is torch.Tensor and value.layout == torch.strided
    return is_strided and not value.requires_grad and value.dtype in DTYPE_NAMES


def _within(value: Any, is_out: Callable[[Any], bool]) -> Iterator[Any]:
    """What can change in place in a value, containers before what they contain; and networks."""
    if issubclass(type(value), KINDS):  # not by isinstance: a handle would say of what type it is
        if is_out(value):
            return
        yield value
    if isinstance(value, CONTAINERS):
        for each in value.values() if isinstance(value, dict) else value:
            if issubclass(type(each), (*CONTAINERS, *KINDS)):
                yield from _within(each, is_out)
