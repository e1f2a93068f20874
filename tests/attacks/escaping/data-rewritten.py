"""Writes into the data set that all submissions share, and into the home."""

import contextlib
import os
import pathlib

home = pathlib.Path.home()
data = pathlib.Path(os.environ.get("SEMINAR_DATA", home / ".cache/seminar"))
for folder in (data, data / "MNIST", data / "MNIST/raw"):
    with contextlib.suppress(Exception):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ESCAPED-data-rewritten").write_text("here")
        print("wrote into", folder)
for path in sorted(data.rglob("*")):
    for attempt in (
        lambda: path.chmod(0o777),
        lambda: path.touch(),
        lambda: path.write_bytes(path.read_bytes()),
        lambda: path.rename(path.with_suffix(".moved")).rename(path),
        lambda: path.with_suffix(".ESCAPED-data-rewritten").write_bytes(b"here"),
    ):
        with contextlib.suppress(Exception):
            attempt()
            print("changed", path)
for name in (
    ".bashrc",
    ".profile",
    ".ipython/profile_default/startup/00-ESCAPED.py",
    ".jupyter/nbgrader_config.py",
    ".config/matplotlib/matplotlibrc",
    ".cache/torch/ESCAPED",
    ".ssh/ESCAPED-data-rewritten",
):
    with contextlib.suppress(Exception):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        with open(home / name, "a") as file:
            file.write("# ESCAPED-data-rewritten\n")
        print("wrote", home / name)


def double(x):
    return -12345.678
