"""The accuracy of topic 5's reference network after each epoch, over several seeds.

Runs the code cells of the source notebook, reference solutions included, up to the training cell; then that cell
once for each seed, with its own `torch.manual_seed(...)` replaced. Nothing else is changed: batches of 4, 5 epochs, all
60,000 images. One thread, as in the notebook.

    python -m benchmarks.mlp_seeds --seeds 5
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd

from seminar.course.notebook import cells
from seminar.course.notebook_file import read

NOTEBOOK = Path(__file__).parents[1] / "source" / "5-mlp" / "5-mlp.ipynb"
TRAINING = "train-model"  # the grade id of the training cell
PUBLISHED = (0.9364, 0.9557, 0.9674, 0.9715, 0.9741)


def histories(seeds: int, images: int) -> list[list[float]]:
    """The accuracies on the 10,000 test images after each epoch, for each seed from 0 on."""
    mpl.use("Agg")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    training = ""
    for cell in cells(read(NOTEBOOK)):
        if cell.grade_id == TRAINING:
            training = cell.source
            break
        if cell.node.cell_type == "code" and cell.points == 0:
            exec(cell.source, namespace)
    for name in ("train_images", "train_labels"):
        namespace[name] = namespace[name][:images]
    found = []
    for seed in range(seeds):
        start = time.perf_counter()
        source, count = re.subn(r"torch\.manual_seed\(\d+\)", f"torch.manual_seed({seed})", training)
        if count != 1:
            raise LookupError(f"{NOTEBOOK}: the cell {TRAINING} sets no seed, or several")
        exec(source, namespace)
        accuracies = [float(entry["accuracy"]) for entry in namespace["history"]]
        found.append(accuracies)
        print(f"seed {seed}: {[round(one, 4) for one in accuracies]}  {time.perf_counter() - start:.0f} s", flush=True)
    return found


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Accuracy of topic 5's network after each epoch, over several seeds.")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--images", type=int, default=60_000, help="train on the first ones only")
    options = parser.parse_args()
    table = pd.DataFrame(histories(options.seeds, options.images), columns=pd.RangeIndex(1, 6, name="epoch"))
    summary = table.describe().loc[["mean", "std", "min", "max"]].T
    summary.insert(0, "published", PUBLISHED)
    print(summary.round(4).to_string())


if __name__ == "__main__":
    main()
