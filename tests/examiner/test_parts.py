"""Data inside of the submission's objects: one object each, the same on both sides, as long as a test has it."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from seminar.examiner.handle import CandidateError, is_handle
from seminar.wire.encoding import encode
from seminar.wire.parts import MOST
from seminar.wire.references import Part
from tests.examiner.candidates import honest, lying, named, served, value

STORE = """
import numpy as np, torch
class Store:
    def __init__(self):
        self.list, self.array, self.tensor = [1], np.zeros(2), torch.zeros(2)
        self.table = {"array": self.array, "list": [[2]], "tensor": self.tensor}
        self.many = [[each] for each in range(1000)]
        self.large = np.zeros(10**6)
    def total(self): return float(self.array.sum() + self.tensor.sum()) + len(self.list)
    def grow(self):
        self.list.append(5)
        self.array += 1
        self.tensor += 1
    def is_here(self, part): return part is self.list
    def __getitem__(self, name): return getattr(self, name)
    def new(self): return [7]
store = Store()
history = []
def note(x): history.append(x)
"""


@pytest.mark.parametrize("way", [getattr, lambda store, name: store[name]])
def test_what_a_test_does_to_a_part_is_done_to_the_submissions(way: Any) -> None:
    with honest(STORE) as candidate:
        store = named(candidate, "store")
        way(store, "list").extend([2, 3])
        way(store, "array")[0] = 4
        way(store, "tensor").fill_(5)
        assert store.total() == 3 + 4 + 10
        held = way(store, "list")
        assert way(store, "list") is held
        assert store.is_here(held)
        assert not store.is_here([*held])


def test_what_the_submission_does_to_a_part_is_done_to_the_tests() -> None:
    with honest(STORE) as candidate:
        store = named(candidate, "store")
        held, array, tensor = store.list, store.array, store.tensor
        store.grow()
        assert (held, array.tolist(), tensor.tolist()) == ([1, 5], [1, 1], [1, 1])


def test_what_is_in_a_part_is_a_part() -> None:
    with honest(STORE) as candidate:
        store = named(candidate, "store")
        table = store.table
        assert table["array"] is store.array
        table["array"][:] = 1
        table["list"][0].append(3)
        assert store.total() == 3
        assert store.table["list"] == [[2, 3]]
        store.grow()
        assert table["array"].tolist() == [2, 2]


def test_a_global_variable_is_one_on_both_sides() -> None:
    with honest(STORE) as candidate:
        history = named(candidate, "history")
        named(candidate, "note")(1)
        assert history == [1]
        history.clear()
        named(candidate, "note")(2)
        assert history == named(candidate, "history") == [2]


def test_what_is_large_or_has_many_within_and_what_a_function_returns_is_by_value() -> None:
    with served(STORE) as (candidate, service):
        store = named(candidate, "store")
        assert len(store.many) == 1000
        assert store.large.size == 10**6
        assert store.new() == [7]
        assert service._part_numbers == {}


def test_one_that_no_test_holds_is_let_go() -> None:
    with served(STORE) as (candidate, service):
        store = named(candidate, "store")
        held = store.table, store.list, store.array
        assert len(service._part_numbers) == len(service._parts.own._there) == 6
        del held
        candidate.begin(None)  # a list is kept as long as a test runs
        gc.collect()
        store.total()
        store.total()
        assert (service._part_numbers, service._parts.own._there) == ({}, {})


TABLES = """
import pandas as pd
class Sales:
    def __init__(self):
        self.frame = pd.DataFrame({"k": ["a", "b"], "v": [1.0, 2.0]})
        self.series = pd.Series([1, 2])
        self.things = pd.DataFrame({"x": [[1], len]})
        self.large = pd.DataFrame({"x": range(10**6)})
    def total(self): return self.frame["v"].sum() + self.series.sum()
    def grow(self):
        self.frame["twice"] = 2 * self.frame["v"]
        self.series[0] = 5
sales = Sales()
"""


def test_tables_are_parts_unless_they_are_large_or_hold_other_things() -> None:
    with served(TABLES) as (candidate, service):
        sales = named(candidate, "sales")
        frame, series = sales.frame, sales.series
        frame.loc[0, "v"] = 10
        del frame["k"]
        series[1] = 4
        assert sales.total() == 17
        sales.grow()
        assert (frame["twice"].tolist(), series.tolist()) == ([20, 4], [5, 4])
        assert sales.frame is frame
        assert isinstance(sales.things, pd.DataFrame)
        assert len(sales.large) == 10**6
        assert len(service._part_numbers) == 2


def test_a_lie_of_a_table_changes_nothing_of_it() -> None:
    lies = [encode(pd.Series([2, 3])), encode([1]), encode(pd.Index([5])), b"\xc1"]
    told = [value(None, news={"parts": {"changed": {3: lie}}}) for lie in lies]
    with lying(value(Part(3, encode(pd.DataFrame({"a": [1]})))), *told) as handle:
        frame = handle.x
        for _ in lies[:-1]:
            handle()
        with pytest.raises(CandidateError):
            handle()
        assert frame.to_dict("list") == {"a": [1]}


MANY = """
class A:
    all, more = ({number: [number] for number in range(60)} for _ in range(2))
a = A()
"""


def test_no_more_than_so_many_are_kept_in_step() -> None:
    with served(MANY) as (candidate, service):
        a = named(candidate, "a")
        first, second = a.all, a.more
        assert len(service._part_numbers) == 61 < MOST
        first[0].append(1)
        second[0].append(1)
        assert (a.all[0], a.more[0]) == ([0, 1], [0])


def test_a_lie_of_a_part_changes_nothing_of_the_tests() -> None:
    mine = np.zeros(2)
    news = {"parts": {"changed": {3: encode(np.ones(2)), 4: encode([1]), "x": b"", 5: 6}}}
    with lying(value(Part(3, encode([1]))), value(None, news=news), value(None, news={"parts": 4})) as handle:
        part = handle.x
        handle(mine)
        handle(mine)
        assert (part, mine.tolist()) == ([1], [0, 0])


def test_the_tests_own_memory_is_no_part() -> None:
    mine = torch.zeros(2)
    inside = encode({"x": 1})
    with lying(value(Part(3, inside)), value(Part(3, b"\xc1"))) as handle:
        assert is_handle(handle)
        assert handle(mine) == {"x": 1}
        with pytest.raises(CandidateError):
            handle(mine)
