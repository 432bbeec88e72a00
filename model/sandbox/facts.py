"""Facts of a figure: what an executed program drew, in the terms that scoring needs. Runs inside the sandbox's child.

    trace = install()                 # once, in the clean process, before any program
    ... the program runs; every figure that it makes is in trace.figures ...
    trace.final = figure              # the one that counts
    figure.canvas.draw()              # with Agg
    document = collect(trace)         # bounded JSON; the host reads it with wire.facts_from_json

Texts are those that were really drawn, one entry per line of text. As in ChartMimic's evaluator, `texts` leaves out the
major tick labels and offset texts of the x and y axes of the figure's own axes (so labels of minor ticks, z axes and
secondary axes stay in it); those are in `tick_texts`. Unlike there, outlined texts (path effects) count.
Cells of colour bars are given as matplotlib 3.8 laid them out, so that they compare with published logs.

Leaves out: noting calls (trace.py), the data of a call (series.py), reading the JSON (wire.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.text import Text

from model.records import JsonDict
from model.sandbox.series import series_by_axes
from model.sandbox.trace import Trace, install
from model.sandbox.wire import MAX_AXES, MAX_TEXT_CHARS, MAX_TEXTS, MAX_TICKS, Cell

__all__ = ["Trace", "collect", "install"]

Row = list[Any]  # [text, x0, y0, x1, y1, vertical]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What measuring needs of a canvas: asking it each time would take as long as the measuring."""

    renderer: Any
    height: int


def collect(trace: Trace) -> JsonDict:
    """Facts of `trace.final`, whose Agg canvas has just drawn it, as bounded JSON without NaN."""
    assert trace.final is not None
    figure = trace.final
    canvas: Any = figure.canvas
    width, height = canvas.get_width_height(physical=True)
    drawing = Drawing(canvas.get_renderer(), height)
    axes = figure.axes[:MAX_AXES]
    drawn = [text for text in trace.drawn.get(id(figure), []) if _placed(text)]
    ticks = _removable(axes)
    series = series_by_axes(trace.calls)
    return {
        "width_px": width,
        "height_px": height,
        "texts": _rows((text for text in drawn if id(text) not in ticks), drawing),
        "tick_texts": _rows((text for text in drawn if id(text) in ticks), drawing),
        "layout": [cell for ax in axes if (cell := cell_of(ax)) is not None],
        "types": dict(trace.types),
        "colours": trace.colours(),
        "axes": [_axes(ax, drawing, {id(text) for text in drawn}, series.get(id(ax), [])) for ax in axes],
    }


def cell_of(ax: Axes) -> Cell | None:
    """The axes' place in its grid: rows, columns, first and last row, first and last column; None without a grid."""
    spec = ax.get_subplotspec()
    if spec is None:
        return None
    if (beside_bar := _cell_beside_colorbar(ax)) is not None:
        return beside_bar
    rows, columns = spec.get_gridspec().get_geometry()
    return (rows, columns, spec.rowspan.start, spec.rowspan.stop - 1, spec.colspan.start, spec.colspan.stop - 1)


def _cell_beside_colorbar(ax: Axes) -> Cell | None:
    """The cell that matplotlib 3.8 gave a colour bar or its parent; newer versions use one grid of 3 x 2 for both.

    There the parent and a column were a 1 x 2 grid (2 x 1 for horizontal bars) and the bar the middle third of that
    column.
    """
    spec = ax.get_subplotspec()
    assert spec is not None
    for other in ax.figure.axes:
        info = getattr(other, "_colorbar_info", None)
        other_spec = other.get_subplotspec()
        if info is None or other_spec is None or other_spec.get_gridspec() is not spec.get_gridspec():
            continue
        upright = info["location"] in ("left", "right")
        if other is ax:
            return (3, 1, 1, 1, 0, 0) if upright else (1, 3, 0, 0, 1, 1)
        second = int(info["location"] in ("left", "top"))
        return (1, 2, 0, 0, second, second) if upright else (2, 1, second, second, 0, 0)
    return None


def _removable(axes: Iterable[Axes]) -> set[int]:
    """Ids of the texts that `set_xticks([])` and `set_yticks([])` would take away."""
    return {
        id(text)
        for ax in axes
        for axis in (ax.xaxis, ax.yaxis)
        for text in (
            axis.offsetText,
            *(label for tick in axis.majorTicks for label in (tick.label1, tick.label2)),
        )
    }


def _axes(ax: Axes, drawing: Drawing, drawn: set[int], series: list[JsonDict]) -> JsonDict:
    legend = ax.get_legend()
    return {
        "cell": cell_of(ax),
        "box": _flip(ax.bbox.extents, drawing),
        "projection": ax.name,
        "x_scale": ax.get_xscale(),
        "y_scale": ax.get_yscale(),
        "x_limits": [_finite(value) for value in ax.get_xlim()],
        "y_limits": [_finite(value) for value in ax.get_ylim()],
        "title": ax.get_title() or ax.get_title(loc="left") or ax.get_title(loc="right"),
        "x_label": ax.get_xlabel(),
        "y_label": ax.get_ylabel(),
        "legend": [text.get_text() for text in legend.get_texts()] if legend is not None else [],
        "x_ticks": _ticks(ax.xaxis, drawing, drawn),
        "y_ticks": _ticks(ax.yaxis, drawing, drawn),
        "grid": any(axis.get_tick_params().get("gridOn", False) for axis in (ax.xaxis, ax.yaxis)),
        "series": series,
    }


def _ticks(axis: Axis, drawing: Drawing, drawn: set[int]) -> list[tuple[float | None, Row]]:
    """The major ticks whose label was drawn, each with its value and label."""
    return [
        (_finite(tick.get_loc()), _row(label, label.get_text(), _extent(label, drawing)))
        for tick in axis.majorTicks[:MAX_TICKS]
        for label in (tick.label1, tick.label2)
        if id(label) in drawn
    ]


def _placed(text: Text) -> bool:
    """Whether the text's anchor is somewhere: matplotlib draws nothing at NaN."""
    anchor = text.get_transform().transform(text.get_unitless_position())
    return bool(np.isfinite(anchor).all())


def _rows(texts: Iterable[Text], drawing: Drawing) -> list[Row]:
    rows: list[Row] = []
    for text in texts:
        rows.extend(_lines(text, drawing))
        if len(rows) >= MAX_TEXTS:
            break
    return rows[:MAX_TEXTS]


def _lines(text: Text, drawing: Drawing) -> list[Row]:
    """One row per line of a text: its box is cut into even strips, from the top (or left, when set vertically)."""
    private: Any = text  # only Text itself knows where it wraps, and which line it takes for mathematics
    lines = [private._preprocess_math(line)[0] for line in private._get_wrapped_text().split("\n")]
    x0, y0, x1, y1 = _extent(text, drawing)
    count = len(lines)
    if _vertical(text):
        step = (x1 - x0) / count
        strips = [[x0 + i * step, y0, x0 + (i + 1) * step, y1] for i in range(count)]
    else:
        step = (y1 - y0) / count
        strips = [[x0, y0 + i * step, x1, y0 + (i + 1) * step] for i in range(count)]
    return [_row(text, line, strip) for line, strip in zip(lines, strips, strict=True)]


def _row(text: Text, line: str, box: list[float]) -> Row:
    return [line[:MAX_TEXT_CHARS], *(round(edge, 1) for edge in box), _vertical(text)]


def _extent(text: Text, drawing: Drawing) -> list[float]:
    """The box of the text alone: an annotation's own extent would take in its arrow."""
    box = Text.get_window_extent(text, drawing.renderer).extents
    return _flip(box, drawing)


def _flip(box: Any, drawing: Drawing) -> list[float]:
    """matplotlib counts pixels from the bottom left, pictures from the top left; far-off boxes are cut."""
    x0, y0, x1, y1 = (min(max(float(edge), -1e5), 1e5) if math.isfinite(edge) else 0.0 for edge in box)
    return [round(edge, 1) for edge in (x0, drawing.height - y1, x1, drawing.height - y0)]


def _vertical(text: Text) -> bool:
    return 45 < text.get_rotation() % 180 < 135


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
