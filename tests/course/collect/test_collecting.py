"""Collecting submissions as learning management systems name them, from archives that nobody vouches for."""

from __future__ import annotations

import errno
import filecmp
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from seminar.cli import main
from seminar.course.collect.collecting import Outcome, collect
from seminar.course.collect.placing import collected
from seminar.course.course import Course
from seminar.errors import CollectError
from tests.course.collect.downloads import NOON, ROSTER, TEXT, TOPICS, Files, about, answer, in_folder, tarred, zipped
from tests.making import code, make_course, notebook


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path / "course", **{topic: about(topic) for topic in TOPICS})


def placed(outcome: Outcome) -> set[tuple[str, str, int, bool]]:
    return {(each.student, each.topic, each.collected.attempt, each.collected.late) for each in outcome.placed}


def handed_in(course: Course, student: str, topic: str = "3-autograd") -> bytes:
    return (course.submitted(topic, student) / f"{topic}.ipynb").read_bytes()


def problems(outcome: Outcome) -> dict[str, str]:
    return {aside.name: aside.why for aside in outcome.not_placed}


def enrol(course: Course, **students: dict[str, str]) -> None:
    with Gradebook(course.database, "") as gradebook:
        for name, columns in students.items():
            gradebook.add_student(name, **columns)


# Names


def test_canvas(course: Course, tmp_path: Path) -> None:
    enrol(course, ada={"lms_user_id": "12345"})
    files: Files = {
        "lovelaceada_LATE_12345_11_3-autograd-1.ipynb": answer("second"),
        "lovelaceada_LATE_12345_12_helper-1.py": "x = 1",
        "lovelaceada_12345_10_3-autograd.ipynb": answer("first"),
        "babbagecharles_777_13_3-AUTOGRAD.ipynb": answer("charles"),
        "nobody_778_14_homework.ipynb": answer("by its grade ids", "4-mnist"),
    }
    outcome = collect(course, zipped(tmp_path / "submissions.zip", files))
    assert problems(outcome) == {}
    assert placed(outcome) == {
        ("ada", "3-autograd", 1, True),
        ("777", "3-autograd", 0, False),
        ("778", "4-mnist", 0, False),
    }
    assert handed_in(course, "ada") == answer("second")
    assert handed_in(course, "778", "4-mnist") == answer("by its grade ids", "4-mnist")
    folder = course.submitted("3-autograd", "ada")
    assert (folder / "helper.py").read_text() == "x = 1"
    record = json.loads((folder / ".collected.json").read_text())
    assert {**record, "source": "lovelaceada_LATE_12345_11_3-autograd-1.ipynb", "late": True, "attempt": 1} == record
    found = collected(folder)
    assert found
    assert (found.source, found.late, found.attempt) == (record["source"], True, 1)
    assert "counts instead" in outcome.skipped[0].why


@pytest.mark.parametrize("flat", [False, True])
def test_moodle(course: Course, tmp_path: Path, flat: bool) -> None:
    enrol(course, al={"first_name": "Ada", "last_name": "Lovelace"})
    end = "" if flat else "/"
    files: Files = {
        f"Ada Lovelace_1234567_assignsubmission_file_{end}3-autograd.ipynb": answer("first"),
        f"Ada Lovelace_1234567_assignsubmission_file_{end}3-autograd (1).ipynb": answer("second"),
        f"Ada Lovelace_1234567_assignsubmission_file_{end}plot.png": b"\x89PNG",
        "Ada Lovelace_1234567_assignsubmission_onlinetext_/onlinetext.html": "<p>",
        f"李 O'Neil_9_assignsubmission_file_{end}3-autograd.ipynb": answer("li"),
    }
    outcome = collect(course, zipped(tmp_path / "moodle.zip", files))
    assert problems(outcome) == {}
    assert placed(outcome) == {("al", "3-autograd", 1, False), ("李 O'Neil", "3-autograd", 0, False)}
    assert handed_in(course, "al") == answer("second")
    assert (course.submitted("3-autograd", "al") / "plot.png").read_bytes() == b"\x89PNG"


def solved(how: str) -> bytes:
    """A notebook whose solution cell a student has filled in."""
    return answer().replace(b"return 2 * x", f"return {how}".encode())


@pytest.mark.parametrize("moodle", ["Ada B_1_assignsubmission_file_/", "Ada B_1_assignsubmission_file_"])
def test_a_solved_copy_counts_rather_than_what_was_released(moodle: str, course: Course, tmp_path: Path) -> None:
    in_folder(course.release("3-autograd"), {"3-autograd.ipynb": answer()})
    blank, copy = f"{moodle}3-autograd.ipynb", f"{moodle}3-autograd-Copy1.ipynb"
    for number, (first, second) in enumerate(((blank, copy), (copy, blank))):
        outcome = collect(
            course, zipped(tmp_path / f"{number}.zip", {first: answer("own cell"), second: solved("x + x")})
        )
        assert handed_in(course, "Ada B") == solved("x + x")
        assert [(each.name, each.why) for each in outcome.skipped] == [
            (first, f"is as it was released: {second} counts instead"),
        ]
    # Of several uploads, which Canvas numbers, the last one counts, whatever it holds.
    files: Files = {
        "a_1_10_3-autograd.ipynb": solved("x * 2"),
        "a_1_11_homework-2.ipynb": answer(),
        "b_2_12_3-autograd.ipynb": answer("blank"),
        "b_2_13_3-autograd-1.ipynb": answer("the last of those"),
    }
    collect(course, zipped(tmp_path / "canvas.zip", files))
    assert handed_in(course, "1") == answer()
    assert handed_in(course, "2") == answer("the last of those")


def test_of_several_that_are_worked_on_the_newest_counts(course: Course, tmp_path: Path) -> None:
    in_folder(course.release("3-autograd"), {"3-autograd.ipynb": answer()})
    blank, older, newer = (f"Ada B_1_assignsubmission_file_/3-autograd{end}.ipynb" for end in ("", "-Copy2", "-Copy1"))
    folder = in_folder(tmp_path / "x", {blank: answer(), older: solved("older"), newer: solved("newer")})
    for name, at in ((older, NOON), (newer, NOON + 60), (blank, NOON + 120)):
        os.utime(folder / name, (at, at))
    outcome = collect(course, folder)
    assert handed_in(course, "Ada B") == solved("newer")
    assert {each.name: each.why for each in outcome.skipped} == {
        blank: f"is as it was released: {newer} counts instead",
        older: f"{newer} counts instead",
    }
    shutil.rmtree(course.root / "submitted")
    outcome = collect(course, zipped(tmp_path / "x.zip", {older: solved("one"), newer: solved("other")}))
    why = "several notebooks of 3-autograd differ, and nothing tells which of them is the last"
    assert problems(outcome) == {older: why, newer: why}
    assert outcome.placed == []


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("3-autograd.ipynb", "3-autograd-final.ipynb"),
        ("3-autograd-Copy1.ipynb", "3-autograd.ipynb"),
        ("3-autograd (1).ipynb", "3-autograd.ipynb"),
        ("3-autograd.ipynb", "Untitled.ipynb"),
    ],
)
@pytest.mark.parametrize("sent", ["Ada B_1_assignsubmission_file_/", "x_Ada B_attempt_2026-01-30-15-00-00_"])
def test_the_newer_of_one_submission_counts_whatever_it_is_called(
    sent: str, older: str, newer: str, course: Course, tmp_path: Path
) -> None:
    in_folder(course.release("3-autograd"), {"3-autograd.ipynb": answer()})
    folder = in_folder(tmp_path / "x", {sent + older: solved("older"), sent + newer: solved("newer")})
    os.utime(folder / f"{sent}{older}", (NOON, NOON))
    os.utime(folder / f"{sent}{newer}", (NOON + 60, NOON + 60))
    outcome = collect(course, folder)
    assert handed_in(course, "Ada B") == solved("newer")
    assert {each.name: each.why for each in outcome.skipped} == {sent + older: f"{sent}{newer} counts instead"}


def test_where_no_time_tells_the_name_does(course: Course, tmp_path: Path) -> None:
    in_folder(course.release("3-autograd"), {"3-autograd.ipynb": answer()})
    named, other = (f"Ada B_1_assignsubmission_file_/{name}.ipynb" for name in ("3-autograd", "3-autograd-v2"))
    folder = in_folder(tmp_path / "x", {named: solved("named"), other: solved("other")})
    for at_named, at_other in ((NOON, NOON + 1), (0, NOON)):  # as near as a .zip tells; none
        os.utime(folder / named, (at_named, at_named))
        os.utime(folder / other, (at_other, at_other))
        collect(course, folder)
        assert handed_in(course, "Ada B") == solved("named")
        shutil.rmtree(course.root / "submitted")


def test_attempts_with_times(course: Course, tmp_path: Path) -> None:
    files: Files = {
        "3-autograd_bit_attempt_2016-01-30-16-00-00_homework.ipynb": answer("later"),
        "3-autograd_bit_attempt_2016-01-30-15-00-00_homework.ipynb": answer("earlier"),
        "3-autograd_bit_attempt_2016-01-30-16-00-00_data.csv": "1,2",
        "3-autograd_bit_attempt_2016-01-30-15-00-00_old.csv": "1,2",
        "3-autograd_bit_attempt_2016-01-30-16-00-00.txt": "Name: Bit",
    }
    outcome = collect(course, tarred(tmp_path / "x.tar.gz", files))
    assert problems(outcome) == {}
    assert handed_in(course, "bit") == answer("later")
    folder = course.submitted("3-autograd", "bit")
    assert sorted(path.name for path in folder.iterdir()) == [
        ".collected.json",
        "3-autograd.ipynb",
        "data.csv",
        "timestamp.txt",
    ]
    assert CourseDirectory().get_existing_timestamp(str(folder)) == datetime(2016, 1, 30, 16)


def test_nbgraders_own_layout(course: Course, tmp_path: Path) -> None:
    files: Files = {
        "ada/3-autograd/3-autograd.ipynb": answer("ada"),
        "ada/3-autograd/timestamp.txt": "2016-01-30 15:00:00.000000 UTC",
        "ada/4-mnist/4-mnist.ipynb": answer("ada", "4-mnist"),
        "b c, d/3-autograd/solution.ipynb": answer("misnamed"),
    }
    outcome = collect(course, in_folder(tmp_path / "elsewhere", files))
    assert problems(outcome) == {}
    assert {(student, topic) for student, topic, *_ in placed(outcome)} == {
        ("ada", "3-autograd"),
        ("ada", "4-mnist"),
        ("b c, d", "3-autograd"),
    }
    ada = collected(course.submitted("3-autograd", "ada"))
    assert ada
    assert ada.handed_in == datetime(2016, 1, 30, 15)
    elsewhere = shutil.copytree(course.root / "submitted", tmp_path / "copy")
    assert len(collect(course, elsewhere).left) == 3


def test_a_students_folder_is_the_students(course: Course, tmp_path: Path) -> None:
    enrol(course, ada={"lms_user_id": "12345"}, bob={})
    files: Files = {
        "mallory/3-autograd/3-autograd.ipynb": answer("mallory"),
        "mallory/3-autograd/lovelaceada_12345_99999999_3-autograd.ipynb": answer("as ada"),
        "mallory/3-autograd/run_10_20_log.txt": "x",
        "oscar/3-autograd/solution.ipynb": answer("misnamed"),
        "oscar/3-autograd/Ada B_1_assignsubmission_file_x.txt": "x",
        "oscar/3-autograd/hw_ada_attempt_2016-01-30-15-00-00_x/y.txt": "x",
        "bob/3-autograd/lovelaceada_12345_99999998_homework.ipynb": answer("known to be bob's"),
    }
    outcome = collect(course, in_folder(tmp_path / "x", files))
    assert {student for student, *_ in placed(outcome)} == {"mallory", "oscar", "bob"}
    assert problems(outcome) == {}
    assert handed_in(course, "mallory") == answer("mallory")
    assert (course.submitted("3-autograd", "mallory") / "run_10_20_log.txt").exists()
    assert len([path for path in course.submitted("3-autograd", "oscar").rglob("*.txt") if path.is_file()]) == 2


def test_a_download_that_was_sorted_by_topic(course: Course, tmp_path: Path) -> None:
    enrol(course, ada={"lms_user_id": "1"})
    files: Files = {
        "downloads/3-autograd/lovelace_1_2_x.ipynb": answer("ada"),
        "downloads/3-autograd/babbage_3_4_work/3-autograd.ipynb": answer("charles"),
        "downloads/4-mnist/lovelace_1_5_4-mnist.ipynb": answer("ada", "4-mnist"),
        "Bo C_6_assignsubmission_file_/3-autograd/3-autograd.ipynb": answer("bo"),
        "Bo C_6_assignsubmission_file_/3-autograd/a_1_7_x.txt": "bo's",
    }
    outcome = collect(course, in_folder(tmp_path / "x", files))
    assert {(student, topic) for student, topic, *_ in placed(outcome)} == {
        ("ada", "3-autograd"),
        ("3", "3-autograd"),
        ("ada", "4-mnist"),
        ("Bo C", "3-autograd"),
    }
    assert problems(outcome) == {}


def test_a_download_that_was_sorted_by_topic_and_student(course: Course, tmp_path: Path) -> None:
    files = {f"spring/3-autograd/{name}/3-autograd.ipynb": answer(name) for name in ("ada", "bo", "cy")}
    more: Files = {
        "spring/3-autograd/ada/data.csv": "1",
        "spring/4-mnist/4-mnist.ipynb": answer("spring", "4-mnist"),
    }
    outcome = collect(course, in_folder(tmp_path / "x", {**files, **more}))
    assert placed(outcome) == {("spring", "4-mnist", 0, False)}
    assert outcome.skipped == []
    assert set(problems(outcome)) == {*files, "spring/3-autograd/ada/data.csv"}
    notebooks = [aside for aside in outcome.not_placed if aside.name in files]
    why = "several notebooks of 3-autograd lie in different folders of one submission"
    assert {aside.why for aside in notebooks} == {why}
    assert all("STUDENT/TOPIC/" in aside.cure for aside in notebooks)
    outcome = collect(course, tmp_path / "x", ["4-mnist"])
    assert problems(outcome) == {}


def test_a_notebook_in_several_folders(course: Course, tmp_path: Path) -> None:
    moodle = "Ada B_{}_assignsubmission_file_/{}".format
    files: Files = {
        # As it was given, twice; then two that differ, in one folder.
        "a_1_10_work/3-autograd.ipynb": answer("same"),
        "a_1_10_work/copy/3-autograd.ipynb": answer("same"),
        "b_2_20_work/hw/3-autograd.ipynb": answer("older"),
        "b_2_20_work/hw/3-autograd (1).ipynb": answer("newer"),
        # Canvas's later upload counts, wherever the student has put the notebook.
        "c_3_30_work/first/3-autograd.ipynb": answer("older"),
        "c_3_31_work-1/second/3-autograd.ipynb": answer("newer"),
        moodle(4, "3-autograd.ipynb"): answer("one"),
        moodle(4, "old/3-autograd.ipynb"): answer("another"),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    assert {student for student, *_ in placed(outcome)} == {"1", "2", "3"}
    assert handed_in(course, "2") == handed_in(course, "3") == answer("newer")
    assert set(problems(outcome)) == {moodle(4, "3-autograd.ipynb"), moodle(4, "old/3-autograd.ipynb")}


def test_a_topic_that_is_named_as_canvas_names_files(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course", **{"week_3_1_tensors": about("week_3_1_tensors")})
    files: Files = {
        "ada/week_3_1_tensors/week_3_1_tensors.ipynb": answer("ada", "week_3_1_tensors"),
        "week_3_1_tensors.ipynb": answer("nobody", "week_3_1_tensors"),
    }
    outcome = collect(course, in_folder(tmp_path / "x", files))
    assert {student for student, *_ in placed(outcome)} == {"ada"}
    assert list(problems(outcome)) == ["week_3_1_tensors.ipynb"]


def test_a_dated_download_is_not_one_students(course: Course, tmp_path: Path) -> None:
    files: Files = {f"s_{number}_{number}0_3-autograd.ipynb": answer(str(number)) for number in (12, 13)}
    folder = in_folder(tmp_path / "x", {"cy_14_140_3-autograd.ipynb": answer("cy")})
    archive = zipped(folder / "submissions_2025_11_25.zip", files)
    outcome = collect(course, folder)
    assert {student for student, *_ in placed(outcome)} == {"14"}
    assert set(problems(outcome)) == {f"submissions_2025_11_25/{name}" for name in files}
    assert {student for student, *_ in placed(collect(course, archive))} == {"12", "13"}


def test_a_number_in_a_students_name_is_not_the_students(course: Course, tmp_path: Path) -> None:
    enrol(course, ada={"lms_user_id": "12345"}, mallory={"lms_user_id": "777"}, bob={"lms_user_id": "345"})
    files: Files = {
        "mallory_12345_777_888_3-autograd.ipynb": answer("as ada"),
        "user_1001_345_6789_3-autograd.ipynb": answer("bob"),
        "lovelaceada_12345_889_3-autograd.ipynb": answer("ada"),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    assert {student for student, *_ in placed(outcome)} == {"ada", "bob"}
    assert handed_in(course, "ada") == answer("ada")
    assert set(problems(outcome)) == {"mallory_12345_777_888_3-autograd.ipynb"}


def test_students_before_their_topic(course: Course, tmp_path: Path) -> None:
    enrol(course, bit_diddle={})
    time = "attempt_2016-01-30-15-00-00"
    files: Files = {
        f"ada_3-autograd_{time}_3-autograd.ipynb": answer("ada"),
        f"bob_3-autograd_{time}_3-autograd.ipynb": answer("bob"),
        f"Homework_3_cy_{time}_3-autograd.ipynb": answer("cy"),
        f"Homework_3_bit_diddle_{time}_3-autograd.ipynb": answer("bit"),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    assert {student for student, *_ in placed(outcome)} == {"ada", "bob", "cy", "bit_diddle"}
    assert problems(outcome) == {}


def test_the_courses_own_expression_for_names(course: Course, tmp_path: Path) -> None:
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write('\nc.FileNameCollectorPlugin.named_regexp = r".*hw-(?P<student_id>\\w+)-(?P<file_id>3-autograd)"\n')
    outcome = collect(Course(course.root), in_folder(tmp_path / "x", {"hw-ada-3-autograd.ipynb": answer("ada")}))
    assert placed(outcome) == {("ada", "3-autograd", 0, False)}


def test_archives_in_a_folder(course: Course, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    zipped(folder / "autograd.zip", {"a_1_2_3-autograd.ipynb": answer("a"), "a_1_3_helper.py": "x"})
    zipped(folder / "mnist.zip", {"a_1_4_4-mnist.ipynb": answer("a", "4-mnist"), "a_1_5_plot.png": "y"})
    zipped(folder / "b_7_8_work.zip", {"3-autograd.ipynb": answer("b"), "more/data.csv": "z"})
    (folder / "broken.zip").write_bytes(b"PK nothing")
    outcome = collect(course, folder)
    assert {(student, topic) for student, topic, *_ in placed(outcome)} == {
        ("1", "3-autograd"),
        ("1", "4-mnist"),
        ("7", "3-autograd"),
    }
    assert (course.submitted("3-autograd", "1") / "helper.py").exists()
    assert (course.submitted("4-mnist", "1") / "plot.png").exists()
    assert (course.submitted("3-autograd", "7") / "more" / "data.csv").exists()
    assert list(problems(outcome)) == ["broken.zip"]
    assert "is damaged" in problems(outcome)["broken.zip"]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_archives_that_students_hand_in_to_a_class_archive(course: Course, pack: object, tmp_path: Path) -> None:
    make, end = (zipped, "zip") if pack is zipped else (tarred, "tar.gz")
    deep = make(tmp_path / f"deep.{end}", {"3-autograd.ipynb": answer("deep")}).read_bytes()
    inner: dict[str, Files] = {
        f"ada_12_100_work.{end}": {"3-autograd.ipynb": answer("ada"), "data/a.csv": "1"},
        f"Bo B_4_assignsubmission_file_/hw.{end}": {"hw/3-autograd.ipynb": answer("bo")},
        f"cy_14_140_work.{end}": {f"more.{end}": deep},
        f"dee_15_150_work.{end}": {str(number): b"" for number in range(5001)},
    }
    files: Files = {name: make(tmp_path / f"inner.{end}", held).read_bytes() for name, held in inner.items()}
    outcome = collect(course, make(tmp_path / f"class.{end}", files))
    assert {student for student, *_ in placed(outcome)} == {"12", "Bo B"}
    assert (course.submitted("3-autograd", "12") / "data" / "a.csv").read_text() == "1"
    assert problems(outcome) == {
        f"cy_14_140_work/more.{end}": "is an archive in an archive in an archive",
        f"dee_15_150_work.{end}": "holds more than 5000 files",
    }


def test_a_roster_says_who_it_is(course: Course, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "\ufeffid,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,,12\nzoë,Zoe\u0308,B,,\n", "utf-8"
    )
    files: Files = {
        "x_12_1_3-autograd.ipynb": answer("ada"),
        "Group A-Ada Lovelace_4_assignsubmission_file_/4-mnist.ipynb": answer("ada", "4-mnist"),
        "ZOË b_3_assignsubmission_file_/3-autograd.ipynb": answer("zoë"),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files), roster=roster)
    assert {student for student, *_ in placed(outcome)} == {"ada", "zoë"}


def test_a_roster_completes_the_gradebook(course: Course, tmp_path: Path) -> None:
    enrol(course, ada={"lms_user_id": "12"}, bo={"lms_user_id": "13"})
    roster = tmp_path / "roster.csv"
    roster.write_text("id,first_name,last_name,lms_user_id\nada,Ada,Lovelace,\nbo,,,14\n", "utf-8")
    files: Files = {
        "x_12_1_3-autograd.ipynb": answer("ada"),
        "x_13_2_3-autograd.ipynb": answer("bo's number has changed"),
        "x_14_3_3-autograd.ipynb": answer("bo"),
        "Ada Lovelace_4_assignsubmission_file_/4-mnist.ipynb": answer("ada", "4-mnist"),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files), roster=roster)
    assert {(student, topic) for student, topic, *_ in placed(outcome)} == {
        ("ada", "3-autograd"),
        ("ada", "4-mnist"),
        ("13", "3-autograd"),
        ("bo", "3-autograd"),
    }


def test_who_is_called_as_two_are_is_told(course: Course, tmp_path: Path) -> None:
    enrol(course, a={"first_name": "Seán", "last_name": "OBrien"}, b={"first_name": "Sean", "last_name": "O'Brien"})
    name = "{}_1_assignsubmission_file_/3-autograd.ipynb".format
    outcome = collect(
        course, in_folder(tmp_path / "x", {name("SEAN O-BRIEN"): answer(), name("Seán OBrien"): answer()})
    )
    assert problems(outcome) == {name("SEAN O-BRIEN"): "SEAN O-BRIEN may be a or b"}
    assert {student for student, *_ in placed(outcome)} == {"a"}  # as it is written


def test_a_courses_number_that_is_canvas_number_of_another_is_told_apart_by_the_name(
    course: Course, tmp_path: Path
) -> None:
    enrol(
        course,
        **{
            "1001": {"first_name": "Ada", "last_name": "Lovelace"},
            "1002": {"first_name": "Bo", "last_name": "Boole"},
            "1003": {"first_name": "Cy", "last_name": "Young"},
        },
    )
    files = {
        "lovelaceada_1002_55_3-autograd.ipynb": answer("by ada"),
        "boolebo_LATE_1005_56_3-autograd.ipynb": answer("by bo"),
        "youngcyrus_1003_57_3-autograd.ipynb": answer("by cy"),  # a name that nobody has tells nothing
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    assert problems(outcome) == {"lovelaceada_1002_55_3-autograd.ipynb": "1002 may be 1001 or 1002"}
    assert placed(outcome) == {("1005", "3-autograd", 0, True), ("1003", "3-autograd", 0, False)}


def test_a_roster_with_spaces_behind_its_commas_is_read(course: Course, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("id, first_name, last_name, email, lms_user_id\nada, Ada, Lovelace, a@example.org, 1002\n")
    archive = zipped(tmp_path / "x.zip", {"lovelaceada_1002_55_3-autograd.ipynb": answer()})
    assert placed(collect(course, archive, roster=roster)) == {("ada", "3-autograd", 0, False)}


def test_a_roster_that_tells_nobody_of_those_who_hand_in_is_no_silence(course: Course, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    archive = zipped(tmp_path / "x.zip", {"lovelaceada_1002_55_3-autograd.ipynb": answer()})
    roster.write_text("id\nada\n")
    assert collect(course, archive, roster=roster).unknown == {"1002": "lovelaceada_1002_55_3-autograd.ipynb"}
    roster.write_text("")
    with pytest.raises(CollectError, match=r"roster\.csv: has no column `id`"):
        collect(course, archive, roster=roster)


def test_an_archive_with_nothing_in_it_is_told(course: Course, tmp_path: Path) -> None:
    nothing = zipped(tmp_path / "nothing.zip", {})
    hidden = zipped(tmp_path / "hidden.zip", {"__MACOSX/._x": b"", "a/.DS_Store": b"", "Icon\r": b""})
    files = {
        "lovelaceada_1_55_3-autograd.ipynb": answer(),
        "boolebo_2_56_hw.zip": nothing.read_bytes(),
        "youngcy_3_57_hw.zip": hidden.read_bytes(),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    why = "holds no file that anybody hands in"
    assert problems(outcome) == {"boolebo_2_56_hw.zip": why, "youngcy_3_57_hw.zip": why}
    assert {each.student for each in outcome.placed} == {"1"}
    (tmp_path / "folder").mkdir()
    for empty in (nothing, tmp_path / "folder"):
        with pytest.raises(CollectError, match=r"holds no file\. Name what you downloaded"):
            collect(course, empty)


def test_who_is_not_in_the_roster_is_told(course: Course, tmp_path: Path) -> None:
    files: Files = {
        "Ada [b]_1_assignsubmission_file_/3-autograd.ipynb": answer("a new one"),
        "lovelaceada_12345_100_3-autograd.ipynb": answer("ada"),
        "studenttest_99999_101_3-autograd.ipynb": answer("the teacher"),
        "studenttest_LATE_99999_102_3-autograd.ipynb": answer("the teacher"),
    }
    archive = zipped(tmp_path / "x.zip", files)
    assert collect(make_course(tmp_path / "other", **{"3-autograd": about("3-autograd")}), archive).unknown == {}
    enrol(course, bo={})
    assert collect(course, archive).unknown == {}  # ids alone are no roster
    shutil.rmtree(course.root / "submitted")
    enrol(course, **ROSTER)
    for _ in range(2):
        outcome = collect(course, archive)
        assert outcome.unknown == {"Ada [b]": "Ada [b]_1_assignsubmission_file_/3-autograd.ipynb"}
        assert [aside.why for aside in outcome.skipped] == ["is by Canvas's Test Student, who is nobody"] * 2
    assert {path.name for path in (course.root / "submitted").iterdir()} == {"ada", "Ada [b]"}
    done = seminar("--course", course.root, "collect", archive)
    assert done.exit_code == 0
    assert "note: Ada [b]: is not in the roster, and counts as a new student (Ada [b]_1_assign" in done.output
    enrol(course, test={"lms_user_id": "99999"})
    assert {student for student, *_ in placed(collect(course, archive))} == {"test"}


def test_namesakes_are_not_mixed_up(course: Course, tmp_path: Path) -> None:
    enrol(course, a1={"first_name": "Ada", "last_name": "B"}, a2={"first_name": "Ada", "last_name": "B"})
    files: Files = {
        "Ada B_1_assignsubmission_file_/3-autograd.ipynb": answer("one of two in the gradebook"),
        "Bo C_2_assignsubmission_file_/3-autograd.ipynb": answer("one"),
        "Bo C_3_assignsubmission_file_/3-autograd.ipynb": answer("two"),
        "Cy D_4_assignsubmission_file_/3-autograd.ipynb": answer("cy"),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    assert {student for student, *_ in placed(outcome)} == {"Cy D"}
    assert len(problems(outcome)) == 3
    assert "a1 or a2" in problems(outcome)["Ada B_1_assignsubmission_file_/3-autograd.ipynb"]
    again = {"Cy D_5_assignsubmission_file_/3-autograd.ipynb": answer("another cy")}
    outcome = collect(course, zipped(tmp_path / "y.zip", again, (2027, 1, 1, 0, 0, 0)))
    assert "another participant of that name" in next(iter(problems(outcome).values()))
    assert handed_in(course, "Cy D") == answer("cy")


def test_only_newer_attempts_replace(course: Course, tmp_path: Path) -> None:
    first = zipped(tmp_path / "1.zip", {"a_1_10_3-autograd.ipynb": answer("first"), "a_1_11_old.py": "x"})
    second = zipped(tmp_path / "2.zip", {"a_LATE_1_12_3-autograd-1.ipynb": answer("second")})
    renamed = zipped(tmp_path / "3.zip", {"a_1_13_final.ipynb": answer("third")})
    assert len(collect(course, first).placed) == 1
    placed_at = course.submitted("3-autograd", "1") / "3-autograd.ipynb"
    before = placed_at.stat()
    assert [why for _, why in collect(course, first).left] == ["unchanged"]
    assert (placed_at.stat().st_ino, placed_at.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(collect(course, second).placed) == 1
    assert [why for _, why in collect(course, first).left] == ["what is there is as new, or newer"]
    assert handed_in(course, "1") == answer("second")
    assert not (course.submitted("3-autograd", "1") / "old.py").exists()
    assert len(collect(course, renamed).placed) == 1
    assert handed_in(course, "1") == answer("third")
    assert [path.name for path in course.submitted("3-autograd", "1").parent.iterdir()] == ["3-autograd"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("a_1_100_3-autograd (2).ipynb", "a_1_200_3-autograd.ipynb"),
        ("a_1_100_3-autograd.ipynb", "a_1_200_my-solution.ipynb"),
        ("a_1_100_3-autograd-3.ipynb", "a_1_200_3-autograd-1.ipynb"),
    ],
)
def test_canvas_last_upload_counts(older: str, newer: str, course: Course, tmp_path: Path) -> None:
    both = zipped(tmp_path / "both.zip", {older: answer("older"), newer: answer("newer")})
    assert len(collect(course, both).placed) == 1
    assert handed_in(course, "1") == answer("newer")
    assert len(collect(course, zipped(tmp_path / "older.zip", {older: answer("older")})).left) == 1
    shutil.rmtree(course.root / "submitted")
    for path, files in ((tmp_path / "1.zip", {older: answer("older")}), (tmp_path / "2.zip", {newer: answer("newer")})):
        assert len(collect(course, zipped(path, files)).placed) == 1
    assert handed_in(course, "1") == answer("newer")


MOODLE_NOTEBOOK = "Ada B_1_assignsubmission_file_/3-autograd.ipynb"


def in_folder_at(path: Path, time: float) -> Path:
    in_folder(path, {MOODLE_NOTEBOOK: answer(path.name)})
    os.utime(path / MOODLE_NOTEBOOK, (time, time))
    return path


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"], indirect=True)
@pytest.mark.parametrize("kind", ["local", "extended", "tar"])
def test_the_newer_counts_in_every_time_zone(zone: None, kind: str, course: Course, tmp_path: Path) -> None:
    def packed(name: str, time: float) -> Path:
        if kind == "tar":
            return tarred(tmp_path / f"{name}.tar.gz", {MOODLE_NOTEBOOK: answer(name)}, time)
        # A zip file's own times are those of the wall clock where it was made: here, or where the server stands.
        there = timezone(timedelta(hours=5.5)) if kind == "extended" else None
        info = zipfile.ZipInfo(MOODLE_NOTEBOOK, datetime.fromtimestamp(time, there).timetuple()[:6])
        if kind == "extended":
            info.extra = struct.pack("<HHQ", 0x000A, 8, 0) + struct.pack("<HHBi", 0x5455, 5, 1, int(time))
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr(info, answer(name))
        return tmp_path / f"{name}.zip"

    collect(course, in_folder_at(tmp_path / "first", NOON))
    assert len(collect(course, packed("second", NOON + 600)).placed) == 1
    assert len(collect(course, in_folder_at(tmp_path / "third", NOON + 1200)).placed) == 1
    assert len(collect(course, packed("fourth", NOON + 600)).left) == 1
    assert handed_in(course, "Ada B") == answer("third")


def test_what_the_instructor_has_mended_stays(course: Course, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "1.zip", {"Ada B_1_assignsubmission_file_/3-autograd.ipynb": answer("broken")})
    collect(course, archive)
    path = course.submitted("3-autograd", "Ada B") / "3-autograd.ipynb"
    path.write_bytes(answer("mended"))
    assert len(collect(course, archive).left) == 1
    newer = zipped(
        tmp_path / "2.zip", {"Ada B_1_assignsubmission_file_/3-autograd.ipynb": answer("new")}, (2026, 5, 1, 0, 0, 0)
    )
    assert len(collect(course, newer).placed) == 1
    assert path.read_bytes() == answer("new")


def test_what_came_by_other_means_is_not_replaced(course: Course, tmp_path: Path) -> None:
    in_folder(course.submitted("3-autograd", "1"), {"3-autograd.ipynb": answer("by hand")})
    archive = zipped(tmp_path / "1.zip", {"a_1_10_3-autograd.ipynb": answer("by canvas")})
    (why,) = problems(collect(course, archive)).values()
    assert "by other means" in why
    assert handed_in(course, "1") == answer("by hand")


def test_a_replacement_that_was_cut_off_is_undone(course: Course, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "1.zip", {"a_1_10_3-autograd.ipynb": answer("first")})
    collect(course, archive)
    target = course.submitted("3-autograd", "1")
    target.rename(target.with_name(".3-autograd.former"))
    in_folder(target.with_name(".3-autograd.new"), {"half": "x"})
    assert [why for _, why in collect(course, archive).left] == ["unchanged"]
    assert handed_in(course, "1") == answer("first")
    newer = zipped(tmp_path / "2.zip", {"a_1_11_3-autograd-1.ipynb": answer("second")})
    collect(course, newer)
    assert [path.name for path in target.parent.iterdir()] == ["3-autograd"]


def test_a_run_that_is_killed_is_finished_by_the_next(course: Course, tmp_path: Path) -> None:
    files = {f"s_{n}_{n}_3-autograd{end}": answer(str(n)) for n in range(1, 61) for end in (".ipynb", ".txt")}
    archive = zipped(tmp_path / "x.zip", files)
    run = subprocess.Popen([sys.executable, "-m", "seminar", "--course", str(course.root), "collect", str(archive)])
    submitted = course.root / "submitted"
    while not submitted.exists() or len(list(submitted.iterdir())) < 5:
        assert run.poll() is None
    run.send_signal(signal.SIGSTOP)
    with pytest.raises(CollectError, match="another"):
        collect(course, archive)
    run.kill()
    run.wait()
    for folder in submitted.glob("*/3-autograd"):
        assert {path.name for path in folder.iterdir()} == {".collected.json", "3-autograd.ipynb", "3-autograd.txt"}
    outcome = collect(course, archive)
    assert len(outcome.placed) + len(outcome.left) == 60
    assert outcome.placed
    assert {path.name for path in submitted.glob("*/*")} == {"3-autograd"}
    assert not (course.root / ".collecting").exists()


def test_what_cannot_be_told_is_not_placed(course: Course, tmp_path: Path) -> None:
    files: Files = {
        "README.txt": "who am I",
        "a_1_10_homework.ipynb": str(nbformat.writes(notebook(code("x", "1")))),
        "b_2_11_homework.ipynb": "{",
        "c_3_12_helper.py": "x = 1",
        "d_4_13_3-autograd.ipynb": answer("d"),
        "d_4_14_4-mnist.ipynb": answer("d", "4-mnist"),
        "d_4_15_helper.py": "x = 1",
        ".x_5_16_3-autograd.ipynb": answer("hidden"),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    assert set(problems(outcome)) == set(files) - {"d_4_13_3-autograd.ipynb", "d_4_14_4-mnist.ipynb"} - {
        ".x_5_16_3-autograd.ipynb"
    }
    assert {student for student, *_ in placed(outcome)} == {"4"}
    assert "several notebooks" in problems(outcome)["d_4_15_helper.py"]


def test_topics_that_are_named(course: Course, tmp_path: Path) -> None:
    files: Files = {
        "a_1_10_homework.ipynb": str(nbformat.writes(notebook(code("x", "1")))),
        "b_2_11_4-mnist.ipynb": answer("b", "4-mnist"),
        "b_2_12_plot.png": b"",
        "c_3_13_3-autograd.ipynb": answer("c"),
        "c_3_14_4-mnist.ipynb": answer("c", "4-mnist"),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files), ["3-autograd"])
    assert placed(outcome) == {("1", "3-autograd", 0, False), ("3", "3-autograd", 0, False)}
    why = "is of 4-mnist, and of 2 there is nothing to place"
    assert problems(outcome) == {"b_2_11_4-mnist.ipynb": why, "b_2_12_plot.png": why}
    assert {aside.cure for aside in outcome.not_placed} == {"Ask for the notebook."}
    assert [aside.why for aside in outcome.skipped] == ["is of 4-mnist"]


BLANK = str(nbformat.writes(notebook(code("x", "1"))))


def test_a_notebook_without_the_courses_cells_is_no_topics_beside_one_that_has_them(
    course: Course, tmp_path: Path
) -> None:
    files: Files = {
        "ada_1_10_3-autograd.ipynb": answer("ada"),
        "ada_1_11_scratch.ipynb": BLANK,
        "bo_2_12_scratch.ipynb": BLANK,
        "bo_2_13_homework.ipynb": BLANK + " ",
        "cy_3_14_my-3-autograd-work.ipynb": BLANK,
        "dee_4_15_4-mnist.ipynb": answer("dee", "4-mnist"),
        "dee_4_16_homework.ipynb": BLANK,
    }
    archive = zipped(tmp_path / "x.zip", files)
    outcome = collect(course, archive, ["3-autograd"])
    assert {student for student, *_ in placed(outcome)} == {"1", "3"}
    assert handed_in(course, "1") == answer("ada")
    assert {aside.name: aside.cure for aside in outcome.not_placed} == {
        "ada_1_11_scratch.ipynb": "Put 3-autograd.ipynb in the place of scratch.ipynb in its name.",
        "bo_2_12_scratch.ipynb": "Put 3-autograd.ipynb in the place of scratch.ipynb in its name.",
        "bo_2_13_homework.ipynb": "Put 3-autograd.ipynb in the place of homework.ipynb in its name.",
        "dee_4_16_homework.ipynb": "Put 3-autograd.ipynb in the place of homework.ipynb in its name.",
    }
    cures = {aside.name: aside.cure for aside in collect(course, archive).not_placed}
    assert cures["ada_1_11_scratch.ipynb"] == "Put TOPIC.ipynb in the place of scratch.ipynb in its name."
    assert cures["bo_2_12_scratch.ipynb"].endswith(
        "or name the topic that all of it is of: seminar collect PATH TOPIC."
    )
    assert cures["cy_3_14_my-3-autograd-work.ipynb"].startswith("Put 3-autograd.ipynb in the place of my-3-")
    assert cures["cy_3_14_my-3-autograd-work.ipynb"].endswith(" seminar collect PATH 3-autograd.")


def test_cells_of_another_topic_than_the_name_are_told(course: Course, tmp_path: Path) -> None:
    collect(course, zipped(tmp_path / "1.zip", {"ada_1_10_4-mnist.ipynb": answer("good", "4-mnist")}))
    files: Files = {
        "ada_1_20_4-mnist-1.ipynb": answer("of 3-autograd"),
        "bo/4-mnist/4-mnist.ipynb": answer("of 3-autograd"),
        "cy_3_30_4-mnist.ipynb": BLANK,
        "dee_4_40_4-mnist.ipynb": "{",
    }
    outcome = collect(course, zipped(tmp_path / "2.zip", files))
    why = "is handed in as 4-mnist, and holds the cells of 3-autograd"
    assert problems(outcome) == dict.fromkeys(list(files)[:2], why)
    assert all("Ask which of them it is" in aside.cure for aside in outcome.not_placed)
    assert {student for student, *_ in placed(outcome)} == {"3", "4"}  # there nothing speaks against the name
    assert handed_in(course, "1", "4-mnist") == answer("good", "4-mnist")
    same_cells = make_course(tmp_path / "same", a=notebook(), b=notebook())
    outcome = collect(same_cells, zipped(tmp_path / "3.zip", {"ada_1_10_a.ipynb": str(nbformat.writes(notebook()))}))
    assert problems(outcome) == {}
    assert {topic for _, topic, *_ in placed(outcome)} == {"a"}


@pytest.mark.parametrize("broken", ["", '{"cells": [', '{"hello": 1}'])
def test_what_cannot_be_read_takes_nothings_place(broken: str, course: Course, tmp_path: Path) -> None:
    good = {f"{who}_{number}_10_3-autograd.ipynb": answer(who) for number, who in enumerate(("ada", "bo", "cy"), 1)}
    moodle = "Dee D_9_assignsubmission_file_/3-autograd{}.ipynb".format
    collect(course, zipped(tmp_path / "1.zip", {**good, moodle(""): answer("dee")}))
    later: Files = {
        "ada_1_20_3-autograd-1.ipynb": broken,
        "bo_2_20_3-autograd-1.ipynb": answer("bo again"),
        "bo_2_30_3-autograd-2.ipynb": broken,
        "cy_3_20_3-autograd-1.ipynb": broken,
        "cy_3_30_3-autograd-2.ipynb": answer("cy again"),
        "eve_4_20_3-autograd.ipynb": broken,  # all that there is: to be told by each command from now on
        moodle(" (1)"): broken,
    }
    outcome = collect(course, zipped(tmp_path / "2.zip", later))
    told = problems(outcome)
    assert told.keys() == {*list(later)[:1], *list(later)[2:3], moodle(" (1)")}
    assert all("what was handed in before it counts" in why for why in told.values())
    assert [handed_in(course, student) for student in ("1", "2", "3")] == [
        *(answer("ada"), answer("bo again"), answer("cy again"))
    ]
    assert handed_in(course, "Dee D") == answer("dee")
    assert ("4", "3-autograd") in {(student, topic) for student, topic, *_ in placed(outcome)}


def test_cells_of_no_notebook_of_the_course_are_told(course: Course, tmp_path: Path) -> None:
    elsewhere = notebook(code("other-imports", "import os"), code("other-double", "x = 1"))
    for cell in elsewhere.cells:
        cell.metadata.nbgrader = {"grade_id": cell.id, "grade": False, "solution": True, "locked": False}
    files: Files = {"ada_1_10_4-mnist.ipynb": str(nbformat.writes(elsewhere)), "bo_2_10_4-mnist.ipynb": BLANK}
    outcome = collect(course, zipped(tmp_path / "1.zip", files))
    why = "is handed in as 4-mnist, and holds cells of another notebook, and none of its own"
    assert problems(outcome) == {"ada_1_10_4-mnist.ipynb": why}
    assert {student for student, *_ in placed(outcome)} == {"2"}


def test_what_browsers_make_of_a_notebooks_name(course: Course, tmp_path: Path) -> None:
    moodle = "Ada B{}_{}_assignsubmission_file_/{}".format
    names = [
        "3-autograd.ipynb.txt",
        "3-autograd.ipynb (1)",
        "3-autograd.json",
        "hw.ipynb.json",
        "3-autograd.ipynb.ipynb",
    ]
    files: dict[str, bytes | str] = {moodle(at, at, name): answer(name) for at, name in enumerate(names)}
    files |= {
        moodle("x", 10, "3-autograd.ipynb"): answer("x"),
        moodle("x", 10, "data.json"): '{"a": [1, 2]}',
        moodle("x", 10, "more.json"): "[]",
        moodle("y", 11, "3-autograd.ipynb.txt"): "no notebook",
        "c_3_30_3-autograd.ipynb-1.txt": answer("canvas"),
        "d/3-autograd/3-autograd.ipynb.txt": answer("layout"),
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    assert {student for student, *_ in placed(outcome)} == {
        *(f"Ada B{at}" for at in range(len(names))),
        *("Ada Bx", "3", "d"),
    }
    assert all(handed_in(course, f"Ada B{at}") == answer(name) for at, name in enumerate(names))
    assert {path.name for path in course.submitted("3-autograd", "Ada Bx").glob("*.json")} == {
        *("data.json", "more.json", ".collected.json"),
    }
    assert problems(outcome) == {
        moodle("y", 11, "3-autograd.ipynb.txt"): "comes without a notebook of the course",
    }


def test_who_has_handed_in_a_text_or_a_link_alone_is_told(course: Course, tmp_path: Path) -> None:
    enrol(course, grace={"lms_user_id": "2"})
    moodle = "{}_{}_assignsubmission_{}/{}".format
    files: Files = {
        "ada_1_10_3-autograd.ipynb": answer("ada"),
        "ada_1_link.html": "a link beside it",
        "hoppergrace_LATE_2_link.html": "a link alone",
        moodle("Bo B", 7, "file_", "3-autograd.ipynb"): answer("bo"),
        moodle("Bo B", 7, "onlinetext_", "onlinetext.html"): "a text beside it",
        moodle("Cy C", 8, "onlinetext_", "onlinetext.html"): "a text alone",
        "dee_4_text.html": "a text, and what is told by itself",
        "dee_4_40_helper.py": "x",
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    assert {student for student, *_ in placed(outcome)} == {"1", "Bo B"}
    assert problems(outcome) == {
        "hoppergrace_LATE_2_link.html": "is no file but a text or a link that was typed into Canvas, and of grace "
        "there is nothing to place",
        moodle("Cy C", 8, "onlinetext_", "onlinetext.html"): "is no file but what Moodle's onlinetext holds, and of "
        "Cy C there is nothing to place",
        "dee_4_40_helper.py": "comes without a notebook of the course",
    }
    assert {aside.cure for aside in outcome.not_placed} == {"Ask for the notebook."}
    assert len(outcome.skipped) == 3


def test_downloads_of_other_topics_are_nobodys_mistakes(course: Course, tmp_path: Path) -> None:
    folder = in_folder(tmp_path / "x", {"sorted/d/4-mnist/4-mnist.ipynb": answer("d", "4-mnist")})
    zipped(folder / "autograd.zip", {"a_1_10_3-autograd.ipynb": answer("a"), "b_2_11_4-mnist.ipynb": answer()})
    zipped(folder / "mnist.zip", {"c_3_12_4-mnist.ipynb": answer("c", "4-mnist"), "b_2_link.html": "x"})
    outcome = collect(course, folder, ["3-autograd"])
    assert {student for student, *_ in placed(outcome)} == {"1"}
    assert list(problems(outcome)) == ["autograd/b_2_11_4-mnist.ipynb"]
    assert {aside.name for aside in outcome.skipped} == {
        *("sorted/d/4-mnist/4-mnist.ipynb", "mnist/c_3_12_4-mnist.ipynb", "mnist/b_2_link.html"),
    }
    outcome = collect(course, folder / "mnist.zip", ["3-autograd"])
    assert len(outcome.not_placed) == 2  # where all is of another topic, it is a mistake


def test_a_student_does_not_say_when_it_was_handed_in(course: Course, tmp_path: Path) -> None:
    files: Files = {
        "Ada B_1_assignsubmission_file_/3-autograd.ipynb": answer("late"),
        "Ada B_1_assignsubmission_file_/timestamp.txt": "1999-01-01 00:00:00 UTC",
        "Ada B_1_assignsubmission_file_/.collected.json": "{}",
    }
    outcome = collect(course, zipped(tmp_path / "x.zip", files))
    assert len(outcome.placed) == 1
    assert not (course.submitted("3-autograd", "Ada B") / "timestamp.txt").exists()


def test_student_ids_make_no_folders(course: Course, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text('id,lms_user_id\na/b,1\n..,2\n"c\n",3\n' + "x" * 256 + ",4\n.hidden,5\n")
    files: Files = {f"s_{n}_{n}_3-autograd.ipynb": answer(str(n)) for n in range(1, 6)}
    outcome = collect(course, zipped(tmp_path / "x.zip", files), roster=roster)
    assert {student for student, *_ in placed(outcome)} == {"c"}
    assert [path.name for path in (course.root / "submitted").iterdir()] == ["c"]
    assert "holds a slash" in problems(outcome)["s_1_1_3-autograd.ipynb"]


@pytest.mark.parametrize(
    "of", [".", "..", "source", "source/3-autograd", "release", "in", "autograded", "feedback", "link"]
)
def test_the_courses_own_folders_are_not_handed_in(of: str, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write('\nc.CourseDirectory.submitted_directory = "in"\n')
    in_folder(course.root, {f"{name}/3-autograd/3-autograd.ipynb": answer() for name in ("release", "in/ada")})
    (course.root.parent / "link").symlink_to(course.root / "source")
    path = course.root / of if of != "link" else course.root.parent / "link"
    with pytest.raises(CollectError, match=r"is not what students handed in.*seminar collect PATH") as error:
        collect(Course(course.root), path)
    assert str(error.value).startswith(f"{path}: ")
    assert [each.name for each in (course.root / "in").iterdir()] == ["ada"]
    monkeypatch.chdir(course.root)
    with pytest.raises(CollectError, match=str(course.root)):
        collect(Course(Path()), Path())


def test_a_folder_in_the_course_is_collected(course: Course) -> None:
    in_folder(course.root / "downloads", {"a_1_2_3-autograd.ipynb": answer()})
    assert len(collect(course, course.root / "downloads").placed) == 1


# Hostile archives


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT.filter(lambda name: "\0" not in name), min_size=1, max_size=6, unique=True))
def test_any_names_in_an_archive_stay_in_the_course(course: Course, names: list[str]) -> None:
    root = course.root.parent
    files: Files = {name or "x": answer() for name in [*names, *(f"a_1_2_{name}" for name in names)]}
    with tempfile.TemporaryDirectory() as folder:
        collect(course, zipped(Path(folder) / "x.zip", files))
    assert [path.name for path in root.iterdir()] == ["course"]
    assert {path.name for path in course.root.iterdir()} <= {
        *("nbgrader_config.py", "source", "submitted", "gradebook.db"),
    }


def zipped_far_away(path: Path) -> Path:
    """An archive with an entry that is said to begin where no file system can look."""
    data = zipped(path, {"a": b"x"}).read_bytes()
    entry, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    where = struct.pack("<HHQ", 1, 8, 2**62)
    changed = data[entry : entry + 30] + struct.pack("<H", len(where)) + data[entry + 32 : entry + 42] + b"\xff" * 4
    directory = changed + data[entry + 46 : end] + where
    path.write_bytes(data[:entry] + directory + data[end : end + 12] + struct.pack("<I", len(directory)) + data[-6:])
    return path


def test_one_students_archive_stops_nobodys(course: Course, tmp_path: Path) -> None:
    folder = in_folder(tmp_path / "downloads", {"ada_1_10_3-autograd.ipynb": answer("ada")})
    zipped(folder / "bob_2_11_hw.zip", {"3-autograd.ipynb": answer("bob")})
    zipped(folder / "mallory_777_888_hw.zip", {f"venv/{number}": b"" for number in range(100_001)})
    zipped_far_away(folder / "oscar_3_12_hw.zip")
    in_folder(course.root / ".collecting", {"3/17": "left by a run that was killed"})
    outcome = collect(course, folder)
    assert {student for student, *_ in placed(outcome)} == {"1", "2"}
    assert set(problems(outcome)) == {"mallory_777_888_hw.zip", "oscar_3_12_hw.zip"}
    assert problems(outcome)["mallory_777_888_hw.zip"] == "holds more than 5000 files"
    assert "is damaged" in problems(outcome)["oscar_3_12_hw.zip"]
    assert all("Ask for the notebook alone" in aside.cure for aside in outcome.not_placed if "888" in aside.name)


def test_what_goes_away_while_it_is_read_is_told(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{place}/ada_1_2_3-autograd.ipynb": answer(place) for place in ("a", "b")}
    twice = {f"bo_2_3_work/{place}/3-autograd.ipynb": answer(place) for place in ("a", "b")}
    folder = in_folder(tmp_path / "x", {**files, **twice, "gone_1_2_x.txt": "x"})
    lstat = Path.lstat

    def told(path: Path) -> os.stat_result:
        if path.name == "gone_1_2_x.txt":
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return lstat(path)

    def compared(one: Path, other: Path, shallow: bool) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "lstat", told)
    monkeypatch.setattr(filecmp, "cmp", compared)
    outcome = collect(course, folder)
    assert problems(outcome)["gone_1_2_x.txt"] == "cannot be read (No such file or directory)"
    unread = problems(outcome)["a/ada_1_2_3-autograd.ipynb"]
    assert unread.endswith(
        "ada_1_2_3-autograd.ipynb: cannot be read (Input/output error): make it readable, then collect again"
    )
    assert all("Input/output error" in problems(outcome)[name] for name in twice)
    assert outcome.placed == []


@pytest.mark.parametrize("there", [False, True])
def test_a_disk_that_does_not_take_a_submission_is_told(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if there:
        collect(course, in_folder(tmp_path / "1", {"a_1_10_3-autograd.ipynb": answer("older")}))

    def full(content: Path, path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(shutil, "copyfile", full)
    outcome = collect(course, in_folder(tmp_path / "2", {"a_1_11_3-autograd.ipynb": answer("newer")}))
    assert problems(outcome) == {
        "a_1_11_3-autograd.ipynb": f"{course.submitted('3-autograd', '1')} cannot be written (No space left on device)",
    }
    assert outcome.not_placed[0].cure == "Make room for it, or the folder writable, then collect again."
    assert [path.name for path in course.submitted("3-autograd", "1").parent.iterdir()] == ["3-autograd"] * there
    assert not there or handed_in(course, "1") == answer("older")


@pytest.mark.parametrize("what", ["file", "link"])
def test_what_is_in_the_place_of_the_folder_for_what_is_unpacked_is_told(
    course: Course, tmp_path: Path, what: str
) -> None:
    place = course.root / ".collecting"
    place.write_text("mine") if what == "file" else place.symlink_to("nowhere")
    folder = in_folder(tmp_path / "x", {"ada_1_2_3-autograd.ipynb": answer()})
    with pytest.raises(CollectError, match=rf"{place}: cannot be used .*\(File exists\)\. Remove what is there"):
        collect(course, folder)
    assert place.is_symlink() or place.read_text() == "mine"


@pytest.mark.parametrize(("name", "why"), [("nope.csv", "No such file or directory"), (".", "Is a directory")])
def test_a_roster_that_is_not_there_is_told(course: Course, tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(CollectError, match=rf"cannot be read \({why}\)\. Name a file that is there: --roster"):
        collect(course, in_folder(tmp_path / "x", {}), roster=tmp_path / name)


def seminar(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def test_the_command(course: Course, tmp_path: Path) -> None:
    files: Files = {"a_LATE_1_2_3-autograd-1.ipynb": answer("a"), "b_2_3_3-autograd.ipynb": answer("b")}
    archive = zipped(tmp_path / "x.zip", files)
    done = seminar("--course", course.root, "collect", archive)
    assert done.exit_code == 0
    rows = [[entry.strip() for entry in line.split("│")[1:-1]] for line in done.output.splitlines() if "│" in line]
    assert rows == [["1", "3-autograd", "2", "late", ""], ["2", "3-autograd", "1", "", ""]]
    assert done.output.endswith("2 placed, 0 left as they are, 0 not placed, 0 skipped.\n")
    newer = {"b_2_4_homework.ipynb": answer("newer")}
    done = seminar("--course", course.root, "collect", zipped(tmp_path / "y.zip", newer))
    assert "replaces b_2_3_3-autograd.ipynb" in done.output
    zipped(archive, {**files, **newer, "README": "x", ".DS_Store": "x"})
    done = seminar("--course", course.root, "collect", archive, "3-autograd")
    assert done.exit_code == 1
    assert "left: unchanged" in done.output
    assert "could not place: README: no rule knows the name. Name it as Canvas" in done.output
    assert "skipped: .DS_Store: is a hidden file" in done.output
    assert "0 placed, 2 left as they are, 1 not placed, 2 skipped." in done.output
