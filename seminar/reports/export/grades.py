"""What a class has in the gradebook, and the table that nbgrader's own exporter makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seminar.course.collect.students import Student, in_gradebook
from seminar.course.course import Course
from seminar.course.gradebook import is_there, opened, require_released, scores, worth
from seminar.errors import ExportError
from seminar.reports.export.table import Table, harmless, number

NBGRADER_COLUMNS = [
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
]


@dataclass(frozen=True)
class ClassGrades:
    """What a class has in the gradebook.

    Attributes:
        students: all of them.
        out_of: the points that each topic is worth, in the order of topics.
        points: what a student has for a topic, penalties for lateness taken off; no entry where nothing was handed in.
    """

    students: list[Student]
    out_of: dict[str, float]
    points: dict[tuple[str, str], float]

    def with_points(self) -> list[Student]:
        """The students who have handed anything in."""
        those = {student for student, _ in self.points}
        return [student for student in self.students if student.id in those]

    def cell(self, student: str, topic: str) -> str:
        """A student's points for a topic as text; empty where nothing was handed in."""
        points = self.points.get((student, topic))
        return "" if points is None else number(points)


def read_grades(course: Course, topics: Sequence[str] = ()) -> ClassGrades:
    """The grades of the topics, by default of all that the gradebook knows.

    Raises:
        CourseError: the gradebook cannot be read, or does not know a topic that is named.
        ExportError: it knows no topic.
    """
    for topic in topics:
        require_released(course, topic)
    none = ExportError(f"{course.database}: the gradebook knows no topic. Release and grade one: seminar release")
    if not is_there(course):
        raise none
    students = in_gradebook(course)
    with opened(course) as gradebook:
        known = sorted(each.name for each in gradebook.assignments if each.notebooks)
    out_of = worth(course, [*(topics or known)])
    points = {(score.student, score.topic): score.points for score in scores(course, list(out_of))}
    if not out_of:
        raise none
    return ClassGrades(students, out_of, points)


def as_nbgrader(course: Course, grades: ClassGrades) -> Table:
    """The table of nbgrader's own exporter, with two differences.

    What was not handed in is empty, not 0; and texts are quoted, where nbgrader's shifts the columns at a comma.
    """
    rows = [NBGRADER_COLUMNS]
    with opened(course) as gradebook:
        students = gradebook.students
        for topic in grades.out_of:
            assignment = gradebook.find_assignment(topic)
            handed_in = {each.student_id: each for each in assignment.submissions}
            for student in students:
                has = handed_in.get(student.id)
                late = has and has.late_submission_penalty
                cells = [
                    *(topic, assignment.duedate, has and has.timestamp),
                    *(student.id, student.last_name, student.first_name, student.email),
                    *((has.score, late, max(0.0, has.score - late)) if has else ("", "", "")),
                    assignment.max_score,
                ]
                rows.append([harmless("" if cell is None else str(cell)) for cell in cells])
    return Table(rows)
