"""Cells of a heat map as places along its colour bar, by their colours; cells of a few colours; lines between cells.

Leaves out: numbers that are printed in the cells, and values of heat maps without a bar.
"""

from __future__ import annotations

import numpy as np

from model.layout import Frame
from model.nano.panel import Panel
from model.nano.veil import Array, Bools, Floats
from model.records import Pixels

INNER = 0.18  # of a cell's sides that is left out on either side
STRANGE = 45  # how far a cell's colour may be from all colours of the bar
COLOURFUL = 60  # least difference between the colours of a bar
MOST_FLAT = 8  # separate colours that are no map
SAME = 14  # how far apart the same flat colour may be seen
STEP = 0.03  # of a bar: shorter runs of one colour are no step of it
PEAK = 0.5  # of a way from its middle: how far its line may be from where the boundary is taken to be
LEAST_OFF, LINED = 25, 0.9  # how far off both cells a line is at least, and on what share of the ways
CLEAR = 60  # how far a line's colour is from those of cells for it to be told there
RIM = 3  # px at a panel's sides, which its frame may take
STRONG = 0.3  # of the strongest steps: those between cells
NARROW, ASIDE, MET = 7, 0.15, 0.9  # px of a cell; shares of it that a step may be off, and of steps that must be met
DARK, LIGHT = 130, 190  # channels of thin strokes that are black, or white


def bar_places(panel: Panel, frame: Frame, pixels: Pixels, rows: int, cols: int, cmap: str) -> Floats | None:
    """The row of the picture in which the bar has the colour of each cell, (rows, cols).

    Where no bar is seen it is taken to be as high as the panel, which at least tells cells apart.
    """
    if min(rows, cols) < 1:
        return None
    bar = frame.colorbar
    ramp, first = _ramp(pixels, bar, cmap) if bar else (_named(cmap, panel.rows), float(panel.start[1]))
    if len(ramp) < 8:
        return None
    colours = _colours(panel, rows, cols)
    off = np.abs(colours[:, :, None] - ramp).sum(axis=3)
    if np.mean(off.min(axis=2) > STRANGE) > 0.1:
        return None
    near = off <= off.min(axis=2, keepdims=True) + 2
    return first + (near * (np.arange(len(ramp)) + 0.5)).sum(axis=2) / near.sum(axis=2)


def _ramp(pixels: Pixels, bar: tuple[float, float, float, float], cmap: str) -> tuple[Floats, float]:
    """Colours of the bar from the top down, one a row, and the row where they begin."""
    height, width = pixels.shape[:2]
    x0, x1 = np.clip([bar[0] + 0.3 * (bar[2] - bar[0]), bar[2] - 0.3 * (bar[2] - bar[0])], 0, width)
    y0, y1 = np.clip([round(bar[1]) + 2, round(bar[3]) - 2], 0, height).astype(int)
    seen = pixels[y0:y1, int(x0) : max(int(np.ceil(x1)), int(x0) + 1), :3]
    if seen.size:
        ramp = np.median(seen, axis=1).astype(float)
        if np.ptp(ramp, axis=0).max() >= COLOURFUL:
            return ramp, float(y0)
    return _named(cmap, max(int(bar[3] - bar[1]), 1)), float(bar[1])


def _named(cmap: str, rows: int) -> Floats:
    import matplotlib  # late: only where the bar itself can not be read

    if cmap not in matplotlib.colormaps:
        return np.zeros((0, 3))
    share = 1 - (np.arange(rows) + 0.5) / rows
    return np.asarray(matplotlib.colormaps[cmap](share))[:, :3] * 255


def _cell(panel: Panel, rows: int, cols: int, row: int, col: int) -> Floats:
    """The colour of a cell's ground: the middle of its pixels where no number stands."""
    high, wide = panel.rows / rows, panel.columns / cols
    part = (
        slice(int((row + INNER) * high), max(int((row + 1 - INNER) * high), int((row + INNER) * high) + 1)),
        slice(int((col + INNER) * wide), max(int((col + 1 - INNER) * wide), int((col + INNER) * wide) + 1)),
    )
    pixels, free = panel.rgb[part].reshape(-1, 3), ~panel.texts[part].ravel()
    return np.median(pixels[free] if free.mean() >= 0.15 else pixels, axis=0)


def _colours(panel: Panel, rows: int, cols: int) -> Floats:
    """The colour of each cell, (rows, cols, 3)."""
    return np.array([[_cell(panel, rows, cols, row, col) for col in range(cols)] for row in range(rows)])


# ---- a few colours ---------------------------------------------------------------------------------------------------


def flat(panel: Panel, frame: Frame, pixels: Pixels, rows: int, cols: int) -> tuple[Floats, Array] | None:
    """The few separate colours of the cells, (n, 3), those of a bar from below, and each cell's number among them.

    None where there are many, where the bar runs smoothly, or without a bar where cells hardly repeat colours.
    """
    cells = _colours(panel, rows, cols).reshape(-1, 3)
    steps = _steps(pixels, frame.colorbar) if frame.colorbar else _apart(cells)
    if steps is None or not 2 <= len(steps) <= MOST_FLAT or (not frame.colorbar and len(cells) < 3 * len(steps)):
        return None
    off = np.abs(cells[:, None] - steps).max(axis=2)
    if np.mean(off.min(axis=1) > SAME) > 0.05:
        return None
    return steps, off.argmin(axis=1).reshape(rows, cols)


def _apart(colours: Floats) -> Floats | None:
    """Colours without those that are seen before; None where there are many."""
    found: list[Floats] = []
    for colour in colours:
        if all(np.abs(colour - other).max() > SAME for other in found):
            found.append(colour)
        if len(found) > MOST_FLAT:
            return None
    return np.array(found)


def _steps(pixels: Pixels, bar: tuple[float, float, float, float]) -> Floats | None:
    """The colours of a bar's steps from below; None where it runs smoothly."""
    ramp, _ = _ramp(pixels, bar, "")
    if len(ramp) < 16:
        return None
    ends = np.flatnonzero(np.abs(np.diff(ramp, axis=0)).max(axis=1) > 3)
    runs = np.split(ramp, ends + 1)
    long = [run for run in runs if len(run) >= max(STEP * len(ramp), 3)]
    if sum(map(len, long)) < 0.9 * len(ramp) or len(long) > MOST_FLAT:
        return None
    return np.array([np.median(run, axis=0) for run in reversed(long)])


# ---- lines between cells ---------------------------------------------------------------------------------------------


def cell_lines(panel: Panel, rows: int, cols: int) -> tuple[Floats, float] | None:
    """Colour and width in px of the lines between cells; None where they are not seen, or hardly wider than nothing."""
    across = _profiles(panel.rgb, panel.texts, rows, cols)
    down = _profiles(panel.rgb.swapaxes(0, 1), panel.texts.T, cols, rows)
    found = [one for one in map(_line, (across, down)) if one is not None]
    if not found or len(found) < (len(across) > 0) + (len(down) > 0):
        return None
    return np.median([colour for colour, _ in found], axis=0), float(np.mean([width for _, width in found]))


def _profiles(rgb: Array, texts: Bools, rows: int, cols: int) -> Floats:
    """Colours along short ways from cell to cell across the upright boundaries, (ways, px, 3), medians of rows."""
    high, wide = rgb.shape[0] / rows, rgb.shape[1] / cols
    half = int(min(0.4 * wide, 12))
    if half < 3 or high < 5:
        return np.zeros((0, 0, 3))
    found = []
    for row in range(rows):
        inner = slice(int((row + 0.25) * high), max(int((row + 0.75) * high), int((row + 0.25) * high) + 1))
        for col in range(1, cols):
            middle = round(col * wide)
            part = slice(middle - half, middle + half + 1)
            if not texts[inner, part].any():
                found.append(np.median(rgb[inner, part], axis=0))
    return np.array(found) if found else np.zeros((0, 0, 3))


def _line(profiles: Floats) -> tuple[Floats, float] | None:
    """What nearly all ways pass in their middle that is no blend of the two cells at their ends."""
    if len(profiles) < 2:
        return None
    first, last = profiles[:, :1], profiles[:, -1:]
    way = last - first
    share = ((profiles - first) * way).sum(axis=2) / np.maximum((way**2).sum(axis=2), 1.0)
    cells = first + np.clip(share, 0, 1)[..., None] * way
    off = np.abs(profiles - cells).max(axis=2)
    middle = profiles.shape[1] // 2
    aside = max(round(PEAK * middle), 1)
    peaks = middle - aside + off[:, middle - aside : middle + aside + 1].argmax(axis=1)
    ways = np.arange(len(profiles))
    height = off[ways, peaks]
    best = height >= max(float(np.median(height)), LEAST_OFF)
    if not best.any():
        return None
    colour = _full(np.median(profiles[ways, peaks][best], axis=0), np.median(cells[ways, peaks][best], axis=0))
    room = np.abs(colour - cells).max(axis=2)
    clear = room[ways, peaks] > CLEAR
    if clear.mean() < 0.3 or np.mean(height[clear] > LEAST_OFF) < LINED:
        return None
    widths = np.minimum(off / np.maximum(room, 1.0), 1.0)[clear].sum(axis=1)
    return colour, float(np.median(widths))


def _full(seen: Floats, cells: Floats) -> Floats:
    """The colour of a line of which a thin stroke shows less: what is darker or lighter than its cells all over is
    black or white."""
    if (seen < cells - 10).all() and seen.max() < DARK:
        return np.zeros(3)
    return np.full(3, 255.0) if (seen > cells + 10).all() and seen.min() > LIGHT else seen


# ---- how many cells --------------------------------------------------------------------------------------------------


def counts(panel: Panel) -> tuple[int | None, int | None]:
    """Rows and columns of cells by the steps of colour between them; None where these are not evenly spaced."""
    text = panel.texts
    return _count(panel.rgb.swapaxes(0, 1), text.T), _count(panel.rgb, text)


def _count(rgb: Array, texts: Bools) -> int | None:
    """The most columns of which nearly all begin with a step, while hardly any step is elsewhere."""
    free = ~(texts[:, 1:] | texts[:, :-1])
    change = np.abs(np.diff(rgb.astype(np.float32), axis=1)).max(axis=2) * free
    steps = change.sum(axis=0) / np.maximum(free.sum(axis=0), 1)
    steps[:RIM] = steps[-RIM:] = 0
    strong = steps >= max(STRONG * float(np.sort(steps)[-3:].mean()), 3 * float(np.median(steps)), 1.5)
    places = np.flatnonzero(strong) + 1.0
    side = rgb.shape[1]
    for count in range(int(side / NARROW), 1, -1):
        wide = side / count
        nearest = np.rint(places / wide).clip(1, count - 1)
        near = np.abs(places - nearest * wide) <= max(ASIDE * wide, 2)
        if len(set(nearest[near].tolist())) >= MET * (count - 1) and near.mean() >= MET:
            return count
    return None
