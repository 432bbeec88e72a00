"""Feet and ends of bars and tops of histogram bins, in rows of a panel (panel.py).

A bar is looked for around each place: columns that wear its colour, then the rows that most of these columns wear.
Bars that share no base line float: they have a lower and an upper end.
Leaves out: which colour a bar has, unless each has its own (`colours_at`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.nano.areas import lays_on
from model.nano.marks import unruled
from model.nano.panel import Panel
from model.nano.veil import Array, Bools, Floats, largest

LINE = 6  # rows or columns that a grid line, an error bar or a dark edge may take out of a bar
FULL = 0.25  # share of a bar's columns that wear its colour in a row of it; hatches take the rest
ALIKE = 0.97  # cosine between colours (from the ground) whose overlap could as well be one of them
FEWEST = 0.25  # share of the bars that must be seen; the others have no height
ALL, SOME = 0.85, 0.5  # share of a row from which on a thin stroke is no part of a stack, and no bar
KNOWN = 0.2  # share of a bar's columns that tell whether a row is of it
UNSURE = 0.03  # share of the panel's height that a legend may hide beyond a bar's end
TOUCHES = 5  # rows between a bar's end and the base line
SHARED = 0.6  # share of the bars that begin at one line, unless they float
SAME_LINE = 3  # rows between edges that lie on one line


@dataclass(frozen=True)
class Bar:
    """First and last column and row of one bar, ends exclusive."""

    left: int
    right: int
    top: float
    bottom: float


@dataclass(frozen=True)
class BarRows:
    """Rows in which each bar (of a stack: this part of it) begins and ends, and columns of its sides, nan if unseen."""

    feet: Floats
    ends: Floats
    left: Floats
    right: Floats


def bar_rows(panel: Panel, at: Floats, colours: Sequence[str], stacked: bool) -> BarRows | None:
    """The bars around some columns. None where next to none of them is seen."""
    step = steps(at, panel.columns)
    if len(set(colours)) > 1:
        own = own_colours(panel, at)
        found = [panel.solid(panel.ground if colour is None else colour) for colour in own]
    else:
        found = [unruled(panel.solid(panel.colour(colours[0])), ALL if stacked else SOME)] * len(at)
    bars = _bars(panel, found, at, step)
    seen = [bar for bar in bars if bar]
    if len(seen) < FEWEST * len(at):
        return None
    loose = stacked or _float(panel, seen)
    base = _base(panel, seen, loose)
    ends = np.array([_end(bar, base) if bar else np.nan for bar in bars])
    if any(_behind_legend(panel, bar, end) for bar, end in zip(bars, ends, strict=True) if bar):
        return None
    if stacked and len(seen) < len(bars):
        ends[np.isnan(ends)] = _under(panel, seen, base, at[np.isnan(ends)], step)
    ends = ends if stacked else np.where(np.isnan(ends), base, ends)
    feet = np.array([(bar.bottom if end == bar.top else bar.top) if bar and loose else np.nan
                     for bar, end in zip(bars, ends, strict=True)])  # fmt: skip
    left, right = np.array([(bar.left, bar.right) if bar else (np.nan, np.nan) for bar in bars]).T
    return BarRows(np.where(np.isnan(feet), ends if loose else base, feet), ends, left, right)


def _float(panel: Panel, bars: Sequence[Bar]) -> bool:
    """Whether bars begin at no common line."""
    edges = np.array([[bar.top, bar.bottom] for bar in bars])
    lines = [np.count_nonzero(np.abs(edges - line).min(axis=1) <= SAME_LINE) for line in edges.ravel()]
    at_rim = [np.count_nonzero(edges[:, 1] >= panel.rows - TOUCHES), np.count_nonzero(edges[:, 0] <= TOUCHES)]
    return len(bars) > 1 and bool(max(*lines, *at_rim) < SHARED * len(bars))


def _behind_legend(panel: Panel, bar: Bar, end: float) -> bool:
    """Whether a bar ends where a legend begins: it may go on behind it."""
    row, deep = int(end), max(int(UNSURE * panel.rows), TOUCHES)
    rows = slice(max(row - deep, 0), row) if end == bar.top else slice(row, row + deep)
    beyond = panel.legend[rows, bar.left : bar.right]
    return bool(panel.veiling and beyond.size and (beyond.mean(axis=1) > 1 - KNOWN).all())


def _under(panel: Panel, bars: Sequence[Bar], base: float, at: Floats, step: float) -> Floats:
    """Where parts of no height lie: at the end of the nearest part under this one, in the order of other stacks.

    nan where parts lie that other stacks do not have.
    """
    ends = np.full(len(at), np.nan)
    layers = _layers_under(panel, bars, base)
    for colour in layers:
        below = _bars(panel, [panel.solid(colour)] * len(at), at, step)
        found = np.array([_end(bar, base) if bar else np.nan for bar in below])
        ends = np.where(np.isnan(ends), found, ends)
    rows, columns = slice(max(int(base) - LINE, 0), int(base) + LINE), np.clip(at.astype(int), 0, panel.columns - 1)
    strange = panel.painted()[rows, columns].mean(axis=0) >= KNOWN if layers else np.zeros(len(at), bool)
    return np.where(np.isnan(ends) & ~strange, base, ends)


def _layers_under(panel: Panel, bars: Sequence[Bar], base: float) -> list[Floats]:
    """Colours of the parts between the base line and the part that begins farthest from it, the nearest part first."""
    starts = [bar.bottom if _end(bar, base) == bar.top else bar.top for bar in bars]
    bar, start = max(zip(bars, starts, strict=True), key=lambda pair: abs(pair[1] - base))
    low, high = sorted((int(start), int(base)))
    middle = slice(bar.left + (bar.right - bar.left) // 4, bar.right - (bar.right - bar.left) // 4)
    profile = np.median(panel.rgb[low:high, middle], axis=1)
    if len(profile) < TOUCHES:
        return []
    runs = _flat_runs(profile, np.asarray(panel.legend[low:high, middle].all(axis=1)), panel.reach)
    colours = [np.median(profile[a:b], axis=0) for a, b in runs]
    colours = [colour for colour in colours if np.abs(colour - panel.ground).max() > panel.reach]
    return colours if start < base else colours[::-1]


def own_colours(panel: Panel, at: Floats) -> list[Floats | None]:
    """The colour that covers most around each place, None where nothing is painted; dark only where nothing else is."""
    step = steps(at, panel.columns)
    painted = unruled(panel.painted(), SOME) & ~panel.legend & ~panel.texts
    return [_ruling(panel, painted, slice(*_window(place, 0.8 * step, panel.columns))) for place in at]


def _ruling(panel: Panel, painted: Bools, columns: slice) -> Floats | None:
    pixels = panel.rgb[:, columns][painted[:, columns]]
    bright = pixels[pixels.max(axis=1) > 90]
    pixels = bright if len(bright) >= max(12, 0.15 * len(pixels)) else pixels
    if len(pixels) < 12:
        return None
    codes = (pixels >> 3).astype(np.int64) @ np.array([1024, 32, 1])
    most = np.bincount(codes).argmax()
    return np.median(pixels[codes == most], axis=0)


def steps(at: Floats, most: float) -> float:
    """The usual distance between neighbouring places; the whole width where there is but one."""
    return float(np.median(np.abs(np.diff(np.sort(at))))) if len(at) > 1 else float(most)


def _bars(panel: Panel, masks: Sequence[Bools], at: Floats, step: float) -> list[Bar | None]:
    windows = [_window(place, step, panel.columns) for place in at]
    runs = [_column_runs(mask, window) for mask, window in zip(masks, windows, strict=True)]
    widths = [max(run[1] - run[0] for run in some) for some in runs if some]
    thick = [wide for wide in widths if wide > 0.25 * max(widths)]  # grid lines are no bars
    usual = float(np.median(thick)) if thick else 0.0
    bars: list[Bar | None] = []
    for mask, some, place in zip(masks, runs, at, strict=True):
        wide = [run for run in some if run[1] - run[0] >= 0.5 * usual]
        best = max(wide, key=lambda run: _prominence(mask, run, place, step), default=None)
        bars.append(_bar(panel, mask, best) if best else None)
    return bars


def _window(place: float, step: float, columns: int) -> tuple[int, int]:
    left, right = place - 0.49 * step, place + 0.49 * step
    return max(round(left), 0), min(round(right), columns)


def _column_runs(mask: Bools, window: tuple[int, int]) -> list[tuple[int, int]]:
    """Runs of columns in a window that wear the colour in two rows or more, short gaps bridged."""
    left, right = window
    if right - left < 1:
        return []
    worn = np.count_nonzero(mask[:, left:right], axis=0) >= 2
    return [(left + a, left + b) for a, b in runs_of(worn, LINE) if b - a >= 2]


def runs_of(worn: Array, bridged: int = 0) -> list[tuple[int, int]]:
    """First and one past the last index of each run of true values; gaps up to a length are none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], worn, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for a, b in edges.reshape(-1, 2).tolist():
        if runs and a - runs[-1][1] <= bridged:
            runs[-1] = (runs[-1][0], b)
        else:
            runs.append((a, b))
    return runs


def _prominence(mask: Bools, run: tuple[int, int], place: float, step: float) -> float:
    """How much a run looks like the bar of a place: its pixels, less for what stands off."""
    away = abs((run[0] + run[1]) / 2 - place) / step
    return float(np.count_nonzero(mask[:, run[0] : run[1]])) * (1.0 - min(away, 0.9))


def _bar(panel: Panel, mask: Bools, run: tuple[int, int]) -> Bar | None:
    inner = slice(run[0] + (run[1] - run[0]) // 6, run[1] - (run[1] - run[0]) // 6)
    rows = _row_runs(mask[:, inner], panel.texts[:, inner], panel.legend[:, inner])
    if not rows:
        return None
    top, bottom = max(rows, key=lambda rows: rows[1] - rows[0])
    dark = dark_rows(panel, inner)
    return Bar(run[0], run[1], top - rim(dark[:top][::-1]) / 2, bottom + rim(dark[bottom:]) / 2)


def _row_runs(mask: Bools, texts: Bools, legend: Bools) -> list[tuple[int, int]]:
    """Runs of rows that wear the colour. Letters count only where they leave too little; a legend is bridged."""
    share = np.full(len(mask), -1.0)
    for free in (~legend, ~(texts | legend)):
        count = np.count_nonzero(free, axis=1)
        known = count >= max(1.0, KNOWN * mask.shape[1])
        share[known] = np.count_nonzero(mask[known] & free[known], axis=1) / count[known]
    joined: list[tuple[int, int]] = []
    for a, b in runs_of(share >= FULL, LINE):
        if joined and (share[joined[-1][1] : a] < 0).all():
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return joined


def dark_rows(panel: Panel, columns: slice) -> Bools:
    """Rows that are dark across a bar: its edge, if that has another colour."""
    dark: Bools = (largest(panel.rgb[:, columns]) < 120).mean(axis=1) >= 0.8
    return dark


def rim(dark: Bools) -> int:
    """How many rows of a dark edge follow; none if what follows is more than an edge."""
    after = dark[:LINE]
    count = int(np.argmin(after)) if not after.all() else len(after)
    return count if count < LINE else 0


def _end(bar: Bar, base: float) -> float:
    return bar.top if abs(bar.top - base) >= abs(bar.bottom - base) else bar.bottom


def _base(panel: Panel, bars: Sequence[Bar], loose: bool) -> float:
    """The row of the base line: the bottom of the panel, or else the edge that most bars share."""
    edges = np.array([[bar.top, bar.bottom] for bar in bars])
    at_bottom = np.count_nonzero(edges[:, 1] >= panel.rows - TOUCHES)
    if loose or at_bottom >= 0.5 * len(bars):
        return float(panel.rows)
    values = edges.ravel()
    shared = [np.count_nonzero(np.abs(edges - value).min(axis=1) <= SAME_LINE) for value in values]
    best = max(shared)
    if best < 2:
        return float(panel.rows)
    return float(values[np.array(shared) == best].max())


def hist_tops(panel: Panel, at: Floats, colour: str) -> Floats | None:
    """The top row of each bin; translucent bins of another colour may overlap them."""
    step = steps(at, panel.columns)
    worn = panel.colour(colour)
    tops = np.array([_bin_top(panel, place, step, worn) for place in at])
    if np.isnan(tops).any() or np.count_nonzero(tops < panel.rows) < FEWEST * len(at):
        return None
    return tops


def _bin_top(panel: Panel, place: float, step: float, colour: Floats) -> float:
    """Where, going down the middle of a bin, its colour comes in; the bottom if it does not, nan if that is hidden."""
    left, right = max(int(place - 0.3 * step), 0), min(int(place + 0.3 * step) + 1, panel.columns)
    if right <= left:
        return float(panel.rows)
    hidden = panel.legend[:, left:right].mean(axis=1) > 0.5
    profile = np.median(panel.rgb[:, left:right], axis=1)
    above, last = panel.ground, 0
    for start, end in _flat_runs(profile, hidden, panel.reach):
        here = np.median(profile[start:end], axis=0)
        if lays_on(above[None], here[None], panel.ground, colour, panel.reach)[0] or _both(panel, above, here, colour):
            if start - last <= max(LINE + 2, 0.02 * panel.rows):
                return (start + last) / 2  # an edge of another colour may lie between
            return np.nan if panel.veiling and hidden[last:start].any() else float(start)
        above, last = here, end
    return float(panel.rows)


def _both(panel: Panel, above: Floats, here: Floats, colour: Floats) -> bool:
    """Whether the colour and another one come in at the same height, the one on top of the other."""
    if np.abs(above - panel.ground).max() > panel.reach / 2:
        return False
    d, both = colour - panel.ground, here - panel.ground
    for rival in panel.others:
        way = rival - panel.ground
        aligned = abs(float(d @ way)) / max(float(np.linalg.norm(d) * np.linalg.norm(way)), 1.0)
        if min(np.abs(rival - here).max(), np.abs(rival - colour).max()) > panel.reach and aligned < ALIKE:
            off = min(_off_way(both - d, way), _off_way(both - way, d))
            if off <= panel.reach / 2:
                return True
    return False


def _off_way(rest: Floats, way: Floats) -> float:
    """How far a difference of colours is from a part of another."""
    share = np.clip(float(rest @ way) / max(float(way @ way), 1.0), 0.2, 0.9)
    return float(np.abs(rest - share * way).max())


def _flat_runs(profile: Floats, hidden: Bools, reach: float) -> list[tuple[int, int]]:
    """Runs of rows of one colour, in a profile (rows, 3), lines and blends between them left out."""
    change = np.abs(np.diff(profile, axis=0)).max(axis=1) > reach / 2
    bounds = np.concatenate([[0], np.flatnonzero(change) + 1, [len(profile)]])
    runs = zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    return [(a, b) for a, b in runs if b - a >= 3 and not hidden[a:b].all()]
