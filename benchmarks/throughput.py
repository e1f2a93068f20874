"""Submissions per minute of `seminar grade`, `nbgrader autograde` and `otter run`: one machine, one run, medians.

Two topics: `3-autograd`, where starting and drawing take most of the time, handed in by a class of honest students (the
reference, another right answer, mistakes, half done, untouched, in turn); and `5-mlp`, where each submission trains the
reference's network on all 60,000 images for 5 epochs. All grade the same notebooks by the same tests, each by its own
command line, with the same versions of Python and torch:

- `seminar grade` grades the class in rooms, on all cores. It is timed from the start of the command to its end:
  imports, warm parent and the printed table included. "Each further" is what a submission adds to a larger
  class: the time of the class less that of one submission per core, by the number of submissions between.
- `nbgrader autograde` is stock: our notebooks, nothing of our configuration. It grades one submission at a time. A
  tenth of the class tells its pace. Its start-up (the same command when all is graded) is taken off, so that it is not
  held against it that its class is smaller.
- `otter run` grades one notebook and ends: that is its way. So each submission is a process, one at a time, start-up
  included. A tenth of the class is graded. `benchmarks/otter.py` makes its environment at the first run.

Not counted: releasing, packing Otter's archive, handing in, reading the points. Before the clock starts, each way
grades a right and an untouched submission (of `5-mlp` the untouched one: all that are timed are right). Whatever is
graded is compared, test by test: where a right one has not all points, an untouched one has any, or two ways differ,
the comparison is void, and the benchmark stops and says so.

Grading's own cost is what the examination of the reference takes beyond its own cells (all but the tests; on `5-mlp`:
training), as a share of these: the room, the kernel, the tests. It is read off the notebooks of the same run. The
start of the warm parent, once per machine, is no submission's: it is in the time of the command. The same cells in
bare kernels, as many at once as there are cores and without the kernels' start and first imports, tell whether a room
slows them down.

    python -m benchmarks.throughput --light 50 --heavy 8 --rounds 3

takes three quarters of an hour on two cores.
"""

from __future__ import annotations

import argparse
import copy
import functools
import math
import os
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from benchmarks import otter
from benchmarks.examination import start_new_kernel_client
from seminar import mnist
from seminar.course.answers import fill, read_bank, solutions_of
from seminar.course.course import CONFIG_FILE, Course
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read, write
from seminar.course.release import release
from seminar.examiner.incidents import usage

ORIGIN = Path(__file__).resolve().parents[1]
LIGHT, HEAVY = "3-autograd", "5-mlp"
HONEST = ("reference", "another", "mistaken", "half", "untouched")
CORES = os.cpu_count() or 1
PART = 10  # nbgrader and Otter grade a tenth of the class
STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\nc.Execute.timeout = 900\n'
SCRIPTS = Path(sysconfig.get_path("scripts"))
OURS, NBGRADER, OTTER = "seminar grade", "nbgrader autograde", "otter run"
FURTHER, BARE = "seminar grade, each further", "its own cells, in a bare kernel"

Points = dict[str, float]
"""Of one submission: the points of each test, by its grade id."""


@dataclass(frozen=True)
class Run:
    """What came of grading a class.

    Attributes:
        seconds: that it took.
        points: of each student.
        own: seconds that the own cells of one of the reference's took, where they are known.
        examined: seconds that its whole examination took.
    """

    seconds: float
    points: dict[str, Points]
    own: float = math.nan
    examined: float = math.nan


class VoidError(Exception):
    """The ways do not do the same work, or not rightly."""


@dataclass(frozen=True)
class Topic:
    """A topic, released and packed for each of the ways.

    Attributes:
        folder: holds the courses `seminar` and `stock`; and Otter's archive.
        notebooks: what students hand in, by kind.
        full: the points of each test.
    """

    name: str
    folder: Path
    notebooks: dict[str, NotebookNode]
    full: Points

    @property
    def source(self) -> NotebookNode:
        """The instructor's notebook."""
        return read(self.folder / "stock" / "source" / self.name / f"{self.name}.ipynb")

    @functools.cached_property
    def archive(self) -> Path:
        """The tests, packed for Otter."""
        return otter.archive(self.source, self.folder)


Class = dict[str, str]
"""The kind of notebook that each student hands in."""


def students(count: int, kinds: Sequence[str]) -> Class:
    """A class of each kind in turn."""
    return {f"s{number:04}": kinds[number % len(kinds)] for number in range(count)}


def prepared(name: str, folder: Path) -> Topic:
    """Release a topic in a course of ours and in a stock one, and fill in its student version in several ways."""
    origin = Course(ORIGIN)
    source = read(origin.source(name) / f"{name}.ipynb")
    for way, config in (("seminar", (ORIGIN / CONFIG_FILE).read_text()), ("stock", STOCK)):
        write(source, folder / way / "source" / name / f"{name}.ipynb")
        (folder / way / CONFIG_FILE).write_text(config)
    release(Course(folder / "seminar"), name)
    run([SCRIPTS / "nbgrader", "generate_assignment", name], folder / "stock")
    bank = read_bank(origin.answers(name))
    reference = solutions_of(source)
    answers = {
        "reference": reference,
        "another": reference | {exercise: each.right[0].code for exercise, each in bank.items() if each.right},
        "mistaken": reference | {exercise: each.wrong[0].code for exercise, each in bank.items() if each.wrong},
        "half": dict(list(reference.items())[: len(reference) // 2]),
        "untouched": {},
    }
    released = read(folder / "stock" / "release" / name / f"{name}.ipynb")
    notebooks = {kind: fill(copy.deepcopy(released), filled) for kind, filled in answers.items()}
    return Topic(name, folder, notebooks, {str(c.grade_id): c.points for c in cells(source) if c.role is Role.TEST})


def run(command: Sequence[str | Path], folder: Path) -> float:
    """Run a command in a folder. Returns the seconds from its start to its end."""
    environment = {
        **os.environ,
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",  # nbgrader calls alembic by name
        "JUPYTER_CONFIG_DIR": str(folder / "no-config"),
    }
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        told = f"{done.stdout}\n{done.stderr}"
        raise VoidError(f"{' '.join(map(str, command))}: ended with status {done.returncode}: {told.strip()}")
    return seconds


@contextmanager
def handed_in(topic: Topic, way: str, handed: Class) -> Iterator[Path]:
    """A copy of one of the topic's courses, in which a class has handed in."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / way
        shutil.copytree(topic.folder / way, root)
        for student, kind in handed.items():
            write(topic.notebooks[kind], root / "submitted" / student / topic.name / f"{topic.name}.ipynb")
        yield root


def recorded(topic: Topic, root: Path, handed: Class) -> dict[str, Points]:
    """The points of a class, as the gradebook has them."""
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        found = {student: gradebook.find_submission_notebook(topic.name, topic.name, student) for student in handed}
        return {
            student: {grade.name: float(grade.score) for grade in notebook.grades}
            for student, notebook in found.items()
        }


def by_seminar(topic: Topic, handed: Class) -> Run:
    """Grade a class by `seminar grade`."""
    with handed_in(topic, "seminar", handed) as root:
        seconds = run([SCRIPTS / "seminar", "grade", topic.name], root)
        folders = [root / "autograded" / student for student, kind in handed.items() if kind == "reference"]
        graded = [read(folder / topic.name / f"{topic.name}.ipynb") for folder in folders]
        own = [sum(took(cell.node) for cell in cells(each) if cell.role is not Role.TEST) for each in graded]
        examined = [found.seconds for each in graded if (found := usage(each))]
        points = recorded(topic, root, handed)
        return Run(seconds, points, float(np.median(own or [math.nan])), float(np.median(examined or [math.nan])))


def took(cell: NotebookNode) -> float:
    """The seconds that a cell ran, as Jupyter's clients note it; 0 where it did not run in a kernel."""
    noted = cell.metadata.get("execution", {})
    if "iopub.status.busy" not in noted or "shell.execute_reply" not in noted:
        return 0.0
    start, end = (datetime.fromisoformat(noted[each]) for each in ("iopub.status.busy", "shell.execute_reply"))
    return (end - start).total_seconds()


def by_nbgrader(topic: Topic, handed: Class) -> Run:
    """Grade a class by stock nbgrader. The seconds are without its start-up."""
    with handed_in(topic, "stock", handed) as root:
        command = [str(SCRIPTS / "nbgrader"), "autograde", topic.name]
        seconds = run(command, root)
        return Run(seconds - run(command, root), recorded(topic, root, handed))


def by_otter(topic: Topic, handed: Class) -> Run:
    """Grade a class by Otter, one process after the other."""
    seconds, points = 0.0, {}
    for student, kind in handed.items():
        with tempfile.TemporaryDirectory() as folder:
            seconds += run(otter.command(topic.archive, topic.notebooks[kind], Path(folder)), Path(folder))
            points[student] = otter.points(Path(folder))
    return Run(seconds, points)


WAYS: dict[str, Callable[[Topic, Class], Run]] = {
    OURS: by_seminar,
    NBGRADER: by_nbgrader,
    OTTER: by_otter,
}


class Referee:
    """Holds each submission's points against what is known of its kind."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.known = {"reference": topic.full, "another": topic.full, "untouched": dict.fromkeys(topic.full, 0.0)}

    def check(self, way: str, handed: Class, points: dict[str, Points]) -> None:
        """Raise a VoidError where a way gave other points than it should, or than the way before it."""
        for student, kind in handed.items():
            expected = self.known.setdefault(kind, points[student])
            if points[student] != expected:
                raise VoidError(
                    f"{self.topic.name}, {kind}: {way} gave {points[student]}, but {expected} is right. "
                    "The ways do not do the same work: nothing that they took is comparable."
                )


def measured(
    topic: Topic, count: int, kinds: Sequence[str], rounds: int, ways: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Grade a topic in several ways, in turn. Yields a row for each measurement: seconds for each submission."""
    referee = Referee(topic)

    def graded(way: str, handed: Class) -> Run:
        done = WAYS[way](topic, handed)
        referee.check(way, handed, done.points)
        return done

    trial = {"right": "reference", "untouched": "untouched"} if topic.name == LIGHT else {"untouched": "untouched"}
    for way in ways:
        graded(way, trial)
    for number in range(rounds):
        for way in ways:
            handed = students(count if way == OURS else max(1, count // PART), kinds)
            done = graded(way, handed)
            yield {**row(topic, number, way, len(handed), done.seconds), "own": done.own, "examined": done.examined}
            if way == OURS and topic.name == LIGHT and count > CORES:
                few = graded(way, students(CORES, kinds))
                yield row(topic, number, FURTHER, count - CORES, done.seconds - few.seconds)
        yield row(topic, number, BARE, CORES, sum(bare(topic)))


def row(topic: Topic, number: int, way: str, count: int, seconds: float) -> dict[str, Any]:
    """A measurement, which is told at once."""
    print(f"round {number + 1}: {topic.name}: {way}: {count} in {seconds:.1f} s", flush=True)
    return {"topic": topic.name, "way": way, "round": number, "submissions": count, "s each": seconds / count}


def bare(topic: Topic) -> list[float]:
    """The seconds that the reference's own cells take in bare kernels, one per core, all at once."""
    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(own_cells, [copy.deepcopy(topic.notebooks["reference"]) for _ in range(CORES)]))


def own_cells(notebook: NotebookNode) -> float:
    """The seconds that a notebook's cells take, but for the tests and the first imports."""
    code = [cell for cell in cells(notebook) if cell.node.cell_type == "code" and cell.role is not Role.TEST]
    with start_new_kernel_client() as client:
        client.nb = notebook
        client.execute_cell(code[0].node, code[0].position - 1)  # the imports: done again in the count, at once
        start = time.perf_counter()
        for cell in code:
            client.execute_cell(cell.node, cell.position - 1)
        return time.perf_counter() - start


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """The medians over the rounds, and the median of the rounds' ratios to nbgrader."""
    seconds = rows.pivot(index=["topic", "round"], columns="way", values="s each")
    ratios = seconds.rdiv(seconds[NBGRADER], axis="index").stack().groupby(["topic", "way"]).median()
    result = rows.groupby(["topic", "way"], sort=False)[["submissions", "s each"]].median()
    result["submissions"] = result["submissions"].astype(int)
    result["per minute"] = 60 / result["s each"]
    result["times nbgrader"] = ratios
    return result.drop(index=BARE, level="way")


def own_cost(rows: pd.DataFrame) -> pd.DataFrame:
    """The seconds of the reference's own cells in rooms and in bare kernels, and grading's own cost: medians."""
    ours = rows[rows["way"] == OURS]
    ours = ours.assign(cost=ours["examined"] / ours["own"] - 1).groupby("topic")[["own", "cost"]].median()
    return ours.assign(bare=rows[rows["way"] == BARE].groupby("topic")["s each"].median())


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Submissions per minute, against stock nbgrader and Otter-Grader.")
    parser.add_argument("--light", type=int, default=50, help="submissions of 3-autograd; 0 leaves it out")
    parser.add_argument("--heavy", type=int, default=8, help="submissions of 5-mlp, each trains; 0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-otter", action="store_true", help="make no environment for Otter, and leave it out")
    options = parser.parse_args()
    ways = [way for way in WAYS if way != OTTER or not options.without_otter]
    mnist.get(mnist.default_root())
    rows = []
    for name, count, kinds in ((LIGHT, options.light, HONEST), (HEAVY, options.heavy, ("reference",))):
        if count:
            with tempfile.TemporaryDirectory() as folder:
                topic = prepared(name, Path(folder))
                rows += list(measured(topic, count, kinds, options.rounds, ways))
    print(f"\nmedians of {options.rounds} rounds, {CORES} cores")
    print(table(pd.DataFrame(rows)).reset_index().round(2).to_string(index=False, na_rep=""))
    for topic_name, own in own_cost(pd.DataFrame(rows)).iterrows():
        print(
            f"{topic_name}: own cells {own.own:.1f} s in rooms, {own.bare:.1f} s in bare kernels; "
            f"grading's own cost {own.cost:.1%}, tests included"
        )


if __name__ == "__main__":
    main()
