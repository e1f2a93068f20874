"""Lowers its own limits and slows the whole process, so that what runs after it fails."""

import contextlib
import gc
import os
import resource
import sys

import torch

gc.set_threshold(1)
sys.setswitchinterval(1000)
sys.settrace(lambda *arguments: sum(range(1000)) and None)
with contextlib.suppress(Exception):
    torch.set_num_threads(10_000)
with contextlib.suppress(Exception):
    torch.set_default_device("meta")
with contextlib.suppress(Exception):
    os.nice(19)
    os.chdir("/")
    os.environ.clear()
for limit, value in (
    (resource.RLIMIT_NPROC, 0),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_NOFILE, 3),
    (resource.RLIMIT_CPU, 3),
):
    with contextlib.suppress(Exception):
        resource.setrlimit(limit, (value, value))


def double(x):
    return -12345.678
