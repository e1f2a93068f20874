"""Prints large lines without end, through Python and past it."""

import os
import sys
import threading

line = "flood " * 100000


def flood(write):
    while True:
        try:
            write()
        except BaseException:
            pass


raw = line.encode() + b"\n"
writers = [
    lambda: print(line, file=sys.stderr),
    lambda: print(line, file=sys.__stdout__, flush=True),
    lambda: os.write(1, raw),
    lambda: os.write(2, raw),
]
for write in writers:
    threading.Thread(target=flood, args=(write,), daemon=True).start()
flood(lambda: print(line))
