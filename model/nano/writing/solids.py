"""Three dimensions: surfaces of hills, bars on a plane, points and curves in space."""

from __future__ import annotations

from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec
from model.nano.writing.fields import colorbar, colormap, hills
from model.nano.writing.literals import call, look, named, numbers, strokes, texts


def surface(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    drawn = call(ax, "plot_surface", "x", "y", "z", *colormap(layer))
    return [*hills(layer, panel, 50), f"image = {drawn}", *colorbar(layer, ax, "shrink=0.6", "pad=0.15")]


def bars(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    lines = []
    for series in layer.series:
        options = look(layer, series, each=len(series.y))
        corner = [numbers(series.x), numbers(series.y), "0"]
        lines.append(call(ax, "bar3d", *corner, "0.5", "0.5", numbers(series.hi), *options))
    return lines + _names(layer, ax)


def _names(layer: LayerSpec, ax: str) -> list[str]:
    """Categories stand along x, below the middles of the bars."""
    places = sorted({x for series in layer.series for x in series.x})
    if len(places) != len(layer.categories):
        return []
    return [call(ax, "set_xticks", numbers(x + 0.25 for x in places), texts(layer.categories))]


def points(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    lines = []
    for series in layer.series:
        marker = named(series.words, "marker:")
        options = look(layer, series, each=len(series.y))
        options += [f'marker="{marker}"'] if marker and marker != "o" else []
        lines.append(call(ax, "scatter", *_coordinates(series), *options))
    return lines


def curves(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    return [call(ax, "plot", *_coordinates(series), *look(layer, series), *strokes(series)) for series in layer.series]


def _coordinates(series: SeriesSpec) -> list[str]:
    return [numbers(values) for values in (series.x, series.y, series.hi)]
