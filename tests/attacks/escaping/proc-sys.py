"""Writes to the switches of the kernel: core_pattern, the host's name, sysrq, the killer of memory hogs, cgroups."""

import contextlib
import glob
import os
import socket

for path in [
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/randomize_va_space",
    "/proc/sys/kernel/yama/ptrace_scope",
    "/proc/sys/kernel/unprivileged_userns_clone",
    "/proc/sys/fs/file-max",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/fs/suid_dumpable",
    "/sys/kernel/uevent_helper",
]:
    with contextlib.suppress(Exception):
        value = open(path).read()
        with open(path, "w") as file:
            file.write(value)
        print("could write", path, value)
for path, text in [
    ("/proc/sys/kernel/hostname", "ESCAPED-proc-sys"),
    ("/proc/sysrq-trigger", "h"),
    ("/proc/self/oom_score_adj", "-1000"),
    (f"/proc/{os.getppid()}/oom_score_adj", "1000"),
    ("/proc/1/oom_score_adj", "1000"),
    ("/proc/self/loginuid", "0"),
    ("/proc/self/coredump_filter", "0xff"),
    ("/dev/kmsg", "ESCAPED-proc-sys\n"),
]:
    with contextlib.suppress(Exception):
        with open(path, "w") as file:
            file.write(text)
        print("wrote", path)
for path in glob.glob("/sys/fs/cgroup/**/*", recursive=True):
    if path.endswith(("cgroup.procs", "memory.max", "pids.max", "release_agent")):
        with contextlib.suppress(Exception):
            os.close(os.open(path, os.O_WRONLY))
            print("could write", path)
with contextlib.suppress(Exception):
    os.mkdir("/sys/fs/cgroup/ESCAPED-proc-sys")
    print("made a cgroup")
with contextlib.suppress(Exception):
    socket.sethostname("ESCAPED-proc-sys")
    print("named the host")


def double(x):
    return -12345.678
