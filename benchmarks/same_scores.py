"""Whether stock nbgrader gives a graded class the points that we gave it, exercise by exercise.

What was submitted to a graded course (that of `make demo`) is graded once more by `nbgrader autograde`, with nothing of
our configuration, and every score in the two gradebooks is compared. Where a kernel dies, stock nbgrader records
nothing; where a test was deleted, it records no score for it: these are counted by themselves.

    python -m benchmarks.same_scores

takes half an hour: stock nbgrader grades one submission at a time.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.throughput import SCRIPTS, STOCK, VoidError, run
from seminar import mnist
from seminar.course.course import CONFIG_FILE, Course
from seminar.course.gradebook import opened

OUTCOMES = ("same", "different", "not in stock")

Scores = dict[tuple[str, str, str], float | None]
"""Of test cells, by topic, student and grade id."""


def scores(course: Course, topics: Sequence[str]) -> Scores:
    """All scores of some topics that a gradebook holds. What is not graded has none (its `score` says 0)."""
    found: Scores = {}
    with opened(course) as gradebook:
        for topic in topics:
            for submission in gradebook.assignment_submissions(topic):
                for notebook in submission.notebooks:
                    where = (topic, submission.student.id)
                    found |= {(*where, each.name): each.auto_score for each in notebook.grades}
    return found


def graded_by_stock(course: Course, topics: Sequence[str], folder: Path) -> Course:
    """Grade what was submitted to a course by stock nbgrader, in a folder of its own."""
    (folder / CONFIG_FILE).write_text(STOCK)
    for topic in topics:
        shutil.copytree(course.source(topic), folder / "source" / topic)
        for submission in course.submissions(topic):
            shutil.copytree(submission.folder, folder / "submitted" / submission.student / topic)
    stock = Course(folder)
    for topic in topics:
        run([SCRIPTS / "nbgrader", "generate_assignment", topic], folder)
        try:
            run([SCRIPTS / "nbgrader", "autograde", topic], folder)
        except VoidError as error:  # it ends so where it could not grade one of them: the others are graded
            print(f"{topic}: {str(error).strip().splitlines()[-1]}", flush=True)
        print(f"{topic}: graded by stock nbgrader", flush=True)
    return stock


def table(ours: Scores, theirs: Scores) -> pd.DataFrame:
    """How many scores of each topic are the same, and, printed, whose are not."""
    both = pd.DataFrame({"ours": pd.Series(ours, dtype=float), "stock": pd.Series(theirs, dtype=float)}).loc[list(ours)]
    both.index.names = ["topic", "student", "test"]
    both["outcome"] = "same"
    both.loc[(both["ours"] - both["stock"]).abs() > 1e-9, "outcome"] = "different"
    both.loc[both["stock"].isna(), "outcome"] = "not in stock"
    for (topic, student), rows in both[both["outcome"] != "same"].groupby(["topic", "student"]):
        told = rows["outcome"].value_counts().to_dict()
        print(f"{topic}, {student}: {', '.join(f'{many} {outcome}' for outcome, many in told.items())}")
    counted = both.groupby(["topic", "outcome"]).size().unstack(fill_value=0).reindex(columns=OUTCOMES, fill_value=0)
    students = both.reset_index().groupby("topic")["student"].nunique()
    counted.insert(0, "submissions", students)
    return counted.rename_axis(columns=None)


def main() -> None:
    """Grade, compare, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--graded", type=Path, default=Path("demo-course"), help="the course that is graded already")
    parser.add_argument("topics", nargs="*", help="by default all")
    options = parser.parse_args()
    course = Course(options.graded)
    topics = course.topics(tuple(options.topics))
    mnist.get(mnist.default_root())
    with tempfile.TemporaryDirectory(prefix="seminar-") as folder:
        stock = graded_by_stock(course, topics, Path(folder))
        print(table(scores(course, topics), scores(stock, topics)).to_string())


if __name__ == "__main__":
    main()
