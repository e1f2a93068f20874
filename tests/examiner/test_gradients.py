"""Derivatives through a submission's code, and through a test's."""

from __future__ import annotations

import gc

import pytest
import torch

from seminar.examiner.handle import CandidateError
from seminar.wire.references import Reference
from tests.examiner.candidates import honest, lying, named, served, value

POWERS = """
import torch
weight = torch.tensor(2.0, requires_grad=True)
def cube(x): return x ** 3
def scaled(x): return weight * x
def both(x, y): return [x * y, {"sum": x + y}]
def slope(f, x):
    x = torch.tensor(x, requires_grad=True)
    (found,) = torch.autograd.grad(f(x), x, create_graph=True)
    return found
def descend(f, x):
    x = x.detach().clone().requires_grad_()
    for _ in range(3):
        f(x).backward()
        with torch.no_grad(): x -= 0.1 * x.grad
        x.grad = None
    return x.detach()
def spoilt(x):
    y = x.exp()
    z = y * y
    with torch.no_grad(): y.zero_()
    return z
"""


def test_a_test_goes_back_through_the_submissions_code() -> None:
    with honest(POWERS) as candidate:
        cube = named(candidate, "cube")
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        inner = 2 * x  # computed here, before and after
        (3 * cube(inner)).sum().backward()
        assert x.grad is not None
        assert torch.equal(x.grad, 3 * 24 * x.detach() ** 2)
        assert not cube(torch.ones(2)).requires_grad


def test_derivatives_of_derivatives() -> None:
    with honest(POWERS) as candidate:
        x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
        y = named(candidate, "cube")(x)
        for expected in (12, 12, 6, 0):
            assert x.requires_grad
            if not y.requires_grad:
                assert expected == 0
                break
            (y,) = torch.autograd.grad(y, x, create_graph=True)
            assert y == expected
        assert torch.autograd.gradcheck(named(candidate, "cube"), (x,))


def test_the_submissions_own_leaves_get_their_gradients_there() -> None:
    with honest(POWERS) as candidate:
        x = torch.tensor(5.0, requires_grad=True)
        result = named(candidate, "scaled")(x)
        result.backward(retain_graph=True)
        result.backward()
        assert x.grad is not None
        assert [x.grad.item(), named(candidate, "weight").grad.item()] == [4, 10]


def test_each_part_of_a_result_has_its_own_way_back() -> None:
    with honest(POWERS) as candidate:
        x, y = torch.tensor(3.0, requires_grad=True), torch.tensor(4.0, requires_grad=True)
        product, sums = named(candidate, "both")(x, y)
        for result, slopes in ((product, [4, 3]), (sums["sum"], [1, 1])):
            assert [each.item() for each in torch.autograd.grad(result, (x, y))] == slopes


def test_the_submission_goes_back_through_a_function_of_the_tests() -> None:
    with honest(POWERS) as candidate:
        slope = named(candidate, "slope")
        assert slope(lambda x: 10 * x - 1, 4.0) == 10
        assert slope(torch.sin, 0.0) == 1
        assert slope(lambda x: slope_at(x), 2.0) == 12
        second = slope(lambda x: named(candidate, "cube")(x), 2.0)  # there and here and there
        assert second == 12
        bowl = torch.tensor([1.0, 2.0])
        walked = named(candidate, "descend")(lambda x: ((x - bowl) ** 2).sum(), torch.zeros(2))
        assert torch.allclose(walked, bowl * (1 - 0.8**3))


def slope_at(x: torch.Tensor) -> torch.Tensor:
    """A cube of the test's."""
    return x**3


def test_a_graph_is_used_up_as_in_one_process() -> None:
    with honest(POWERS) as candidate:
        x = torch.tensor(2.0, requires_grad=True)
        y = named(candidate, "cube")(x)
        y.backward(retain_graph=True)
        y.backward()
        assert x.grad == 24
        with pytest.raises(RuntimeError, match="second time"):
            y.backward()


def test_an_error_on_the_way_back_is_told() -> None:
    with honest(POWERS) as candidate:
        x = torch.tensor(1.0, requires_grad=True)
        with pytest.raises(RuntimeError, match="inplace operation"):
            named(candidate, "spoilt")(x).backward()
        assert named(candidate, "cube")(2) == 8


def test_what_no_test_goes_back_from_is_forgotten() -> None:
    with served(POWERS) as (candidate, service):
        cube, x = named(candidate, "cube"), torch.ones(3, requires_grad=True)
        results = [cube(x) for _ in range(5)]
        assert len(service._computed._known) == 5
        del results
        gc.collect()
        cube(1)
        assert service._computed._known == {}


@pytest.mark.parametrize("lie", [[], [torch.ones(3)], ["x"], "x", [torch.ones(2), None], [Reference(0)], {}])
def test_gradients_that_do_not_fit_are_refused(lie: object) -> None:
    """A tensor with a number, as `cube` gives one, and lies when it is asked to go back from it."""
    with honest(POWERS) as candidate:
        x = torch.ones(2, requires_grad=True)
        y = named(candidate, "cube")(x)
        with lying(value(lie)) as liar:
            candidate._channel = object.__getattribute__(liar, "_candidate")._channel
            candidate._number = 0
            with pytest.raises(CandidateError, match="do not fit"):
                y.backward(torch.ones(2))
    assert x.grad is None


@pytest.mark.parametrize("lie", [[], [torch.ones(2)], [torch.ones(2), torch.ones(3)], [torch.ones(2), "x"]])
def test_gradients_of_leaves_that_do_not_fit_are_refused(lie: object) -> None:
    with honest(POWERS) as candidate:
        x = torch.ones(2, requires_grad=True)
        y, weight = named(candidate, "scaled")(x), named(candidate, "weight")
        with lying(value(lie)) as liar:
            candidate._channel = object.__getattribute__(liar, "_candidate")._channel
            candidate._number = 0
            with candidate.gathering([weight]), pytest.raises(CandidateError, match="do not fit"):
                torch.autograd.grad(y.sum(), x)


BACK = """
import torch
kept = []
def back(loss): loss.backward()
def back_and_give(x):
    y = x ** 2
    y.sum().backward(retain_graph=True)
    return y
def doubled(x):
    x *= 2
    return x + 0
def keep(x): kept.append(x * 3)
def give(): return kept[0]
"""


def test_the_submission_goes_back_from_what_a_test_has_computed() -> None:
    with honest(BACK) as candidate:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        named(candidate, "back")((x**3).sum())
        assert x.grad is not None
        assert x.grad.tolist() == [3, 12]
        x.grad.zero_()
        y = named(candidate, "back_and_give")(x * 1)
        assert x.grad.tolist() == [2, 4]  # as in a notebook, at once
        before = x.grad.clone()
        assert torch.autograd.grad(y.sum(), x)[0].tolist() == [2, 4]
        assert torch.equal(x.grad, before)


def test_what_a_test_has_computed_is_no_leaf_there() -> None:
    with honest(BACK) as candidate:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = named(candidate, "doubled")(x * 1)
        y.sum().backward()
        assert x.grad is not None
        assert x.grad.tolist() == [2, 2]
        with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
            named(candidate, "doubled")(x)


def test_a_way_back_leads_through_two_requests() -> None:
    with served(BACK) as (candidate, service):
        x = torch.tensor(2.0, requires_grad=True)
        named(candidate, "keep")(x**2)
        (named(candidate, "give")() * 5).backward()
        assert x.grad is not None
        assert x.grad.item() == 60
        candidate.ask("ping")
        assert candidate._computed._known != {}  # the submission still has it
        service._names["kept"].clear()
        gc.collect()
        named(candidate, "back")(torch.ones(1, requires_grad=True).sum())
        candidate.ask("ping")
        candidate.ask("ping")
        assert candidate._computed._known == {}
