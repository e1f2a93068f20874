"""Derivatives across the wire: `backward()` on one side goes on on the other one, and comes back.

A tensor that was computed (it has a `grad_fn`) crosses with a number. On the other side it has a `grad_fn` too, which
asks this side to go back from the tensor of that number. What the tensor was computed from of the other side's own
tensors gets its gradient there; what it was computed from of this side's gets it here.

Where a test's tensor was an argument, and the test goes back from the result, the gradient is given to the test, which
goes on from there. Where the submission's code goes back by itself, it asks the test to.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

import torch
from torch.autograd import Function
from torch.autograd import grad as gradients_of  # PyTorch's own: tests have another in its place
from torch.autograd.graph import GradientEdge, get_gradient_edge

CYCLE = r"Using backward\(\) with create_graph=True"  # what PyTorch warns of

USED = "Trying to backward through the graph a second time. Specify retain_graph=True if you need to."

How = tuple[bool, bool, bool]
"""Whether the graph is kept, whether one is made of the gradients, and whether leaves accumulate theirs."""
GoBack = Callable[[int, torch.Tensor, How, Sequence[torch.Tensor]], list[torch.Tensor | None]]
"""Asks the other side for `Computed.backward`: the gradients of the given tensors, which are the sources there."""


class Computed:
    """The tensors of this side's that the other side may go back from, by number."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[torch.Tensor, Sequence[torch.Tensor], Sequence[Origin | None]]] = {}
        self._used: set[int] = set()
        self._last = 0

    def number_of(
        self, tensor: torch.Tensor, sources: Sequence[torch.Tensor] = (), origins: Sequence[Origin | None] = ()
    ) -> int:
        """A new number for a tensor, which was computed from copies of the other side's tensors, among others.

        Args:
            tensor: it.
            sources: the copies.
            origins: where each of them came from (see `origin_of`).
        """
        self._last += 1
        self._known[self._last] = (tensor, sources, origins)
        return self._last

    def backward(
        self,
        number: int,
        gradient: torch.Tensor,
        keeps_graph: bool,
        creates_graph: bool,
        accumulates: bool,
        wanted: Sequence[torch.Tensor] = (),
    ) -> list[torch.Tensor | None]:
        """Go back from a tensor: the gradients of its sources, and of leaves of this side's that are wanted.

        What is a leaf here, accumulates its own if it is to; then none are wanted.

        What was computed for several tensors is needed for each of them, and the other side goes back from one after
        the other. So this side keeps it until that forgets them, and tells itself whether one is used up.

        Raises:
            RuntimeError: it is.
        """
        if number in self._used:
            raise RuntimeError(USED)
        tensor, sources, origins = self._known[number]
        computed = [origin for origin in origins if origin]
        leaves = [each for each, origin in zip(sources, origins, strict=True) if not origin]
        former = [each.grad for each in leaves]
        for each in leaves:
            each.grad = None
        for origin in computed:
            origin.gathered = []
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", CYCLE)  # the gradients are taken away again, below
                if accumulates:
                    tensor.backward(gradient, retain_graph=True, create_graph=creates_graph)
                    pairs = zip(sources, origins, strict=True)
                    found = [origin.gradient() if origin else each.grad for each, origin in pairs]
                else:
                    options = {"retain_graph": True, "create_graph": creates_graph, "allow_unused": True}
                    inputs = [*sources, *wanted]
                    found = [*gradients_of(tensor, inputs, gradient, **options)] if inputs else []
            if not keeps_graph:
                self._used.add(number)
            return found
        finally:
            for each, grad in zip(leaves, former, strict=True):
                each.grad = grad
            for origin in computed:
                origin.gathered = None

    def sources_of(self, number: int) -> Sequence[torch.Tensor]:
        """What a tensor was computed from."""
        return self._known[number][1]

    def forget(self, numbers: Iterable[int]) -> None:
        """The other side goes back from these no more."""
        for number in numbers:
            self._known.pop(number, None)
            self._used.discard(number)


class _CameFrom(Function):
    @staticmethod
    def forward(ctx: Any, origin: Origin, value: list[torch.Tensor], *inputs: torch.Tensor) -> torch.Tensor:
        ctx.origin, ctx.inputs = origin, inputs[2:]
        ctx.accumulator = get_gradient_edge(inputs[0]).node  # of the anchor that tells how
        ctx.edge = get_gradient_edge(inputs[1])  # of the one that is asked for: see `edges_of`
        return value.pop()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:
        if ctx.origin.gathered is not None:
            ctx.origin.gathered.append(gradient)
            return None, None, None, None, *[None for _ in ctx.inputs]
        # PyTorch tells nowhere else whether this is backward(), which fills the leaves' grad, or autograd.grad().
        accumulates = torch._C._will_engine_execute_node(ctx.accumulator)
        keeps_graph = torch._C._autograd._get_current_graph_task_keep_graph()
        how = (keeps_graph, torch.is_grad_enabled(), accumulates)
        return None, None, None, None, *ctx.origin.go_back(ctx.origin.number, gradient, how, ctx.inputs)


class Origin:
    """The tensor on the other side that one on this side stands for.

    Attributes:
        gathered: the gradients that came here, as long as the other side goes back to that tensor itself; else None.
    """

    def __init__(self, number: int, go_back: GoBack, forgotten: list[int]) -> None:
        self.number, self.go_back = number, go_back
        self.gathered: list[torch.Tensor] | None = None
        weakref.finalize(self, forgotten.append, number)

    def gradient(self) -> torch.Tensor | None:
        """The sum of what was gathered; None for nothing."""
        return reduce(added, self.gathered or (), None)


def added(one: torch.Tensor | None, other: torch.Tensor | None) -> torch.Tensor | None:
    """The sum of two gradients, of which there may be none."""
    return other if one is None else one if other is None else one + other


def came_from(
    number: int, value: torch.Tensor, sources: Sequence[torch.Tensor], go_back: GoBack, forgotten: list[int]
) -> torch.Tensor:
    """What stands here for a tensor that was computed on the other side.

    Args:
        number: the other side's.
        value: what it holds.
        sources: what it was computed from of this side's tensors.
        go_back: what its `backward` does.
        forgotten: gets the number when nothing here can go back from it any more.
    """
    with torch.enable_grad():  # it is what it is, whatever is noted of what is done with it
        # There may be no sources. And two: whether one accumulates, PyTorch does not tell where it is asked for itself.
        anchors = [torch.zeros((), device="cpu", dtype=torch.float32, requires_grad=True) for _ in range(2)]
        came: torch.Tensor = _CameFrom.apply(  # type: ignore[no-untyped-call]
            Origin(number, go_back, forgotten), [value.detach()], *anchors, *sources
        )
    return came


def edges_of(outputs: Iterable[torch.Tensor]) -> list[GradientEdge]:
    """What `autograd.grad` has to be asked for, to go back through all tensors that have come from the other side."""
    found: list[GradientEdge] = []
    seen, waiting = set(), [each.grad_fn for each in outputs]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if isinstance(getattr(node, "origin", None), Origin):
            found.append(node.edge)  # type: ignore[attr-defined]
        waiting += [each for each, _ in node.next_functions]
    return found


def origin_of(tensor: torch.Tensor) -> Origin | None:
    """What a tensor stands for that has come from the other side and was not changed in place; None for any other."""
    return getattr(tensor.grad_fn, "origin", None)
