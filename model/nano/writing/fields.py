"""Values over a plane: heat maps, contours of hills, fields of arrows.

Hills are what a contour or surface is made of here: a sum of bell curves, each with a place, a height and a width.
"""

from __future__ import annotations

from model.nano.spec import LayerSpec, PanelSpec
from model.nano.writing.literals import call, look, named, number, numbers, rows, text, texts

_FIELDS = {
    "swirl": ("{minus_y}", "{x}"),
    "outward": ("{x}", "{y}"),
    "saddle": ("{x}", "{minus_y}"),
    "waves": ("np.cos({x})", "np.sin({y})"),
}


def heat(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    """Rows from the top down, in both of its forms."""
    mesh = "mesh" in layer.words
    lines = [f"cells = {rows(numbers(series.y) for series in layer.series)}"]
    lines += _mesh(layer, panel, ax) if mesh else [_image(layer, ax)]
    middle = " + 0.5" if mesh else ""
    for name, names in (("x", layer.categories), ("y", tuple(series.label for series in layer.series))):
        if any(names):
            places = f"np.arange({len(names)}) + 0.5" if mesh else f"range({len(names)})"
            lines.append(call(ax, f"set_{name}ticks", places, texts(names)))
    if "cells" in layer.words:
        lines += _cell_texts(layer, middle, ax)
    return lines + colorbar(layer, ax)


def _cell_texts(layer: LayerSpec, middle: str, ax: str) -> list[str]:
    """The numbers in the cells, as they are written in the picture where that is known."""
    table, shown = "cells", 'f"{value:g}"'
    lines = []
    if all(len(series.written) == len(series.y) for series in layer.series):
        table, shown = "written", "value"
        lines = [f"written = {rows(texts(series.written) for series in layer.series)}"]
    lines += [f"for i, row in enumerate({table}):", "    for j, value in enumerate(row):"]
    return [*lines, f'        {ax}.text(j{middle}, i{middle}, {shown}, ha="center", va="center")']


def _image(layer: LayerSpec, ax: str) -> str:
    return f"image = {call(ax, 'imshow', 'cells', *colormap(layer), 'aspect=' + text('auto'))}"


def _mesh(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    """Over the axes' own numbers where they have some, else over counted cells."""
    named_cells = layer.categories or any(series.label for series in layer.series) or "cells" in layer.words
    if panel.x.limits and panel.y.limits and not named_cells:
        x = _spread(panel.x.limits, len(layer.series[0].y) + 1)
        y = _spread(panel.y.limits[::-1], len(layer.series) + 1)
        return [f"image = {call(ax, 'pcolormesh', x, y, 'cells', *colormap(layer))}"]
    return [f"image = {call(ax, 'pcolormesh', 'cells', *colormap(layer))}", call(ax, "invert_yaxis")]


def contour(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    filled, labels = "filled" in layer.words, "labels" in layer.words
    lines = hills(layer, panel, 100)
    colours = colormap(layer) if filled else _line_colours(layer)
    lines.append(f"image = {call(ax, 'contourf' if filled else 'contour', 'x', 'y', 'z', *colours)}")
    if filled and labels:
        lines.append(f"lines = {call(ax, 'contour', 'x', 'y', 'z', 'colors=' + text('black'), 'linewidths=0.5')}")
    if labels:
        lines.append(call(ax, "clabel", "lines" if filled else "image"))
    return lines + colorbar(layer, ax)


def hills(layer: LayerSpec, panel: PanelSpec, count: int) -> list[str]:
    """x, y and z over a square grid that fills the panel."""
    x, y = (_spread(axis.limits or (-3.0, 3.0), count) for axis in (panel.x, panel.y))
    rows_of_hills = [", ".join(number(v[0]) for v in (one.x, one.y, one.hi, one.lo)) for one in layer.series]
    return [
        f"x, y = np.meshgrid({x}, {y})",
        f"hills = [{', '.join(f'({row})' for row in rows_of_hills)}]",
        "z = sum(h * np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * w**2)) for a, b, h, w in hills)",
    ]


def quiver(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    along, up = _FIELDS.get(named(layer.words, "pattern:"), _FIELDS["swirl"])
    lines = []
    for series in layer.series:
        centred = _centred("x", series.x) | _centred("y", series.y)
        field = [part.format(**centred) for part in (along, up)]
        spreads = [_spread(ends, int(size)) for ends, size in zip((series.x, series.y), series.hi, strict=True)]
        lines.append(f"x, y = np.meshgrid({', '.join(spreads)})")
        lines.append(call(ax, "quiver", "x", "y", *field, *look(layer, series)))
    return lines


def _centred(name: str, ends: tuple[float, ...]) -> dict[str, str]:
    """How far from the middle of the field a coordinate is, and the opposite of that."""
    middle = float(f"{(ends[0] + ends[1]) / 2:.4g}")
    if abs(middle) < 0.01 * abs(ends[1] - ends[0]):
        return {name: name, f"minus_{name}": f"-{name}"}
    away = f"{name} {'-' if middle > 0 else '+'} {number(abs(middle))}"
    return {name: away, f"minus_{name}": f"{number(middle)} - {name}"}


def _spread(ends: tuple[float, ...], count: int) -> str:
    return f"np.linspace({number(ends[0])}, {number(ends[1])}, {count})"


def colormap(layer: LayerSpec) -> list[str]:
    return [f'cmap="{named(layer.words, "cmap:") or "viridis"}"']


def _line_colours(layer: LayerSpec) -> list[str]:
    """Lines of one colour where all hills have the same and no colormap is named."""
    colours = {series.colours[:1] for series in layer.series}
    if named(layer.words, "cmap:") or len(colours) > 1 or () in colours:
        return colormap(layer)
    return [f"colors={text(colours.pop()[0])}"]


def colorbar(layer: LayerSpec, ax: str, *options: str) -> list[str]:
    return [call("fig", "colorbar", "image", f"ax={ax}", *options)] if "colorbar" in layer.words else []
