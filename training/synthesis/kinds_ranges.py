"""Bars that do not all stand on 0 and grow upwards: ranges, waterfalls, two series apart, answers around a middle, bars
off another base line, and bars that the limits of their axis cut off or turn upside down.

Leaves out: ordinary bars (kinds_bars.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec
from training.synthesis.kinds_kit import Kit, Values, rounded

FORMS = {"range": 0.27, "waterfall": 0.17, "apart": 0.24, "centred": 0.13, "base": 0.1, "limits": 0.09}
_LYING = {"range": 0.35, "waterfall": 0.3, "apart": 0.45, "centred": 0.6, "base": 0.2, "limits": 0.5}
_SHARE = 0.04  # of the longest bar: shorter parts can not be told from lines


def odd_bars(kit: Kit) -> PanelSpec:
    form = kit.weighted(FORMS)
    lying = kit.chance(_LYING[form])
    layer = _LAYERS[form](kit, lying)
    words = [*layer.words, *(["horizontal"] if lying else []), *kit.some(0.3, "narrow", "wide")]
    layer = replace(layer, words=(*words, *kit.some(0.3, "edge"), *kit.some(0.05, "hatch"), *kit.some(0.1, "faint")))
    x, y = kit.axes()
    y = replace(y, limits=_cutting(kit, layer)) if form == "limits" else y
    return PanelSpec((layer,), *((y, x) if lying else (x, y)))


def _names(kit: Kit, lying: bool, least: int = 3, most: int = 14) -> tuple[str, ...]:
    return kit.categories(kit.count(least, min(most, kit.most_names(lying))), 26 if lying else 16)


def _range(kit: Kit, lying: bool) -> LayerSpec:
    """From a low value to a high one; two series stand side by side."""
    names = _names(kit, lying)
    rows = 2 if len(names) <= 6 and kit.chance(0.2) else 1
    colours = [kit.colours(len(names))] if rows == 1 and kit.chance(0.35) else [(one,) for one in kit.colours(rows)]
    labels = kit.labels(rows, 0.15)
    series = [_floating(kit, len(names), own, label) for own, label in zip(colours, labels, strict=True)]
    words = _numbered(kit, len(names) * rows)
    return LayerSpec("bar", tuple(series), names, words=words)


def _floating(kit: Kit, count: int, colours: tuple[str, ...], label: str) -> SeriesSpec:
    base = np.array(kit.columns(count, 1)[0])
    middle, scale = float(base.mean()), float(np.ptp(base)) or abs(float(base.mean())) or 1.0
    lows = base + scale * kit.pick((0.0, 0.3, 0.8)) - (middle + 0.3 * scale if kit.chance(0.2) else 0.0)
    lengths = scale * kit.rng.uniform(0.12, kit.pick((0.5, 1.0)), count)
    return SeriesSpec(_sound(rounded(lengths, 3)), lo=rounded(lows, 3), label=label, colours=colours)


def _sound(values: Values, share: float = _SHARE) -> Values:
    """No bar so short that it vanishes."""
    least = float(f"{share * max(values):.2g}")
    return tuple(max(value, least) for value in values)


def _numbered(kit: Kit, bars: int) -> tuple[str, ...]:
    if not kit.fits(bars) or bars > 2.6 * kit.frame.width:
        return ()
    return (kit.pick(("cells", "cells", "labels")),) if kit.chance(0.3) else ()


def _waterfall(kit: Kit, lying: bool) -> LayerSpec:
    """Gains and losses, one from the end of the other; often between two totals."""
    names = _names(kit, lying, 4)
    changes = np.array(kit.columns(len(names), 1)[0])
    changes = np.maximum(changes, 2 * _SHARE * changes.max()) * kit.rng.choice((-1.0, 1.0), len(names), p=(0.42, 0.58))
    totals, start = kit.chance(0.55), float(np.abs(changes).max() * kit.rng.uniform(0.8, 2.5))
    changes = np.array(rounded(changes, 3))
    start = float(f"{start:.3g}")
    if totals:
        changes[0], changes[-1] = start, 0.0
    levels = np.cumsum(changes) + (0.0 if totals else start)
    before = np.concatenate([[0.0 if totals else start], levels[:-1]])
    if totals:
        before[-1] = 0.0
    lows, highs = np.minimum(before, levels), np.maximum(before, levels)
    up, down, whole = kit.colours(3) if kit.chance(0.4) else kit.pick(_GAINS)
    colours = [up if change >= 0 else down for change in changes]
    if totals:
        colours[0] = colours[-1] = whole if kit.chance(0.75) else up
    lengths = _tidy(highs - lows)
    written: tuple[str, ...] = ()
    if kit.fits(len(names)) and kit.chance(0.5):
        signs = ["+" if change > 0 else "-" for change in changes]
        signs[0], signs[-1] = ("", "") if totals else (signs[0], signs[-1])
        written = tuple(f"{sign}{length:g}" for sign, length in zip(signs, lengths, strict=True))
    one = SeriesSpec(lengths, lo=_tidy(lows), colours=tuple(colours), written=written)
    return LayerSpec("bar", (one,), names, words=(kit.pick(("labels", "labels", "cells")),) if written else ())


_GAINS = (
    ("#2ca02c", "#d62728", "#1f77b4"), ("#4caf50", "#f44336", "#607d8b"), ("#ff0051", "#008bfb", "#808080"),
    ("#1b9e77", "#d95f02", "#7570b3"), ("#55a868", "#c44e52", "#4c72b0"), ("#2a9d8f", "#e76f51", "#264653"),
)  # fmt: skip


def _tidy(values: np.ndarray) -> Values:
    return tuple(float(f"{value:.6g}") + 0.0 for value in values)


def _apart(kit: Kit, lying: bool) -> LayerSpec:
    """One series up, one down, from 0; seldom more on either side."""
    names = _names(kit, lying, 3, 16)
    rows = 4 if kit.chance(0.12) else 2
    columns = [_sound(column, 0.1) for column in kit.columns(len(names), rows)]
    labels, colours = kit.labels(rows), kit.colours(rows)
    scale = kit.pick((1.0, 1.0, 0.6)) * max(columns[0]) / max(columns[1])
    series = []
    for index, column in enumerate(columns):
        values = tuple(-float(f"{value * scale:.3g}") for value in column) if index % 2 else column
        series.append(SeriesSpec(values, label=labels[index], colours=(colours[index],)))
    bars = rows * len(names)
    if not (kit.fits(bars) and bars < 3 * kit.frame.width and kit.chance(0.35)):
        return LayerSpec("bar", tuple(series), names, words=("stacked",))
    unit = kit.pick(("", "", "%"))
    series = [replace(one, written=tuple(f"{abs(value):g}{unit}" for value in one.y)) for one in series]
    return LayerSpec("bar", tuple(series), names, words=("stacked", "labels"))


def _centred(kit: Kit, lying: bool) -> LayerSpec:
    """Parts of a whole to the left and right of a middle, as answers of a survey are shown."""
    names = _names(kit, lying, 3, 9)
    rows = int(kit.pick((3, 4, 5, 5)))
    parts = kit.rng.dirichlet(np.full(rows, 3.0), len(names)).T
    parts = np.maximum(parts, 0.05)
    parts = np.round(parts / parts.sum(axis=0) * kit.pick((100, 100, 50, 1)), 3)
    digits = 0 if parts.max() > 20 else 1 if parts.max() > 5 else 3
    parts = np.round(parts, digits)
    left = -parts[: rows // 2].sum(axis=0) - (parts[rows // 2] / 2 if rows % 2 else 0)
    labels = kit.pick(_ANSWERS[rows]) if kit.chance(0.6) else kit.labels(rows)
    series = [
        SeriesSpec(_tidy(part), label=label, colours=(colour,), lo=() if index else _tidy(left))
        for index, (part, label, colour) in enumerate(zip(parts, labels, kit.colours(rows), strict=True))
    ]
    if not (kit.fits(rows * len(names)) and kit.chance(0.5)):
        return LayerSpec("bar", tuple(series), names, words=("stacked",))
    unit = kit.pick(("", "%", "%"))
    series = [replace(one, written=tuple(f"{value:.{digits}f}{unit}" for value in one.y)) for one in series]
    return LayerSpec("bar", tuple(series), names, words=("stacked", "labels"))


_ANSWERS = {
    3: (("Negative", "Neutral", "Positive"), ("Loss", "Tie", "Win"), ("Worse", "Same", "Better")),
    4: (("Never", "Rarely", "Often", "Always"), ("Very poor", "Poor", "Good", "Very good")),
    5: (
        ("Very unlikely", "Unlikely", "Undecided", "Likely", "Very likely"),
        ("Very low", "Low", "Medium", "High", "Very high"), ("SD", "D", "N", "A", "SA"),
    ),
}  # fmt: skip


def _off_base(kit: Kit, lying: bool) -> LayerSpec:
    """Above and below a base line of its own, such as a mean or a score of 1."""
    names = _names(kit, lying, 3)
    values = np.array(kit.columns(len(names), 1)[0])
    scale = float(np.ptp(values)) or 1.0
    base = float(f"{float(values.mean()) + scale * kit.rng.uniform(-0.15, 0.15):.2g}") or scale
    away = values - base
    away = np.where(np.abs(away) < _SHARE * scale, _SHARE * scale * np.where(away < 0, -1, 1), away)
    order = np.argsort(away) if kit.chance(0.35) else np.arange(len(away))
    lengths = rounded(away[order], 3)
    up, down, _ = kit.colours(3)
    colours = tuple(up if value > 0 else down for value in lengths) if kit.chance(0.4) else (up,)
    one = SeriesSpec(lengths, lo=(base,) * len(names), label=kit.labels(1, 0.1)[0], colours=colours)
    return LayerSpec("bar", (one,), names)


def _hanging(kit: Kit, lying: bool) -> LayerSpec:
    """Bars for limits that cut them: below 0 or not, now and then with errors or grouped."""
    names = _names(kit, lying, 3, 10)
    rows = 1 if kit.chance(0.7) else 2
    sign = kit.pick((-1.0, -1.0, 1.0))
    columns = kit.columns(len(names), rows)
    top = max(map(max, columns))
    columns = [tuple(float(f"{sign * (0.5 * top + 0.5 * value):.4g}") for value in column) for column in columns]
    colours = kit.colours(rows)
    series = [SeriesSpec(column, colours=(colour,)) for column, colour in zip(columns, colours, strict=True)]
    return LayerSpec("bar", tuple(series), names)


def _cutting(kit: Kit, layer: LayerSpec) -> tuple[float, float]:
    """Limits that begin behind 0, or the other way round; the shortest bar is still seen."""
    values = [value for one in layer.series for value in one.y]
    far, near = max(values, key=abs), min(values, key=abs)
    end, start = float(f"{far * 1.1:.2g}"), float(f"{near * kit.rng.uniform(0.4, 0.85):.2g}")
    ends = (start if kit.chance(0.7) else 0.0, end)
    return (max(ends), min(ends)) if kit.chance(0.3) else (min(ends), max(ends))


_LAYERS: dict[str, Callable[[Kit, bool], LayerSpec]] = {
    "range": _range, "waterfall": _waterfall, "apart": _apart, "centred": _centred, "base": _off_base,
    "limits": _hanging,
}  # fmt: skip
