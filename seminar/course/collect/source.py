"""Reading the folder or archive that submissions come in. Whoever made it is not trusted.

Nothing is unpacked under its own name: what an archive holds is copied to numbered files, in pieces, and what counts is
the bytes that come, not the sizes that are claimed. So no name can lead anywhere, and no file can grow without bound.
"""

from __future__ import annotations

import errno
import gzip
import io
import itertools
import lzma
import os
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from seminar.course.collect.file_names import Aside
from seminar.course.collect.paths import RefusedError, hidden, is_archive, member_path, refuse_unread, without_ending
from seminar.errors import CollectError

CHUNK = 2**20
EXTENDED_TIMESTAMP = 0x5455  # Info-ZIP's extra field: flags, then, if the first is set, seconds since 1970


@dataclass(frozen=True)
class Bounds:
    """How much is read.

    Attributes:
        entries: files and folders, in all.
        file: bytes of one file.
        total: bytes of all files.
        ratio: how many times as large as packed a file may be, once it is larger than `small`.
        small: bytes.
        archive_entries: files and folders in an archive that lies in the folder or archive: a student may have made it.
        archive_total: bytes of all files in it.
    """

    entries: int = 100_000
    file: int = 512 * 2**20
    total: int = 16 * 2**30
    ratio: int = 200
    small: int = 16 * 2**20
    archive_entries: int = 5_000
    archive_total: int = 2 * 2**30


@dataclass(frozen=True)
class Member:
    """A file of the source.

    Attributes:
        path: its name there: relative, without "..".
        file: where its content lies.
        modified: seconds since 1970: when the file, or its place in the archive, was written.
    """

    path: PurePosixPath
    file: Path
    modified: float


class UnreadableError(RefusedError):
    """A file, folder or archive that this user may not read."""

    def __init__(self, why: str | None = None) -> None:
        """Refuse it.

        Args:
            why: what the system says; without, that it is not permitted.
        """
        super().__init__(
            f"cannot be read ({why or os.strerror(errno.EACCES)})", "Make it readable, then collect again."
        )


class TooMuchError(Exception):
    """A bound for all of a source is reached, with the reason as a clause."""


# What zipfile and tarfile raise at archives that are damaged.
DAMAGE = (
    EOFError,
    NotImplementedError,
    OverflowError,
    ValueError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass
class Source:
    """What a folder or an archive holds.

    Attributes:
        members: the files that may be collected.
        aside: those that may not.
        is_inner: whether it is an archive that lay in another: in it, a further one is not read.
        entries: how many files and folders were read, those in archives too.
        total: how many bytes, likewise.
        archives: what lies in archives in it, by their names in it.
    """

    path: Path
    scratch: Path
    bounds: Bounds
    is_inner: bool = False
    members: list[Member] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    entries: int = 0
    total: int = 0
    archives: dict[PurePosixPath, Source] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def read_folder(self, folder: Path) -> None:
        """Take the files of a folder, and of the archives in it.

        Raises:
            UnreadableError: the folder itself cannot be read.
        """

        def unreadable(error: OSError) -> None:
            refused, path = UnreadableError(error.strerror), Path(error.filename)
            if path == folder:
                raise refused
            self.aside.append(Aside(str(path.relative_to(folder)), str(refused), refused.cure))

        for place, folders, files in os.walk(folder, onerror=unreadable):
            here = Path(place)
            if not os.access(here, os.X_OK):  # its names can be read, but nothing else
                folders.clear()
                unreadable(PermissionError(errno.EACCES, os.strerror(errno.EACCES), place))
                continue
            entered = [name for name in folders if not hidden(name) and not (here / name).is_symlink()]
            not_entered = set(folders) - set(entered)
            folders[:] = sorted(entered)
            for path in (here / name for name in sorted([*not_entered, *files])):
                relative = str(path.relative_to(folder))
                with self._refusals(relative):
                    self._count()
                    self._take_found(path, member_path(relative))
        self._take_archives()

    def _take_found(self, path: Path, name: PurePosixPath) -> None:
        """Take what lies in a folder: a file, or the files of an archive.

        Raises:
            RefusedError: it is not taken.
        """
        try:
            told = path.lstat()
        except OSError as error:  # it is gone, or on a disk that fails
            raise UnreadableError(error.strerror) from error
        if not stat.S_ISREG(told.st_mode):
            raise RefusedError("is a link or a device, not a file")
        if not os.access(path, os.R_OK):
            raise UnreadableError
        if is_archive(path.name):
            self._read_found(path, name)
        else:
            refuse_unread(name)
            self.take(told.st_size)
            self.members.append(Member(name, path, told.st_mtime))

    def _read_found(self, archive: Path, name: PurePosixPath, is_inner: bool = False) -> None:
        """Take the files of an archive that lies in the source: all, or none and the other submissions all the same.

        Args:
            archive: where it lies.
            name: its name in the source: its files are taken to lie in a folder of that name, without the ending.
            is_inner: whether it lies in an archive.

        Raises:
            CollectError: it cannot be read.
            RefusedError: it is damaged, or holds too much; nothing of it is left.
            TooMuchError: with it, the source does.
        """
        bounds = replace(self.bounds, entries=self.bounds.archive_entries, total=self.bounds.archive_total)
        found = Source(archive, self.scratch / f"{next(self._numbers)} unpacked", bounds, is_inner)
        try:
            found.scratch.mkdir()
        except OSError as error:
            raise _not_unpacked(archive, error) from error
        try:
            found.read_archive(archive, name.name, name.with_name(without_ending(name.name)))
        except RefusedError:
            shutil.rmtree(found.scratch)
            raise
        except TooMuchError as error:
            shutil.rmtree(found.scratch)
            cure = "Ask for the notebook alone, or collect the archive by itself where it is the whole class's."
            raise RefusedError(str(error), cure) from error
        if not found.members and not any(each.cure for each in found.aside):
            raise RefusedError("holds no file that anybody hands in")
        self.archives[name] = found
        self._count(found.entries)
        self.take(found.total)

    def _take_archives(self) -> None:
        for found in self.archives.values():
            self.members += found.members
            self.aside += found.aside

    def _keep_within_bounds(self) -> None:
        """Set the largest archives aside, until what is read is within the bounds: one student may have made them all.

        Raises:
            TooMuchError: there are too many files without any archive, or too many bytes.
        """
        while (are_many := self.entries > self.bounds.entries) or self.total > self.bounds.total:
            what = f"{self.bounds.entries} files" if are_many else f"{self.bounds.total} bytes"
            if not self.archives:
                raise TooMuchError(f"holds more than {what}")
            name = max(self.archives, key=lambda each: self._share(self.archives[each]))
            largest = self.archives.pop(name)
            shutil.rmtree(largest.scratch)
            self.entries -= largest.entries
            self.total -= largest.total
            why = f"is the largest of the archives here, which hold more than {what} together"
            self.aside.append(Aside(str(name), why, "Collect it by itself, or ask for the notebook alone."))

    def _share(self, found: Source) -> float:
        return max(found.entries / self.bounds.entries, found.total / self.bounds.total)

    def read_archive(self, archive: Path, name: str, below: PurePosixPath) -> None:
        """Take the files of an archive.

        Args:
            archive: where it lies.
            name: what it is called: its ending tells its kind.
            below: the folder in which its files are taken to lie.

        Raises:
            CollectError: it cannot be read.
            RefusedError: it is damaged.
            TooMuchError: it holds too much.
        """
        try:
            if name.lower().endswith(".zip"):
                self._read_zip(archive, below)
            else:
                self._read_tar(archive, below)
        except DAMAGE as error:
            raise RefusedError(f"is damaged, or no archive ({error})") from error
        except OSError as error:
            if error.errno == errno.EINVAL:  # an entry lies where no file reaches
                raise RefusedError(f"is damaged ({error.strerror})") from error
            raise _not_unpacked(archive, error) from error
        self._take_archives()

    def _read_zip(self, path: Path, below: PurePosixPath) -> None:
        if self.entries + _listed(path) > self.bounds.entries:
            raise TooMuchError(f"holds more than {self.bounds.entries} files")
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = _zip_name(info)
                with self._refusals(str(below / name)):
                    self._count()
                    if name.endswith(("/", "\\")):  # a folder; made on Windows, with its slash
                        continue
                    relative = member_path(name)
                    kind = stat.S_IFMT(info.external_attr >> 16)
                    if kind not in (0, stat.S_IFREG):
                        raise RefusedError("is a link or a device, not a file")
                    if info.flag_bits & 1:
                        raise RefusedError("is encrypted")
                    self._refuse_inner(relative)
                    try:
                        with archive.open(info) as stream:
                            copy = self._copy(stream, info.compress_size)
                    except DAMAGE as error:
                        raise RefusedError(f"is damaged ({error})") from error
                    self._take_unpacked(Member(below / relative, copy, _zip_time(info)))

    def _read_tar(self, path: Path, below: PurePosixPath) -> None:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream = _Bounded(gzip.GzipFile(fileobj=raw) if packed else raw, self)
            # One pass, forwards: a tar file that says where to look next is not believed.
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_TarMember) as archive:
                for info in archive:
                    stream.allow(info.size)
                    with self._refusals(str(below / info.name)):
                        self._count()
                        if info.isdir():
                            continue
                        relative = member_path(info.name)
                        if not info.isreg() or info.issparse():
                            raise RefusedError("is a link or a device, not a file")
                        self._refuse_inner(relative)
                        content = archive.extractfile(info)
                        assert content
                        copy = self._copy(content, None)
                        self._take_unpacked(Member(below / relative, copy, float(info.mtime)))

    def _refuse_inner(self, path: PurePosixPath) -> None:
        """Refuse an archive of a kind that is not read, or too deep in others."""
        if self.is_inner and is_archive(path.name):
            raise RefusedError("is an archive in an archive in an archive")
        refuse_unread(path)

    def _take_unpacked(self, member: Member) -> None:
        """Take what lay in an archive: a file, or the files of a further archive."""
        if not is_archive(member.path.name):
            self.members.append(member)
            return
        try:
            self._read_found(member.file, member.path, is_inner=True)
        finally:
            member.file.unlink()

    @contextmanager
    def _refusals(self, name: str) -> Iterator[None]:
        """Set a file aside that is refused, and go on."""
        try:
            yield
        except RefusedError as error:
            self.aside.append(Aside(name, str(error), error.cure))

    def _count(self, entries: int = 1) -> None:
        self.entries += entries
        self._keep_within_bounds()

    def take(self, size: int) -> None:
        """Count bytes that were read.

        Raises:
            TooMuchError: there are too many.
        """
        self.total += size
        self._keep_within_bounds()

    def _copy(self, stream: IO[bytes], packed: int | None) -> Path:
        """Copy a file out of an archive.

        Args:
            stream: where it is read.
            packed: its bytes in the archive; None for an archive that packs its files together, and counts as a whole.

        Raises:
            RefusedError: it is too large, or far larger than it was packed.
        """
        target = self.scratch / str(next(self._numbers))
        size = 0
        try:
            with target.open("xb") as copy:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > self.bounds.file:
                        raise RefusedError(f"is larger than {self.bounds.file} bytes")
                    if packed is not None:
                        self.take(len(chunk))
                        if size > self.bounds.small and size > self.bounds.ratio * packed:
                            raise RefusedError(f"unpacks to more than {self.bounds.ratio} times its size")
                    copy.write(chunk)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return target


class _TarMember(tarfile.TarInfo):
    """A member of a tar file, which must not be cut off: tarfile takes damage for the end."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> _TarMember:
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.HeaderError as error:
            if type(error).__name__ == "EOFHeaderError":  # the end, as a tar file marks it
                raise
            raise tarfile.ReadError(str(error)) from error


class _Bounded(io.BufferedIOBase):
    """What tarfile reads from: no more than the member at hand and a header, whatever is claimed."""

    HEADERS = 2**20  # bytes

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, source: Source) -> None:
        self.stream = stream
        self.source = source
        self.left = self.HEADERS

    def allow(self, size: int) -> None:
        """Let a member of so many bytes be read, and the header of the next."""
        self.left = size + self.HEADERS

    def read(self, size: int | None = -1) -> bytes:
        data = self.stream.read(-1 if size is None else size)
        self.left -= len(data)
        self.source.take(len(data))
        if self.left < 0:
            raise tarfile.ReadError("a header is too long")
        return data


def read_source(path: Path, scratch: Path, bounds: Bounds | None = None) -> Source:
    """Read a folder or an archive.

    Args:
        path: the folder or archive.
        scratch: an empty folder, for what is unpacked.
        bounds: how much is read.

    Raises:
        CollectError: it is neither, or damaged, or holds too much.
    """
    source = Source(path, scratch, bounds or Bounds())
    try:
        if path.is_dir():
            source.read_folder(path)
        elif path.is_file() and is_archive(path.name):
            if not os.access(path, os.R_OK):
                raise UnreadableError
            source.read_archive(path, path.name, PurePosixPath())
        else:
            what = "is neither a folder nor a .zip, .tar or .tar.gz" if path.exists() else "is not there"
            raise CollectError(f"{path}: {what}. Name what you downloaded: seminar collect PATH")
    except UnreadableError as error:
        raise CollectError(f"{path}: {error}. {error.cure}") from error
    except RefusedError as error:
        raise CollectError(f"{path}: {error}. Download it again.") from error
    except TooMuchError as error:
        raise CollectError(f"{path}: {error}. Collect it in parts.") from error
    return source


def _not_unpacked(archive: Path, error: OSError) -> CollectError:
    return CollectError(f"{archive}: cannot be unpacked ({error}). Is there room for it?")


def _listed(path: Path) -> int:
    """How many entries the directory of a .zip lists: zipfile makes an object of each, of many times its size."""
    zipfiles: Any = zipfile  # where zipfile itself finds the directory, it tells nobody
    with path.open("rb") as file:
        end = zipfiles._EndRecData(file)
        if end is None:
            return 0  # it is no archive, as zipfile will say
        size, behind = end[zipfiles._ECD_SIZE], end[zipfiles._ECD_LOCATION]
        if end[zipfiles._ECD_SIGNATURE] == zipfiles.stringEndArchive64:
            behind -= zipfiles.sizeEndCentDir64 + zipfiles.sizeEndCentDir64Locator
        file.seek(max(0, behind - size))
        return int(file.read(size).count(zipfiles.stringCentralDir))


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name of an entry; many programs write UTF-8 or Latin-1 without saying so, which zipfile reads as cp437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        name = info.filename.encode("cp437")
        return name.decode("utf-8")
    except UnicodeEncodeError:
        return info.filename
    except UnicodeDecodeError:
        # Letters with accents are 80 to A5 in cp437, and C0 to FF in Latin-1: there cp437 draws boxes.
        is_latin = all(byte < 0x80 or byte >= 0xC0 for byte in name)
        return name.decode("latin-1") if is_latin else info.filename


def _zip_time(info: zipfile.ZipInfo) -> float:
    """When an entry was written: in UTC where it tells, else by its maker's wall clock, which is taken for ours."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == EXTENDED_TIMESTAMP and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return float(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + size :]
    try:
        return datetime(*info.date_time).timestamp()
    except (ValueError, OverflowError):  # no month 0
        return 0.0
