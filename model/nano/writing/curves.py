"""What runs along an axis point by point: lines, stems, bands, areas, scattered points, points with errors."""

from __future__ import annotations

from dataclasses import dataclass

from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec
from model.nano.tint import FAINT, FAINT_AREA
from model.nano.writing.bars import numbered
from model.nano.writing.literals import call, errors, look, named, number, numbers, strokes, text, texts

_LARGEST_BUBBLE = 600


@dataclass(frozen=True, slots=True)
class _Across:
    """How a layer says its places: lines before and after its calls, and the name or list that all share.

    Places are along x, along y in a layer that lies.
    """

    before: list[str]
    shared: str
    after: list[str]

    def of(self, series: SeriesSpec) -> str:
        return numbers(series.x) if series.x else self.shared


def _across(layer: LayerSpec, panel: PanelSpec, ax: str, uses: int) -> _Across:
    names = layer.categories
    if names and _on_bars(layer, panel):
        return _Across([], "x", [])
    side = "y" if "horizontal" in layer.words else "x"
    if names and (len(set(names)) < len(names) or _bars_below(layer, panel)):
        return _Across([f"{side} = np.arange({len(names)})"], side, [call(ax, f"set_{side}ticks", side, texts(names))])
    value = texts(names) if names else numbers(layer.x)
    used = uses * sum(not series.x for series in layer.series)
    return _Across([f"{side} = {value}"], side, []) if used > 1 else _Across([], value, [])


def _bars_below(layer: LayerSpec, panel: PanelSpec) -> bool:
    """Bars at numbers: names would put what follows on an axis of its own."""
    return any(one.kind == "bar" and numbered(one) for one in panel.layers if one is not layer)


def _on_bars(layer: LayerSpec, panel: PanelSpec) -> bool:
    """Whether `x` still is what the bars of the same names stand at, ticks and all."""
    below = panel.layers[: panel.layers.index(layer)]
    bars = bool(below) and below[0].kind == "bar" and numbered(below[0]) and "horizontal" not in below[0].words
    return bars and all(one.categories == layer.categories for one in below)


def lines(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    filled = "filled" in layer.words or any(series.hi and series.lo for series in layer.series)
    across = _across(layer, panel, ax, 2 if filled else 1)
    calls = []
    for series in layer.series:
        calls += _line(layer, series, across.of(series), ax)
    return [*across.before, *calls, *across.after]


def _line(layer: LayerSpec, series: SeriesSpec, x: str, ax: str) -> list[str]:
    y, colour = numbers(series.y), [f"color={text(series.colours[0])}"] if series.colours else []
    if "stem" in layer.words:
        return [_stem(series, x, ax)]
    options, fill = [*look(layer, series), *strokes(series)], _fill(layer)
    if "step" in layer.words:
        drawn = [call(ax, "step", x, y, 'where="mid"', *options)]
    else:
        drawn = [call(ax, "plot", *_turned(layer, x, y), *options)]
    if "filled" in layer.words:
        drawn.append(call(ax, fill, x, y, *colour, "alpha=0.3"))
    if series.hi and series.lo:
        drawn.append(call(ax, fill, x, numbers(series.lo), numbers(series.hi), *colour, "alpha=0.2"))
    return drawn


def _turned(layer: LayerSpec, places: str, values: str) -> tuple[str, str]:
    """Places and values as x and y."""
    return (values, places) if "horizontal" in layer.words else (places, values)


def _fill(layer: LayerSpec) -> str:
    return "fill_betweenx" if "horizontal" in layer.words else "fill_between"


def _stem(series: SeriesSpec, x: str, ax: str) -> str:
    marker = named(series.words, "marker:")
    options = [f"linefmt={text(series.colours[0])}"] if series.colours else []
    options += [f'markerfmt="{marker}"'] if marker and marker != "o" else []
    options += [f"label={text(series.label)}"] if series.label else []
    return call(ax, "stem", x, numbers(series.y), *options)


def scatter(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    across = _across(layer, panel, ax, 1)
    largest = max((size for series in layer.series for size in series.size), default=0.0)
    calls = []
    for series in layer.series:
        marker = named(series.words, "marker:")
        options = look(layer, series, each=len(series.y))
        options += [f'marker="{marker}"'] if marker and marker != "o" else []
        options = [*_bubbles(series, largest), *options]
        calls.append(call(ax, "scatter", across.of(series), numbers(series.y), *options))
    return [*across.before, *calls, *across.after]


def _bubbles(series: SeriesSpec, largest: float) -> list[str]:
    if not series.size or largest <= 0:
        return []
    areas = (max(1, round(_LARGEST_BUBBLE * size / largest)) for size in series.size)
    return [f"s=[{', '.join(number(area) for area in areas)}]"]


def areas(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    if "stacked" in layer.words:
        return _stacked(layer, panel, ax)
    across = _across(layer, panel, ax, 1)
    calls = []
    for series in layer.series:
        lower = [numbers(series.lo)] if series.lo else []
        options = [*lower, *look(layer, series, alpha=FAINT_AREA)]
        calls.append(call(ax, _fill(layer), across.of(series), numbers(series.y), *options))
    return [*across.before, *calls, *across.after]


def _stacked(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    """One call for all: matplotlib adds the heights up."""
    across = _across(layer, panel, ax, 0)
    labels = [series.label for series in layer.series]
    colours = [series.colours[0] for series in layer.series if series.colours]
    options = [f"labels={texts(labels)}"] if any(labels) else []
    options += [f"colors={texts(colours)}"] if colours else []
    options += [f"alpha={FAINT}"] if "faint" in layer.words else []
    heights = [numbers(series.y) for series in layer.series]
    return [*across.before, call(ax, "stackplot", across.shared, *heights, *options), *across.after]


def error_bars(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    across = _across(layer, panel, ax, 1)
    calls = []
    for series in layer.series:
        style, marker = named(series.words, "line:") or "none", named(series.words, "marker:") or "o"
        error = errors(series, "xerr" if "horizontal" in layer.words else "yerr")
        options = [*error, *look(layer, series), f'marker="{marker}"', f'linestyle="{style}"']
        calls.append(call(ax, "errorbar", *_turned(layer, across.of(series), numbers(series.y)), *options))
    return [*across.before, *calls, *across.after]
