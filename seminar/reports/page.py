"""The page that a student gets of a graded notebook: preprocessors and an exporter for nbgrader's converter.

`seminar.settings` puts them into nbgrader's configuration. So `seminar feedback` and nbgrader's own `nbgrader
generate_feedback` make the same page.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from nbconvert.exporters import TemplateExporter
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import default

from seminar.course.course import course_of
from seminar.course.notebook import HIDDEN_REGION, Role, nbgrader_metadata, role_of
from seminar.errors import FeedbackError, NotebookError
from seminar.examiner import incidents
from seminar.examiner.harmless import FILE
from seminar.examiner.sanitise import PICTURES
from seminar.reports import markup
from seminar.reports.outline import Heading, Outline, outline_of
from seminar.reports.record import records
from seminar.reports.telling import tell

TEMPLATES = Path(__file__).parent / "templates"
BESIDE = re.compile(rf"!\[[^\[\]\n]*\]\(({FILE})\)")  # pictures in files, in Markdown
IN_HTML = r"<img\s(?:[^<>]*\s)?src\s*=\s*(?P<quote>[\"'])"
IMAGE = re.compile(rf"(?P<begin>{IN_HTML})(?P<name>{FILE})(?=(?P=quote))", re.IGNORECASE)  # and in HTML
PICTURES_BYTES = 8 * 2**20  # of all that a page holds
TOLD = ("score", "waits", "comment")  # what a cell's metadata tell the page


class Embed(NbGraderPreprocessor):
    """Puts the pictures that lie beside a notebook into the cells that show them: a page holds all that it shows."""

    _folder = Path()
    _left = PICTURES_BYTES

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Embed the pictures of a notebook, as far as there is room for them."""
        self._folder, self._left = Path(resources["metadata"]["path"]).resolve(), PICTURES_BYTES
        return cast("tuple[NotebookNode, Any]", super().preprocess(nb, resources))

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        """Embed those of one cell."""
        if cell.cell_type == "markdown":
            cell.source = IMAGE.sub(lambda image: image["begin"] + self._address(image["name"]), cell.source)
            for name in dict.fromkeys(BESIDE.findall(cell.source)):
                if found := self._picture(name):
                    cell.setdefault("attachments", NotebookNode()).setdefault(name, NotebookNode([found]))
        return cell, resources

    def _address(self, name: str) -> str:
        found = self._picture(name)
        return f"data:{found[0]};base64,{found[1]}" if found else name

    def _picture(self, name: str) -> tuple[str, str] | None:
        """The type of a picture beside the notebook, and itself in base64; None where it is none, or too large."""
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder) or not path.is_file() or path.stat().st_size > self._left:
                return None
            content = path.read_bytes()
        except OSError:  # a student chooses the name
            return None
        kind = next((kind for kind, begin in PICTURES.items() if content.startswith(begin)), None)
        if kind is None:
            return None
        self._left -= len(content)
        return kind, base64.b64encode(content).decode()


class Hide(NbGraderPreprocessor):
    """Leaves of a test or a task what was handed out, and of a test's outputs the failure's message or the points."""

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        """Hide the hidden part of one cell."""
        if role_of(cell) in (Role.TEST, Role.MANUAL):
            cell.source = HIDDEN_REGION.sub("", cell.source)
        if role_of(cell) is Role.TEST:
            cell.outputs = [
                _told(output) for output in cell.outputs if output.output_type in ("error", "execute_result")
            ]
        return cell, resources


def _told(output: NotebookNode) -> NotebookNode:
    if output.output_type != "error":
        return output
    message = f"{output.ename}: {output.evalue}"
    told: NotebookNode = new_output("error", ename=output.ename, evalue=output.evalue, traceback=[message])
    return told


@dataclass
class Part:
    """What a student has for one exercise: the graded cells below one heading.

    Attributes:
        title: the heading; the graded cell's name where there is none.
        cell: the number of the cell to go to, from 1 on.
        points: what the student has, as far as it is graded.
        out_of: what can be had.
        waits: how much of that a person has yet to grade.
    """

    title: str
    cell: int
    points: float = 0.0
    out_of: float = 0.0
    waits: float = 0.0

    @property
    def state(self) -> str:
        """How it is shown: "waits", or as the function `state` says."""
        return "waits" if self.waits else state(self.points, self.out_of)


def state(points: float, out_of: float) -> str:
    """How points are shown: "full", "part" or "none" of what can be had."""
    return "full" if points >= out_of else "part" if points > 0 else "none"


class Grades(NbGraderPreprocessor):
    """Puts points and comments into the cells' metadata, as nbgrader's GetGrades does, in a tenth of its time.

    GetGrades asks the gradebook twice for every cell; this asks three times for a notebook.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Read what the gradebook holds of the notebook.

        Raises:
            FeedbackError: it holds nothing.
        """
        where = resources["nbgrader"]
        course = course_of(self)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            found = records(gradebook, where["assignment"], where["student"])
        record = found.get((where["student"], where["notebook"]))
        if record is None:
            raise FeedbackError(
                f"the gradebook holds no points of it. Grade it: seminar grade {where['assignment']}. "
                "Where the student has left the course, remove the folder"
            )
        for cell in nb.cells:
            metadata = nbgrader_metadata(cell)
            for told in TOLD:
                metadata.pop(told, None)  # by the submission itself
            if (name := metadata.get("grade_id")) in record.points:
                got = record.points[name]
                metadata.update(score=got.points, points=got.out_of, waits=got.waits)
            if name in record.comments:
                metadata["comment"] = record.comments[name]
        points = record.points.values()
        where["name"] = record.name
        where["late_penalty"] = record.penalty
        where["score"] = max(0.0, sum(each.points for each in points if not each.waits) - record.penalty)
        where["max_score"] = sum(each.out_of for each in points)
        where["waits"] = sum(each.out_of for each in points if each.waits)
        where["record"] = record.digest
        return nb, resources


class Summarise(NbGraderPreprocessor):
    """Puts what stands on top of the page into `resources["feedback"]`. It comes after `Grades`."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Summarise a notebook, and take out the cell that shows the incidents to the instructor."""
        if nb.cells and nb.cells[0].cell_type == "markdown" and nb.cells[0].source.startswith(incidents.TITLE):
            del nb.cells[0]
        numbers = {
            name: at for at, cell in enumerate(nb.cells, start=1) if (name := nbgrader_metadata(cell).get("grade_id"))
        }
        told = (tell(incident, numbers) for incident in incidents.incidents(nb))
        where = resources["nbgrader"]
        headings = _outline(course_of(self), where["assignment"], where["notebook"])
        resources["feedback"] = {
            "title": markup.plain(headings.title) if headings.title else where["notebook"],
            "exercises": list(_exercises(nb, headings)),
            "incidents": list(dict.fromkeys(each for each in told if each)),
        }
        return nb, resources


def _outline(course: CourseDirectory, topic: str, notebook: str) -> Outline:
    """The instructor's headings: those of the student version, where the source notebook is not there; else none."""
    for step in (course.source_directory, course.release_directory):
        try:
            return outline_of(Path(course.format_path(step, ".", topic)) / f"{notebook}.ipynb")
        except NotebookError:
            continue
    return Outline()


def _exercises(nb: NotebookNode, headings: Outline) -> Iterator[Part]:
    """The exercises in the order in which they stand in a notebook with grades."""
    found: dict[Heading | str, Part] = {}
    texts = {cell.get("id"): number for number, cell in enumerate(nb.cells, 1) if cell.cell_type == "markdown"}
    for number, cell in enumerate(nb.cells, start=1):
        metadata = nbgrader_metadata(cell)
        if "score" not in metadata or metadata.get("points") is None:
            continue
        name = str(metadata.get("grade_id"))
        above = headings.graded.get(name)
        if above and above not in found:
            found[above] = Part(markup.plain(above.text), min(number, texts.get(above.cell, number)))
        exercise = found.setdefault(above or name, Part(name, number))
        exercise.out_of += metadata["points"]
        if metadata.get("waits"):
            exercise.waits += metadata["points"]
        else:
            exercise.points += metadata["score"]
    yield from found.values()


class FeedbackExporter(TemplateExporter):
    """Makes the page. It holds all that it shows, asks for nothing, and runs nothing."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "feedback"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(TEMPLATES)]

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """What the template makes HTML of the parts of a notebook with."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "lines", lambda text: text.count("\n") + 1
        yield "role", lambda cell: role_of(cell).value
        yield "state", state
        yield "markdown", markup.markdown
        yield "markdown_cell", lambda cell: markup.markdown_with(cell.source, cell.get("attachments", {}))
        yield "code", markup.code
        yield "terminal", markup.terminal
        yield "html", markup.html
