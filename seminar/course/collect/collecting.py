"""Collecting, from the first look at a download to the last submission that is placed."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from seminar.course.collect.choosing import File, Match, Rivals, broken, same, superseded
from seminar.course.collect.file_names import Aside, Kind, Known, Named, Rules, notebook_stem, plain
from seminar.course.collect.placing import Attempt, Collected, UnwrittenError, collected, place
from seminar.course.collect.source import Member, read_source
from seminar.course.collect.students import Roster, in_file, in_gradebook
from seminar.course.collect.topics import Notebooks, holds_one
from seminar.course.course import Course
from seminar.course.lock import locked
from seminar.course.timestamps import TIMESTAMP, time_of
from seminar.errors import CollectError
from seminar.text import printable

SCRATCH = ".collecting"  # the folder in the course for what is unpacked
ROOM = "Make room for it, or the folder writable, then collect again."
WHICH = "Ask which of them it is, then rename it so, or place it by hand."
UNCLEAR = "Place the right one by hand, or sort the download as STUDENT/TOPIC/TOPIC.ipynb."


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


def collect(course: Course, path: Path, topics: Sequence[str] = (), roster: Path | None = None) -> Outcome:
    """Put the submissions of a folder or archive where the course looks for them.

    Args:
        course: the course to put them into.
        path: the folder or archive.
        topics: collect these only. Where one is named, a student's only notebook is taken for it if nothing tells its
            topic.
        roster: a CSV file that says which student an LMS means, beside the gradebook.

    Raises:
        CollectError: the folder, the archive or the roster cannot be read, the folder is the course's own, or another
            collects. Nothing is placed.
        CourseError: the gradebook cannot be read, there is no such topic, or the course's own expression for names is
            none.
    """
    _refuse_own(course, path)
    wanted = course.topics(topics)
    students = Roster([*(in_file(roster) if roster else []), *in_gradebook(course)])
    collecting = _Collecting(course, wanted, students)
    outcome = collecting.outcome
    with _scratch(course) as scratch:
        source = read_source(path, scratch)
        if not source.members and not source.aside:
            raise CollectError(f"{path}: holds no file. Name what you downloaded: seminar collect PATH")
        outcome.set_aside(source.aside)
        for files in collecting.handed_in_together(source.members):
            collecting.take(files)
        collecting.set_idle_aside(of_named_topics=bool(topics))
        collecting.place()
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
                f"{folder}: cannot be used as a folder for what is unpacked ({error.strerror}). "
                "Remove what is there, or make the course's folder writable, then collect again."
            ) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # what is left, the next run removes


class _Collecting:
    """What is known of the course, and what has come of its files so far.

    Attributes:
        outcome: what is told of them.
    """

    def __init__(self, course: Course, wanted: list[str], students: Roster) -> None:
        """Begin.

        Args:
            course: the course.
            wanted: the topics that are collected.
            students: who may have handed in.

        Raises:
            CourseError: the course's own expression for names is none.
        """
        self.outcome = Outcome()
        self._course = course
        self._wanted = wanted
        self._students = students
        self._notebooks = Notebooks(course)
        known = Known(self._notebooks.names, students.ids, students.numbers)
        self._rules = Rules(course.topics(), course.config, known)
        self._attempts: dict[tuple[str, str], list[Attempt]] = defaultdict(list)  # by student and topic
        self._downloads: set[PurePosixPath] = set()  # in which there is something to place
        # By download, with the student: files of no use of those of whom nothing else can be placed, or was told.
        self._idle: dict[PurePosixPath, list[tuple[str, Aside]]] = defaultdict(list)

    def handed_in_together(self, members: list[Member]) -> list[list[File]]:
        """The files that are one student's, of one time as far as their names tell."""
        own = self._students_folders(members)
        groups: dict[tuple[object, ...], list[File]] = defaultdict(list)
        for member in members:
            named = self._rules.read(member.path, own)
            if isinstance(named, Aside):
                self.outcome.set_aside([named])
            else:
                who = (named.kind, named.place, named.student, named.participant)
                groups[*who, named.topic, named.handed_in].append(File(named, member))
        return list(groups.values())

    def _students_folders(self, members: list[Member]) -> set[PurePosixPath]:
        """The folders STUDENT/TOPIC that are a student's, and no download that was sorted by topic, DOWNLOAD/TOPIC.

        The student is known, or a notebook of the topic lies there that no learning management system has named.
        """
        found: set[PurePosixPath] = set()
        for member in members:
            folder = self._rules.layout(member.path)
            if not folder or folder in found:
                continue
            told = self._rules.read(member.path)
            stem = notebook_stem(member.path.name) if isinstance(told, Named) and told.kind is Kind.LAYOUT else None
            known = self._notebooks.recognise(stem, member.file) if stem else None
            if folder.parent.name in self._students.ids or (known and known.topic.casefold() == folder.name.casefold()):
                found.add(folder)
        return found

    def take(self, files: list[File]) -> None:
        """Take what one student has handed in together: an attempt for each topic that is wanted."""
        before = len(self.outcome.not_placed)
        try:
            student = self._students.student_id(files[0].named)
        except CollectError as error:
            cure = "Put the student's id in the place of the name, or say whose it is in a file: --roster FILE.csv"
            self.outcome.set_aside(Aside(file.name, str(error), cure) for file in files)
            return
        download = files[0].named.place
        sent = [file for file in files if not file.named.typed]
        by_topic = self._notebooks_by_topic([file for file in sent if file.is_notebook])
        others = [file for file in sent if not file.is_notebook]
        if len(by_topic) != 1 or not all(by_topic.values()):
            why = "goes with one of several notebooks" if by_topic else "comes without a notebook of the course"
            cure = "Place it by hand, beside the notebook that it belongs to." if by_topic else "Ask for the notebook."
            self.outcome.set_aside(Aside(file.name, why, cure) for file in others)
            others = []
        is_placed = False
        unwanted = [(file, file.named.typed) for file in files if file.named.typed]
        for topic, best in by_topic.items():
            if best and topic in self._wanted:
                self._attempts[student, topic].append(self._attempt(student, topic, best, others))
                self._downloads.add(download)
                is_placed = True
            elif best:
                its = [match.file for match in best]
                unwanted += [(file, f"is of {topic}") for file in (*its, *others)]
        for file, why in unwanted:
            aside = Aside(file.name, why)
            # What its name says to be of another topic is no mistake.
            if is_placed or file.named.topic or len(self.outcome.not_placed) > before:
                self.outcome.set_aside([aside])
            else:
                self._idle[download].append((student, aside))

    def _notebooks_by_topic(self, files: list[File]) -> dict[str, list[Match]]:
        """The notebooks of each topic: of several that are the same one, that which counts.

        A topic where that cannot be told has none.
        """
        matches: dict[str, dict[str, list[Match]]] = defaultdict(lambda: defaultdict(list))
        for match in self._recognised(files):
            matches[match.known.topic][match.known.notebook].append(match)
        found: dict[str, list[Match]] = {}
        for topic, by_notebook in matches.items():
            several = [Rivals(each, self._notebooks) for each in by_notebook.values()]
            unclear = [why for rivals in several if (why := rivals.why_unclear())]
            if unclear and topic in self._wanted:
                found[topic] = []  # not even its other notebooks: the submission would look whole
                self.outcome.set_aside(
                    Aside(match.file.name, unclear[0], UNCLEAR) for rivals in several for match in rivals.matches
                )
            else:
                found[topic] = [rivals.last for rivals in several]
                self.outcome.set_aside(aside for rivals in several for aside in rivals.superseded())
        return found

    def _recognised(self, files: list[File]) -> Iterator[Match]:
        """The notebooks that are the course's: by their names or cells; a student's only one by the only topic, too."""
        recognise = self._notebooks.recognise
        told = [(recognise(file.stem, file.member.file, file.named.topic), file) for file in files]
        if len(self._wanted) == len(files) == 1:
            told = [(known or recognise(file.stem, file.member.file, self._wanted[0]), file) for known, file in told]
        all_unknown = not any(known for known, _ in told)
        for known, file in told:
            if not known:
                self.outcome.set_aside([_unknown_topic(file, self._wanted, all_unknown)])
            elif known.cells_of and not {known.topic, known.cells_of[0]}.isdisjoint(self._wanted):
                why = f"is handed in as {known.notebook}, and holds the cells of {known.cells_of[1]}"
                self.outcome.set_aside([Aside(file.name, why, WHICH)])
            elif known.is_foreign and known.topic in self._wanted:
                why = f"is handed in as {known.notebook}, and holds cells of another notebook, and none of its own"
                self.outcome.set_aside([Aside(file.name, why, WHICH)])
            else:
                yield Match(known, file)

    def _attempt(self, student: str, topic: str, best: list[Match], others: list[File]) -> Attempt:
        """One attempt: its notebooks under the course's names, and the other files beside them."""
        main = max(best, key=lambda each: each.order)
        named = main.file.named
        files = {PurePosixPath(f"{each.known.notebook}.ipynb"): each.file.member.file for each in best}
        handed_in = named.handed_in
        for file in others:
            path = _beside(main, file)
            if _is_nbgraders(file):
                handed_in = time_of(file.member.file)
            elif str(path) == TIMESTAMP:
                self.outcome.set_aside([Aside(file.name, "has the name of nbgrader's own file")])
            elif path in files:
                self.outcome.set_aside([Aside(file.name, f"another file is called {path} too", "Place it by hand.")])
            else:
                files[path] = file.member.file
        origin = Collected(
            source=main.file.name,
            late=named.late,
            attempt=main.known.attempt,
            handed_in=handed_in,
            modified=main.file.member.modified,
            upload=named.upload,
            participant=named.participant,
        )
        return Attempt(student, topic, origin, files)

    def set_idle_aside(self, of_named_topics: bool) -> None:
        """Tell of the files of no use of students of whom there is nothing else.

        Args:
            of_named_topics: whether topics were named: then a download in which nobody has them is another topic's.
        """
        for download, asides in self._idle.items():
            is_another = of_named_topics and self._downloads and download not in self._downloads
            self.outcome.set_aside(aside if is_another else _alone(student, aside) for student, aside in asides)

    def place(self) -> None:
        """Place the last of each student's attempts at a topic."""
        for _, attempts in sorted(self._attempts.items()):
            self._place_latest(attempts)

    def _place_latest(self, attempts: list[Attempt]) -> None:
        cure = "Place the right one by hand."
        if len({attempt.collected.participant for attempt in attempts} - {0}) > 1:
            why = f"several participants are called {printable(attempts[0].student)}"
            self.outcome.set_aside(Aside(attempt.collected.source, why, cure) for attempt in attempts)
            return
        readable = [each for each in attempts if _can_be_read(each.files)]
        for each in [each for each in attempts if readable and each not in readable]:
            if not any(other.collected.is_newer_than(each.collected) for other in readable):
                self.outcome.set_aside([broken(each.collected.source)])
                attempts = [other for other in attempts if other is not each]
        latest = [
            this for this in attempts if not any(each.collected.is_newer_than(this.collected) for each in attempts)
        ]
        try:
            unclear = not latest or any(not _same_files(latest[0], each) for each in latest[1:])
            why = "nothing tells which of several is the last"
        except CollectError as error:
            unclear, why = True, str(error)
        if unclear:
            self.outcome.set_aside(Aside(attempt.collected.source, why, cure) for attempt in attempts)
            return
        last, *_ = latest
        self.outcome.set_aside(
            superseded(each.collected.source, last.collected.source) for each in attempts if each is not last
        )
        folder = self._course.submitted(last.topic, last.student)
        was_there, former = folder.exists(), collected(folder)
        there = {PurePosixPath(path.name): path for path in folder.glob("*.ipynb")}
        if not readable and there and _can_be_read(there):
            self.outcome.set_aside([broken(last.collected.source)])
            return
        try:
            left = place(self._course, last)
        except CollectError as error:
            cure = ROOM if isinstance(error, UnwrittenError) else cure
            self.outcome.set_aside([Aside(last.collected.source, str(error), cure)])
            return
        if left:
            self.outcome.left.append((last, left))
        else:
            self.outcome.placed.append(last)
            if was_there:
                self.outcome.replaced[last.student, last.topic] = former.source if former else "what was there"


def _alone(student: str, aside: Aside) -> Aside:
    """A file of no use, where there is no other by the student."""
    why = f"{aside.why}, and of {printable(student)} there is nothing to place"
    return replace(aside, why=why, cure="Ask for the notebook.")


def _unknown_topic(file: File, wanted: list[str], all_unknown: bool) -> Aside:
    in_name = [topic for topic in wanted if plain(topic) in plain(file.stem)] or wanted
    topic = in_name[0] if len(in_name) == 1 else "TOPIC"
    cure = f"Put {topic}.ipynb in the place of {printable(file.named.file.name)} in its name"
    if all_unknown and len(wanted) > 1:
        cure += f", or name the topic that all of it is of: seminar collect PATH {topic}"
    return Aside(file.name, "neither its name nor its cells tell which notebook of the course it is", f"{cure}.")


def _is_nbgraders(file: File) -> bool:
    """Whether it is the time of handing in that nbgrader has written. A student's word for it does not count."""
    return file.named.kind is Kind.LAYOUT and str(file.named.file) == TIMESTAMP


def _beside(notebook: Match, file: File) -> PurePosixPath:
    """Where a file goes that came with a notebook: as it lay to it, under the name that the student gave it."""
    path, lies_in = file.named.file, notebook.file.named.file.parent
    if path.is_relative_to(lies_in):
        path = path.relative_to(lies_in)
    attempt = notebook.known.attempt
    number = f"-{attempt}"  # Canvas numbers all files of an attempt
    if file.named.kind is Kind.CANVAS and attempt and path.stem.endswith(number):
        path = path.with_name(path.stem.removesuffix(number) + path.suffix)
    return path


def _can_be_read(files: Mapping[PurePosixPath, Path]) -> bool:
    """Whether all notebooks among some files hold cells, by the paths that they have, or are to have."""
    return all(holds_one(content) for path, content in files.items() if path.suffix == ".ipynb")


def _same_files(one: Attempt, other: Attempt) -> bool:
    return one.files.keys() == other.files.keys() and all(
        same(content, other.files[path]) for path, content in one.files.items()
    )
