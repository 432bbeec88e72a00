"""Bars: single, grouped, stacked, lying, sorted, below zero, with errors or with their values written on or in them.

Leaves out: bars that float or hang (kinds_ranges.py), bars with a line above them (kinds_mixed.py), bars going round
(kinds_round.py) or in space (kinds_fields.py), histograms (kinds_spread.py).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec
from training.synthesis.kinds_kit import Kit, Values
from training.synthesis.kinds_ranges import odd_bars


def bars(kit: Kit) -> PanelSpec:
    if kit.chance(0.2):
        return odd_bars(kit)
    form = kit.weighted({"single": 0.46, "grouped": 0.31, "stacked": 0.23})
    lying = kit.chance(0.27)
    layer = _single(kit, lying) if form == "single" else _several(kit, form, lying)
    layer = replace(layer, words=(*layer.words, *(["horizontal"] if lying else [])))
    x, y = kit.axes()
    return PanelSpec((layer,), *((y, x) if lying else (x, y)))


def _single(kit: Kit, lying: bool) -> LayerSpec:
    count = kit.count(2 if kit.chance(0.1) else 3, min(14, kit.most_names(lying)))
    if kit.chance(0.05):
        count = kit.count(12, 20)
    values = _turned(kit, _seen(kit.columns(count, 1))[0])
    colours = kit.colours(count) if kit.chance(0.35) else kit.colours(1)
    one = SeriesSpec(values, label=kit.labels(1, 0.1)[0], colours=colours)
    words = kit.some(0.3, "narrow", "wide")
    if kit.chance(0.22):
        one = with_errors(kit, one)
    elif kit.chance(0.35) and kit.fits(count):
        words.append(kit.pick(("labels", "labels", "labels", "cells")))
        one = _written(kit, one)
    return _named(kit, LayerSpec("bar", (one,), words=(*words, *_surface(kit))), count, lying)


def small_bars(kit: Kit) -> PanelSpec:
    """A few bars over numbers, for an inset."""
    count = kit.count(3, 6)
    layer = LayerSpec("bar", (SeriesSpec(kit.columns(count, 1)[0], colours=kit.colours(1)),))
    return PanelSpec((replace(layer, x=tuple(float(i + 1) for i in range(count))),))


def _several(kit: Kit, form: str, lying: bool) -> LayerSpec:
    stacked = form == "stacked"
    count = kit.count(2, min(9, kit.most_names(lying)))
    rows = kit.count(2, 6 if count <= 5 or stacked else 4)
    columns = _seen(kit.columns(count, rows))
    if stacked and kit.chance(0.25):
        columns = _to_hundred(kit, columns)
    names, colours, errors = kit.labels(rows), kit.colours(rows), not stacked and kit.chance(0.28)
    series = []
    for values, name, colour in zip(columns, names, colours, strict=True):
        one = SeriesSpec(values if stacked else _turned(kit, values, 0.04), label=name, colours=(colour,))
        series.append(with_errors(kit, one) if errors else one)
    words = kit.some(0.3, "narrow", "wide") if stacked else []
    words += ["stacked"] if stacked else []
    if not errors and kit.chance(0.25) and _room_for_values(kit, count * rows, lying):
        words.append("labels" if stacked else kit.pick(("labels", "labels", "cells")))
        series = [_written(kit, one) for one in series]
    return _named(kit, LayerSpec("bar", tuple(series), words=(*words, *_surface(kit))), count, lying)


def _written(kit: Kit, one: SeriesSpec) -> SeriesSpec:
    """Now and then the numbers on bars have a unit, or as many decimals as each other."""
    decimals = max((len(f"{value:g}".partition(".")[2]) for value in one.y), default=0)
    how = kit.weighted({"plain": 0.75, "percent": 0.15, "even": 0.1})
    if how == "plain" or decimals > 3:
        return one
    return replace(one, written=tuple(f"{value:.{decimals}f}{'%' * (how == 'percent')}" for value in one.y))


def _room_for_values(kit: Kit, bars_: int, lying: bool) -> bool:
    return kit.fits(bars_) and bars_ <= (kit.frame.height * 4 if lying else kit.frame.width * 2.6)


def _surface(kit: Kit) -> list[str]:
    return [*kit.some(0.27, "edge"), *kit.some(0.07, "hatch"), *kit.some(0.14, "faint")]


def _named(kit: Kit, layer: LayerSpec, count: int, lying: bool) -> LayerSpec:
    """Mostly over names; now and then over numbers, such as years."""
    if kit.chance(0.06) and not lying:
        first = float(kit.pick((0, 1, 1, 2, 5, 10, 2000, 2010, 1990)))
        step = float(kit.pick((1, 1, 1, 2, 5)))
        return replace(layer, x=tuple(first + i * step for i in range(count)))
    return replace(layer, categories=kit.categories(count, 26 if lying else 18))


def _seen(columns: list[Values]) -> list[Values]:
    """No bar is so short that it vanishes beside the longest, unless it is nothing at all."""
    top = max(max(column) for column in columns)
    least = float(f"{0.025 * top:.2g}")
    return [tuple(max(value, least) if value else value for value in column) for column in columns]


def _turned(kit: Kit, values: Values, below: float = 0.1) -> Values:
    """Sorted, or with some bars below zero, now and then."""
    if kit.chance(0.2):
        return tuple(sorted(values, reverse=kit.chance(0.7)))
    if kit.chance(below):
        signs = kit.rng.choice((-1.0, 1.0), len(values), p=(0.4, 0.6)) if kit.chance(0.7) else -np.ones(len(values))
        return tuple(float(sign * value) for sign, value in zip(signs, values, strict=True))
    return values


def _to_hundred(kit: Kit, columns: list[Values]) -> list[Values]:
    """Parts of a whole: every bar is as long as the others."""
    parts = np.abs(np.array(columns)) + 1e-9
    parts = np.maximum(parts / parts.sum(axis=0), 0.04)
    whole = kit.pick((100.0, 100.0, 1.0))
    parts = np.round(parts / parts.sum(axis=0) * whole, 1 if whole > 1 else 3)
    return [tuple(map(float, row)) for row in parts]


def with_errors(kit: Kit, series: SeriesSpec) -> SeriesSpec:
    """Error bars of about one size, or in proportion to the values; seldom different upwards and downwards."""
    heights = np.array(series.y)
    size = kit.form.uniform(0.02, 0.14)
    base = np.abs(heights) if kit.chance(0.5) else np.full(len(heights), np.abs(heights).max())
    if np.ptp(heights) < 0.3 * np.abs(heights).max():  # what differs little is not measured that badly
        base = np.full(len(heights), float(np.ptp(heights)) or np.abs(heights).max()) * 2
    up = np.maximum(base * size * kit.rng.uniform(0.6, 1.5, len(heights)), 0.008 * np.abs(heights).max() + 1e-9)
    down = up * kit.rng.uniform(0.4, 1.6, len(heights)) if kit.chance(0.15) else up
    up, down = (np.array([float(f"{value:.2g}") for value in one]) for one in (up, down))
    return replace(series, hi=_tidy(heights + up), lo=_tidy(heights - down))


def _tidy(values: np.ndarray) -> Values:
    return tuple(float(f"{value:.7g}") for value in values)
