"""What a test uses of libraries with the submission's objects, and what has to be another here for that.

`inspect.getsource` and the transforms of `torch.func` run where the objects are, `gca` and `gcf` where something was
drawn. `torch.autograd.grad` finds the gradients of the submission's own weights. A loader over its objects works in
this process: no other one has a connection to the candidate.
"""

from __future__ import annotations

import dataclasses
import doctest
import functools
import inspect
import operator
import sys
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from pandas.core.arrays.masked import BaseMaskedArray
from torch.autograd.graph import GradientEdge
from torch.utils.data import DataLoader

from seminar.examiner.handle import CandidateError, annotations_of, is_handle
from seminar.wire.gradients import added, edges_of
from seminar.wire.kinds import NOTEBOOK
from seminar.wire.references import Public

if TYPE_CHECKING:
    from seminar.examiner.client import Client

TRANSFORMS = ("grad", "grad_and_value", "vmap", "jacrev", "jacfwd", "hessian", "vjp", "jvp", "functional_call")
OF_WORKERS = ("num_workers", "prefetch_factor", "persistent_workers", "multiprocessing_context", "worker_init_fn")
OF_DATACLASSES = ("is_dataclass", "fields", "asdict", "astuple", "replace")
PYPLOT = "matplotlib.pyplot"
UNUSED = (  # as PyTorch says it
    "One of the differentiated Tensors appears to not have been used in the graph. "
    "Set allow_unused=True if this is the desired behavior."
)


def prepare(candidate: Client) -> None:
    """Let `inspect.getsource`, `torch.func` and loaders take the submission's functions and objects."""
    inspect.getsource = _with_a_handle(inspect.getsource, functools.partial(candidate.ask, "source"))
    inspect.get_annotations = _with_a_handle(inspect.get_annotations, _annotations)
    typing.get_type_hints = _with_a_handle(typing.get_type_hints, _hints)
    inspect.getsourcelines = _for_tests(inspect.getsourcelines, functools.partial(_source_lines, candidate))
    for name in OF_DATACLASSES:
        there = functools.partial(_call, candidate, Public("dataclasses", name))
        setattr(dataclasses, name, _for_tests(getattr(dataclasses, name), there))
    doctest.DocTestFinder.find = _of_no_handle(doctest.DocTestFinder.find)  # type: ignore[method-assign]
    for kind in (BaseMaskedArray, pd.arrays.StringArray):
        kind._cmp_method = _definite(kind._cmp_method)
    torch.autograd.grad = _with_their_leaves(torch.autograd.grad, candidate)
    DataLoader.__init__ = _in_this_process(DataLoader.__init__)  # type: ignore[method-assign]
    for name in TRANSFORMS:
        there = functools.partial(_call, candidate, Public("torch.func", name))
        setattr(torch.func, name, _with_a_handle(getattr(torch.func, name), there))


def _definite(compare: Callable[..., Any]) -> Callable[..., Any]:
    """A comparison of pandas in which what is missing on one side alone is unequal: `all()` passes over what is NA."""

    @functools.wraps(compare)
    def wherever(self: Any, other: Any, op: Any) -> Any:
        found = compare(self, other, op)
        is_one = np.ndim(other) == 0
        if isinstance(found, pd.arrays.BooleanArray) and not (is_one and pd.isna(other)):
            alone = np.asarray(self.isna()) != (False if is_one else np.asarray(pd.isna(other)))
            found[alone] = op is operator.ne
        return found

    return wherever


def prepare_pyplot(candidate: Client) -> None:
    """Let `gca`, `gcf`, `get_fignums` find what the submission's code has drawn, where the test has drawn nothing."""
    pyplot: Any = sys.modules.get(PYPLOT)
    if pyplot is None or hasattr(pyplot.gca, "elsewhere"):
        return
    get_fignums = pyplot.get_fignums

    def current(name: str) -> Callable[[], Any]:
        here = getattr(pyplot, name)

        @functools.wraps(here)
        def wherever() -> Any:
            is_there = not get_fignums() and _drawn(candidate)
            return _call(candidate, Public(PYPLOT, name)) if is_there else here()

        wherever.elsewhere = True  # type: ignore[attr-defined]
        return wherever

    close = pyplot.close

    @functools.wraps(close)
    def close_both(*which: Any) -> None:
        close(*which)
        if which == ("all",):
            _call(candidate, Public(PYPLOT, "close"), "all")

    pyplot.gca, pyplot.gcf, pyplot.close = current("gca"), current("gcf"), close_both
    pyplot.get_fignums = functools.wraps(get_fignums)(lambda: get_fignums() or _drawn(candidate))


def _drawn(candidate: Client) -> Any:
    return _call(candidate, Public(PYPLOT, "get_fignums"))


def _in_this_process(begin: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(begin)
    def wherever(self: Any, dataset: Any, *positional: Any, **named: Any) -> None:
        if any(map(is_handle, (dataset, *positional, *named.values()))):
            named = {name: each for name, each in named.items() if name not in OF_WORKERS}
        begin(self, dataset, *positional, **named)

    return wherever


def _with_their_leaves(grad: Callable[..., Any], candidate: Client) -> Callable[..., Any]:
    @functools.wraps(grad)
    def wherever(
        outputs: Any,
        inputs: Any,
        grad_outputs: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        only_inputs: bool = True,
        allow_unused: bool | None = None,
        is_grads_batched: bool = False,
        materialize_grads: bool = False,
    ) -> Any:
        wanted = (inputs,) if isinstance(inputs, torch.Tensor | GradientEdge) else (*inputs,)
        how = (grad_outputs, retain_graph, create_graph, only_inputs)
        theirs = [each for each in wanted if candidate.has_leaf(each)]
        if not theirs:
            return grad(outputs, wanted, *how, allow_unused, is_grads_batched, materialize_grads)
        ends = (outputs,) if isinstance(outputs, torch.Tensor) else (*outputs,)
        with candidate.gathering(theirs) as gathered:  # beside what is computed here with them
            here = grad(ends, (*wanted, *edges_of(ends)), *how, True, is_grads_batched)
        there = dict(zip(map(id, theirs), gathered, strict=True))
        found = [added(each, there.get(id(of))) for of, each in zip(wanted, here, strict=False)]
        if materialize_grads:
            return tuple(torch.zeros_like(of) if each is None else each for of, each in zip(wanted, found, strict=True))
        if not allow_unused and any(each is None for each in found):
            raise RuntimeError(UNUSED)
        return tuple(found)

    return wherever


def _for_tests(here: Callable[..., Any], there: Callable[..., Any]) -> Callable[..., Any]:
    """The same for code of tests alone: what a library does with a source or with fields is for objects of its own."""

    @functools.wraps(here)
    def wherever(*positional: Any, **named: Any) -> Any:
        is_there = bool(positional) and is_handle(positional[0])
        is_there = is_there and sys._getframe(1).f_globals.get("__name__") == NOTEBOOK
        return (there if is_there else here)(*positional, **named)

    return wherever


def _source_lines(candidate: Client, thing: Any) -> Any:
    """What `inspect.getsourcelines` says of an object."""
    told = _call(candidate, Public("inspect", "getsourcelines"), thing)
    if type(told) is not tuple or [*map(type, told)] != [list, int]:
        raise CandidateError(f"{thing._name()} has no lines of source")
    return told


def _annotations(thing: Any, **_how: Any) -> dict[str, Any]:
    """What `inspect.get_annotations` says of an object. Nothing is evaluated here, whatever is asked for."""
    return annotations_of(thing)


def _hints(thing: Any, globalns: Any = None, localns: Any = None, include_extras: bool = False) -> dict[str, Any]:
    """What `typing.get_type_hints` says of an object, in the names that are there."""
    return annotations_of(thing, "hints", include_extras)


def _of_no_handle(find: Callable[..., Any]) -> Callable[..., Any]:
    """Find no examples in the submission's texts: they would run here."""

    @functools.wraps(find)
    def wherever(self: Any, thing: Any, *positional: Any, **named: Any) -> Any:
        if is_handle(thing):
            raise CandidateError(f"the examples of {thing._name()} are not run here")
        return find(self, thing, *positional, **named)

    return wherever


def _call(candidate: Client, function: Public, *positional: Any, **named: Any) -> Any:
    return candidate.ask("call", function, positional, tuple(named.items()))


def _with_a_handle(here: Callable[..., Any], there: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(here)
    def wherever(*positional: Any, **named: Any) -> Any:
        is_there = bool(positional) and is_handle(positional[0])
        return (there if is_there else here)(*positional, **named)

    return wherever
