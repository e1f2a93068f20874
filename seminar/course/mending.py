"""What is put right of a submission's notebook before it is read, since nbgrader does not mind it either.

Hosted notebooks, editors, merges and scripts write notebooks that are not quite valid. What a submission shows is
thrown away before it is graded, and what it says of its kernel is overwritten: none of that may cost points.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

from jsonschema import Draft4Validator
from nbformat import v4

ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # as the schema has it, but for a line feed at the end, which that lets pass
WITH_IDS = 5  # the minor version from which on cells have ids
# What every notebook of nbformat 4 is read as in the end: what it may say, and its cells.
SCHEMA = json.loads((files(v4) / v4.nbformat_schema[4, WITH_IDS]).read_text(encoding="utf-8"))
NOTEBOOK = SCHEMA["properties"]
CELLS = {kind: SCHEMA["definitions"][f"{kind}_cell"]["properties"] for kind in ("code", "markdown", "raw")}
VALIDATOR = Draft4Validator(SCHEMA)


def _entries(specified: dict[str, Any]) -> dict[str, Draft4Validator]:
    """For each entry of the metadata that is specified, what says whether one is so."""
    return {name: VALIDATOR.evolve(schema=entry) for name, entry in specified["metadata"]["properties"].items()}


NOTEBOOK_METADATA = _entries(NOTEBOOK)
CELL_METADATA = {kind: _entries(specified) for kind, specified in CELLS.items()}


def mend(notebook: Any) -> None:
    """Put a notebook of nbformat 4 right in place: its outputs go, and what is odd of the rest."""
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        return
    _keep(notebook, NOTEBOOK)
    if isinstance(metadata := notebook.get("metadata"), dict):
        _mend_metadata(metadata, NOTEBOOK_METADATA)
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict) and cell.get("cell_type") in CELLS]
    for cell in cells:
        _mend_cell(cell)
    minor = notebook.get("nbformat_minor")
    if type(minor) is not int or (minor < WITH_IDS and any("id" in cell for cell in cells)):
        notebook["nbformat_minor"] = WITH_IDS


def _mend_cell(cell: dict[str, Any]) -> None:
    kind = cell["cell_type"]
    _keep(cell, CELLS[kind])
    metadata = cell.setdefault("metadata", {})
    if kind == "code":
        cell["outputs"], cell["execution_count"] = [], None
    if not isinstance(cell.get("attachments", {}), dict):
        del cell["attachments"]
    if not (isinstance(cell.get("id"), str) and ID.fullmatch(cell["id"])):
        cell.pop("id", None)
    if isinstance(metadata, dict):
        _mend_metadata(metadata, CELL_METADATA[kind])


def _mend_metadata(metadata: dict[str, Any], specified: dict[str, Draft4Validator]) -> None:
    """Leave out each entry that is not as it is specified for what says it. Most cells have none that is specified."""
    for name in metadata.keys() & specified.keys():
        if not specified[name].is_valid(metadata[name]):
            del metadata[name]


def _keep(part: dict[str, Any], specified: dict[str, Any]) -> None:
    for name in part.keys() - specified.keys():
        del part[name]
