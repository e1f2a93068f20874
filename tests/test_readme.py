"""The README is true: each of its commands is run, in the README's order, and prints what the README says."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.exercises.harness import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
NOT_RUN_HERE = {
    "make test": "it is what runs this test",
    "make demo": "tests/test_demo.py runs it, with the smaller class",
    "make setup": "the others have run it",
    "jupyter lab": "it does not end; tests/test_student.py runs the notebooks",
    "python -m benchmarks.data_paths --rounds 3": "it takes minutes; tests/test_benchmarks.py runs it on less",
    "python -m benchmarks.attacks_on_stock": "it takes minutes; tests/test_benchmarks.py runs it on less",
    "python -m benchmarks.examination --rounds 6": "it takes minutes; tests/test_benchmarks.py runs it on less",
    "python -m benchmarks.coordinator --submissions 10000": "tests/test_benchmarks.py runs it on less",
    "python -m benchmarks.throughput --light 50 --heavy 8 --rounds 1": (
        "a quarter of an hour; tests/test_benchmarks.py runs it on less"
    ),
    "python -m benchmarks.same_scores": "half an hour; tests/test_benchmarks.py runs it on less",
    "python -m benchmarks.mlp_seeds --seeds 5": "it takes minutes; tests/test_benchmarks.py runs it on less",
}


def commands() -> list[tuple[str, str]]:
    """The README's commands, each with the output that it shows; "..." stands for anything, no output for any."""
    found = []
    for block in BLOCKS:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command.strip(), output))
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What git would give: the files of the working tree that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def test_every_command_prints_what_it_says(checkout: Path, data: Path) -> None:
    checker = doctest.OutputChecker()
    environment = {
        **os.environ,
        "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "120",
        "JUPYTER_CONFIG_DIR": str(checkout / "no-config"),
    }
    ran = 0
    for command, output in commands():
        if command in NOT_RUN_HERE:
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}"
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert not output or checker.check_output(output, done.stdout, flags), f"$ {command}\n{done.stdout}"
        ran += 1
    assert ran >= 6


def test_what_is_not_run_here_is_in_the_readme() -> None:
    assert set(NOT_RUN_HERE) <= {command for command, _ in commands()}


def test_every_picture_and_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", TEXT)
    assert links
    for link in links:
        assert (ROOT / link.split("#")[0]).exists(), link
