"""What the attacks of `tests/attacks/` get out of stock nbgrader.

Stock nbgrader would run them as the user who grades. So each is graded here inside a room of its own, by nbgrader's own
command, on a course whose other student has been graded before. (The room's limits end what would take the machine:
what is counted is what they leave of the run.) An attack counts once, in the first column that fits:

- "points": it got points for exercises that it has not solved;
- "others": it changed another student's grade;
- "secrets": it showed hidden tests, or another's submission, in the outputs of its own cells;
- "run lost": nbgrader did not end within two minutes, was killed, or recorded no grade.

`tests/attacks/test_attacks.py` holds that they get none of this in a course with rooms.

    python -m benchmarks.attacks_on_stock --jobs 2
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import functools
import io
import json
import os
import subprocess
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from seminar.course.course import Course
from seminar.text import MIB
from tests.attacks.victim import HIDDEN_CANARY, OTHERS_CANARY, POINTS, TOPIC, Attack, attacks, make_victim, submit
from tests.room.inside import GONE, kernel_in_a_room

FAMILIES = ("forging", "reading", "harming", "escaping", "lying")
OUTCOMES = ("points", "others", "secrets", "run lost", "nothing")
SECONDS = 120
CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\nc.Execute.timeout = 10\n'
LIMITS = {"memory": 6144 * MIB, "processes": 200, "disk": 128 * MIB, "wall": 600.0}
PIECE = 2**20  # characters of a cell
UNPACK = "import base64, io, tarfile\ntarfile.open(fileobj=io.BytesIO(base64.b64decode(packed))).extractall()"
GRADE = f"""import json, os, signal, subprocess
command = ["nbgrader", "autograde", {TOPIC!r}, "--student", "attacker"]
done = subprocess.Popen(command, cwd="course", start_new_session=True,
                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    done.wait({SECONDS})
except subprocess.TimeoutExpired:
    os.killpg(done.pid, signal.SIGKILL)
"""
TELL = f"""from nbgrader.api import Gradebook
import nbformat
points, shown = {{}}, ""
with Gradebook("sqlite:///course/gradebook.db") as gradebook:
    for student in ("attacker", "other"):
        try:
            grades = gradebook.find_submission_notebook({TOPIC!r}, {TOPIC!r}, student).grades
            points[student] = sum(grade.auto_score for grade in grades)
        except Exception:
            points[student] = None
try:
    for cell in nbformat.read(f"course/autograded/attacker/{TOPIC}/{TOPIC}.ipynb", 4).cells:
        if not cell.metadata.get("nbgrader", {{}}).get("grade"):
            shown += str(cell.get("outputs", ""))
except OSError:
    pass
secrets = {HIDDEN_CANARY!r} in shown or {OTHERS_CANARY!r} in shown
print(json.dumps({{"points": points, "secrets": secrets, "ended": done.returncode == 0}}))
"""


@dataclass(frozen=True)
class Outcome:
    """What came of an attack."""

    family: str
    name: str
    outcome: str
    points: float | None


def stock_course(folder: Path) -> Path:
    """A course of stock nbgrader's, with another student in it who is graded."""
    course = make_victim(folder / "course")
    (course.root / "nbgrader_config.py").write_text(CONFIG)
    (course.root / "gradebook.db").unlink()
    for command in (("generate_assignment", TOPIC, "--force"), ("autograde", TOPIC)):
        subprocess.run(
            [f"{sysconfig.get_path('scripts')}/nbgrader", *command], cwd=course.root, check=True, capture_output=True
        )
    return course.root


def packed(root: Path, attack: Attack) -> str:
    """The course with an attack handed in, as text."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        subprocess.run(["cp", "-r", str(root), str(copy)], check=True)
        submit(Course(copy), attack, "attacker")
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as archive:
            archive.add(copy, "course")
    return base64.b64encode(stream.getvalue()).decode()


def graded_by_stock(root: Path, attack: Attack) -> Outcome:
    """Let stock nbgrader grade an attack, in a room."""
    text = packed(root, attack)
    with kernel_in_a_room(limits=LIMITS) as kernel:
        kernel.run("packed = ''")
        for start in range(0, len(text), PIECE):
            kernel.run(f"packed += {text[start : start + PIECE]!r}")
        kernel.run(UNPACK)
        told = ""
        with contextlib.suppress(TimeoutError):  # what the attack has left may take all that the room has
            if GONE not in kernel.run(GRADE, patience=SECONDS + 60):
                told = kernel.run(TELL)
    try:
        found = json.loads(told.splitlines()[-1])
    except (ValueError, IndexError):
        return Outcome(attack.family, attack.name, "run lost", None)
    points = found["points"]["attacker"]
    if points:
        outcome = "points"
    elif found["points"]["other"] != POINTS:
        outcome = "others"
    elif found["secrets"]:
        outcome = "secrets"
    elif points is None or not found["ended"]:
        outcome = "run lost"
    else:
        outcome = "nothing"
    return Outcome(attack.family, attack.name, outcome, points)


def _without_data() -> None:
    os.environ["SEMINAR_DATA"] = ""


def measured(families: tuple[str, ...], jobs: int) -> Iterator[Outcome]:
    """Grade the attacks of some families, several at a time."""
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_without_data)
    with tempfile.TemporaryDirectory() as folder, pool:
        grade = functools.partial(graded_by_stock, stock_course(Path(folder)))
        listed = attacks(*families)
        yield from tqdm(pool.map(grade, listed), total=len(listed))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="What the attacks get out of stock nbgrader.")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=FAMILIES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--each", action="store_true", help="print each attack's outcome")
    options = parser.parse_args()
    rows = pd.DataFrame(measured(tuple(options.families), options.jobs))
    if options.each:
        print(rows.to_string(index=False))
    table = pd.crosstab(rows["family"], rows["outcome"]).reindex(index=options.families, columns=OUTCOMES, fill_value=0)
    table.insert(0, "attacks", table.sum(axis=1))
    print(table.to_string())


if __name__ == "__main__":
    main()
