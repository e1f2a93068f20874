"""Exported grades: the files are read back as whoever imports them would."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from seminar.cli import main
from seminar.course.course import Course
from seminar.course.release import release
from seminar.errors import ExportError
from seminar.reports.export import export
from seminar.reports.export.table import harmless
from tests.making import RIGHT, graded, hand_in, make_course, notebook, solution

STUDENTS = {
    "ada": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org", "lms_user_id": "101"},
    "b c, d": {"first_name": "Bo, B.", "last_name": "O'\"Neil"},
    "=1+1": {"first_name": "@cmd", "last_name": "-x", "email": "+1"},
    "104": {"first_name": "Zoë", "last_name": "李"},
    "nobody": {"first_name": "No", "last_name": "Body", "lms_user_id": "105"},
}
POINTS = {("ada", "doubling"): 2.0, ("b c, d", "doubling"): 0.0, ("=1+1", "doubling"): 1.5, ("104", "halving"): 2.0}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Two topics of 2 points each, with what some students have; `nobody` has handed in nothing."""
    made = make_course(tmp_path_factory.mktemp("course"), doubling=notebook(), halving=notebook())
    for topic in ("doubling", "halving"):
        release(made, topic)
    with Gradebook(made.database, "pytorch-seminar") as gradebook:
        for student, columns in STUDENTS.items():
            gradebook.add_student(student, **columns)
        for (student, topic), points in POINTS.items():
            submission = gradebook.update_or_create_submission(topic, student)
            (graded,) = submission.notebooks[0].grades
            graded.auto_score, graded.needs_manual_grade = points, False
        gradebook.db.commit()
    return made


def seminar(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, *rows: str, start: str = "", end: str = "\n") -> Path:
    path.write_bytes((start + "".join(row + end for row in rows)).encode())
    return path


def test_nbgraders_own_table(course: Course, tmp_path: Path) -> None:
    done = seminar("--course", course.root, "export", "--to", tmp_path / "grades.csv")
    assert (done.exit_code, done.output) == (0, f"{tmp_path / 'grades.csv'}: doubling, halving, 5 students.\n")
    rows = rows_of(tmp_path / "grades.csv")
    assert list(rows[0]) == [
        *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
        *("raw_score", "late_submission_penalty", "score", "max_score"),
    ]
    scores = {(row["student_id"], row["assignment"]): row["score"] for row in rows}
    assert len(scores) == 10
    assert {key: score for key, score in scores.items() if score} == {
        ("ada", "doubling"): "2.0",
        ("b c, d", "doubling"): "0.0",
        ("'=1+1", "doubling"): "1.5",
        ("104", "halving"): "2.0",
    }
    (formula,) = [row for row in rows if row["student_id"] == "'=1+1" and row["assignment"] == "doubling"]
    assert (formula["first_name"], formula["last_name"], formula["email"]) == ("'@cmd", "'-x", "+1")
    (quoted,) = [row for row in rows if row["student_id"] == "b c, d" and row["assignment"] == "doubling"]
    assert (quoted["first_name"], quoted["last_name"], quoted["max_score"]) == ("Bo, B.", "O'\"Neil", "2.0")


def test_it_is_nbgraders_table_but_for_what_was_not_handed_in(course: Course, tmp_path: Path) -> None:
    made = Course(shutil.copytree(course.root, tmp_path / "course"))
    with Gradebook(made.database, "pytorch-seminar") as gradebook:
        for odd in ("b c, d", "=1+1"):  # nbgrader's columns shift at a comma, and formulas stay formulas
            gradebook.remove_student(odd)
        gradebook.find_assignment("doubling").duedate = datetime(2026, 11, 25, 10)
        late = gradebook.find_submission("doubling", "ada")
        late.timestamp, late.notebooks[0].late_submission_penalty = datetime(2026, 11, 25, 12), 0.5
        gradebook.db.commit()
        theirs = CsvExportPlugin(to=str(tmp_path / "theirs.csv"), student=[], assignment=[])
        theirs.export(gradebook)
    shutil.rmtree(made.source("halving"))  # what the gradebook knows is enough
    export(made, tmp_path / "ours.csv")
    ours, expected = rows_of(tmp_path / "ours.csv"), rows_of(tmp_path / "theirs.csv")
    assert ("ada", "1.5") in {(row["student_id"], row["score"]) for row in ours}
    for row in ours:
        if not row["score"]:
            row |= dict.fromkeys(("raw_score", "late_submission_penalty", "score"), "0.0")
    assert sorted(ours, key=str) == sorted(expected, key=str)


def test_what_is_handed_in_and_not_graded_is_told(tmp_path: Path) -> None:
    made = make_course(tmp_path / "course", doubling=notebook())
    release(made, "doubling")
    for student in ("ada", "bo", "cy"):
        hand_in(made, "doubling", student, RIGHT)
    export(made, tmp_path / "grades.csv")
    assert "doubling: 3 submissions are not graded yet." in export(made, tmp_path / "grades.csv").notes


def test_answers_that_wait_for_a_person_are_told(tmp_path: Path) -> None:
    why = new_markdown_cell("Because.", id="why")
    why.metadata["nbgrader"] = {**dict.fromkeys(("grade", "solution"), True), "locked": False, "task": False}
    why.metadata["nbgrader"] |= {"grade_id": "why", "schema_version": 3, "points": 4}
    made = make_course(tmp_path / "course", doubling=notebook(solution(), graded(), why))
    release(made, "doubling")
    path = hand_in(made, "doubling", "ada", RIGHT)
    path.write_text(path.read_text().replace("YOUR ANSWER HERE", "Since it is."))
    hand_in(made, "doubling", "bo", RIGHT)
    told = (
        "doubling: 1 submission has answers that a person has yet to grade, in formgrader: they count as 0 until then."
    )
    assert told in seminar("--course", made.root, "grade").output
    assert told in export(made, tmp_path / "canvas.csv", form="canvas").notes
    seminar("--course", made.root, "report")
    left_out = told.replace("they count as 0 until then", "the figures and shares of this page leave these out")
    assert left_out in (made.root / "report.html").read_text()


def test_for_canvas(course: Course, tmp_path: Path) -> None:
    done = export(course, tmp_path / "canvas.csv", form="canvas")
    assert (done.notes, done.unmatched) == ([], [])
    rows = rows_of(tmp_path / "canvas.csv")
    assert list(rows[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "doubling", "halving"]
    assert (rows[0]["Student"].strip(), rows[0]["doubling"], rows[0]["halving"]) == ("Points Possible", "2", "2")
    by_login = {row["SIS Login ID"]: row for row in rows[1:]}
    assert by_login["ada"] == {
        **{"Student": "Lovelace, Ada", "ID": "101", "SIS User ID": "", "SIS Login ID": "ada", "Section": ""},
        **{"doubling": "2", "halving": ""},
    }
    assert (by_login["104"]["ID"], by_login["104"]["halving"]) == ("104", "2")
    assert by_login["b c, d"]["doubling"] == "0"
    assert by_login["'=1+1"]["Student"] == "'-x, @cmd"
    assert (by_login["nobody"]["doubling"], by_login["nobody"]["halving"]) == ("", "")


CANVAS = (
    "Student,ID,SIS Login ID,Section,Notes,Doubling (98765),essay (1),Final Score",
    ",,,,,Manual Posting,,",
    "    Points Possible,,,,,10,5,(read only)",
    '"Lovelace, Ada",101,al,A,"=""x""",1,4,77',
    "Bo,102,b c,A,,,3,",
    '"李, Zoë",104,zl,B,,EX,2,',
    "Body,105,nb,B,,7,2,",
    '"Student, Test",999,,A,,,,',
)


def test_canvas_own_table_is_filled_in(course: Course, tmp_path: Path) -> None:
    like = write(tmp_path / "like.csv", *CANVAS, start="\ufeff", end="\r\n")
    done = seminar(
        *("--course", course.root, "export", "--format", "canvas", "--like", like, "--to", tmp_path / "to.csv")
    )
    assert done.exit_code == 1
    assert (
        "note: Canvas counts doubling out of 10, the course out of 2: the course's points are written." in done.output
    )
    assert "note: Canvas has no column for halving" in done.output
    assert f"{tmp_path / 'to.csv'}: doubling, 3 students." in done.output
    assert "no row fits b c, d alone" in done.output
    assert "no row fits =1+1 alone" in done.output
    expected = [line.replace('=""x""",1,', '=""x""",2,') for line in CANVAS]
    assert (tmp_path / "to.csv").read_bytes().decode() == "\ufeff" + "".join(f"{line}\r\n" for line in expected)


def test_a_students_id_that_is_canvas_number_of_another_is_not_taken_for_it(course: Course, tmp_path: Path) -> None:
    """104 is the course's id of one student, and Canvas's number of another, of whom the school's number tells."""
    header = "Student,ID,SIS User ID,SIS Login ID,Section,halving (12)"
    like = write(tmp_path / "like.csv", header, '"Li, Zoë",207,104,zoe,A,', '"O, Bo",104,"b c, d",bo,A,')
    export(course, tmp_path / "to.csv", ["halving"], "canvas", like)
    assert {row["Student"]: row["halving (12)"] for row in rows_of(tmp_path / "to.csv")} == {
        "Li, Zoë": "2",
        "O, Bo": "",
    }


def test_who_is_excused_in_canvas_stays_so(course: Course, tmp_path: Path) -> None:
    like = write(tmp_path / "like.csv", CANVAS[0], '"Lovelace, Ada",101,ada,A,,ex,4,77', "Bo,102,bo,A,,1,3,")
    done = export(course, tmp_path / "to.csv", ["doubling"], "canvas", like)
    assert "ada: is excused from doubling in Canvas: that is left as it is." in done.notes
    assert rows_of(tmp_path / "to.csv")[0]["Doubling (98765)"] == "ex"


def test_a_table_that_is_not_canvas_own(course: Course, tmp_path: Path) -> None:
    for header, says in (
        ("Name,doubling", "no column `ID`"),
        ("Student,ID,other", "no column for doubling, halving"),
        ("ID,doubling (1),Doubling (2)", "several columns for doubling"),
    ):
        with pytest.raises(ExportError, match=says):
            export(course, tmp_path / "to.csv", form="canvas", like=write(tmp_path / "like.csv", header))
    for content, says in ((b"", "is empty"), (b"\xff\xfe\0", "cannot be read as CSV"), (b'ID,"x', "cannot be read")):
        (tmp_path / "like.csv").write_bytes(content)
        with pytest.raises(ExportError, match=says):
            export(course, tmp_path / "to.csv", form="canvas", like=tmp_path / "like.csv")
    with pytest.raises(ExportError, match="cannot be read"):
        export(course, tmp_path / "to.csv", form="canvas", like=tmp_path / "nothing.csv")
    with pytest.raises(ExportError, match="--format"):
        export(course, tmp_path / "to.csv", like=tmp_path / "like.csv")
    with pytest.raises(ExportError, match="cannot be written"):
        export(course, tmp_path / "no" / "folder" / "to.csv", form="canvas")
    assert [path.name for path in tmp_path.iterdir()] == ["like.csv"]


def test_for_moodle(course: Course, tmp_path: Path) -> None:
    export(course, tmp_path / "moodle.csv", ["halving"], form="moodle")
    rows = {row.pop("Identifier"): row for row in rows_of(tmp_path / "moodle.csv")}
    assert rows["104"] == {"Full name": "Zoë 李", "Email address": "", "halving": "2"}
    assert rows["ada"] == {"Full name": "Ada Lovelace", "Email address": "ada@example.org", "halving": ""}
    assert rows["'=1+1"]["Full name"] == "'@cmd -x"


MOODLE = "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade)"


def worksheet(path: Path, *rows: tuple[str, str, str, str], highest: str = "100.00") -> Path:
    lines = (f'Participant {n},"{name}",{mail},Submitted,{grade},"{highest}",Yes,-' for n, name, mail, grade in rows)
    return write(path, MOODLE, *lines)


def test_moodles_worksheet_is_filled_in(course: Course, tmp_path: Path) -> None:
    like = worksheet(
        tmp_path / "like.csv",
        ("1", "Somebody", "ADA@example.org", ""),
        ("2", 'Bo, B.  o\'""neil', "", ""),
        ("3", "No Body", "", "55.00"),
        ("4", "@cmd -x", "", "12.00"),
    )
    done = export(course, tmp_path / "to.csv", ["doubling"], "moodle", like)
    assert done.unmatched == []
    assert done.notes == ["Moodle counts doubling out of 100.00: 2 points are 100.00."]
    rows = rows_of(tmp_path / "to.csv")
    assert [row["Grade"] for row in rows] == ["100", "0", "55.00", "75"]
    before = rows_of(like)
    for row in (*rows, *before):
        del row["Grade"]
    assert rows == before


def test_a_maximum_of_moodles_that_is_no_number_is_named(course: Course, tmp_path: Path) -> None:
    like = worksheet(tmp_path / "like.csv", ("1", "Ada Lovelace", "", ""), highest="1,000.00")
    with pytest.raises(ExportError, match=r"like\.csv: the maximum grade '1,000\.00' is no plain number"):
        export(course, tmp_path / "to.csv", ["doubling"], "moodle", like)
    assert not (tmp_path / "to.csv").exists()


def test_a_row_that_moodle_will_pass_over_is_told(course: Course, tmp_path: Path) -> None:
    like = worksheet(tmp_path / "like.csv", ("1", "Ada Lovelace", "", ""), ("2", "@cmd -x", "", ""), highest="2.00")
    like.write_text(like.read_text().replace('"2.00",Yes', '"2.00",No', 1))
    done = export(course, tmp_path / "to.csv", ["doubling"], "moodle", like)
    (told,) = done.notes
    assert told.startswith(
        "ada: `Grade can be changed` is No, so Moodle will pass the row over. Unlock the grade there"
    )
    assert [row["Grade"] for row in rows_of(tmp_path / "to.csv")] == ["2", "1.5"]


def test_moodles_numbers_tell_namesakes_apart(course: Course, tmp_path: Path) -> None:
    folder = course.submitted("doubling", "ada")
    folder.mkdir(parents=True)
    (folder / ".collected.json").write_text('{"source": "x", "late": false, "attempt": 0, "participant": 8}')
    rows = [
        ("7", "Ada Lovelace", "", ""),
        ("8", "Ada Lovelace", "", ""),
        ("9", "b c, d", "", ""),
        ("9", "=1+1", "", ""),
    ]
    done = export(
        course, tmp_path / "to.csv", ["doubling"], "moodle", worksheet(tmp_path / "like.csv", *rows, highest="2,00")
    )
    assert (done.unmatched, done.notes) == ([], [])
    assert [row["Grade"] for row in rows_of(tmp_path / "to.csv")] == ["", "2", "0", "1,5"]
    (folder / ".collected.json").unlink()
    done = export(course, tmp_path / "to.csv", ["doubling"], "moodle", tmp_path / "like.csv")
    assert done.unmatched == ["ada"]


def test_moodles_worksheet_is_of_one_topic(course: Course, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="Name its topic"):
        export(course, tmp_path / "to.csv", form="moodle", like=worksheet(tmp_path / "like.csv"))
    with pytest.raises(ExportError, match="no column `Grade`"):
        export(course, tmp_path / "to.csv", ["halving"], "moodle", write(tmp_path / "like.csv", "Full name,Points"))


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_no_text_is_a_formula(text: str) -> None:
    safe = harmless(text)
    assert safe.removeprefix("'") == text.removeprefix("'")
    assert not safe.startswith(("=", "@", "\t", "\r")) or safe.strip("+-").replace(".", "").isdigit()


def test_no_part_of_a_text_is_a_formula_where_semicolons_split() -> None:
    assert harmless("A;=cmd|' C calc'!A0") == "A,=cmd|' C calc'!A0"
    assert harmless('A; "-x') == 'A, "-x'
    assert harmless("a; b") == "a; b"


def test_numbers_are_no_formulas() -> None:
    assert [harmless(text) for text in ("-1", "+2.5", "-1+1", "", "a=b", "-2,5")] == [
        *("-1", "+2.5", "'-1+1", "", "a=b", "-2,5"),
    ]
