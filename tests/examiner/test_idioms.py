"""Tests as instructors write them: what passes in one plain kernel passes where code and test are in two processes."""

from __future__ import annotations

import linecache
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from seminar.course.notebook import cells
from tests.examiner.test_examine import Examination
from tests.making import given, graded, solution

IDIOMS: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("idioms.yaml").read_text(encoding="utf-8"))
SAME = [name for name, idiom in IDIOMS.items() if "differs" not in idiom]
IMPORTS = """import math, random
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn"""
PARTS = ("given", "answer", "test")
NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))
"""


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each test says, all of them examined in one submission; "" for those that pass."""
    answers = {"net": NET} | {name: idiom.get("answer", "") for name, idiom in IDIOMS.items()}
    made = [given("imports", IMPORTS)]
    for name, answer in answers.items():
        if source := IDIOMS.get(name, {}).get("given"):
            made.append(given(f"given-{name}", source))
        made.append(solution(name, f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"))
        if name in IDIOMS:
            made.append(graded(f"test-{name}", IDIOMS[name]["test"]))
    examine = Examination(tmp_path_factory.mktemp("idioms") / "course")
    result = examine(*made, answers=tuple(answers.values()), config="c.Examine.timeout = 60\n")
    graded_cells = {str(cell.grade_id): cell.node for cell in cells(result.notebook)}
    return {
        name: "".join(
            f"{each.ename}: {each.evalue}" for each in graded_cells[f"test-{name}"].outputs if "ename" in each
        )
        for name in IDIOMS
    }


@pytest.mark.parametrize("name", SAME)
def test_a_right_answer_passes(name: str, examined: dict[str, str]) -> None:
    assert examined[name] == ""


@pytest.mark.parametrize("name", sorted(IDIOMS.keys() - SAME))
def test_what_differs_is_known(name: str, examined: dict[str, str]) -> None:
    assert IDIOMS[name]["differs"] in examined[name]


@pytest.mark.parametrize("name", IDIOMS)
def test_in_a_plain_kernel_all_pass(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for place, source in enumerate((IMPORTS, NET, *(IDIOMS[name].get(part, "") for part in PARTS))):
            file = f"<{name} {place}>"
            linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # as IPython does
            exec(compile(source, file, "exec", dont_inherit=True), names)
