"""Which of several files counts that are one notebook of the course, by one student."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from seminar.course.collect.file_names import Aside, Named, notebook_stem
from seminar.course.collect.source import Member
from seminar.course.collect.topics import Notebooks, Recognised, holds_one
from seminar.errors import CollectError

NO_TIME = datetime(1980, 1, 3, tzinfo=UTC).timestamp()  # archives that tell no time say 1970, or 1 January 1980
APART = 2.0  # seconds: a .zip tells no less


@dataclass(frozen=True)
class File:
    """A file, and what its name tells."""

    named: Named
    member: Member

    @property
    def name(self) -> str:
        """Its path in the folder or archive."""
        return str(self.member.path)

    @property
    def stem(self) -> str:
        """What the student called it, without a notebook's ending or any other."""
        return notebook_stem(self.named.file.name) or self.named.file.stem

    @cached_property
    def is_notebook(self) -> bool:
        """Whether it is one, or holds one under a name that a browser has made of a notebook's."""
        name = self.named.file.name
        return name.lower().endswith(".ipynb") or (notebook_stem(name) is not None and holds_one(self.member.file))


@dataclass(frozen=True)
class Match:
    """A file that is one of the course's notebooks."""

    known: Recognised
    file: File

    @property
    def upload(self) -> int:
        """Canvas's number of the upload, 0 elsewhere."""
        return self.file.named.upload

    @property
    def order(self) -> tuple[int, bool, int, float, int]:
        """What makes one of several the notebook that counts, where no time tells: the greatest.

        Canvas's number of the upload goes first: it only ever grows, whatever the student calls the file.
        """
        depth = len(self.file.named.file.parts)
        return self.upload, self.known.by_name, self.known.attempt, self.file.member.modified, -depth

    def is_after(self, other: Match) -> bool:
        """Whether it is of a later upload than another, or of the same one and written later, where both tell when.

        Its name does not tell: who goes on in `3-autograd-final.ipynb` leaves `3-autograd.ipynb` behind.
        """
        if self.upload != other.upload:
            return self.upload > other.upload
        this, that = self.file.member.modified, other.file.member.modified
        return min(this, that) > NO_TIME and this > that + APART


class Rivals:
    """Files by one student that are the same notebook of the course: one of them counts."""

    def __init__(self, matches: list[Match], notebooks: Notebooks) -> None:
        """Compare them.

        Args:
            matches: the files, one or more.
            notebooks: the course's, which tell an answer.
        """
        self.matches = matches
        self._worked_on = _worked_on(matches, notebooks)

    def why_unclear(self) -> str:
        """Why it cannot be told which of them counts, as a clause; empty where it can."""
        several = f"several notebooks of {self.matches[0].known.notebook}"
        latest = max(each.order for each in self._newest)
        try:
            if self._lie_in_several_folders():
                return f"{several} lie in different folders of one submission"
            if _all_same([each for each in self._newest if each.order == latest]):
                return ""
        except CollectError as error:
            return str(error)
        return f"{several} differ, and nothing tells which of them is the last"

    def _lie_in_several_folders(self) -> bool:
        """Whether what differs lies in several folders of one upload: what lies there may even be several students'."""
        latest = _last_upload(self.matches)
        folders = {each.file.named.file.parent for each in latest}
        return len(folders) > 1 and not _all_same(latest)

    @cached_property
    def last(self) -> Match:
        """The one that counts."""
        return max(self._newest, key=lambda each: each.order)

    @cached_property
    def _newest(self) -> list[Match]:
        """Those that are worked on and older than no other of these."""
        return [each for each in self._worked_on if not any(other.is_after(each) for other in self._worked_on)]

    def superseded(self) -> Iterator[Aside]:
        """The others."""
        for each in self.matches:
            if each is not self.last:
                is_later = each.is_after(self.last) or (not self.last.is_after(each) and each.order > self.last.order)
                if is_later and not holds_one(each.file.member.file):
                    yield broken(each.file.name)
                    continue
                aside = superseded(each.file.name, self.last.file.name)
                as_released = each not in self._worked_on and each.upload == self.last.upload
                yield replace(aside, why=f"is as it was released: {aside.why}") if as_released else aside


def _worked_on(matches: list[Match], notebooks: Notebooks) -> list[Match]:
    """Of several that are the same notebook those that hold an answer; all of them where none does.

    Of several uploads the last one counts, whatever it holds: a student may have taken an answer back.
    """
    if len(matches) == 1:
        return matches
    those = _last_upload([each for each in matches if holds_one(each.file.member.file)] or matches)
    return [each for each in those if notebooks.is_worked_on(each.known, each.file.member.file)] or those


def broken(name: str) -> Aside:
    """A file that came last, and is none that counts."""
    why = "is no notebook that can be read: what was handed in before it counts"
    return Aside(name, why, "Ask for it anew.")


def _last_upload(matches: list[Match]) -> list[Match]:
    last = max(each.upload for each in matches)
    return [each for each in matches if each.upload == last]


def _all_same(matches: list[Match]) -> bool:
    first, *others = (each.file.member.file for each in matches)
    return all(same(first, other) for other in others)


def superseded(name: str, by: str) -> Aside:
    """A file in whose place another counts."""
    return Aside(name, f"{by} counts instead")


def same(one: Path, other: Path) -> bool:
    """Whether two files are the same, byte for byte.

    Raises:
        CollectError: one cannot be read.
    """
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError as error:
        raise CollectError(
            f"{error.filename or one}: cannot be read ({error.strerror}): make it readable, then collect again"
        ) from error
