"""Submissions that are not as they should be: each gets a grade, or a clear word why not, and the run goes on."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from seminar.bulk.desk import _copied, aside_of
from seminar.bulk.pipeline import Outcome, autograde
from seminar.course import links
from seminar.course.course import CONFIG_FILE, Course, Submission
from seminar.course.gradebook import scores
from seminar.course.ledger import Ledger
from seminar.course.notebook_file import read, write
from seminar.course.release import release
from seminar.errors import CourseError, GradingError, NotebookError
from seminar.reports.export.grades import read_grades
from seminar.reports.results import gather
from tests.bulk.grading import grade_here, pending_of
from tests.bulk.records import rows
from tests.making import RIGHT, answer, code, given, graded, hand_in, make_course, notebook, solution
from tests.test_stock import CONFIG as STOCK
from tests.test_stock import nbgrader

TOPIC = "doubling"
FULL = 4.0
LARGE = 100 * 2**20  # bytes

Spoil = Callable[[Path], None]


def renamed(name: str) -> Spoil:
    def spoil(path: Path) -> None:
        path.rename(path.with_name(name))

    return spoil


def text(content: str) -> Spoil:
    def spoil(path: Path) -> None:
        path.write_text(content)

    return spoil


def odd(change: Callable[[Any], None]) -> Spoil:
    """What nbformat itself would not write."""

    def spoil(path: Path) -> None:
        made = json.loads(path.read_text())
        change(made)
        path.write_text(json.dumps(made))

    return spoil


def changed(change: Callable[[Any], None]) -> Spoil:
    def spoil(path: Path) -> None:
        made = read(path)
        change(made)
        write(made, path)

    return spoil


def of_format_3(path: Path) -> None:
    made = nbformat.convert(read(path), 3)
    path.write_text(json.dumps(made))


def without_cell_ids(made: Any) -> None:
    made.nbformat_minor = 4
    for cell in made.cells:
        cell.pop("id", None)


def huge(made: Any) -> None:
    made.cells.append(new_code_cell("1", outputs=[new_output("stream", text="x" * LARGE)]))


def doubled(made: Any) -> None:
    made.cells.append(made.cells[2])
    made.cells[-1] = nbformat.from_dict({**made.cells[2], "id": "another"})


def other_points(made: Any) -> None:
    made.cells[2].metadata["nbgrader"]["points"] = 1000


def other_ids(made: Any) -> None:
    made.cells[2].metadata["nbgrader"]["grade_id"] = "mine"


def no_metadata(made: Any) -> None:
    for cell in made.cells:
        cell.metadata = {}


def as_text(made: Any) -> None:
    picture = {"plot.png": {"image/png": "iVBORw0KGgo="}}
    for place in (1, 2):
        old = made.cells[place]
        made.cells[place] = new_markdown_cell(old.source, id=old.id, metadata=old.metadata, attachments=picture)


def half_characters(made: Any) -> None:
    made["cells"][0]["source"] = "\ud800 = 1"  # of the student's own
    made["cells"][1]["source"] += "  # \ud83d"


def not_quite_valid(made: Any) -> None:
    """What editors, hosted notebooks and scripts leave, and nbgrader does not mind."""
    made |= {"nbformat_minor": 0, "exported_by": "an editor"}
    made["metadata"] |= {"kernelspec": {"name": "colab"}, "language_info": {"version": "3"}, "authors": "me"}
    own, answer, test, *_ = made["cells"]
    own |= {"cell_type": "markdown", "outputs": [], "execution_count": None, "id": "not an id!"}
    answer |= {"outputs": [{"output_type": "stream", "text": "1"}], "execution_count": "12", "prompt_number": 3}
    answer["metadata"] |= {"tags": "mine", "collapsed": "yes"}
    del test["outputs"], test["execution_count"]


def several(path: Path) -> None:
    write(notebook(code("own", "1")), path.with_name("scratch.ipynb"))


def a_link(path: Path) -> None:
    path.rename(path.with_name("kept.txt"))
    path.symlink_to("kept.txt")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def beside_links(path: Path) -> None:
    (path.parent / "gradebook").symlink_to("/etc/passwd")


# What is done to a right submission; the points; a piece of the note, or of the error where there are no points.
SPOILT: dict[str, tuple[Spoil, float | None, str]] = {
    "no notebook": (Path.unlink, None, "holds no notebook, and doubling.ipynb is expected"),
    "wrong case": (renamed("Doubling.ipynb"), FULL, "was taken for doubling.ipynb"),
    "wrong case of the ending": (renamed("doubling.IPYNB"), FULL, "doubling.IPYNB was handed in: it was taken for"),
    "wrong name": (renamed("homework (1).ipynb"), FULL, "homework (1).ipynb was handed in: it was taken for"),
    "several": (several, FULL, "scratch.ipynb was handed in too: it was not graded."),
    "empty file": (text(""), None, "is empty"),
    "not JSON": (text("{"), None, "is not JSON (line 1"),
    "other JSON": (text("[1]"), None, "is no notebook"),
    "a cell that is a text": (odd(lambda made: made["cells"].insert(1, "x")), None, "JSON: cell 2 is a text"),
    "half a character": (odd(half_characters), FULL, ""),
    "format 3": (of_format_3, FULL, ""),
    "no cell ids": (changed(without_cell_ids), FULL, ""),
    "not quite valid": (odd(not_quite_valid), FULL, ""),
    "100 MB of output": (changed(huge), FULL, ""),
    "a deleted test": (changed(lambda made: made.cells.pop(2)), FULL, "this test was deleted"),
    "a doubled test": (changed(doubled), FULL, "a second cell with this grade id"),
    "other points": (changed(other_points), FULL, "what the cell says of itself (points, kind) was changed"),
    "another grade id": (changed(other_ids), FULL, "a cell that claims to be the instructor's is none"),
    "no metadata": (changed(no_metadata), FULL, "this solution cell was deleted"),
    "code made text": (changed(as_text), FULL, ""),
    "a link": (a_link, None, "is a link to kept.txt"),
    "a pipe": (a_pipe, None, "is no file but a folder, a pipe or a device"),
    "links beside it": (beside_links, FULL, "gradebook was a link to /etc/passwd: it was taken out."),
    "a comma, and 'quotes\" 李": (lambda path: None, FULL, ""),
    "[a-z]*?": (lambda path: None, FULL, ""),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A class of spoilt submissions, and a good one behind them."""
    made = make_course(
        tmp_path_factory.mktemp("class"),
        **{TOPIC: notebook(code("own", "1 + 1"), solution(), graded(), code("more", "2"), graded("test-again"))},
    )
    release(made, TOPIC)
    for student, (spoil, _, _) in SPOILT.items():
        spoil(hand_in(made, TOPIC, student, RIGHT))
    hand_in(made, TOPIC, "zoë", RIGHT)
    return made


@pytest.fixture(scope="module")
def outcomes(course: Course) -> dict[str, Outcome]:
    return grade_here(course, TOPIC)


@pytest.mark.parametrize("student", SPOILT)
def test_a_spoilt_submission_gets_a_grade_or_a_word(course: Course, outcomes: dict[str, Outcome], student: str) -> None:
    _, points, told = SPOILT[student]
    outcome = outcomes[student]
    found = {score.student: score.points for score in scores(course, [TOPIC])}
    if points is None:
        assert told in str(outcome.error)
        assert str(course.submitted(TOPIC, student)) in str(outcome.error)
        assert student not in found
        assert not course.autograded(TOPIC, student).exists()
    else:
        assert outcome.error is None
        assert found[student] == points
        assert told in " ".join(outcome.notes)
        assert bool(told) == bool(outcome.notes)
        kept = [path.name for path in course.autograded(TOPIC, student).iterdir()]
        assert [name for name in kept if name.lower().endswith(".ipynb")] == [f"{TOPIC}.ipynb"]


def test_the_others_are_graded(course: Course, outcomes: dict[str, Outcome]) -> None:
    assert outcomes["zoë"].error is None
    failed = {student for student, (_, points, _) in SPOILT.items() if points is None}
    assert {each.student for each in pending_of(course, TOPIC)} == failed


def test_the_gradebook_is_the_one_that_nbgrader_writes(tmp_path: Path) -> None:
    """Of an honest class, row for row: once graded here, once by a stock nbgrader; then again, handed in anew."""
    made = notebook(solution(), graded(), solution("again"), graded("test-again", points=3))
    ours = make_course(tmp_path / "ours", **{TOPIC: made})
    stock = make_course(tmp_path / "stock", **{TOPIC: made})
    (stock.root / CONFIG_FILE).write_text(STOCK.replace('"stock"', '"pytorch-seminar"'))
    classes = (
        {"right": (RIGHT, RIGHT), "empty": (), "half": (RIGHT,), "wrong": ("def double(x):\n    return 4", RIGHT)},
        {"empty": (RIGHT,), "late, and new": (RIGHT, "double = 3"), "right": ("", "")},
    )
    for answers in classes:
        for course in (ours, Course(stock.root)):
            release(course, TOPIC)
            for student, codes in answers.items():
                path = hand_in(course, TOPIC, student, *codes)
                (path.parent / "timestamp.txt").write_text("2026-11-24 10:00:00 UTC")
        assert all(outcome.error is None for outcome in grade_here(ours, TOPIC, regrade=True).values())
        nbgrader(stock.root, "autograde", TOPIC, "--force")
        assert rows(ours) == rows(stock)
        assert any(row[2] for row in rows(ours)["grade"])
    copied = ours.autograded(TOPIC, "right") / "timestamp.txt"
    assert copied.read_text() == "2026-11-24 10:00:00 UTC"


def test_what_another_program_does_to_the_gradebook_meanwhile_is_told(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    with Ledger(course) as ledger:
        one, other = ledger.entry(TOPIC, "ada"), ledger.entry(TOPIC, "ada")
        ledger.save(one)
        with pytest.raises(GradingError, match=r"ada, doubling: another program has recorded it .* Grade it again"):
            ledger.save(other)
        changed = notebook(given(), solution(), graded("another-test"))
        write(changed, course.source(TOPIC) / f"{TOPIC}.ipynb")
        nbgrader(course.root, "db", "assignment", "remove", TOPIC, "--force")
        release(course, TOPIC)
        with pytest.raises(GradingError, match="doubling: it was released anew while it was graded"):
            ledger.save(ledger.entry(TOPIC, "bo"))
    assert rows(course)["grade"] == []


def test_a_function_of_the_courses_that_fails_is_named(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    config = course.root / CONFIG_FILE
    config.write_text(config.read_text() + "\nc.Examine.timeout_func = lambda cell: cell.nothing\n")
    course = Course(course.root)
    release(course, TOPIC)
    hand_in(course, TOPIC, "ada", RIGHT)
    with pytest.raises(CourseError, match=r"nbgrader_config.py: c.Examine.timeout_func fails \(AttributeError"):
        grade_here(course, TOPIC)


def test_a_file_that_cannot_be_read_is_the_submissions(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(NotebookError, match=r"folder: cannot be read \(Is a directory\)"):
        _copied(folder, tmp_path / "copy")
    with pytest.raises(FileNotFoundError):
        _copied(tmp_path / "nowhere", tmp_path / "copy")


def test_a_test_that_stock_nbgrader_has_not_locked_is_as_it_was_released(tmp_path: Path) -> None:
    """As in nbgrader's own example."""
    made = notebook()
    made.cells[-1].metadata.nbgrader.locked = False
    course = make_course(tmp_path, **{TOPIC: made})
    nbgrader(course.root, "generate_assignment", TOPIC)
    path = course.submitted(TOPIC, "ada") / f"{TOPIC}.ipynb"
    path.parent.mkdir(parents=True)
    shutil.copyfile(course.release(TOPIC) / path.name, path)
    assert grade_here(course, TOPIC)["ada"].notes == ()


def test_data_that_a_grader_lacks_cost_no_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = "import os\nassert os.listdir(os.environ['SEMINAR_DATA'])"
    course = make_course(tmp_path / "course", **{TOPIC: notebook(given("data", reads), solution(), graded())})
    release(course, TOPIC)
    hand_in(course, TOPIC, "ada", RIGHT)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("SEMINAR_DATA", str(tmp_path / "empty"))
    error = str(autograde(course.root, Submission(TOPIC, "ada", course.submitted(TOPIC, "ada"))).error)
    assert f"MNIST is not whole at {tmp_path / 'empty'} on " in error
    assert error.endswith("Run there: seminar data")
    assert rows(course)["submitted_assignment"] == []


def test_a_late_submission_costs_what_the_course_says(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    config = course.root / CONFIG_FILE
    config.write_text(config.read_text() + "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    course = Course(course.root)
    release(course, TOPIC)
    nbgrader(course.root, "db", "assignment", "add", TOPIC, "--duedate", "2026-11-24 10:00:00 UTC")
    for student, time in (("in time", "2026-11-24 09:59:59 UTC"), ("late", "2026-11-24 12:00:00 UTC")):
        (hand_in(course, TOPIC, student, RIGHT).parent / "timestamp.txt").write_text(time)
    outcomes = grade_here(course, TOPIC)
    assert outcomes["in time"].notes == ()
    assert outcomes["late"].notes == ("it was handed in 2 h late, which costs 2 points.",)
    assert {row[1]: row[3] for row in rows(course)["submitted_notebook"]} == {"in time": None, "late": 2.0}
    # Whoever tells points tells the same: the table, the report, the export.
    assert {score.student: score.points for score in scores(course, [TOPIC])} == {"in time": 2, "late": 0}
    assert gather(course, [TOPIC]).topics[0].totals == {"in time": 2, "late": 0}
    assert read_grades(course).points == {("in time", TOPIC): 2, ("late", TOPIC): 0}


def test_a_file_in_the_place_of_the_graded_folder_leaves_no_points(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    hand_in(course, TOPIC, "ada", RIGHT)
    place = course.autograded(TOPIC, "ada")
    place.parent.mkdir(parents=True)
    place.touch()
    with pytest.raises(CourseError, match=r"cannot be written \(File exists\)"):
        grade_here(course, TOPIC)
    assert scores(course, [TOPIC]) == []
    place.unlink()
    assert grade_here(course, TOPIC)["ada"].error is None


def test_an_entry_is_saved_as_often_as_one_likes(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    with Ledger(course) as ledger:
        entry = ledger.entry(TOPIC, "ada")
        for _ in range(2):
            ledger.save(entry)
    assert [score.student for score in scores(course, [TOPIC])] == ["ada"]


def test_a_penalty_of_more_than_there_is_takes_all_off(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    config = course.root / CONFIG_FILE
    config.write_text(f"""{config.read_text()}
from nbgrader.plugins import BasePlugin
class Dear(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 100
c.AssignLatePenalties.plugin_class = Dear
""")
    course = Course(course.root)
    release(course, TOPIC)
    nbgrader(course.root, "db", "assignment", "add", TOPIC, "--duedate", "2026-11-24 10:00:00 UTC")
    (hand_in(course, TOPIC, "late", RIGHT).parent / "timestamp.txt").write_text("2026-11-24 12:00:00 UTC")
    assert grade_here(course, TOPIC)["late"].notes == ("it was handed in 2 h late, which costs 2 points.",)


def test_what_a_student_calls_files_harms_neither_the_record_nor_the_run(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    for student in ("ada", "bo", "cy"):
        folder = hand_in(course, TOPIC, student, RIGHT).parent
        (folder / "data").mkdir()
        (folder / "data" / "a.csv").write_text("1")
        (folder / "notes").write_text("1")
    forged = course.submitted(TOPIC, "ada") / f".{TOPIC}.ipynb.part"
    forged.write_text("<script>alert(1)</script>")
    assert [each.error for each in grade_here(course, TOPIC).values()] == [None] * 3
    assert read(course.autograded(TOPIC, "ada") / f"{TOPIC}.ipynb").cells
    # Handed in anew: a folder where a file was, a file where a folder was, and the longest name that there can be.
    folder = course.submitted(TOPIC, "ada")
    shutil.rmtree(folder / "data")
    (folder / "data").write_text("2")
    (folder / "notes").unlink()
    (folder / "notes").mkdir()
    (folder / "notes" / "b.csv").write_text("2")
    (course.submitted(TOPIC, "bo") / ("ж" * 125 + ".csv")).write_text("2")
    assert {student: each.error for student, each in grade_here(course, TOPIC).items()} == {"ada": None, "bo": None}
    graded_folder = course.autograded(TOPIC, "ada")
    kept = sorted(str(path.relative_to(graded_folder)) for path in graded_folder.rglob("*") if path.is_file())
    assert kept == sorted([f".{TOPIC}.ipynb.part", "data", f"{TOPIC}.ipynb", "notes/b.csv"])
    assert (course.autograded(TOPIC, "bo") / ("ж" * 125 + ".csv")).read_text() == "2"
    assert [path.name for path in graded_folder.parent.iterdir()] == [TOPIC]
    assert pending_of(course, TOPIC) == []


def test_a_notebook_with_an_ending_in_upper_case_is_one(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    path = hand_in(course, TOPIC, "ada", RIGHT)
    other = Path(shutil.copy(path, path.with_name(f"{TOPIC}.IPYNB")))
    assert grade_here(course, TOPIC)["ada"].notes == (f"{TOPIC}.IPYNB was handed in too: it was not graded.",)
    path.unlink()
    assert [each.student for each in pending_of(course, TOPIC)] == ["ada"]
    assert grade_here(course, TOPIC)["ada"].error is None
    assert pending_of(course, TOPIC) == []
    other.write_text(other.read_text().replace("x + x", "x * 2"))
    assert [each.student for each in pending_of(course, TOPIC)] == ["ada"]


def test_files_that_do_not_fit_into_a_room_are_left_out_and_told(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    config = course.root / CONFIG_FILE
    config.write_text(config.read_text() + f"\nc.Examine.limits = {{'disk': {4 * 2**20}}}\n")
    course = Course(course.root)
    release(course, TOPIC)
    (course.source(TOPIC) / "table.csv").write_text("the instructor's")
    reads = "table = open('table.csv').read()\n"
    for student, needs in (("large", reads), ("many", reads), ("without", reads + "open('model.pt')\n")):
        hand_in(course, TOPIC, student, needs + RIGHT)
    folder = course.submitted(TOPIC, "large")
    (folder / "model.pt").write_bytes(bytes(5 * 2**20))
    for number in range(250):
        (course.submitted(TOPIC, "many") / f"{number:03}.txt").touch()
    (course.submitted(TOPIC, "without") / "table.csv").mkdir()  # in the way of the instructor's
    (course.submitted(TOPIC, "without") / "table.csv" / "x").touch()
    outcomes = grade_here(course, TOPIC)
    told = "its cells could not read {}: what lies beside a notebook is too much for its room."
    assert outcomes["large"].notes == (told.format("model.pt"),)
    assert outcomes["many"].notes == (told.format("199.txt, 200.txt, 201.txt and 48 more"),)
    assert {score.student: score.points for score in scores(course, [TOPIC])} == {"large": 2, "many": 2, "without": 0}
    assert (course.autograded(TOPIC, "large") / "model.pt").stat().st_size == 5 * 2**20
    assert (course.autograded(TOPIC, "without") / "table.csv").read_text() == "the instructor's"
    assert pending_of(course, TOPIC) == []
    (folder / "model.pt").write_bytes(bytes(range(256)) * 2**14)
    assert [each.student for each in pending_of(course, TOPIC)] == ["large"]
    (course.source(TOPIC) / "images.bin").write_bytes(bytes(5 * 2**20))
    with pytest.raises(CourseError, match=r"images\.bin: does not fit into a room"):
        grade_here(course, TOPIC)


def test_a_name_that_is_too_long_to_be_recorded_stops_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    for student in ("ada", "evil", "zoe"):
        hand_in(course, TOPIC, student, RIGHT)
    monkeypatch.chdir(course.submitted(TOPIC, "evil"))
    size = len(str(course.submitted(TOPIC, "evil"))) + 1
    most = 4095  # bytes of a path; `autograded` is a letter longer than `submitted`
    while size + 202 < most:
        Path("d" * 200).mkdir()
        monkeypatch.chdir("d" * 200)
        size += 201
    Path("e" * (most - size)).write_text("x")
    monkeypatch.chdir(tmp_path)
    done = grade_here(course, TOPIC)
    assert (done["ada"].error, done["zoe"].error) == (None, None)
    assert "File name too long" in (done["evil"].error or "")
    assert {score.student: score.points for score in scores(course, [TOPIC])} == {"ada": 2, "zoe": 2}
    assert not course.autograded(TOPIC, "evil").exists()


def test_a_recording_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    hand_in(course, TOPIC, "ada", RIGHT)
    grade_here(course, TOPIC)
    assert pending_of(course, TOPIC) == []
    aside_of(course.autograded(TOPIC, "ada")).mkdir()  # what a regrade leaves that is killed
    assert [each.student for each in pending_of(course, TOPIC)] == ["ada"]
    grade_here(course, TOPIC)
    assert pending_of(course, TOPIC) == []


@pytest.mark.parametrize("name", ["timestamp.txt", ".collected.json", f"x{links.SUFFIX}"])
def test_what_is_no_file_is_not_read_in_the_place_of_one(tmp_path: Path, name: str) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    secret = tmp_path / "secret.txt"
    secret.write_text("2020-01-01 the secret")
    os.mkfifo(hand_in(course, TOPIC, "pipe", RIGHT).with_name(name))
    hand_in(course, TOPIC, "folder", RIGHT).with_name(name).mkdir()
    hand_in(course, TOPIC, "link", RIGHT).with_name(name).symlink_to(secret)
    done = grade_here(course, TOPIC)
    assert {student: each.error for student, each in done.items()} == dict.fromkeys(("pipe", "folder", "link"))
    assert "the secret" not in "".join(note for each in done.values() for note in each.notes)


def test_a_time_that_is_none_is_passed_over(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    for student, time in (("early", "0001-01-01 00:00:00 +0200"), ("number", "9" * 30)):
        hand_in(course, TOPIC, student, RIGHT).with_name("timestamp.txt").write_text(time)
    assert [each.error for each in grade_here(course, TOPIC).values()] == [None, None]


def test_an_attempt_that_was_saved_before_the_graded_one_and_handed_in_after_it_counts(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{TOPIC: notebook()})
    release(course, TOPIC)
    path = hand_in(course, TOPIC, "ada", "double = None")
    path.with_name("timestamp.txt").write_text("2026-11-25 10:00:00 UTC")
    nbgrader(course.root, "autograde", TOPIC)
    assert pending_of(course, TOPIC) == []
    hand_in(course, TOPIC, "ada", RIGHT)
    path.with_name("timestamp.txt").write_text("2026-11-25 12:00:00 UTC")
    os.utime(path, (0, 0))
    assert [each.student for each in pending_of(course, TOPIC)] == ["ada"]


def test_a_manual_answer_that_is_worth_other_points_now_is_no_forgery(tmp_path: Path) -> None:
    essay = answer("essay", "YOUR ANSWER HERE", points=2)
    course = make_course(tmp_path, essays=notebook(essay))
    release(course, "essays")
    for student in ("ada", "forger"):
        path = hand_in(course, "essays", student)
        made = read(path)
        made.cells[0].source = "My own."
        if student == "forger":
            made.cells[0].metadata["nbgrader"]["points"] = 100
        write(made, path)
    essay.metadata["nbgrader"]["points"] = 4
    write(notebook(essay), course.sources("essays")[0])
    release(course, "essays")
    done = grade_here(course, "essays")
    (told,) = done["ada"].notes
    assert "of an earlier release" in told
    (told,) = done["forger"].notes
    assert "what the cell says of itself (points, kind) was changed" in told


def test_a_notebook_that_is_not_handed_in_is_told(tmp_path: Path) -> None:
    course = make_course(tmp_path, two=notebook())
    write(notebook(solution(), graded()), course.source("two") / "second.ipynb")
    release(course, "two")
    hand_in(course, "two", "ada", RIGHT)
    assert grade_here(course, "two")["ada"].notes == ("second.ipynb was not handed in.",)


def test_a_shared_courses_folders_are_its_groups(tmp_path: Path) -> None:
    made = make_course(tmp_path, doubling=notebook())
    with (made.root / CONFIG_FILE).open("a") as config:
        config.write("\nc.CourseDirectory.groupshared = True\n")
    course = Course(tmp_path)
    release(course, "doubling")
    hand_in(course, "doubling", "ada", RIGHT)
    assert grade_here(course, "doubling")["ada"].error is None
    folder = course.autograded("doubling", "ada")
    for each in (folder, folder.parents[1]):
        assert each.stat().st_mode & 0o2770 == 0o2770
