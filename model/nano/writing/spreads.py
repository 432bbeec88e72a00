"""How values are spread: histograms of counted bins, boxes and violins of five numbers each."""

from __future__ import annotations

from itertools import pairwise

from model.nano.spec import LayerSpec, PanelSpec
from model.nano.tint import VIOLIN
from model.nano.writing.literals import call, look, numbers, rows, text, texts


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
    data = "[" + ", ".join(numbers(series.y) for series in layer.series) + "]"
    options = ["whis=(0, 100)"]  # five numbers a box: with these whiskers they come out exactly as given
    options += [f"tick_labels={texts(layer.categories)}"] if layer.categories else []
    options += _lying(layer)
    colours = _colours(layer)
    if not colours:
        return [f"boxes = {call(ax, 'boxplot', data, *options)}"]
    return [
        f"boxes = {call(ax, 'boxplot', data, *options, 'patch_artist=True')}",
        f'for patch, colour in zip(boxes["boxes"], {texts(colours)}):',
        "    patch.set_facecolor(colour)",
    ]


def violins(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    """Samples that have the five numbers as their quartiles."""
    lines = [
        f"quartiles = {rows(numbers(series.y) for series in layer.series)}",
        "shares = np.linspace(0, 1, 50)",
        "samples = [np.interp(shares, [0, 0.25, 0.5, 0.75, 1], row) for row in quartiles]",
        f"parts = {call(ax, 'violinplot', 'samples', *_lying(layer))}",
    ]
    if colours := _colours(layer):
        lines.append(f'for body, colour in zip(parts["bodies"], {texts(colours)}):')
        lines += ["    body.set_facecolor(colour)", f"    body.set_alpha({VIOLIN})"]
    if layer.categories:
        ticks = "set_yticks" if "horizontal" in layer.words else "set_xticks"
        lines.append(call(ax, ticks, f"range(1, {len(layer.categories) + 1})", texts(layer.categories)))
    return lines


def _lying(layer: LayerSpec) -> list[str]:
    return [f"orientation={text('horizontal')}"] if "horizontal" in layer.words else []


def _colours(layer: LayerSpec) -> list[str]:
    """One a box; none where no box has one."""
    if not any(series.colours for series in layer.series):
        return []
    return [series.colours[0] if series.colours else "C0" for series in layer.series]
