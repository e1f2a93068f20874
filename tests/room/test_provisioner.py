"""Rooms for any Jupyter tool."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import threading
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pytest

from seminar.errors import RoomError
from seminar.room.provisioner import NAME, RoomProvisioner
from tests.making import code, notebook
from tests.room.inside import GONE, becomes_true, kernel_in_a_room, running_below


def test_it_is_found_by_its_entry_point() -> None:
    (found,) = entry_points(group="jupyter_client.kernel_provisioners", name=NAME)
    assert found.load() is RoomProvisioner


def test_a_kernel_runs_shows_and_ends() -> None:
    with kernel_in_a_room() as kernel:
        assert kernel.run("print(6 * 7)") == "42\n"
        assert kernel.run("1 / 0") == "ZeroDivisionError: division by zero"
        assert kernel.run("import numpy, torch, torchvision, pandas, matplotlib.pyplot, tqdm; print('all')") == "all\n"
        assert running_below()
    assert becomes_true(lambda: running_below() == [])


@pytest.mark.parametrize(
    "choice",
    [
        "pass",
        "get_ipython().run_line_magic('config', 'InlineBackend.figure_formats = [\"svg\"]')",
        "import matplotlib_inline.backend_inline as b; b.set_matplotlib_formats('pdf')",
    ],
)
def test_a_plot_is_shown_as_a_picture(choice: str) -> None:
    with kernel_in_a_room() as kernel:
        kernel.run(choice)
        asked = kernel.client.execute("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
        shown: set[str] = set()
        while (said := kernel.client.get_iopub_msg(timeout=30))["content"].get("execution_state") != "idle":
            if said["parent_header"].get("msg_id") == asked:
                shown |= said["content"].get("data", {}).keys()
        assert "image/png" in shown


def test_a_kernel_is_interrupted() -> None:
    with kernel_in_a_room() as kernel:
        begun = threading.Event()
        stopper = threading.Thread(target=lambda: (begun.wait(60), kernel.manager.interrupt_kernel()))
        stopper.start()
        said = kernel.run("print('on', flush=True)\nwhile True: pass", on_text=lambda text: begun.set())
        stopper.join()
        assert said.startswith("on\n")
        assert "KeyboardInterrupt" in said
        assert kernel.run("print('goes on')") == "goes on\n"


def test_a_kernel_is_restarted_in_a_fresh_room() -> None:
    with kernel_in_a_room() as kernel:
        kernel.run("x = 1\nopen('/tmp/left', 'w').close()")
        kernel.manager.restart_kernel(now=True)
        kernel.connect()
        assert "NameError" in kernel.run("x")
        assert kernel.run("import os; print(os.listdir('/tmp'))").count("left") == 0


def test_a_kernel_that_dies_is_gone_with_its_room() -> None:
    with kernel_in_a_room() as kernel:
        assert kernel.run("import os\nif os.fork(): os._exit(1)\nimport time; time.sleep(600)") == GONE
        kernel.manager.shutdown_kernel(now=True)
        assert becomes_true(lambda: running_below() == [])


def test_rooms_stand_side_by_side_and_see_nothing_of_each_other() -> None:
    with kernel_in_a_room() as one, kernel_in_a_room() as other:
        one.run("open('/tmp/mine', 'w').write('x')\nx = 1")
        assert "NameError" in other.run("x")
        assert other.run("import os; print(os.path.exists('/tmp/mine'))") == "False\n"


def test_two_rooms_draw_other_random_numbers() -> None:
    draw = "import random, numpy; print(random.random(), numpy.random.rand())"
    with kernel_in_a_room() as one, kernel_in_a_room() as other:
        assert one.run(draw) != other.run(draw)


def test_another_tool_runs_a_notebook_in_a_room(tmp_path: Path) -> None:
    path = tmp_path / "probe.ipynb"
    made = notebook(code("probe", "import os; print(os.getpid() < 10, os.environ['HOME'])"))
    nbformat.write(made, path)
    scripts = Path(sysconfig.get_path("scripts"))
    environment = {**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": NAME, "SEMINAR_DATA": ""}
    command = [str(scripts / "jupyter"), "execute", "--inplace", str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "True /home/student\n"


def test_a_limit_that_does_not_exist_is_named() -> None:
    with pytest.raises(RoomError, match=r"RoomProvisioner\.limits.*memroy"), kernel_in_a_room(limits={"memroy": 1}):
        pass


def test_data_that_a_room_could_not_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(RoomError, match="there is no such folder"), kernel_in_a_room(data=str(tmp_path / "none")):
        pass


def test_files_that_are_too_large_are_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(2**20))
    (tmp_path / "small.bin").write_bytes(bytes(2**10))
    with kernel_in_a_room(tmp_path, limits={"disk": 2**19}) as kernel:
        assert kernel.candidate.left_out == ["large.bin"]
        assert kernel.run("import glob; print(glob.glob('*'))") == "['small.bin']\n"
