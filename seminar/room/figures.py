"""A first figure, drawn before any fork: what matplotlib builds at its first one, no candidate builds anew."""

from __future__ import annotations

import gc
import io


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
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    # Fonts are open files, which a fork may not use: none may stay.
    MathTextParser._parse_cached.cache_clear()  # type: ignore[attr-defined]
    font_manager._get_font.cache_clear()  # type: ignore[attr-defined]
    del figure, left, right
    gc.collect()
