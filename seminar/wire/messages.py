"""What the examiner and the candidate say to each other.

A request of the examiner's is `[number, verb, arguments, news]`. The candidate's answer is
`[number, "value", result, changed, news]` or `[number, "error", names of types, arguments, traceback, own]`. There
`changed` are the objects of the request that have changed in place, by their places in it, and `own` is the lineage of
the error's type and the error itself, where that type is the notebook's. Where a request refers to what nothing on the
candidate's side holds any more, the answer is `[number, "missing", numbers]`, and it is made again, with that.

Between a request and its answer, code of the submission's may call a function or a network of the test's that it was
given. That is a request in the other direction, `[number, question, arguments, news]`, answered by
`[number, "returned", result, news]` or `[number, "raised", [name, arguments, own], news]`, where `own` is the exception
of the submission's that went through it, or `None`.

News are what has happened on a side since it last told. The candidate tells of what both sides have, as the examiner
does (see `News`), the `layers` of its own that have come into networks of the test's (an object, the name of its class
where that is PyTorch's, what it holds, encoded; the inner ones first), and what the examiner waits for: `seeds` that
were drawn after, what was `written` to standard streams and `warned` of, and `files`. The
examiner trusts nothing that it is told, so there these have no type.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, get_args

import torch

Verb = Literal[
    "ping",
    "names",
    "call",
    "attribute",
    "item",
    "set attribute",
    "set item",
    "delete attribute",
    "delete item",
    "length",
    "truth",
    "text",
    "repr",
    "format",
    "contains",
    "int",
    "float",
    "abs",
    "round",
    "enter",
    "exit",
    "has",
    "class",
    "signature",
    "annotations",
    "hints",
    "types",
    "dir",
    "code",
    "lineage",
    "exception",
    "source",
    "instance",
    "subclass",
    "copy",
    "deep copy",
    "iterate",
    "reversed",
    "next",
    "backward",
]
"""What the examiner asks for: what the candidate does with the arguments."""
CODE = {  # what is told of a function's code, and its type: tuples of names as lists
    **dict.fromkeys(("co_argcount", "co_kwonlyargcount", "co_posonlyargcount", "co_nlocals", "co_stacksize"), int),
    **dict.fromkeys(("co_flags", "co_firstlineno"), int),
    **dict.fromkeys(("co_name", "co_qualname", "co_filename"), str),
    **dict.fromkeys(("co_varnames", "co_names", "co_freevars", "co_cellvars"), tuple),
}
Question = Literal["call back", "go back"]
"""What the candidate asks for: to use what it was lent, and the gradients of what a tensor came from."""
Reply = Literal["returned", "raised"]

QUESTIONS: tuple[Question, ...] = get_args(Question)
REPLIES: tuple[Reply, ...] = get_args(Reply)


class SharedNews(TypedDict, total=False):
    """What has happened to things of one sort that both sides have, by number (see `seminar.wire.shared`).

    Attributes:
        changed: what those hold now that are this side's.
        written: what those hold now that are the other side's.
        dropped: those of the other side's that nothing here holds any more.
    """

    changed: dict[int, Any]
    written: dict[int, Any]
    dropped: list[int]


News = TypedDict(
    "News",
    {
        # what both sides have
        "leaves": SharedNews,
        "objects": SharedNews,
        "given": list[list[Any]],  # further ones of given classes: numbers, and names of the classes
        "parts": SharedNews,
        "forgotten": list[int],  # numbers of tensors that this side goes back from no more
        # what a test has set for all code (see `seminar.examiner.around`)
        "grad": bool,
        "inference": bool,
        "dtype": torch.dtype,
        "device": str,
        "autocast": list[Any],  # whether it is enabled, and its dtype
        "errors": dict[str, Any],  # of NumPy
        "seeds": dict[str, Any],  # states, by source
        "environment": dict[str, str | None],
        "patched": bytes,  # functions of libraries, encoded: owner, name, what is in its place
        "files": list[list[Any]],  # names and contents
        # what it waits for
        "gives seeds": list[str],  # sources
        "streams": list[str],
        "filters": list[Any],  # of warnings
        "waits for": list[str],  # files
    },
    total=False,
)
"""What the examiner tells, each where there is something to tell."""
