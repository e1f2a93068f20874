"""Functions of a test's under the transforms of `torch.func`, and under forward-mode derivatives.

What these hand over are wrappers, which have no values that could be sent. An `autograd.Function` gets what is in them,
and says by itself how to go back, forward, and over a batch: each by calling the function again, on plain tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.autograd import forward_ad
from torch.autograd.function import Function

Call = Callable[..., Any]


def is_under_way(values: tuple[Any, ...]) -> bool:
    """Whether a value is a transform's wrapper, or has a tangent."""
    return any(
        torch._C._functorch.is_functorch_wrapped_tensor(each)
        or (forward_ad._current_level >= 0 and forward_ad.unpack_dual(each).tangent is not None)
        for each in values
        if isinstance(each, torch.Tensor)
    )


def called(call: Call, values: tuple[Any, ...]) -> Any:
    """What a function gives for some values, some of them tensors, under the transforms that are under way.

    Args:
        call: on plain tensors it gives a tensor, or a tuple of some, through which one can go back.
        values: its arguments.
    """
    places = [place for place, each in enumerate(values) if isinstance(each, torch.Tensor)]

    def of_tensors(*tensors: torch.Tensor) -> Any:
        filled = [*values]
        for place, tensor in zip(places, tensors, strict=True):
            filled[place] = tensor
        return call(*filled)

    return _applied(of_tensors, *(values[place] for place in places))


def _applied(call: Call, *tensors: Any) -> Any:
    """What a function of tensors gives, as one that all transforms take."""

    class OfTheTest(Function):
        @staticmethod
        def forward(*inputs: Any) -> Any:
            with torch.no_grad():
                return call(*inputs)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            count = len(ctx.saved_tensors)

            def back(*both: torch.Tensor) -> Any:
                return _gradients(call, both[:count], both[count:])

            return _applied(back, *ctx.saved_tensors, *gradients)

        @staticmethod
        def jvp(ctx: Any, *tangents: Any) -> Any:
            inputs = ctx.saved_tensors
            moving = [
                tangent if tangent is not None else torch.zeros_like(each)
                for tangent, each in zip(tangents, inputs, strict=True)
            ]

            def along(*both: torch.Tensor) -> Any:
                return _tangent(call, both[: len(inputs)], both[len(inputs) :])

            return _applied(along, *inputs, *moving)

        @staticmethod
        def vmap(info: Any, dims: tuple[int | None, ...], *inputs: Any) -> Any:
            def at(place: int) -> list[Any]:
                return [
                    each if dim is None else each.select(dim, place) for each, dim in zip(inputs, dims, strict=True)
                ]

            found = [_applied(call, *at(place)) for place in range(info.batch_size)]
            if isinstance(found[0], tuple):
                return tuple(map(torch.stack, zip(*found, strict=True))), (0,) * len(found[0])
            return torch.stack(found), 0

    return OfTheTest.apply(*tensors)  # type: ignore[no-untyped-call]


def _to_go_back_to(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor that one can go back to, where there are derivatives with respect to its kind."""
    has_some = tensor.is_floating_point() or tensor.is_complex()
    return tensor if tensor.requires_grad or not has_some else tensor.detach().requires_grad_()


def _gradients(call: Call, inputs: tuple[torch.Tensor, ...], gradients: tuple[torch.Tensor, ...]) -> Any:
    """The gradients of a function's results, as tensors like its inputs."""
    with torch.enable_grad():
        inner = [*map(_to_go_back_to, inputs)]
        results = call(*inner)
        results = results if isinstance(results, tuple) else (results,)
        pairs = [(result, each) for result, each in zip(results, gradients, strict=True) if result.requires_grad]
        wanted = [each for each in inner if each.requires_grad]
        found = iter(
            torch.autograd.grad(
                [result for result, _ in pairs],
                wanted,
                [each for _, each in pairs],
                create_graph=True,
                allow_unused=True,
            )
            if pairs and wanted
            else [None] * len(wanted)
        )
        made = [next(found) if each.requires_grad else None for each in inner]
    return tuple(torch.zeros_like(each) if one is None else one for one, each in zip(made, inner, strict=True))


def _tangent(call: Call, inputs: tuple[torch.Tensor, ...], tangents: tuple[torch.Tensor, ...]) -> Any:
    """The change of a function's result along some tangents: going back is linear, and so can be gone back through."""
    with torch.enable_grad():
        results = call(*inputs)
        several = isinstance(results, tuple)
        ones = tuple(torch.ones_like(each, requires_grad=True) for each in (results if several else (results,)))
        back = _gradients(call, inputs, ones)
        dotted = sum((each * tangent).sum() for each, tangent in zip(back, tangents, strict=True) if each.requires_grad)
        if not isinstance(dotted, torch.Tensor):
            found: Any = [None] * len(ones)
        else:
            found = torch.autograd.grad(dotted, ones, create_graph=True, allow_unused=True)
    made = tuple(torch.zeros_like(one) if each is None else each for each, one in zip(found, ones, strict=True))
    return made if several else made[0]
