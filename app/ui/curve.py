"""A line of figures as a small drawing: the loss of a training, and how well a score foretells verdicts.

Pure functions to SVG in the colours of the page; each says in words what it shows. Leaves out: axes with numbers,
which the text beside it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.ui import text_models
from model.records import JsonDict
from storage.records import TrainingRun

WIDTH, HEIGHT, EDGE = 320, 72, 5
SQUARE = 150
MOST_POINTS = 160


def curve_of(run: TrainingRun) -> list[JsonDict]:
    """While it trains it stands in the progress, afterwards in what the run leaves behind."""
    found = run.metrics.get("curve") or run.progress.get("curve") or []
    return found if isinstance(found, list) else []


def loss_html(curve: Sequence[JsonDict]) -> str:
    """The loss by step; nothing for fewer than two points."""
    points = [(float(one["step"]), float(one["loss"])) for one in curve if one.get("loss") is not None]
    if len(points) < 2:
        return ""
    points = points[:: -(-len(points) // MOST_POINTS)]
    (_, began), (steps, ended) = points[0], points[-1]
    words = text_models.CURVE_TITLE.format(steps=f"{steps:.0f}", first=f"{began:.3f}", last=f"{ended:.3f}")
    places = _placed(points)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return (
        f'<figure class="cl-curve"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}"'
        f' preserveAspectRatio="none"><polyline points="{path}"/></svg>'
        f'<i style="left:{x / WIDTH:.2%};top:{y / HEIGHT:.2%}"></i>'
        f'</figure><p class="cl-note">{escape(words)}</p>'
    )


def _placed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Steps from edge to edge, the highest loss at the top."""
    low, high = min(loss for _, loss in points), max(loss for _, loss in points)
    (first, _), (last, _) = points[0], points[-1]
    across, down = (WIDTH - 2 * EDGE) / (last - first), (HEIGHT - 2 * EDGE) / ((high - low) or 1.0)
    return [(EDGE + (step - first) * across, EDGE + (high - loss) * down) for step, loss in points]


def reliability_html(bins: Sequence[JsonDict]) -> str:
    """What people said against what was foretold, in a square; a point's area tells how many answers."""
    most = max(one["n"] for one in bins)
    points = "".join(
        f'<circle cx="{one["foretold"] * SQUARE:.1f}" cy="{(1 - one["observed"]) * SQUARE:.1f}"'
        f' r="{2 + 5 * (one["n"] / most) ** 0.5:.1f}"/>'
        for one in bins
    )
    return (
        f'<svg class="cl-reliability" viewBox="-8 -8 {SQUARE + 16} {SQUARE + 16}" role="img"'
        f' aria-label="{text_models.RELIABILITY_ALT}"><rect width="{SQUARE}" height="{SQUARE}"/>'
        f'<path d="M0 {SQUARE}L{SQUARE} 0"/>{points}</svg>'
    )
