"""Two layers in one panel: bars or areas with a line, points with a line or a fit, a histogram with its density, two
y axes.

Leaves out: more than two layers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.colours import rgb, written
from model.nano.spans import floats
from model.nano.spec import AxisSpec, LayerSpec, PanelSpec, SeriesSpec
from training.synthesis.kinds_bars import bars
from training.synthesis.kinds_curves import courses
from training.synthesis.kinds_kit import Kit, Values, rounded
from training.synthesis.kinds_lines import areas, lines, scatter
from training.synthesis.kinds_spread import hist

_FITS = ("Linear fit", "Fit", "Trend", "Regression", "Best fit", "Trend line", "Model", "OLS", "")


def mixed(kit: Kit, kind: str) -> PanelSpec:
    """A panel of the kind with something of another kind on top, where that makes sense; else the panel alone."""
    if kind == "bar":
        return _with_line(kit, bars(kit))
    if kind == "scatter":
        panel = scatter(kit)
        return _with_fit(kit, panel) if kit.chance(0.8) else panel
    if kind == "hist":
        return _with_density(kit, hist(kit))
    if kind == "area":
        return _with_outline(kit, areas(kit))
    panel = lines(kit)
    return _with_second_line(kit, panel) if kit.chance(0.55) else _with_points(kit, panel)


def _last_colour(kit: Kit, panel: PanelSpec) -> str:
    """The palette's next colour after those of the panel, or another one."""
    used = [colour for layer in panel.layers for series in layer.series for colour in series.colours]
    spare = [colour for colour in kit.inks(len(set(used)) + 2) if colour not in used]
    return kit.pick(("#d62728", "#e07b00", "#7a3b9a", "#808080")) if not spare or kit.chance(0.3) else spare[0]


def _marks(kit: Kit) -> tuple[str, ...]:
    return (f"line:{kit.pick(('solid', 'solid', 'dashed'))}", *([kit.marker()] if kit.chance(0.75) else []))


def _with_line(kit: Kit, panel: PanelSpec) -> PanelSpec:
    """A line over upright bars: a rate at its own axis, or a trend at theirs."""
    layer = panel.layers[0]
    if "horizontal" in layer.words or any(floats(one) or min(one.y) < 0 for one in layer.series):
        return panel
    count = len(layer.series[0].y)
    twin = kit.chance(0.65)
    if twin:
        values = courses(kit, count, 1)[0]
    else:
        sums = np.sum([one.y for one in layer.series], axis=0)
        heights = sums if "stacked" in layer.words else np.max([one.y for one in layer.series], axis=0)
        values = rounded(np.asarray(heights) * kit.rng.uniform(0.85, 1.25, count), 3)
    one = SeriesSpec(values, label=kit.labels(1, 0.8)[0], colours=(_last_colour(kit, panel),), words=_marks(kit))
    line = LayerSpec("line", (one,), layer.categories, layer.x, ("twin",) if twin else ())
    plain = replace(layer, words=tuple(word for word in layer.words if word not in ("labels", "cells")))
    right = AxisSpec(kit.label(0.9)) if twin else AxisSpec()
    return replace(panel, layers=(plain, line), right=right)


def _with_second_line(kit: Kit, panel: PanelSpec) -> PanelSpec:
    """A second quantity at an axis of its own."""
    layer = panel.layers[0]
    if set(layer.words) & {"stem", "filled"} or panel.y.log:
        return panel
    first = replace(layer, series=layer.series[: kit.count(1, 2)], words=layer.words)
    values = courses(kit, len(first.series[0].y), 1)[0]
    one = SeriesSpec(values, label=kit.labels(1, 0.75)[0], colours=(_last_colour(kit, panel),), words=_marks(kit))
    second = LayerSpec("line", (one,), layer.categories, layer.x, ("twin",))
    return replace(panel, layers=(first, second), right=AxisSpec(kit.label(0.9)))


def _with_points(kit: Kit, panel: PanelSpec) -> PanelSpec:
    """Measured points around the first line, which is their model."""
    layer = panel.layers[0]
    x = np.array(layer.x or range(len(layer.categories)))
    y = np.array(layer.series[0].y)
    if layer.words or layer.categories or panel.x.log or panel.y.log or len(x) < 4:
        return panel
    places = np.sort(kit.rng.uniform(x.min(), x.max(), min(40, max(6, len(x)))))
    heights = np.interp(places, x, y) + kit.rng.normal(0, 0.07 * (float(np.ptp(y)) or 1.0), len(places))
    name = kit.pick(("Data", "Measured", "Observations", "Samples", "Experiment", "Data points"))
    dots = SeriesSpec(rounded(heights, 3), rounded(places, 3), label=name, colours=(_last_colour(kit, panel),))
    first = replace(layer, series=layer.series[:1])
    return replace(panel, layers=(first, LayerSpec("scatter", (dots,))))


def _with_fit(kit: Kit, panel: PanelSpec) -> PanelSpec:
    """A straight or bent line through the points of the first series or of all, now and then within a band."""
    rows = panel.layers[0].series if kit.chance(0.5) else panel.layers[0].series[:1]
    x, y = np.concatenate([one.x for one in rows]), np.concatenate([one.y for one in rows])
    if len(x) < 5 or np.ptp(x) == 0 or panel.layers[0].categories:
        return panel
    straight, banded = kit.chance(0.8), kit.chance(0.4)
    along = np.linspace(x.min(), x.max(), 30 if banded or not straight else 2)
    centre = float(x.mean())
    fit = np.polyfit(x - centre, y, 1 if straight else 2)
    curve = np.polyval(fit, along - centre)
    style = (f"line:{kit.pick(('solid', 'dashed', 'dashed') if not banded else ('solid',))}",)
    colour = _last_colour(kit, panel) if kit.chance(0.75) else rows[0].colours[0]
    one = SeriesSpec(rounded(curve, 4), rounded(along, 4), label=kit.pick(_FITS), colours=(colour,), words=style)
    if not banded:
        return replace(panel, layers=(panel.layers[0], LayerSpec("line", (one,))))
    off = float(np.std(y - np.polyval(fit, x - centre))) or float(np.ptp(y))
    widths = off * kit.form.uniform(0.5, 2) * np.sqrt(1 + kit.pick((0.0, 2.0)) * ((along - centre) / np.ptp(x)) ** 2)
    one = replace(one, hi=rounded(curve + widths, 4), lo=rounded(curve - widths, 4))
    return replace(panel, layers=(panel.layers[0], LayerSpec("line", (one,), words=("band",))))


def _with_outline(kit: Kit, panel: PanelSpec) -> PanelSpec:
    """A line over areas: their sum, a target, or what was expected."""
    layer = panel.layers[0]
    columns = [one.y for one in layer.series]
    heights = np.sum(columns, axis=0) if "stacked" in layer.words else np.max(columns, axis=0)
    off = kit.pick((0.0, 0.06, 0.15))
    values = rounded(np.asarray(heights) * kit.rng.uniform(1 - off, 1 + off, len(heights)), 3)
    label = kit.pick(("Total", "Sum", "Target", "Expected", "Model", "Demand", "Observed", "Baseline", ""))
    one = SeriesSpec(values, label=label, colours=(_last_colour(kit, panel),), words=_marks(kit))
    return replace(panel, layers=(layer, LayerSpec("line", (one,), layer.categories, layer.x)))


def _with_density(kit: Kit, panel: PanelSpec) -> PanelSpec:
    """Each histogram, or the first alone, with a curve over it: a bell of its mean and spread, or its smooth course."""
    layer = panel.layers[0]
    if "horizontal" in layer.words:
        return panel
    edges = np.array(layer.x)
    if kit.chance(0.5):  # bins of whole area 1
        layer = replace(layer, series=tuple(replace(one, y=_dense(one.y, edges)) for one in layer.series))
    rows = layer.series if kit.chance(0.75) else layer.series[:1]
    bell, own, twin = kit.chance(0.5), kit.chance(0.5), kit.chance(0.15)
    style = f"line:{kit.pick(('solid', 'solid', 'dashed'))}"
    x, names = rounded(np.linspace(edges[0], edges[-1], 50), 4), ("Density", "KDE", "Normal fit", "Fit", "PDF", "")
    name, other = kit.pick(names), _last_colour(kit, panel)
    curves = []
    for one in rows:
        label = f"{one.label} {name}" if len(rows) > 1 and one.label and name else name if len(rows) == 1 else ""
        colour = _darker(one.colours[0]) if own or len(rows) > 1 else other
        y = rounded(_smooth(np.array(one.y), edges, np.array(x), bell), 3)
        curves.append(SeriesSpec(y, label=label, colours=(colour,), words=(style,)))
    line = LayerSpec("line", tuple(curves), x=x, words=("twin",) if twin else ())
    return replace(panel, layers=(layer, line), right=AxisSpec("Density") if twin else AxisSpec())


def _dense(counts: Values, edges: np.ndarray) -> Values:
    area = float(np.sum(np.array(counts) * np.diff(edges))) or 1.0
    return rounded(np.array(counts) / area, 3)


def _smooth(counts: np.ndarray, edges: np.ndarray, x: np.ndarray, bell: bool) -> np.ndarray:
    """A curve of the same area as the bins: one normal bell, or a wide one at each bin."""
    middles, widths = (edges[:-1] + edges[1:]) / 2, np.diff(edges)
    mean = float(np.average(middles, weights=counts))
    spread = max(float(np.sqrt(np.average((middles - mean) ** 2, weights=counts))), 0.02 * float(np.ptp(edges)))
    places, areas = (np.array([mean]), np.array([np.sum(counts * widths)])) if bell else (middles, counts * widths)
    width = spread if bell else max(0.35 * spread, float(widths.max()))
    bells = np.exp(-0.5 * ((x[:, None] - places) / width) ** 2) / (width * 2.5066)
    return np.asarray(bells @ areas)


def _darker(colour: str) -> str:
    return written(0.65 * np.array(rgb(colour)))
