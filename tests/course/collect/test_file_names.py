"""What names of submitted files tell."""

from __future__ import annotations

import itertools
from datetime import datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from traitlets.config import Config

from seminar.course.collect.file_names import Aside, Kind, Known, Named, Rules, notebook_stem, readings
from seminar.errors import CourseError
from tests.course.collect.downloads import TEXT, TOPICS


def read_name(name: str) -> Named | Aside:
    return Rules(TOPICS).read(PurePosixPath(name))


@pytest.mark.parametrize(
    ("name", "kind", "student", "file"),
    [
        ("lovelaceada_12345_67890_3-autograd.ipynb", Kind.CANVAS, "12345", "3-autograd.ipynb"),
        ("submissions/李_12345_67890_a_b_1_2_c.ipynb", Kind.CANVAS, "12345", "a_b_1_2_c.ipynb"),
        ("lovelaceada_12345_67890_work/sub/x.ipynb", Kind.CANVAS, "12345", "sub/x.ipynb"),
        (
            "Ada Lovelace_1234567_assignsubmission_file_/3-autograd.ipynb",
            Kind.MOODLE,
            "Ada Lovelace",
            "3-autograd.ipynb",
        ),
        (
            "Ada Lovelace_1234567_assignsubmission_file_3-autograd.ipynb",
            Kind.MOODLE,
            "Ada Lovelace",
            "3-autograd.ipynb",
        ),
        ("x/O'Neil, Zoë_1_assignsubmission_file_/a/b.py", Kind.MOODLE, "O'Neil, Zoë", "a/b.py"),
        ("Ada_B_7_assignsubmission_file_x_1_2_y.ipynb", Kind.MOODLE, "Ada_B", "x_1_2_y.ipynb"),
        ("ps1_bitdiddle_attempt_2016-01-30-15-00-00_problem1.ipynb", Kind.ATTEMPT, "bitdiddle", "problem1.ipynb"),
        ("3-autograd_bit_diddle_attempt_2016-01-30-15-00-00_x.ipynb", Kind.ATTEMPT, "bit_diddle", "x.ipynb"),
        ("submitted/ada/3-autograd/3-autograd.ipynb", Kind.LAYOUT, "ada", "3-autograd.ipynb"),
        ("b c, d/3-Autograd/sub/helper.py", Kind.LAYOUT, "b c, d", "sub/helper.py"),
    ],
)
def test_names_of_every_system(name: str, kind: Kind, student: str, file: str) -> None:
    told = read_name(name)
    assert isinstance(told, Named)
    assert (told.kind, told.student, str(told.file)) == (kind, student, file)


def test_names_tell_more() -> None:
    late = read_name("lovelaceada_LATE_12345_67890_3-autograd-1.ipynb")
    assert isinstance(late, Named)
    assert (late.late, late.upload) == (True, 67890)
    attempt = read_name("3-autograd_bitdiddle_attempt_2016-01-30-15-00-00_x.ipynb")
    assert isinstance(attempt, Named)
    assert (attempt.topic, attempt.handed_in) == ("3-autograd", datetime(2016, 1, 30, 15))
    impossible = read_name("ps1_bitdiddle_attempt_2016-13-30-15-00-00_x.ipynb")
    assert isinstance(impossible, Named)
    assert impossible.handed_in is None


@pytest.mark.parametrize(
    ("name", "why", "is_problem"),
    [
        ("lovelaceada_12345_678_text.html", "typed into Canvas", False),
        ("ps1_bitdiddle_attempt_2016-01-30-15-00-00.txt", "summary by Blackboard", False),
        ("Participant_1_assignsubmission_file_/3-autograd.ipynb", "anonymously", True),
        ("Group A-Participant_4711_assignsubmission_file_/3-autograd.ipynb", "anonymously", True),
        ("Gruppe-1 - Teilnehmerin_4713_assignsubmission_file_3-autograd.ipynb", "anonymously", True),
        ("Participant_1_assignsubmission_onlinetext_/onlinetext.html", "anonymously", True),
        ("LATE_anon_aB3dE_678_3-autograd.ipynb", "anonymously", True),
        ("3-autograd.ipynb", "no rule knows", True),
        ("3-autograd/3-autograd.ipynb", "no rule knows", True),
    ],
)
def test_names_that_are_no_submissions(name: str, why: str, is_problem: bool) -> None:
    told = read_name(name)
    assert isinstance(told, Aside)
    assert why in told.why
    assert bool(told.cure) == is_problem


@pytest.mark.parametrize(
    ("name", "student", "typed"),
    [
        ("lovelaceada_12345_text.html", "12345", "typed into Canvas"),
        ("x/obriensean_LATE_12346_link.html", "12346", "typed into Canvas"),
        ("Ada Lovelace_1_assignsubmission_onlinetext_/onlinetext.html", "Ada Lovelace", "Moodle's onlinetext"),
        ("Ada Lovelace_1_assignsubmission_onlinetext_onlinetext.html", "Ada Lovelace", "Moodle's onlinetext"),
    ],
)
def test_what_was_typed_tells_whose_it_is(name: str, student: str, typed: str) -> None:
    told = read_name(name)
    assert isinstance(told, Named)
    assert told.student == student
    assert typed in told.typed


WORD = st.text(st.characters(categories=["L"]), min_size=1, max_size=10)
NUMBER = st.integers(0, 10**9)
FILE = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=20).filter(
    lambda name: name not in (".", "..")
)


@given(WORD, st.booleans(), NUMBER, NUMBER, FILE)
def test_what_canvas_makes_up_is_read_back(name: str, late: bool, user: int, upload: int, file: str) -> None:
    told = read_name(f"{name}{'_LATE' if late else ''}_{user}_{upload}_{file}")
    if "_assignsubmission_" not in file and "_attempt_" not in file:
        assert isinstance(told, Named)
        assert (told.student, told.late, told.upload, str(told.file)) == (str(user), late, upload, file)


@given(WORD, WORD, NUMBER, FILE, st.booleans())
def test_what_moodle_makes_up_is_read_back(first: str, last: str, participant: int, file: str, flat: bool) -> None:
    told = read_name(f"{first} {last}_{participant}_assignsubmission_file_{'' if flat else '/'}{file}")
    assert isinstance(told, Named)
    assert (told.student, told.participant, str(told.file)) == (f"{first} {last}", participant, file)


@given(TEXT)
@example("a_1_assignsubmission_file_")
@example("_1_2_")
def test_any_name_is_read_or_set_aside(name: str) -> None:
    read_name(name)


@given(FILE, st.sampled_from(["", ".txt", ".json", " (1)", " (1).txt", ".txt (2)", ".ipynb", "-1.txt"]))
def test_a_notebooks_name_is_read_behind_any_ending(name: str, ending: str) -> None:
    stem = notebook_stem(f"{name}.ipynb{ending}")
    assert stem
    assert notebook_stem(f"{name}.IPYNB{ending.upper()}") == stem
    if not name.lower().endswith((".ipynb", ".json", ".txt", ")")):
        assert stem == name + ending.removesuffix(".txt").removeprefix(".txt").removesuffix(".ipynb").removesuffix(
            ".json"
        )


@given(FILE)
def test_what_is_no_notebooks_name_has_no_stem(name: str) -> None:
    if stem := notebook_stem(name):
        assert ".ipynb" in name.lower() or name.lower().endswith(".json")
        assert name.startswith(stem[:1])
    else:
        assert not name.lower()[1:].endswith((".ipynb", ".json", ".ipynb.txt"))


@given(TEXT)
def test_readings_begin_with_the_name_itself(stem: str) -> None:
    found = list(readings(stem))
    assert found[0][1] == 0
    assert len([each for each in itertools.pairwise(found) if each[0][1] != each[1][1]]) <= 1
    names = [name for name, _ in found]
    assert names == sorted(set(names), key=len, reverse=True)
    assert all(name in names[0] for name in names)


def test_numbers_of_attempts() -> None:
    assert list(readings("3-Autograd (1)")) == [("3-autograd-1", 0), ("3-autograd", 1)]
    assert ("3-autograd", 2) in readings("3_autograd (1)-2")


@pytest.mark.parametrize(
    "stem",
    [
        *("3-autograd-Copy1", "3-autograd-Copy12-Copy1", "Copy of 3-autograd", "Copy of Copy of 3-autograd"),
        *(
            "3-autograd - Copy",
            "3-autograd - Copy (2)",
            "3-autograd copy 2",
            "Kopie von 3-autograd",
            "3-autograd-Kopie1",
        ),
    ],
)
def test_names_of_copies(stem: str) -> None:
    assert ("3-autograd", 0) in readings(stem)
    (attempt,) = [attempt for name, attempt in readings(f"{stem}-2") if name == "3-autograd"]
    assert attempt in (0, 2)


def test_a_topic_may_be_called_a_copy() -> None:
    assert list(readings("1-2-3-4")) == [("1-2-3-4", 0), ("1-2-3", 4), ("1-2", 4)]
    assert next(readings("copy-of-1-copy")) == ("copy-of-1-copy", 0)


# Placing


@pytest.mark.parametrize(
    ("name", "students", "who"),
    [
        # The name that a student goes by may end with a number, or even hold several.
        ("mallory_12345_777_888_x.ipynb", ("12345", "777"), None),
        ("mallory_12345_777_888_x.ipynb", (), None),
        ("mallory_12345_777_888_x.ipynb", ("777",), "777"),
        ("user_1001_345_6789_x.ipynb", ("345",), "345"),
        ("user_1001_LATE_345_6789_x.ipynb", (), "345"),
        ("mallory_12345_99_x_777_888_x.ipynb", ("12345", "777"), None),
        ("mallory_12345_99_x_777_888_x.ipynb", ("777",), None),
        ("mallory_12345_777_888_work/x.ipynb", ("12345", "777"), None),
        # So may the file's own name.
        ("ada_345_6789_1_x.ipynb", (), None),
        ("ada_345_6789_1_x.ipynb", ("345",), "345"),
        ("mallory_777_888_12345_99_x.ipynb", ("12345",), None),
        ("mallory_777_888_12345_99_x.ipynb", ("777",), "777"),
        ("ada_345_6789_run_10_20.ipynb", ("345",), "345"),
        ("ada_345_6789_run_10_20_x.ipynb", (), "345"),
        # The course's own name for it is that of the file.
        ("ada_345_6789_5_mnist.ipynb", (), "345"),
        ("ada_345_6789_5_mnist-1.ipynb", ("345", "6789"), "345"),
        ("mallory_12345_777_888_5_mnist.ipynb", ("12345", "777"), None),
    ],
)
def test_numbers_in_names_by_canvas(name: str, students: tuple[str, ...], who: str | None) -> None:
    told = Rules([*TOPICS, "5_mnist"], known=Known(numbers=students)).read(PurePosixPath(name))
    if who:
        assert isinstance(told, Named)
        assert told.student == who
    else:
        assert isinstance(told, Aside)
        assert "may be Canvas's number of the student" in told.why
        assert "--roster FILE.csv" in told.cure


@pytest.mark.parametrize(
    ("name", "known", "who"),
    [
        # A download with a date, or of a group, is no student's.
        ("submissions_2025_11_25/ada_12_100_3-autograd.ipynb", (), "2025's or 12's"),
        ("canvas_2025_11_25/ada_12_100_3-autograd.ipynb", ("12",), "2025's or 12's"),
        ("group_1_2_monday/ada_12_100_work/x.ipynb", (), "1's or 12's"),
        ("submissions_2025_11_25/3-autograd/ada_12_100_x.ipynb", (), "2025's or 12's"),
        ("export_2025_11_25/Ada L_100_assignsubmission_file_/x.ipynb", (), "2025's or Ada L's"),
        ("export_2025_11_25/Participant_1_assignsubmission_file_/x.ipynb", (), "2025's or another student's"),
        ("export_2025_11_25/hw_ada_attempt_2016-01-30-15-00-00_x.ipynb", (), "2025's or ada's"),
        ("sem_2025_11_25/ada/3-autograd/3-autograd.ipynb", (), "2025's or ada's"),
        ("sem_2025_11_25/ada/3-autograd/3-autograd.ipynb", ("2025", "ada"), "2025's or ada's"),
        ("submissions_2025_11_25/ada_12_100_3-autograd.ipynb", ("2025", "12"), "2025's or 12's"),
        # Nor is a student's archive another's, whatever it holds.
        ("mallory_777_888_work/ada_12_100_3-autograd.ipynb", ("777", "12"), "777's or 12's"),
        ("mallory_777_888_work/ada_12_100_3-autograd.ipynb", ("12",), "777's or 12's"),
        ("ada_12_100_work/run_10_20_log.txt", ("12",), None),
        ("ada_12_100_work/ada_12_90_x.ipynb", (), None),
        ("ada_12_100_work/3-autograd/3-autograd.ipynb", (), None),
        ("ada_12_100_work/src/x.ipynb", (), None),
    ],
)
def test_a_folder_named_as_canvas_names_files(name: str, known: tuple[str, ...], who: str | None) -> None:
    told = Rules(TOPICS, known=Known(numbers=known)).read(PurePosixPath(name))
    if who:
        assert isinstance(told, Aside)
        assert told.why == f"may be {who}"
        assert f"Where {name.split('/')[0]} is a download, rename it" in told.cure
    else:
        assert isinstance(told, Named)
        assert told.student == "12"


@pytest.mark.parametrize(
    ("what", "students", "who", "topic"),
    [
        ("ada_3-autograd", (), "ada", "3-autograd"),
        ("b_c_3-Autograd", ("3-autograd",), "b_c", "3-autograd"),  # an older collection made a student of the topic
        ("hw_ada_3-autograd", ("ada",), "ada", "3-autograd"),
        ("3-autograd_resit_ada", ("ada",), "ada", "3-autograd"),
        ("3-autograd_bit_diddle", ("diddle", "bit_diddle"), "bit_diddle", "3-autograd"),
        ("ada_5_mnist", (), "ada", "5_mnist"),
        ("Homework_3_ada", (), "ada", None),
        ("Homework_3_12345", (), "12345", None),
        ("Homework_3_bit_diddle", ("bit_diddle", "ada"), "bit_diddle", None),
        ("Homework_3_bit_diddle", ("bit_diddle", "diddle"), "bit_diddle or diddle", None),
        ("3-autograd_ada_4-mnist", (), "ada_4-mnist or 3-autograd_ada", None),
        ("3-autograd_ada_4-mnist", ("ada",), "ada", "4-mnist"),
        ("3-autograd_4-mnist", (), "", None),
        ("5_mnist", (), "", None),
        ("3-autograd_", (), "", None),
        ("Week_3_1_x_ada", (), "ada", "week_3_1_x"),
        ("ada_Week_3_1_x", (), "ada", "week_3_1_x"),
        ("Homework", (), "", None),
    ],
)
def test_students_in_names_by_blackboard(what: str, students: tuple[str, ...], who: str, topic: str | None) -> None:
    rules = Rules([*TOPICS, "5_mnist", "week_3_1_x"], known=Known(students=students))
    told = rules.read(PurePosixPath(f"{what}_attempt_2016-01-30-15-00-00_x.ipynb"))
    if who and " or " not in who:
        assert isinstance(told, Named)
        assert (told.kind, told.student, told.topic) == (Kind.ATTEMPT, who, topic)
    else:
        assert isinstance(told, Aside)
        assert told.cure
        assert told.why == (f"its student may be {who}" if who else "names no student before `_attempt_`")


@pytest.mark.parametrize(
    ("name", "kind", "student"),
    [
        ("Mallory M_5_assignsubmission_file_3-autograd_ada{}", Kind.MOODLE, "Mallory M"),
        ("3-autograd_mallory{}_3-autograd_ada{}", Kind.ATTEMPT, "mallory"),
        ("mallory_7_8_3-autograd_ada{}", None, ""),
        ("3-autograd_7_8_ada{}", None, ""),
        ("mallory_7_8_ada_3-autograd{}", None, ""),
    ],
)
def test_a_file_called_as_blackboard_calls_them(name: str, kind: Kind | None, student: str) -> None:
    attempt = "_attempt_2016-01-30-15-00-00"
    told = Rules(TOPICS, known=Known(students=["ada"])).read(PurePosixPath(f"{name.format(*[attempt] * 2)}_x.ipynb"))
    if kind:
        assert isinstance(told, Named)
        assert (told.kind, told.student) == (kind, student)
    else:
        assert isinstance(told, Aside)
        assert "may be named by Canvas or by Blackboard" in told.why
        assert told.cure


def test_the_courses_own_expression_sees_an_absolute_path() -> None:
    config = Config()
    config.FileNameCollectorPlugin.named_regexp = r".*/(?P<student_id>\w+)/(?P<file_id>[\w-]+)"
    for name in ("ada/3-autograd.ipynb", "x/ada/3-autograd.ipynb"):
        told = Rules(TOPICS, config).read(PurePosixPath(name))
        assert isinstance(told, Named)
        assert (told.student, str(told.file)) == ("ada", "3-autograd.ipynb")


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("(?P<student_id>[a-z", "is no regular expression"),
        (r"(?P<student_id>\w+)", r"lacks \(\?P<file_id>\.\.\.\)\. Add"),
        (r"\w+", "lacks .*student_id.* and .*file_id"),
    ],
)
def test_an_expression_for_names_that_is_none(expression: str, why: str) -> None:
    config = Config()
    config.FileNameCollectorPlugin.named_regexp = expression
    with pytest.raises(CourseError, match=rf"c\.FileNameCollectorPlugin\.named_regexp {why}"):
        Rules(TOPICS, config)


def test_times_by_the_courses_own_expression() -> None:
    config = Config()
    config.FileNameCollectorPlugin.named_regexp = (
        r".*_(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>\w+)"
    )
    name = "ps1_bitdiddle_attempt_2016-01-30-15-30-10_problem1.ipynb"
    told = Rules(TOPICS, config).read(PurePosixPath(name))
    assert isinstance(told, Named)
    assert (told.student, told.handed_in) == ("bitdiddle", datetime(2016, 1, 30, 15, 30, 10))
