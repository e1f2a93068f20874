"""Looks into what nbgrader, Jupyter, IPython and Python leave behind: logs, checkpoints, caches, compiled files."""

import glob
import marshal
import os
import sys
import time

needles = (b"CANA" + b"RY", b"BEGIN HID" + b"DEN")
homes = "~ . .. ../.. /tmp /var/tmp /root /data /work /work/* /srv /var/log /var/cache /run".split()
names = ".nbgrader.log *.nbgrader* nbgrader* .ipynb_checkpoints/* *-checkpoint.ipynb *.log *.bak *~ .*.swp"
caches = ".cache .local/share .jupyter .ipython .config .local/state"
places = [f"{home}/{name}" for home in homes for name in names.split()]
places += [f"{home}/{cache}/**/*" for home in ("~", "/root") for cache in caches.split()]
places += [f"{home}/**/__pycache__/*" for home in ("~", "/data", "/tmp", "/var/tmp")]
places += ["/tmp/ipykernel_*/*", "/tmp/seminar-*/*", "/tmp/pytest-of-*/**/*", "/tmp/tmp*/*", "/tmp/.*"]
places += [f"{folder}/share/jupyter/**/*" for folder in ("/usr", "/usr/local", sys.prefix)]
places += [f"{sys.prefix}/../{name}" for name in ("*.log", "*.db", "*/*.ipynb", "tests/**/*", "seminar/**/*")]
end, looked = time.monotonic() + 1.5, []
for place in places:
    for path in glob.iglob(os.path.expanduser(place), recursive=True):
        if time.monotonic() > end:
            break
        try:
            with open(path, "rb") as file:
                data = file.read(2**21)
            looked.append(path)
            if path.endswith(".pyc"):
                data += repr(marshal.loads(data[16:]).co_consts).encode()
        except Exception as error:
            if not isinstance(error, IsADirectoryError):
                print(path, repr(error)[:100])
            continue
        for at in filter(lambda each: each >= 0, map(data.find, needles)):
            print("FOUND in", path, data[max(0, at - 100) : at + 300])
print(len(looked), "files:", looked[:40], looked[-40:])
print(sys.path, sys.pycache_prefix, sys.flags.dont_write_bytecode, list(sys.path_importer_cache))


def double(x):
    return -1.0


# %% new
import jupyter_core.paths as paths

for ask in (paths.jupyter_data_dir, paths.jupyter_runtime_dir, paths.jupyter_config_dir):
    print(ask(), os.path.isdir(ask()) and os.listdir(ask()))
print(paths.jupyter_path(), paths.jupyter_config_path())
print(vars(get_ipython().kernel.parent).keys(), get_ipython().kernel.parent.abs_connection_file)
