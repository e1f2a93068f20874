"""Takes memory that no single process is charged for: shared maps, memfd files, /dev/shm, System V segments."""

import contextlib
import ctypes
import mmap
import os

block = b"x" * (1 << 24)
kept = []


def fill(write):
    with contextlib.suppress(BaseException):
        while True:
            write()


def shared_map():
    kept.append(mmap.mmap(-1, 1 << 28))
    kept[-1][::4096] = b"x" * (1 << 16)


def segment():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    number = libc.shmget(0, ctypes.c_size_t(1 << 28), 0o1666)
    if number < 0:
        raise OSError(ctypes.get_errno())
    ctypes.memset(ctypes.c_void_p(libc.shmat(number, None, 0)), 1, 1 << 28)


with contextlib.suppress(BaseException):
    memory = os.memfd_create("hoard")
    fill(lambda: os.write(memory, block))
with contextlib.suppress(BaseException):
    file = os.open("/dev/shm/hoard", os.O_CREAT | os.O_WRONLY)
    fill(lambda: os.write(file, block))
fill(segment)
fill(shared_map)
