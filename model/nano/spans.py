"""Where bars begin and end along the axis of values, and where boxes stand beside each other, as programs draw them.

Most begin at 0. A stack grows up with what is positive and down with what is negative; a series may say (`lo`) that it
begins elsewhere; if it is the first of its stack, the rest stands on it, or hangs from where it begins.
Leaves out: bars in the picture (bars.py, feet.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.nano.spec import LayerSpec, SeriesSpec

Values = tuple[float, ...]
Span = tuple[Values, Values]
GROUP = 0.8  # of the distance between two names: what the boxes of one name take


def bar_spans(layer: LayerSpec) -> list[Span]:
    """Begins and ends of the bars of each series, in data units."""
    count = max(len(series.y) for series in layer.series)
    up, down = [0.0] * count, [0.0] * count
    found: list[Span] = []
    for series in layer.series:
        begins = _begins(layer, series, up, down)
        ends = tuple(begin + value for begin, value in zip(begins, series.y, strict=False))
        if floats(series) and not found:
            down[: len(begins)] = begins
        found.append((begins, ends))
        for index, (value, end) in enumerate(zip(series.y, ends, strict=False)):
            (down if value < 0 else up)[index] = end
    return found


def _begins(layer: LayerSpec, series: SeriesSpec, up: Sequence[float], down: Sequence[float]) -> Values:
    if floats(series):
        return series.lo
    if "stacked" not in layer.words:
        return (0.0,) * len(series.y)
    return tuple(low if value < 0 else high for value, high, low in zip(series.y, up, down, strict=False))


def floats(series: SeriesSpec) -> bool:
    """Whether the bars of a series say where they begin; with error bars `lo` means the ends of those."""
    return bool(series.lo) and not series.hi and len(series.lo) == len(series.y)


def seen_spans(layer: LayerSpec) -> list[Span]:
    """Feet and ends as measuring finds them: bars of a common base line end far from it, all others have an upper end.

    Of a stack, whatever its signs, every part has a lower and an upper end.
    """
    found = []
    for begins, ends in bar_spans(layer):
        if "stacked" in layer.words or len(set(begins)) > 1:
            pairs = [sorted(pair) for pair in zip(begins, ends, strict=True)]
            begins, ends = tuple(low for low, _ in pairs), tuple(high for _, high in pairs)
        found.append((begins, ends))
    return found


def with_lengths(series: SeriesSpec) -> SeriesSpec:
    """A series whose y are ends, with lengths instead. Bars that begin at many places all grow upwards."""
    if not floats(series):
        return series
    pairs = list(zip(series.lo, series.y, strict=True))
    if len(set(series.lo)) > 1:
        pairs = [(min(pair), max(pair)) for pair in pairs]
    lengths = tuple(float(f"{end - foot:.6g}") for foot, end in pairs)
    return replace(series, y=lengths, lo=tuple(foot for foot, _ in pairs))


def unstacked(rows: Sequence[SeriesSpec], slack: float) -> tuple[SeriesSpec, ...]:
    """Stacked parts whose y are upper ends (`lo`, where it was seen, lower ones), as a program adds them up.

    A part whose upper end is 0, or the lower end of one that hangs there, give or take `slack`, hangs down itself.
    Only the first part keeps feet of its own. Parts that do not stand on one another were told in another order.
    """
    if _mixed_up(rows, slack):
        rows = sorted(rows, key=lambda row: sum(row.lo) / len(row.lo) if floats(row) else 0.0)
    count = len(rows[0].y)
    up, down = [0.0] * count, [0.0] * count
    found = []
    for index, row in enumerate(rows):
        if _hangs(row, up, down, slack, first=not index):
            y = tuple(min(0.0, low - above) for low, above in zip(row.lo, down, strict=True))
            down = [min(low, above) for low, above in zip(row.lo, down, strict=True)]
            lo: Values = ()
        else:
            lo = row.lo if not index and floats(row) else ()
            up, down = (list(lo), list(lo)) if lo else (up, down)
            y = tuple(max(0.0, top - below) for top, below in zip(row.y, up, strict=True))
            up = [max(top, below) for top, below in zip(row.y, up, strict=True)]
        found.append(replace(row, y=tuple(float(f"{value:.6g}") for value in y), hi=(), lo=lo))
    return tuple(found)


def _mixed_up(rows: Sequence[SeriesSpec], slack: float) -> bool:
    """Whether some part touches neither 0 nor any part that was told before it, in most of its bars."""
    for index, row in enumerate(rows):
        if not index or not floats(row):
            continue
        loose, seen = 0, 0
        for bar, (foot, top) in enumerate(zip(row.lo, row.y, strict=True)):
            lines = [0.0, *(end for one in rows[:index] for end in (one.y[bar], *one.lo[bar : bar + 1]))]
            seen += top - foot > slack
            loose += top - foot > slack and min(abs(end - line) for end in (foot, top) for line in lines) > slack
        if seen and loose > 0.6 * seen:
            return True
    return False


def _hangs(row: SeriesSpec, up: Sequence[float], down: Sequence[float], slack: float, *, first: bool) -> bool:
    if not floats(row):
        return False
    bars = [bar for bar in zip(row.lo, row.y, up, down, strict=True) if bar[1] - bar[0] > slack]
    hanging = [abs(top - low) <= slack and (first or abs(foot - high) > slack) for foot, top, high, low in bars]
    return bool(bars) and sum(hanging) > 0.6 * len(bars)


def per_name(boxes: int, names: int) -> int:
    """How many boxes or violins stand side by side at each name."""
    return boxes // names if names and boxes > names and boxes % names == 0 else 1


def beside(middles: Sequence[float], boxes: int) -> Values:
    """Where all boxes stand, of which several may share each of some evenly spaced places."""
    rows = per_name(boxes, len(middles))
    if rows == 1:
        return tuple(middles)
    step = GROUP / rows * (middles[1] - middles[0] if len(middles) > 1 else 1.0)
    return tuple(middle + (row - (rows - 1) / 2) * step for middle in middles for row in range(rows))
