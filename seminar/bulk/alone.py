"""One coordinator at a time: two that grade one course would get into each other's way."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator

from seminar.course.course import Course
from seminar.errors import CourseError


@contextlib.contextmanager
def alone(course: Course) -> Iterator[None]:
    """Within, no other process gets in here for the same course.

    The lock is on the folder itself: no file is left, and a process that ends, however, has it no longer.

    Raises:
        CourseError: another process is at it.
    """
    folder = os.open(course.root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CourseError(
                f"{course.root}: another `seminar grade` is at this course. Wait until it is through, or stop it."
            ) from error
        except OSError:
            pass  # some network's file systems lock no folders
        yield
    finally:
        os.close(folder)
