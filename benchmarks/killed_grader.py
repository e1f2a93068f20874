"""How long anything is left of a grader that is killed: processes of its room, of its examiner, of its own.

A grader with a warm parent, a room, a kernel in it and a daemon of the kernel's is started in a process of its own, and
killed by SIGKILL. Then it is looked, again and again, whether a process is left. (What is dead and waits to be buried
by the system's first process is not counted.)

    python -m benchmarks.killed_grader --rounds 5
"""

from __future__ import annotations

import argparse
import statistics
import time

from tests.room.inside import still_run
from tests.room.test_parent import grader, in_namespace


def measure() -> float:
    """Seconds from the kill until nothing is left."""
    started, below, namespace, _ = grader()
    mine = sorted({*below, *in_namespace(namespace)})
    start = time.monotonic()
    started.kill()
    while still_run(mine):
        time.sleep(0.005)
    seconds = time.monotonic() - start
    started.wait()
    return seconds


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(description="How long anything is left of a grader that is killed.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = [measure() for _ in range(parser.parse_args().rounds)]
    print(f"nothing is left after {statistics.median(rounds):.2f} s (median), {max(rounds):.2f} s (most)")


if __name__ == "__main__":
    main()
