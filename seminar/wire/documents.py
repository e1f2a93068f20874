"""Files as data: what stands in one that the submission has written, and a file that is made of that.

A file is not what crosses: whoever opens one made by somebody else runs what its format lets run (pickles, TorchScript,
archives of programs). So it is read where it was written, what stands in it crosses as data, and it is written anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from seminar.wire.channel import WireError
from seminar.wire.decoding import decode
from seminar.wire.encoding import encode

TEXTS = (".txt", ".csv", ".tsv", ".json", ".jsonl", ".log", ".md", ".yaml", ".yml", ".toml", ".ini", ".html", ".xml")
CHECKPOINTS = (".pt", ".pth", ".ckpt")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _write_text(path: Path, value: str) -> None:
    path.write_bytes(value.encode("utf-8"))


def _checkpoint(path: Path) -> Any:
    return torch.load(path, map_location="cpu", weights_only=True)


def _arrays(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _picture(path: Path) -> Any:
    with Image.open(path) as picture:
        return picture.convert("RGBA" if "A" in picture.getbands() or picture.mode == "P" else picture.mode)


def _write_picture(path: Path, value: Any) -> None:
    (value if path.suffix.lower() in (".png", ".gif") else value.convert("RGB")).save(path)


def _write_array(path: Path, value: Any) -> None:
    np.save(path, value, allow_pickle=False)


def _write_arrays(path: Path, value: dict[str, Any]) -> None:
    arrays: dict[str, Any] = {str(name): np.asarray(array) for name, array in value.items()}
    if any(array.dtype.hasobject for array in arrays.values()):
        raise ValueError("an array of objects would be written as a pickle")
    np.savez(path, **arrays)


Kind = tuple[type, Callable[[Path], Any], Callable[[Path, Any], None]]
"""The type of what stands in a file, and what reads and writes it."""

KINDS: dict[str, Kind] = {
    **dict.fromkeys(TEXTS, (str, _text, _write_text)),
    **dict.fromkeys(CHECKPOINTS, (object, _checkpoint, lambda path, value: torch.save(value, path))),
    **dict.fromkeys(PICTURES, (Image.Image, _picture, _write_picture)),
    ".npy": (np.ndarray, lambda path: np.load(path, allow_pickle=False), _write_array),
    ".npz": (dict, _arrays, _write_arrays),
}


def taken(path: Path) -> bytes | None:
    """What stands in a file, encoded; None for what is no data."""
    kind = KINDS.get(path.suffix.lower())
    try:
        return encode(kind[1](path)) if kind else None
    except Exception:  # whatever a library makes of what is no file of its kind
        return None


def write(path: Path, told: bytes) -> None:
    """Write a file anew.

    Raises:
        ValueError, WireError: that is not what stands in a file of this name.
        OSError: it cannot be written.
    """
    kind = KINDS.get(path.suffix.lower())
    value = decode(told, _refuse)
    if kind is None or not isinstance(value, kind[0]):
        raise WireError(f"a {type(value).__name__} stands where a file of this kind is due")
    kind[2](path, value)


def _refuse(reference: Any) -> Any:
    raise WireError("what stands in a file is data")
