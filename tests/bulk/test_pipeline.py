"""Grading a class with real kernels and a real gradebook."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_markdown_cell

from seminar.bulk.pipeline import Outcome, Plan, autograde, is_graded, plan, set_up
from seminar.course.course import CONFIG_FILE, Course
from seminar.course.gradebook import scores
from seminar.course.ledger import Ledger
from seminar.course.notebook_file import read, write
from seminar.course.release import release
from seminar.errors import CourseError, GraderDiedError, NotebookError
from tests import making
from tests.bulk.grading import Here, grade_by_graders, grade_here, pending_of
from tests.making import RIGHT, code, graded, hand_in, make_course, notebook, solution
from tests.room.inside import becomes_true, still_run

HALF = solution("half", "def half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION")
TEST_HALF = graded(
    "test-half",
    'assert half(4) == 2, "half(4)"\n### BEGIN HIDDEN TESTS\nassert half(3) == 1.5, "half(3)"\n### END HIDDEN TESTS',
    points=3,
)
RIGHT_HALF = "def half(x):\n    return x * 0.5"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A released topic of two exercises, of 2 and 3 points."""
    made = make_course(
        tmp_path, doubling=notebook(making.given(), solution(), graded(), HALF, TEST_HALF, code("own", "double(1)"))
    )
    release(made, "doubling")
    return made


def graded_all(course: Course, regrade: bool = False) -> dict[str, Outcome]:
    return grade_here(course, "doubling", regrade=regrade)


def points(course: Course) -> dict[str, float]:
    return {score.student: score.points for score in scores(course, ["doubling"])}


def test_a_class_is_graded(course: Course) -> None:
    hand_in(course, "doubling", "right", RIGHT, RIGHT_HALF)
    hand_in(course, "doubling", "visible only", "def double(x):\n    return 4", RIGHT_HALF)
    hand_in(course, "doubling", "empty")
    hand_in(course, "doubling", "warns", f"import warnings\n{RIGHT}\nwarnings.warn('x')", RIGHT_HALF)
    warning = "def double(x):\n    import warnings\n    warnings.warn('is right')\n    return 2 * x"
    hand_in(course, "doubling", "warns in the test", warning, RIGHT_HALF)
    hand_in(course, "doubling", "dies", RIGHT, "import os\nos._exit(1)")
    hand_in(course, "doubling", "dies in the test", "import os\ndef double(x):\n    os._exit(1)", RIGHT_HALF)
    done = graded_all(course)
    assert {student: result.error for student, result in done.items() if result.error} == {}
    assert points(course) == {
        **{"right": 5, "visible only": 3, "empty": 0, "warns": 5, "warns in the test": 5},
        "dies": 2,  # what came before the death counts, what came after has failed
        "dies in the test": 0,
    }
    assert done["dies"].notes == ("cell 4 (half): the kernel was ended here: it died.",)
    assert done["dies in the test"].notes == ("cell 3 (test-double): the kernel was ended here: it died.",)
    assert all(is_graded(result.submission, course.autograded("doubling", student)) for student, result in done.items())


def test_a_test_that_the_student_has_skipped_has_failed(course: Course) -> None:
    path = hand_in(course, "doubling", "skips", RIGHT, "half = None")
    made = read(path)
    made.cells[4].metadata["tags"] = ["skip-execution"]
    write(made, path)
    graded_all(course)
    assert points(course) == {"skips": 2}


def test_a_test_that_the_student_has_deleted_is_put_back(course: Course) -> None:
    path = hand_in(course, "doubling", "deletes", RIGHT, "half = None")
    made = read(path)
    del made.cells[4]
    write(made, path)
    done = graded_all(course)
    assert points(course) == {"deletes": 2}
    assert scores(course, ["doubling"])[0].out_of == 5
    assert done["deletes"].notes == ("test-half: this test was deleted: it is put back and graded.",)


def test_a_test_that_the_student_has_changed_is_restored(course: Course) -> None:
    path = hand_in(course, "doubling", "changes", "double = None", "half = None")
    made = read(path)
    made.cells[2].source = "pass"
    made.cells[4].metadata["nbgrader"]["points"] = 100
    write(made, path)
    done = graded_all(course)
    assert points(course) == {"changes": 0}
    assert sorted(done["changes"].notes) == [
        "cell 3 (test-double): this test cell was changed: the instructor's counts.",
        "cell 5 (test-half): what the cell says of itself (points, kind) was changed: the instructor's counts.",
    ]


def test_a_test_that_the_instructor_has_mended_accuses_nobody(course: Course) -> None:
    for student in ("honest", "changes"):
        hand_in(course, "doubling", student, RIGHT, RIGHT_HALF)
    changing = course.submitted("doubling", "changes") / "doubling.ipynb"
    made = read(changing)
    made.cells[2].source = "pass"
    write(made, changing)
    first = graded_all(course)
    assert points(course) == {"honest": 5, "changes": 5}
    assert planned(course, "doubling").other_tests == {}
    source = course.sources("doubling")[0]
    mended = read(source)
    mended.cells[2].source = mended.cells[2].source.replace("assert double(2)", "# mended\nassert double(2)")
    mended.cells[4].metadata["nbgrader"]["points"] = 4
    write(mended, source)
    release(course, "doubling")
    assert planned(course, "doubling").other_tests == {"doubling": 2}
    assert pending_of(course, "doubling") == []
    again = graded_all(course, regrade=True)
    assert planned(course, "doubling").other_tests == {}
    assert points(course) == {"honest": 6, "changes": 6}
    assert first["honest"].notes == ()
    earlier = [
        f"cell {cell}: this cell is of an earlier release: the instructor's of today counts."
        for cell in ("3 (test-double)", "5 (test-half)")
    ]
    assert sorted(again["honest"].notes) == earlier
    assert sorted(again["changes"].notes) == [
        "cell 3 (test-double): this test cell was changed: the instructor's counts.",
        earlier[1],
    ]


def test_a_graded_cell_that_the_instructor_takes_out_is_refused_and_accuses_nobody(course: Course) -> None:
    hand_in(course, "doubling", "honest", RIGHT, RIGHT_HALF)
    graded_all(course)
    source = course.sources("doubling")[0]
    without = read(source)
    del without.cells[1:3]  # the first exercise
    write(without, source)
    with pytest.raises(
        NotebookError, match=r"no graded cell or notebook be added or removed.*nbgrader db assignment remove"
    ):
        release(course, "doubling")
    assert graded_all(course, regrade=True)["honest"].notes == ()
    assert points(course) == {"honest": 5}


def planned(course: Course, *topics: str, regrade: bool = False) -> Plan:
    with Ledger(course) as ledger:
        return plan(course, ledger, [*topics], regrade)


def test_a_plan_tells_what_is_to_be_graded_and_what_is_not(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook(), later=notebook(), nobody=notebook())
    with pytest.raises(CourseError, match="the gradebook"):
        planned(course, "doubling")
    release(course, "doubling")
    with pytest.raises(CourseError, match="nothing was submitted for doubling"):
        planned(course, "doubling")
    for student in ("ada", "new"):
        hand_in(course, "doubling", student, RIGHT)
    shutil.copytree(course.submitted("doubling", "ada"), course.submitted("later", "ada"))
    with pytest.raises(CourseError, match="later: the gradebook"):
        planned(course, "later")
    ada, new = course.submissions("doubling")
    autograde(course.root, ada)
    found = planned(course, "doubling", "later", "nobody")
    assert (found.topics, found.submissions, found.unchanged) == (["doubling", "nobody"], [new], 1)
    assert found.other_tests == {}
    (error,) = found.errors
    assert error.startswith("later: the gradebook")
    assert planned(course, "doubling", regrade=True).submissions == [ada, new]


@pytest.mark.parametrize(
    ("setting", "told"),
    [("Examine.isolation = 'rom'", "isolation.*'room', 'none'.*'rom'"), ("LimitOutput.max_lines = 'x'", "max_lines")],
)
def test_a_setting_of_a_wrong_kind_is_named_before_anything_is_graded(course: Course, setting: str, told: str) -> None:
    with (course.root / CONFIG_FILE).open("a") as config:
        config.write(f"\nc.{setting}\n")
    with pytest.raises(CourseError, match=rf"nbgrader_config\.py: .*{told}.* Mend it there"):
        set_up(Course(course.root))


def test_a_submission_that_cannot_be_graded_is_named_and_harms_no_other(course: Course) -> None:
    hand_in(course, "doubling", "right", RIGHT, RIGHT_HALF)
    hand_in(course, "doubling", "broken").write_text("{")
    hand_in(course, "doubling", "absent").unlink()
    done = graded_all(course)
    assert points(course)["right"] == 5
    errors = {student: str(result.error) for student, result in done.items() if result.error}
    assert errors.keys() == {"broken", "absent"}
    assert "broken/doubling/doubling.ipynb: is not a notebook" in errors["broken"]
    for student in errors:
        assert str(course.submitted("doubling", student)) in errors[student]


def test_only_what_is_new_is_graded(course: Course) -> None:
    hand_in(course, "doubling", "early", RIGHT, RIGHT_HALF)
    path = hand_in(course, "doubling", "twice", "double = None", RIGHT_HALF)
    graded_all(course)
    assert points(course) == {"early": 5, "twice": 3}
    assert pending_of(course, "doubling") == []
    hand_in(course, "doubling", "twice", RIGHT, RIGHT_HALF)
    os.utime(path, (time.time() + 5,) * 2)
    assert graded_all(course).keys() == {"twice"}
    assert points(course) == {"early": 5, "twice": 5}
    assert {each.student for each in pending_of(course, "doubling", regrade=True)} == {"early", "twice"}


def test_a_grading_that_was_cut_off_is_done_again(course: Course) -> None:
    hand_in(course, "doubling", "right", RIGHT, RIGHT_HALF)
    graded_all(course)
    copy = course.autograded("doubling", "right") / "doubling.ipynb"
    made = read(copy)
    for cell in made.cells:  # the sanitised copy that nbgrader writes first
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    del made.metadata["seminar"]
    copy.unlink()
    write(made, copy)
    assert len(pending_of(course, "doubling")) == 1


def test_a_grader_that_dies_again_and_again_is_an_incident_of_its_submission(course: Course) -> None:
    hand_in(course, "doubling", "right", RIGHT, RIGHT_HALF)
    path = course.submitted("doubling", "right") / "doubling.ipynb"
    made = read(path)
    made.cells.append(new_markdown_cell("<script>alert(1)</script>", id="theirs"))
    write(made, path)
    done = grade_here(course, "doubling", fleet=Here(GraderDiedError("its grader died.")))
    assert done["right"].error is None
    assert done["right"].notes == ("its grader died.",)
    assert points(course) == {"right": 0}
    graded = read(course.autograded("doubling", "right") / "doubling.ipynb")
    assert "its grader died" in graded.cells[0].source
    assert "<script>" not in graded.cells[-1].source
    assert pending_of(course, "doubling") == []


def test_a_killed_coordinator_leaves_no_process_and_no_mount(course: Course) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    hand_in(course, "doubling", "endless", "import os\nos.fork()\nwhile True: pass")
    hand_in(course, "doubling", "endless too", "def double(x):\n    while True: pass")
    command = [sys.executable, "-m", "seminar", "--course", str(course.root), "grade", "--jobs", "2"]
    coordinator = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def below() -> list[psutil.Process]:
        return list(coordinator.children(recursive=True))

    def kernels() -> list[psutil.Process]:
        found = []
        for each in below():
            with contextlib.suppress(psutil.Error):  # gone, or dead and not buried yet
                if each.uids().real != os.getuid() or each.cwd() == "/home/student":
                    found.append(each)
        return found

    assert becomes_true(lambda: len(kernels()) >= 3, seconds=120)
    pids = [each.pid for each in below()]
    coordinator.kill()
    coordinator.wait()
    assert becomes_true(lambda: not still_run(pids))
    assert Path("/proc/self/mountinfo").read_text() == mounts


def test_a_defect_of_the_grader_ends_no_run(course: Course, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "seminar")
    for student in ("[red]", "b"):
        hand_in(course, "doubling", student, RIGHT, RIGHT_HALF)
    results = grade_here(course, "doubling", fleet=Here(LookupError("a defect"))).values()
    assert [result.error is not None and "LookupError: a defect" in result.error for result in results] == [True, True]
    logged = [record.exc_info for record in caplog.records if record.name == "seminar" and record.exc_info]
    assert [kind for kind, _, _ in logged] == [LookupError, LookupError]
    assert len(pending_of(course, "doubling")) == 2


def test_local_graders_grade_a_class(course: Course) -> None:
    for number in range(4):
        hand_in(course, "doubling", f"student {number}", RIGHT, RIGHT_HALF if number % 2 else "half = None")
    done = grade_by_graders(course, pending_of(course, "doubling"))
    assert [each.error for each in done] == [None] * 4
    assert points(course) == {"student 0": 2, "student 1": 5, "student 2": 2, "student 3": 5}


def test_a_student_id_that_is_no_text_harms_no_other(course: Course) -> None:
    hand_in(course, "doubling", os.fsdecode(b"m\xfcller"), RIGHT, RIGHT_HALF)
    hand_in(course, "doubling", "zoë", RIGHT, RIGHT_HALF)
    errors = {
        outcome.submission.student: outcome.error
        for outcome in grade_by_graders(course, pending_of(course, "doubling"))
    }
    assert errors.pop("zoë") is None
    (error,) = errors.values()
    assert str(error).startswith(rf"{course.root}/submitted/m\xfcller/doubling: the student's id is not text in UTF-8")
    assert "Rename the folder" in str(error)
    assert points(course) == {"zoë": 5}


def test_a_student_id_of_several_lines_harms_no_other(course: Course) -> None:
    hand_in(course, "doubling", "ada\nbo", RIGHT, RIGHT_HALF)
    hand_in(course, "doubling", "zoë", RIGHT, RIGHT_HALF)
    done = grade_here(course, "doubling")
    assert done.pop("zoë").error is None
    assert str(done.popitem()[1].error).startswith(
        rf"'{course.root}/submitted/ada\nbo/doubling': the student's id holds an end of line"
    )
    assert points(course) == {"zoë": 5}


def test_a_student_may_have_nearly_any_name(course: Course) -> None:
    names = ("b c, d", "zoë", "o'neil", "李", "[a]*", '"quoted"', "-rf", "a.b")
    for student in names:
        hand_in(course, "doubling", student, RIGHT, "half = None")
    assert {student: result.error for student, result in graded_all(course).items()} == dict.fromkeys(names)
    assert points(course) == dict.fromkeys(names, 2)
