"""Facts as they cross the result channel: bounded JSON from the child, FigureFacts on the host.

The child is not trusted: every field is checked and cut to size here, and anything of the wrong shape raises
ValueError. Leaves out: matplotlib; the host never loads it for this.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from model.records import AxesFacts, FigureFacts, JsonDict, Series, TextBox

MAX_AXES = 64
MAX_SERIES = 200  # of one axes
MAX_VALUES = 200  # of one role of one series
MAX_TEXTS = 600
MAX_TEXT_CHARS = 1000
MAX_TICKS = 100  # of one axis
MAX_GROUPS = 60
MAX_COLOURS = 200  # of one group
MAX_CALLS = 10_000  # of one function

Cell = tuple[int, int, int, int, int, int]
_HEX = re.compile(r"#[0-9a-fA-F]{6}$")


def facts_from_json(document: Any) -> FigureFacts:
    """Read what facts.collect wrote. Raises ValueError for anything else."""
    try:
        return _figure(document)
    except (TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise ValueError(f"not the facts of a figure: {type(error).__name__}: {error}") from error


def reference_from_json(document: Any) -> FigureFacts:
    """Reference facts in the form that `chartloop eval` reads: texts, layout, types, colours and nothing more.

    Raises ValueError when the document has another form.
    """
    try:
        texts = tuple(TextBox(_text(text), 0, 0, 0, 0) for text in document["texts"])
        return FigureFacts(
            width_px=0,
            height_px=0,
            texts=texts,
            tick_texts=(),
            layout=tuple(_cell(cell) for cell in document["layout"]),
            types=_types(document["types"]),
            colours=_colours(document["colours"]),
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f'reference facts need the keys "texts", "layout", "types" and "colours" ({error}); see the README'
        ) from error


def _figure(document: JsonDict) -> FigureFacts:
    return FigureFacts(
        width_px=max(1, int(document["width_px"])),
        height_px=max(1, int(document["height_px"])),
        texts=_boxes(document["texts"]),
        tick_texts=_boxes(document["tick_texts"]),
        layout=tuple(_cell(cell) for cell in document["layout"][:MAX_AXES]),
        types=_types(document["types"]),
        colours=_colours(document["colours"]),
        axes=tuple(_axes(axes) for axes in document["axes"][:MAX_AXES]),
    )


def _axes(document: JsonDict) -> AxesFacts:
    return AxesFacts(
        cell=None if document["cell"] is None else _cell(document["cell"]),
        box=_four(document["box"]),
        projection=_text(document["projection"])[:40],
        x_scale=_text(document["x_scale"])[:40],
        y_scale=_text(document["y_scale"])[:40],
        x_limits=_two(document["x_limits"]),
        y_limits=_two(document["y_limits"]),
        title=_text(document["title"]),
        x_label=_text(document["x_label"]),
        y_label=_text(document["y_label"]),
        legend=tuple(_text(entry) for entry in document["legend"][:MAX_TICKS]),
        x_ticks=_ticks(document["x_ticks"]),
        y_ticks=_ticks(document["y_ticks"]),
        grid=bool(document["grid"]),
        series=tuple(_series(series) for series in document["series"][:MAX_SERIES]),
    )


def _series(document: JsonDict) -> Series:
    values = _some(document["values"].items(), 12)
    return Series(
        kind=_text(document["kind"])[:40],
        values={_text(role)[:40]: tuple(_number(v) for v in numbers[:MAX_VALUES]) for role, numbers in values},
        label=_text(document["label"]),
        colours=tuple(_colour(colour) for colour in document["colours"][:MAX_COLOURS]),
    )


def _boxes(rows: list[Any]) -> tuple[TextBox, ...]:
    return tuple(_box(row) for row in rows[:MAX_TEXTS])


def _box(row: list[Any]) -> TextBox:
    text, x0, y0, x1, y1, vertical = row
    return TextBox(_text(text), *_four((x0, y0, x1, y1)), bool(vertical))


def _ticks(rows: list[Any]) -> tuple[tuple[float, TextBox], ...]:
    return tuple((_number(value), _box(row)) for value, row in rows[:MAX_TICKS])


def _types(counts: dict[str, int]) -> dict[str, int]:
    return {_text(name)[:40]: min(max(int(count), 0), MAX_CALLS) for name, count in _some(counts.items(), MAX_GROUPS)}


def _colours(groups: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {
        _text(group)[:60]: tuple(_colour(colour) for colour in colours[:MAX_COLOURS])
        for group, colours in _some(groups.items(), MAX_GROUPS)
    }


def _colour(colour: Any) -> str:
    """Hex colours in lower case; names of colormaps as they are."""
    name = _text(colour)[:60]
    return name.lower() if _HEX.match(name) else name


def _cell(cell: Any) -> Cell:
    rows, columns, row0, row1, column0, column1 = (int(number) for number in cell)
    return rows, columns, row0, row1, column0, column1


def _four(numbers: Any) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (_finite(number) for number in numbers)
    return x0, y0, x1, y1


def _two(numbers: Any) -> tuple[float, float]:
    low, high = (_finite(number) for number in numbers)
    return low, high


def _finite(value: Any) -> float:
    number = _number(value)
    return number if math.isfinite(number) else 0.0


def _number(value: Any) -> float:
    """JSON has no NaN: a missing value travels as null."""
    return math.nan if value is None else float(value)


def _text(value: Any) -> str:
    """A string that can be stored: half a surrogate pair becomes a question mark."""
    return str(value)[:MAX_TEXT_CHARS].encode("utf-8", "replace").decode("utf-8")


def _some(items: Iterable[Any], count: int) -> list[Any]:
    return list(items)[:count]
