"""The examiner's view of a candidate: one that answers honestly, and ones that lie."""

from __future__ import annotations

import builtins
import contextlib
import copy
import dataclasses
import enum
import inspect
import itertools
import math
import socket
import statistics
import threading
import time
import types
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seminar.examiner.abilities import class_of_handles
from seminar.examiner.client import Client, deadline_in
from seminar.examiner.handle import CandidateError, Handle, is_handle, type_of, types_above
from seminar.examiner.layers import LayerOfTheSubmission
from seminar.examiner.raised import stories
from seminar.wire import codes, standard
from seminar.wire.arguments import Arguments
from seminar.wire.channel import Channel, ChannelClosedError, WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import LONG, encode
from seminar.wire.exceptions import told_of
from seminar.wire.messages import CODE
from seminar.wire.references import EXCEPTION, Part, Public, Reference
from tests.examiner.candidates import Answer, honest, lying, named, value


def test_data_come_by_value_and_the_rest_as_handles() -> None:
    with honest("import torch\nn = 3\nx = torch.ones(2)\nf = lambda: 1\nnet = torch.nn.ReLU()") as candidate:
        found = candidate.look_up(["n", "x", "f", "net", "nothing"])
        assert found.keys() == {"n", "x", "f", "net"}
        assert found["n"] == 3
        assert torch.equal(found["x"], torch.ones(2))
        assert repr(found["f"]).startswith("<function <lambda> at")
        assert (repr(found["net"]), found["net"]._name()) == ("ReLU()", "<ReLU of the submission>")


def test_a_handle_is_used_like_the_object() -> None:
    with honest("class Box:\n size = 3\n def __len__(self): return 7\n def __bool__(self): return False") as candidate:
        box = named(candidate, "Box")()
        assert (box.size, len(box), bool(box)) == (3, 7, False)
        with pytest.raises(AttributeError, match="has no attribute 'colour'"):
            _ = box.colour
        box.size = 4
        assert box.size == 4
        assert copy.deepcopy(box).size == 4
        assert copy.copy(box).size == 4
        assert copy.deepcopy(box) != box != copy.copy(box)
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


PARTS: dict[str, Any] = {
    **{"training": True, "_parameters": {}, "_buffers": {}, "_modules": {}},
    "_non_persistent_buffers_set": set(),
}
LAYER = Reference(8, "Layer", able=("__call__",))


def told_layer(name: Any, content: Any, there: Any = LAYER) -> list[Any]:
    return [there, name, encode(content, lambda each: each)]


@pytest.mark.parametrize(
    "layer",
    [
        *(None, 3, [], [LAYER], [LAYER, "Linear", "text"], [3, "Linear", encode(PARTS)], [LAYER, b"x", encode(PARTS)]),
        *(told_layer("Linear", 3), told_layer("Linear", {}), told_layer("", PARTS | {"_buffers": 3})),
        *(told_layer("Linear", PARTS | {"_parameters": [1]}), told_layer("Linear", PARTS, Reference(0, mine=True))),
        told_layer("", PARTS | {"_modules": {"x": Public("torch.nn.functional", "relu")}}),
    ],
)
def test_a_layer_that_is_none_is_not_taken(layer: Any) -> None:
    with lying(value(1, news={"layers": [layer]})) as liar, pytest.raises(CandidateError):
        liar()


@pytest.mark.parametrize(
    "name", ["Module", "init", "Parameter", "functional", "DataParallel", "__name__", "x", "os.system"]
)
def test_a_layer_is_of_a_class_of_torch_nn_or_the_submissions(name: str) -> None:
    with lying(value(1, news={"layers": [told_layer(name, PARTS)]})) as liar:
        liar()
        (made,) = liar._candidate._objects.held.things() or [None]
        assert made is None or type(made) in (nn.Module, LayerOfTheSubmission)


def test_a_layer_holds_data_alone_and_does_what_its_class_does() -> None:
    lies: dict[Any, Any] = {
        "forward": 1,
        "__class__": 2,
        "_forward_hooks": {1: 2},
        "parameters": 3,
        "a b": 4,
        5: 6,
        "in_features": 3,
    }
    parameters = {"weight": Reference(9, "Liar"), "bias": torch.ones(1)}
    modules = {"0": Reference(9, "Liar")}
    parts = {"_parameters": parameters, "_modules": modules, "_buffers": {"forward": torch.ones(1)}}
    told: dict[Any, Any] = {**PARTS, **parts, **lies}
    handle = told_layer("Linear", told | {"in_features": Reference(9, "Liar")}, Reference(7, "Layer"))
    with lying(value(1, news={"layers": [told_layer("Linear", told), handle]})) as liar:
        liar()
        linear, stand_in = liar._candidate._objects.held.things()
        assert type(linear) is nn.Linear
        assert vars(linear).keys() - vars(nn.Module()).keys() == {"in_features"}
        assert type(stand_in) is LayerOfTheSubmission
        assert vars(stand_in).keys() - vars(nn.Module()).keys() == {"there"}
        for layer in (linear, stand_in):
            assert not any((layer._parameters, layer._modules, layer._buffers, layer._forward_hooks))


def test_layers_are_not_without_end() -> None:
    layers = [told_layer("Identity", PARTS, Reference(10 + number, "Identity")) for number in range(1001)]
    with lying(value(1, news={"layers": layers})) as liar, pytest.raises(CandidateError, match="more than 1000 layers"):
        liar()


class Suit(enum.Enum):
    """As a given cell's."""

    HEARTS = 1


@dataclasses.dataclass
class Point:
    """The same."""

    x: int
    y: Any


@dataclasses.dataclass
class Odd:
    """The same, with an idea of its own of what is equal."""

    x: int

    def __eq__(self, other: object) -> bool:
        return bool(other)


GIVEN = {"Suit": Suit, "Point": Point, "Odd": Odd, "suit": Suit.HEARTS}


@pytest.mark.parametrize(
    ("module", "name", "is_one"),
    [
        ("__main__", "Suit.HEARTS", True),
        *(
            ("__main__", f"Suit.{name}", False)
            for name in ("", "x", "__class__", "_member_map_", "HEARTS.value", "mro")
        ),
        *(("__main__", name, False) for name in ("Suit", "Point.x", "suit.HEARTS", ".HEARTS", "no.HEARTS")),
        ("enum", "Suit.HEARTS", False),
    ],
)
def test_a_member_of_a_given_enumeration_is_one_of_its_members(module: str, name: str, is_one: bool) -> None:
    with lying(value(Reference(3, "Suit", bases=(Public(module, name),)))) as liar:
        liar._candidate._given = GIVEN.get
        told = liar()
        assert (told is Suit.HEARTS) == is_one
        assert is_handle(told) != is_one


def test_an_object_of_a_given_dataclass_equals_what_has_the_same_fields() -> None:
    def told(kind: str, of: str) -> Answer:
        return value(Reference(len(kind + of), kind, bases=(Public("__main__", of),)))

    answers = [told("Point", "Point"), value(1), value(2), value(1), value(3), value(1), told("Point", "Odd")]
    with lying(*answers, told("Further", "Point"), told("Odd", "Odd")) as liar:
        liar._candidate._given = GIVEN.get
        point = liar()
        assert point == Point(1, 2)
        assert point != Point(1, 2)  # it says something else now
        assert point != Point(1, 2)  # it says that it is another object
        assert point != (1, 2)
        assert liar() != Point(1, 2)
        assert liar() != Odd(1)


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


def test_what_no_test_has_any_more_is_not_kept() -> None:
    source = """def count(): yield from range(3)
def take(*things): return 1"""
    with honest(source) as candidate:
        for _ in range(20):
            assert [*named(candidate, "count")()] == [0, 1, 2]
        assert not candidate.ahead
        with pytest.raises(CandidateError, match="lock of the test's cannot cross"):
            named(candidate, "take")(lambda: 1, threading.Lock())
        assert candidate._lending.at(-1) is None


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ("large[3] = 7", lambda large: large[3] == 7),
        ("large.resize_(2)", lambda large: large.shape == (2,)),
        (
            "large.requires_grad_(); (large * 3).sum().backward()",
            lambda large: large.requires_grad and large.grad[0] == 3,
        ),
        ("pass", lambda large: not large.any()),
    ],
)
def test_a_large_argument_that_is_changed_in_place_is_changed_here(
    change: str, changed: Callable[[torch.Tensor], bool]
) -> None:
    with honest(f"def fill(large):\n    {change}\n    return large") as candidate:
        large = torch.zeros(LONG)
        assert named(candidate, "fill")(large) is large
        assert changed(large)


@pytest.mark.parametrize("function", [torch.sin, math.sqrt, nn.ReLU, nn.functional.relu, np.sum, len])
def test_public_functions_cross_by_name(function: Any) -> None:
    with honest("def same(f): return f.__name__") as candidate:
        assert named(candidate, "same")(function) == function.__name__


def test_a_function_of_the_tests_is_called_from_there_and_stays_here() -> None:
    source = """
def call(f, *given): return f(*given)
def again(f): return f
def look(f): return f.__globals__
def caught(f):
    try:
        return f(0)
    except ZeroDivisionError as error:
        return str(error)
"""
    with honest(source) as candidate:
        call = named(candidate, "call")
        assert call(lambda x, y: [x, y], 1, "a") == [1, "a"]
        assert call(lambda x: call(lambda y: y + 1, x) * 10, 1) == 20  # each side waits for the other

        def own(x: Any) -> Any:
            return x

        assert named(candidate, "again")(own) is own
        with pytest.raises(AttributeError, match="__globals__"):
            named(candidate, "look")(own)
        assert named(candidate, "caught")(lambda x: 1 / x) == "division by zero"
        with pytest.raises(CandidateError, match="cannot cross"):
            call(object())


def test_of_a_function_of_the_tests_its_defaults_are_not_told() -> None:
    source = "import inspect\ndef look(f): return f.__doc__, str(inspect.signature(f)), hasattr(f, '__defaults__')"
    with honest(source) as candidate:

        def own(x: int, expected: int = 42) -> None:
            """Check x."""

        assert named(candidate, "look")(own) == ("Check x.", "(x, expected=Ellipsis)", False)


@pytest.mark.parametrize("method", ["__defaults__", "__code__", "__globals__", "__closure__", "__dict__", "__get__"])
def test_what_is_in_a_function_of_the_tests_is_not_asked_for(method: str) -> None:
    with lying(
        lambda asked: [5, "call back", [asked[2][1][0].key, method, (), {}], {"forgotten": []}],
        lambda reply: [1, "value", reply, [], {}],
    ) as handle:
        assert handle(lambda x, expected=42: x)[1:3] == [
            "raised",
            ["Exception", ["the submission's kernel asks for more than to use what it was lent"], None],
        ]


def test_what_goes_wrong_in_a_function_of_the_tests_is_told_to_the_test_alone() -> None:
    told: list[Any] = []

    def failing(x: int) -> None:
        assert x == 2, "the expected value is 2"

    def relay(asked: list[Any]) -> Any:
        return [5, "call back", [asked[2][1][0].key, "", (1,), {}], {"forgotten": []}]

    def listen(reply: list[Any]) -> Any:
        told.append(reply)
        return [1, "error", [["builtins", reply[2][0]]], [], "", None]

    with lying(relay, listen) as handle, pytest.raises(AssertionError, match="the expected value is 2"):
        handle(failing)
    assert told == [[5, "raised", ["AssertionError", ["in a function of the test's"], None], {}]]


def test_what_a_test_had_in_hand_when_something_went_wrong_is_not_told() -> None:
    assert told_of(ValueError("no", 3)) == ["ValueError", ["no", 3]]
    assert told_of(ValueError(np.arange(3))) == ["ValueError", ["in a function of the test's"]]
    with pytest.raises(UnicodeDecodeError) as caught:
        b"the expected value\xff".decode()
    name, arguments = told_of(caught.value)
    assert (name, "expected" in str(arguments)) == ("UnicodeError", False)


@pytest.mark.parametrize(
    "question",
    [
        *(["call back", key, "", (), {}] for key in (-1, -2, 0, 1, True, None, 2**70)),
        *(
            ["call back"],
            ["call back", -1],
            ["call back", -1, "", None, None],
            ["call back", -1, "eval", (), {"no": 1}],
        ),
        *(["go back", 1, torch.ones(1), False, False], ["go back", [], {}, ()], ["go back"]),
    ],
    ids=repr,
)
def test_a_question_that_does_not_fit_gets_no_answer(question: list[Any]) -> None:
    verb, *arguments = question
    news: Any
    for news in ({"forgotten": []}, {}, None, {"forgotten": [7, "x", None]}, {"forgotten": 3}):
        with lying(lambda asked: [9, verb, arguments, news], lambda reply: [1, "value", reply, [], []]) as handle:  # noqa: B023
            number, word, kind, _ = handle()
        assert (number, word) == (9, "raised")
        assert issubclass(getattr(builtins, kind[0]), Exception)


def test_a_text_is_a_text() -> None:
    with lying(value("mine"), value(7)) as handle:
        assert [str(handle), str(handle)] == ["mine", "<Liar of the submission>"]


def test_calls_back_end_with_the_time() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        candidate, liar = Client(Channel(ours)), Channel(theirs)

        def pester() -> None:
            with contextlib.suppress(ChannelClosedError):
                (function,) = decode(liar.receive())[2][1]
                while True:
                    liar.send(encode([1, "call back", [function.key, "", (1,), {}], {"forgotten": []}]))
                    liar.receive()

        thread = threading.Thread(target=pester)
        thread.start()
        candidate.deadline = deadline_in(0.3)
        with pytest.raises(CandidateError, match="did not answer in time"):
            liar_there: Any = class_of_handles(["__call__"])(candidate, 0, "Liar")
            liar_there(lambda x: x)
        ours.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        *(("torch", "Tensor"), ("torch.nn.parameter", "Parameter"), ("torch", "Size"), ("numpy", "ndarray")),
        *(("numpy", "float64"), ("numpy.ma.core", "MaskedArray"), ("builtins", "int"), ("os", "PathLike")),
        *(("seminar.examiner.handle", "Handle"), ("torch.nn", "functional.relu"), ("torch", "os"), ("", "")),
    ],
)
def test_what_crosses_by_value_is_not_to_be_claimed(module: str, name: str) -> None:
    with lying(value(Reference(3, "Liar", bases=(Public(module, name),)))) as handle:
        claimed = handle()
    assert issubclass(claimed.__class__, Handle)
    assert is_handle(claimed)
    assert not isinstance(claimed, (torch.Tensor, np.ndarray, np.generic, int, tuple))


def test_types_of_libraries_are_told() -> None:
    source = """
from torch import nn
class Net(nn.Module):
    "A net."
net, layers = Net(), nn.Sequential(nn.Linear(2, 1), nn.ReLU())
def f(x, *rest, n=3, **more):
    "Does it."
"""
    with honest(source) as candidate:
        found = candidate.look_up(["Net", "net", "layers", "f"])
        assert isinstance(found["net"], nn.Module)
        assert not isinstance(found["net"], nn.Sequential)
        assert [isinstance(each, nn.Linear) for each in found["layers"]] == [True, False]
        assert issubclass(found["Net"], nn.Module)
        assert not issubclass(found["Net"], nn.Linear)
        assert not isinstance(found["f"], nn.Module)
        assert isinstance(found["f"], types.FunctionType)
        assert isinstance(found["net"], found["Net"])
        assert not isinstance(found["layers"], found["Net"])
        assert not isinstance(3, found["Net"])
        assert issubclass(found["Net"], found["Net"])
        with pytest.raises(TypeError, match="cannot derive from"):
            exec("class Mine(Net): pass", dict(found))
        assert (found["f"].__name__, found["f"].__doc__) == ("f", "Does it.")
        assert str(inspect.signature(found["f"])) == "(x, *rest, n=3, **more)"
        assert "Linear" in str(found["layers"])


def test_an_argument_stays_dense_or_sparse_whatever_it_is_said_to_have_become() -> None:
    dense, sparse = torch.ones(2, 2), torch.eye(2).to_sparse()
    told = [[0, encode(torch.zeros(2, 2).to_sparse())], [1, encode(torch.zeros(2, 2))]]
    with lying(value(None, changed=told), value(None, changed=[[1, encode(2 * sparse)]])) as handle:
        handle(dense, sparse)
        assert torch.equal(dense, torch.ones(2, 2))
        assert torch.equal(sparse.to_dense(), torch.eye(2))
        handle(dense, sparse)
        assert torch.equal(sparse.to_dense(), 2 * torch.eye(2))


def test_what_lies_inside_of_an_argument_is_changed_here_too() -> None:
    source = """
import torch
def step(weights, more):
    with torch.no_grad():
        for weight in weights:
            weight -= weight.grad
    more["list"].append(weights[0])
    more["new"] = [more["list"]]
    weights[1] = weights[1] + 100
    return more["list"]
"""
    with honest(source) as candidate:
        one, two = torch.ones(2, requires_grad=True), torch.nn.Parameter(torch.zeros(1))
        (one.sum() * 3 + two.sum()).backward()
        weights, inner = [one, two], [0]
        more: dict[str, Any] = {"list": inner}
        returned = named(candidate, "step")(weights, more)
        assert one.tolist() == [-2, -2]
        assert two.tolist() == [-1]  # the new one took its place in the list, and left it alone
        assert weights[0] is one
        assert weights[1].tolist() == [99]
        assert returned is inner
        assert inner[1] is one
        assert more["new"][0] is inner


def test_iterators_of_the_tests_are_taken_over() -> None:
    with honest("total = sum\ndef both(x): return [next(x), list(x)]") as candidate:
        total, both = named(candidate, "total"), named(candidate, "both")
        assert total(n * n for n in range(4)) == 14
        assert total({"a": 1, "b": 2}.values()) == 3
        assert both(zip("ab", (1, 2), strict=True)) == [("a", 1), [("b", 2)]]
        assert len(both(itertools.count())[1]) == 9_999


def test_generators_of_random_numbers_go_on_where_they_were() -> None:
    source = "import torch\ndef draw(g, n): return torch.rand(n, generator=g)\ndef sample(g, n): return g.random(n)"
    with honest(source) as candidate:
        ours, theirs = (torch.Generator().manual_seed(3) for _ in range(2))
        for count in (2, 3):
            got = named(candidate, "draw")(theirs, count)
            assert torch.equal(got, torch.rand(count, generator=ours))
        one, other = np.random.default_rng(3), np.random.default_rng(3)
        for count in (2, 3):
            assert np.array_equal(named(candidate, "sample")(one, count), other.random(count))


def test_an_exception_in_the_middle_leaves_both_sides_in_step() -> None:
    with honest("def call(f, x): return f(x)\ndef f(x): return 2 * x") as candidate:
        call, double = named(candidate, "call"), named(candidate, "f")

        def nested(x: Any) -> Any:
            assert double(x) == 6
            raise KeyError("mine")

        for _ in range(3):
            with pytest.raises(KeyError, match="mine"):
                call(nested, 3)
            assert double(4) == 8


def test_a_handle_goes_back_as_the_object() -> None:
    with honest("class Box: pass\nbox = Box()\ndef is_box(it): return it is box") as candidate:
        assert named(candidate, "is_box")(named(candidate, "box")) is True


@pytest.mark.parametrize(
    ("raised", "kind", "told"),
    [
        ("ValueError('bad', 3)", ValueError, "bad"),
        ("KeyError('k')", KeyError, "k"),
        ("StopIteration(1)", CandidateError, "StopIteration"),
        ("SystemExit(0)", CandidateError, "SystemExit"),
        ("KeyboardInterrupt()", CandidateError, "KeyboardInterrupt"),
        ("unittest.SkipTest('later')", CandidateError, "later"),
        ("Exception('x')", CandidateError, "x"),
        ("open('nowhere')", FileNotFoundError, r"\[Errno 2\] No such file or directory: 'nowhere'"),
        ("statistics.StatisticsError('none')", statistics.StatisticsError, "none"),
        ("pd.errors.EmptyDataError('none')", pd.errors.EmptyDataError, "none"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'why')", UnicodeDecodeError, "why"),
    ],
)
def test_an_exception_comes_as_the_closest_builtin_one(raised: str, kind: type[Exception], told: str) -> None:
    with honest(f"import statistics, unittest\nimport pandas as pd\ndef f(): raise {raised}") as candidate:
        with pytest.raises(kind, match=told) as caught:
            named(candidate, "f")()
        assert type(caught.value) is kind
        assert "in f" in stories(caught.value)[0]
        assert not hasattr(caught.value, "__notes__")


OWN = """
__name__ = "__main__"  # as in a notebook
class ModelError(Exception):
    "What is wrong with a model."
class ShapeError(ModelError, ValueError):
    limit = 3
    def __init__(self, shape):
        super().__init__(f"bad shape {shape}")
        self.shape = shape
Alias = AssertionError
class Sly(AssertionError): pass
def f(shape): raise ShapeError(shape)
def g(): raise ModelError("no")
def sly(): raise Sly("mine")
def caught(error): return type(error).__name__, error.shape
"""


def test_an_exception_of_the_submissions_own_is_caught_by_its_name() -> None:
    with honest(OWN) as candidate:
        f, g, caught, shape_error = (named(candidate, name) for name in ("f", "g", "caught", "ShapeError"))
        model_error = named(candidate, "ModelError")
        with pytest.raises(shape_error, match=r"bad shape \(2, 3\)") as error:
            f((2, 3))
        assert {model_error, ValueError} < {*type(error.value).__mro__}
        assert (error.value.shape, caught(error.value)) == ((2, 3), ("ShapeError", (2, 3)))
        assert error.type.__name__ == "ShapeError"
        assert (shape_error.limit, shape_error((1,)).shape) == (3, (1,))
        assert isinstance(shape_error((1,)), shape_error)
        assert not isinstance(3, shape_error)
        assert issubclass(shape_error, model_error)
        with pytest.raises(model_error) as error:
            g()
        assert not isinstance(error.value, shape_error)
        with pytest.raises(AttributeError):
            error.value.shape  # noqa: B018
        assert named(candidate, "ShapeError") is shape_error


def test_exceptions_that_a_test_makes_are_there_and_stay_what_they_are() -> None:
    with honest(OWN) as candidate:
        made, caught = named(candidate, "ShapeError")((1, 2)), named(candidate, "caught")
        with pytest.raises(ValueError, match=r"bad shape \(1, 2\)") as error:
            raise made
        assert caught(error.value) == ("ShapeError", (1, 2))
        again = candidate._resolve(Arguments(()), Reference(made._there._key, "ShapeError", bases=(EXCEPTION,)))
        assert again is made


def test_what_a_shell_or_a_loop_lets_pass_comes_as_itself_where_the_test_names_it() -> None:
    source = (
        "import sys\ndef leave(): sys.exit(3)\ndef end(): raise StopIteration\nclass Sly:\n def __len__(self): leave()"
    )
    with honest(source) as candidate:
        leave, sly, end = named(candidate, "leave"), named(candidate, "Sly")(), named(candidate, "end")
        with pytest.raises(CandidateError, match=r"SystemExit: \[3\]"):
            leave()
        candidate.begin(candidate.deadline, "with pytest.raises(SystemExit): ...  # StopIteration")
        with pytest.raises(SystemExit) as caught:
            leave()
        assert caught.value.code == 3
        with pytest.raises(CandidateError):
            len(sly)
        with pytest.raises(CandidateError, match="StopIteration"):
            end()
        candidate.begin(candidate.deadline, "leave()")
        with pytest.raises(CandidateError):
            leave()


@pytest.mark.parametrize(
    "told",
    [
        *(None, [], [[], [], []], [3, 4, 5], [[["__main__", "E"]], 3, [["E", [], "ValueError", 1]]]),
        [[["unittest.case", "SkipTest"]], ["later"], []],
        [[["json.decoder", "NoSuchError"], ["json.decoder", "JSONDecoder"], ["builtins", "exit"]], ["x"], []],
        [[["numpy.testing", "SkipTest"], ["unittest.mock", "InvalidSpecError"]], ["x"], []],
        [[["builtins", "UnicodeDecodeError"]], ["few"], []],
    ],
    ids=repr,
)
def test_lies_about_an_exception_make_one_of_no_known_type(told: Any) -> None:
    lie = value(Reference(1, "E", bases=(EXCEPTION,)))
    with lying(lie, value(told)) as handle:
        assert type(handle()) is CandidateError


@pytest.mark.parametrize(
    "parts", [["exit", []], ["SystemExit", [0]], ["ValueError", 3], [3, []], ["OSError"], ["open", ["/"]]]
)
def test_no_exception_is_made_of_anything_else(parts: Any) -> None:
    number = next(number for number, kind in enumerate(standard._KINDS) if kind.types == (Exception,))
    made = msgpack.ExtType(codes.STANDARD, msgpack.packb([number, parts]))
    with pytest.raises(WireError):
        decode(msgpack.packb(made))


def test_no_type_of_the_submissions_catches_what_a_test_raises() -> None:
    with honest(OWN) as candidate:
        alias, sly = named(candidate, "Alias"), named(candidate, "Sly")
        with pytest.raises(TypeError, match="do not inherit from BaseException"):
            try:
                raise AssertionError("the test's")
            except alias:
                pass
        with pytest.raises(AssertionError, match="the test's"):
            try:
                raise AssertionError("the test's")
            except sly:
                pass
        with pytest.raises(sly, match="mine"):
            named(candidate, "sly")()


def test_types_of_exceptions_have_an_end() -> None:
    def error(*lineage: Any) -> Answer:
        return lambda asked: [
            asked[0],
            "error",
            [["__main__", "L"], ["builtins", "ValueError"]],
            [1],
            "",
            [[*lineage], 3],
        ]

    many = [[f"E{number}", [f"E{other}" for other in range(number)], "Exception"] for number in range(50, 0, -1)]
    lies = [error([f"L{number}", [f"E{number}", 3], "AssertionError"], *many) for number in range(20)]
    with lying(*lies, error(["no name", [], "ValueError"])) as handle:
        for _ in lies:
            with pytest.raises((CandidateError, AssertionError)):
                handle()
        with pytest.raises(ValueError, match="1") as caught:
            handle()
        assert type(caught.value) is ValueError
        assert len(object.__getattribute__(handle, "_candidate")._raised._own) <= 100


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
        candidate = Client(Channel(ours))
        with pytest.raises(CandidateError, match="kernel is dead"):
            candidate.ask("ping")
        assert candidate.dead


CODE_OF_A_LIAR = {name: [] if kind is tuple else kind() for name, kind in CODE.items()}


def _code_of(handle: Any) -> Any:
    """A function's code, as a test asks for it."""
    return eval("handle.__code__", {"handle": handle, "__name__": "__main__"})


LIES: dict[str, tuple[Callable[[Any], Any], Answer | bytes]] = {
    "rubbish": (lambda handle: handle(), b"\xff\x00rubbish"),
    "no list": (lambda handle: handle(), lambda asked: 7),
    "nothing": (lambda handle: handle(), lambda asked: []),
    "no value": (lambda handle: handle(), lambda asked: [asked[0], "shrug", 1]),
    "two values": (lambda handle: handle.x, lambda asked: [asked[0], "value", 1, 2]),
    "a function that was not lent": (lambda handle: handle(), value(Reference(-1, "x", mine=True))),
    "a question of no kind": (lambda handle: handle(), lambda asked: [1, "names", [["secret"]], {"forgotten": []}]),
    "parameters that are none": (inspect.signature, value([[["not a name", 1, [], []]], []])),
    "an annotation that is a text": (inspect.signature, value([[["x", 1, [], ["print()"]]], []])),
    "a text for what is returned": (inspect.signature, value([[], ["print()"]])),
    "annotations that are texts": (lambda handle: handle.__annotations__, value({"x": "print()"})),
    "annotations of texts": (lambda handle: handle.__annotations__, value({"x": ["print()"]})),
    "annotations of no names": (lambda handle: handle.__annotations__, value({1: None})),
    "annotations that are no dict": (lambda handle: handle.__annotations__, value([])),
    "a type that the test has not": (lambda handle: handle(), value(Public("builtins", "type"))),
    "a type that catches what the test raises": (lambda handle: handle(), value(Public("builtins", "Exception"))),
    "a function in place of a type": (lambda handle: handle(), value(Public("torch", "relu"))),
    "a name that is an object": (lambda handle: handle.__name__, value(Reference(1, "str"))),
    "names of attributes that are none": (dir, value([1])),
    "bases that are no types": (lambda handle: types_above(handle, "__bases__"), value([[None, 3]])),
    "bases that are no list": (lambda handle: types_above(handle, "__bases__"), value(3)),
    "code that is none": (_code_of, value({})),
    "code with names that are code": (_code_of, value(CODE_OF_A_LIAR | {"co_varnames": ["x, y=print()"]})),
    "an object of the test's": (lambda handle: handle(), value(Reference(9, "x", mine=True))),
    "a name to import": (lambda handle: handle(), value(Public("os", "system"))),
    "a length that is no number": (len, value(2.5)),
    "a length that is a handle": (len, value(Reference(1, "int"))),
    "a negative length": (len, value(-1)),
    "a length beyond all memory": (len, value(2**70)),
    "an error of no kind": (lambda handle: handle(), lambda asked: [asked[0], "error", 1, 2, 3, 4]),
    "an error that is a class of ours": (
        lambda handle: handle(),
        lambda asked: [asked[0], "error", [["builtins", "Exam"], ["seminar.errors", "RoomError"]], [], "", None],
    ),
    "an error that ends the process": (
        lambda handle: handle(),
        lambda asked: [asked[0], "error", [["builtins", "SystemExit"]], [0], "", None],
    ),
    "an error with arguments that do not fit": (
        lambda handle: handle(),
        lambda asked: [asked[0], "error", [["builtins", "UnicodeDecodeError"]], ["few"], "", None],
    ),
    "an error without a story": (lambda handle: handle(), lambda asked: [asked[0], "error"]),
    "names nobody asked for": (
        lambda handle: object.__getattribute__(handle, "_candidate").look_up(["a"]),
        value({"check": 1}),
    ),
    "names that are no dict": (lambda handle: object.__getattribute__(handle, "_candidate").look_up(["a"]), value([])),
    "items that are no list": (next, value("abc")),
    "parameters that are no list": (inspect.signature, value(5)),
    "arguments of an error that are no list": (
        lambda handle: handle(),
        lambda asked: [asked[0], "error", [["seminar", "MyError"]], 5, "", None],
    ),
    "news that are none": (lambda handle: handle(), value(1, news={"forgotten": 5})),
    "a number that is an array": (lambda handle: handle(), lambda asked: [np.zeros(2), "value", 1, [], {}]),
    "a word that is an array": (lambda handle: handle(), lambda asked: [asked[0], np.zeros(2), 1, [], {}]),
    "a part that is not there": (lambda handle: handle.x, value(Part(3, None))),
    "a part that is an argument": (
        lambda handle: handle([1]),
        lambda asked: [asked[0], "value", Part(3, encode(Reference(0, mine=True), lambda each: each)), [], {}],
    ),
    "a part that is a number": (lambda handle: handle.x, value(Part(3, encode(4)))),
    "a part that is a text": (lambda handle: handle.x, value(Part(3, encode("text")))),
    "a part with a gradient": (lambda handle: handle.x, value(Part(3, encode(torch.ones(1, requires_grad=True))))),
    "parts without end": (lambda handle: handle.x, value([Part(each, encode([])) for each in range(200)])),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_an_error_of_the_candidates(lie: str) -> None:
    use, answer = LIES[lie]
    with lying(answer, value(None)) as handle, pytest.raises((CandidateError, ValueError, OverflowError)):
        object.__getattribute__(handle, "_candidate").deadline = deadline_in(0.2)
        use(handle)


def test_what_no_test_looks_into_is_not_shown() -> None:
    with honest("def f(): pass\nclass A: pass") as candidate:
        assert not hasattr(named(candidate, "f"), "__code__")  # this module is no test's, nor one that may
        assert not hasattr(named(candidate, "A"), "__mro__")
        assert _code_of(named(candidate, "f")).co_name == "f"


def test_a_text_in_an_annotation_is_resolved_there() -> None:
    source = """from typing import ForwardRef, Literal
def f(x: "list[int]", y: "print(", z: Literal["print()"], u: list["int"]): pass"""
    with honest(source) as candidate:
        found = named(candidate, "f").__annotations__
        assert [*found] == ["x", "y", "z", "u"]
        assert not any(isinstance(each, str) for each in found.values())
        assert all(map(is_handle, [found["y"], found["z"]]))


def test_types_are_themselves_and_data_are_not_claimed() -> None:
    source = """import torch
kinds = [int, KeyError, torch.nn.Linear, torch.Tensor, list[int], int | None]
class Odd(list): pass
class Sparse: pass
sparse = Sparse()"""
    with honest(source) as candidate:
        assert named(candidate, "kinds") == [int, KeyError, nn.Linear, torch.Tensor, list[int], int | None]
        assert types_above(named(candidate, "Odd"), "__bases__") == (list,)
        assert type_of(named(candidate, "sparse")) is named(candidate, "Sparse")
    with lying(value([None, Public("torch", "Tensor")])) as handle:
        assert type_of(handle) is not torch.Tensor
    with lying(value([[None, Public("builtins", "ValueError")]])) as handle:
        assert types_above(handle, "__bases__") == ()


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
    monkeypatch.setattr("seminar.examiner.abilities.ITEMS", 200)
    endless: list[Answer] = [lambda asked: value([0] * asked[2][1])(asked)] * 20
    with lying(value(Reference(1, "iterator")), *endless) as handle, pytest.raises(CandidateError, match="no end"):
        for _ in handle:
            pass


def test_a_truth_is_true_or_false() -> None:
    with lying(value("yes"), value(1), value(True)) as handle:
        assert [bool(handle) for _ in range(3)] == [False, False, True]


def test_changes_that_do_not_fit_change_nothing() -> None:
    numbers, tensor, array = [1, 2], torch.ones(2), np.ones(2)  # at places 0, 1 and 2
    lies: list[Any] = [
        *([place, encode(content)] for place, content in ((0, {"no": "list"}), (1, "text"), (2, np.ones(3)))),
        *("x", [None, b""], [0, [0]], [0, encode([0]), 2], [True, encode([0])]),
    ]
    contents = {0: torch.zeros(2), -1: torch.zeros(2), 7: "text", "x": 0}
    news: list[Any] = [
        *({"leaves": contents}, {"written": contents}, {"dropped": [0, -1, None, "x"]}),
        *({"leaves": [[0, torch.zeros(2)]]}, {"written": "x"}, [[0, encode(torch.zeros(2))]], "x"),
    ]
    answers = [*(value(0, [lie]) for lie in lies), value(0, "x", "x"), *(value(0, [], each) for each in news)]
    with lying(*answers) as handle:
        for _ in answers:
            assert handle(numbers, tensor, array) == 0
    for place in (7, -1):
        with lying(value(0, [[place, encode([0])]])) as handle, pytest.raises(CandidateError, match="was not given"):
            handle(numbers, tensor, array)
    assert (numbers, tensor.tolist(), array.tolist()) == ([1, 2], [1, 1], [1, 1])


def test_answers_that_nobody_asked_for_are_passed_over_and_then_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seminar.examiner.client.STALE", 3)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        candidate, liar = Client(Channel(ours)), Channel(theirs)
        candidate.deadline = time.monotonic() + 60
        for number in (7, True, 1):
            liar.send(encode([number, "value", "mine", [], []]))
        assert candidate.ask("ping") == "mine"
        for _ in range(4):
            liar.send(encode([99, "value", "mine", [], []]))
        with pytest.raises(CandidateError, match="nobody asked for"):
            candidate.ask("ping")


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


@settings(max_examples=20)
@given(st.sampled_from(["value", "error"]) | plain, st.lists(plain, max_size=4))
def test_whatever_is_answered_the_test_goes_on(word: Any, rest: list[Any]) -> None:
    for use in (lambda handle: handle([1]), len, bool, lambda handle: handle.x, lambda handle: handle[0], list, next):
        with lying(lambda asked: [asked[0], word, *rest]) as handle:
            object.__getattribute__(handle, "_candidate").deadline = time.monotonic() + 0.02
            with contextlib.suppress(Exception):  # an Exception fails one test, and ends nothing
                use(handle)


NUMBERS = """
class Number:
    def __init__(self, value): self.value = value
    def __add__(self, other): return Number(self.value + getattr(other, "value", other))
    __radd__ = __add__
    def __sub__(self, other): return 0.0
    __rsub__ = __rmul__ = __sub__
    def __lt__(self, other): return True
    __gt__ = __le__ = __ge__ = __lt__
    def __neg__(self): return Number(-self.value)
    def __eq__(self, other): return True
    def __abs__(self): return 0.0
    __float__ = __abs__
    def __index__(self): return 0
    __int__ = __index__
"""


def test_what_it_is_as_a_number_is_a_number() -> None:
    with honest(NUMBERS + "class Odd:\n __int__ = __float__ = lambda self: Number(1)") as candidate:
        theirs, odd = named(candidate, "Number")(1), named(candidate, "Odd")()
        assert (abs(theirs), float(theirs), int(theirs)) == (0.0, 0.0, 0)
        for convert in (int, float, round, abs):
            with pytest.raises(TypeError):
                convert(odd)


def test_a_context_manager_of_the_submissions_holds_no_error_back() -> None:
    source = """class All:
    def __enter__(self): return 3
    def __exit__(self, kind, error, story):
        self.seen = str(error)
        return True"""
    with honest(source) as candidate:
        manager = named(candidate, "All")()
        with pytest.raises(AssertionError, match="look again"), manager as inside:
            assert inside == 4, "look again"
        assert manager.seen.startswith("look again")


def test_whether_all_is_right_is_not_asked_of_an_object_of_the_submissions() -> None:
    source = """class Kind:
    allclose = isclose = equal = equals = lambda self, *others: True
    def __len__(self): return 3
    def __iter__(self): return iter(())"""
    with honest(source) as candidate:
        kind = named(candidate, "Kind")()
        for name in ("allclose", "isclose", "equal", "equals"):
            with pytest.raises(TypeError, match="compare what the object holds"):
                getattr(kind, name)([1])
        with pytest.raises(CandidateError, match="fewer items than it says"):
            [*zip(kind, [1, 2, 3], strict=False)]


def test_two_objects_of_the_submissions_are_put_together_there() -> None:
    with honest(NUMBERS) as candidate:
        number = named(candidate, "Number")
        assert (number(2) + number(3)).value == 5
        assert (-number(2)).value == -2
        assert number(2) < number(1)
        with pytest.raises(TypeError):
            number(2) * number(3)


@pytest.mark.parametrize("other", [1, 1.5, True, "x", np.float64(2), np.ones(2), torch.ones(2), None, [1]], ids=repr)
def test_what_would_decide_points_is_not_asked_for(other: Any) -> None:
    with honest(NUMBERS) as candidate:
        theirs = named(candidate, "Number")(1)
        for operation in (
            *(lambda: theirs + other, lambda: other + theirs, lambda: theirs - other, lambda: other - theirs),
            *(lambda: theirs < other, lambda: other < theirs, lambda: theirs >= other, lambda: theirs @ other),
            *(lambda: divmod(theirs, theirs), lambda: range(theirs), lambda: [0, 1][theirs]),
        ):
            with pytest.raises((TypeError, ValueError, RuntimeError)):
                operation()
        assert (theirs == other) is False or not np.any(np.asarray(theirs == other))
        assert not np.any(np.asarray(other == theirs, dtype=bool))
