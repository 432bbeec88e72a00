"""Bars, upright and lying: side by side, stacked, floating, with errors, with their values written on or in them."""

from __future__ import annotations

from itertools import pairwise

from model.colours import rgb
from model.nano.spans import Values, bar_spans
from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec
from model.nano.writing.literals import call, errors, look, number, numbers, texts


def bars(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    lying = "horizontal" in layer.words
    lines = [f"x = {_places(layer)}"] if numbered(layer) else []
    for index, (series, (begins, _)) in enumerate(zip(layer.series, bar_spans(layer), strict=True)):
        options = [*_base(layer, begins), *_thickness(layer), *_looks(layer, series)]
        lines.append(call(ax, "barh" if lying else "bar", _place(layer, index), numbers(series.y), *options))
        lines += _values(layer, series, ax)
    if numbered(layer) and layer.categories:
        lines.append(call(ax, "set_yticks" if lying else "set_xticks", "x", texts(layer.categories)))
    return lines


def numbered(layer: LayerSpec) -> bool:
    """Whether the bars stand at numbers instead of at their categories."""
    return _grouped(layer) or bool(layer.x) or len(set(layer.categories)) < len(layer.categories)


def _grouped(layer: LayerSpec) -> bool:
    return len(layer.series) > 1 and "stacked" not in layer.words


def _places(layer: LayerSpec) -> str:
    return f"np.array({numbers(layer.x)})" if layer.x else f"np.arange({len(layer.categories)})"


def _size(layer: LayerSpec) -> float:
    """How thick one bar is, in units of the axis that the bars stand on."""
    steps = [abs(b - a) for a, b in pairwise(sorted(layer.x)) if a != b]
    share = 0.5 if "narrow" in layer.words else 0.95 if "wide" in layer.words else 0.8
    return (0.8 / len(layer.series) if _grouped(layer) else share) * min(steps, default=1.0)


def _place(layer: LayerSpec, index: int) -> str:
    if not numbered(layer):
        return texts(layer.categories)
    offset = (index - (len(layer.series) - 1) / 2) * _size(layer) if _grouped(layer) else 0.0
    return f"x {'+' if offset > 0 else '-'} {_short(abs(offset))}" if offset else "x"


def _short(value: float) -> str:
    return number(float(f"{value:.3g}"))


def _thickness(layer: LayerSpec) -> list[str]:
    size = _size(layer)
    return [f"{'height' if 'horizontal' in layer.words else 'width'}={_short(size)}"] if size != 0.8 else []


def _base(layer: LayerSpec, begins: Values) -> list[str]:
    """Nothing for bars that begin at 0, one number for those that share another base line."""
    if not any(begins):
        return []
    base = number(begins[0]) if len(set(begins)) == 1 else numbers(begins)
    return [f"{'left' if 'horizontal' in layer.words else 'bottom'}={base}"]


def _looks(layer: LayerSpec, series: SeriesSpec) -> list[str]:
    options = look(layer, series, each=len(series.y))
    options += ['edgecolor="black"'] if "edge" in layer.words else []
    options += ['hatch="//"'] if "hatch" in layer.words else []
    return options + errors(series, "xerr" if "horizontal" in layer.words else "yerr")


def _values(layer: LayerSpec, series: SeriesSpec, ax: str) -> list[str]:
    """Numbers above the bars ("labels"), or in their middle where the bars are stacked or have the word "cells"."""
    inside = "cells" in layer.words or {"labels", "stacked"} <= set(layer.words)
    if not inside and "labels" not in layer.words:
        return []
    options = [f"labels={texts(series.written)}"] if len(series.written) == len(series.y) > 0 else []
    options += ['label_type="center"'] if inside else []
    options += ['color="white"'] if inside and _dark(layer, series) else []
    return [call(ax, "bar_label", f"{ax}.containers[-1]", *options)]


def _dark(layer: LayerSpec, series: SeriesSpec) -> bool:
    """Whether black letters could not be read on the bars."""
    shades = [sum(rgb(colour)) < 300 for colour in series.colours]
    return bool(shades) and all(shades) and "faint" not in layer.words
