"""Which students an instructor should look at, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal, get_args

from seminar.examiner.incidents import Kind
from seminar.reports.results import Results, Topic
from seminar.text import percent

MOST = 0.5  # of the class: a topic that fewer handed in may not be due yet
WELL = 0.5  # a median share of the points: the class does well
FAR = 0.4  # of the points: a score so far below the own others stands out
FEW = 0.5  # of the class's median: who has less in all stands out
TAMPERING: tuple[Kind, ...] = ("forged", "changed", "network", "link")  # incidents that an honest notebook hardly has
ENDED: tuple[Kind, ...] = ("killed", "limit", "grader")  # incidents that end a kernel

Why = Literal["integrity", "kernel", "not graded", "points", "missing"]
KINDS: tuple[Why, ...] = get_args(Why)  # what weighs most comes first
IN_ALL = "in all"


@dataclass(frozen=True)
class Reason:
    """Why to look at a student.

    Attributes:
        kind: one of `KINDS`.
        topics: where it shows; `IN_ALL` for what no topic shows alone.
        text: what it is, without the topics.
    """

    kind: Why
    topics: tuple[str, ...]
    text: str


def to_look_at(results: Results) -> list[tuple[str, list[Reason]]]:
    """The students to look at with the reasons: first who has the weightiest, and most of them."""
    found: dict[str, dict[tuple[Why, str], list[str]]] = {}
    for rule in (_incidents, _not_graded, _nothing, _below_own, _below_class, _missing):
        for student, topic, kind, text in rule(results):
            found.setdefault(student, {}).setdefault((kind, text), []).append(topic)
    listed = [
        (student, [Reason(kind, tuple(dict.fromkeys(topics)), text) for (kind, text), topics in reasons.items()])
        for student, reasons in found.items()
    ]
    for _, reasons in listed:
        reasons.sort(key=lambda reason: KINDS.index(reason.kind))
    return sorted(listed, key=lambda each: (_weight(each[1]), each[0]))


def _weight(reasons: list[Reason]) -> list[int]:
    """What sorts the weightiest first: of two lists that begin alike, the longer one."""
    return [*(KINDS.index(reason.kind) for reason in reasons for _ in reason.topics), len(KINDS)]


_Finding = tuple[str, str, Why, str]  # student, topic, kind of reason, text


def _incidents(results: Results) -> Iterator[_Finding]:
    for work, incidents in results.incidents.items():
        for incident in incidents:
            if incident.kind in TAMPERING:
                yield work.student, work.topic, "integrity", incident.message
            elif incident.kind in ENDED:
                yield work.student, work.topic, "kernel", incident.message


def _not_graded(results: Results) -> Iterator[_Finding]:
    for topic in results.topics:
        for student, reason in topic.not_graded.items():
            yield student, topic.name, "not graded", reason


def _nothing(results: Results) -> Iterator[_Finding]:
    for topic, shares in _done_well(results.topics):
        for student, share in shares.items():
            if share <= 0:
                yield student, topic.name, "points", "no points, where the class does well"


def _done_well(topics: Iterable[Topic]) -> Iterator[tuple[Topic, dict[str, float]]]:
    for topic in topics:
        shares = topic.shares
        if shares and median(shares.values()) >= WELL:
            yield topic, shares


def _below_own(results: Results) -> Iterator[_Finding]:
    all_shares = {topic.name: topic.shares for topic in results.topics}
    for topic, shares in _done_well(results.topics):
        for student, share in shares.items():
            others = [each[student] for name, each in all_shares.items() if name != topic.name and student in each]
            if share > 0 and len(others) >= 2 and fmean(others) - share >= FAR:
                text = f"{percent(share)} of the points; {percent(fmean(others))} in their other topics"
                yield student, topic.name, "points", text


def _below_class(results: Results) -> Iterator[_Finding]:
    """Who is weak in all that they handed in: neither one topic nor their own others show it."""
    shares = results.shares
    middle = median(shares.values()) if shares else 0.0
    for student, share in shares.items():
        if middle >= WELL and 0 < share < FEW * middle:
            text = f"{percent(share)} of the points; half of the class has {percent(middle)} or more"
            yield student, IN_ALL, "points", text


def _missing(results: Results) -> Iterator[_Finding]:
    for topic in results.topics:
        handed_in = topic.handed_in
        if len(handed_in) >= MOST * len(results.students):
            for student in results.students:
                if student not in handed_in:
                    yield student, topic.name, "missing", "nothing handed in"
