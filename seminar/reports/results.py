"""What a class handed in and what came of it: counted from the gradebook and from the graded notebooks."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.api import Gradebook

from seminar.course.course import Course
from seminar.course.gradebook import opened, waiting
from seminar.course.ledger import digests_of_tests
from seminar.course.notebook import Cell, Role, cells
from seminar.course.notebook_file import read
from seminar.errors import NotebookError
from seminar.examiner.incidents import METADATA, TESTS, Incident, Usage, incidents, usage
from seminar.reports import markup
from seminar.reports.messages import Messages
from seminar.reports.outline import outline_of
from seminar.reports.record import Records, names, records
from seminar.reports.statistics import Floats

FIGURE = re.compile(r"^accuracy of (.{1,80}): ([01]\.\d{4})$", re.MULTILINE)  # as a hidden test prints it


@dataclass(frozen=True)
class Exercise:
    """A graded cell.

    Attributes:
        notebook: the name of its notebook.
        name: its grade id.
        title: the heading above it in the source notebook; the grade id where there is none.
        out_of: its points.
    """

    topic: str
    notebook: str
    name: str
    title: str
    out_of: float


@dataclass(frozen=True)
class Work:
    """What one student handed in for one topic."""

    topic: str
    student: str


@dataclass
class Topic:
    """What came of a topic.

    Attributes:
        students: whose submission is graded, in order.
        points: of shape (students, exercises); NaN for an answer that a person has yet to grade.
        not_graded: why the others' submissions are not, by student.
        penalties: the points that lateness costs, by student; 0 for who is not in it.
    """

    name: str
    exercises: list[Exercise]
    students: list[str]
    points: Floats
    not_graded: dict[str, str]
    penalties: dict[str, float] = field(default_factory=dict)

    @property
    def out_of(self) -> float:
        """The points that the topic is worth."""
        return sum(exercise.out_of for exercise in self.exercises)

    @property
    def totals(self) -> dict[str, float]:
        """The points of each student whose submission is graded, as far as it is, without what lateness costs."""
        sums = np.nansum(self.points, axis=1)
        return {
            student: max(0.0, float(points) - self.penalties.get(student, 0.0))
            for student, points in zip(self.students, sums, strict=True)
        }

    @property
    def graded_of(self) -> dict[str, float]:
        """What these students' graded answers are worth, in points: those that wait for a person are left out."""
        most = np.array([exercise.out_of for exercise in self.exercises], dtype=np.float64)
        return dict(zip(self.students, map(float, ~np.isnan(self.points) @ most), strict=True))

    @property
    def shares(self) -> dict[str, float]:
        """The share that each of them has of the points of what is graded; no entry for whom nothing is yet."""
        totals, graded_of = self.totals, self.graded_of
        return {
            student: totals[student] / (graded_of[student] or 1)
            for student in self.students
            if graded_of[student] or not self.out_of
        }

    @property
    def handed_in(self) -> set[str]:
        """Who handed something in."""
        return {*self.students, *self.not_graded}


@dataclass
class Results:
    """What came of all topics.

    Attributes:
        students: the class: whom the gradebook knows, and who handed something in, be it for another topic.
        names: what they are called, by id: those whose names the gradebook has.
        messages: of the tests that failed.
        usages: what each examination took.
        incidents: what happened in each.
        accuracies: of trained networks: for each figure, by its name, what whose network has.
        unproven: submissions that were graded without a room, where a test's output could be the submission's own:
            their accuracies are left out.
        outdated: submissions that were graded with other tests than those that are released now.
        waiting: how many submissions have answers that a person has yet to grade, by topic.
    """

    students: list[str]
    topics: list[Topic] = field(default_factory=list)
    messages: Messages = field(default_factory=Messages)
    usages: dict[Work, Usage] = field(default_factory=dict)
    incidents: dict[Work, list[Incident]] = field(default_factory=dict)
    accuracies: dict[str, dict[Work, float]] = field(default_factory=lambda: defaultdict(dict))
    unproven: set[Work] = field(default_factory=set)
    outdated: set[Work] = field(default_factory=set)
    waiting: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def shares(self) -> dict[str, float]:
        """The share that each student has of the points of all that they handed in and that is graded."""
        found: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        for topic in self.topics:
            graded_of = topic.graded_of
            for student, points in topic.totals.items():
                before = found[student]
                found[student] = before[0] + points, before[1] + graded_of[student]
        return {student: points / out_of for student, (points, out_of) in found.items() if out_of > 0}


Follow = Callable[[list[Work]], Iterable[Work]]
"""Goes through a list, and may show how far it is."""


def gather(course: Course, topics: list[str], follow: Follow = iter) -> Results:
    """Count what the class has, topic by topic.

    A submission's notebooks are let go before the next one's are read.

    Raises:
        CourseError: the gradebook cannot be read.
        NotebookError: a source notebook cannot be read.
    """
    handed_in = {topic: {submission.student for submission in course.submissions(topic)} for topic in course.topics()}
    with opened(course) as gradebook:
        known = names(gradebook)
        exercises = {topic: _exercises(course, gradebook, topic) for topic in topics}
        recorded = {topic: records(gradebook, topic) for topic in topics}
        tests = {topic: digests_of_tests(gradebook, topic) for topic in topics}
    points = {topic: _points(recorded[topic], exercises[topic]) for topic in topics}
    for topic in topics:
        handed_in[topic] |= points[topic].keys()
    results = Results(sorted({*known, *(student for each in handed_in.values() for student in each)}))
    results.names = {student: name for student, name in known.items() if name}
    results.waiting = waiting(course, topics)
    works = [Work(topic, student) for topic in topics for student in sorted(handed_in[topic])]
    not_graded: dict[str, dict[str, str]] = {topic: {} for topic in topics}
    for work in follow(works):
        reason: str | None = "no grade is recorded"
        if work.student in points[work.topic]:
            reason = _count(course, work, exercises[work.topic], tests[work.topic], results)
        if reason:
            not_graded[work.topic][work.student] = reason
    for topic in topics:
        graded = sorted(handed_in[topic] - not_graded[topic].keys())
        table = np.array([points[topic][student] for student in graded], dtype=np.float64)
        shaped = table.reshape(len(graded), len(exercises[topic]))
        penalties = _penalties(recorded[topic])
        results.topics.append(Topic(topic, exercises[topic], graded, shaped, not_graded[topic], penalties))
    return results


def _exercises(course: Course, gradebook: Gradebook, topic: str) -> list[Exercise]:
    """The graded cells of a topic as the gradebook knows them, in the order and with the headings of the source."""
    titles = dict(_titles(course, topic))
    worth: dict[tuple[str, str], float] = {}
    for kind in (api.GradeCell, api.TaskCell):
        query = gradebook.db.query(api.Notebook.name, kind.name, kind.max_score).join(api.Notebook, kind.notebook)
        worth |= {
            (str(notebook), str(name)): float(most)
            for notebook, name, most in query.join(api.Assignment, api.Notebook.assignment).filter(
                api.Assignment.name == topic
            )
            if most > 0
        }
    order = {name: place for place, name in enumerate(titles)}
    ordered = sorted(worth, key=lambda name: (order.get(name, len(order)), name))
    return [Exercise(topic, *name, titles.get(name, name[1]), worth[name]) for name in ordered]


def _titles(course: Course, topic: str) -> Iterator[tuple[tuple[str, str], str]]:
    for path in course.sources(topic):
        for name, above in outline_of(path).graded.items():
            yield (path.stem, name), markup.plain(above.text) if above else name


def _points(recorded: Records, exercises: list[Exercise]) -> dict[str, list[float]]:
    """The points of each student of a topic, in the order of its exercises: NaN where a person has yet to grade."""
    found: dict[str, list[float]] = {}
    for (student, notebook), record in recorded.items():
        row = found.setdefault(student, [0.0] * len(exercises))
        for place, exercise in enumerate(exercises):
            if exercise.notebook == notebook and exercise.name in record.points:
                got = record.points[exercise.name]
                row[place] = math.nan if got.waits else got.points
    return found


def _penalties(recorded: Records) -> dict[str, float]:
    """What lateness costs each student of a topic, in points."""
    found: dict[str, float] = defaultdict(float)
    for (student, _), record in recorded.items():
        found[student] += record.penalty
    return dict(found)


def _count(
    course: Course, work: Work, exercises: list[Exercise], digests: dict[str, str], results: Results
) -> str | None:
    """Add what a submission's graded notebooks tell. Returns why it is not graded; None where it is."""
    paths = sorted(course.autograded(work.topic, work.student).glob("*.ipynb"))
    if not paths:
        return "there is no graded notebook"
    notebooks = []
    for path in paths:
        try:
            notebooks.append((path, read(path)))
        except NotebookError as error:
            return f"its graded notebook {str(error).removeprefix(f'{path}: ')}"
    tests = [(path, test) for path, notebook in notebooks for test in _tests(path, notebook, exercises)]
    # nbgrader writes a copy before it runs anything: one in which a test has not run tells of a grading cut off.
    if any(not test.node.outputs and test.node.execution_count is None for _, (_, test) in tests):
        return "its grading was cut off"
    for path, notebook in notebooks:
        _note_examination(work, notebook, results)
        graded_with = notebook.metadata.get(METADATA, {}).get(TESTS)
        if graded_with and graded_with != digests.get(path.stem, graded_with):
            results.outdated.add(work)
    for _, (exercise, test) in tests:
        _note_outputs(work, exercise, test, results)
    return None


def _tests(path: Path, notebook: NotebookNode, exercises: list[Exercise]) -> Iterator[tuple[Exercise, Cell]]:
    """The test cells of a graded notebook that the gradebook knows: no other cell's outputs are the examiner's."""
    known = {exercise.name: exercise for exercise in exercises if exercise.notebook == path.stem}
    for cell in cells(notebook):
        if cell.role is Role.TEST and cell.grade_id in known:
            yield known[cell.grade_id], cell


def _note_examination(work: Work, notebook: NotebookNode, results: Results) -> None:
    found = incidents(notebook)
    if found:
        results.incidents.setdefault(work, []).extend(found)
    if any(incident.kind == "isolation" for incident in found):
        results.unproven.add(work)
    if took := usage(notebook):
        before = results.usages.get(work, Usage(0.0))
        results.usages[work] = Usage(before.seconds + took.seconds, max(before.memory, took.memory), took.device)


def _note_outputs(work: Work, exercise: Exercise, test: Cell, results: Results) -> None:
    for output in test.node.outputs:
        if output.output_type == "error":
            results.messages.add(work.student, exercise, output.ename, output.evalue)
        elif output.output_type == "stream" and work not in results.unproven:
            for name, value in FIGURE.findall(output.text):
                results.accuracies[name][work] = float(value)
