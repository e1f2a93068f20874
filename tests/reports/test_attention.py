"""Which students to look at."""

from __future__ import annotations

import numpy as np

from seminar.examiner.incidents import Incident
from seminar.reports.attention import Reason, to_look_at
from seminar.reports.results import Exercise, Results, Topic, Work

CLASS = ["ada", "bo", "chandra", "dmitri", "elif"]


def topic(name: str, points: dict[str, float], not_graded: dict[str, str] | None = None) -> Topic:
    """A topic of one exercise of ten points."""
    array = np.array([*points.values()], dtype=np.float64).reshape(len(points), 1)
    return Topic(name, [Exercise(name, name, "one", "One", 10.0)], [*points], array, not_graded or {})


def looked_at(*topics: Topic, **incidents: Incident) -> dict[str, list[Reason]]:
    results = Results(CLASS, list(topics))
    for student, incident in incidents.items():
        results.incidents[Work(topics[0].name, student)] = [incident]
    return dict(to_look_at(results))


def test_a_class_that_does_well_has_nobody_to_look_at() -> None:
    assert looked_at(topic("a", dict.fromkeys(CLASS, 9.0)), topic("b", dict.fromkeys(CLASS, 6.0))) == {}


def test_no_points_where_the_class_does_well() -> None:
    well = {**dict.fromkeys(CLASS, 9.0), "bo": 0.0}
    badly = {**dict.fromkeys(CLASS, 0.0), "ada": 9.0}
    expected = {"bo": [Reason("points", ("a", "c"), "no points, where the class does well")]}
    assert looked_at(topic("a", well), topic("b", badly), topic("c", well)) == expected


def test_far_below_the_own_other_topics() -> None:
    tens = dict.fromkeys(CLASS, 10.0)
    fallen = topic("c", {**tens, "bo": 3.0, "elif": 7.0})
    expected = {"bo": [Reason("points", ("c",), "30% of the points; 100% in their other topics")]}
    assert looked_at(topic("a", tens), topic("b", tens), fallen) == expected
    assert looked_at(topic("a", tens), fallen) == {}  # one other topic tells nothing


def test_far_below_the_class_in_all_that_was_handed_in() -> None:
    tens = dict.fromkeys(CLASS, 10.0)
    weak = [topic(name, {**tens, "bo": 0.5, "elif": 6.0}) for name in "abc"]
    expected = {"bo": [Reason("points", ("in all",), "5% of the points; half of the class has 100% or more")]}
    assert looked_at(*weak) == expected
    assert looked_at(weak[0]) == expected
    assert looked_at(topic("d", {**dict.fromkeys(CLASS, 4.0), "bo": 0.5})) == {}  # the class does not do well either


def test_what_is_not_handed_in_is_not_held_against_the_rest() -> None:
    tens = dict.fromkeys(CLASS, 10.0)
    others = {student: 10.0 for student in CLASS if student != "dmitri"}
    found = looked_at(topic("a", tens), *(topic(name, others, {"dmitri": "there is no grade"}) for name in "bc"))
    assert [reason.kind for reason in found["dmitri"]] == ["not graded"]


def test_nothing_handed_in_where_most_did() -> None:
    most = {student: 9.0 for student in CLASS if student != "dmitri"}
    assert looked_at(topic("a", most), topic("b", {"ada": 9.0})) == {
        "dmitri": [Reason("missing", ("a",), "nothing handed in")]
    }


def test_what_weighs_most_comes_first() -> None:
    found = looked_at(
        topic("a", {"ada": 9.0, "bo": 9.0, "chandra": 0.0, "dmitri": 9.0}, {"elif": "there is no graded notebook"}),
        bo=Incident("killed", "cell 3", "it died."),
        chandra=Incident("output", "cell 3", "too much"),
        dmitri=Incident("network", "", "it tried to reach the network."),
    )
    assert [(student, [reason.kind for reason in reasons]) for student, reasons in found.items()] == [
        ("dmitri", ["integrity"]),
        ("bo", ["kernel"]),
        ("elif", ["not graded"]),
        ("chandra", ["points"]),
    ]


def test_an_answer_that_was_copied_or_split_is_no_reason() -> None:
    results = Results(CLASS, [topic("a", dict.fromkeys(CLASS, 10.0))])
    results.incidents = {Work("a", "bo"): [Incident("doubled", "cell 3 (double)", "a second cell with this grade id")]}
    assert to_look_at(results) == []


def test_of_reasons_that_weigh_the_same_more_come_first() -> None:
    tens = dict.fromkeys(CLASS, 10.0)
    most = {student: 10.0 for student in CLASS if student != "elif"}
    results = Results(CLASS, [topic("a", {**tens, "bo": 0.0}), topic("b", tens), topic("c", most)])
    changed = [Incident("changed", f"cell {each}", f"cell {each} was changed") for each in range(3)]
    results.incidents = {
        Work("a", "ada"): changed[:1],
        Work("a", "bo"): changed[:1],
        Work("a", "dmitri"): changed[:1],
        Work("b", "dmitri"): changed[:1],
        Work("a", "elif"): changed,
        Work("c", "chandra"): [Incident("killed", "cell 3", "it died.")],
    }
    # Three times something, twice, once beside other reasons, once; then what weighs less.
    assert [student for student, _ in to_look_at(results)] == ["elif", "dmitri", "bo", "ada", "chandra"]
