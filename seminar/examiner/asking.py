"""Python's own functions, as tests have them: what is asked of an object of the submission's, the candidate answers.

`type` would find nothing but a handle, and `globals` the examiner's names alone.
"""

from __future__ import annotations

import builtins
import functools
import sys
from collections.abc import Callable, Iterator, MutableMapping
from numbers import Number
from types import UnionType
from typing import Any, get_args

from seminar.examiner.handle import BY_VALUE, Handle, has, is_handle, type_of, types_above
from seminar.examiner.lending import public
from seminar.wire.kinds import NOTEBOOK
from seminar.wire.messages import Verb


class _Type(type):
    """What `type` is made of, so that it stays a type where a test derives from it or asks for instances."""

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        if cls is not asked_type:
            return super().__call__(*arguments, **named)
        if len(arguments) == 1 and is_handle(arguments[0]):
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


def asked_isinstance(thing: Any, kinds: Any, /) -> bool:
    """Whether something is of a type."""
    if isinstance(thing, kinds) or not is_handle(thing):
        return isinstance(thing, kinds)
    return any(_says(thing, "instance", each) for each in _each(kinds))


def asked_issubclass(kind: Any, kinds: Any, /) -> bool:
    """Whether a type is derived from another one."""
    if not is_handle(kind):
        return issubclass(kind, kinds)
    each = [*_each(kinds)]
    plain = tuple(one for one in each if is_handle(one) or not _decides(one))
    others = [one for one in each if one not in plain]
    return issubclass(kind, plain) or any(_says(kind, "subclass", one) or _is_above(one, kind) for one in others)


def _each(kinds: Any) -> Iterator[Any]:
    """The types in what `isinstance` takes: a type, a union, or a tuple of them."""
    if isinstance(kinds, tuple | UnionType):
        for each in kinds if isinstance(kinds, tuple) else get_args(kinds):
            yield from _each(each)
    else:
        yield kinds


def _decides(kind: Any) -> bool:
    """Whether a type decides by itself what is of it."""
    return type(kind) is not type and not is_handle(kind)


def _says(thing: Handle, verb: Verb, kind: Any) -> bool:
    """Whether an object is of such a type of a library's, as its owner says: of the other types a handle knows it."""
    if not _decides(kind) or not isinstance(kind, type) or issubclass(kind, (*BY_VALUE, Number)) or not public(kind):
        return False
    return thing._candidate.ask(verb, thing, kind) is True


def _is_above(kind: Any, handle: Handle) -> bool:
    """Whether a type that a given cell has made is one that a type of the submission's is derived from."""
    is_given = isinstance(kind, type) and kind.__module__ == NOTEBOOK and handle._kind == "type"
    return is_given and any(each is kind for each in types_above(handle, "__mro__"))


def asked_hasattr(thing: Any, name: str, /) -> bool:
    """Whether something has an attribute."""
    if is_handle(thing) and isinstance(name, str) and name.startswith("__"):
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
        self.update(isinstance=asked_isinstance, issubclass=asked_issubclass, type=asked_type, hasattr=asked_hasattr)
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
