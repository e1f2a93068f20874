"""Who it is that a learning management system names."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given

from seminar.course.collect.file_names import Kind, Named, Rules
from seminar.course.collect.students import Roster, Student, in_file, letters
from seminar.errors import CollectError
from tests.course.collect.downloads import ROSTER, TEXT, TOPICS


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("Sean OBrien_1_assignsubmission_file_/x.ipynb", "sean"),
        ("Sean O\u2019Brien_1_assignsubmission_file_/x.ipynb", "sean"),
        ("O\u2019Brien Sean_1_assignsubmission_file_/x.ipynb", "sean"),
        ("OBrien, Sean_1_assignsubmission_file_/x.ipynb", "sean"),
        ("Jose Luis Garcia_1_assignsubmission_file_/x.ipynb", "jose"),
        ("Lovelace, Ada_1_assignsubmission_file_/x.ipynb", "ada"),
        ("Group A-1-Lovelace, Ada_1_assignsubmission_file_/x.ipynb", "ada"),
        ("Anne Marie Løv_1_assignsubmission_file_/x.ipynb", "dash"),
        ("lovelaceada_12345_1_x.ipynb", "ada"),
        ("ADA/3-autograd/x.ipynb", "ada"),
        ("grace /3-autograd/x.ipynb", "grace"),
        ("3-autograd_Grace_attempt_2016-01-30-15-00-00_x.ipynb", "grace"),
        ("graceh/3-autograd/x.ipynb", None),
        ("Ada_1_assignsubmission_file_/x.ipynb", "ada"),  # it is an id
        ("Ada Lovelac_1_assignsubmission_file_/x.ipynb", None),
        ("..._1_assignsubmission_file_/x.ipynb", None),
        ("lovelaceada_54321_1_x.ipynb", None),
    ],
)
def test_who_is_called_nearly_as_in_the_roster(name: str, who: str | None) -> None:
    students = [Student(id, *(row.get(name, "") for name in ("first_name", "last_name"))) for id, row in ROSTER.items()]
    roster = Roster([Student("ada", lms_user_id="12345"), *students])
    named = Rules(TOPICS).read(PurePosixPath(name))
    assert isinstance(named, Named)
    if who or not named.student.startswith("."):
        student = roster.student_id(named)
        assert student == (who or named.student)
        assert roster.knows(student) == bool(who)
    else:
        with pytest.raises(CollectError, match="starts with a dot"):
            roster.student_id(named)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('id,first_name\nada,Ada\nbo,"Bo\ncy,Cy\n', "the row that begins in line 3 is no CSV .*quotation mark missing"),
        ('id,first_name\nada,"Ada" L\n', "the row that begins in line 2 is no CSV"),
        ('id,"first_name\nada,Ada\n', "the row that begins in line 1 is no CSV"),
        ("id;first_name\nada;Ada\n", "has no column `id`.* It has semicolons between them: save it with commas$"),
        ("id\tfirst_name\nada\tAda\n", "It has tabs between them: save it with commas$"),
        ("ID,First_Name\nada,Ada\n", "It has 'ID': write these names in small letters$"),
        ("name\nada\n", "id,first_name,last_name,email,lms_user_id$"),
        ("", "id,first_name,last_name,email,lms_user_id$"),
    ],
)
def test_what_is_wrong_with_a_roster_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(CollectError, match=rf"^{tmp_path}/roster\.csv: .*{told}"):
        in_file(tmp_path / "roster.csv")


def test_a_roster_with_lines_in_quotation_marks_is_read(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text('id,first_name\n\nada,"Ada\n""Countess"""\nbo,Bo\n')
    assert [(each.id, each.first_name) for each in in_file(tmp_path / "roster.csv")] == [
        ("ada", 'Ada\n"Countess"'),
        ("bo", "Bo"),
    ]


@given(TEXT)
@example("O'Brien, Se\u00e1n \u212b \u1e9e \u0130")
def test_letters_are_letters_and_digits_alone(name: str) -> None:
    assert letters(letters(name)) == letters(name) == letters(name.swapcase().swapcase()) == letters(f" ({name})!")
    assert not any(letter in letters(name) for letter in " ,.'-_\u2019\u0301")


def test_signs_of_other_scripts_are_no_accents() -> None:
    assert letters("कि") != letters("कु") != letters("क")


def test_a_student_is_called_as_the_gradebook_has_it_however_that_is_normalised() -> None:
    composed, decomposed = "zo\u00eb", "zoe\u0308"
    for known in (composed, decomposed):
        roster = Roster([Student(known)])
        for written in (composed, decomposed):
            assert roster.student_id(Named(Kind.LAYOUT, PurePosixPath(), written, PurePosixPath("a.ipynb"))) == known
    assert Roster([]).student_id(Named(Kind.LAYOUT, PurePosixPath(), decomposed, PurePosixPath("a"))) == composed
