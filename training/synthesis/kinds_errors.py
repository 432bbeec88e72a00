"""Points with error bars: over names or numbers, joined or not, standing or lying, with the errors written beside them.

Leaves out: error bars on bars (kinds_bars.py) and bands around lines (kinds_lines.py).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.nano import grammar
from model.nano.spec import AxisSpec, LayerSpec, Note, PanelSpec, SeriesSpec
from training.synthesis.kinds_bars import with_errors
from training.synthesis.kinds_curves import courses
from training.synthesis.kinds_kit import Kit, Values, rounded
from training.synthesis.kinds_lines import abscissa

_BESIDE = 0.055  # of the panel's side: how far a written error is from its end
_STYLES = ("solid", "solid", "solid", "dashed", "dotted", "dashdot")


def error_bars(kit: Kit) -> PanelSpec:
    how = kit.weighted({"rows": 0.42, "course": 0.2, "lying": 0.2, "lone": 0.18})
    if how == "lying":
        return _lying(kit)
    if how == "lone":
        return _lone(kit)
    across = abscissa(kit, kit.count(3, 14) if how == "rows" else kit.count(8, 24))
    count, rows = len(across.categories or across.x), kit.count(1, 4 if how == "rows" else 3)
    columns = kit.columns(count, rows) if how == "rows" else courses(kit, count, rows)
    series = _series(kit, columns, how == "course" or kit.chance(0.6))
    layer = LayerSpec("errorbar", series, across.categories, across.x)
    x, y = kit.axes(categorical=False)
    return PanelSpec((layer,), AxisSpec(x.label, log=across.log), y)


def _series(kit: Kit, columns: list[Values], joined: bool) -> tuple[SeriesSpec, ...]:
    colours, names, alike = kit.inks(len(columns)), kit.labels(len(columns)), kit.chance(0.5)
    marker, style = kit.marker(), f"line:{kit.pick(_STYLES)}"
    found = []
    for values, colour, name in zip(columns, colours, names, strict=True):
        own = style if alike else f"line:{kit.pick(('solid', *grammar.LINE_STYLES))}"
        words = (*((own,) if joined else ()), marker if alike else kit.marker())
        found.append(_with_errors(kit, SeriesSpec(values, label=name, colours=(colour,), words=words)))
    return tuple(found)


def _with_errors(kit: Kit, series: SeriesSpec) -> SeriesSpec:
    """Errors of which a fourth differ upwards and downwards."""
    series = with_errors(kit, series)
    if not kit.chance(0.25):
        return series
    away = (np.array(series.y) - np.array(series.lo)) * kit.rng.uniform(0.3, 2.0, len(series.y))
    return replace(series, lo=tuple(float(f"{value:.5g}") for value in np.array(series.y) - away))


def _lying(kit: Kit) -> PanelSpec:
    """Estimates with intervals, one below the other, by name."""
    count, rows = kit.count(3, min(14, kit.most_names(lying=True))), kit.count(1, 2)
    names = kit.categories(count, 22)
    layer = LayerSpec("errorbar", _series(kit, kit.columns(count, rows, positive=kit.chance(0.6)), kit.chance(0.12)),
                      names, words=("horizontal",))  # fmt: skip
    x, y = kit.axes()
    return PanelSpec((layer,), AxisSpec(y.label), AxisSpec(x.label))


def _lone(kit: Kit) -> PanelSpec:
    """A few points anywhere, with unlike errors up and down or to both sides; mostly the errors are written there."""
    count, flat = kit.count(5, 12), kit.chance(0.5)
    places = np.arange(count) * 1.0
    if kit.chance(0.6):
        places = np.sort(kit.rng.uniform(0, kit.pick((1.0, 10.0, 10.0, 50.0)), count))
    values = np.array(kit.columns(count, 1)[0])
    spread = float(np.ptp(values)) or float(np.abs(values).max()) or 1.0
    up, down = (spread * kit.rng.uniform(0.04, 0.25, count) for _ in range(2))
    decimals = max(0, 2 - int(np.floor(np.log10(spread))))
    y, hi, lo = (tuple(np.round(some, decimals).tolist()) for some in (values, values + up, values - down))
    words = (kit.marker() if kit.chance(0.7) else "marker:o",)
    one = SeriesSpec(y, rounded(places, 3), hi, lo, label=kit.labels(1, 0.4)[0], colours=kit.inks(1), words=words)
    limits = [_limits(one.x, one.x), _limits(one.lo, one.hi)]
    notes = _errors_written(one, limits, flat, min(decimals, 2)) if kit.fits(2 * count) and kit.chance(0.65) else ()
    layer = LayerSpec("errorbar", (one,), words=("horizontal",) if flat else ())
    (x, y_axis), ends = kit.axes(categorical=False), limits[::-1] if flat else limits
    return PanelSpec((layer,), replace(x, limits=ends[0]), replace(y_axis, limits=ends[1]), notes=notes)


def _limits(lows: Values, highs: Values) -> tuple[float, float]:
    low, high = min(lows), max(highs)
    margin = 0.12 * (high - low or 1.0)
    return float(f"{low - margin:.3g}"), float(f"{high + margin:.3g}")


def _errors_written(one: SeriesSpec, limits: list[tuple[float, float]], flat: bool, decimals: int) -> tuple[Note, ...]:
    """Each error at its end: above and below of standing bars, just over the ends of lying ones."""
    (first, last), (low, high) = limits
    notes = []
    for place, value, top, bottom in zip(one.x, one.y, one.hi, one.lo, strict=True):
        across = (place - first) / (last - first)
        for end, sign, side in ((top, "+", 1), (bottom, "\u2212", -1)):
            along, text = (end - low) / (high - low), f"{sign}{abs(end - value):.{decimals}f}"
            x, y = (along, across + _BESIDE * 0.6) if flat else (across, along + side * _BESIDE * 0.7)
            if 0 < x < 1 and 0 < y < 1:
                notes.append(Note(text, round(x, 3), round(y, 3)))
    return tuple(notes)
