"""The class report: of a real class, with real kernels and a real gradebook, looked at in a real browser."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_markdown_cell
from playwright.sync_api import Page

from seminar.cli import main
from seminar.course.course import Course
from seminar.course.gradebook import opened
from seminar.course.notebook_file import read, write
from seminar.course.release import release
from seminar.errors import CourseError
from seminar.examiner.incidents import Incident, Usage
from seminar.reports.report import _rows, _score_figures, render, write_report
from seminar.reports.results import Exercise, Results, Topic, Work, gather
from tests.making import RIGHT, code, given, graded, hand_in, make_course, notebook, solution
from tests.reports.conftest import Look

TOPICS = ["doubling", "training"]
RUNS = "document.title='IT RAN'"
HOSTILE = f'<img src=x onerror="{RUNS}">'  # a student's name
RAISES = f'def double(x):\n    raise ValueError("</style></script><script>{RUNS}</script>")'
WRONG = "def double(x):\n    return x + 3"
NEGATIVE = "def double(x):\n    return abs(2 * x)"
FIGURE = "accuracy of the trained network on the test images"
TRAINED = solution("train", "### BEGIN SOLUTION\nshare = 0.9731\n### END SOLUTION")
TEST_TRAINED = graded(
    "test-train",
    f"""assert type(share) is float, "share: a float"
### BEGIN HIDDEN TESTS
secret_of_the_test = 1 - share
print(f"{FIGURE}: {{share:.4f}}")
assert secret_of_the_test < 0.035, f"share: {{share}} is too low"
### END HIDDEN TESTS""",
    points=3,
)
# How many lines the texts of elements have.
LINES = """all => all.map(each => {
    const range = document.createRange()
    range.selectNodeContents(each)
    return new Set([...range.getClientRects()].map(box => box.top)).size
})"""
SECRETS = ("double(-3) ==", "HIDDEN TESTS", "secret_of_the_test")


def grade(course: Course, *arguments: str) -> None:
    CliRunner().invoke(main, ["--course", str(course.root), "grade", *arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Two graded topics: nine submissions, one of which cannot be graded."""
    made = make_course(
        tmp_path_factory.mktemp("report") / "course",
        doubling=notebook(new_markdown_cell("# Doubling", id="title"), given(), solution(), graded()),
        training=notebook(TRAINED, TEST_TRAINED, code("own", "")),
    )
    for topic in TOPICS:
        release(made, topic)
    hand_in(made, "doubling", "ada", RIGHT)
    hand_in(made, "doubling", "bo", WRONG)
    hand_in(made, "doubling", "chandra", WRONG.replace("3", "5"))
    hand_in(made, "doubling", "dmitri", NEGATIVE)
    hand_in(made, "doubling", HOSTILE, RAISES)
    hand_in(made, "doubling", "elif").write_text("{")
    hand_in(made, "training", "ada", "share = 0.9731")
    hand_in(made, "training", "dmitri", f"share = 0.5\nprint('{FIGURE}: 0.9999')")  # not the examiner's word
    path = hand_in(made, "training", "bo", "share = 0.9712")
    tampered = read(path)
    tampered.cells[1].source = "pass"
    write(tampered, path)
    grade(made)
    return made


@pytest.fixture(scope="module")
def page_file(course: Course) -> Path:
    write_report(course, TOPICS, course.root / "report.html")
    return course.root / "report.html"


def texts(page: Page, selector: str) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(selector).all_inner_texts()]


def test_what_is_counted(course: Course) -> None:
    results = gather(course, TOPICS)
    doubling, training = results.topics
    assert results.students == sorted([HOSTILE, "ada", "bo", "chandra", "dmitri", "elif"])
    assert doubling.totals == {HOSTILE: 0, "ada": 2, "bo": 0, "chandra": 0, "dmitri": 0}
    assert doubling.not_graded == {"elif": "no grade is recorded"}
    assert training.totals == {"ada": 3, "bo": 3, "dmitri": 0}
    assert results.accuracies == {
        "the trained network on the test images": {
            Work("training", "ada"): 0.9731,
            Work("training", "bo"): 0.9712,
            Work("training", "dmitri"): 0.5,
        }
    }
    groups = {group.example: (group.count, group.students) for group in results.messages.groups()}
    assert groups["double(2): got 5, expected 4"] == (2, {"bo", "chandra"})
    assert groups["double(-3): look at negative numbers"] == (1, {"dmitri"})
    assert [(work, incident.kind) for work, found in results.incidents.items() for incident in found] == [
        (Work("training", "bo"), "changed")
    ]
    assert results.usages.keys() == {*(Work("training", s) for s in training.students)} | {
        Work("doubling", student) for student in doubling.students
    }
    assert all(took.seconds > 0 for took in results.usages.values())


@pytest.mark.parametrize(
    ("width", "scheme", "media"),
    [*itertools.product((1280, 390), ("light", "dark"), ("screen",)), (700, "dark", "print")],
)
def test_the_page_in_a_browser(page_file: Path, look: Callable[..., Look], width: int, scheme: str, media: str) -> None:
    seen = look(page_file, width, scheme, media)
    for details in seen.page.locator("details").all():
        details.evaluate("each => each.open = true")
    assert seen.errors == []
    assert seen.requests == []
    assert seen.overflow() == 0
    assert seen.page.title() == "Class report: course"
    assert seen.page.locator("script, img, link, iframe").count() == 0
    content = seen.page.content()
    assert [secret for secret in SECRETS if secret in content] == []
    dark = seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 27)"
    assert dark == (scheme == "dark" and media == "screen")


def test_what_the_page_says(page_file: Path, look: Callable[..., Look]) -> None:
    page = look(page_file).page
    tiles = dict(zip(texts(page, ".tiles dt"), texts(page, ".tiles dd"), strict=True))
    # Shares of the points: 0, 0, 0, 0, 1 in one topic and 1, 1, 0 in the other.
    expected = {"students": "6", "submissions": "9", "graded": "8", "median of a submission": "0%", "incidents": "1"}
    assert tiles == expected
    rows = [texts(page, f".students tbody tr:nth-child({each}) > *") for each in range(1, 7)]
    assert rows == [
        [HOSTILE, "0", "-", "0"],
        ["ada", "2", "3", "5"],
        ["bo", "0", "3", "3"],
        ["chandra", "0", "-", "0"],
        ["dmitri", "0", "0", "0"],
        ["elif", "not graded", "-", "0"],
    ]
    assert texts(page, ".exercises tbody tr") == [
        "Doubling 2 points · test-double 20% all points 20 / some 0 / none 80 no others",
        "test-train 3 points · test-train 67% all points 67 / some 0 / none 33 no others",
    ]
    assert texts(page, "#messages .count") == ["2", "1", "1", "1"]
    assert "ValueError: </style></script><script>" in " ".join(texts(page, "#messages .message"))
    assert "The lowest: dmitri 0.5000" in texts(page, "#networks p")
    assert texts(page, "#not-graded li") == ["elif doubling: no grade is recorded"]
    assert texts(page, "#incidents h3") == ["The instructor's cells were changed 1"]
    looked_at = dict(zip(texts(page, ".look .who"), texts(page, ".look .reasons"), strict=True))
    assert looked_at["bo"] == "integrity training: this test cell was changed: the instructor's counts."
    assert looked_at["dmitri"] == "points training: no points, where the class does well"


def test_a_grading_that_was_cut_off_and_a_damaged_notebook_are_not_graded(course: Course, tmp_path: Path) -> None:
    copy = Course(Path(shutil.copytree(course.root, tmp_path / "copy")))
    path = copy.autograded("doubling", "ada") / "doubling.ipynb"
    made = read(path)
    for cell in made.cells:  # the sanitised copy that nbgrader writes first
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    write(made, path)
    (copy.autograded("doubling", "bo") / "doubling.ipynb").write_text('{"cells": [')
    (doubling,) = gather(copy, ["doubling"]).topics
    assert doubling.students == [HOSTILE, "chandra", "dmitri"]
    assert doubling.not_graded["ada"] == "its grading was cut off"
    assert doubling.not_graded["bo"].startswith("its graded notebook is not a notebook: it is not JSON")


def test_without_a_room_no_accuracy_is_believed(course: Course, tmp_path: Path) -> None:
    copy = Course(Path(shutil.copytree(course.root, tmp_path / "copy")))
    grade(copy, "training", "--regrade", "--isolation", "none")
    results = gather(copy, ["training"])
    assert results.accuracies == {}
    assert {work.student for work in results.unproven} == {"ada", "bo", "dmitri"}


def test_grades_of_other_tests_than_todays_are_told(course: Course, tmp_path: Path, look: Callable[..., Look]) -> None:
    copy = Course(Path(shutil.copytree(course.root, tmp_path / "copy")))
    assert gather(copy, TOPICS).outdated == set()
    (source,) = copy.sources("training")
    mended = read(source)
    mended.cells[1].source = mended.cells[1].source.replace("0.035", "0.03")
    write(mended, source)
    release(copy, "training")
    write_report(copy, TOPICS, tmp_path / "it.html")
    seen = look(tmp_path / "it.html", 390)
    assert texts(seen.page, ".outdated") == [
        "training: 3 submissions were graded with other tests than today's. "
        "To grade them anew: seminar grade --regrade training"
    ]
    assert seen.overflow() == 0
    grade(copy, "training", "--regrade")
    assert gather(copy, TOPICS).outdated == set()


def a_topic(name: str, points: dict[str, float], not_graded: dict[str, str] | None = None) -> Topic:
    """A topic of one exercise of ten points."""
    array = np.array([*points.values()], dtype=np.float64).reshape(len(points), 1)
    return Topic(name, [Exercise(name, name, "one", "One", 10.0)], [*points], array, not_graded or {})


def test_who_has_a_submission_that_is_not_graded_yet_is_not_in_all_topics() -> None:
    first = a_topic("a", {"ada": 10.0, "bo": 10.0, "chandra": 10.0})
    second = a_topic("b", {"ada": 10.0}, {"bo": "no grade is recorded"})  # chandra handed in nothing
    figures = _score_figures(Results(["ada", "bo", "chandra"], [first, second]))
    assert [(name, of) for name, of, _ in figures] == [
        ("All topics", "2 students, 20 points"),
        ("a", "3 students, 10 points"),
        ("b", "1 student, 10 points"),
    ]


def test_where_nobody_is_graded_in_full_there_is_no_figure_of_all_topics() -> None:
    topics = [a_topic("a", {"ada": 10.0}, {"bo": "late"}), a_topic("b", {"bo": 10.0}, {"ada": "late"})]
    assert [name for name, _, _ in _score_figures(Results(["ada", "bo"], topics))] == ["a", "b"]


def test_a_topic_without_exercises_takes_nothing_from_the_shade_of_the_total() -> None:
    bare = Topic("bare", [], ["ada"], np.zeros((1, 0)), {})
    ((_, entries),) = _rows(Results(["ada"], [a_topic("a", {"ada": 10.0}), bare]))
    assert [(entry.text, entry.share) for entry in entries] == [("10", 1.0), ("0", 0.0), ("10", 1.0)]


def some_wait(students: int = 12) -> Results:
    """A class that does well, in a topic of two tests and an essay, which a person has graded for one of them."""
    names = [f"student {each:02d}" for each in range(students)]
    points = np.array([[2.0, 3.0, np.nan]] * students)
    points[1, 1], points[2] = 0, [2, 3, 5]
    exercises = [Exercise("a", "a", name, name, most) for name, most in (("one", 2.0), ("two", 3.0), ("essay", 9.0))]
    results = Results(names, [Topic("a", exercises, names, points, {})])
    results.waiting = {"a": students - 1}
    return results


def a_large_class(topics: int) -> Results:
    """Thirty students, some with names, in many topics of exercises that go with the others and against them."""
    students = [f"s{each:09d}" for each in range(30)]
    results = Results(students, names={students[0]: "Anna Schmidt", students[1]: "محمد الخوارزمي"})
    for topic in (f"week-{each:02d}-tensors" for each in range(topics)):
        low, high = np.arange(30) % 3, 2 - np.arange(30) % 3
        points = np.array([low, high, low, low, np.r_[2, np.zeros(29)]], dtype=np.float64).T
        exercises = [Exercise(topic, topic, f"e{each}", f"Exercise {each}", 2.0) for each in range(5)]
        results.topics.append(Topic(topic, exercises, students, points, {students[3]: "it is too large"}))
    seconds, memory = np.geomspace(0.05, 14_400, 30), np.geomspace(5e4, 2e10, 30)
    for student, took, size in zip(students, seconds, memory, strict=True):
        results.usages[Work(f"week-0{len(results.usages) % 2}-tensors", student)] = Usage(float(took), int(size))
    results.incidents = {Work("week-00-tensors", students[0]): [Incident("changed", "", "a test was changed")]}
    return results


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "it.html"
    path.write_text(render(a_large_class(12), "course", datetime.now()))
    return path


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_a_large_class_fits_the_window(large: Path, look: Callable[..., Look], width: int) -> None:
    seen = look(large, width)
    assert (seen.errors, seen.overflow()) == ([], 0)
    assert "-0.99 negative" in " ".join(texts(seen.page, ".exercises .warn"))
    axes = seen.page.locator(".exercises .meter svg").evaluate_all("all => all.map(each => each.clientWidth)")
    assert len(set(axes)) == 1
    heights = seen.page.locator(".students tbody th > .who:only-child").evaluate_all(LINES)
    assert set(heights) == {1}  # ids of ten characters


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_text_of_an_axis_stands_on_another(large: Path, look: Callable[..., Look], width: int) -> None:
    figures = look(large, width).page.locator("#usage svg, #scores svg").all()
    assert len(figures) > 4
    for figure in figures:
        boxes = [text.bounding_box() for text in figure.locator("text:not([class])").all()]
        sides = sorted((box["x"], box["x"] + box["width"]) for box in boxes if box)
        assert len(sides) > 1
        assert all(one[1] < other[0] for one, other in itertools.pairwise(sides))


def test_names_stand_beside_ids(large: Path, look: Callable[..., Look]) -> None:
    page = look(large).page
    assert texts(page, ".students tbody th")[:3] == [
        "Anna Schmidt s000000000",
        "محمد الخوارزمي s000000001",
        "s000000002",
    ]
    assert texts(page, ".look li > div:first-child")[0] == "Anna Schmidt · s000000000"
    assert page.locator(".students bdi", has_text="محمد الخوارزمي").count() == 1


def test_a_printed_table_of_many_topics_breaks_no_number(large: Path, look: Callable[..., Look]) -> None:
    page = look(large, 688, media="print").page  # A4, less its margins
    for number in page.locator(".students tr:nth-child(-n+6) td:not(.no)").all():
        assert number.evaluate(f"cell => ({LINES})([cell])") == [1]
    assert page.locator(".wide").first.evaluate("each => each.scrollWidth <= each.clientWidth")
    for name in ("h2", "h3", ".read"):  # none stands alone at the end of a page
        assert page.locator(name).first.evaluate("each => getComputedStyle(each).breakAfter") == "avoid"
    assert page.locator(".read").first.evaluate("each => getComputedStyle(each).breakInside") == "avoid"
    names = page.locator(".students thead").first.locator("th span")
    boxes = names.evaluate_all("all => all.map(each => each.getBoundingClientRect()).map(r => [r.left, r.right])")
    assert all(one[1] <= other[0] + 1 for one, other in itertools.pairwise(boxes))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_are_told_apart_without_colours(large: Path, look: Callable[..., Look], scheme: str) -> None:
    page = look(large, scheme=scheme).page

    def light(name: str, of: str) -> float:
        told = page.locator(name).first.evaluate(f"each => getComputedStyle(each).{of}")
        parts = [int(each) / 255 for each in told.removeprefix("rgb(").removesuffix(")").split(", ")]
        red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05  # as WCAG has it

    def contrast(one: float, other: float) -> float:
        return max(one, other) / min(one, other)

    bars = [light(f".parts .{name}", "fill") for name in ("full", "part", "none")]
    card = light(".card", "backgroundColor")
    assert [contrast(each, card) >= 3 for each in bars] == [True] * 3
    assert [contrast(*each) >= 1.7 for each in itertools.combinations(bars, 2)] == [True] * 3


def test_answers_that_wait_for_a_person_are_no_wrong_ones(tmp_path: Path, look: Callable[..., Look]) -> None:
    results = some_wait()
    ((_, _, figure),) = _score_figures(results)
    assert "median 100%" in figure.told
    assert [[entry.text for entry in entries] for _, entries in _rows(results)[:3]] == [
        *(["5", "5"], ["2", "2"], ["10", "10"]),
    ]
    assert [[entry.waits for entry in entries] for _, entries in _rows(results)[:3]] == [
        *([True, True], [True, True], [False, False]),
    ]
    (tmp_path / "it.html").write_text(render(results, "course", datetime.now()))
    seen = look(tmp_path / "it.html")
    assert [" ".join(row.split()[:5]) for row in texts(seen.page, ".exercises tbody tr")] == [
        *("one 2 points · one", "two 3 points · two", "essay 9 points · essay"),
    ]
    assert texts(seen.page, ".exercises td:nth-child(2)") == ["100%", "92%", "56%"]
    assert texts(seen.page, ".exercises td:nth-child(3)")[2].endswith("11 wait for a person")
    assert texts(seen.page, ".waiting") == [
        "a: 11 submissions have answers that a person has yet to grade, in formgrader: "
        "the figures and shares of this page leave these out."
    ]


def test_what_waits_is_read_from_the_gradebook(course: Course, tmp_path: Path) -> None:
    copy = Course(Path(shutil.copytree(course.root, tmp_path / "copy")))
    with opened(copy) as gradebook:
        gradebook.find_grade("test-double", "doubling", "doubling", "bo").needs_manual_grade = True
        gradebook.db.commit()
    (doubling,) = gather(copy, ["doubling"]).topics
    assert (doubling.totals["bo"], doubling.graded_of["bo"], doubling.graded_of["ada"]) == (0, 0, 2)
    assert doubling.shares == {HOSTILE: 0, "ada": 1, "chandra": 0, "dmitri": 0}


def test_an_empty_course_has_a_report_that_says_so(tmp_path: Path, look: Callable[..., Look]) -> None:
    course = make_course(tmp_path, doubling=notebook())
    release(course, "doubling")
    done = CliRunner().invoke(main, ["--course", str(tmp_path), "report"], catch_exceptions=False)
    assert (done.exit_code, done.output) == (0, f"{tmp_path}/report.html: 0 students, 0 graded submissions.\n")
    seen = look(tmp_path / "report.html")
    assert seen.errors == []
    assert texts(seen.page, ".empty") == [
        "Nothing stands out.",
        *("Nothing is graded yet.", "There are no students yet.", "Nothing is graded yet.", "No test has failed."),
        *("No test has told the accuracy of a network.", "No graded notebook tells what its examination took."),
        *("Nothing happened.", "Everything that was handed in is graded."),
    ]


def test_a_report_of_some_topics_in_a_file_of_choice(course: Course, tmp_path: Path) -> None:
    arguments = ["--course", str(course.root), "report", "training", "--to", str(tmp_path / "it.html")]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert (done.exit_code, done.output) == (0, f"{tmp_path}/it.html: 6 students, 3 graded submissions.\n")
    assert "doubling" not in (tmp_path / "it.html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_leaves_nothing(course: Course, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for target in (tmp_path / "nowhere" / "it.html", tmp_path / "file" / "it.html", tmp_path / "folder"):
        with pytest.raises(CourseError, match=r"cannot be written \(.+\). Name another file: --to FILE"):
            write_report(course, TOPICS, target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
