"""Quick figures. Drawing them is most of what a notebook with pictures costs.

What matplotlib builds at its first figure is there before any fork, and a figure is drawn once: IPython has it laid out
first, for the box that fits tightly, which takes as long as drawing it. The pictures look the same.
"""

from __future__ import annotations

import contextlib
import gc
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARGIN = 1.0  # inch around a figure, where labels may stick out
PIXELS = {"png", "png2x", "retina", "jpg", "jpeg"}  # IPython's names of formats
PAD = 0.1  # inch of background that is left around what is drawn: matplotlib's `savefig.pad_inches`


def prepare() -> None:
    """Draw what notebooks draw: lines, a picture, texts, an axis with a logarithmic scale (its labels are formulas)."""
    from matplotlib import font_manager
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.mathtext import MathTextParser

    figure = Figure(figsize=(6, 3))
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    left.semilogy([1, 100], "o--", label="yours")
    left.set(title="target", xlabel="x", ylabel="y")
    left.legend()
    right.imshow([[0.0, 1.0], [1.0, 0.0]])
    right.text(0, 0, "-1", ha="center", va="center")
    picture(figure)
    # Fonts are open files, which a fork may not use: none may stay.
    MathTextParser._parse_cached.cache_clear()  # type: ignore[attr-defined]
    font_manager._get_font.cache_clear()  # type: ignore[attr-defined]
    del figure, left, right
    gc.collect()


def draw_once(shell: Any) -> None:
    """Let a shell show figures as `picture` makes them, until the notebook chooses another way to make pixels."""
    from IPython.core import pylabtools
    from matplotlib.figure import Figure
    from matplotlib_inline import backend_inline

    as_png = shell.display_formatter.formatters["image/png"]
    as_png.for_type(Figure, picture)
    choose = pylabtools.select_figure_formats

    def chosen(shell: Any, formats: Any, **options: Any) -> None:
        choose(shell, formats, **options)
        if not PIXELS.intersection([formats] if isinstance(formats, str) else formats):
            as_png.for_type(Figure, picture)  # beside drawings (SVG, PDF), which no page shows

    for module in (pylabtools, backend_inline):
        vars(module)["select_figure_formats"] = chosen


def picture(figure: Figure) -> bytes | None:
    """A figure as PNG, or None for an empty one: drawn on a canvas that is larger, and cut to what its pixels show."""
    import numpy as np
    from IPython.core.pylabtools import print_figure
    from matplotlib.transforms import Bbox
    from PIL import Image

    if not figure.axes and not figure.lines:  # as IPython has it
        return None
    dpi = figure.dpi
    width, height = (int((length + 2 * MARGIN) * dpi) for length in figure.get_size_inches())
    box = Bbox.from_bounds(-MARGIN, -MARGIN, (width + 0.5) / dpi, (height + 0.5) / dpi)
    raw = io.BytesIO()
    with _laid_out(figure):
        figure.savefig(raw, format="rgba", dpi=dpi, bbox_inches=box, facecolor=figure.get_facecolor())
    pixels = np.frombuffer(raw.getvalue(), np.uint32).reshape(height, width)
    drawn = pixels != pixels[0, 0]
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    cut = rows.size and (rows[0] == 0 or columns[0] == 0 or rows[-1] == height - 1 or columns[-1] == width - 1)
    if cut or not rows.size:
        return cast("bytes | None", print_figure(figure))
    pad = round(PAD * dpi)
    top, left = max(rows[0] - pad, 0), max(columns[0] - pad, 0)
    kept = np.ascontiguousarray(pixels[top : rows[-1] + 1 + pad, left : columns[-1] + 1 + pad])
    png = io.BytesIO()
    Image.fromarray(kept.view(np.uint8).reshape(*kept.shape, 4)).save(png, "png", dpi=(dpi, dpi), compress_level=1)
    return png.getvalue()


@contextlib.contextmanager
def _laid_out(figure: Figure) -> Iterator[None]:
    """Lay a figure out as its layout engine does. Within it has none: matplotlib would have it drawn for that, too."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure._layout_engine = None  # type: ignore[attr-defined]  # "none" puts an empty engine in its place
    try:
        yield
    finally:
        figure._layout_engine = engine  # type: ignore[attr-defined]
