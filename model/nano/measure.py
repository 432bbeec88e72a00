"""Values read off the picture, once it is known what to look for: ends of bars, courses of lines, wedges, cells.

The model says kind, colour and place; this file finds the numbers in the pixels, finer than the model's 256 positions.
Places and ends are fractions of the picture's width or height. How each kind is read is in bars.py, curves.py,
errorbars.py, marks.py, wedges.py, whiskers.py and heat.py. Leaves out: what places mean in data units (axismap.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from model.colours import written
from model.layout import Frame
from model.nano.areas import area_rows
from model.nano.bands import band_rows
from model.nano.bars import BarRows, bar_rows, hist_tops, own_colours, steps
from model.nano.curves import line_rows, petals, radii
from model.nano.errorbars import error_bar_rows, error_rows
from model.nano.heat import bar_places, cell_lines, counts, flat
from model.nano.marks import points
from model.nano.panel import Panel
from model.nano.sight import Sight, once
from model.nano.veil import Floats
from model.nano.wedges import shares, tiles, wedge_colours
from model.nano.whiskers import fill, five_rows

Table = tuple[tuple[float, ...], ...]


@once
def seen(
    kind: str, words: Sequence[str], colours: Sequence[str], at: Sequence[float], frame: Frame, sight: Sight
) -> tuple[float, ...] | None:
    """What one series of a layer shows. None where it can not be seen.

    `at` holds the places of categories or abscissae along the axis. Comes back, of the same length: the ends of bars
    (of stacked ones the end of this part), heights of lines, tops of areas, as places along the other axis. Else:
    hist: tops of the bins whose middles are `at`.   scatter: x, y, x, y, ...   pie: shares in the order of `colours`.
    box: low, q1, median, q3, high of the one box at `at`.   radar, rose: radii as shares of the frame's own.
    treemap: shares, as of a pie.
    """
    panel = Panel.of(frame, sight, "horizontal" in words, colours)
    if panel is None or kind not in _READERS or (not colours and kind != "box"):
        return None
    asked = _Asked(panel, tuple(words), tuple(colours), tuple(at), panel.column(at))
    if not np.isfinite(asked.at).all() or (kind not in _PLACELESS and not len(at)):
        return None
    return _READERS[kind](asked)


@once
def feet(
    words: Sequence[str], colours: Sequence[str], at: Sequence[float], frame: Frame, sight: Sight
) -> tuple[float, ...] | None:
    """Where the bars of one series begin, as places along the axis of values. None where they are not seen."""
    panel, found = _bars_of(words, colours, at, frame, sight)
    return panel.places(found.feet) if panel and found and np.isfinite(found.feet).all() else None


@once
def bar_sides(
    words: Sequence[str], colours: Sequence[str], at: Sequence[float], frame: Frame, sight: Sight
) -> tuple[tuple[float, float], ...] | None:
    """Between which places along the axis of names each bar of one series stands, around that of its name if unseen."""
    panel, found = _bars_of(words, colours, at, frame, sight)
    if panel is None or found is None or np.isnan(found.left).all():
        return None
    wide = float(np.nanmedian(found.right - found.left)) / 2
    middles = np.where(np.isnan(found.left), panel.column(at), (found.left + found.right) / 2)
    return tuple(zip(panel.abscissae(middles - wide), panel.abscissae(middles + wide), strict=True))


@once
def _bars_of(
    words: Sequence[str], colours: Sequence[str], at: Sequence[float], frame: Frame, sight: Sight
) -> tuple[Panel | None, BarRows | None]:
    panel = Panel.of(frame, sight, "horizontal" in words, colours)
    places = panel.column(at) if panel else np.zeros(0)
    if panel is None or not colours or not len(places) or not np.isfinite(places).all():
        return None, None
    return panel, bar_rows(panel, places, colours, "stacked" in words)


@once
def each_colour(at: Sequence[float], horizontal: bool, frame: Frame, sight: Sight) -> tuple[str, ...] | None:
    """The colour of each single bar at the places of its categories, for bars that all have their own.

    Bars of no height get the commonest colour; None where most bars have none.
    """
    panel = Panel.of(frame, sight, horizontal)
    places = panel.column(at) if panel else np.zeros(0)
    if panel is None or not len(places) or not np.isfinite(places).all():
        return None
    own = own_colours(panel, places)
    found = [written(one) if one is not None else "" for one in own]
    seen_ones = [colour for colour in found if colour]
    if len(seen_ones) < 0.5 * len(found):
        return None
    usual = max(seen_ones, key=seen_ones.count)
    return tuple(colour or usual for colour in found)


@once
def ground(frame: Frame, sight: Sight) -> str:
    """The colour behind the marks of a panel; "" without a panel."""
    panel = Panel.of(frame, sight)
    return written(panel.ground) if panel else ""


@once
def box_colours(
    at: Sequence[float], violins: bool, horizontal: bool, frame: Frame, sight: Sight
) -> tuple[str | None, ...]:
    """What fills the boxes or violins at some places: a colour, "" for an outline, None where none is seen."""
    panel = Panel.of(frame, sight, horizontal)
    places = panel.column(at) if panel else np.zeros(0)
    if panel is None or not np.isfinite(places).all():
        return (None,) * len(at)
    step = steps(places, panel.columns) if len(places) else 0.0
    found = [fill(panel, float(place), step, violins) for place in places]
    return tuple(None if one is None else "" if one is panel.ground else written(one) for one in found)


@once
def around_colours(start: float, frame: Frame, sight: Sight) -> tuple[str, ...] | None:
    """The colours of a pie's wedges, counterclockwise from the one that begins at `start` (radians)."""
    panel = Panel.of(frame, sight)
    found = wedge_colours(panel, start) if panel else None
    return tuple(written(colour) for colour in found) if found else None


@once
def cells(rows: int, cols: int, cmap: str, frame: Frame, sight: Sight) -> Table | None:
    """The cells of a heat map as places along its colour bar, fractions of the picture's height; None without a bar."""
    panel = Panel.of(frame, sight)
    found = bar_places(panel, frame, sight.pixels, rows, cols, cmap) if panel else None
    if found is None:
        return None
    return tuple(tuple(row) for row in (found / sight.pixels.shape[0]).tolist())


@once
def cell_counts(frame: Frame, sight: Sight) -> tuple[int | None, int | None]:
    """Rows and columns of a heat map's cells; None where its colours do not tell."""
    panel = Panel.of(frame, sight)
    return counts(panel) if panel else (None, None)


@once
def flat_cells(rows: int, cols: int, frame: Frame, sight: Sight) -> tuple[tuple[str, ...], Table] | None:
    """The few separate colours of a heat map and the number of each cell's among them; None where there are many."""
    panel = Panel.of(frame, sight)
    found = flat(panel, frame, sight.pixels, rows, cols) if panel else None
    if found is None:
        return None
    return tuple(map(written, found[0])), tuple(tuple(map(float, row)) for row in found[1])


@once
def lines_of_cells(rows: int, cols: int, frame: Frame, sight: Sight) -> tuple[str, float] | None:
    """Colour and width in pixels of the lines between the cells of a heat map; None without any."""
    panel = Panel.of(frame, sight)
    found = cell_lines(panel, rows, cols) if panel else None
    return (written(found[0]), found[1]) if found else None


@once
def error_ends(
    at: Sequence[float], tops: Sequence[float], horizontal: bool, frame: Frame, sight: Sight
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Far and near ends (hi, lo) of the error bars that stand on ends of bars or on points at (`at`, `tops`)."""
    panel = Panel.of(frame, sight, horizontal)
    if panel is None or not len(at) or len(at) != len(tops) or not np.isfinite([*at, *tops]).all():
        return None
    found = error_rows(panel, panel.column(at), panel.row(tops))
    return (panel.places(found[0]), panel.places(found[1])) if found else None


@once
def band_ends(
    at: Sequence[float], tops: Sequence[float], colour: str, frame: Frame, sight: Sight
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Upper and lower rim (hi, lo) of the pale band around a line through the points (`at`, `tops`)."""
    panel = Panel.of(frame, sight)
    if panel is None or not len(at) or len(at) != len(tops) or not np.isfinite([*at, *tops]).all():
        return None
    found = band_rows(panel, panel.column(at), panel.row(tops), colour)
    return (panel.places(found[0]), panel.places(found[1])) if found else None


Reading = tuple[float, ...] | None


@dataclass(frozen=True)
class _Asked:
    """What one series is looked for with: the panel, and the places in its columns."""

    panel: Panel
    words: tuple[str, ...]
    colours: tuple[str, ...]
    places: tuple[float, ...]  # as they were given
    at: Floats

    def placed(self, rows: Floats | None) -> Reading:
        return None if rows is None or not np.isfinite(rows).all() else self.panel.places(rows)


def _bars(asked: _Asked) -> Reading:
    found = bar_rows(asked.panel, asked.at, asked.colours, "stacked" in asked.words)
    return asked.placed(found.ends) if found else None


def _hist(asked: _Asked) -> Reading:
    return asked.placed(hist_tops(asked.panel, asked.at, asked.colours[0]))


def _line(asked: _Asked) -> Reading:
    return asked.placed(line_rows(asked.panel, asked.at, asked.colours[0], "step" in asked.words))


def _error_bars(asked: _Asked) -> Reading:
    return asked.placed(error_bar_rows(asked.panel, asked.at, asked.colours[0]))


def _area(asked: _Asked) -> Reading:
    return asked.placed(area_rows(asked.panel, asked.at, asked.colours[0], "stacked" in asked.words))


def _scatter(asked: _Asked) -> Reading:
    found = points(asked.panel, asked.colours[0])
    if found is None:
        return None
    x, y = asked.panel.abscissae(found[0]), asked.panel.places(found[1])
    return tuple(value for point in zip(x, y, strict=True) for value in point)


def _box(asked: _Asked) -> Reading:
    return asked.placed(five_rows(asked.panel, float(asked.at[0]), asked.colours[0] if asked.colours else ""))


def _radar(asked: _Asked) -> Reading:
    return radii(asked.panel, np.asarray(asked.places, float), asked.colours[0])


def _rose(asked: _Asked) -> Reading:
    return petals(asked.panel, np.asarray(asked.places, float), asked.colours[0])


def _treemap(asked: _Asked) -> Reading:
    return tiles(asked.panel, asked.colours)


def _pie(asked: _Asked) -> Reading:
    return shares(asked.panel, asked.colours)


_PLACELESS = ("scatter", "pie", "treemap")
_READERS: dict[str, Callable[[_Asked], Reading]] = {
    "bar": _bars,
    "hist": _hist,
    "line": _line,
    "errorbar": _error_bars,
    "area": _area,
    "scatter": _scatter,
    "pie": _pie,
    "box": _box,
    "radar": _radar,
    "rose": _rose,
    "treemap": _treemap,
}
