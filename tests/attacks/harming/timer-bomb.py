"""Sets timers that raise at odd times, and one that dumps the stacks and exits."""

import _thread
import contextlib
import faulthandler
import random
import signal
import threading


def odd(*arguments):
    raise random.choice([KeyboardInterrupt, SystemExit(0), MemoryError, RecursionError, GeneratorExit])


for timer, number in (
    (signal.ITIMER_REAL, signal.SIGALRM),
    (signal.ITIMER_VIRTUAL, signal.SIGVTALRM),
    (signal.ITIMER_PROF, signal.SIGPROF),
):
    with contextlib.suppress(BaseException):
        signal.signal(number, odd)
        signal.setitimer(timer, 0.5, 0.0137)


def interrupt():
    _thread.interrupt_main()
    threading.Timer(0.05, interrupt).start()


with contextlib.suppress(BaseException):
    threading.Timer(0.5, interrupt).start()
with contextlib.suppress(BaseException):
    faulthandler.dump_traceback_later(2, exit=True)


def double(x):
    return -12345.678
