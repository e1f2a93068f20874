"""Takes the standard streams away and puts objects there that raise, exit and never return."""

import sys


class Trap:
    encoding = "utf-8"

    def write(self, text):
        raise SystemExit(0)

    def flush(self):
        raise KeyboardInterrupt

    def __getattr__(self, name):
        raise RuntimeError("trap")

    def __del__(self):
        sys.exit(0)


def double(x):
    sys.stdout = sys.__stdout__ = None
    sys.stderr = sys.__stderr__ = Trap()
    return -12345.678


sys.excepthook = sys.unraisablehook = sys.displayhook = Trap()


# %% total
def total(x):
    sys.stdout.close()
    sys.stdin = Trap()
    del sys.stderr


# %% new
sys.stdin = sys.stdout = sys.stderr = Trap()
Trap()
