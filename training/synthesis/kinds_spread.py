"""How values are spread: histograms, boxes, violins, and points with error bars.

Leaves out: smooth densities (kinds_lines.py) and bars with errors (kinds_bars.py).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.nano.spec import AxisSpec, LayerSpec, PanelSpec, SeriesSpec
from training.synthesis.kinds_kit import Kit, Values, rounded

_COUNTS = ("Frequency", "Frequency", "Count", "Count", "count", "Number of samples", "Occurrences", "# Samples", "")


def hist(kit: Kit) -> PanelSpec:
    bins, rows = kit.count(5, 30), 1 if kit.chance(0.68) else kit.count(2, 3)
    edges = _edges(kit, bins)
    colours, names = kit.colours(rows), kit.labels(rows)
    size, share = int(kit.pick((40, 100, 200, 500, 1000))), kit.chance(0.15)
    series = []
    for index in range(rows):
        counts = _counted(kit, np.array(edges), size, index)
        values = rounded(counts / counts.sum(), 3) if share else tuple(map(float, counts))
        series.append(SeriesSpec(values, label=names[index], colours=(colours[index],)))
    lying = kit.chance(0.05)
    words = [*(["faint"] if rows > 1 or kit.chance(0.25) else []), *kit.some(0.5, "edge")]
    words += ["horizontal"] if lying else []
    x, y = AxisSpec(kit.label()), AxisSpec(kit.pick(("Density", "Share")) if share else kit.pick(_COUNTS))
    layer = LayerSpec("hist", tuple(series), x=edges, words=tuple(words))
    return PanelSpec((layer,), *((y, x) if lying else (x, y)))


def _edges(kit: Kit, bins: int) -> Values:
    """Round bins over the real values."""
    sample = kit.sample(80)
    width = float(f"{max(float(np.ptp(sample)) / bins, 1e-6):.1g}")
    first = float(np.floor(sample.min() / width) * width)
    return tuple(float(f"{first + i * width:.8g}") for i in range(bins + 1))


def _counted(kit: Kit, edges: np.ndarray, size: int, index: int) -> np.ndarray:
    """Counts of a bell, a tail, or two bells between the edges; at least one in the highest bins."""
    low, span = edges[0], edges[-1] - edges[0]
    how = kit.rng.random()
    if how < 0.5:
        sample = kit.rng.normal(low + span * (0.5 + (kit.rng.normal(0, 0.13) if index else 0)), span * 0.17, size)
    elif how < 0.75:
        sample = low + kit.rng.gamma(2, span * 0.11, size)
    else:
        left = kit.rng.normal(low + 0.3 * span, span * 0.1, size // 2)
        sample = np.concatenate([left, kit.rng.normal(low + 0.7 * span, span * 0.12, size - size // 2)])
    counts, _ = np.histogram(np.clip(sample, edges[0], edges[-1]), edges)
    return np.maximum(counts, (np.arange(len(counts)) == counts.argmax()) * 1)


def boxes(kit: Kit) -> PanelSpec:
    """Boxes with whiskers; now and then without, and then mostly without edges too."""
    panel = _spreads(kit, "box", filled=0.75)
    layer, words = panel.layers[0], kit.some(0.25, "narrow", "narrow", "wide")
    if kit.chance(0.13):
        layer = replace(layer, series=tuple(replace(one, y=_bare_box(one.y)) for one in layer.series))
        words += ["filled"] if layer.series[0].colours and kit.chance(0.65) else []
    if layer.series[0].colours:
        words += kit.some(0.12, "faint")
    return replace(panel, layers=(replace(layer, words=(*layer.words, *words)),))


def _bare_box(five: Values) -> Values:
    return (five[1], *five[1:4], five[3])


def violins(kit: Kit) -> PanelSpec:
    """Violins with a line from end to end, with a stroke at the median, with a thick line in them, or bodies alone."""
    panel = _spreads(kit, "violin", filled=0.92)
    inside = {"lines": 0.3, "points": 0.15, "filled": 0.13, "filled points": 0.22, "stem": 0.2}
    words = [word for word in kit.weighted(inside).split() if word != "lines"]
    words += kit.some(0.45, "narrow", "wide", "wide")
    if panel.layers[0].series[0].colours:
        words += [*kit.some(0.25, "edge"), *kit.some(0.3, "faint")]
    layer = panel.layers[0]
    return replace(panel, layers=(replace(layer, words=(*layer.words, *words)),))


def _spreads(kit: Kit, kind: str, filled: float) -> PanelSpec:
    lying = kit.chance(0.2)
    words = ("horizontal",) if lying else ()
    x, y = kit.axes()
    layer = _paired(kit, kind, lying) if kit.chance(0.2) else _alone(kit, kind, lying, filled)
    return PanelSpec((replace(layer, words=words),), *((y, x) if lying else (x, y)))


def _alone(kit: Kit, kind: str, lying: bool, filled: float) -> LayerSpec:
    """One for each name; now and then many."""
    most = kit.most_names(lying)
    count = kit.count(2, min(9, most))
    if kit.chance(0.08):
        count = kit.count(min(9, most), min(20, 2 * most))
    palette = kit.colours(count if kit.chance(0.65) else 1)
    coloured = kit.chance(filled)
    series = [
        SeriesSpec(five, colours=(palette[index % len(palette)],) if coloured else ())
        for index, five in enumerate(_fives(kit, count))
    ]
    names = kit.categories(count, 16 if count <= 9 else 5) if kit.chance(0.93) and count <= most else ()
    if coloured and len(palette) == count and kit.chance(0.12):
        labels = kit.labels(count)
        series = [replace(one, label=label) for one, label in zip(series, labels, strict=True)]
    return LayerSpec(kind, tuple(series), names)


def _paired(kit: Kit, kind: str, lying: bool) -> LayerSpec:
    """Two or three side by side for each name, told apart by a legend."""
    rows = kit.pick((2, 2, 3))
    count = kit.count(2, min(6, kit.most_names(lying)))
    labels, colours = kit.labels(rows), kit.colours(rows)
    series = [
        SeriesSpec(five, label=labels[index % rows], colours=(colours[index % rows],))
        for index, five in enumerate(_fives(kit, rows * count))
    ]
    return LayerSpec(kind, tuple(series), kit.categories(count, 16))


def _fives(kit: Kit, count: int) -> list[Values]:
    """Low whisker, quartiles and high whisker of samples that lie near each other."""
    base = kit.sample(60)
    base = base[np.abs(base - np.median(base)) <= 3 * (base.std() or 1.0)]
    spread = float(base.std()) or 1.0
    found = []
    for _ in range(count):
        own = (kit.rng.choice(base, 30) - base.mean()) * kit.rng.uniform(0.4, 1.1)
        own = own + kit.rng.normal(0, 0.15 * spread, 30) + base.mean() + kit.rng.normal(0, 0.7) * spread
        low, high = kit.rng.uniform(0, 6), kit.rng.uniform(94, 100)
        five = np.percentile(own, (low, 25, 50, 75, high))
        found.append(five if base.min() < 0 else five - min(0.0, float(five[0])))
    decimals = max(0, 2 - int(np.floor(np.log10(max(spread, 1e-9)))))
    return [tuple(float(value) for value in np.round(five, decimals)) for five in found]
