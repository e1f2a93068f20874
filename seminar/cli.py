"""The command `seminar`: parse, call, print.

nbgrader takes seconds to import: what needs it is imported by the command that uses it.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from seminar.errors import CourseError, SeminarError
from seminar.text import counted, escaped

if TYPE_CHECKING:
    from seminar.bulk.fleet import DaskFleet
    from seminar.bulk.progress import Display
    from seminar.course.course import Course


UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)  # errors of a stream


class _Commands(click.Group):
    """Ends with status 1 and the message alone on an error that a user can meet."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SeminarError as error:
            _warn("error", str(error))
            sys.exit(1)
        except OSError as error:
            if error.errno not in UNWRITABLE or error.filename:
                raise
            _warn("error", f"what is printed cannot be written ({error.strerror}). What is recorded stays.")
            os._exit(1)  # what is left of it cannot be written either


def _warn(kind: str, *texts: str) -> None:
    """Print errors or warnings. What they name may be named by a student: it does nothing to a terminal."""
    for line in (line for text in texts for line in text.splitlines()):
        click.echo(f"{kind}: {escaped(line)}", err=True)


class _Path(click.Path):
    """A path with a name: an empty one would be the current folder, and comes from a variable that is not set."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(value, param, ctx) if str(value) else self.fail("is empty: name a path.", param, ctx)


PATH = _Path(path_type=Path)
NO_LIMIT = 10_000  # columns


def _not_empty(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value == "":  # it comes from a variable that is not set
        raise click.BadParameter("is empty: name one, or leave it out.")
    return value


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--course",
    "folder",
    type=PATH,
    default=Path(),
    help="The course's folder (with an nbgrader_config.py). Default: the current one.",
)
@click.version_option(package_name="seminar")
@click.pass_context
def main(context: click.Context, folder: Path) -> None:
    """An autograded exercise kit for a PyTorch seminar, built on nbgrader."""
    # Python has none where they are closed: what is printed goes nowhere then.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):  # names of students' files may be what a terminal cannot show
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    context.obj = folder


topics_argument: Callable[..., Any] = click.argument("topics", nargs=-1, metavar="[TOPIC ...]")


def opened(folder: Path) -> Course:
    """The course in a folder."""
    from seminar.course.course import Course

    return Course(folder)


def console() -> Console:
    """Where results are printed, to the letter: student ids may hold what rich takes for markup.

    What goes into a file or another program is as wide as it is.
    """
    if sys.stdout.isatty():
        return Console(highlight=False, markup=False, emoji=False)
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=NO_LIMIT)


@main.command()
@topics_argument
@click.pass_obj
def lint(folder: Path, topics: tuple[str, ...]) -> None:
    """Check source notebooks against the rules."""
    from seminar.course.release import check

    course = opened(folder)
    selected = course.topics(topics)
    check(course, selected)
    console().print(f"{', '.join(selected)}: no rule is broken.")


@main.command()
@topics_argument
@click.pass_obj
def release(folder: Path, topics: tuple[str, ...]) -> None:
    """Check source notebooks, then generate the student versions."""
    from seminar.course.release import check
    from seminar.course.release import release as release_topic

    course = opened(folder)
    selected = course.topics(topics)
    check(course, selected)
    for topic in selected:
        for path in release_topic(course, topic):
            inside = path.is_relative_to(course.root)
            console().print(f"{topic}: {path.relative_to(course.root) if inside else path}")


@main.command()
@topics_argument
@click.option("--isolation", type=click.Choice(["room", "none"]), help="Where the solutions run. Default: in a room.")
@click.pass_obj
def rehearse(folder: Path, topics: tuple[str, ...], isolation: str | None) -> None:
    """Grade your own solutions, as a submission is graded: do all tests pass?"""
    from seminar.bulk.rehearsal import rehearse as rehearse_topic

    course, good = opened(folder), True
    for topic in course.topics(topics):
        done = rehearse_topic(course, topic, isolation)
        passed = len(done.tests) - len(done.failed)
        console().print(f"{topic}: {passed} of {len(done.tests)} tests pass, {done.points:g} of {done.most:g} points.")
        for line in (*done.failed, *(f"note: {note}" for note in done.notes)):
            console().print(f"    {line}")
        good &= not done.failed
    if not good:
        sys.exit(1)


@main.command()
@click.option("--root", type=PATH, help="Where to. Default: $SEMINAR_DATA, or ~/.cache/seminar.")
def data(root: Path | None) -> None:
    """Find or fetch MNIST, and verify it."""
    from seminar import mnist

    mnist.get((root or mnist.default_root()).expanduser().resolve(), say=console().print)


@main.command()
@click.argument("path", type=PATH)
@topics_argument
@click.option(
    "--roster",
    type=PATH,
    help="A CSV file that says whom Canvas or Moodle means: id,first_name,last_name,email,lms_user_id.",
)
@click.pass_obj
def collect(folder: Path, path: Path, topics: tuple[str, ...], roster: Path | None) -> None:
    """Take submissions from a folder or archive, as Canvas, Moodle or nbgrader's zip collector name them."""
    from seminar.course.collect.collecting import collect as collect_submissions
    from seminar.reports.collected import collected_table, skipped_lines

    out = console()
    outcome = collect_submissions(opened(folder), path, topics, roster)
    if outcome.placed or outcome.left:
        out.print(collected_table(outcome))
    for line in skipped_lines(outcome.skipped):
        out.print(f"skipped: {line}")
    for aside in outcome.not_placed:
        _warn("could not place", str(aside))
    counts = (len(outcome.placed), len(outcome.left), len(outcome.not_placed), len(outcome.skipped))
    out.print("{} placed, {} left as they are, {} not placed, {} skipped.".format(*counts))
    if outcome.not_placed:
        sys.exit(1)


@main.command()
@topics_argument
@click.option("--regrade", is_flag=True, help="Grade all submissions, also those that are graded and unchanged.")
@click.option("--jobs", type=click.IntRange(min=1), help="How many submissions at a time. Default: one per core.")
@click.option(
    "--isolation",
    type=click.Choice(["room", "none"]),
    help="Where submissions run. With none they run as you, beside the hidden tests: only for those you trust.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="What submissions compute on. Default: a GPU where the graders have one.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS|FILE",
    callback=_not_empty,
    help="Grade on a Dask cluster: its scheduler's address or file, or a file that describes it (.yaml).",
)
@click.pass_obj
def grade(folder: Path, /, topics: tuple[str, ...], regrade: bool, **how: Any) -> None:
    """Grade what was submitted, and print the points."""
    from seminar.bulk import ahead

    try:
        with _ended_as_by_ctrl_c():
            if not how["cluster"]:
                ahead.start(rooms=how["isolation"] != "none")
            course = opened(folder)
            if not grade_course(course, course.topics(topics), regrade, **how):
                sys.exit(1)
    except KeyboardInterrupt:  # before the graders were there, or after all was graded
        console().print("Stopped: what is recorded stays. The same command goes on.")
        sys.exit(130)


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """Within, SIGTERM and SIGHUP are heard as Ctrl-C is, where nothing else hears them: what was started is ended."""
    unheard = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is signal.SIG_DFL]
    for number in unheard:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in unheard:
            signal.signal(number, signal.SIG_DFL)


def grade_course(
    course: Course,
    topics: list[str],
    regrade: bool = False,
    jobs: int | None = None,
    isolation: str | None = None,
    device: str = "auto",
    cluster: str | None = None,
) -> bool:
    """Grade what is pending, with progress, and print the table. Returns whether all of it was graded."""
    from seminar.bulk.desk import Desk
    from seminar.bulk.pipeline import grade_all, plan, set_up
    from seminar.bulk.progress import Display
    from seminar.course.gradebook import scores, waiting, worth
    from seminar.course.ledger import Ledger
    from seminar.course.lock import locked
    from seminar.reports.scores import score_table, waiting_lines

    out = console()
    set_up(course, isolation)
    missed: list[tuple[str, str]] = []  # submissions: student, topic
    taken = CourseError(
        f"{course.root}: another `seminar grade` is at this course. Wait until it is through, or stop it."
    )
    with locked(course.root, taken, needed=False), Ledger(course) as ledger:
        planned = plan(course, ledger, topics, regrade)
        todo, errors = planned.submissions, [*planned.errors]
        if planned.unchanged:
            known = planned.unchanged + len(todo)
            out.print(f"{planned.unchanged} of {known} submissions are graded and unchanged: left as they are.")
        for topic, others in planned.other_tests.items():
            out.print(f"{topic}: {others} of them with other tests than today's: seminar grade --regrade {topic}")
        if todo:
            display = Display(out, len(todo))
            graders = _graders(course, out, display, len(todo), jobs, device, cluster)
            try:
                with graders as running, display, running.stopped_by_user():
                    if cluster:
                        out.print(f"{cluster}: {counted(running.graders(), 'grader is', 'graders are')} there now")
                    for outcome in grade_all(Desk(course, ledger, running.gpu), todo, running):
                        display.through(outcome)
                        if outcome.error:
                            missed.append((outcome.submission.student, outcome.submission.topic))
                            errors.append(outcome.error)
            except KeyboardInterrupt:
                follows = "begins anew" if regrade else "grades the others"
                out.print(f"Stopped: {display.done} of {len(todo)} are through. The same command {follows}.")
                _warn("error", *errors)
                sys.exit(130)
            for topic in ledger.released_since():
                out.print(f"{topic}: it has other tests by now than when this began: seminar grade --regrade {topic}")
    out.print(score_table(scores(course, planned.topics), worth(course, planned.topics), missed, out.width))
    for line in waiting_lines(waiting(course, planned.topics)):
        out.print(line)
    _warn("error", *errors)
    return not errors


def _graders(
    course: Course, out: Console, display: Display, most: int, jobs: int | None, device: str, cluster: str | None
) -> AbstractContextManager[DaskFleet]:
    """The graders of a cluster, or of this machine: as many as asked for, and no more than there is to grade."""
    from seminar.bulk import clusters
    from seminar.bulk.pipeline import in_rooms, require_rooms
    from seminar.machine import cores

    where = "room" if in_rooms(course) else "none"
    if cluster:
        none = f"{cluster}: no grader is there any more: waiting for one"
        return clusters.cluster(cluster, where, device, display.at, alone=lambda: out.print(none))
    if in_rooms(course):
        require_rooms()
    return clusters.local(min(jobs or cores(), most), where, device, display.at)


@main.command()
@click.argument("notebooks", nargs=-1, required=True, metavar="NOTEBOOK ...", type=PATH)
@click.option(
    "--timeout",
    type=click.IntRange(min=1),
    default=900,
    show_default=True,
    help="Seconds that a cell may run: by default as long as the training cell has when it is graded.",
)
def check(notebooks: tuple[Path, ...], timeout: float) -> None:
    """Run a notebook's visible tests, and say what passes, what fails, and why. For students: needs no course."""
    passed = [check_notebook(path, timeout) for path in notebooks]
    if not all(passed):
        sys.exit(1)


def check_notebook(path: Path, timeout: float) -> bool:
    """Check one notebook, with progress, and print what comes of it. Returns whether all its visible tests pass."""
    from seminar.check import Outcome, load
    from seminar.check import check as check_cells

    out = console()
    outcomes: list[Outcome] = []
    try:
        notebook = load(path)
        out.print(str(path))
        with _progress(out) as progress:
            task = progress.add_task("", total=sum(cell.cell_type == "code" for cell in notebook.cells))
            for result in check_cells(
                path, notebook, timeout, lambda cell: progress.update(task, advance=1, description=cell.label)
            ):
                progress.console.print(str(result))
                outcomes.append(result.outcome)
    except SeminarError as error:
        _warn("error", str(error))
        return False
    tests = [outcome for outcome in outcomes if outcome not in (Outcome.UNTESTED, Outcome.BY_HAND)]
    passed, by_hand = tests.count(Outcome.PASSED), outcomes.count(Outcome.BY_HAND)
    out.print(f"{passed} of {len(tests)} exercises pass their visible tests. The points hang on hidden tests too.")
    out.print(f"{counted(by_hand, 'more is', 'more are')} graded by a person.\n" if by_hand else "")
    return passed == len(tests)


@main.command()
@topics_argument
@click.option("--to", type=PATH, help="The page. Default: report.html, in the course's folder.")
@click.pass_obj
def report(folder: Path, topics: tuple[str, ...], to: Path | None) -> None:
    """Write a page that shows how the class did, and which students to look at."""
    from seminar.reports.report import DEFAULT

    course = opened(folder)
    report_course(course, course.topics(topics), to or course.root / DEFAULT)


def report_course(course: Course, topics: list[str], page: Path) -> None:
    """Write the class's report, with progress, and say where it is."""
    from functools import partial

    from rich.progress import track

    from seminar.reports.report import write_report

    out = console()
    follow = partial(track, description="reading", console=out, transient=True, disable=not out.is_terminal)
    results = write_report(course, topics, page, follow)
    graded = sum(len(topic.students) for topic in results.topics)
    out.print(f"{page}: {counted(len(results.students), 'student')}, {counted(graded, 'graded submission')}.")


@main.command()
@topics_argument
@click.option("--jobs", type=click.IntRange(min=1), help="How many pages at a time. Default: one per core.")
@click.option("--force", is_flag=True, help="Write all pages anew, also those that are up to date.")
@click.pass_obj
def feedback(folder: Path, topics: tuple[str, ...], jobs: int | None, force: bool) -> None:
    """Write a page of feedback for each graded submission."""
    course = opened(folder)
    if not feedback_course(course, course.topics(topics), jobs, force):
        sys.exit(1)


def feedback_course(course: Course, topics: list[str], jobs: int | None = None, force: bool = False) -> bool:
    """Write the pages that are missing or out of date, with progress. Returns whether all of them were written."""
    from rich.progress import track

    from seminar.reports.feedback import without_feedback, write_feedback

    out = console()
    graded = sum(len(course.graded(topic)) for topic in topics)
    if not graded:
        raise CourseError(f"{course.root}: nothing is graded of {', '.join(topics)}. Grade it first: seminar grade")
    todo = without_feedback(course, topics, force)
    if len(todo) < graded:
        out.print(f"{graded - len(todo)} of {graded} submissions have a page that is up to date: left as it is.")
    shown: dict[str, Any] = {"console": out, "transient": True, "disable": not out.is_terminal}
    done = list(track(write_feedback(course, todo, jobs), "feedback", len(todo), **shown))
    written, failed = sum(len(one.pages) for one in done), [one.error for one in done if one.error]
    out.print(f"{counted(written, 'page')} written: {course.feedback('TOPIC', 'STUDENT')}")
    _warn("error", *failed)
    return not failed


@main.command()
@topics_argument
@click.option("--to", type=PATH, required=True, help="The file to write.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "canvas", "moodle"]),
    default="csv",
    help="Whose file it is: nbgrader's own (csv), or one that Canvas or Moodle imports.",
)
@click.option(
    "--like",
    type=PATH,
    help="A file to fill in: Canvas's gradebook as exported, or Moodle's grading worksheet of one topic.",
)
@click.pass_obj
def export(
    folder: Path, topics: tuple[str, ...], to: Path, form: Literal["csv", "canvas", "moodle"], like: Path | None
) -> None:
    """Write grades from the gradebook to a CSV file."""
    from seminar.reports.export import export as export_grades

    out = console()
    done = export_grades(opened(folder), to, topics, form, like)
    for note in done.notes:
        out.print(f"note: {note}")
    out.print(f"{to}: {', '.join(done.topics)}, {counted(done.students, 'student')}.")
    for student in done.unmatched:
        _warn("warning", f"{like}: no row fits {student} alone: write these grades by hand.")
    if done.unmatched:
        sys.exit(1)


@main.command()
@click.pass_obj
def doctor(folder: Path) -> None:
    """Say what this machine can do as a grader, and how to mend what it cannot."""
    from seminar.doctor import examine_machine

    out, healthy = console(), True
    for finding in examine_machine(folder):
        out.print(f"{'ok ' if finding.good else 'NOT'}  {finding.what}: {finding.told}")
        for line in finding.cure.splitlines():
            out.print(f"       {line}")
        healthy &= finding.good
    if not healthy:
        sys.exit(1)


def _progress(out: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=out, transient=True)


@main.command()
@click.option(
    "--into",
    type=PATH,
    help="The scratch course's folder, made anew. Default: demo-course, in the course's own folder.",
)
@click.option("--quick", is_flag=True, help="A smaller class, in which one student trains the network: a first look.")
@click.option("--jobs", type=click.IntRange(min=1), help="How many submissions at a time. Default: one per core.")
@click.pass_obj
def demo(folder: Path, into: Path | None, quick: bool, jobs: int | None) -> None:
    """Make a scratch course with a class of made-up students, grade it, write feedback and the report."""
    from seminar import mnist
    from seminar.bulk import ahead
    from seminar.course.release import release as release_topic
    from seminar.course.scratch import make_course
    from seminar.demo import CLASS, QUICK, hand_in, network_results
    from seminar.reports.report import DEFAULT

    out = console()
    students = QUICK if quick else CLASS
    mnist.get(mnist.default_root(), say=out.print)
    ahead.start()
    origin = opened(folder)
    scratch = make_course(origin, into or origin.root / "demo-course")
    topics = scratch.topics()
    for topic in topics:
        release_topic(scratch, topic)
        present = hand_in(students, origin, scratch, topic)
        out.print(f"{topic}: released, and {present} submissions handed in")
    for student in students:
        out.print(f"  {student.name:8} {student.kind}")
    done = grade_course(scratch, topics, jobs=jobs)
    reference = students[0]
    if results := network_results(scratch, reference):
        out.print(f"\nThe network that {reference.name} trained, on the 10,000 test images:\n{results}")
    out.print()
    done &= feedback_course(scratch, topics, jobs)
    report_course(scratch, topics, scratch.root / DEFAULT)
    out.print(f"The scratch course is {scratch.root}: look at it in nbgrader's formgrader, or remove it.")
    if not done:
        sys.exit(1)
