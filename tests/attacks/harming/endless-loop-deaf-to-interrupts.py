"""Loops for ever and is deaf to interrupts. It ignores every signal that it may and swallows every exception."""

import contextlib
import signal

for number in range(1, 65):
    with contextlib.suppress(Exception):
        signal.signal(number, signal.SIG_IGN)
with contextlib.suppress(Exception):
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def deaf():
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
        finally:
            continue


deaf()
