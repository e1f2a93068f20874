"""A first figure, drawn before any fork: what matplotlib finds out at its first one, every candidate would find out anew."""

from __future__ import annotations

import io

DECADES = range(-15, 16)  # whose tick labels are parsed already: each takes as long as a hundred plain ones


def prepare() -> None:
    """Draw what notebooks draw: lines, pictures, texts, axes with a logarithmic scale."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3))
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    ticks = [10.0**decade for decade in DECADES]
    left.loglog(ticks, ticks, "o--", label="yours")
    left.set_xticks(ticks)
    left.set(title="target", xlabel="x", ylabel="y")
    left.legend()
    right.imshow([[0.0, 1.0], [1.0, 0.0]])
    right.text(0, 0, "-1", ha="center", va="center")
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
