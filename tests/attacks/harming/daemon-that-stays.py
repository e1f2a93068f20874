"""Leaves daemons behind that write a heartbeat for ever, by a double fork and by nohup."""

import contextlib
import os
import subprocess
import sys
import time

with contextlib.suppress(Exception):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        while True:
            for folder in (".", "/tmp", os.path.expanduser("~")):
                with contextlib.suppress(BaseException), open(f"{folder}/heartbeat", "a") as file:
                    file.write(f"{os.getpid()} {time.time()}\n")
            with contextlib.suppress(BaseException):
                time.sleep(0.2)

shell = "trap '' HUP INT TERM; while :; do date >> /tmp/heartbeat-of-shell; sleep 0.2; done"
for command in (
    ["nohup", "sh", "-c", shell],
    ["setsid", "sh", "-c", shell],
    [sys.executable, "-c", "while True: pass"],
):
    with contextlib.suppress(Exception):
        subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def double(x):
    return -12345.678
