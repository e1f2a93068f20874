"""The class report: one page that shows how a class did, and where to look.

The page holds all that it shows and asks for nothing else: no script, no font, no picture from elsewhere. What comes
from submissions (names, messages) is escaped by the templates.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

import jinja2
import numpy as np

from seminar.course.course import Course
from seminar.errors import CourseError
from seminar.examiner.incidents import Kind, Usage
from seminar.reports.attention import to_look_at
from seminar.reports.figures import MEMORY, TIME, Figure, dot_figure, score_figure, size_figure
from seminar.reports.results import Exercise, Follow, Results, Topic, Work, gather
from seminar.reports.scores import waiting_lines
from seminar.reports.statistics import ENOUGH, Item, items, log_histogram, share_histogram
from seminar.text import MIB, counted, percent, readable_size, readable_time
from seminar.whole import whole

DEFAULT = "report.html"  # in the course's folder
SLOWEST = 8  # submissions that are named
# What the accuracies of a trained network are held against: what the exercise asks for, and what was published.
KNOWN = {"the trained network on the test images": {"asked for": 0.965, "published": 0.9741}}
INCIDENTS: dict[Kind, str] = {
    "forged": "Cells that claim to be the instructor's",
    "changed": "The instructor's cells were changed",
    "network": "Attempts to reach the network",
    "link": "Links in the submission",
    "files": "Files beside notebooks that were too much",
    "earlier": "Cells of an earlier release",
    "given": "Given cells that fail where tests run",
    "doubled": "Answers in several cells",
    "deleted": "Cells were deleted",
    "moved": "Cells were moved",
    "killed": "The kernel died",
    "limit": "A limit was passed",
    "timeout": "Too slow",
    "output": "Too much output",
    "grader": "The grader died",
    "name": "Notebooks under other names",
    "late": "Handed in late",
    "isolation": "Graded without a room",
}


def write_report(course: Course, topics: list[str], to: Path, follow: Follow = iter) -> Results:
    """Write the report of some topics, whole or not at all.

    Args:
        course: the course.
        topics: what the report is about, in this order.
        to: the file. One that is there is replaced.
        follow: goes through the list of submissions, and may show how far it is.

    Returns:
        What the report tells.

    Raises:
        CourseError: the gradebook cannot be read, or the file not be written.
        NotebookError: a source notebook cannot be read.
    """
    results = gather(course, topics, follow)
    page = render(results, course.root.name, datetime.now().astimezone())
    try:
        with whole(to) as part:
            part.write_bytes(page.encode("utf-8", "replace"))  # a folder's name may hold what is no text
    except OSError as error:
        raise CourseError(
            f"{to}: the report cannot be written ({error.strerror}). Name another file: --to FILE"
        ) from error
    return results


def render(results: Results, course: str, made: datetime) -> str:
    """The page.

    Args:
        results: what it tells.
        course: the course's name.
        made: when it is made.
    """
    loader = jinja2.PackageLoader("seminar.reports")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "seconds": readable_time,
        "memory": readable_size,
        "points": "{:g}".format,
        "percent": percent,
    }
    return environment.get_template("report.html").render(
        course=course,
        made=made,
        results=results,
        overview=Overview.of(results),
        waiting=[*waiting_lines(results.waiting, "the figures and shares of this page leave these out")],
        outdated=Counter(sorted(work.topic for work in results.outdated)),
        to_look_at=to_look_at(results),
        score_figures=_score_figures(results),
        rows=_rows(results),
        exercises=[(topic, _exercise_rows(topic)) for topic in results.topics if topic.students],
        enough=ENOUGH,
        waits=any(np.isnan(topic.points).any() for topic in results.topics),
        messages=results.messages.groups(),
        networks=_networks(results),
        usage_figures=_usage_figures(results),
        slowest=sorted(results.usages.items(), key=lambda entry: -entry[1].seconds)[:SLOWEST],
        incidents=_incidents(results),
        not_graded=[(topic.name, *each) for topic in results.topics for each in sorted(topic.not_graded.items())],
    )


@dataclass(frozen=True)
class Overview:
    """The figures on top.

    Attributes:
        submissions: handed in, by topics and students.
        median: of all submissions' shares of the points, as far as they are graded; None where none is.
    """

    students: int
    submissions: int
    graded: int
    median: float | None
    incidents: int

    @classmethod
    def of(cls, results: Results) -> Overview:
        """The overview of a class."""
        shares = [share for topic in results.topics for share in topic.shares.values()]
        return cls(
            students=len(results.students),
            submissions=sum(len(topic.handed_in) for topic in results.topics),
            graded=sum(len(topic.students) for topic in results.topics),
            median=median(shares) if shares else None,
            incidents=sum(map(len, results.incidents.values())),
        )


def _score_figures(results: Results) -> list[tuple[str, str, Figure]]:
    """The distribution of the scores in all and by topic: a name, what it is of, and the figure.

    Who has a submission that is not graded yet is left out of the one in all: it would count as 0.
    """
    found = [(topic.name, topic.out_of, topic.shares) for topic in results.topics if topic.shares]
    if len(found) > 1 and (shares := _shares_of_all(results)):
        found.insert(0, ("All topics", sum(topic.out_of for topic in results.topics if topic.students), shares))
    return [
        (
            name,
            f"{counted(len(shares), 'student')}, {out_of:g} points",
            score_figure(name, share_histogram([*shares.values()]), median(shares.values())),
        )
        for name, out_of, shares in found
    ]


def _shares_of_all(results: Results) -> dict[str, float]:
    """The share of all topics' points that each student has: of those who handed anything in, and are graded so far."""
    topics = [topic for topic in results.topics if topic.students]
    points: dict[str, float] = defaultdict(float)
    out_of: dict[str, float] = defaultdict(lambda: sum(topic.out_of for topic in topics))
    for topic in topics:
        graded_of = topic.graded_of
        for student, has in topic.totals.items():
            points[student] += has
            out_of[student] -= topic.out_of - graded_of[student]
    incomplete = {student for topic in results.topics for student in topic.not_graded}
    return {
        student: has / (out_of[student] or 1)
        for student, has in points.items()
        if student not in incomplete and (out_of[student] > 0 or not has)
    }


@dataclass(frozen=True)
class Entry:
    """A cell of the table of students.

    Attributes:
        text: what it says.
        share: that of the points, which shades it; None where there are none.
        waits: whether a person has yet to grade some of it.
    """

    text: str
    share: float | None = None
    waits: bool = False


def _rows(results: Results) -> list[tuple[str, list[Entry]]]:
    totals = [(topic, topic.totals, topic.graded_of) for topic in results.topics]
    rows = []
    for student in results.students:
        entries = []
        total, out_of = 0.0, sum(topic.out_of for topic in results.topics)
        for topic, points, graded_of in totals:
            if student in topic.not_graded:
                entries.append(Entry("not graded"))
            elif student in points:
                open_ = topic.out_of - graded_of[student]
                entries.append(_entry(points[student], graded_of[student], open_))
                total, out_of = total + points[student], out_of - open_
            else:
                entries.append(Entry("-"))
        entries.append(_entry(total, out_of, sum(topic.out_of for topic in results.topics) - out_of))
        rows.append((student, entries))
    return rows


def _entry(points: float, out_of: float, waits: float) -> Entry:
    """Points out of those of what is graded, with how many wait for a person."""
    if waits > 0 and out_of <= 0:
        return Entry("waits")
    return Entry(f"{points:g}", min(1.0, points / (out_of or 1)), waits > 0)


def _exercise_rows(topic: Topic) -> list[tuple[Exercise, Item]]:
    if not topic.exercises:
        return []
    out_of = np.array([exercise.out_of for exercise in topic.exercises])
    return [*zip(topic.exercises, items(topic.points, out_of), strict=True)]


@dataclass(frozen=True)
class Networks:
    """The trained networks of one exercise.

    Attributes:
        low: what is below what is asked for, or too low for the figure: the lowest first.
    """

    name: str
    figure: Figure
    count: int
    median: float
    low: list[tuple[Work, float]]


def _networks(results: Results) -> list[Networks]:
    found = []
    for name, values in sorted(results.accuracies.items()):
        known = KNOWN.get(name, {})
        told = {f"{work.student} ({work.topic})": value for work, value in values.items()}
        figure, begin = dot_figure(name, told, known)
        least = max(begin, known.get("asked for", 0.0))
        low = sorted(((work, value) for work, value in values.items() if value < least), key=lambda entry: entry[1])
        found.append(Networks(name, figure, len(values), median(values.values()), low))
    return found


def _usage_figures(results: Results) -> list[tuple[str, list[Figure]]]:
    by_topic: dict[str, list[Usage]] = defaultdict(list)
    for work, took in results.usages.items():
        by_topic[work.topic].append(took)
    found = []
    for topic, usages in by_topic.items():
        seconds = [max(took.seconds, 0.01) for took in usages]
        figures = [size_figure(f"{topic}: time", log_histogram(seconds), median(seconds), readable_time, TIME)]
        if memory := [took.memory / MIB for took in usages if took.memory > 0]:
            shown = log_histogram(memory), median(memory), lambda size: readable_size(size * MIB), MEMORY
            figures.append(size_figure(f"{topic}: memory", *shown))
        found.append((topic, figures))
    return found


@dataclass(frozen=True)
class Happened:
    """The incidents of one kind: how many, and what happened in whose submission, by topic and student."""

    title: str
    count: int
    found: list[tuple[Work, list[tuple[str, int]]]]


def _incidents(results: Results) -> list[Happened]:
    by_kind: dict[Kind, dict[Work, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for work, incidents in results.incidents.items():
        for incident in incidents:
            by_kind[incident.kind][work][str(incident)] += 1
    order = {kind: place for place, kind in enumerate(INCIDENTS)}
    return [
        Happened(
            INCIDENTS.get(kind, kind.capitalize()),
            sum(each.total() for each in found.values()),
            [(work, [*each.items()]) for work, each in sorted(found.items(), key=lambda e: (e[0].topic, e[0].student))],
        )
        for kind, found in sorted(by_kind.items(), key=lambda entry: (order.get(entry[0], len(order)), entry[0]))
    ]
