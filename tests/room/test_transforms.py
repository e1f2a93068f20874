"""Functions that are called elsewhere give under `torch.func` what they give as functions of this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.autograd import forward_ad
from torch.func import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, vjp, vmap

from seminar.room.transforms import called, is_under_way

F = Callable[..., Any]
X, Y = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([1.5, 0.25, -0.5])


def remote(f: F) -> F:
    """A function as the room has one of a test's: what crosses is plain."""

    def there(*values: Any) -> Any:
        assert not is_under_way(values)
        return f(*values)

    return lambda *values: called(there, values) if is_under_way(values) else there(*values)


def scalar(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x**3 * torch.sin(y)).sum()


def elementwise(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return x * torch.exp(y) + x**2


def several(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x * y, (x**2).sum()


def constant(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.ones(())


def power(x: torch.Tensor, n: int) -> torch.Tensor:
    return (x**n).sum()


TRANSFORMS: dict[str, tuple[F, Callable[[F], Any]]] = {
    "grad": (scalar, lambda f: grad(f, argnums=(0, 1))(X, Y)),
    "grad of a constant": (constant, lambda f: grad(f)(X, Y)),
    "grad twice": (scalar, lambda f: grad(lambda x: grad(f)(x, Y).sum())(X)),
    "grad and value": (scalar, lambda f: grad_and_value(f)(X, Y)),
    "beside a number": (power, lambda f: grad(lambda x: f(x, 3))(X)),
    "vmap": (elementwise, lambda f: vmap(f)(X, Y)),
    "vmap over one": (elementwise, lambda f: vmap(f, in_dims=(0, None))(X, Y)),
    "vmap of several": (several, lambda f: vmap(f)(X, Y)),
    "vmap of grad": (scalar, lambda f: vmap(grad(f))(X, Y)),
    "grad of vmap": (elementwise, lambda f: grad(lambda x: vmap(f)(x, Y).sum())(X)),
    "jacrev": (elementwise, lambda f: jacrev(f, argnums=1)(X, Y)),
    "jacfwd": (elementwise, lambda f: jacfwd(f)(X, Y)),
    "hessian": (scalar, lambda f: hessian(f)(X, Y)),
    "jvp": (elementwise, lambda f: jvp(f, (X, Y), (Y, X))),
    "jvp of several": (several, lambda f: jvp(f, (X, Y), (Y, X))),
    "vjp": (several, lambda f: vjp(f, X, Y)[1]((Y, torch.ones(())))),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_transform_gives_what_it_gives_of_the_function_itself(name: str) -> None:
    f, transform = TRANSFORMS[name]
    torch.testing.assert_close(transform(remote(f)), transform(f))


def test_forward_mode_goes_through() -> None:
    def tangent(f: F) -> Any:
        with forward_ad.dual_level():
            return forward_ad.unpack_dual(f(forward_ad.make_dual(X, Y), Y)).tangent

    torch.testing.assert_close(tangent(remote(elementwise)), tangent(elementwise))


def test_plain_tensors_are_under_no_transform() -> None:
    assert not is_under_way((X, X.clone().requires_grad_(), 3, "text"))
