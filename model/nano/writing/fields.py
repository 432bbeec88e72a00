"""Values over a plane: heat maps, contours of hills, fields of arrows.

Hills are what a contour or surface is made of here: a sum of bell curves, each with a place, a height and a width.
"""

from __future__ import annotations

from model.colours import rgb
from model.nano.spec import LayerSpec, PanelSpec
from model.nano.writing.literals import call, look, named, number, numbers, rows, text, texts

_FEW_CELLS = 200
_OFF = 0.3  # of a cell: how far limits that count cells may be from whole numbers
_WHITE = 240
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
    lines += _mesh(layer, panel, ax) if mesh else [_image(layer, panel, ax), *_cell_lines(layer, ax)]
    middle = " + 0.5" if mesh else ""
    for name, names in (("x", layer.categories), ("y", tuple(series.label for series in layer.series))):
        if any(names):
            places = f"np.arange({len(names)}) + 0.5" if mesh else f"range({len(names)})"
            lines.append(call(ax, f"set_{name}ticks", places, texts(names)))
    if "cells" in layer.words:
        lines += _cell_texts(layer, middle, mesh and _rising(layer, panel), ax)
    return lines + colorbar(layer, ax)


def _cell_texts(layer: LayerSpec, middle: str, rising: bool, ax: str) -> list[str]:
    """The numbers in the cells, as they are written in the picture where that is known."""
    table, shown = "cells", 'f"{value:g}"'
    lines = []
    if all(len(series.written) == len(series.y) for series in layer.series):
        table, shown = "written", "value"
        lines = [f"written = {rows(texts(series.written) for series in layer.series)}"]
    lines += [f"for i, row in enumerate({table}{'[::-1]' if rising else ''}):", "    for j, value in enumerate(row):"]
    return [*lines, f'        {ax}.text(j{middle}, i{middle}, {shown}, ha="center", va="center")']


def _cell_lines(layer: LayerSpec, ax: str) -> list[str]:
    """Lines between the cells of an image are a grid at minor ticks; where they are white, no frame is around them."""
    first = layer.series[0]
    if not first.size or not first.colours:
        return []
    counts = len(first.y), len(layer.series)
    ticks = (
        call(ax, f"set_{name}ticks", f"np.arange({count - 1}) + 0.5", "minor=True")
        for name, count in zip("xy", counts, strict=True)
    )
    stroke = [f"color={text(first.colours[0])}", 'linestyle="-"', f"linewidth={number(first.size[0])}"]
    white = min(rgb(first.colours[0])) >= _WHITE
    return [
        *ticks,
        call(ax, "grid", 'which="minor"', *stroke),
        call(ax, "tick_params", 'which="minor"', "length=0"),
        *([f"{ax}.spines[:].set_visible(False)"] if white else []),
    ]


def _image(layer: LayerSpec, panel: PanelSpec, ax: str) -> str:
    """Over the axes' own numbers where these do more than count the cells."""
    ends = _ends(layer, panel, -0.5)
    extent = [f"extent={numbers(ends)}"] if ends else []
    aspect = [] if panel.square and not ends else ["aspect=" + text("auto")]
    return f"image = {call(ax, 'imshow', 'cells', *colormap(layer), *extent, *aspect)}"


def _mesh(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    """Over the axes' own numbers where they have some, else over counted cells.

    Few cells are what people draw by pcolor, and lines between cells; of a fine mesh it would be slow.
    """
    first = layer.series[0]
    lines = [f"edgecolors={text(first.colours[0])}, linewidths={number(first.size[0])}"] if first.size else []
    name = "pcolor" if lines or len(first.y) * len(layer.series) <= _FEW_CELLS else "pcolormesh"
    aspect = [call(ax, "set_aspect", text("equal"))] if panel.square else []
    if _rising(layer, panel):
        return [f"image = {call(ax, name, 'cells[::-1]', *colormap(layer), *lines)}", *aspect]
    if ends := _ends(layer, panel, 0.0):
        x, y = _spread(ends[:2], len(first.y) + 1), _spread((ends[3], ends[2]), len(layer.series) + 1)
        return [f"image = {call(ax, name, x, y, 'cells', *colormap(layer), *lines)}"]
    return [f"image = {call(ax, name, 'cells', *colormap(layer), *lines)}", call(ax, "invert_yaxis"), *aspect]


def _ends(layer: LayerSpec, panel: PanelSpec, first: float) -> tuple[float, ...] | None:
    """Left, right, bottom and top of the cells; None where axes name them, or count them from `first` at the top."""
    named_cells = layer.categories or any(series.label for series in layer.series) or "cells" in layer.words
    if named_cells or not (panel.x.limits and panel.y.limits):
        return None
    ends = (*panel.x.limits, *panel.y.limits)
    across, down = len(layer.series[0].y) + first, len(layer.series) + first
    return None if _near(ends, (first, across, down, first)) else ends


def _rising(layer: LayerSpec, panel: PanelSpec) -> bool:
    """Whether the axes count the cells from below."""
    if layer.categories or any(series.label for series in layer.series) or not (panel.x.limits and panel.y.limits):
        return False
    return _near((*panel.x.limits, *panel.y.limits), (0, len(layer.series[0].y), 0, len(layer.series)))


def _near(ends: tuple[float, ...], counts: tuple[float, ...]) -> bool:
    return all(abs(end - count) <= _OFF for end, count in zip(ends, counts, strict=True))


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
    """A named map, or the colours that the cells number."""
    name = named(layer.words, "cmap:") or "viridis"
    if not name.startswith("#"):
        return [f"cmap={text(name)}"]
    colours = name.split(",")
    return [f"cmap=ListedColormap({texts(colours)})", "vmin=-0.5", f"vmax={len(colours) - 0.5:g}"]


def _line_colours(layer: LayerSpec) -> list[str]:
    """Lines of one colour where all hills have the same and no colormap is named."""
    colours = {series.colours[:1] for series in layer.series}
    if named(layer.words, "cmap:") or len(colours) > 1 or () in colours:
        return colormap(layer)
    return [f"colors={text(colours.pop()[0])}"]


def colorbar(layer: LayerSpec, ax: str, *options: str) -> list[str]:
    return [call("fig", "colorbar", "image", f"ax={ax}", *options)] if "colorbar" in layer.words else []
