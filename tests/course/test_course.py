"""Opening a course, and finding its topics and submissions."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from seminar.course.course import CONFIG_FILE, Course
from seminar.errors import CourseError
from tests.making import make_course, notebook


def test_the_repository_is_a_course() -> None:
    course = Course(Path(__file__).parents[2])
    assert course.topics() == ["1-numpy-and-torch", "2-tensors", "3-autograd", "4-mnist", "5-mlp", "6-devices"]


def test_a_folder_without_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"there is no nbgrader_config\.py"):
        Course(tmp_path)


def test_a_folder_whose_name_is_a_pattern_is_refused(tmp_path: Path) -> None:
    for name, taken in (("b[1]", "[ ]"), ("p%20q", "%"), ("c#q?x", "?")):
        with pytest.raises(CourseError, match=rf"nbgrader takes {re.escape(taken)} in a folder's name"):
            make_course(tmp_path / name)


def test_a_configuration_that_does_not_run_is_named(tmp_path: Path) -> None:
    (tmp_path / CONFIG_FILE).write_text("c = get_config()\nc.Execute.timeout = sixty\n")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py: does not run \(NameError: name 'sixty'"):
        Course(tmp_path)


@pytest.mark.parametrize(
    ("setting", "told"),
    [("import sys\nsys.exit()", r"does not run \(SystemExit"), ("c.CourseDirectory.course_id = 5", "course_id.*int")],
)
def test_a_configuration_that_ends_or_sets_what_cannot_be_is_named(tmp_path: Path, setting: str, told: str) -> None:
    (tmp_path / CONFIG_FILE).write_text(f"c = get_config()\n{setting}\n")
    with pytest.raises(CourseError, match=rf"nbgrader_config\.py: .*{told}"):
        Course(tmp_path).directory()


@pytest.mark.parametrize("layout", ["{x}", "{", "{0}", "{student_id.x}"])
def test_a_layout_that_cannot_be_is_named(tmp_path: Path, layout: str) -> None:
    (tmp_path / CONFIG_FILE).write_text(f"c = get_config()\nc.CourseDirectory.directory_structure = {layout!r}\n")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py: c\.CourseDirectory\.directory_structure is .*Mend"):
        Course(tmp_path).topics()


def test_a_course_without_topics_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="holds no topic"):
        make_course(tmp_path).topics()


def test_a_topic_whose_name_is_a_pattern_is_refused(tmp_path: Path) -> None:
    for number, name in enumerate(("plus+top", "top[1]", " top", "top ")):
        course = make_course(tmp_path / str(number), **{name: notebook()})
        with pytest.raises(CourseError, match=rf"/{re.escape(name)}': nbgrader takes no topic with"):
            course.topics()
    assert make_course(tmp_path / "good", **{"50 % тензор": notebook(), "-a": notebook()}).topics() == [
        "-a",
        "50 % тензор",
    ]


def test_a_topic_that_does_not_exist_is_named(tmp_path: Path) -> None:
    course = make_course(tmp_path, tensors=notebook(), autograd=notebook())
    with pytest.raises(CourseError, match=r"no topic 'tensor'. Did you mean tensors\?"):
        course.topics(["tensor"])
    with pytest.raises(CourseError, match=r"There are: autograd, tensors\."):
        course.topics(["xyz"])
    with pytest.raises(CourseError, match=r"no topic 'nope'. There are: 8-nohidden\."):  # too far off
        make_course(tmp_path / "other", **{"8-nohidden": notebook()}).topics(["nope"])


def test_a_topic_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    course = make_course(tmp_path, **{os.fsdecode(b"t\xf6pic"): notebook(), "other": notebook()})
    with pytest.raises(CourseError, match=r"t\\udcf6pic': is not text in UTF-8.* Rename the folder\."):
        course.topics()
    assert course.topics(["other"]) == ["other"]


def test_topics_are_taken_once_in_the_order_asked_for(tmp_path: Path) -> None:
    course = make_course(tmp_path, a=notebook(), b=notebook())
    assert course.topics() == ["a", "b"]
    assert course.topics(["b", "a", "b"]) == ["b", "a"]


def test_what_begins_with_a_dot_is_no_notebook_and_no_topic(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook(), other=notebook())
    for folder, name in (("doubling", "._doubling"), ("doubling", ".~doubling"), ("doubling", ".#doubling")):
        (tmp_path / "source" / folder / f"{name}.ipynb").write_text("no notebook")
    (tmp_path / "source" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "source" / ".ipynb_checkpoints" / "a-checkpoint.ipynb").write_text("no topic")
    (tmp_path / "source" / "empty").mkdir()
    (tmp_path / "source" / "empty" / "._gone.ipynb").write_text("no topic")
    assert course.topics() == ["doubling", "other"]
    assert [path.name for path in course.sources("doubling")] == ["doubling.ipynb"]


def test_folders_outside_of_the_course_are_found(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course", doubling=notebook())
    for step in ("source", "submitted"):
        with (tmp_path / "course" / CONFIG_FILE).open("a") as config:
            config.write(f"\nc.CourseDirectory.{step}_directory = {str(tmp_path / 'else' / step)!r}\n")
    (tmp_path / "else" / "submitted" / "ada" / "doubling").mkdir(parents=True)
    (tmp_path / "course" / "source").rename(tmp_path / "else" / "source")
    course = Course(tmp_path / "course")
    assert course.topics() == ["doubling"]
    assert [path.parent.parent for path in course.sources("doubling")] == [tmp_path / "else" / "source"]
    assert [submission.student for submission in course.submissions("doubling")] == ["ada"]


def test_submissions_are_found_by_student(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    for student in ("zoë", "a b", "[x]"):
        course.submitted("doubling", student).mkdir(parents=True)
    course.submitted("other", "zoë").mkdir(parents=True)
    assert [submission.student for submission in course.submissions("doubling")] == ["[x]", "a b", "zoë"]


def test_what_is_graded_is_found_by_student(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    for student in ("zoë", "[x]"):
        course.autograded("doubling", student).mkdir(parents=True)
    assert [graded.student for graded in course.graded("doubling")] == ["[x]", "zoë"]
    assert course.graded("doubling")[0].folder == tmp_path / "autograded" / "[x]" / "doubling"
    assert course.feedback("doubling", "[x]") == tmp_path / "feedback" / "[x]" / "doubling"


def test_the_configurations_own_layout_is_followed(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    config = tmp_path / CONFIG_FILE
    config.write_text(
        config.read_text() + 'c.CourseDirectory.submitted_directory = "in"\n'
        'c.CourseDirectory.directory_structure = "{nbgrader_step}/{assignment_id}/{student_id}"\n'
    )
    course = Course(tmp_path)
    (tmp_path / "in" / "doubling" / "ada").mkdir(parents=True)
    assert [submission.student for submission in course.submissions("doubling")] == ["ada"]


def test_students_whom_nbgrader_leaves_out_are_left_out(tmp_path: Path) -> None:
    course = make_course(tmp_path, doubling=notebook())
    for student in ("ada", "tester", "nobody"):
        course.submitted("doubling", student).mkdir(parents=True)
    assert {each.student for each in course.submissions("doubling")} == {"ada", "tester", "nobody"}
    with (tmp_path / CONFIG_FILE).open("a") as config:
        config.write('\nc.CourseDirectory.student_id_exclude = "tester, nobody"\n')
    assert [each.student for each in Course(tmp_path).submissions("doubling")] == ["ada"]


def test_what_the_user_and_the_system_set_holds_as_in_nbgrader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "of the user").mkdir()
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "of the user"))
    settings = (
        "c = get_config()\nc.CourseDirectory.db_url = 'sqlite:////tmp/central.db'\nc.CourseDirectory.course_id = 'x'\n"
    )
    (tmp_path / "of the user" / CONFIG_FILE).write_text(settings)
    course = make_course(tmp_path / "course", doubling=notebook())
    assert course.database == "sqlite:////tmp/central.db"
    assert course.config.CourseDirectory.course_id == "pytorch-seminar"  # the course's own counts
