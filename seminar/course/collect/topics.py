"""Which of the course's notebooks it is that a student has handed in, under whatever name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from seminar.course.collect.file_names import plain, readings
from seminar.course.course import Course
from seminar.course.notebook import Role, cells
from seminar.course.notebook_file import read
from seminar.errors import NotebookError

_Cells = tuple[tuple[Role, str | None, str], ...]
ENOUGH = 0.5  # of a notebook's grade ids tell that it is that notebook


@dataclass(frozen=True)
class Recognised:
    """A notebook of the course, as a student has handed it in.

    Attributes:
        notebook: its name in the course, without ".ipynb".
        attempt: the number that the file's name ends with, 0 for none.
        by_name: whether it was known by the file's name.
        cells_of: the topic and the notebook whose cells it holds, where these are clearly another's.
        is_foreign: whether it holds an instructor's cells, and none of them is of the course's notebook.
    """

    topic: str
    notebook: str
    attempt: int
    by_name: bool = False
    cells_of: tuple[str, str] | None = None
    is_foreign: bool = False


class Notebooks:
    """The notebooks of a course, known by their names and by the grade ids in them."""

    def __init__(self, course: Course) -> None:
        self._names: dict[str, list[tuple[str, str]]] = {}
        self._ids: dict[tuple[str, str], set[str]] = {}
        self._course = course
        for topic in course.topics():
            sources = course.sources(topic)
            for path in sources:
                known = (topic, path.stem)
                names = {plain(path.stem), plain(topic)} if len(sources) == 1 else {plain(path.stem)}
                for name in names:
                    self._names.setdefault(name, []).append(known)
                self._ids[known] = _grade_ids(path)

    @property
    def names(self) -> frozenset[str]:
        """Their names, as `plain` makes them."""
        return frozenset(self._names)

    def recognise(self, stem: str, file: Path, topic: str | None = None) -> Recognised | None:
        """Tell a notebook that was handed in: by its name, else by the grade ids in it.

        Args:
            stem: its name, without the ending.
            file: where its content lies.
            topic: the topic, where that is known.

        Returns:
            None where neither tells. A topic that is known and has one notebook is enough.
        """
        ids = _grade_ids(file)

        def recognised(known: tuple[str, str], attempt: int, by_name: bool) -> Recognised:
            is_foreign = bool(ids and self._ids[known]) and ids.isdisjoint(self._ids[known])
            return Recognised(*known, attempt, by_name, _another(known, shares), is_foreign)

        shares = {known: len(ids & its) / len(its) if its else 0.0 for known, its in self._ids.items()}
        for title, attempt in readings(stem):
            found = [known for known in self._names.get(title, []) if topic in (None, known[0])]
            if len(found) == 1:
                return recognised(found[0], attempt, by_name=True)
        *_, (_, attempt) = readings(stem)
        within = [known for known in self._ids if topic in (None, known[0])]
        if len(within) == 1 and topic:
            return recognised(within[0], attempt, by_name=False)
        best = _best({known: shares[known] for known in within})
        return Recognised(*best, attempt) if best else None

    def is_worked_on(self, known: Recognised, file: Path) -> bool:
        """Whether a notebook that was handed in holds an answer: a solution cell that is not as it was released."""
        released = _answers(self._course.release(known.topic) / f"{known.notebook}.ipynb")
        return any(text != released.get(grade_id, text) for grade_id, text in _answers(file).items())


def holds_one(path: Path) -> bool:
    """Whether a file, whatever it is called, holds a notebook with cells."""
    return bool(_read(path))


def _read(path: Path) -> _Cells:
    """The cells of a notebook: role, grade id and text; none where it is none. It is asked for several times on end."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return _read_once(path, status.st_ino, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _read_once(path: Path, *_: int) -> _Cells:
    try:
        return tuple((cell.role, cell.grade_id, cell.source) for cell in cells(read(path, mended=True)))
    except NotebookError:
        return ()


def _best(shares: dict[tuple[str, str], float]) -> tuple[str, str] | None:
    """The notebook of which there is clearly most."""
    best = [known for known, share in shares.items() if share >= ENOUGH and share == max(shares.values())]
    return best[0] if len(best) == 1 else None


def _another(known: tuple[str, str], shares: dict[tuple[str, str], float]) -> tuple[str, str] | None:
    """The notebook of which there is clearly most, where that is not the one that it is known as."""
    return _best(shares) if shares[known] < ENOUGH else None


def _answers(path: Path) -> dict[str, str]:
    """What stands in the cells that are the student's to write, by grade id."""
    return {str(name): source.strip() for role, name, source in _read(path) if role in (Role.SOLUTION, Role.MANUAL)}


def _grade_ids(path: Path) -> set[str]:
    return {name for _, name, _ in _read(path) if name is not None}
