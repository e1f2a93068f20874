"""What the submission's code writes and warns of is kept, once, and not without end."""

from __future__ import annotations

import sys
import warnings

import pytest

from seminar.room.listening import CHARACTERS, Listening

ALWAYS = [["always", None, "builtins", "Warning", None, 0]]


def test_what_is_written_is_kept_once_and_in_order() -> None:
    listening = Listening()
    before = sys.stdout, sys.stderr
    with listening.to(["stdout", "stderr"], None):
        print("one", "two")
        print("three", file=sys.stderr)
        print("four")
        told = listening.news()
    assert (sys.stdout, sys.stderr) == before
    assert told["written"] == [["stdout", "one two\n"], ["stderr", "three\n"], ["stdout", "four\n"]]
    assert listening.news() == {"written": [], "warned": []}


def test_of_what_is_written_without_end_the_beginning_is_kept() -> None:
    listening = Listening()
    with listening.to(["stdout"], None):
        for _ in range(30):
            assert sys.stdout.write("a" * 100_000) == 100_000
    assert listening.news()["written"] == [["stdout", "a" * CHARACTERS]]


def test_warnings_are_kept_as_the_filters_say() -> None:
    listening = Listening()
    with listening.to([], [["ignore", "not this", "builtins", "Warning", None, 0], *ALWAYS]):
        with listening.to([], ALWAYS):
            warnings.warn("within", UserWarning, stacklevel=1)
            assert listening.news()["warned"] == [["builtins", "UserWarning", "within"]]
        for text in ("this", "not this one"):
            warnings.warn(text, type("Mine", (DeprecationWarning,), {}), stacklevel=1)
        told = listening.news()["warned"]
    assert told == [["builtins", "DeprecationWarning", "this"]]


def test_a_warning_is_an_error_where_the_test_has_it_so() -> None:
    filters = [["error", None, "builtins", "UserWarning", None, 0], ["error", None, "no.such", "Thing", None, 0]]
    with Listening().to([], filters), pytest.raises(UserWarning, match="mind"):
        warnings.warn("mind", stacklevel=1)
