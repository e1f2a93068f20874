"""Layers of the submission's that it has put into a test's network: made anew here of data, or stand-ins.

Both sides have such a layer, as they have a test's (see `seminar.wire.shared`); its weights are leaves of the
submission's. One of a class of PyTorch's is one here. What another one computes is computed there.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from seminar.examiner.handle import Handle
from seminar.examiner.lending import is_data, take_back
from seminar.wire.channel import WireError
from seminar.wire.objects import PARTS

MOST = 1000  # that both sides have at a time


class LayerOfTheSubmission(nn.Module):
    """A layer of a class of the submission's. Its weights and the layers in it are here."""

    def __init__(self, there: Handle) -> None:
        """Stand for a layer of the submission's."""
        super().__init__()
        vars(self)["there"] = there

    @property
    def __class__(self) -> Any:
        """What `isinstance` asks for."""
        said = vars(self)["there"].__class__
        return said if issubclass(said, nn.Module) else type(self)

    @__class__.setter
    def __class__(self, kind: Any) -> None:
        raise TypeError("a layer of the submission's stays what it is")

    def forward(self, *positional: Any, **named: Any) -> Any:
        """Call it, there."""
        return vars(self)["there"](*positional, **named)

    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("a layer of a class of the submission's that is in a network of the test's has no copy here")

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_"):
                raise
        return getattr(vars(self)["there"], name)


def layer(there: Handle, name: str, content: Any) -> nn.Module:
    """What both sides have from now on for a layer of the submission's.

    Args:
        there: the layer.
        name: of its class, where that is one of `torch.nn`.
        content: what it holds.

    Raises:
        WireError: it cannot be the content of a layer.
    """
    if type(content) is not dict or not {*PARTS} <= content.keys():
        raise WireError("the submission's kernel tells of a layer what cannot be")
    kind: Any = vars(nn).get(name)
    is_known = isinstance(kind, type) and kind.__module__.startswith("torch.nn.modules.")
    made: nn.Module
    if is_known and all(is_data(each) for key, each in content.items() if key not in PARTS):
        made = object.__new__(kind)
        nn.Module.__init__(made)
    else:
        made = LayerOfTheSubmission(there)
        content = {key: content[key] for key in PARTS}
    take_back(made, content)
    return made
