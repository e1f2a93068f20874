"""Writes rubbish, without end, to every descriptor that it inherited."""

import contextlib
import os
import struct

rubbish = [
    b"\x00" * 65536,
    b"\xff" * 65536,
    struct.pack("<Q", 1 << 62),
    struct.pack(">I", 0xFFFFFFFF),
    b"\x80\x05cposix\n_exit\n(K\x00tR.",
    b"[" * 10**6,
    b'{"score": NaN, "' + b"x" * 10**6,
]
while True:
    for name in os.listdir("/proc/self/fd"):
        for piece in rubbish:
            with contextlib.suppress(BaseException):
                os.set_blocking(int(name), False)
                os.write(int(name), piece)
