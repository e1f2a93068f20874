"""Names of files and folders in a download: which of them are taken, and as which path."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
OTHER_ARCHIVES = (".7z", ".rar", ".gz", ".bz2", ".xz", ".tbz2", ".txz", ".zst")
JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini", "Icon\r")
MOST_BYTES_OF_A_NAME = 255  # what file systems allow
MOST_FOLDERS = 32


class RefusedError(Exception):
    """A file that is not taken, with the reason as a clause.

    Attributes:
        cure: what to do about it; empty where there is nothing to do.
    """

    def __init__(self, why: str, cure: str = "Ask for the file itself, or place it by hand.") -> None:
        """Refuse it.

        Args:
            why: the reason.
            cure: what to do about it.
        """
        super().__init__(why)
        self.cure = cure


def member_path(name: str) -> PurePosixPath:
    """The path in a folder that a name in an archive stands for, in normalised Unicode (NFC).

    Raises:
        RefusedError: it leads out of the folder, is hidden, or is no name that a file system takes.
    """
    name = name.replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:/", name):
        raise RefusedError("has an absolute path")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts:
        raise RefusedError("has no name")
    if ".." in parts:
        raise RefusedError("has a path that leads out of its folder")
    if any(hidden(part) for part in parts):
        raise RefusedError("is a hidden file, or one that a system makes for itself", cure="")
    for part in parts:
        if problem := unfit(part):
            raise RefusedError(f"has a name that {problem}")
    if len(parts) > MOST_FOLDERS:
        raise RefusedError(f"lies more than {MOST_FOLDERS} folders deep")
    return PurePosixPath(*(unicodedata.normalize("NFC", part) for part in parts))


def hidden(name: str) -> bool:
    """Whether a file or folder of this name is nothing that a student hands in."""
    return name.startswith(".") or name in JUNK


def unfit(name: str) -> str | None:
    """Why a name cannot be that of a file or folder, as a clause; None where it can."""
    try:
        size = len(unicodedata.normalize("NFC", name).encode())
    except UnicodeEncodeError:
        return "is not text in UTF-8"
    if not name.strip():
        return "is empty"
    if name.startswith("."):
        return "starts with a dot"
    if "/" in name or "\\" in name:
        return "holds a slash"
    if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in name):
        return "holds control characters"
    if size > MOST_BYTES_OF_A_NAME:
        return f"is longer than {MOST_BYTES_OF_A_NAME} bytes"
    return None


def is_archive(name: str) -> bool:
    """Whether a file name is that of an archive that is read."""
    return name.lower().endswith(ARCHIVES)


def refuse_unread(path: PurePosixPath) -> None:
    """Refuse an archive of a kind that is not read."""
    if not is_archive(path.name) and path.name.lower().endswith(OTHER_ARCHIVES):
        raise RefusedError("is an archive that is not read: only .zip, .tar and .tar.gz are")


def without_ending(name: str) -> str:
    """The name of an archive without what tells its kind."""
    return next(name[: -len(ending)] for ending in reversed(ARCHIVES) if name.lower().endswith(ending)) or name
