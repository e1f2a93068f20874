"""What the name of a submitted file tells: who handed it in, for what, and when.

A name is a path within a folder or archive; the files of an archive in a folder lie below a folder of the archive's
name. Each rule looks for the part of the path that a learning management system (LMS) has made up:

    Blackboard, nbgrader's zip collector   ps1_bitdiddle_attempt_2016-01-30-15-00-00_problem1.ipynb
    Moodle                                 Ada Lovelace_1234567_assignsubmission_file_/3-autograd.ipynb
    Canvas                                 lovelaceada_LATE_12345_67890_3-autograd-1.ipynb
    nbgrader                               ada/3-autograd/3-autograd.ipynb
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

from nbgrader.plugins import FileNameCollectorPlugin
from traitlets.config import Config

from seminar.course.timestamps import time_in
from seminar.errors import CourseError
from seminar.text import printable

# Blackboard's own names, which nbgrader's documentation takes as its example. The last part lacks for its summaries.
ATTEMPT = re.compile(
    r"(?P<what>.+?)_attempt_(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<file>.+)|\.txt)", re.IGNORECASE | re.DOTALL
)
TWO_NUMBERS = re.compile(r"(?:^|_)\d+_\d+_")  # as Canvas has them
# Canvas's lib/content_zipper.rb: after the name the user's id, then the uploaded file's. Both only ever grow.
CANVAS = re.compile(r"(?=_(?P<user>\d+)_(?P<upload>\d+)_(?P<file>.+))", re.DOTALL)
CANVAS_LATE = "_LATE"  # before them
CANVAS_TEXT = re.compile(r"(?P<who>.+)_(?P<user>\d+)_(text|link)\.html", re.DOTALL)
CANVAS_TEST_STUDENT = "studenttest"  # the name of the student that teachers try a course with
CANVAS_ANONYMOUS = re.compile(r"(LATE_)?anon_[A-Za-z0-9]{5}_\d+_.+", re.DOTALL)
# Moodle's participant number is another one in each assignment.
MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<participant>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL
)
# The name where Moodle hides who it is: "participant" in the language of the site, behind the group if there is one.
MOODLE_ANONYMOUS = re.compile(
    r"(.*-)?\s*(participante?|partecipante|teilnehmer(in)?|deelnemer|deltagare|deltager|deltaker|osallistuja|uczestnik"
    r"|účastník|résztvevő)\s*",
    re.IGNORECASE | re.DOTALL,
)
# Browsers make .ipynb.txt, .ipynb.json, .json and ".ipynb (1)" of .ipynb, and Canvas puts its -1 before the last dot.
NOTEBOOK = re.compile(
    r"(.+?)(?:(?:\.ipynb)+(?:\.txt|\.json)?( ?\(\d+\)|-\d+)?(?:\.txt|\.json)?|\.json)", re.IGNORECASE | re.DOTALL
)
# Endings of names as `plain` makes them.
COPIES = (
    re.compile(r"(?:copy-of|kopie-von|copie-de|copia-d[ei])-(.+)"),
    re.compile(r"(.+)-(?:copy|kopie|copie|copia)-?\d{0,9}"),
)
NUMBERED = re.compile(r"(.+)-(\d{1,9})")
MOST_NUMBERS = 2


class Kind(Enum):
    """Whose name a name is."""

    ATTEMPT = "attempt"
    MOODLE = "moodle"
    CANVAS = "canvas"
    LAYOUT = "layout"


@dataclass(frozen=True)
class Named:
    """What a file's name tells.

    Attributes:
        kind: whose name it is.
        place: the folders before the part that the LMS has made up.
        student: Canvas's user id, Moodle's full name, nbgrader's student id.
        file: what the student called it, within what was handed in at a time.
        topic: the topic, where the name tells it apart from the file's own.
        late: whether the LMS calls it late.
        handed_in: when, in UTC, without a time zone as nbgrader has it; None where the name does not tell.
        upload: Canvas's number of the upload, 0 elsewhere: a greater one is newer.
        called: what Canvas makes of the student's name, beside the number; empty elsewhere.
        participant: Moodle's number of the student in the assignment, 0 elsewhere.
        typed: that it is no file of the student's but what was typed into the LMS, as a clause; empty where it is a
            file.
    """

    kind: Kind
    place: PurePosixPath
    student: str
    file: PurePosixPath
    topic: str | None = None
    late: bool = False
    handed_in: datetime | None = None
    upload: int = 0
    called: str = ""
    participant: int = 0
    typed: str = ""


@dataclass(frozen=True)
class Aside:
    """A file that is not collected.

    Attributes:
        name: its path in the folder or archive.
        why: the reason.
        cure: what to do about it; empty where there is nothing to do.
    """

    name: str
    why: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{printable(self.name)}: {self.why}." + (f" {self.cure}" if self.cure else "")


@dataclass(frozen=True)
class Known:
    """What is known of a course, which helps with names that can be read in several ways.

    Attributes:
        notebooks: the names of its notebooks, as `plain` makes them.
        students: the ids of its students.
        numbers: Canvas's ids of them.
    """

    notebooks: Collection[str] = ()
    students: Collection[str] = ()
    numbers: Collection[str] = ()


AMBIGUOUS_NUMBER = (
    "Take the other numbers out of the name, or name the students with their lms_user_id in a file: --roster FILE.csv"
)
AMBIGUOUS_ATTEMPT = "Rename it to TOPIC_STUDENT_attempt_TIME_FILE, or place it by hand: STUDENT/TOPIC/TOPIC.ipynb."
AMBIGUOUS_FOLDER = (
    "Where {0} is a download, rename it without the numbers, or collect it by itself; where it is a student's, name "
    "the student with their lms_user_id in a file: --roster FILE.csv"
)
UNKNOWN_NAME = (
    "no rule knows the name",
    "Name it as Canvas, Moodle or nbgrader's zip collector do, or place it by hand: STUDENT/TOPIC/TOPIC.ipynb.",
)


class Rules:
    """How the names of a course's submissions are read."""

    def __init__(self, topics: Collection[str], config: Config | None = None, known: Known | None = None) -> None:
        """Learn the course's own names.

        Args:
            topics: the course's topics.
            config: its nbgrader configuration: `c.FileNameCollectorPlugin.named_regexp`, where it is set, goes first.
            known: what else is known of the course.

        Raises:
            CourseError: that expression is none, or does not tell whose a file is.
        """
        self._topics = {topic.casefold(): topic for topic in topics}
        self._known = known or Known()
        self._notebooks = {*map(plain, topics), *self._known.notebooks}
        self._expression = _expression(FileNameCollectorPlugin(config=config or Config()).named_regexp)

    def read(self, path: PurePosixPath, students: Collection[PurePosixPath] = ()) -> Named | Aside:
        """What the name of a file tells, or why it is not collected.

        Args:
            path: the name.
            students: those folders STUDENT/TOPIC that are a student's: the names in them are the student's choice.
        """
        if self._expression and (found := self._configured(self._expression, path)):
            return found
        folder = self.layout(path)
        within = len(folder.parts) if folder and folder in students else None
        for position in range(len(path.parts[:within])):
            if told := self._by_part(path, position):
                return self._contested(told, path, position, within) or told
        if not folder:
            return Aside(str(path), *UNKNOWN_NAME)
        place, student, topic = folder.parent.parent, folder.parent.name, self._topics[folder.name.casefold()]
        return Named(Kind.LAYOUT, place, student, path.relative_to(folder), topic)

    def _by_part(self, path: PurePosixPath, position: int) -> Named | Aside | None:
        """What one part of a name tells by itself."""
        part = path.parts[position]
        if self._is_a_notebook(part):
            return None  # whatever the topic is called
        place, below = PurePosixPath(*path.parts[:position]), path.parts[position + 1 :]
        rules = (self._attempt, _moodle, self._canvas)
        return next((told for rule in rules if (told := rule(str(path), place, part, below))), None)

    def _contested(self, told: Named | Aside, path: PurePosixPath, position: int, within: int | None) -> Aside | None:
        """Why a folder that is named as Canvas names them is not believed; None where it is, or is none of Canvas's.

        The folder may be a dated download, submissions_2025_11_25, with the whole class below. It may as well be what a
        student has packed, with files that are named as another's: so the name below is not believed either. A folder
        whose student is known is the student's, unless another one is known below.
        """
        if not isinstance(told, Named) or told.kind is not Kind.CANVAS:
            return None
        deeper = range(position + 1, len(path.parts[:within]))
        claims = [claim for each in deeper if (claim := self._by_part(path, each))]
        students = [claim.student if isinstance(claim, Named) else None for claim in claims]
        if folder := self.layout(PurePosixPath(*path.parts[position + 1 :])):
            students.append(folder.parent.name)
        others = [student for student in students if student != told.student]
        if told.student in self._known.numbers:
            others = [each for each in others if each in self._known.numbers or each in self._known.students]
        if not others:
            return None
        other = f"{printable(others[0])}'s" if others[0] else "another student's"
        cure = AMBIGUOUS_FOLDER.format(printable(path.parts[position]))
        return Aside(str(path), f"may be {told.student}'s or {other}", cure)

    def layout(self, path: PurePosixPath) -> PurePosixPath | None:
        """The folder STUDENT/TOPIC that a file lies in, as nbgrader has it; None where it does not."""
        for position in range(1, len(path.parts) - 1):
            if path.parts[position].casefold() in self._topics:
                return PurePosixPath(*path.parts[: position + 1])
        return None

    def _is_a_notebook(self, name: str) -> bool:
        """Whether a file or folder bears the name of a topic or of one of the course's notebooks."""
        return any(title in self._notebooks for title, _ in readings(notebook_stem(name) or name))

    def _configured(self, expression: re.Pattern[str], path: PurePosixPath) -> Named | None:
        """By the course's own regular expression, as `nbgrader zip_collect` applies it: to an absolute path."""
        match = expression.match(str(path)) or expression.match(f"/{path}")
        groups: dict[str, Any] = match.groupdict() if match else {}
        if not groups.get("student_id") or not groups.get("file_id"):
            return None
        return Named(
            Kind.ATTEMPT,
            path.parent,
            groups["student_id"],
            PurePosixPath(PurePosixPath(groups["file_id"]).stem + path.suffix),
            handed_in=time_in(groups.get("timestamp") or ""),
        )

    def _attempt(self, name: str, place: PurePosixPath, part: str, below: tuple[str, ...]) -> Named | Aside | None:
        match = ATTEMPT.fullmatch(part)
        if not match or MOODLE.fullmatch(match["what"]):  # a student of Moodle has called a file so
            return None
        if match["file"] is None and not below:
            return Aside(name, "is a summary by Blackboard")
        what = match["what"]
        before, after = self._topics_around(what)
        if TWO_NUMBERS.search(what[len(before) : len(what) - len(after)]):
            return Aside(name, "may be named by Canvas or by Blackboard", AMBIGUOUS_ATTEMPT)
        found = self._topics_and_students(what)
        if not found:
            return Aside(name, "names no student before `_attempt_`", AMBIGUOUS_ATTEMPT)
        if len(found) > 1:
            students = " or ".join(printable(student) for _, student in found)
            return Aside(name, f"its student may be {students}", AMBIGUOUS_ATTEMPT)
        ((topic, student),) = found
        file = PurePosixPath(*below) if below else PurePosixPath(match["file"])
        return Named(Kind.ATTEMPT, place, student, file, topic, handed_in=time_in(match["time"]))

    def _canvas(self, name: str, place: PurePosixPath, part: str, below: tuple[str, ...]) -> Named | Aside | None:
        if CANVAS_ANONYMOUS.fullmatch(part):
            return Aside(name, "was handed in anonymously", "Turn anonymous grading off in Canvas, and download again.")
        found = [match for match in CANVAS.finditer(part) if match.start()]
        if text := None if below else CANVAS_TEXT.fullmatch(part):
            why = "is no file but a text or a link that was typed into Canvas"
            if found:  # or else a file that a student has called so: whose it is cannot be told
                return Aside(name, why)
            named = Named(Kind.CANVAS, place, text["user"], PurePosixPath(part), typed=why)
            return self._unless_a_test(name, text["who"], named)
        if not found:
            return None
        match = self._canvas_numbers(found)
        if not match:
            users = " or ".join(dict.fromkeys(match["user"] for match in found))
            return Aside(name, f"{users} may be Canvas's number of the student", AMBIGUOUS_NUMBER)
        file = PurePosixPath(*below) if below else PurePosixPath(match["file"])
        who = part[: match.start()]
        called = who[0] + who[1:].removesuffix(CANVAS_LATE)
        late = called != who
        named = Named(Kind.CANVAS, place, match["user"], file, late=late, upload=int(match["upload"]), called=called)
        return self._unless_a_test(name, who, named)

    def _unless_a_test(self, name: str, who: str, named: Named) -> Named | Aside:
        """What a name by Canvas tells, unless it is one of the Test Student's."""
        is_a_test = who.removesuffix(CANVAS_LATE).casefold() == CANVAS_TEST_STUDENT
        if is_a_test and named.student not in self._known.numbers:
            return Aside(name, "is by Canvas's Test Student, who is nobody")
        return named

    def _canvas_numbers(self, found: list[re.Match[str]]) -> re.Match[str] | None:
        """Which of several pairs of numbers in a name are Canvas's; None where it cannot be told.

        Canvas takes numbers out of the name that a student goes by, but leaves one at its end, and more if there are
        spaces between. So the first pair may begin with the student's choice; the file's name may hold further pairs.
        """
        first, *later = found
        if not later or self._is_a_notebook(first["file"]):
            return first
        three = later[0].start() == first.start("upload") - 1
        known = [match for match in found if match["user"] in self._known.numbers]
        if not known:
            return None if three else first
        # Further pairs are as a rule the file's own: who is known by one of them only is not believed.
        may_be = (first, later[0]) if three else (first,)
        return known[0] if len({match["user"] for match in known}) == 1 and known[0] in may_be else None

    def _topics_and_students(self, what: str) -> list[tuple[str | None, str]]:
        """Of `topic_student` or `student_topic`: how it can be read. Either may hold an underscore.

        A known topic is looked for first, then a known student, and then what nbgrader's documentation takes for one.
        """
        if what.casefold() in self._topics:
            return []
        before, after = self._topics_around(what)
        found: list[tuple[str | None, str]] = [(None, what)]
        if before or after:
            around = ((before, what[len(before) + 1 :]), (after, what[: -len(after) - 1]))
            found = [each for each in around if all(each) and each[1].casefold() not in self._topics]
        known = [(topic, end) for topic, rest in found for end in _ends(rest) if self._is_a_student(end)]
        if known:
            return [each for each in known if each in found] or known
        if before or after:
            return found
        rest, _, student = what.rpartition("_")
        return [(None, student)] if rest and student else []

    def _topics_around(self, what: str) -> tuple[str, str]:
        """The topics that a name begins and ends with: the longest, or empty."""
        name = what.casefold()
        topics = sorted(self._topics.values(), key=len, reverse=True)
        before = next((topic for topic in topics if name.startswith(f"{topic.casefold()}_")), "")
        after = next((topic for topic in topics if name.endswith(f"_{topic.casefold()}")), "")
        return before, after

    def _is_a_student(self, name: str) -> bool:
        return name in self._known.students and name.casefold() not in self._topics


def _expression(text: str) -> re.Pattern[str] | None:
    """The course's own regular expression; None where it has none.

    Raises:
        CourseError: it is none, or lacks a group.
    """
    if not text:
        return None
    setting = "nbgrader_config.py: c.FileNameCollectorPlugin.named_regexp"
    try:
        expression = re.compile(text)
    except re.error as error:
        raise CourseError(f"{setting} is no regular expression ({error}). Correct it, or take it out.") from error
    lacking = [name for name in ("student_id", "file_id") if name not in expression.groupindex]
    if lacking:
        groups = " and ".join(f"(?P<{name}>...)" for name in lacking)
        raise CourseError(f"{setting} lacks {groups}. Add what lacks, or take the setting out.")
    return expression


def _ends(name: str) -> list[str]:
    """A name, and what follows each underscore in it."""
    return [name, *(name[position + 1 :] for position, letter in enumerate(name) if letter == "_")]


def _moodle(name: str, place: PurePosixPath, part: str, below: tuple[str, ...]) -> Named | Aside | None:
    match = MOODLE.fullmatch(part)
    if not match or not (below or match["file"]):
        return None
    if MOODLE_ANONYMOUS.fullmatch(match["name"]):
        return Aside(
            name, "was handed in anonymously", "Reveal the students' identities in Moodle, and download again."
        )
    file = PurePosixPath(*below) if below else PurePosixPath(match["file"])
    student = " ".join(match["name"].split())
    typed = "" if match["plugin"] == "file" else f"is no file but what Moodle's {match['plugin']} holds"
    return Named(Kind.MOODLE, place, student, file, participant=int(match["participant"]), typed=typed)


def notebook_stem(name: str) -> str | None:
    """A notebook's name without its ending, or with the number that stands behind it; None where it is no notebook's.

    >>> notebook_stem("a.ipynb"), notebook_stem("a.ipynb (1).txt"), notebook_stem("a.json"), notebook_stem("a.txt")
    ('a', 'a (1)', 'a', None)
    """
    match = NOTEBOOK.fullmatch(name)
    return match[1] + (match[2] or "") if match else None


def readings(stem: str) -> Iterator[tuple[str, int]]:
    """How a file name without its ending can be read: as a name and the number of an attempt, 0 for none.

    Canvas adds -1, -2, ... where a name is handed in again, browsers add " (1)". Jupyter adds -Copy1, and Colab puts
    "Copy of" before it: which of the two was worked on, such a number does not tell. A topic may end with a number
    itself, so the whole name comes first.

    Returns:
        Names as `plain` makes them, each with its number.
    """
    name, number, numbers = plain(stem), 0, 0
    yield name, number
    while match := next((match for ending in (*COPIES, NUMBERED) if (match := ending.fullmatch(name))), None):
        if match.re is NUMBERED:
            number, numbers = number or int(match[2]), numbers + 1
        if numbers > MOST_NUMBERS:
            return
        name = match[1]
        yield name, number


def plain(name: str) -> str:
    """A name in small letters, with "-" for whatever is no letter or digit."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")
