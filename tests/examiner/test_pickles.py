"""A test unpickles data, and nothing that runs anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.making import ROOT

BEGIN = """
import collections, io, os, pickle, sys, tempfile
import numpy as np, pandas as pd, torch
from torch import nn
from seminar.examiner.pickles import Pickles

def saved(value):
    stream = io.BytesIO()
    torch.save(value, stream)
    return io.BytesIO(stream.getvalue())

class Evil:
    def __reduce__(self):
        return os.system, ("echo evil",)

class Dotted:
    def __reduce__(self):
        return getattr, ("x", "upper")

class Own:
    x = 3

evil = pickle.dumps(Evil())
array = io.BytesIO()
np.save(array, np.array([Evil()], dtype=object))
script = io.BytesIO()
torch.jit.save(torch.jit.script(nn.Linear(2, 2)), script)
path = os.path.join(tempfile.mkdtemp(), "evil.pkl")
open(path, "wb").write(evil)
dotted = b"\\x80\\x04\\x8c\\x08torch.nn\\x8c\\x1afunctional.torch.os.system\\x93."
pickles = Pickles()
"""
HOSTILE = {
    "loads": "pickle.loads(evil)",
    "in Python": "pickle._loads(evil)",
    "of a file": "pickle.load(open(path, 'rb'))",
    "pandas": "pd.read_pickle(path)",
    "torch": "torch.load(io.BytesIO(evil), weights_only=False)",
    "torch, of a path": "torch.load(path, weights_only=False)",
    "numpy": "np.load(io.BytesIO(array.getvalue()), allow_pickle=True)",
    "a name within": "pickle.loads(dotted)",
    "getattr": "pickle.loads(pickle.dumps(Dotted()))",
    "TorchScript": "torch.jit.load(io.BytesIO(script.getvalue()))",
    "a program": "torch.export.load(path)",
    "a package": "torch.package.PackageImporter(path)",
}
HONEST = {
    "data": "pickle.loads(pickle.dumps([1, 2.5, (3,), {4}, np.arange(3), collections.OrderedDict(x=1)]))",
    "scalars": "pickle.loads(pickle.dumps(np.float32(2)))",
    "a class of the test's": "pickle.loads(pickle.dumps(Own())).x",
    "weights": "torch.load(saved(nn.Linear(2, 2).state_dict()))['bias'].shape",
    "a whole network": "torch.load(saved(nn.Sequential(nn.Linear(2, 2), nn.ReLU())), weights_only=False)",
    "an optimizer": "torch.load(saved(torch.optim.Adam(nn.Linear(2, 2).parameters()).state_dict()))",
    "workers": "[*torch.utils.data.DataLoader(torch.arange(4), num_workers=1)]",
}


def told(source: str) -> str:
    done = subprocess.run([sys.executable, "-c", BEGIN + source], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr[-2000:]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """What comes of each, all in one process."""
    lines = [
        f"""
try:
    with pickles.refused():
        {source}
    print({name!r}, "done", sep="|")
except Exception as error:
    print({name!r}, "refused" if "a test does not" in str(error) else repr(error), sep="|")
"""
        for name, source in (HOSTILE | HONEST).items()
    ]
    return dict(line.split("|", 1) for line in told("".join(lines)).splitlines() if "|" in line)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_runs_something_is_refused(name: str, outcomes: dict[str, str]) -> None:
    assert outcomes[name] == "refused"


@pytest.mark.parametrize("name", HONEST)
def test_data_and_layers_are_found(name: str, outcomes: dict[str, str]) -> None:
    assert outcomes[name] == "done"


def test_outside_of_tests_all_is_as_it_was() -> None:
    assert told("pickle.loads(evil)\nprint(torch.jit.load(io.BytesIO(script.getvalue())).weight.shape)") == (
        "evil\ntorch.Size([2, 2])\n"
    )


FORGED = """
w = torch.zeros(2)
w.allclose = w.equal = collections.Counter
with pickles.refused():
    got = torch.load(saved({"w": w}))["w"]
    print(bool(got.equal(torch.ones(2))), bool(got.allclose(torch.ones(2))), got.tolist())
"""


def test_tensors_of_a_file_have_no_methods_of_its_own() -> None:
    assert told(FORGED) == "False False [0.0, 0.0]\n"
