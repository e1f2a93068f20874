"""A scratch course with a class of made-up students, out of the answer banks: to try things on, and for `make demo`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seminar.course.answers import Exercise, fill, read_bank
from seminar.course.course import CONFIG_FILE, Course
from seminar.course.notebook import Role, cells, read, write
from seminar.errors import CourseError

RESULTS = ("5-mlp", "results")  # topic and id of the cell that shows the network's results after each epoch
MARK = ".scratch-course"  # a folder with this file in it is ours to remove


@dataclass(frozen=True)
class Task:
    """An exercise as a student meets it.

    Attributes:
        exercise: its answers.
        reference: the code of the instructor's solution cell.
        number: its place in the topic, from 0 on.
        of: how many exercises the topic has.
    """

    exercise: Exercise
    reference: str
    number: int
    of: int

    @property
    def right(self) -> str:
        """A right answer that takes little time to run."""
        return self.exercise.stand_in.code if self.exercise.stand_in else self.reference


@dataclass(frozen=True)
class Student:
    """A made-up student.

    Attributes:
        name: the student id.
        kind: what is particular about the submissions, in a few words.
        answer: the code that the student writes for a task; None leaves the cell as it was.
    """

    name: str
    kind: str
    answer: Callable[[Task], str | None]

    def hand_in(self, origin: Course, scratch: Course, topic: str) -> None:
        """Fill in the released notebooks of a topic, and put them where the course looks for submissions."""
        bank = read_bank(origin.answers(topic))
        for path in sorted(scratch.release(topic).glob("*.ipynb")):
            tasks = _tasks(bank, scratch.source(topic) / path.name)
            answers = {task.exercise.name: code for task in tasks if (code := self.answer(task)) is not None}
            write(fill(read(path), answers), scratch.submitted(topic, self.name) / path.name)


def _tasks(bank: dict[str, Exercise], source: Path) -> list[Task]:
    solutions = [cell for cell in cells(read(source)) if cell.role is Role.SOLUTION]
    return [
        Task(bank[str(cell.grade_id)], cell.source, number, len(solutions))
        for number, cell in enumerate(solutions)
        if cell.grade_id in bank
    ]


def _alternative(which: int) -> Callable[[Task], str]:
    return lambda task: task.exercise.right[which].code if which < len(task.exercise.right) else task.right


def _mistaken(which: int, every: int = 1) -> Callable[[Task], str]:
    def answer(task: Task) -> str:
        wrong = task.exercise.wrong
        return wrong[which % len(wrong)].code if wrong and task.number % every == 0 else task.right

    return answer


def _crashing(task: Task) -> str:
    return "import os\nos._exit(1)  # what a segmentation fault does" if task.number == task.of // 2 else task.right


def _misspelt(task: Task) -> str:
    return "def oops(:\n    pass" if task.number == 1 else task.right


def _warning(task: Task) -> str:
    return f'import warnings\nwarnings.warn("this warns, and is right")\n{task.right}'


CLASS: tuple[Student, ...] = (
    Student("ada", "complete: the instructor's own solutions, training included", lambda task: task.reference),
    Student("bo", "complete: right in another way", _alternative(0)),
    Student("chandra", "complete: right in a third way", _alternative(1)),
    Student("dmitri", "a typical mistake in every exercise", _mistaken(0)),
    Student("elif", "another mistake in every other exercise", _mistaken(1, every=2)),
    Student("femi", "a third mistake in every third exercise", _mistaken(2, every=3)),
    Student("greta", "half done: the first half", lambda task: task.right if task.number < task.of // 2 else None),
    Student("hiro", "half done: every other exercise", lambda task: task.right if task.number % 2 else None),
    Student("ines", "empty: as it was handed out", lambda task: None),
    Student("jun", "crashes: the kernel dies half-way", _crashing),
    Student("kofi", "one cell that is not Python, the others right", _misspelt),
    Student("lena", "complete, and every cell warns", _warning),
)


def make_course(origin: Course, into: Path) -> Course:
    """Make a scratch course with the notebooks and configuration of another, and a gradebook of its own.

    Args:
        origin: the course to take after. Nothing of it is changed.
        into: the folder to make. A former scratch course there is removed.

    Raises:
        CourseError: the folder is there and is no scratch course.
    """
    if into.exists() and not (into / MARK).exists():
        raise CourseError(f"{into}: is there already and is no scratch course. Remove it, or name another: --into DIR")
    if into.exists():
        shutil.rmtree(into)
    into.mkdir(parents=True)
    (into / MARK).touch()
    root = into.resolve()
    config = (origin.root / CONFIG_FILE).read_text(encoding="utf-8")
    own = (
        "\n# A scratch course keeps to itself, whatever is set above.\n"
        f"get_config().CourseDirectory.root = {str(root)!r}\n"
        f"get_config().CourseDirectory.db_url = {f'sqlite:///{root}/gradebook.db'!r}\n"
        f"get_config().Exchange.root = {str(root / 'exchange')!r}\n"
    )
    (root / CONFIG_FILE).write_text(config + own, encoding="utf-8")
    scratch = Course(root)
    for topic in origin.topics():
        shutil.copytree(origin.source(topic), scratch.source(topic), ignore=shutil.ignore_patterns(".*"))
    return scratch


def network_results(scratch: Course, student: Student) -> str | None:
    """What a student's graded notebook shows as the results of the training, epoch by epoch.

    Returns:
        The text of the table; None where the course has no such topic, or the notebook no such output.
    """
    topic, cell_id = RESULTS
    for path in scratch.autograded(topic, student.name).glob("*.ipynb"):
        for cell in cells(read(path)):
            if cell.node.get("id") == cell_id:
                for output in cell.node.outputs:
                    if output.output_type == "execute_result":
                        return str(output.data.get("text/plain", "")) or None
    return None
