"""Incidents in words for the student whose notebook they happened to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from seminar.examiner.incidents import Incident, Kind

WHERE = re.compile(r"(?:cell (?P<number>\d+))?(?: ?\(?(?P<name>[^()]+)\)?)?")
AFTER = "The cells after this one did not run, and their tests could not pass."
# By kind: what the student reads, where {} stands for the incident's own message.
TOLD: dict[Kind, str] = {
    "timeout": "{} It was stopped. Look for a loop without an end, or one that can be an operation on whole arrays.",
    "limit": f"{{}} {AFTER}",
    "killed": f"{{}} {AFTER} Restart the kernel, run all cells from the top, and see whether the same happens.",
    "output": "{} Print less: a few numbers say more than thousands.",
    "changed": "{} Put your own code into the cells that are yours.",
    "doubled": "{} Keep your answer in one cell.",
    "deleted": "{}",
    "moved": "{} Keep the cells in the order in which you got them.",
    "forged": "{}",
    "name": "{} Hand in one notebook, under the name that it had when you got it.",
    "network": "Your notebook tried to reach the network. There is none where it is graded: it has to do without.",
    "late": "It was handed in late.",
    "grader": "The machine that graded it failed, again and again. Your instructor sees this, and can grade it anew.",
    "files": "{} Hand in what your notebook needs, and no more.",
    "link": "Something in your folder was no file but a link. It was left out: hand in the file itself.",
}
OTHER = "Something went wrong while this was graded. Your instructor sees what."
INSTRUCTORS: set[Kind] = {"isolation", "earlier", "given"}  # the course's own affairs are no news for a student


@dataclass(frozen=True)
class Told:
    """An incident as a student reads it.

    Attributes:
        text: what happened, and what to do about it.
        where: what the cell is called; empty where the whole notebook is meant.
        cell: the number of the cell in the notebook, from 1 on; None where it is not known.
    """

    text: str
    where: str = ""
    cell: int | None = None


def tell(incident: Incident, cells: Mapping[str, int]) -> Told | None:
    """What a student is told of an incident; None where it is the instructor's alone.

    Args:
        incident: what happened.
        cells: the numbers of the named cells, from 1 on.
    """
    if incident.kind in INSTRUCTORS:
        return None
    message = incident.message[:1].upper() + incident.message[1:]
    match = WHERE.fullmatch(incident.where)
    name, number = (match["name"], match["number"]) if match else (None, None)
    cell = cells.get(name or "", 0) or (int(number) if number else None)
    return Told(TOLD.get(incident.kind, OTHER).replace("{}", message), name or (f"cell {cell}" if cell else ""), cell)
