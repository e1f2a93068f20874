"""What is seen of a run: one live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections import Counter

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from seminar.bulk.pipeline import Outcome
from seminar.text import escaped, readable_time

SHOWN = 12  # running submissions: the longest
RATE = 20  # submissions over which the rate is taken
REFRESH = 4  # times a second


class Display:
    """Follows a run. Student ids and messages are printed to the letter: no markup is read from them."""

    def __init__(self, out: Console, total: int) -> None:
        """Follow one of so many submissions."""
        self._out, self._total = out, total
        self._running: dict[tuple[str, str], tuple[float, str]] = {}
        self._through: set[tuple[str, str]] = set()
        self._incidents = self._failed = 0
        self._times: list[float] = [time.monotonic()]
        self._lock = threading.Lock()  # what a grader tells comes in a thread of Dask's
        columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=out)
        self._task = self._bar.add_task("grading", total=total)
        self._live = Live(console=out, get_renderable=self._render, refresh_per_second=REFRESH, transient=True)

    def __enter__(self) -> Display:
        if self._out.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._out.is_terminal:
            self._live.stop()

    @property
    def done(self) -> int:
        """Submissions that are through, graded or not."""
        return len(self._through)

    def at(self, submission: tuple[str, str], where: str) -> None:
        """A grader is at an exercise of a submission, named by topic and student."""
        with self._lock:
            if submission in self._through:
                return  # what a grader tells can come after its result
            since = self._running.get(submission, (time.monotonic(), ""))[0]
            self._running[submission] = (since, where)

    def through(self, outcome: Outcome) -> None:
        """A submission is through: print its line."""
        who = (outcome.submission.topic, outcome.submission.student)
        with self._lock:
            self._running.pop(who, None)
            self._through.add(who)
            self._incidents += len(outcome.notes)
            self._failed += outcome.error is not None
            self._times = [*self._times[-RATE:], time.monotonic()]
        self._bar.advance(self._task)
        line = f"{who[0]}  {who[1]}  {outcome.seconds:.1f} s" + ("  NOT GRADED" if outcome.error else "")
        for each in (line, *(f"    note: {note}" for note in outcome.notes)):
            self._out.print(escaped(each))

    def _render(self) -> RenderableType:
        with self._lock:
            now = time.monotonic()
            running = sorted(self._running.items(), key=lambda item: item[1][0])
            span = now - self._times[0]
            rate = (len(self._times) - 1) / span if span > 0 else 0.0
            left = f", about {readable_time((self._total - self.done) / rate)} left" if self.done and rate else ""
            told = f"{60 * rate:.1f} a minute{left}; {self._incidents} incidents, {self._failed} not graded"
        table = Table.grid(padding=(0, 2))
        for (topic, student), (since, where) in running[:SHOWN]:
            table.add_row(
                Text(topic), Text(escaped(student)), Text(escaped(where) or "starts"), Text(f"for {now - since:.0f} s")
            )
        if len(running) > SHOWN:
            others = Counter(topic for (topic, _), _ in running[SHOWN:])
            table.add_row(Text("and " + ", ".join(f"{many} of {topic}" for topic, many in others.items())))
        return Group(self._bar, Text(told), table)
