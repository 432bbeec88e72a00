"""Figures as small drawings: what a training came to step by step, and how well a score foretells verdicts.

Pure functions to SVG in the colours of the page; each says in words what it shows. Leaves out: axes with numbers,
which the text beside it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from app.ui import text_models
from model.records import JsonDict
from storage.records import TrainingRun

WIDTH, HEIGHT, EDGE = 320, 72, 5
SQUARE = 150
MOST_POINTS = 160
LEAST_SPAN = 0.05  # from top to bottom: noise must not look like news

Points = list[tuple[float, float]]


def curves_html(run: TrainingRun) -> str:
    """By step: how likely right and wrong answers became, and the loss. Nothing for fewer than two points."""
    curve = run.metrics.get("curve") or run.progress.get("curve") or []
    right, wrong, loss = (_points(curve, name) for name in ("log_ratio/right", "log_ratio/wrong", "loss"))
    if len(loss) < 2:
        return ""
    (_, began), (steps, ended) = loss[0], loss[-1]
    said = text_models.LOSS_TITLE.format(steps=f"{steps:.0f}", first=_told(began, 3), last=_told(ended, 3))
    figures = _figure({"cl-loss": loss}, said)
    if len(right) > 1 and len(wrong) > 1:
        ends = {"right": _told(right[-1][1], 2, "+"), "wrong": _told(wrong[-1][1], 2, "+")}
        said = text_models.RATIO_TITLE.format(**ends)
        figures = _figure({"cl-zero": _zero(loss), "cl-right": right, "cl-wrong": wrong}, said) + figures
    return f'<div class="cl-curves">{figures}</div>'


def _told(value: float, digits: int, sign: str = "-") -> str:
    """Without the sign of what is rounded to zero."""
    return f"{round(value, digits) + 0.0:{sign}.{digits}f}"


def _points(curve: Sequence[JsonDict], name: str) -> Points:
    """(step, value) where it was logged, thinned to what a small drawing can show, the last one kept."""
    points = [(float(one["step"]), float(one[name])) for one in curve if one.get(name) is not None]
    return points[:: -max(1, -(-len(points) // MOST_POINTS))][::-1]


def _zero(points: Points) -> Points:
    return [(points[0][0], 0.0), (points[-1][0], 0.0)]


def _figure(lines: Mapping[str, Points], words: str) -> str:
    """Lines by their class, on the same scale; the highest value at the top, a dot where a line has come to."""
    every = [point for points in lines.values() for point in points]
    steps, values = [step for step, _ in every], [value for _, value in every]
    first, middle = min(steps), (min(values) + max(values)) / 2
    span = max(max(values) - min(values), LEAST_SPAN)
    across, down, high = (
        (WIDTH - 2 * EDGE) / ((max(steps) - first) or 1.0),
        (HEIGHT - 2 * EDGE) / span,
        middle + span / 2,
    )
    drawn = dots = ""
    for look, points in lines.items():
        places = [(EDGE + (step - first) * across, EDGE + (high - value) * down) for step, value in points]
        drawn += f'<polyline class="{look}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'
        x, y = places[-1]
        dots += f'<i class="{look}" style="left:{x / WIDTH:.2%};top:{y / HEIGHT:.2%}"></i>'
    return (
        f'<figure class="cl-curve"><div><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}"'
        f' preserveAspectRatio="none">{drawn}</svg>{dots}</div><figcaption>{escape(words)}</figcaption></figure>'
    )


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
