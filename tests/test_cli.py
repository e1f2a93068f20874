"""The command line: what is printed, and exit statuses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from seminar.bulk import pipeline
from seminar.cli import main
from seminar.course.course import CONFIG_FILE
from seminar.course.lock import locked
from seminar.course.release import release
from seminar.course.scratch import MARK
from seminar.demo import CLASS
from seminar.errors import CourseError
from seminar.room.bubblewrap import find_bwrap
from tests import making
from tests.making import SOLUTION, code, graded, hand_in, make_course, notebook, solution

BANK = """
double:
  right:
    - {title: adds, code: "def double(x): return x + x"}
    - {title: shifts, code: "def double(x): return x * 4 / 2"}
  wrong:
    - {title: squares, says: double, code: "def double(x): return x * x"}
"""


def seminar(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def test_help_names_every_command() -> None:
    result = seminar("--help")
    assert result.exit_code == 0
    for command in ("data", "demo", "grade", "lint", "release"):
        assert command in result.output


def test_a_course_from_release_to_grades(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    result = seminar("--course", tmp_path, "lint")
    assert (result.exit_code, result.output) == (0, "doubling: no rule is broken.\n")
    result = seminar("--course", tmp_path, "release")
    assert (result.exit_code, result.output) == (0, "doubling: release/doubling/doubling.ipynb\n")
    hand_in(course, "doubling", "ada", "def double(x): return x + x")
    hand_in(course, "doubling", "bo")
    result = seminar("--course", tmp_path, "grade", "doubling", "--jobs", "1")
    assert result.exit_code == 0, result.output
    table = [line.split("│")[1:3] for line in result.output.splitlines() if "│" in line]
    assert [[entry.strip() for entry in row] for row in table] == [["ada", "2"], ["bo", "0"]]
    result = seminar("--course", tmp_path, "grade")
    assert result.exit_code == 0
    assert "2 of 2 submissions are graded and unchanged" in result.output


def test_a_release_while_it_is_graded_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = make_course(tmp_path, doubling=notebook())
    seminar("--course", tmp_path, "release")
    hand_in(course, "doubling", "ada", "def double(x): return x + x")

    def meanwhile(*given: Any) -> Iterator[pipeline.Outcome]:
        yield from grade_all(*given)
        make_course(tmp_path, doubling=notebook(making.given(), solution(), graded(points=4)))
        release(course, "doubling")

    grade_all = pipeline.grade_all
    monkeypatch.setattr(pipeline, "grade_all", meanwhile)
    result = seminar("--course", tmp_path, "grade", "--jobs", "1")
    assert result.exit_code == 0, result.output
    assert "doubling: it has other tests by now than when this began: seminar grade --regrade" in result.output


def test_a_topic_that_is_not_released_stops_no_other(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook(), later=notebook())
    seminar("--course", tmp_path, "release", "doubling")
    handed = hand_in(course, "doubling", "ada", "def double(x): return x + x")
    (course.submitted("later", "ada") / "later.ipynb").parent.mkdir(parents=True)
    shutil.copy(handed, course.submitted("later", "ada") / "later.ipynb")
    result = seminar("--course", tmp_path, "grade", "--jobs", "1")
    assert result.exit_code == 1
    assert "error: later: the gradebook" in result.output
    assert "doubling  ada" in result.output
    assert "of 2" in result.output
    for command in ("feedback", "report"):
        assert seminar("--course", tmp_path, command).exit_code == 0
    assert seminar("--course", tmp_path, "grade", "later").exit_code == 1


def test_what_a_student_has_named_does_nothing_to_a_terminal(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    seminar("--course", tmp_path, "release")
    folder = hand_in(course, "doubling", "\x1b[31mred", "def double(x): return x + x").parent
    (folder / "doubling.ipynb").write_text("no notebook")
    (folder / "a\x1b]0;owned\x07.ipynb").touch()
    result = seminar("--course", tmp_path, "grade", "--jobs", "1")
    assert result.exit_code == 1
    assert "error: " in result.output
    assert "\x1b" not in result.stderr


def test_a_release_outside_of_the_course_is_told_as_it_is(tmp_path: Path) -> None:
    make_course(tmp_path / "course", doubling=notebook())
    with (tmp_path / "course" / CONFIG_FILE).open("a") as config:
        config.write(f"\nc.CourseDirectory.release_directory = {str(tmp_path / 'out')!r}\n")
    result = seminar("--course", tmp_path / "course", "release")
    assert (result.exit_code, result.output) == (0, f"doubling: {tmp_path}/out/doubling/doubling.ipynb\n")


def test_the_course_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_course(tmp_path, doubling=notebook())
    monkeypatch.chdir(tmp_path)
    assert seminar("lint").exit_code == 0


def test_a_submission_that_cannot_be_graded_is_an_error(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook(), a_later_one=notebook())
    seminar("--course", tmp_path, "release", "doubling")  # the other is not out yet, and in nobody's way
    hand_in(course, "doubling", "bo").write_text("{")
    result = seminar("--course", tmp_path, "grade")
    assert result.exit_code == 1
    assert "not graded" in result.output
    assert f"error: {course.submitted('doubling', 'bo')}/doubling.ipynb: is not a notebook" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lint", "nothing"], "there is no topic 'nothing'."),
        (["release", "doublin"], "there is no topic 'doublin'. Did you mean doubling?"),
        (["grade", "doubling"], "Release it first: seminar release doubling"),
        (["export", "doublin", "--to", "x.csv"], "there is no topic 'doublin'. Did you mean doubling?"),
        (["export", "doubling", "--to", "x.csv"], "Release it first: seminar release doubling"),
        (["export", "--to", "x.csv"], "the gradebook knows no topic. Release and grade one"),
        (["data", "--root", ""], "Invalid value for '--root': is empty: name a path."),
    ],
)
def test_a_mistake_of_the_users_is_told_in_a_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    make_course(tmp_path, doubling=notebook())
    result = seminar("--course", tmp_path, *arguments)
    assert result.exit_code in (1, 2)
    assert result.stderr.startswith(("error: ", "Usage: "))
    assert message in result.stderr


def test_what_only_reads_makes_no_gradebook(tmp_path: Path) -> None:
    make_course(tmp_path, doubling=notebook())
    for topics in ([], ["doubling"], ["doublin"]):
        assert seminar("--course", tmp_path, "export", *topics, "--to", tmp_path / "x.csv").exit_code == 1
    assert {path.name for path in tmp_path.iterdir()} == {CONFIG_FILE, "source"}


def test_a_course_is_graded_by_one_command_at_a_time(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    seminar("--course", tmp_path, "release")
    with locked(course.root, CourseError("taken")):
        result = seminar("--course", tmp_path, "grade")
    assert result.exit_code == 1
    assert f"error: {tmp_path}: another `seminar grade` is at this course." in result.stderr
    assert "nothing was submitted" in seminar("--course", tmp_path, "grade").stderr


def test_nothing_submitted_is_told(tmp_path: Path) -> None:
    make_course(tmp_path, doubling=notebook())
    seminar("--course", tmp_path, "release")
    result = seminar("--course", tmp_path, "grade")
    assert result.exit_code == 1
    assert f"nothing was submitted for doubling. Put each notebook where nbgrader looks: {tmp_path}" in result.stderr


def test_an_empty_cluster_is_none(tmp_path: Path) -> None:
    make_course(tmp_path, doubling=notebook())
    result = seminar("--course", tmp_path, "grade", "--cluster", "")
    assert result.exit_code == 2
    assert "is empty: name one, or leave it out." in result.output


def test_a_full_disk_under_what_is_printed_is_told(tmp_path: Path) -> None:
    make_course(tmp_path, doubling=notebook())
    command = [sys.executable, "-m", "seminar", "--course", str(tmp_path), "lint"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    told = "error: what is printed cannot be written (No space left on device). What is recorded stays.\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_what_was_handed_in_where_nobody_looks_is_told(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    seminar("--course", tmp_path, "release")
    hand_in(course, "doubling", "ada", "def double(x): return x + x")
    submitted = course.submitted("doubling", "ada").parents[1]
    for student, place in (("bo", "Doubling/doubling.ipynb"), ("cy", "doubling.ipynb"), ("dee", "other/notes.txt")):
        path = submitted / student / place
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    for student in ("elif", "fay", "gus"):
        (submitted / student).mkdir()
    (submitted / "elif" / "doubling").symlink_to("doubling")
    (submitted / "fay" / "doubling").symlink_to("nowhere")
    (submitted / "gus" / "doubling").write_text("{}")
    result = seminar("--course", tmp_path, "grade", "--jobs", "1")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"error: {submitted}/bo/Doubling: is looked for as doubling, and was not graded. Rename the folder.",
        f"error: {submitted}/cy/doubling.ipynb: lies in no topic's folder, and was not graded. "
        f"Move it: {submitted}/cy/doubling/doubling.ipynb",
        *(
            f"error: {submitted}/{student}/doubling: {what}, and was not graded. "
            "Put the folder with the notebook in its place."
            for student, what in (
                ("elif", "is a link that leads nowhere"),
                ("fay", "is a link that leads nowhere"),
                ("gus", "is no folder"),
            )
        ),
    ]


def test_no_course_is_told(tmp_path: Path) -> None:
    result = seminar("--course", tmp_path, "lint")
    assert result.exit_code == 1
    assert "there is no nbgrader_config.py" in result.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_stream_that_is_closed_is_not_needed(tmp_path: Path, closed: str) -> None:
    course = make_course(tmp_path, doubling=notebook())
    command = f"{sys.executable} -m seminar --course {course.root} release {closed}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (course.release("doubling") / "doubling.ipynb").is_file()


def test_a_release_on_a_full_disk_is_told_and_the_former_one_stays(tmp_path: Path) -> None:
    """In a process that sees the course on a disk of 1 MB."""
    course = make_course(tmp_path, doubling=notebook())
    command = [find_bwrap(), "--dev-bind", "/", "/", "--size", str(2**20), "--tmpfs", "/mnt", "--die-with-parent"]
    seminar = f"{sys.executable} -m seminar --course /mnt/course release"
    steps = f"cp -r {course.root} /mnt/course && {seminar} && {{ cat /dev/zero > /mnt/full; true; }} 2>/dev/null"
    steps += f" && {seminar}; echo status $?; cd /mnt/course/release && ls *"
    done = subprocess.run([*command, "sh", "-c", steps], capture_output=True, text=True, check=False)
    assert done.stderr.startswith("error: ")
    assert "nbgrader failed" not in done.stderr
    assert "Make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-2:] == ["status 1", "doubling.ipynb"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("release", "gradebook.db: cannot be written (unable to open database file). Make room, or make the course"),
        (
            "collect ../downloads",
            ".collecting: cannot be used as a folder for what is unpacked (Read-only file system)",
        ),
        ("demo --quick", "demo-course: the scratch course cannot be made there (Read-only file system"),
    ],
)
def test_a_course_that_cannot_be_written_is_told(tmp_path: Path, data: Path, command: str, said: str) -> None:
    course = make_course(tmp_path / "course", doubling=notebook())
    (tmp_path / "downloads").mkdir()
    within = [find_bwrap(), "--dev-bind", "/", "/", "--ro-bind", str(course.root), str(course.root)]
    within += ["--chdir", str(course.root), "--die-with-parent", sys.executable, "-m", "seminar"]

    done = subprocess.run([*within, *command.split()], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: ")
    assert f"{course.root}/{said}" in done.stderr


def test_all_broken_rules_are_listed_and_nothing_is_released(tmp_path: Path) -> None:
    broken = notebook(solution(), graded(source="assert double(1)"), code("own", SOLUTION))
    make_course(tmp_path, good=notebook(), malformed=broken)
    result = seminar("--course", tmp_path, "release")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 3
    assert all("malformed.ipynb: cell " in line for line in result.stderr.splitlines())
    assert not (tmp_path / "release").exists()


def test_the_demonstration_is_a_course_of_its_own(tmp_path: Path, data: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    course.answers("doubling").parent.mkdir(parents=True)
    course.answers("doubling").write_text(BANK)
    result = seminar("--course", tmp_path, "demo")
    assert result.exit_code == 0, result.output
    rows = dict([entry.strip() for entry in line.split("│")[1:3]] for line in result.output.splitlines() if "│" in line)
    assert rows.keys() == {student.name for student in CLASS}
    assert (
        rows.items()
        >= {
            **{"ada": "2", "bo": "2", "chandra": "2", "dmitri": "0", "elif": "0", "femi": "0", "greta": "0"},
            **{"hiro": "0", "ines": "0", "jun": "0", "kofi": "2", "lena": "2", "mona": "2"},
        }.items()
    )
    assert {entry.name for entry in tmp_path.iterdir()} == {"demo-course", "nbgrader_config.py", "source", "tests"}
    assert (tmp_path / "demo-course" / "gradebook.db").exists()
    assert (tmp_path / "demo-course" / "report.html").exists()


def test_the_demonstration_removes_nothing_of_the_users(tmp_path: Path, data: Path) -> None:
    make_course(tmp_path, doubling=notebook())
    (tmp_path / "mine").mkdir()
    result = seminar("--course", tmp_path, "demo", "--into", tmp_path / "mine")
    assert result.exit_code == 1
    assert "is no scratch course" in result.stderr
    assert list((tmp_path / "mine").iterdir()) == []


def test_the_demonstration_does_not_remove_what_it_is_made_of(tmp_path: Path, data: Path) -> None:
    make_course(tmp_path, doubling=notebook())
    (tmp_path / MARK).touch()  # a scratch course, of which another one is to be made
    for into in (tmp_path, tmp_path.parent):
        (into / MARK).touch()
        result = seminar("--course", tmp_path, "demo", "--into", into)
        assert result.exit_code == 1
        assert "holds the course that a scratch course is made of" in result.output
    assert (tmp_path / "source" / "doubling" / "doubling.ipynb").is_file()


def test_data_that_is_there_is_told(data: Path) -> None:
    result = seminar("data", "--root", data)
    assert result.exit_code == 0
    assert "4 files, verified" in result.output
