"""Takes memory without end and touches every page of it."""

import os

hoard = []
size = 1 << 30
while True:
    try:
        block = bytearray(size)
        block[::4096] = b"x" * len(block[::4096])
        hoard.append(block)
    except MemoryError:
        size = max(size // 2, 1)
        try:
            hoard.append([os.urandom(64) for _ in range(1000)])
        except MemoryError:
            pass
    except BaseException:
        pass
