"""Spec -> plain canonical Python: one compact style for every program that the built-in model writes or is taught.

The program needs matplotlib and sometimes numpy, nothing else, and ends with plt.show().
Leaves out: the reading of the chart (codec.py) and any text the spec does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from model.nano.grammar import LEGEND_PLACES
from model.nano.spec import AxisSpec, FigureSpec, LayerSpec, PanelSpec, SeriesSpec

_OUTSIDE = {
    "outside right": 'loc="upper left", bbox_to_anchor=(1.02, 1)',
    "outside top": 'loc="lower center", bbox_to_anchor=(0.5, 1.02), ncol=4',
    "outside bottom": 'loc="upper center", bbox_to_anchor=(0.5, -0.15), ncol=4',
}


def write(spec: FigureSpec) -> str:
    """The whole program."""
    body = [*_figure_lines(spec)]
    for panel in spec.panels:
        body += ["", *_axes_lines(spec, panel), *panel_lines(panel), *_turned_labels(spec, panel)]
    if spec.title:
        body += ["", f"fig.suptitle({text(spec.title)})"]
    body += ["", "plt.tight_layout()", "plt.show()"]
    imports = ["import matplotlib.pyplot as plt"]
    if any("np." in line for line in body):
        imports.append("import numpy as np")
    style = [f"plt.style.use({text(spec.style)})"] if spec.style else []
    return "\n".join([*imports, "", *style, *body]) + "\n"


def number(value: float) -> str:
    """Six significant digits at most, and integers without a point."""
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"


def numbers(values: Iterable[float]) -> str:
    return "[" + ", ".join(number(value) for value in values) + "]"


def text(string: str) -> str:
    return json.dumps(string, ensure_ascii=False)


def texts(strings: Iterable[str]) -> str:
    return "[" + ", ".join(text(string) for string in strings) + "]"


def _spans(spec: FigureSpec) -> bool:
    return any(panel.cell[0] != panel.cell[1] or panel.cell[2] != panel.cell[3] for panel in spec.panels)


def _figure_lines(spec: FigureSpec) -> list[str]:
    size = f"figsize=({number(round(spec.size[0], 2))}, {number(round(spec.size[1], 2))})"
    if _spans(spec):
        return [f"fig = plt.figure({size})", f"grid = fig.add_gridspec({spec.rows}, {spec.cols})"]
    if spec.rows * spec.cols == 1:
        return [f"fig, ax = plt.subplots({size})"]
    return [f"fig, axes = plt.subplots({spec.rows}, {spec.cols}, {size}, squeeze=False)"]


def _axes_lines(spec: FigureSpec, panel: PanelSpec) -> list[str]:
    row0, row1, col0, col1 = panel.cell
    if _spans(spec):
        return [f"ax = fig.add_subplot(grid[{row0}:{row1 + 1}, {col0}:{col1 + 1}])"]
    return [f"ax = axes[{row0}, {col0}]"] if spec.rows * spec.cols > 1 else []


def panel_lines(panel: PanelSpec) -> list[str]:
    """Everything that is done to one axes, called `ax`."""
    lines: list[str] = []
    for layer in panel.layers:
        lines += _LAYERS[layer.kind](layer, panel)
    for rule in panel.rules:
        call = "axvline" if rule.axis == "x" else "axhline"
        lines.append(f'ax.{call}({number(rule.value)}, color="{rule.colour}", linestyle="{rule.style}")')
    lines += _axis_lines("x", panel.x) + _axis_lines("y", panel.y)
    if panel.title:
        lines.append(f"ax.set_title({text(panel.title)})")
    if panel.grid:
        lines.append("ax.grid(True)" if panel.grid == "both" else f'ax.grid(axis="{panel.grid}")')
    if panel.open_frame:
        lines.append('ax.spines[["top", "right"]].set_visible(False)')
    return lines + _legend_lines(panel)


def _turned_labels(spec: FigureSpec, panel: PanelSpec) -> list[str]:
    """Turns the labels below a panel where they would run into each other."""
    layer = panel.layers[0]
    if not layer.categories or "horizontal" in layer.words or layer.kind == "pie":
        return []
    letters = sum(max(len(line) for line in name.split("\n")) + 2 for name in layer.categories)
    inches = spec.size[0] * 0.8 * (panel.cell[3] - panel.cell[2] + 1) / spec.cols
    turn = 90 if letters > 30 * inches else 45 if letters > 12 * inches else 0
    return [f'ax.tick_params(axis="x", rotation={turn})'] if turn else []


def _axis_lines(name: str, axis: AxisSpec) -> list[str]:
    lines = []
    if axis.log:
        lines.append(f'ax.set_{name}scale("log")')
    if axis.limits:
        lines.append(f"ax.set_{name}lim({number(axis.limits[0])}, {number(axis.limits[1])})")
    if axis.label:
        lines.append(f"ax.set_{name}label({text(axis.label)})")
    return lines


def _legend_lines(panel: PanelSpec) -> list[str]:
    if not panel.legend:
        return []
    assert panel.legend in LEGEND_PLACES, panel.legend
    place = _OUTSIDE.get(panel.legend, f'loc="{panel.legend}"')
    if panel.layers[0].kind == "pie":
        return [f"ax.legend(ax.patches, {texts(panel.layers[0].categories)}, {place})"]
    return [f"ax.legend({place})" if panel.legend != "best" else "ax.legend()"]


def _options(series: SeriesSpec, *, colour: str = "color", several: bool = True) -> list[str]:
    """Keyword arguments that most drawing calls share: colour(s) and label."""
    options = []
    if len(series.colours) > 1 and several:
        options.append(f"{colour}={texts(series.colours)}")
    elif series.colours:
        options.append(f'{colour}="{series.colours[0]}"')
    if series.label:
        options.append(f"label={text(series.label)}")
    return options


def _named(words: Sequence[str], prefix: str) -> str:
    """The value of a prefixed word, e.g. "line:dashed" -> "dashed"; "" where there is none."""
    return next((word.split(":", 1)[1] for word in words if word.startswith(prefix)), "")


def _error_option(series: SeriesSpec, name: str) -> list[str]:
    if not series.hi:
        return []
    up = [max(0.0, hi - y) for hi, y in zip(series.hi, series.y, strict=False)]
    down = [max(0.0, y - lo) for lo, y in zip(series.lo, series.y, strict=False)]
    same = not down or all(abs(a - b) <= 0.02 * max(abs(a), abs(b), 1e-12) for a, b in zip(up, down, strict=False))
    value = numbers(up) if same else f"[{numbers(down)}, {numbers(up)}]"
    return [f"{name}={value}", "capsize=3"]


def _bars(layer: LayerSpec, _panel: PanelSpec) -> list[str]:
    horizontal = "horizontal" in layer.words
    call, extent, base = ("barh", "height", "left") if horizontal else ("bar", "width", "bottom")
    stacked, count = "stacked" in layer.words, len(layer.series)
    grouped = count > 1 and not stacked
    plain = not grouped and not layer.x and len(set(layer.categories)) == len(layer.categories)
    size = 0.8 / count if grouped else 0.5 if "narrow" in layer.words else 0.95 if "wide" in layer.words else 0.8
    where = texts(layer.categories) if plain else "x"
    lines = []
    if not plain:
        lines.append(f"x = {f'np.array({numbers(layer.x)})' if layer.x else f'np.arange({len(layer.categories)})'}")
    below = [0.0] * max(len(series.y) for series in layer.series)
    for index, series in enumerate(layer.series):
        offset = (index - (count - 1) / 2) * size if grouped else 0.0
        place = where if not offset else f"{where} {'+' if offset > 0 else '-'} {number(abs(round(offset, 3)))}"
        options = _options(series)
        if size != 0.8:
            options.insert(0, f"{extent}={number(round(size, 3))}")
        if stacked and index:
            options.insert(0, f"{base}={numbers(below[: len(series.y)])}")
        options += ['edgecolor="black"'] if "edge" in layer.words else []
        options += ['hatch="//"'] if "hatch" in layer.words else []
        options += _error_option(series, "xerr" if horizontal else "yerr")
        lines.append(f"ax.{call}({', '.join([place, numbers(series.y), *options])})")
        below = [a + b for a, b in zip(below, series.y, strict=False)]
        if "labels" in layer.words:
            where_label = ', label_type="center"' if stacked else ""
            lines.append(f"ax.bar_label(ax.containers[-1]{where_label})")
    if not plain and layer.categories:
        lines.append(f"ax.set_{'y' if horizontal else 'x'}ticks(x, {texts(layer.categories)})")
    return lines


def _abscissa(layer: LayerSpec, series: SeriesSpec) -> str:
    if layer.categories and len(layer.categories) == len(series.y):
        return texts(layer.categories)
    return numbers(series.x or layer.x)


def _lines(layer: LayerSpec, _panel: PanelSpec) -> list[str]:
    lines = []
    for series in layer.series:
        options = _options(series)
        style, marker = _named(series.words, "line:"), _named(series.words, "marker:")
        options += [f'linestyle="{style}"'] if style and style != "solid" else []
        options += [f'marker="{marker}"'] if marker else []
        x = _abscissa(layer, series)
        if "step" in layer.words:
            lines.append(f"ax.step({', '.join([x, numbers(series.y), 'where=' + text('mid'), *options])})")
        else:
            lines.append(f"ax.plot({', '.join([x, numbers(series.y), *options])})")
        if "filled" in layer.words and series.colours:
            lines.append(f'ax.fill_between({x}, {numbers(series.y)}, color="{series.colours[0]}", alpha=0.3)')
    return lines


def _scatter(layer: LayerSpec, _panel: PanelSpec) -> list[str]:
    lines = []
    for series in layer.series:
        options = _options(series)
        marker = _named(series.words, "marker:")
        options += [f'marker="{marker}"'] if marker and marker != "o" else []
        options += ["alpha=0.6"] if "faint" in layer.words else []
        lines.append(f"ax.scatter({', '.join([_abscissa(layer, series), numbers(series.y), *options])})")
    return lines


def _pie(layer: LayerSpec, panel: PanelSpec) -> list[str]:
    series = layer.series[0]
    options = [] if panel.legend or not layer.categories else [f"labels={texts(layer.categories)}"]
    options += [f"colors={texts(series.colours)}"] if series.colours else []
    decimals = next((word[-1] for word in layer.words if word.startswith("percent")), "")
    options += [f'autopct="%.{decimals}f%%"'] if decimals else []
    options += ["startangle=90"] if "startangle90" in layer.words else []
    options += ['wedgeprops={"width": 0.4}'] if "ring" in layer.words else []
    return [f"ax.pie({', '.join([numbers(series.y), *options])})"]


def _hist(layer: LayerSpec, _panel: PanelSpec) -> list[str]:
    edges = numbers(layer.x)
    centres = numbers((a + b) / 2 for a, b in zip(layer.x, layer.x[1:], strict=False))
    lines = []
    for series in layer.series:
        options = [f"bins={edges}", f"weights={numbers(series.y)}", *_options(series)]
        options += ['orientation="horizontal"'] if "horizontal" in layer.words else []
        options += ["alpha=0.6"] if "faint" in layer.words else []
        options += ['edgecolor="black"'] if "edge" in layer.words else []
        lines.append(f"ax.hist({', '.join([centres, *options])})")
    return lines


def _boxes(layer: LayerSpec, _panel: PanelSpec) -> list[str]:
    data = "[" + ", ".join(numbers(series.y) for series in layer.series) + "]"
    options = ["whis=(0, 100)"]  # five numbers a box: with these whiskers they come out exactly as given
    options += [f"tick_labels={texts(layer.categories)}"] if layer.categories else []
    options += ['orientation="horizontal"'] if "horizontal" in layer.words else []
    colours = [series.colours[0] for series in layer.series if series.colours]
    if not colours:
        return [f"ax.boxplot({', '.join([data, *options])})"]
    lines = [f"boxes = ax.boxplot({', '.join([data, *options, 'patch_artist=True'])})"]
    lines.append(f'for patch, colour in zip(boxes["boxes"], {texts(colours)}):')
    return [*lines, "    patch.set_facecolor(colour)"]


def _area(layer: LayerSpec, _panel: PanelSpec) -> list[str]:
    if "stacked" in layer.words:
        x = _abscissa(layer, layer.series[0])
        labels = [series.label for series in layer.series]
        options = [f"labels={texts(labels)}"] if any(labels) else []
        options.append(f"colors={texts(series.colours[0] for series in layer.series if series.colours)}")
        return [f"ax.stackplot({', '.join([x, *(numbers(series.y) for series in layer.series), *options])})"]
    alpha = ["alpha=0.4"] if "faint" in layer.words else []
    calls = []
    for series in layer.series:
        lower = [numbers(series.lo)] if series.lo else []
        inside = [
            _abscissa(layer, series),
            numbers(series.y),
            *lower,
            *_options(series, several=False),
            *alpha,
        ]
        calls.append(f"ax.fill_between({', '.join(inside)})")
    return calls


def _heat(layer: LayerSpec, _panel: PanelSpec) -> list[str]:
    rows = ",\n    ".join(numbers(series.y) for series in layer.series)
    cmap = _named(layer.words, "cmap:") or "viridis"
    lines = [f"cells = [\n    {rows},\n]", f'image = ax.imshow(cells, cmap="{cmap}", aspect="auto")']
    names = [series.label for series in layer.series]
    lines += [f"ax.set_xticks(range({len(layer.categories)}), {texts(layer.categories)})"] if layer.categories else []
    lines += [f"ax.set_yticks(range({len(names)}), {texts(names)})"] if any(names) else []
    if "cells" in layer.words:
        lines += ["for i, row in enumerate(cells):", "    for j, value in enumerate(row):"]
        lines += ['        ax.text(j, i, f"{value:g}", ha="center", va="center")']
    return [*lines, "fig.colorbar(image, ax=ax)"] if "colorbar" in layer.words else lines


def _error_bars(layer: LayerSpec, _panel: PanelSpec) -> list[str]:
    lines = []
    for series in layer.series:
        style, marker = _named(series.words, "line:"), _named(series.words, "marker:") or "o"
        options = [*_error_option(series, "yerr"), *_options(series), f'marker="{marker}"']
        options.append(f'linestyle="{style or "none"}"')
        lines.append(f"ax.errorbar({', '.join([_abscissa(layer, series), numbers(series.y), *options])})")
    return lines


_LAYERS: dict[str, Callable[[LayerSpec, PanelSpec], list[str]]] = {
    "bar": _bars,
    "line": _lines,
    "scatter": _scatter,
    "pie": _pie,
    "hist": _hist,
    "box": _boxes,
    "area": _area,
    "heat": _heat,
    "errorbar": _error_bars,
}
