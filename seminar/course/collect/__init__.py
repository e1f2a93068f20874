"""Collecting: from a folder or archive of submissions, as learning management systems name them, into the course.

`source` reads what is there, `names` says whose it is, `students` and `topics` find them in the course, `placing` puts
it where nbgrader looks.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from seminar.course.collect.names import Aside, Kind, Known, Named, Rules, notebook_stem, plain
from seminar.course.collect.placing import Attempt, Collected, UnwrittenError, collected, place
from seminar.course.collect.source import Limits, Member, read_source
from seminar.course.collect.students import Roster, in_file, in_gradebook
from seminar.course.collect.topics import Notebooks, Recognised, holds_one
from seminar.course.course import Course
from seminar.course.lock import locked
from seminar.course.timestamps import TIMESTAMP, time_of
from seminar.errors import CollectError
from seminar.text import printable

__all__ = ["Attempt", "Collected", "Outcome", "collect", "collected"]

SCRATCH = ".collecting"  # the folder in the course for what is unpacked


@dataclass
class Outcome:
    """What came of collecting.

    Attributes:
        placed: what was put into the course.
        replaced: by student and topic of what was placed, what was there: the name that its notebook came under.
        left: what was not, since what is there is the same or newer: with the reason, as a clause.
        not_placed: what could not be, with the reason and the cure.
        skipped: what is of no use: with the reason.
        unknown: the students, by id, who are not in the roster, and of whom something was placed or left: with the name
            of a file of theirs. Empty where there is no roster.
    """

    placed: list[Attempt] = field(default_factory=list)
    replaced: dict[tuple[str, str], str] = field(default_factory=dict)
    left: list[tuple[Attempt, str]] = field(default_factory=list)
    not_placed: list[Aside] = field(default_factory=list)
    skipped: list[Aside] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)

    def set_aside(self, asides: Iterable[Aside]) -> None:
        """Note files that are not collected."""
        for aside in asides:
            (self.not_placed if aside.cure else self.skipped).append(aside)


@dataclass(frozen=True)
class _File:
    """A file, and what its name tells."""

    named: Named
    member: Member

    @property
    def name(self) -> str:
        return str(self.member.path)

    @property
    def stem(self) -> str:
        return notebook_stem(self.named.file.name) or self.named.file.stem

    @cached_property
    def is_notebook(self) -> bool:
        name = self.named.file.name
        return name.lower().endswith(".ipynb") or (notebook_stem(name) is not None and holds_one(self.member.file))


_Candidate = tuple[Recognised, _File]  # for one of the course's notebooks
ROOM = "Make room for it, or the folder writable, then collect again."
UNCLEAR = "Place the right one by hand, or sort the download as STUDENT/TOPIC/TOPIC.ipynb."


def collect(
    course: Course, path: Path, topics: Sequence[str] = (), roster: Path | None = None, limits: Limits | None = None
) -> Outcome:
    """Put the submissions of a folder or archive where the course looks for them.

    Args:
        course: the course to put them into.
        path: the folder or archive.
        topics: collect these only. Where one is named, a student's only notebook is taken for it if nothing tells its
            topic.
        roster: a CSV file that says which student an LMS means, beside the gradebook.
        limits: how much is read.

    Raises:
        CollectError: the folder, the archive or the roster cannot be read, the folder is the course's own, or another
            collects. Nothing is placed.
        CourseError: the gradebook cannot be read, there is no such topic, or the course's own expression for names is
            none.
    """
    _refuse_own(course, path)
    wanted = course.topics(topics)
    students = Roster([*(in_file(roster) if roster else []), *in_gradebook(course)])
    notebooks, outcome = Notebooks(course), Outcome()
    rules = Rules(course.topics(), course.config, Known(notebooks.names, students.ids, students.numbers))
    with _scratch(course) as scratch:
        source = read_source(path, scratch, limits)
        if not source.members and not source.aside:
            raise CollectError(f"{path}: holds no file. Name what you downloaded: seminar collect PATH")
        outcome.set_aside(source.aside)
        found: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
        own = _students_folders(source.members, rules, notebooks, students)
        idle: dict[PurePosixPath, list[tuple[str, Aside]]] = defaultdict(list)
        downloads: set[PurePosixPath] = set()  # in which there is something to place
        for files in _handed_in_together(source.members, rules, own, outcome):
            download = files[0].named.place
            for attempt in _attempts(files, notebooks, students, wanted, outcome, idle[download]):
                found[attempt.student, attempt.topic].append(attempt)
                downloads.add(download)
        for download, asides in idle.items():
            # With a topic named, a download in which nobody has it is another topic's.
            is_another = topics and downloads and download not in downloads
            outcome.set_aside(aside if is_another else _alone(student, aside) for student, aside in asides)
        for _, attempts in sorted(found.items()):
            _place_latest(course, attempts, outcome)
    if students.is_one or roster:
        there = [*outcome.placed, *(attempt for attempt, _ in outcome.left)]
        outcome.unknown = {each.student: each.collected.source for each in there if not students.knows(each.student)}
    return outcome


def _refuse_own(course: Course, path: Path) -> None:
    """Refuse what holds the course's own notebooks: in nbgrader's layout, `source` would be a student.

    Raises:
        CollectError: it is the course, in one of its folders, or around one.
    """
    given = path.resolve()
    for own in (course.root, *(folder.resolve() for folder in course.folders())):
        if own.is_relative_to(given) or (own != course.root and given.is_relative_to(own)):
            where = "is" if given == own else "is in" if given.is_relative_to(own) else "is around"
            raise CollectError(
                f"{path}: {where} the course's own {own}, and is not what students handed in. "
                "Name what you downloaded: seminar collect PATH"
            )


@contextmanager
def _scratch(course: Course) -> Iterator[Path]:
    """An empty folder for what is unpacked, in the course: what a killed run has left there is removed.

    Raises:
        CollectError: another run has it, or it cannot be made.
    """
    folder = course.root / SCRATCH
    taken = CollectError(f"{course.root}: another `seminar collect` is at work here. Wait for its end.")
    with ExitStack() as opened:
        try:
            folder.mkdir(exist_ok=True)
            opened.enter_context(locked(folder, taken))
            for left in folder.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        except OSError as error:
            raise CollectError(
                f"{folder}: cannot be used as a folder for what is unpacked ({_reason(error)}). "
                "Remove what is there, or make the course's folder writable, then collect again."
            ) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # what is left, the next run removes


def _reason(error: OSError) -> str:
    return os.strerror(error.errno or 0)


def _students_folders(
    members: list[Member], rules: Rules, notebooks: Notebooks, students: Roster
) -> set[PurePosixPath]:
    """The folders STUDENT/TOPIC that are a student's, and no download that was sorted by topic, DOWNLOAD/TOPIC.

    The student is known, or a notebook of the topic lies there that no learning management system has named.
    """
    found: set[PurePosixPath] = set()
    for member in members:
        folder = rules.layout(member.path)
        if not folder or folder in found:
            continue
        told = rules.read(member.path)
        stem = notebook_stem(member.path.name) if isinstance(told, Named) and told.kind is Kind.LAYOUT else None
        known = notebooks.recognise(stem, member.file) if stem else None
        if folder.parent.name in students.ids or (known and known.topic.casefold() == folder.name.casefold()):
            found.add(folder)
    return found


def _handed_in_together(
    members: list[Member], rules: Rules, own: set[PurePosixPath], outcome: Outcome
) -> list[list[_File]]:
    """The files that are one student's, of one time as far as their names tell."""
    groups: dict[tuple[object, ...], list[_File]] = defaultdict(list)
    for member in members:
        named = rules.read(member.path, own)
        if isinstance(named, Aside):
            outcome.set_aside([named])
        else:
            who = (named.kind, named.place, named.student, named.participant)
            groups[*who, named.topic, named.handed_in].append(_File(named, member))
    return list(groups.values())


def _attempts(
    files: list[_File],
    notebooks: Notebooks,
    students: Roster,
    wanted: list[str],
    outcome: Outcome,
    idle: list[tuple[str, Aside]],
) -> list[Attempt]:
    """What one student has handed in together, as an attempt for each topic that is wanted.

    The files of no use of a student of whom nothing else can be placed, or is told, go to `idle`, with the student.
    """
    before = len(outcome.not_placed)
    try:
        student = students.student_id(files[0].named)
    except CollectError as error:
        cure = "Put the student's id in the place of the name, or say whose it is in a file: --roster FILE.csv"
        outcome.set_aside(Aside(file.name, str(error), cure) for file in files)
        return []
    sent = [file for file in files if not file.named.typed]
    by_topic = _notebooks_by_topic([file for file in sent if file.is_notebook], notebooks, wanted, outcome)
    others = [file for file in sent if not file.is_notebook]
    if len(by_topic) != 1 or not all(by_topic.values()):
        why = "goes with one of several notebooks" if by_topic else "comes without a notebook of the course"
        cure = "Place it by hand, beside the notebook that it belongs to." if by_topic else "Ask for the notebook."
        outcome.set_aside(Aside(file.name, why, cure) for file in others)
        others = []
    attempts = []
    unwanted = [(file, file.named.typed) for file in files if file.named.typed]
    for topic, best in by_topic.items():
        if not best:
            continue
        if topic in wanted:
            attempts.append(_attempt(student, topic, list(best.values()), others, outcome))
        else:
            its = [file for _, file in best.values()]
            unwanted += [(file, f"is of {topic}") for file in (*its, *others)]
    for file, why in unwanted:
        aside = Aside(file.name, why)
        # What its name says to be of another topic is no mistake.
        if attempts or file.named.topic or len(outcome.not_placed) > before:
            outcome.set_aside([aside])
        else:
            idle.append((student, aside))
    return attempts


def _alone(student: str, aside: Aside) -> Aside:
    """A file of no use, where there is no other by the student."""
    why = f"{aside.why}, and of {printable(student)} there is nothing to place"
    return replace(aside, why=why, cure="Ask for the notebook.")


def _notebooks_by_topic(
    files: list[_File], notebooks: Notebooks, wanted: list[str], outcome: Outcome
) -> dict[str, dict[str, _Candidate]]:
    """The notebooks by topic and name in the course: of several that are the same one, that which counts.

    A topic where that cannot be told has none.
    """
    candidates: dict[str, dict[str, list[_Candidate]]] = defaultdict(lambda: defaultdict(list))
    for known, file in _recognised(files, notebooks, wanted, outcome):
        candidates[known.topic][known.notebook].append((known, file))
    found: dict[str, dict[str, _Candidate]] = {}
    for topic, by_notebook in candidates.items():
        worked_on = {notebook: _worked_on(several, notebooks) for notebook, several in by_notebook.items()}
        unclear = [
            why for notebook, several in by_notebook.items() if (why := _why_unclear(several, worked_on[notebook]))
        ]
        if unclear and topic in wanted:
            found[topic] = {}  # not even its other notebooks: the submission would look whole
            outcome.set_aside(
                Aside(file.name, unclear[0], UNCLEAR) for several in by_notebook.values() for _, file in several
            )
        else:
            found[topic] = {
                notebook: _last(several, worked_on[notebook], outcome) for notebook, several in by_notebook.items()
            }
    return found


def _recognised(files: list[_File], notebooks: Notebooks, wanted: list[str], outcome: Outcome) -> Iterator[_Candidate]:
    """The notebooks that are the course's: by their names or cells; a student's only one by the only topic, too."""
    told = [(notebooks.recognise(file.stem, file.member.file, file.named.topic), file) for file in files]
    if len(wanted) == len(files) == 1:
        told = [(known or notebooks.recognise(file.stem, file.member.file, wanted[0]), file) for known, file in told]
    all_unknown = not any(known for known, _ in told)
    for known, file in told:
        if not known:
            outcome.set_aside([_unknown_topic(file, wanted, all_unknown)])
        elif known.cells_of and not {known.topic, known.cells_of[0]}.isdisjoint(wanted):
            why = f"is handed in as {known.notebook}, and holds the cells of {known.cells_of[1]}"
            outcome.set_aside(
                [Aside(file.name, why, "Ask which of them it is, then rename it so, or place it by hand.")]
            )
        else:
            yield known, file


def _unknown_topic(file: _File, wanted: list[str], all_unknown: bool) -> Aside:
    in_name = [topic for topic in wanted if plain(topic) in plain(file.stem)] or wanted
    topic = in_name[0] if len(in_name) == 1 else "TOPIC"
    cure = f"Put {topic}.ipynb in the place of {printable(file.named.file.name)} in its name"
    if all_unknown and len(wanted) > 1:
        cure += f", or name the topic that all of it is of: seminar collect PATH {topic}"
    return Aside(file.name, "neither its name nor its cells tell which notebook of the course it is", f"{cure}.")


def _worked_on(candidates: list[_Candidate], notebooks: Notebooks) -> list[_Candidate]:
    """Of several that are the same notebook those that hold an answer; all of them where none does.

    Of several uploads the last one counts, whatever it holds: a student may have taken an answer back.
    """
    if len(candidates) == 1:
        return candidates
    last = max(file.named.upload for _, file in candidates)
    those = [each for each in candidates if each[1].named.upload == last]
    return [each for each in those if notebooks.is_worked_on(each[0], each[1].member.file)] or those


def _why_unclear(candidates: list[_Candidate], worked_on: list[_Candidate]) -> str:
    """Why it cannot be told which of several counts, as a clause; empty where it can."""
    several = f"several notebooks of {candidates[0][0].notebook}"
    latest = max(_order(*each) for each in worked_on)
    first, *others = (file for known, file in worked_on if _order(known, file) == latest)
    try:
        if _in_several_folders(candidates):
            return f"{several} lie in different folders of one submission"
        if all(_same(first.member.file, each.member.file) for each in others):
            return ""
    except CollectError as error:
        return str(error)
    return f"{several} differ, and nothing tells which of them is the last"


def _in_several_folders(candidates: list[_Candidate]) -> bool:
    """Whether what differs lies in several folders of one upload: what lies there may even be several students'."""
    latest = max(file.named.upload for _, file in candidates)
    first, *others = (file for _, file in candidates if file.named.upload == latest)
    folders = {file.named.file.parent for file in (first, *others)}
    return len(folders) > 1 and not all(_same(first.member.file, each.member.file) for each in others)


def _last(candidates: list[_Candidate], worked_on: list[_Candidate], outcome: Outcome) -> _Candidate:
    """The one that counts of several that are the same notebook."""
    best = max(worked_on, key=lambda each: _order(*each))
    for each in candidates:
        if each is not best:
            aside = _superseded(each[1].name, best[1].name)
            as_released = each not in worked_on and each[1].named.upload == best[1].named.upload
            outcome.set_aside([replace(aside, why=f"is as it was released: {aside.why}") if as_released else aside])
    return best


def _order(known: Recognised, file: _File) -> tuple[int, bool, int, float, int]:
    """What makes one of several files the notebook that counts: the greatest.

    Canvas's number of the upload goes first: it only ever grows, whatever the student calls the file.
    """
    depth = len(file.named.file.parts)
    return file.named.upload, known.by_name, known.attempt, file.member.modified, -depth


def _superseded(name: str, by: str) -> Aside:
    return Aside(name, f"{by} counts instead")


def _is_nbgraders(file: _File) -> bool:
    """Whether it is the time of handing in that nbgrader has written. A student's word for it does not count."""
    return file.named.kind is Kind.LAYOUT and str(file.named.file) == TIMESTAMP


def _attempt(
    student: str, topic: str, best: list[tuple[Recognised, _File]], others: list[_File], outcome: Outcome
) -> Attempt:
    """One attempt: its notebooks under the course's names, and the other files beside them."""
    known, main = max(best, key=lambda each: _order(*each))
    files = {PurePosixPath(f"{each.notebook}.ipynb"): file.member.file for each, file in best}
    handed_in = main.named.handed_in
    for file in others:
        path = _beside(main, file, known.attempt)
        if _is_nbgraders(file):
            handed_in = time_of(file.member.file)
        elif str(path) == TIMESTAMP:
            outcome.set_aside([Aside(file.name, "has the name of nbgrader's own file")])
        elif path in files:
            outcome.set_aside([Aside(file.name, f"another file is called {path} too", "Place it by hand.")])
        else:
            files[path] = file.member.file
    origin = Collected(
        source=main.name,
        late=main.named.late,
        attempt=known.attempt,
        handed_in=handed_in,
        modified=main.member.modified,
        upload=main.named.upload,
        participant=main.named.participant,
    )
    return Attempt(student, topic, origin, files)


def _beside(notebook: _File, file: _File, attempt: int) -> PurePosixPath:
    """Where a file goes that came with a notebook: as it lay to it, under the name that the student gave it."""
    path = file.named.file
    if path.is_relative_to(notebook.named.file.parent):
        path = path.relative_to(notebook.named.file.parent)
    number = f"-{attempt}"  # Canvas numbers all files of an attempt
    if file.named.kind is Kind.CANVAS and attempt and path.stem.endswith(number):
        path = path.with_name(path.stem.removesuffix(number) + path.suffix)
    return path


def _place_latest(course: Course, attempts: list[Attempt], outcome: Outcome) -> None:
    """Place the last of a student's attempts at a topic."""
    cure = "Place the right one by hand."
    if len({attempt.collected.participant for attempt in attempts} - {0}) > 1:
        why = f"several participants are called {printable(attempts[0].student)}"
        outcome.set_aside(Aside(attempt.collected.source, why, cure) for attempt in attempts)
        return
    latest = [this for this in attempts if not any(each.collected.is_newer_than(this.collected) for each in attempts)]
    try:
        unclear = not latest or any(not _same_files(latest[0], each) for each in latest[1:])
        why = "nothing tells which of several is the last"
    except CollectError as error:
        unclear, why = True, str(error)
    if unclear:
        outcome.set_aside(Aside(attempt.collected.source, why, cure) for attempt in attempts)
        return
    last, *_ = latest
    outcome.set_aside(
        _superseded(each.collected.source, last.collected.source) for each in attempts if each is not last
    )
    folder = course.submitted(last.topic, last.student)
    was_there, former = folder.exists(), collected(folder)
    try:
        left = place(course, last)
    except CollectError as error:
        cure = ROOM if isinstance(error, UnwrittenError) else cure
        outcome.set_aside([Aside(last.collected.source, str(error), cure)])
        return
    if left:
        outcome.left.append((last, left))
    else:
        outcome.placed.append(last)
        if was_there:
            outcome.replaced[last.student, last.topic] = former.source if former else "what was there"


def _same_files(one: Attempt, other: Attempt) -> bool:
    return one.files.keys() == other.files.keys() and all(
        _same(content, other.files[path]) for path, content in one.files.items()
    )


def _same(one: Path, other: Path) -> bool:
    """Whether two files are the same, byte for byte.

    Raises:
        CollectError: one cannot be read.
    """
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError as error:
        raise CollectError(
            f"{error.filename or one}: cannot be read ({_reason(error)}): make it readable, then collect again"
        ) from error
