"""What was handed in: which of its notebooks is which of the topic's, and whether it has changed since."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from functools import partial
from pathlib import Path

from seminar.course.course import Submission
from seminar.course.ledger import TopicRecord
from seminar.course.notebook import Role, cells, nbgrader_metadata
from seminar.course.notebook_file import read, unreadable
from seminar.errors import GradingError, NotebookError
from seminar.examiner.incidents import Incident
from seminar.examiner.key import AnswerKey
from seminar.room.parent import work_files

NOTEBOOKS = "*.[iI][pP][yY][nN][bB]"
PIECE = 2**16  # bytes that are read at a time: to make room for more takes longer than to read it


def require_text(submission: Submission) -> None:
    """Check that the student's id can be recorded.

    Raises:
        GradingError: it is no text in UTF-8, or of several lines, which nbgrader takes for no id.
    """
    if "\n" in submission.student:
        raise GradingError(
            f"{str(submission.folder)!r}: the student's id holds an end of line, and nbgrader takes no such id. Rename "
            "the folder, then grade again."
        )
    try:
        submission.student.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(submission.folder).decode("utf-8", "backslashreplace")
        raise GradingError(
            f"{shown}: the student's id is not text in UTF-8, and the gradebook takes nothing else. "
            "Rename the folder so that it is, then grade again."
        ) from error


def choose(
    submission: Submission, topic: TopicRecord, keys: dict[str, AnswerKey]
) -> tuple[dict[str, Path], list[Incident]]:
    """Which of the notebooks that were handed in is which of the topic's.

    That is told by its name; letter case aside, where no name fits exactly; and by its cells, where only one is left.

    Returns:
        The notebooks that were handed in by the names of the topic's, and what was odd.

    Raises:
        GradingError: there is none, or none can be told.
    """
    folder = submission.folder
    there = sorted(folder.glob(NOTEBOOKS))
    found = {path.stem if path.suffix == ".ipynb" else path.name: path for path in there}
    for path in found.values():
        if path.is_symlink():
            raise GradingError(f"{path}: is a link to {path.readlink()}. Put the student's notebook in its place.")
    chosen = {name: found.pop(name) for name in topic.notebooks if name in found}
    notes = []
    for name in topic.notebooks:
        if name in chosen:
            continue
        alike = [each for each, path in found.items() if _folded(path.stem) == _folded(name)]
        alike = alike or [each for each, path in found.items() if _is_of(path, keys[name])]
        if len(alike) == 1:
            chosen[name] = found.pop(alike[0])
            notes.append(Incident("name", "", f"{chosen[name].name} was handed in: it was taken for {name}.ipynb."))
    if not chosen:
        expected = " or ".join(f"{name}.ipynb" for name in topic.notebooks)
        names = ", ".join(sorted(path.name for path in found.values())) or "no notebook"
        raise GradingError(f"{folder}: holds {names}, and {expected} is expected. Name the right one so.")
    notes += [Incident("name", "", f"{path.name} was handed in too: it was not graded.") for path in found.values()]
    return chosen, notes


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()


def _is_of(path: Path, key: AnswerKey) -> bool:
    """Whether a notebook is made of a topic's: it holds most of its solution cells."""
    wanted = {cell.name for cell in key.values() if cell.role is Role.SOLUTION}
    try:
        there = {nbgrader_metadata(cell.node).get("grade_id") for cell in cells(read(path, mended=True))}
    except NotebookError:
        return False
    return len(wanted) > 0 and 2 * len(wanted & there) > len(wanted)


def digest_of(submission: Submission) -> str:
    """A digest of all that counts of a submission: the same, as long as it has not changed.

    Raises:
        NotebookError: a file cannot be read.
    """
    folder = submission.folder
    notebooks = sorted(path for path in folder.glob(NOTEBOOKS) if path.is_file() and not path.is_symlink())
    summed = hashlib.sha256()
    for name, path in ({path.name: path for path in notebooks} | work_files(folder)).items():
        try:
            with path.open("rb") as content:  # a piece at a time: it may be larger than memory
                size = os.fstat(content.fileno()).st_size
                summed.update(f"{name}\0{size}\0".encode("utf-8", "surrogateescape"))
                for piece in iter(partial(content.read, PIECE), b""):
                    summed.update(piece)
        except OSError as error:
            raise unreadable(path, error) from error
    return summed.hexdigest()
