"""What goes round: pies and rings, radar charts, roses of bars.

Leaves out: exploded wedges and pies within pies, which the language cannot say.
"""

from __future__ import annotations

import numpy as np

from model.nano.spec import LayerSpec, Note, PanelSpec, SeriesSpec
from training.synthesis.kinds_kit import Kit, Values, rounded


def shares(kit: Kit, count: int, least: float = 0.025) -> Values:
    """Parts of one, none too small to be seen."""
    parts = np.abs(np.asarray(kit.columns(count, 1)[0])) + 1e-9
    parts = np.maximum(np.sqrt(parts / parts.sum()) if parts.max() > 0.8 * parts.sum() else parts / parts.sum(), least)
    parts = np.sort(parts)[::-1] if kit.chance(0.3) else parts
    decimals = kit.pick((2, 3, 4))
    found = np.maximum(np.round(parts / parts.sum(), decimals), 0.01)
    found[int(found.argmax())] += 1 - found.sum()
    return tuple(round(float(part), 4) for part in found)


def pie(kit: Kit) -> PanelSpec:
    count = kit.count(2, 9 if kit.frame.crowd <= 2 else 6)
    ring = kit.chance(0.28)
    words = [*kit.some(0.8, "percent0", "percent1", "percent1", "percent1", "percent2"), *kit.some(0.5, "startangle90")]
    words += ["ring"] if ring else []
    series = SeriesSpec(shares(kit, count), colours=kit.colours(count))
    layer = LayerSpec("pie", (series,), kit.categories(count, 16), words=tuple(words))
    places = ("upper right", "upper left", "best", "lower left", "center left", *("outside right",) * 6)
    legend = kit.pick(places) if kit.chance(0.28) else ""
    total = (Note(kit.talk.total(), 0.5, 0.5),) if ring and kit.chance(0.2) else ()
    return PanelSpec((layer,), legend=legend, notes=total)


def radar(kit: Kit) -> PanelSpec:
    count, rows = kit.count(3, 9 if kit.frame.crowd <= 2 else 6), kit.count(1, 4)
    top = float(kit.pick((1, 1, 5, 10, 100, 100)))
    colours, names = kit.inks(rows), kit.labels(rows, 0.4)
    marker, dashed = ((kit.marker(),) if kit.chance(0.45) else ()), kit.chance(0.2)
    series = []
    for index in range(rows):
        values = np.clip(kit.rng.beta(4, 2.5, count), 0.1, 1) * top
        style = kit.pick(("solid", "dashed", "dotted")) if dashed else "solid"
        words = (f"line:{style}", *marker)
        series.append(SeriesSpec(rounded(values, 2), label=names[index], colours=(colours[index],), words=words))
    words = (*kit.some(0.75, "filled"), *kit.some(0.3, "startangle90"))
    return PanelSpec((LayerSpec("radar", tuple(series), kit.categories(count, 14), words=words),))


def rose(kit: Kit) -> PanelSpec:
    count, rows = kit.count(4, 12), 1 if kit.chance(0.6) else kit.count(2, 3)
    each = rows == 1 and count <= 10 and kit.chance(0.45)
    colours, names = kit.colours(count if each else rows), kit.labels(rows)
    words = [*kit.some(0.4, "edge"), *kit.some(0.3, "faint"), *kit.some(0.3, "startangle90"), *kit.some(0.2, "narrow")]
    words += ["stacked"] if rows > 1 and kit.chance(0.6) else []
    series = []
    for index, values in enumerate(kit.columns(count, rows)):
        top = max(values)
        seen = rounded(np.maximum(values, 0.08 * top), 3)
        series.append(SeriesSpec(seen, label=names[index], colours=colours if each else (colours[index],)))
    return PanelSpec((LayerSpec("rose", tuple(series), kit.categories(count, 12), words=tuple(words)),))
