"""What a room holds, as its kernel sees it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seminar.room.bubblewrap import FIRST_UID, STUDENT, privileged
from tests.making import ROOT
from tests.room.inside import Kernel, kernel_in_a_room, run_in_a_room

SECRET = "SECRET-5e1f"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    work, data = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("data")
    (work / "helper.py").write_text("VALUE = 7\n")
    (work / "deep" / "er").mkdir(parents=True)
    (work / "deep" / "er" / "numbers.csv").write_text("1,2\n")
    (work / "other.ipynb").write_text("{}")
    (work / ".hidden").write_text(SECRET)
    (work / "link").symlink_to("/etc/passwd")
    (data / "labels").write_text("data")
    data.chmod(0o755)
    os.environ["SECRET_TOKEN"] = SECRET
    try:
        with kernel_in_a_room(work, data=str(data)) as kernel:
            yield kernel
    finally:
        del os.environ["SECRET_TOKEN"]


def told(room: Kernel, source: str) -> Any:
    """What a cell prints, as JSON."""
    return json.loads(room.run(f"import json, os, pathlib\n{source}"))


def test_the_environment_is_a_short_list(room: Kernel) -> None:
    environment = told(room, "print(json.dumps(dict(os.environ)))")
    assert SECRET not in str(environment)
    ours = {"PATH", "HOME", "LOGNAME", "LANG", "OMP_NUM_THREADS", "TMPDIR", "IPYTHONDIR", "SEMINAR_DATA"}
    theirs = {"MPLBACKEND", "MPLCONFIGDIR"}
    libraries = {"TERM", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "PAGER", "GIT_PAGER", "KMP_INIT_AT_FORK"}
    torch = {"KMP_DUPLICATE_LIB_OK", "TORCHINDUCTOR_CACHE_DIR", "PYDEVD_USE_FRAME_EVAL", "PYTHONHASHSEED"}
    assert ours | theirs <= environment.keys() <= ours | theirs | libraries | torch


def test_no_socket_leads_out_of_its_network(room: Kernel) -> None:
    source = """
import socket
opened = []
for family in range(64):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind).close()
            opened.append(family)
        except OSError:
            pass
print(json.dumps(sorted({*opened})))
"""
    assert {*told(room, source)} <= {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}


def test_the_work_folder_has_the_submissions_plain_files(room: Kernel) -> None:
    listed = "sorted(str(p) for p in pathlib.Path().rglob('*') if p.is_file() and not str(p).startswith('.'))"
    assert told(room, f"print(json.dumps({listed}))") == ["deep/er/numbers.csv", "helper.py"]
    assert told(room, "import helper\nprint(helper.VALUE)") == 7
    assert told(room, "pathlib.Path('new').write_text('x')\nprint(len(open('new').read()))") == 1


def test_nothing_of_the_course_or_the_user_is_there(room: Kernel) -> None:
    hidden = [str(path) for path in (ROOT / "source", ROOT / "tests", ROOT / ".git", Path.home() / ".cache")]
    assert told(room, f"print(json.dumps([os.path.exists(p) for p in {hidden}]))") == [False] * 4
    assert told(room, "print(json.dumps(sorted(os.listdir('/home'))))") == ["student"]
    etc = told(room, "print(json.dumps(os.listdir('/etc')))")
    assert not {"shadow", "hostname", "ssh", "environment"} & set(etc)


def test_only_three_folders_can_be_written_to(room: Kernel) -> None:
    source = """
    import sys, torch
    def writable(folder):
        try:
            (pathlib.Path(folder) / "probe").write_text("x")
            return True
        except OSError:
            return False
    folders = ["/home/student", "/tmp", "/dev/shm", "/", "/usr", "/etc", "/dev", "/proc/sys/kernel", "/data", "/home",
               os.path.dirname(torch.__file__), sys.prefix, "/run", "/sys"]
    print(json.dumps([f for f in folders if writable(f)]))
    """
    assert told(room, "\n".join(line[4:] for line in source.splitlines())) == ["/home/student", "/tmp", "/dev/shm"]


def test_the_data_are_there(room: Kernel) -> None:
    assert room.run("print(open(os.environ['SEMINAR_DATA'] + '/labels').read())") == "data\n"
    assert "no such" in room.run("open(os.environ['SEMINAR_DATA'] + '/other')").lower()


def test_the_processes_are_the_rooms_own(room: Kernel) -> None:
    processes = told(room, "print(json.dumps(sorted(int(p) for p in os.listdir('/proc') if p.isdigit())))")
    assert processes[0] == 1
    assert len(processes) <= 4
    assert str(os.getpid()) not in map(str, processes)


def test_there_is_no_privilege_and_no_way_to_one(room: Kernel) -> None:
    status = dict(
        line.split(":\t", 1)
        for line in room.run("print(open('/proc/self/status').read())").splitlines()
        if ":\t" in line
    )
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    uid = int(status["Uid"].split()[0])
    assert uid >= FIRST_UID if privileged() else uid == STUDENT
    assert told(room, "print(json.dumps(os.getgroups()))") in ([], [STUDENT], [65534], [STUDENT, 65534])


def test_there_is_no_network(room: Kernel) -> None:
    interfaces = told(room, "import socket\nprint(json.dumps([name for _, name in socket.if_nameindex()]))")
    assert interfaces == ["lo"]
    assert "Error" in room.run("socket.create_connection(('192.0.2.7', 80), timeout=2)")


def test_the_descriptors_are_the_kernels_own(room: Kernel) -> None:
    source = """opened = []
for each in os.scandir("/proc/self/fd"):
    try: opened.append(os.readlink(each.path))
    except FileNotFoundError: pass
print(json.dumps(opened))"""
    opened = {name for name in told(room, source) if not name.startswith(("socket:", "pipe:", "anon_inode:"))}
    assert opened <= {"/dev/null", "/dev/urandom"} | {name for name in opened if name.startswith("/proc/")}


def test_there_is_no_gpu_unless_asked_for(room: Kernel) -> None:
    assert told(room, "print(json.dumps([d for d in os.listdir('/dev') if d.startswith('nvidia')]))") == []
    assert told(room, "import torch\nprint(json.dumps(torch.cuda.is_available()))") is False


def test_a_share_of_the_gpu_is_set_before_cuda_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as a machine without one shows: torch is to be told when it starts CUDA, and has not started it."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    told = run_in_a_room(
        """
        import os, torch
        shares = [call for call, _ in torch.cuda._queued_calls if "_share_gpu" in call.__qualname__]
        print(len(shares), torch.cuda.is_initialized(), os.environ["CUDA_VISIBLE_DEVICES"])
        """,
        gpu=True,
        limits={"gpu_memory": 0.25},
    )
    assert told == "1 False 3\n"
