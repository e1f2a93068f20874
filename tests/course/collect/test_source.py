"""Folders and archives that nobody vouches for: each is read, or told of."""

from __future__ import annotations

import errno
import os
import stat
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seminar.course.collect.source import Bounds, Source, _listed, _zip_name, _zip_time, read_source
from seminar.errors import CollectError
from tests.course.collect.downloads import NOON, Files, answer, in_folder, tarred, zipped


def zip_time(extra: bytes, date: tuple[int, ...] = (2026, 1, 2, 12, 0, 0)) -> float:
    info = zipfile.ZipInfo("x", date)  # type: ignore[arg-type]
    info.extra = extra
    return _zip_time(info)


@pytest.mark.parametrize("zone", ["Asia/Tokyo"], indirect=True)
def test_times_of_zip_files(zone: None) -> None:
    assert zip_time(b"") == NOON - 9 * 3600
    assert zip_time(struct.pack("<HHBi", 0x5455, 5, 1, 7)) == 7
    assert zip_time(struct.pack("<HHB", 0x5455, 1, 2)) == NOON - 9 * 3600  # the time of access only
    assert zip_time(b"", (2026, 0, 1, 0, 0, 0)) == 0


@given(st.binary(max_size=12) | st.binary(max_size=6).map(lambda rest: b"UT" + rest))
def test_any_extra_field_gives_a_time(extra: bytes) -> None:
    zip_time(extra)


@contextmanager
def read(path: Path, bounds: Bounds | None = None) -> Iterator[Source]:
    with tempfile.TemporaryDirectory() as scratch:
        yield read_source(path, Path(scratch), bounds)


HOSTILE = (
    "/etc/x.ipynb",
    "../x.ipynb",
    "a/../../x.ipynb",
    "..\\x.ipynb",
    "C:\\x.ipynb",
    "a\nb.ipynb",
    "x" * 256,
    "\\\\h\\x",
)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_names_that_lead_elsewhere_are_refused(pack: object, tmp_path: Path) -> None:
    make = zipped if pack is zipped else tarred
    path = make(tmp_path / ("x.zip" if make is zipped else "x.tar"), dict.fromkeys(HOSTILE, b"x"))
    with read(path) as source:
        assert source.members == []
        assert len(source.aside) == len(HOSTILE)
        assert all(aside.cure and str(aside).isprintable() for aside in source.aside)


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for name, kind in (("sym", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("dev", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(f"ada/3-autograd/{name}.ipynb")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    link = zipfile.ZipInfo("ada/3-autograd/3-autograd.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zip_archive:
        zip_archive.writestr(link, "/etc/passwd")
    folder = in_folder(tmp_path / "folder", {"a_1_2_x.txt": "x"})
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    (folder / "links").symlink_to("/etc")
    for path, count in ((tmp_path / "x.tar", 3), (tmp_path / "x.zip", 1), (folder, 2)):
        with read(path) as source:
            assert [aside.why for aside in source.aside] == ["is a link or a device, not a file"] * count
            assert all(member.file.name != "passwd" for member in source.members)


def test_bombs_are_bounded(tmp_path: Path) -> None:
    small = Bounds(entries=10, file=90_000, total=200_000, ratio=20, small=1000)
    bomb = {"big": b"0" * 100_000, "dense": b"0" * 40_000, "fair": bytes(range(256)) * 10}
    with read(zipped(tmp_path / "x.zip", bomb), small) as source:
        assert [str(member.path) for member in source.members] == ["fair"]
        assert {aside.name: aside.why for aside in source.aside} == {
            "big": "is larger than 90000 bytes",
            "dense": "unpacks to more than 20 times its size",
        }
    with read(tarred(tmp_path / "x.tgz", bomb), small) as source:
        assert [aside.why for aside in source.aside] == ["is larger than 90000 bytes"]
    many = {str(number): b"0" for number in range(11)}
    much = {str(number): b"0" * 40_000 for number in range(6)}
    for files, what in ((many, "more than 10 files"), (much, "more than 200000 bytes")):
        for path in (tarred(tmp_path / "x.tar.gz", files), in_folder(tmp_path / what, files)):
            with pytest.raises(CollectError, match=what), read(path, small):
                pass


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_what_an_archive_in_a_folder_may_hold(pack: object, tmp_path: Path) -> None:
    make, end = (zipped, "zip") if pack is zipped else (tarred, "tar.gz")
    folder = in_folder(tmp_path / "folder", {"a_1_2_x.txt": b"x"})
    make(folder / f"fair.{end}", {"a_3_4_x.txt": b"x"})
    make(folder / f"large.{end}", {str(number): bytes(40_000) for number in range(6)} | {"../x": b"x"})
    make(folder / f"many.{end}", {str(number): b"x" for number in range(11)} | {"../x": b"x"})
    bounds = Bounds(archive_entries=10, archive_total=200_000)
    with read(folder, bounds) as source:
        assert [str(member.path) for member in source.members] == ["a_1_2_x.txt", "fair/a_3_4_x.txt"]
        assert {aside.name: aside.why for aside in source.aside} == {
            f"large.{end}": "holds more than 200000 bytes",
            f"many.{end}": "holds more than 10 files",
        }
        kept = [path for path in source.scratch.rglob("*") if path.is_file()]
        assert kept == [source.members[1].file]  # and nothing of what was set aside


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("bounds", [Bounds(entries=14), Bounds(total=60_000)], ids=["files", "bytes"])
def test_of_many_archives_the_largest_are_set_aside(pack: object, bounds: Bounds, tmp_path: Path) -> None:
    make, end = (zipped, "zip") if pack is zipped else (tarred, "tar.gz")
    folder = in_folder(tmp_path / "folder", {"a_1_2_x.txt": b"x"})
    for number in range(4):
        make(folder / f"evil-{number}.{end}", {str(file): bytes(5000) for file in range(5)})
    make(folder / f"fair.{end}", {"a_3_4_x.txt": b"x"})
    with read(folder, bounds) as source:
        assert [str(member.path) for member in source.members][-1] == "fair/a_3_4_x.txt"
        assert len(source.aside) in (2, 3)  # what an archive takes itself counts, too
        assert all("is the largest of the archives here, which hold more than" in each.why for each in source.aside)
        assert len([path for path in source.scratch.rglob("*") if path.is_file()]) == 1 + 5 * (
            4 - len(source.aside)
        )  # nothing of what was set aside
    in_folder(folder, {f"b_{number}_2_x.txt": bytes(20_000) for number in range(4 if bounds.entries > 14 else 16)})
    with (
        pytest.raises(CollectError, match=r"holds more than \d+ (files|bytes)\. Collect it in parts"),
        read(folder, bounds),
    ):
        pass


def test_a_size_that_lies_is_not_believed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a": b"0" * 100_000})
    data = path.read_bytes()
    path.write_bytes(data.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with read(path, Bounds(file=50_000)) as source:
        assert source.members == []
        assert "is damaged" in source.aside[0].why
    header = tarfile.TarInfo("a")
    header.size = 2**40
    (tmp_path / "x.tar").write_bytes(header.tobuf() + b"0" * 4096)
    with pytest.raises(CollectError, match="damaged"), read(tmp_path / "x.tar"):
        pass
    header.type, header.size = tarfile.XHDTYPE, 8 * 2**20
    (tmp_path / "x.tar").write_bytes(header.tobuf(tarfile.USTAR_FORMAT) + b"0" * 2**23)
    with pytest.raises(CollectError, match="header is too long"), read(tmp_path / "x.tar"):
        pass


def test_encrypted_nested_and_hidden(tmp_path: Path) -> None:
    files: Files = {
        "a/b.zip": b"PK",
        "a/b.rar": b"Rar!",
        "__MACOSX/a.ipynb": b"",
        "a/.ipynb_checkpoints/x.ipynb": b"",
        "secret.ipynb": b"x",
    }
    path = zipped(tmp_path / "x.zip", files)
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # the flag of the last entry in the directory
    path.write_bytes(data)
    with read(path) as source:
        assert source.members == []
        told = {aside.name: (aside.why, bool(aside.cure)) for aside in source.aside}
    assert "is damaged, or no archive" in told["a/b.zip"][0]
    assert "is an archive that is not read" in told["a/b.rar"][0]
    assert told["secret.ipynb"] == ("is encrypted", True)
    assert not told["__MACOSX/a.ipynb"][1]
    assert not told["a/.ipynb_checkpoints/x.ipynb"][1]


def test_what_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = in_folder(tmp_path / "x", {f"{name}/a_1_2_x.txt": "x" for name in ("closed", "listed", "open")})
    in_folder(folder, {"b_2_3_x.txt": "x", "c_3_4_x.txt": "x"})
    archive = zipped(folder / "d.zip", {"d_4_5_x.txt": "x"})
    # Tests run as root, who may read everything: so the system's answers are made up.
    closed = {folder / name for name in ("closed", "listed", "b_2_3_x.txt", "d.zip")}
    unlisted = {str(folder / "closed")}
    scandir = os.scandir

    def scan(path: str | int) -> object:
        if str(path) in unlisted:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in closed)
    monkeypatch.setattr(os, "scandir", scan)
    with read(folder) as source:
        assert [str(member.path) for member in source.members] == ["c_3_4_x.txt", "open/a_1_2_x.txt"]
        assert {aside.name: (aside.why, aside.cure) for aside in source.aside} == dict.fromkeys(
            ("closed", "listed", "b_2_3_x.txt", "d.zip"),
            ("cannot be read (Permission denied)", "Make it readable, then collect again."),
        )
    unlisted.add(str(folder))
    for path in (folder, archive):
        with pytest.raises(CollectError, match=r"cannot be read \(Permission denied\)\. Make it readable"), read(path):
            pass


def test_an_archive_for_which_there_is_no_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    archive = zipped(folder / "a_1_2_x.zip", {"x": b"x"})
    mkdir = Path.mkdir

    def full(path: Path, *how: object, **more: bool) -> None:
        if path.name.endswith("unpacked"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        mkdir(path, *how, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", full)
    with (
        pytest.raises(CollectError, match=rf"{archive}: cannot be unpacked .*No space left.* room for it"),
        read(folder),
    ):
        pass


@pytest.mark.parametrize("form", ["plain", "behind a program", "with a comment", "zip64"])
def test_the_entries_of_an_archive_are_counted_before_they_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    if form == "zip64":
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)
    path = zipped(tmp_path / "x.zip", {f"a_1_2_{number}.txt": b"PK\x01\x02" for number in range(20)})
    if form == "with a comment":
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = b"PK\x01\x02 as well"
    if form == "behind a program":
        path.write_bytes(b"#!/bin/sh PK\x01\x02\n" + path.read_bytes())
    assert (zipfile.stringEndArchive64 in path.read_bytes()) == (form == "zip64")  # type: ignore[attr-defined]
    assert _listed(path) == 20
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(CollectError, match="holds more than 19 files"), read(path, Bounds(entries=19)):
        pass


@pytest.mark.parametrize(
    ("name", "coding"),
    [("José Müller", "utf-8"), ("José Müller", "latin-1"), ("José Müller", "cp437"), ("Ada", "ascii"), ("李", "utf-8")],
)
def test_names_of_archives_that_do_not_tell_their_coding(name: str, coding: str) -> None:
    assert _zip_name(zipfile.ZipInfo(name.encode(coding).decode("cp437"))) == name


@given(st.binary(min_size=1, max_size=8))
def test_any_name_of_an_archive_is_read(name: bytes) -> None:
    assert isinstance(_zip_name(zipfile.ZipInfo(name.decode("cp437"))), str)


def test_folders_of_archives_made_on_windows(tmp_path: Path) -> None:
    folder = "Ada B_1_assignsubmission_file_"
    files: Files = {f"{folder}\\": b"", f"{folder}\\3-autograd.ipynb": answer()}
    with read(zipped(tmp_path / "x.zip", files)) as source:
        assert source.aside == []
        assert [str(member.path) for member in source.members] == [f"{folder}/3-autograd.ipynb"]


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz"])
def test_damage_is_told(name: str, tmp_path: Path) -> None:
    files: Files = {f"a_{number}_2_3-autograd.ipynb": answer(str(number)) for number in range(3)}
    path = (zipped if name == "x.zip" else tarred)(tmp_path / name, files)
    data = path.read_bytes()
    for broken in (b"", b"nonsense" * 100, data[: len(data) // 2]):
        path.write_bytes(broken)
        with pytest.raises(CollectError, match="is damaged, or no archive"), read(path):
            pass
    if name == "x.zip":
        path.write_bytes(data.replace(b"a_0_2_3-autograd.ipynb", b"\0" * 22))
        with read(path) as source:
            assert [aside.why for aside in source.aside] == ["has no name"]
    for what in (tmp_path / "nothing.zip", Path(__file__)):
        with pytest.raises(CollectError, match=r"is not there|is neither"), read(what):
            pass


@settings(max_examples=150)
@given(st.data())
def test_any_damage_is_an_error_or_is_set_aside(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["x.zip", "x.tar", "x.tar.gz"]))
    with tempfile.TemporaryDirectory() as folder:
        path = (zipped if name == "x.zip" else tarred)(Path(folder) / name, {"a/b.txt": "some text", "c": "more"})
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content)
        try:
            with read(path, Bounds(total=2**20)):
                pass
        except CollectError:
            pass


# The command
