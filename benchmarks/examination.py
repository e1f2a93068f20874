"""What an examination costs beside its cells: the time to the first cell, and CPU, against stock nbgrader in one run.

A small notebook with cheap cells is graded again and again in each of three ways, in turn:

- "nothing is run": nbgrader's autograde without a preprocessor that runs cells: its own reading and recording;
- "in a room": the course's own configuration, with a warm parent that has been started before;
- "stock nbgrader": nbgrader's own preprocessors, with a kernel of its own.

Then its cells are run, tests and all, in a kernel that runs already: the cost of the cells themselves, with what
Jupyter's protocol costs them. Seconds of CPU are those of all processes: grader, kernel, examiner, warm parent,
bubblewrap. The time to the first cell is from the call of autograde to what the first cell says that the clock says.
Figures are medians over the rounds; those beside the cells are without nbgrader's own and the cells' cost.

    python -m benchmarks.examination --rounds 10
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import psutil
from nbclient import NotebookClient
from nbformat.v4 import new_notebook
from nbgrader.converters import Autograde

from seminar.course import converters
from seminar.course.course import Course, Submission
from seminar.course.notebook_file import read
from seminar.course.release import release
from seminar.errors import GradingError
from seminar.examiner import PRELOAD
from seminar.examiner.examine import Examine
from seminar.room.provisioner import shared_parent
from tests.making import code, given, graded, hand_in, make_course, notebook, solution

TOPIC = "small"
CLOCK = "import time\nprint(time.monotonic())"
EXERCISES = 6
WAYS = ("nothing is run", "in a room", "stock nbgrader")


def make(root: Path) -> tuple[Course, Submission]:
    """A course with a notebook of cheap cells, and a submission."""
    cells = [code("clock", CLOCK), given()]
    for number in range(EXERCISES):
        cells += [solution(f"double-{number}"), graded(f"test-double-{number}")]
    course = make_course(root, **{TOPIC: notebook(*cells)})
    release(course, TOPIC)
    path = hand_in(course, TOPIC, "ada", *["def double(x):\n    return 2 * x"] * EXERCISES)
    return course, Submission(TOPIC, "ada", path.parent)


def autograde(course: Course, submission: Submission, way: str) -> None:
    """Grade the submission in one of the ways."""
    course = Course(course.root)
    if way == "stock nbgrader":
        for trait in ("autograde_preprocessors", "sanitize_preprocessors", "pre_convert_hook"):
            del course.config.Autograde[trait]
    elif way == "nothing is run":
        kept = [each for each in course.config.Autograde.autograde_preprocessors if each is not Examine]
        course.config.Autograde.autograde_preprocessors = kept
    converter = Autograde(coursedir=course.directory(TOPIC, submission.student), config=course.config)
    converter.force = True
    converters.run(converter, GradingError, submission.student)


def cpu() -> float:
    """Seconds of CPU of this process and of all that it has started and that has ended, the warm parent's included."""
    own = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    process = shared_parent(PRELOAD).process
    assert process is not None
    times = psutil.Process(process.pid).cpu_times()
    return float(own + times.user + times.system + times.children_user + times.children_system)


def measure(course: Course, submission: Submission, way: str) -> dict[str, float]:
    """Grade once. Returns the seconds to the first cell, those of CPU, and those in all."""
    used, start = cpu(), time.monotonic()
    autograde(course, submission, way)
    end = time.monotonic()
    shown = read(course.autograded(TOPIC, submission.student) / f"{TOPIC}.ipynb").cells[0].outputs
    first = float(shown[0].text) - start if shown else float("nan")
    time.sleep(0.2)  # the last processes are reaped
    return {"first cell": first, "CPU": cpu() - used, "in all": end - start}


def cells_alone(course: Course, rounds: int) -> float:
    """Seconds of CPU that the cells of the notebook take in a kernel that runs already."""
    notebook = read(course.source(TOPIC) / f"{TOPIC}.ipynb")
    with start_new_kernel_client() as client:
        assert client.km is not None
        kernel = psutil.Process(client.km.provisioner.pid)

        def used() -> float:
            times = kernel.cpu_times()
            return float(time.process_time() + times.user + times.system)

        def run() -> float:
            start = used()
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            return used() - start

        client.nb = notebook
        run()
        return statistics.median(run() for _ in range(rounds))


@contextlib.contextmanager
def start_new_kernel_client() -> Iterator[NotebookClient]:
    """A client with a kernel that runs."""
    client = NotebookClient(new_notebook(), kernel_name="python3", extra_arguments=["--log-level=ERROR"])
    client.reset_execution_trackers()
    with client.setup_kernel():
        yield client


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="What an examination costs beside its cells.")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    start = time.monotonic()
    shared_parent(PRELOAD).start()
    warm = time.monotonic() - start
    with tempfile.TemporaryDirectory() as folder:
        course, submission = make(Path(folder))
        for way in WAYS:
            autograde(course, submission, way)  # the first of each imports and compiles
        rows = [{"way": way, **measure(course, submission, way)} for _ in range(options.rounds) for way in WAYS]
        cells = cells_alone(course, options.rounds)
    table = pd.DataFrame(rows).groupby("way", sort=False).median()
    table["beside the cells"] = (table["CPU"] - table["CPU"].iloc[0] - cells).iloc[1:]
    print(table.round(2).to_string(na_rep=""))
    print(f"CPU of the cells themselves: {cells:.2f} s")
    print(f"once per worker, for the warm parent's imports: {warm:.1f} s")


if __name__ == "__main__":
    main()
