"""What goes round: pies and rings, and on polar axes radar charts and roses of bars."""

from __future__ import annotations

from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec
from model.nano.writing.literals import call, look, number, numbers, strokes, text, texts


def pie(layer: LayerSpec, panel: PanelSpec, ax: str) -> list[str]:
    series = layer.series[0]
    options = [] if panel.legend or not layer.categories else [f"labels={texts(layer.categories)}"]
    options += [f"colors={texts(series.colours)}"] if series.colours else []
    decimals = next((word[-1] for word in layer.words if word.startswith("percent")), "")
    options += [f'autopct="%.{decimals}f%%"'] if decimals else []
    options += ["startangle=90"] if "startangle90" in layer.words else []
    options += ['wedgeprops={"width": 0.4}'] if "ring" in layer.words else []
    return [call(ax, "pie", numbers(series.y), *options)]


def radar(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    """Closed by going round to the first angle, and its value, again."""
    lines = [f"angles = np.linspace(0, 2 * np.pi, {len(layer.series[0].y) + 1})"]
    for series in layer.series:
        values = numbers((*series.y, series.y[0]))
        lines.append(call(ax, "plot", "angles", values, *look(layer, series), *strokes(series)))
        if "filled" in layer.words:
            colour = [f"color={text(series.colours[0])}"] if series.colours else []
            lines.append(call(ax, "fill", "angles", values, *colour, "alpha=0.25"))
    return lines + _directions(layer, "angles[:-1]", ax)


def rose(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    count = len(layer.series[0].y)
    lines = [f"angles = np.linspace(0, 2 * np.pi, {count}, endpoint=False)"]
    below = [0.0] * count
    for index, series in enumerate(layer.series):
        options = [f"width={_width(layer, count)}", *_base(layer, index, below), *_petals(layer, series)]
        lines.append(call(ax, "bar", _place(layer, index, count), numbers(series.y), *options))
        below = [a + b for a, b in zip(below, series.y, strict=True)]
    return lines + _directions(layer, "angles", ax)


def _groups(layer: LayerSpec) -> int:
    return 1 if "stacked" in layer.words else len(layer.series)


def _turn(layer: LayerSpec, count: int) -> float:
    """The angle that one bar takes up."""
    share = 0.5 if "narrow" in layer.words else 1.0 if _groups(layer) == 1 else 0.8
    return share * 6.2832 / count / _groups(layer)


def _width(layer: LayerSpec, count: int) -> str:
    whole = _groups(layer) == 1 and "narrow" not in layer.words
    return f"2 * np.pi / {count}" if whole else number(round(_turn(layer, count), 3))


def _place(layer: LayerSpec, index: int, count: int) -> str:
    groups = _groups(layer)
    offset = round((index - (groups - 1) / 2) * _turn(layer, count), 3) if groups > 1 else 0.0
    return f"angles {'+' if offset > 0 else '-'} {number(abs(offset))}" if offset else "angles"


def _base(layer: LayerSpec, index: int, below: list[float]) -> list[str]:
    return [f"bottom={numbers(below)}"] if index and "stacked" in layer.words else []


def _petals(layer: LayerSpec, series: SeriesSpec) -> list[str]:
    edge = ['edgecolor="black"'] if "edge" in layer.words else []
    return look(layer, series, each=len(series.y)) + edge


def _directions(layer: LayerSpec, angles: str, ax: str) -> list[str]:
    lines = [call(ax, "set_xticks", angles, texts(layer.categories))] if layer.categories else []
    return lines + ([call(ax, "set_theta_zero_location", text("N"))] if "startangle90" in layer.words else [])
