"""The arguments of a request, as both sides know them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

from seminar.wire.channel import WireError
from seminar.wire.gradients import origin_of
from seminar.wire.memory import view_of
from seminar.wire.values import CHANGING, Refer, Reference, View, encode

CONTAINERS = (list, tuple, dict)


class Given:
    """What can change in place of a request's arguments. Both sides have it in the same order, each its own objects.

    So the side that was asked can say which of them it has changed or gives back, by place.

    Attributes:
        sources: the tensors among them that require grad: a result's gradients may flow there.
        origins: what these stand for.
    """

    def __init__(
        self,
        arguments: Sequence[Any],
        is_referred_to: Callable[[Any], bool] = lambda each: False,
        sources: Sequence[torch.Tensor] = (),
    ) -> None:
        """List them.

        Args:
            arguments: the request's.
            is_referred_to: whether an object has crossed as a reference: then it is not one of them.
            sources: further tensors from which a result's gradients may flow, ahead of those among the arguments.
        """
        self._objects = [each for each in _changing(tuple(arguments)) if not is_referred_to(each)]
        self._places = {id(each): place for place, each in enumerate(self._objects)}
        found = [*sources, *(each for each in self._objects if isinstance(each, torch.Tensor))]
        own = {id(each) if each.is_leaf else place: each for place, each in enumerate(found) if each.requires_grad}
        self.sources = [*own.values()]  # a leaf, which is one object on both sides, once
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

    def contents(self, refer: Refer) -> list[bytes]:
        """What the objects hold, each with those inside of it by their places."""
        return [self._content(each, refer) for each in self._objects]

    def _content(self, value: Any, refer: Refer) -> bytes:
        alone = copy.copy(value) if isinstance(value, list | dict | set) else value
        return encode(alone, refer, lambda each: None if each is alone else self.known(each))


def weights_of(arguments: Any, is_own: Callable[[Any], bool]) -> list[torch.Tensor]:
    """The parameters of the networks among arguments, which a test hands over: a result's gradients may flow there.

    Args:
        arguments: a request's.
        is_own: whether a network or a parameter is the candidate's.
    """
    networks = [each for each in _within(arguments, (nn.Module,)) if not is_own(each)]
    return [each for network in networks for each in network.parameters() if not is_own(each)]


def _changing(value: Any) -> Iterator[Any]:
    return _within(value, CHANGING)


def _within(value: Any, kinds: tuple[type, ...]) -> Iterator[Any]:
    """What is of some kinds in a value, containers before what they contain."""
    if issubclass(type(value), kinds):  # not by isinstance: a handle would say of what type it is
        yield value
    if isinstance(value, CONTAINERS):
        for each in value.values() if isinstance(value, dict) else value:
            if issubclass(type(each), (*CONTAINERS, *kinds)):
                yield from _within(each, kinds)
