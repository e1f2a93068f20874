"""The gradebook, open for a whole run: what nbgrader's Autograde reads and records, one transaction for a submission.

nbgrader opens the gradebook anew in every preprocessor and commits every cell. Here what a topic's submissions have in
common is read once, and what one submission gets is written at once, whole or not at all. The rows are nbgrader's own.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from nbgrader import api
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from seminar.course import gradebook
from seminar.course.course import Course
from seminar.course.gradebook import require_released
from seminar.errors import GradingError


@dataclass(frozen=True)
class Source:
    """A cell as it was released: what nbgrader holds a submission's cell against."""

    name: str
    cell_type: str
    locked: bool
    source: str
    checksum: str
    max_score: float | None


@dataclass(frozen=True)
class NotebookRecord:
    """What the gradebook knows of a notebook of a topic.

    Attributes:
        id: its row.
        kernelspec: the kernel to run it with; None where the gradebook names none.
        sources: its cells by grade id.
        graded: the rows of the cells that get points, by grade id.
        commented: the rows of the cells that get a comment, by grade id.
    """

    id: str
    kernelspec: dict[str, Any] | None
    sources: Mapping[str, Source]
    graded: Mapping[str, str]
    commented: Mapping[str, str]

    @property
    def digest(self) -> str:
        """A text that is another one when a test, its points, or a given cell changes."""
        counts = sorted(
            (cell.name, cell.checksum)  # nbgrader's, which is of the points too
            for cell in self.sources.values()
            if cell.max_score is not None or (cell.locked and cell.cell_type == "code")
        )
        return hashlib.sha256(json.dumps(counts).encode()).hexdigest()


@dataclass(frozen=True)
class TopicRecord:
    """What the gradebook knows of a topic."""

    id: str
    name: str
    duedate: datetime.datetime | None
    notebooks: Mapping[str, NotebookRecord]


@dataclass
class Mark:
    """The points of a cell: a row of nbgrader's table `grade`."""

    cell_id: str
    id: str = field(default_factory=api.new_uuid)
    auto_score: float | None = None
    manual_score: float | None = None
    extra_credit: float | None = None
    needs_manual_grade: bool = True
    is_new: bool = True

    @property
    def score(self) -> float:
        """The points that count."""
        given = self.auto_score if self.manual_score is None else self.manual_score
        return (given or 0.0) + (self.extra_credit or 0.0)


@dataclass
class Remark:
    """The comment on a cell: a row of nbgrader's table `comment`."""

    cell_id: str
    id: str = field(default_factory=api.new_uuid)
    auto_comment: str | None = None
    is_new: bool = True


@dataclass
class Page:
    """One notebook of a submission. nbgrader's preprocessors take it for their gradebook: it answers as that does.

    Attributes:
        record: the notebook as it was released.
        marks: points by grade id.
        remarks: comments by grade id.
        penalty: points that lateness costs; None for none.
    """

    record: NotebookRecord
    id: str = field(default_factory=api.new_uuid)
    marks: dict[str, Mark] = field(default_factory=dict)
    remarks: dict[str, Remark] = field(default_factory=dict)
    penalty: float | None = None
    is_new: bool = True
    db: Any = field(default_factory=lambda: SimpleNamespace(commit=lambda: None), repr=False)

    @property
    def score(self) -> float:
        """The points of all cells."""
        return sum(mark.score for mark in self.marks.values())

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> Source:
        """A cell as it was released."""
        if name not in self.record.sources:
            raise api.MissingEntry(f"No such source cell: {name}")
        return self.record.sources[name]

    find_graded_cell = find_source_cell

    def find_grade(self, name: str, notebook: str, assignment: str, student: str) -> Mark:
        """The points of a cell."""
        return self.marks.setdefault(name, Mark(self.record.graded[name]))

    def find_comment(self, name: str, notebook: str, assignment: str, student: str) -> Remark:
        """The comment on a cell."""
        return self.remarks.setdefault(name, Remark(self.record.commented[name]))


@dataclass
class Entry:
    """A submission in the gradebook: what is there, with what is to be recorded.

    Attributes:
        pages: its notebooks by name, those that were not handed in among them.
        timestamp: when it was handed in, in UTC; None where it is not known.
        extension: what the student has beyond the due date.
    """

    topic: TopicRecord
    student: str
    id: str = field(default_factory=api.new_uuid)
    pages: dict[str, Page] = field(default_factory=dict)
    timestamp: datetime.datetime | None = None
    extension: datetime.timedelta | None = None
    is_new: bool = True

    @classmethod
    def blank(cls, topic: TopicRecord, student: str) -> Entry:
        """An entry for a submission of which the gradebook has nothing."""
        return cls(topic, student, pages={name: Page(record) for name, record in topic.notebooks.items()})

    @property
    def seconds_late(self) -> float:
        """How late it was handed in; 0 where it was in time or nothing is known of it."""
        if self.timestamp is None or self.topic.duedate is None:
            return 0.0
        due = self.topic.duedate + (self.extension or datetime.timedelta())
        return max(0.0, (self.timestamp - due).total_seconds())


class Ledger:
    """A course's gradebook, to be closed at the end."""

    def __init__(self, course: Course) -> None:
        """Open a course's.

        Raises:
            CourseError: it cannot be opened.
        """
        self._course = course
        self._create_students = bool(course.config.Autograde.get("create_student", True))
        self._topics: dict[str, TopicRecord] = {}
        self._opened = contextlib.ExitStack()
        self._gradebook = self._opened.enter_context(gradebook.opened(course))

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        self._opened.close()

    def topic(self, name: str) -> TopicRecord:
        """What is known of a topic.

        Raises:
            CourseError: it is not released, or the gradebook cannot be read.
        """
        if name not in self._topics:
            self._topics[name] = self._released(name)
        return self._topics[name]

    def released_since(self) -> list[str]:
        """The topics that have other tests by now than when they were read.

        Raises:
            CourseError: the gradebook cannot be read, or one is not in it any more.
        """
        return [name for name, record in self._topics.items() if _tests(self._released(name)) != _tests(record)]

    def _released(self, name: str) -> TopicRecord:
        require_released(self._course, name)
        with self._errors():
            assignment = self._gradebook.find_assignment(name)
            notebooks = {each.name: _notebook(each) for each in assignment.notebooks}
            read = TopicRecord(assignment.id, name, assignment.duedate, notebooks)
            self._gradebook.db.rollback()  # nothing is left open for reading
            return read

    def source_of(self, topic: str, notebook: str) -> api.Notebook:
        """Nbgrader's own object for a released notebook."""
        with self._errors():
            return self._gradebook.find_notebook(notebook, topic)

    def known(self, topic: str) -> set[str]:
        """The students who have a submission of a topic in the gradebook."""
        submitted = api.SubmittedAssignment
        with self._errors(), self._gradebook.engine.connect() as connection:
            rows = connection.execute(
                select(submitted.student_id).where(submitted.assignment_id == self.topic(topic).id)
            )
            return {str(student) for (student,) in rows}

    def entry(self, topic: str, student: str) -> Entry:
        """What the gradebook has for a student's submission: a blank entry where it has nothing."""
        record = self.topic(topic)
        entry = Entry.blank(record, student)
        with self._errors(), self._gradebook.engine.connect() as connection:
            submitted = api.SubmittedAssignment
            row = connection.execute(
                select(submitted.id, submitted.timestamp, submitted.extension).where(
                    submitted.assignment_id == record.id, submitted.student_id == student
                )
            ).first()
            if row:
                entry.id, entry.timestamp, entry.extension, entry.is_new = row[0], row[1], row[2], False
            pages = _pages(connection, entry.id) if row else {}
        for name, notebook in record.notebooks.items():
            if found := pages.get(notebook.id):
                entry.pages[name] = replace(found, record=notebook)
            for cell in notebook.graded:
                entry.pages[name].find_grade(cell, name, topic, student)
            for cell in notebook.commented:
                entry.pages[name].find_comment(cell, name, topic, student)
        return entry

    def save(self, entry: Entry) -> None:
        """Record an entry: all of it or, where that fails, nothing.

        Raises:
            CourseError: the gradebook cannot be written to: locked, on a full disk, ...
            GradingError: the student is not known, and is not to be added; or another program has recorded the same
                submission, or released the topic anew, since.
        """
        with self._errors(), self._written_alone(entry) as connection:
            self._save_student(connection, entry.student)
            _require_cells(connection, entry)
            submitted = api.SubmittedAssignment
            if entry.is_new:
                connection.execute(
                    insert(submitted).values(
                        id=entry.id, assignment_id=entry.topic.id, student_id=entry.student, timestamp=entry.timestamp
                    )
                )
            else:
                connection.execute(update(submitted).where(submitted.id == entry.id).values(timestamp=entry.timestamp))
            for page in entry.pages.values():
                _save_page(connection, entry.id, page)
        entry.is_new = False
        for page in entry.pages.values():
            page.is_new = False
            for mark in page.marks.values():
                mark.is_new = False
            for remark in page.remarks.values():
                remark.is_new = False

    def _save_student(self, connection: Connection, student: str) -> None:
        if connection.execute(select(api.Student.id).where(api.Student.id == student)).first():
            return
        if not self._create_students:
            raise GradingError(
                f"{student}: the gradebook does not know the student (c.Autograde.create_student is False). "
                f"Add the student first: nbgrader db student add {student}"
            )
        connection.execute(insert(api.Student).values(id=student))

    @contextlib.contextmanager
    def _written_alone(self, entry: Entry) -> Iterator[Connection]:
        try:
            with gradebook.waiting_told(self._course), self._gradebook.engine.begin() as connection:
                yield connection
        except IntegrityError as error:
            raise GradingError(
                f"{entry.student}, {entry.topic.name}: another program has recorded it in the gradebook meanwhile. "
                "Grade it again."
            ) from error

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        with gradebook.errors_of(self._course):
            yield


def _tests(topic: TopicRecord) -> dict[str, str]:
    return {name: record.digest for name, record in topic.notebooks.items()}


def _require_cells(connection: Connection, entry: Entry) -> None:
    """Check that the cells are still there that points and comments are about.

    Raises:
        GradingError: they are not.
    """
    cells = {mark.cell_id for page in entry.pages.values() for mark in page.marks.values()}
    cells |= {remark.cell_id for page in entry.pages.values() for remark in page.remarks.values()}
    there = connection.execute(select(func.count()).where(api.BaseCell.id.in_(cells))).scalar_one()
    if there < len(cells):
        raise GradingError(
            f"{entry.topic.name}: it was released anew while it was graded. Grade it again: seminar grade "
            f"{entry.topic.name}"
        )


def digests_of_tests(book: api.Gradebook, topic: str) -> dict[str, str]:
    """The digest of the tests of each of a topic's notebooks; none where the gradebook does not know the topic."""
    try:
        return {str(each.name): _notebook(each).digest for each in book.find_assignment(topic).notebooks}
    except api.MissingEntry:
        return {}


def _notebook(notebook: api.Notebook) -> NotebookRecord:
    points = {cell.name: float(cell.max_score) for cell in (*notebook.grade_cells, *notebook.task_cells)}
    sources = {
        cell.name: Source(
            cell.name, cell.cell_type, bool(cell.locked), cell.source or "", cell.checksum, points.get(cell.name)
        )
        for cell in notebook.source_cells
    }
    return NotebookRecord(
        notebook.id,
        json.loads(notebook.kernelspec) if notebook.kernelspec else None,
        sources,
        {cell.name: cell.id for cell in (*notebook.grade_cells, *notebook.task_cells)},
        {cell.name: cell.id for cell in (*notebook.solution_cells, *notebook.task_cells)},
    )


def _pages(connection: Connection, submission: str) -> dict[str, Page]:
    """The notebooks of a submission that the gradebook has, by the row of the notebook."""
    blank = NotebookRecord("", None, {}, {}, {})
    notebooks, grade, comment, cell = api.SubmittedNotebook, api.Grade, api.Comment, api.BaseCell
    found = {}
    for row in connection.execute(
        select(notebooks.id, notebooks.notebook_id, notebooks.late_submission_penalty).where(
            notebooks.assignment_id == submission
        )
    ):
        page = found[row.notebook_id] = Page(blank, row.id, penalty=row.late_submission_penalty, is_new=False)
        marks = (
            select(
                cell.name,
                grade.cell_id,
                grade.id,
                grade.auto_score,
                grade.manual_score,
                grade.extra_credit,
                grade.needs_manual_grade,
            )
            .join(cell, cell.id == grade.cell_id)
            .where(grade.notebook_id == row.id)
        )
        for name, cell_id, mark, auto, manual, extra, needs in connection.execute(marks):
            page.marks[name] = Mark(cell_id, mark, auto, manual, extra, needs, is_new=False)
        remarks = (
            select(cell.name, comment.cell_id, comment.id, comment.auto_comment)
            .join(cell, cell.id == comment.cell_id)
            .where(comment.notebook_id == row.id)
        )
        for name, cell_id, remark, auto in connection.execute(remarks):
            page.remarks[name] = Remark(cell_id, remark, auto, is_new=False)
    return found


def _save_page(connection: Connection, submission: str, page: Page) -> None:
    notebooks, grade, comment = api.SubmittedNotebook, api.Grade, api.Comment
    if page.is_new:
        row = {"id": page.id, "assignment_id": submission, "notebook_id": page.record.id}
        connection.execute(insert(notebooks).values(**row, late_submission_penalty=page.penalty))
    else:
        connection.execute(
            update(notebooks).where(notebooks.id == page.id).values(late_submission_penalty=page.penalty)
        )
    new_marks = [
        {
            "id": mark.id,
            "cell_id": mark.cell_id,
            "notebook_id": page.id,
            "auto_score": mark.auto_score,
            "needs_manual_grade": mark.needs_manual_grade,
        }
        for mark in page.marks.values()
        if mark.is_new
    ]
    if new_marks:
        connection.execute(insert(grade), new_marks)
    new_remarks = [
        {"id": remark.id, "cell_id": remark.cell_id, "notebook_id": page.id, "auto_comment": remark.auto_comment}
        for remark in page.remarks.values()
        if remark.is_new
    ]
    if new_remarks:
        connection.execute(insert(comment), new_remarks)
    # What a person has written beside it (manual scores, comments, extra credit) is left alone.
    for mark in page.marks.values():
        if not mark.is_new:
            values = {"auto_score": mark.auto_score, "needs_manual_grade": mark.needs_manual_grade}
            connection.execute(update(grade).where(grade.id == mark.id).values(**values))
    for remark in page.remarks.values():
        if not remark.is_new:
            connection.execute(update(comment).where(comment.id == remark.id).values(auto_comment=remark.auto_comment))
