"""The process that local graders are forks of, started ahead.

Its imports take as long as the coordinator's own: side by side, they are waited for once.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver

GRADER = "seminar.bulk.worker"  # what a grader imports


def start_graders_imports() -> None:
    """Start it where it does not run. It ends with this process."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([GRADER])
    forkserver.ensure_running()
