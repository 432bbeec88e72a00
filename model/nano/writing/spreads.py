"""How values are spread: histograms of counted bins, boxes and violins of five numbers each."""

from __future__ import annotations

from itertools import pairwise

from model.nano.spans import GROUP, beside, per_name
from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec
from model.nano.tint import FAINT, strength
from model.nano.writing.literals import call, look, number, numbers, rows, text, texts


def hist(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    """The counts are known, not the sample: one value in the middle of each bin weighs as much as its bin."""
    centres = numbers((a + b) / 2 for a, b in pairwise(layer.x))
    lines = []
    for series in layer.series:
        options = [f"bins={numbers(layer.x)}", f"weights={numbers(series.y)}", *look(layer, series)]
        options += _lying(layer)
        options += ['edgecolor="black"'] if "edge" in layer.words else []
        lines.append(call(ax, "hist", centres, *options))
    return lines


def boxes(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    """Boxes, "filled" ones without edges. Whiskers are left out where no box has any."""
    data = "[" + ", ".join(numbers(series.y) for series in layer.series) + "]"
    grouped = _rows(layer) > 1
    options = ["whis=(0, 100)"]  # five numbers a box: with these whiskers they come out exactly as given
    options += [f"tick_labels={texts(layer.categories)}"] if layer.categories and not grouped else []
    options += [*_stand(layer), *_lying(layer)]
    options += ["showcaps=False"] if not any(_whiskers(series) for series in layer.series) else []
    ticks = _ticks(layer, ax) if grouped else []
    colours = _colours(layer)
    if not colours:
        return [f"boxes = {call(ax, 'boxplot', data, *options)}", *ticks]
    return [
        f"boxes = {call(ax, 'boxplot', data, *options, 'patch_artist=True')}",
        f'for patch, colour in zip(boxes["boxes"], {texts(colours)}):',
        "    patch.set_facecolor(colour)",
        *(["    patch.set_linewidth(0)"] if "filled" in layer.words else []),
        *([f"    patch.set_alpha({FAINT})"] if "faint" in layer.words else []),
        *ticks,
    ]


def _whiskers(series: SeriesSpec) -> bool:
    low, first, _, third, high = series.y
    return low < first or third < high


def violins(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    """Samples that have the five numbers as their quartiles. Words: "filled" for bodies alone, "points" for a stroke at
    each median, "stem" for a thick one between the quartiles and a dot, "edge"."""
    options = ["showextrema=False"] if {"filled", "stem"} & set(layer.words) else []
    options += ["showmedians=True"] if "points" in layer.words else []
    lines = [
        f"quartiles = {rows(numbers(series.y) for series in layer.series)}",
        "shares = np.linspace(0, 1, 50)",
        "samples = [np.interp(shares, [0, 0.25, 0.5, 0.75, 1], row) for row in quartiles]",
        f"parts = {call(ax, 'violinplot', 'samples', *_stand(layer), *_lying(layer), *options)}",
    ]
    if colours := _colours(layer):
        lines.append(f'for body, colour in zip(parts["bodies"], {texts(colours)}):')
        lines += ["    body.set_facecolor(colour)", f"    body.set_alpha({strength('violin', layer.words)})"]
        lines += ['    body.set_edgecolor("black")'] if "edge" in layer.words else []
    return lines + _stems(layer, ax) + (_ticks(layer, ax) if layer.categories else [])


def _stems(layer: LayerSpec, ax: str) -> list[str]:
    if "stem" not in layer.words:
        return []
    lying = "horizontal" in layer.words
    dots = ("medians", "places") if lying else ("places", "medians")
    return [
        f"places = {_positions(layer)}",
        "_, low, medians, high, _ = np.transpose(quartiles)",
        call(ax, "hlines" if lying else "vlines", "places", "low", "high", 'color="black"', "linewidth=5"),
        call(ax, "scatter", *dots, 'color="white"', "s=15", "zorder=3"),
    ]


def _rows(layer: LayerSpec) -> int:
    return per_name(len(layer.series), len(layer.categories))


def _positions(layer: LayerSpec) -> str:
    count = len(layer.series) // _rows(layer)
    return numbers(round(place, 3) for place in beside(range(1, count + 1), len(layer.series)))


def _stand(layer: LayerSpec) -> list[str]:
    """Where boxes stand that share names, and how wide they are, where that is not matplotlib's own."""
    share = 0.5 if "narrow" in layer.words else 1.0 if "wide" in layer.words else 0.85
    if (count := _rows(layer)) > 1:
        return [f"positions={_positions(layer)}", f"widths={number(round(share * GROUP / count, 2))}"]
    return ["widths=0.25"] if "narrow" in layer.words else ["widths=0.8"] if "wide" in layer.words else []


def _ticks(layer: LayerSpec, ax: str) -> list[str]:
    ticks = "set_yticks" if "horizontal" in layer.words else "set_xticks"
    return [call(ax, ticks, f"range(1, {len(layer.categories) + 1})", texts(layer.categories))]


def _lying(layer: LayerSpec) -> list[str]:
    return [f"orientation={text('horizontal')}"] if "horizontal" in layer.words else []


def _colours(layer: LayerSpec) -> list[str]:
    """One a box; none where no box has one."""
    if not any(series.colours for series in layer.series):
        return []
    return [series.colours[0] if series.colours else "C0" for series in layer.series]
