"""Links and other things in a submission that are no files: nbgrader would copy what they lead to."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from traitlets.utils.importstring import import_item

from seminar.course.notebook_file import content_of

SUFFIX = ".was-no-file.txt"  # of the note that is left in the place of one


class Hook:
    """nbgrader's hook before it grades a submission: ours, and then the course's own.

    Attributes:
        own: the course's own, or where it is: "module.function"; None where it has none.
    """

    def __init__(self, own: Callable[..., None] | str | None) -> None:
        self.own = own

    def __call__(self, **told: Any) -> None:
        """Called by nbgrader with the topic, the student and the paths of the notebooks."""
        take_out(**told)
        self.then(**told)

    def then(self, **told: Any) -> None:
        """The course's own half. It is looked for here and not before: an error in a configuration turns it off."""
        own = import_item(self.own) if isinstance(self.own, str) else self.own
        if own:
            own(**told)


def take_out(notebooks: list[str], **_: Any) -> None:
    """Put a note in the place of whatever is no file in a submission: nbgrader's hook before it grades one.

    Args:
        notebooks: the paths of the submission's notebooks.

    Raises:
        SystemExit: one cannot be taken out.
    """
    for folder in {Path(notebook).parent for notebook in notebooks}:
        found = [(path, note_on(path)) for path in no_files(folder)]
        for path, _note in found:  # all of them before the first note: it is not to be written through one
            try:
                path.unlink()
            except OSError as error:  # nbgrader goes on after any other exception, and copies what it leads to
                raise SystemExit(
                    f"{path}: is no file, and cannot be taken out ({error.strerror}). Make its folder writable."
                ) from error
        for path, note in found:
            _leave(note, path.parent)


def _leave(note: str, folder: Path) -> None:
    """Write a note into a folder, beside whatever else is there."""
    for number in itertools.count(1):
        with contextlib.suppress(FileExistsError):
            with (folder / f"{number}{SUFFIX}").open("x", encoding="utf-8", errors="replace") as file:
                file.write(f"{note}\n")
            return


def note_on(path: Path) -> str:
    """What is said of something that is no file."""
    what = f"a link to {path.readlink()}" if path.is_symlink() else "neither a file nor a folder"
    return f"{path.name} was {what}: it was taken out."


def no_files(folder: Path) -> Iterator[Path]:
    """Whatever below a folder is neither a file nor a folder itself: links, pipes, devices."""
    for place, folders, names in os.walk(folder):
        for path in (Path(place) / name for name in (*folders, *names)):
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                yield path


def notes(folder: Path) -> list[str]:
    """The notes that `take_out` has left."""
    found = sorted(path for path in folder.rglob(f"*{SUFFIX}") if path.is_file() and not path.is_symlink())
    return [content_of(path).decode("utf-8", "replace").strip()[:500] for path in found]
