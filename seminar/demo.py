"""A scratch course with a class of made-up students, out of the answer banks: to try things on, and for `make demo`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from nbformat import NotebookNode

from seminar.course.answers import Exercise, fill, read_bank
from seminar.course.course import Course
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read, write

NETWORK = "5-mlp"  # the topic in which a network is trained
RESULTS = "results"  # id of the cell there that shows the network's results after each epoch


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
        trains: whether the student hands in the topic with the network too.
        leaves_after: the number of the last topic that the student hands in.
        change: what else the student does to a notebook.
    """

    name: str
    kind: str
    answer: Callable[[Task], str | None]
    trains: bool = False
    leaves_after: int = 99
    change: Callable[[NotebookNode], None] = lambda notebook: None

    def hands_in(self, topic: str) -> bool:
        """Whether the student hands in a topic."""
        number = topic.split("-")[0]
        return self.trains if topic == NETWORK else not number.isdigit() or int(number) <= self.leaves_after

    def filled(self, notebook: NotebookNode, tasks: list[Task]) -> NotebookNode:
        """Fill in a released notebook with these tasks."""
        answers = {task.exercise.name: code for task in tasks if (code := self.answer(task)) is not None}
        filled = fill(notebook, answers)
        self.change(filled)
        return filled


def hand_in(students: Iterable[Student], origin: Course, scratch: Course, topic: str) -> int:
    """Put what students hand in of a released topic where the course looks for it. Returns how many of them do."""
    present = [student for student in students if student.hands_in(topic)]
    bank = read_bank(origin.answers(topic))
    for path in sorted(scratch.release(topic).glob("*.ipynb")):
        tasks = _tasks(bank, scratch.source(topic) / path.name)
        for student in present:
            write(student.filled(read(path), tasks), scratch.submitted(topic, student.name) / path.name)
    return len(present)


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


def _of_skill(name: str, skill: float, trains: bool = False) -> Student:
    """A student who gets an exercise right with a chance that is `skill` at first, and falls within a topic."""

    def answer(task: Task) -> str | None:
        chance = Random(f"{name}: {task.exercise.name}")
        if chance.random() < skill - 0.3 * task.number / task.of:
            return chance.choice([task.right, *(each.code for each in task.exercise.right)])
        return chance.choice([*(each.code for each in task.exercise.wrong), None])

    return Student(name, f"gets about {100 * min(1.0, skill - 0.15):.0f}% of the exercises right", answer, trains)


def _without_a_test(notebook: NotebookNode) -> None:
    first = next(cell for cell in cells(notebook) if cell.role is Role.TEST)
    notebook.cells.remove(first.node)


CLASS: tuple[Student, ...] = (
    Student("ada", "complete: the instructor's own solutions, training included", lambda task: task.reference, True),
    Student("bo", "complete: right in another way", _alternative(0), True),
    Student("chandra", "complete: right in a third way", _alternative(1), True),
    Student("dmitri", "a typical mistake in every exercise", _mistaken(0)),
    Student("elif", "another mistake in every other exercise", _mistaken(1, every=2), True),
    Student("femi", "a third mistake in every third exercise", _mistaken(2, every=3), True),
    Student("greta", "half done: the first half", lambda task: task.right if task.number < task.of // 2 else None),
    Student("hiro", "half done: every other exercise", lambda task: task.right if task.number % 2 else None),
    Student("ines", "empty: as it was handed out", lambda task: None),
    Student("jun", "crashes: the kernel dies half-way", _crashing),
    Student("kofi", "one cell that is not Python, the others right", _misspelt, True),
    Student("lena", "complete, and every cell warns", _warning, True),
    Student("mona", "complete, but deletes the first test", lambda task: task.right, change=_without_a_test),
    Student("nils", "right, and leaves after two topics", lambda task: task.right, leaves_after=2),
    _of_skill("oya", 1.3, trains=True),
    *(
        _of_skill(name, skill)
        for name, skill in {
            **{"pavel": 1.15, "quinn": 1.1, "rosa": 1.1, "sami": 1.0, "tara": 1.0, "uri": 0.95},
            **{"vera": 0.9, "wen": 0.9, "xena": 0.85, "yusuf": 0.8, "zora": 0.75, "amir": 0.7, "bela": 0.65},
            **{"cleo": 0.6, "dara": 0.5, "emil": 0.4},
        }.items()
    ),
)

# A first look: one student of each kind, of whom one trains.
KINDS = ("ada", "bo", "dmitri", "greta", "ines", "jun", "kofi", "lena", "mona", "nils")
QUICK = tuple(replace(student, trains=student.name == "ada") for student in CLASS if student.name in KINDS)


def network_results(scratch: Course, student: Student) -> str | None:
    """What a student's graded notebook shows as the results of the training, epoch by epoch.

    Returns:
        The text of the table; None where the course has no such topic, or the notebook no such output.
    """
    for path in scratch.autograded(NETWORK, student.name).glob("*.ipynb"):
        for cell in cells(read(path)):
            if cell.node.get("id") == RESULTS:
                for output in cell.node.outputs:
                    if output.output_type == "execute_result":
                        return str(output.data.get("text/plain", "")) or None
    return None
