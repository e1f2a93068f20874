"""What a cell that runs in the examiner's process shows, as a notebook keeps it."""

from __future__ import annotations

import base64
import io
from typing import Any

OUTPUT = 2**20  # characters that a test may show, beside the errors
ERROR = 20_000  # characters of an error's message, and of each part of its traceback


class Outputs:
    """What a cell shows, as a notebook keeps it."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self._characters = 0

    def add(self, output: dict[str, Any]) -> None:
        """Keep an output, if it is an error or not too much."""
        self._characters += sum(len(str(each)) for each in output.get("data", {}).values())
        self._characters += len(str(output.get("metadata") or ""))
        if self._characters <= OUTPUT or output["output_type"] == "error":
            self.shown.append(output)

    def write(self, name: str, text: str) -> None:
        """Keep what was written to the stream of a name, up to the limit."""
        text = text[: max(0, OUTPUT - self._characters)]
        self._characters += len(text)
        last = self.shown[-1] if self.shown else {}
        if last.get("name") == name:
            last["text"] += text
        elif text:
            self.shown.append({"output_type": "stream", "name": name, "text": text})


class Stream(io.TextIOBase):
    """A standard stream that ends in the outputs."""

    encoding = "utf-8"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self._outputs = outputs
        self._name = name

    def write(self, text: str) -> int:
        """Write a text. Returns its length."""
        self._outputs.write(self._name, text)
        return len(text)


def cut(text: str, most: int = ERROR) -> str:
    """A text, cut after so many characters."""
    return text if len(text) <= most else f"{text[:most]} ... (cut)"


def clean(data: dict[str, Any]) -> dict[str, Any]:
    """A bundle of what can be kept as JSON: bytes (a picture) as text in base64."""
    return {kind: base64.b64encode(each).decode() if isinstance(each, bytes) else each for kind, each in data.items()}
