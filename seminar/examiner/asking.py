"""Python's own functions, as tests have them: what is asked of an object of the submission's, the candidate answers.

A handle has every method that Python looks for, so `callable` and `hasattr` would find all of them, and `type` nothing
but a handle. And `globals` would find the examiner's names alone.
"""

from __future__ import annotations

import builtins
import functools
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

from seminar.examiner.handle import Handle, has, type_of


class _Type(type):
    """What `type` is made of, so that it stays a type where a test derives from it or asks for instances."""

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        if cls is not asked_type:
            return super().__call__(*arguments, **named)
        if len(arguments) == 1 and type(arguments[0]) is Handle:
            return type_of(arguments[0])
        made = type(*arguments, **named)
        return cls if made is type else made

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, type) if cls is asked_type else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: Any) -> bool:
        return issubclass(subclass, type) if cls is asked_type else super().__subclasscheck__(subclass)

    def __eq__(cls, other: object) -> bool:
        return other is cls or (cls is asked_type and other is type)

    def __hash__(cls) -> int:
        return hash(type) if cls is asked_type else super().__hash__()


asked_type = _Type("type", (type,), {})


def asked_callable(thing: Any, /) -> bool:
    """Whether something can be called."""
    return has(thing, "__call__") if type(thing) is Handle else callable(thing)


def asked_hasattr(thing: Any, name: str, /) -> bool:
    """Whether something has an attribute."""
    if type(thing) is Handle and isinstance(name, str) and name.startswith("__"):
        return has(thing, name)
    return hasattr(thing, name)


class Names(dict[str, Any]):
    """The builtins of test code. What is none, and no global either, is the submission's object of that name.

    Python looks a name up here last. It is asked for when it is used, wherever that is: in a test, or in a function
    that an earlier cell defined. Within one test it stays the same object.
    """

    def __init__(self, look_up: Callable[[list[str]], dict[str, Any]]) -> None:
        """Make them.

        Args:
            look_up: asks for the submission's objects of some names.
        """
        super().__init__(vars(builtins))
        self.update(type=asked_type, callable=asked_callable, hasattr=asked_hasattr)
        self.update({name: _asked_names(getattr(builtins, name)) for name in ("globals", "locals", "vars")})
        self._look_up = look_up
        self.lent: dict[str, Any] = {}  # the submission's objects that were asked for
        self._ours: frozenset[str] | None = None

    def begin(self, ours: frozenset[str] | None = None) -> None:
        """Forget what was asked for. From now on ask for any name but `ours`; for none where there is no such set."""
        self.lent.clear()
        self._ours = ours

    def theirs(self, name: str) -> Any:
        """The submission's object of a name.

        Raises:
            KeyError: it has none, or none that is asked for.
        """
        if name not in self.lent and self._ours is not None and name not in self._ours:
            self.lent |= self._look_up([name])
        return self.lent[name]

    def __missing__(self, name: str) -> Any:
        return getattr(builtins, name) if hasattr(builtins, name) else self.theirs(name)


class _Namespace(dict[str, Any]):
    """A test's namespace, in which the submission's names are found too."""

    def __init__(self, own: dict[str, Any], names: Names) -> None:
        super().__init__(own)
        self._own, self._names = own, names

    def __missing__(self, name: str) -> Any:
        return self._names.theirs(name)

    def __contains__(self, name: object) -> bool:
        return self.get(name, self) is not self

    def get(self, name: Any, default: Any = None) -> Any:
        """The object of a name."""
        try:
            return self[name]
        except KeyError:
            return default

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._own[name] = value

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        del self._own[name]

    # A dict's own would go past the methods above: what a test binds so, would be asked of the submission.
    update, setdefault, pop = MutableMapping.update, MutableMapping.setdefault, MutableMapping.pop
    popitem, clear = MutableMapping.popitem, MutableMapping.clear

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]
        self.update(other)
        return self


def _asked_names(here: Callable[..., Any]) -> Callable[..., Any]:
    """Python's `globals`, `locals` or `vars`, for code of a test."""

    @functools.wraps(here)
    def asked(*arguments: Any) -> Any:
        frame = sys._getframe(1)
        if arguments:
            return here(*arguments)
        found = frame.f_globals if here is globals else frame.f_locals
        names = frame.f_builtins
        return _Namespace(found, names) if found is frame.f_globals and isinstance(names, Names) else dict(found)

    return asked
