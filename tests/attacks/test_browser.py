"""What a submission shows does not run in the browser of whoever looks at it: a real one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from seminar.bulk.pipeline import autograde
from tests.attacks.victim import Attack, feedback, make_victim, submit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
RUNS = "document.title='IT RAN'"
RAISES = f"""def double(x):
    raise ValueError("<script>{RUNS}</script><img src=x onerror={RUNS}>")"""
SHOWS = f'''from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
RUNS = "{RUNS}"
for text in [
    f"<script>{{RUNS}}</script>",
    f"<img src=x onerror=\\"{{RUNS}}\\">",
    f"<svg onload=\\"{{RUNS}}\\"></svg>",
    f"<iframe srcdoc=\\"<script>parent.{{RUNS}}</script>\\"></iframe>",
    f"<details open ontoggle=\\"{{RUNS}}\\">x</details>",
    f"<math><mtext></p><style><img src=x onerror=\\"{{RUNS}}\\"></style></math>",
    f"<noscript><p title='</noscript><img src=x onerror={{RUNS}}>'></noscript>",
    f"<video><source onerror=\\"{{RUNS}}\\"></video>",
    f"<input autofocus onfocus=\\"{{RUNS}}\\">",
    f"<b>stays</b>",
]:
    for kind in (HTML, Markdown):
        display(kind(text))
    display(Latex(f"${{text}}$"))
    print(text)
    kinds = ("text/html", "text/markdown", "image/svg+xml", "text/latex")
    display({{"application/javascript": RUNS, **dict.fromkeys(kinds, text)}}, raw=True)
display(Javascript(RUNS), SVG(f'<svg xmlns="http://www.w3.org/2000/svg" onload="{{RUNS}}"/>'))
raise ValueError(f"<script>{{RUNS}}</script><img src=x onerror=\\"{{RUNS}}\\">")'''


def rendered(page: Path) -> str:
    """A page as it stands after its scripts have run."""
    assert CHROMIUM
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    home = {**os.environ, "HOME": str(page.parent)}
    done = subprocess.run([CHROMIUM, *options, page.as_uri()], env=home, capture_output=True, text=True, timeout=120)
    return done.stdout


def title(page: Path) -> str:
    found = re.search("<title>(.*?)</title>", rendered(page))
    return found[1] if found else ""


@pytest.mark.skipif(not CHROMIUM, reason="no chromium is installed here")
def test_nothing_that_a_submission_shows_runs(tmp_path: Path) -> None:
    control = tmp_path / "control.html"
    control.write_text(f'<title>x</title><img src=x onerror="{RUNS}">')
    assert title(control) == "IT RAN"
    course = make_victim(tmp_path / "course")
    shows = Attack("showing", "shows", "Shows what runs in a browser.", (("double", RAISES), ("new", SHOWS)))
    submission = submit(course, shows)
    assert autograde(course.root, submission).error is None
    page = tmp_path / "feedback.html"
    page.write_text(feedback(course, submission))
    assert title(page) == "victim"
    assert "<b>stays</b>" in rendered(page)
