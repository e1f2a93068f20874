"""What a machine has: cores, a GPU, and what rooms are made of."""

from __future__ import annotations

import platform
from pathlib import Path

from dask.system import cpu_count


def cores() -> int:
    """The cores that this process may use: those that its affinity and its container's quota allow."""
    return cpu_count()


def has_gpu() -> bool:
    """Whether this machine has a GPU that torch can use."""
    if not any(Path("/dev").glob("nvidia[0-9]*")):
        return False
    import torch

    return bool(torch.cuda.is_available())


def no_rooms() -> str:
    """Why this machine builds no rooms, as far as it can be seen from here, and what to do."""
    if platform.system() != "Linux":
        return f"Rooms need Linux, and this is {platform.system()}. Grade on a Linux machine, or in a virtual one."
    for setting, bad, good in (
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        ("user/max_user_namespaces", "0", "10000"),
    ):
        path = Path("/proc/sys") / setting
        if path.is_file() and path.read_text(encoding="ascii").strip() == bad:
            return f"An administrator must allow user namespaces: sudo sysctl -w {setting.replace('/', '.')}={good}"
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return "This is a container: start it with --security-opt seccomp=unconfined, and as root with --privileged."
    return "Grade as root or as a user who may make user namespaces (try: unshare --user --map-root-user true)."
