"""The files beside a notebook, as nbgrader copies them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path


def copied(folder: Path, ignored: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """What nbgrader copies of a folder. Its own `find_all_files` takes a [ in the folder's name for a pattern.

    Args:
        folder: a submission's, or the instructor's.
        ignored: patterns of names, as `CourseDirectory.ignore` has them.

    Yields:
        The path of each file within the folder, and where it is.
    """
    patterns = [*ignored, "*.ipynb"]
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not any(fnmatch(name, each) for each in patterns)]
        for path in (Path(place) / name for name in names if not any(fnmatch(name, each) for each in patterns)):
            yield str(path.relative_to(folder)), path
