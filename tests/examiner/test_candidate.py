"""The examiner's view of a candidate: one that answers honestly, and ones that lie."""

from __future__ import annotations

import contextlib
import itertools
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seminar.examiner.candidate import Candidate, CandidateError, Handle, deadline_in
from seminar.room.service import Service
from seminar.wire.channel import Channel, ChannelClosedError
from seminar.wire.values import Public, Reference, decode, encode

Answer = Callable[[list[Any]], Any]


@contextlib.contextmanager
def honest(source: str) -> Iterator[Candidate]:
    """A candidate that has run some code, with its own side of the wire in a thread."""
    names: dict[str, Any] = {}
    exec(source, names)
    ours, theirs = socket.socketpair()
    service = Service(Channel(theirs), names)

    def serve() -> None:
        with contextlib.suppress(SystemExit):
            while True:
                service.answer()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        candidate = Candidate(Channel(ours))
        candidate.deadline = time.monotonic() + 60
        yield candidate
    finally:
        ours.close()
        thread.join()
        theirs.close()


@contextlib.contextmanager
def lying(*answers: Answer | bytes) -> Iterator[Handle]:
    """A handle on an object of a candidate that gives these answers, one after the other, whatever it is asked."""
    ours, theirs = socket.socketpair()

    def lie() -> None:
        channel = Channel(theirs)
        with contextlib.suppress(ChannelClosedError):
            for answer in answers:
                asked = decode(channel.receive())
                channel.send(answer if isinstance(answer, bytes) else encode(answer(asked), _as_reference))
            channel.receive()

    thread = threading.Thread(target=lie)
    thread.start()
    try:
        candidate = Candidate(Channel(ours))
        candidate.deadline = time.monotonic() + 1
        yield Handle(candidate, 0, "Liar")
    finally:
        ours.close()
        thread.join()
        theirs.close()


def _as_reference(value: Any) -> Reference | Public:
    assert isinstance(value, Reference | Public)
    return value


def value(answer: Any) -> Answer:
    """An answer of the right form with this value."""
    return lambda asked: [asked[0], "value", answer]


def result(answer: Any, changed: Any = (), same: Any = None) -> Answer:
    """An answer to a call."""
    return lambda asked: [asked[0], "value", answer, changed, same]


def named(candidate: Candidate, name: str) -> Any:
    return candidate.look_up([name])[name]


def test_data_come_by_value_and_the_rest_as_handles() -> None:
    with honest("import torch\nn = 3\nx = torch.ones(2)\nf = lambda: 1\nnet = torch.nn.ReLU()") as candidate:
        found = candidate.look_up(["n", "x", "f", "net", "nothing"])
        assert found.keys() == {"n", "x", "f", "net"}
        assert found["n"] == 3
        assert torch.equal(found["x"], torch.ones(2))
        assert repr(found["f"]) == "<function of the submission>"
        assert repr(found["net"]) == "<ReLU of the submission>"


def test_a_handle_is_used_like_the_object() -> None:
    with honest("class Box:\n size = 3\n def __len__(self): return 7\n def __bool__(self): return False") as candidate:
        box = named(candidate, "Box")()
        assert (box.size, len(box), bool(box)) == (3, 7, False)
        with pytest.raises(AttributeError, match="has no attribute 'colour'"):
            _ = box.colour
        with pytest.raises(AttributeError, match="cannot be set from a test"):
            box.size = 4
        assert not hasattr(box, "_repr_html_")


def test_an_endless_iterator_is_taken_piece_by_piece() -> None:
    with honest("import itertools\ncount = itertools.count") as candidate:
        taken = []
        for number in named(candidate, "count")(5):
            taken.append(number)
            if len(taken) == 100:
                break
        assert taken == list(range(5, 105))
        iterator = named(candidate, "count")(1)
        assert (next(iterator), next(iterator)) == (1, 2)


def test_an_object_is_the_same_object_whenever_it_comes() -> None:
    with honest("class Node: pass\na = Node()\na.next = a\nb = Node()") as candidate:
        a, b = named(candidate, "a"), named(candidate, "b")
        assert a == a.next
        assert hash(a) == hash(a.next)
        assert a != b
        assert a != "a"
        assert b != object()


def test_equality_is_decided_here() -> None:
    with honest("class Kind:\n def __eq__(self, other): return True\nkind = Kind()") as candidate:
        kind = named(candidate, "kind")
        assert kind != 3
        assert not (kind == [1])  # noqa: SIM201  (it is __eq__ that is tested)


def test_arguments_that_are_changed_in_place_are_changed_here() -> None:
    source = """def fill(items, table, array, tensor, seen):
    items.append(4); table["k"] = 1; array[0] = 9; seen.add(2)
    tensor.requires_grad_(); (tensor * 3).sum().backward()
    return tensor"""
    with honest(source) as candidate:
        items, table, array, tensor, seen = [1], {"a": 0}, np.zeros(2), torch.ones(2), {1}
        returned = named(candidate, "fill")(items, table, array, tensor, seen=seen)
        assert (items, table, array.tolist(), seen) == ([1, 4], {"a": 0, "k": 1}, [9, 0], {1, 2})
        assert returned is tensor
        assert tensor.requires_grad
        assert torch.equal(tensor.grad, torch.full((2,), 3.0)) if tensor.grad is not None else False


@pytest.mark.parametrize("function", [torch.sin, math.sqrt, nn.ReLU, nn.functional.relu, np.sum, len])
def test_public_functions_cross_by_name(function: Any) -> None:
    with honest("def same(f): return f.__name__") as candidate:
        assert named(candidate, "same")(function) == function.__name__


def test_a_function_of_the_tests_does_not_cross() -> None:
    with honest("def call(f): return f(1)") as candidate, pytest.raises(CandidateError, match="cannot cross"):
        named(candidate, "call")(lambda x: x)


def test_a_handle_goes_back_as_the_object() -> None:
    with honest("class Box: pass\nbox = Box()\ndef is_box(it): return it is box") as candidate:
        assert named(candidate, "is_box")(named(candidate, "box")) is True


@pytest.mark.parametrize(
    ("raised", "kind", "told"),
    [
        ("ValueError('bad', 3)", ValueError, "bad"),
        ("KeyError('k')", KeyError, "k"),
        ("Own('mine')", ValueError, "mine"),
        ("StopIteration(1)", CandidateError, "StopIteration"),
        ("SystemExit(0)", CandidateError, "SystemExit"),
        ("KeyboardInterrupt()", CandidateError, "KeyboardInterrupt"),
        ("Exception('x')", CandidateError, "x"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'why')", UnicodeDecodeError, "why"),
    ],
)
def test_an_exception_comes_as_the_closest_builtin_one(raised: str, kind: type[Exception], told: str) -> None:
    with honest(f"class Own(ValueError): pass\ndef f(): raise {raised}") as candidate:
        with pytest.raises(kind, match=told) as caught:
            named(candidate, "f")()
        assert type(caught.value) is kind
        assert "in f" in caught.value.__notes__[0]


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    with honest("import time\ndef slow(): time.sleep(0.3); return 'slow'\ndef quick(): return 'quick'") as candidate:
        slow, quick = named(candidate, "slow"), named(candidate, "quick")
        candidate.deadline = deadline_in(0.05)
        with pytest.raises(CandidateError, match="did not answer in time"):
            slow()
        assert candidate.late
        candidate.deadline = deadline_in(30)
        assert quick() == "quick"


def test_one_that_is_gone_is_dead() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        candidate = Candidate(Channel(ours))
        with pytest.raises(CandidateError, match="kernel is dead"):
            candidate.ping()
        assert candidate.dead


LIES: dict[str, tuple[Callable[[Handle], Any], Answer | bytes]] = {
    "rubbish": (lambda handle: handle(), b"\xff\x00rubbish"),
    "no list": (lambda handle: handle(), lambda asked: 7),
    "nothing": (lambda handle: handle(), lambda asked: []),
    "no value": (lambda handle: handle(), lambda asked: [asked[0], "shrug", 1]),
    "two values": (lambda handle: handle.x, lambda asked: [asked[0], "value", 1, 2]),
    "an object of the test's": (lambda handle: handle(), result(Reference(0, "x", mine=True))),
    "a name to import": (lambda handle: handle(), result(Public("os", "system"))),
    "a length that is no number": (len, value(2.5)),
    "a length that is a handle": (len, value(Reference(1, "int"))),
    "a negative length": (len, value(-1)),
    "a length beyond all memory": (len, value(2**70)),
    "an error of no kind": (lambda handle: handle(), lambda asked: [asked[0], "error", 1, 2, 3]),
    "an error that is a class of ours": (lambda handle: handle(), lambda asked: [asked[0], "error", "Exam", [], ""]),
    "an error that ends the process": (
        lambda handle: handle(),
        lambda asked: [asked[0], "error", "SystemExit", [0], ""],
    ),
    "an error with arguments that do not fit": (
        lambda handle: handle(),
        lambda asked: [asked[0], "error", "UnicodeDecodeError", ["few"], ""],
    ),
    "an error without a story": (lambda handle: handle(), lambda asked: [asked[0], "error"]),
    "names nobody asked for": (
        lambda handle: object.__getattribute__(handle, "_candidate").look_up(["a"]),
        value({"check": 1}),
    ),
    "names that are no dict": (lambda handle: object.__getattribute__(handle, "_candidate").look_up(["a"]), value([])),
    "items that are no list": (next, value("abc")),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_an_error_of_the_candidates(lie: str) -> None:
    use, answer = LIES[lie]
    with lying(answer) as handle, pytest.raises((CandidateError, ValueError, OverflowError)):
        use(handle)


def test_more_items_than_were_asked_for_are_refused() -> None:
    with (
        lying(value(Reference(1, "iterator")), value([1] * 1000)) as handle,
        pytest.raises(CandidateError, match="more"),
    ):
        next(iter(handle))


def test_a_loop_that_ends_early_takes_no_item_from_the_next() -> None:
    source = """
def numbers():
    yield from range(1, 8)
    raise ValueError("after seven")
"""
    with honest(source) as candidate:
        iterator = named(candidate, "numbers")()
        assert list(itertools.islice(iterator, 3)) == [1, 2, 3]
        assert next(iterator) == 4
        for item in iterator:
            if item == 6:
                break
        seen: list[int] = []
        with pytest.raises(ValueError, match="after seven"):
            seen.extend(item for item in iterator)
        assert seen == [7]


def test_an_error_that_names_a_file_opens_none() -> None:
    with honest("def lie(): raise SyntaxError('a lie', ('/etc/hostname', 1, 1, 'text'))") as candidate:
        with pytest.raises(SyntaxError, match="a lie") as caught:
            named(candidate, "lie")()
        assert (caught.value.filename, caught.value.lineno) == (None, None)


def test_an_iteration_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seminar.examiner.candidate.ITEMS", 200)
    endless: list[Answer] = [lambda asked: [asked[0], "value", [0] * asked[3]]] * 20
    with lying(value(Reference(1, "iterator")), *endless) as handle, pytest.raises(CandidateError, match="no end"):
        for _ in handle:
            pass


def test_a_truth_is_true_or_false() -> None:
    with lying(value("yes"), value(1), value(True)) as handle:
        assert [bool(handle) for _ in range(3)] == [False, False, True]


def test_changes_that_do_not_fit_change_nothing() -> None:
    numbers, tensor, array = [1, 2], torch.ones(2), np.ones(2)
    changed = [[0, {"no": "list"}], [1, "text"], [2, np.ones(3)], [7, [0]], [-1, [0]], "x", [None, 0], [0, [1], 2]]
    with lying(result(0, changed), result(0, "x"), result(0, [], 99), result(0, [], "first")) as handle:
        for _ in range(4):
            assert handle(numbers, tensor, array) == 0
    assert (numbers, tensor.tolist(), array.tolist()) == ([1, 2], [1, 1], [1, 1])


def test_answers_that_nobody_asked_for_are_passed_over_and_then_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seminar.examiner.candidate.STALE", 3)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        candidate, liar = Candidate(Channel(ours)), Channel(theirs)
        candidate.deadline = time.monotonic() + 60
        for number in (7, True, 1):
            liar.send(encode([number, "value", "mine"]))
        assert candidate.one("ping") == "mine"
        for _ in range(4):
            liar.send(encode([99, "value", "mine"]))
        with pytest.raises(CandidateError, match="nobody asked for"):
            candidate.ping()


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.builds(Reference, st.integers(0, 9)),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(["value", "error"]) | plain, st.lists(plain, max_size=4))
def test_whatever_is_answered_the_test_goes_on(word: Any, rest: list[Any]) -> None:
    for use in (lambda handle: handle([1]), len, bool, lambda handle: handle.x, lambda handle: handle[0], list, next):
        with lying(lambda asked: [asked[0], word, *rest]) as handle:
            object.__getattribute__(handle, "_candidate").deadline = time.monotonic() + 0.02
            with contextlib.suppress(Exception):  # an Exception fails one test, and ends nothing
                use(handle)
