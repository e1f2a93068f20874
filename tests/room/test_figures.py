"""Pictures that are drawn once look like IPython's, which are laid out first and then drawn."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from IPython.core.pylabtools import print_figure
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from seminar.room.figures import MARGIN, picture


def labelled(figure: Figure) -> None:
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1000], label="a line")
    ax.set(title="title", xlabel="x\nin two lines, which stick out", ylabel="y")
    ax.legend()


def side_by_side(figure: Figure) -> None:
    left, right = figure.subplots(1, 2, sharey=True)
    left.imshow(np.eye(3))
    right.loglog([1, 100], [1e-9, 1])
    figure.suptitle("both")


def beside_itself(figure: Figure) -> None:
    ax = figure.subplots()
    ax.plot([0, 1], label="a legend that is farther out than the margin, by the length of its text")
    ax.legend(bbox_to_anchor=(1.02, 1), loc="upper left")


def dark(figure: Figure) -> None:
    figure.set_facecolor("black")
    ax = figure.subplots()
    ax.tick_params(colors="white")
    ax.text(0.5, -0.4, "below", color="white")


def laid_out(figure: Figure) -> None:
    figure.set_layout_engine("constrained")
    labelled(figure)


@pytest.mark.parametrize("draw", [labelled, side_by_side, beside_itself, dark, laid_out])
@pytest.mark.parametrize("size", [(6.4, 4.8), (9.5, 1.7)])
def test_a_picture_is_as_large_as_ipythons_and_shows_the_same(
    draw: Callable[[Figure], None], size: tuple[float, float]
) -> None:
    figures = [Figure(figsize=size, dpi=100) for _ in range(2)]
    for figure in figures:
        FigureCanvasAgg(figure)
        draw(figure)
    ours = np.asarray(Image.open(io.BytesIO(picture(figures[0]) or b"")).convert("RGB"), dtype=int)
    theirs = np.asarray(Image.open(io.BytesIO(print_figure(figures[1]))).convert("RGB"), dtype=int)
    assert np.abs(np.subtract(ours.shape, theirs.shape)).max() <= 8  # a text's box is larger than its ink
    assert abs(ours.mean() - theirs.mean()) < 3
    assert (ours[0] == ours[0, 0]).all()  # nothing is cut: there is background on all sides
    assert (ours[-1] == ours[0, 0]).all()
    assert (ours[:, 0] == ours[0, 0]).all()
    assert (ours[:, -1] == ours[0, 0]).all()


def test_an_empty_figure_is_not_shown() -> None:
    assert picture(Figure()) is None


def test_what_sticks_out_by_more_than_the_margin_is_not_cut() -> None:
    figure = Figure(figsize=(3, 3))
    FigureCanvasAgg(figure)
    beside_itself(figure)
    assert Image.open(io.BytesIO(picture(figure) or b"")).width > (3 + 2 * MARGIN) * figure.dpi
