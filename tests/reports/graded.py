"""A small course that is graded, for the tests of what is made of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from nbformat.v4 import new_markdown_cell

from seminar.course.course import Course
from seminar.course.release import release
from tests.making import code, given, graded, hand_in, make_course, notebook, solution

TOPIC = "doubling"
CANARY = "CANARY-5e1d"  # in the hidden tests
ODD = 'ж, "[a]*" o\'x'  # a student id that breaks patterns, tables and shells
RIGHT = "def double(x):\n    return 2 * x"
ABOUT = """## 1. Doubling

Write $f(x) = 2x$, or $$y = \\frac{x}{1/2} < \\infty$$

`$not a formula$`

```python
a < b  # $nor this$
```
"""
PLOT = "import matplotlib.pyplot as plt\nplt.plot([double(1), double(2)])\nplt.show()"
TEST = f"""assert double(2) == 4, f"double(2): got {{double(2)}}, expected 4"
### BEGIN HIDDEN TESTS
assert double(-3) == -6, "double(-3): look at negative numbers"  # {CANARY}
### END HIDDEN TESTS"""
SHOWS = """import pandas as pd
from IPython.display import HTML, Javascript, Markdown, display
display(pd.DataFrame({f"a column with a long name {n}": [n] for n in range(30)}))
print("a very long line " * 100)
RUNS = "document.title='IT RAN'"
IMAGE = f'<img src="http://192.0.2.1/x.png" onerror="{RUNS}">'
for text in (f"<script>{RUNS}</script>", IMAGE, f"![x](//192.0.2.1/y.png)"):
    display(HTML(text), Markdown(text), Javascript(RUNS))
raise ValueError(f"<script>{RUNS}</script>")"""
STUDENTS = {
    "ada": (RIGHT, PLOT),
    "bo": ("def double(x):\n    return abs(2 * x)", PLOT),
    "dies": ("import os\nos._exit(1)", PLOT),
    "shows": (RIGHT, SHOWS),
    ODD: (RIGHT, PLOT),
}


def run(course: Course, *arguments: str, status: int = 0) -> str:
    """Run a command line in the course's folder: `seminar ...` or `nbgrader ...`. Returns what it printed."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=600)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def make_graded(root: Path) -> Course:
    """A graded topic with one exercise, of 2 points, and a student for each thing that a page may have to show."""
    cells = [
        new_markdown_cell("# A course", id="title"),
        given(),
        new_markdown_cell(ABOUT, id="about"),
        solution(),
        code("plot", "double(1)"),
        graded(source=TEST),
    ]
    course = make_course(root, **{TOPIC: notebook(*cells)})
    release(course, TOPIC)
    for student, (answer, own) in STUDENTS.items():
        path = hand_in(course, TOPIC, student, answer)
        path.write_text(path.read_text().replace('"double(1)"', json.dumps(own)))
    run(course, "seminar", "grade", TOPIC)
    return course
