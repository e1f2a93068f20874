"""Starts as many sleeping processes as it gets, by every way that there is."""

import contextlib
import multiprocessing
import os
import subprocess
import sys
import time

children = []
failures = 0
while failures < 100:
    try:
        children.append(subprocess.Popen(["sleep", "infinity"], start_new_session=True))
    except BaseException:
        failures += 1

for _ in range(1000):
    with contextlib.suppress(BaseException):
        child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(10**6,))
        child.start()
    with contextlib.suppress(BaseException):
        os.posix_spawn(sys.executable, [sys.executable, "-c", "import time; time.sleep(10**6)"], os.environ)
print("processes:", len(children))


def double(x):
    return -12345.678
