"""Networks that are none, handed in for the network of topic 5: the tests of the course itself are to see through them."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from seminar.bulk.pipeline import autograde
from seminar.course.course import Course, Submission
from seminar.course.notebook_file import read, write
from seminar.course.release import release
from seminar.course.scratch import make_course
from tests.attacks.victim import Attack, attacks
from tests.making import ROOT

TOPIC = "5-mlp"
TESTS = ("test-build-model", "test-train-model")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    made = make_course(Course(ROOT), tmp_path_factory.mktemp("models") / "course")
    release(made, TOPIC)
    return made


@pytest.mark.parametrize("attack", attacks("models"), ids=lambda attack: attack.name)
def test_a_network_that_is_none_gets_nothing(course: Course, attack: Attack) -> None:
    submission = Submission(TOPIC, attack.name, course.submitted(TOPIC, attack.name))
    made = read(course.release(TOPIC) / f"{TOPIC}.ipynb")
    answers = dict(attack.parts)
    answers["build-model"] = answers.pop("double")  # where an attack's first part stands
    for cell in made.cells:
        cell.source = answers.get(cell.id, cell.source)
    loaders = read(course.source(TOPIC) / f"{TOPIC}.ipynb")
    for cell in made.cells:  # the loaders are right: what fails is the network
        if cell.id in ("make-loader", "make-fast-loader"):
            cell.source = next(each.source for each in loaders.cells if each.id == cell.id)
    write(made, submission.folder / f"{TOPIC}.ipynb")
    result = autograde(course.root, submission)
    assert (result.error, result.notes) == (None, ())
    with Gradebook(course.database) as gradebook:
        notebook = gradebook.find_submission_notebook(TOPIC, TOPIC, attack.name)
        points = {grade.name: grade.auto_score for grade in notebook.grades}
    assert {name: points[name] for name in TESTS} == dict.fromkeys(TESTS, 0)
    assert Path(course.autograded(TOPIC, attack.name)).is_dir()
