"""Which of matplotlib's colour maps a panel's pixels are taken from, by their colours alone, and whether a bar says so.

A pixel of a heat map lies on a curve through the colours; the map is the curve that comes closest to most pixels. Which
end is up is read from a colour bar, where there is one. Leaves out: values (heat.py), maps of a few separate colours.
"""

from __future__ import annotations

import functools

import numpy as np

from model.glance import WORDS, chances
from model.layout import Frame
from model.nano.panel import Panel
from model.nano.sight import Sight, once
from model.nano.veil import Floats

NAMES = (
    "viridis", "plasma", "inferno", "magma", "cividis", "Blues", "Greens", "Reds", "Oranges", "Purples", "Greys",
    "YlGnBu", "YlOrRd", "coolwarm", "RdBu", "RdYlGn", "Spectral", "PuBu", "BuPu", "GnBu", "turbo", "jet", "rainbow",
    "hot", "cool", "bwr", "seismic", "RdYlBu", "PiYG", "PRGn", "BrBG", "PuOr", "RdGy", "RdPu", "PuRd", "OrRd", "YlGn",
    "YlOrBr", "PuBuGn", "BuGn", "bone", "copper", "pink", "summer", "autumn", "winter", "spring", "Wistia",
    "cubehelix", "terrain", "ocean", "gist_earth", "twilight", "hsv",
)  # fmt: skip
STEPS = 64
FAR = 30.0  # RGB distance from which on a pixel says no more against a map
NEAR = 15.0  # mean distance, cut off at FAR, up to which a map explains a panel
AHEAD = 1.5, 0.15  # by how much it must be nearer than every other map, and by what share of its own distance
MOST_COLOURS = 400
LEAST = 60  # differing pixels
SURE = 0.8  # a chance from which on a glance at the panel is believed
BIN = 4  # colours that differ by less in each channel are counted as one


@once
def seen(frame: Frame, sight: Sight) -> str:
    """Name of the colour map, with "_r" where its bar runs the other way; "" where none explains the panel."""
    panel = Panel.of(frame, sight)
    if panel is None:
        return ""
    colours, weights = _counted(panel)
    if weights.sum() < LEAST or len(colours) < 3:
        return ""
    off = np.minimum(_distances(colours), FAR) @ (weights / weights.sum())
    best, second = (int(place) for place in off.argsort()[:2])
    if off[best] > NEAR or off[second] - off[best] < max(AHEAD[0], AHEAD[1] * off[best]):
        return ""
    return NAMES[best] + ("_r" if _upside_down(NAMES[best], frame, sight) else "")


@once
def has_bar(frame: Frame, sight: Sight) -> bool | None:
    """Whether a colour bar stands beside the panel; None where that cannot be told."""
    if frame.colorbar is not None:
        return True
    chance = float(chances(sight.pixels, [sight.box(frame)])[0, WORDS.index("colorbar")])
    return True if chance >= SURE else False if chance <= 1 - SURE else None


def _counted(panel: Panel) -> tuple[Floats, Floats]:
    """Colours (n, 3) of pixels that are neither letters, ground nor edges, and how many of each."""
    rgb = panel.rgb
    flat = np.ones(rgb.shape[:2], bool)
    for axis in (0, 1):
        step = np.abs(np.diff(rgb, axis=axis)).max(axis=2) <= 2 * BIN
        flat &= np.insert(step, 0, True, axis=axis) & np.insert(step, step.shape[axis], True, axis=axis)
    flat &= ~panel.texts & ~panel.legend & (np.abs(rgb - panel.ground).max(axis=2) > BIN)
    red, green, blue = (rgb[flat] // BIN).T.astype(np.int64)
    codes, counts = np.unique((red << 16) + (green << 8) + blue, return_counts=True)
    most = counts.argsort()[::-1][:MOST_COLOURS]
    colours = np.stack([codes[most] >> 16, codes[most] >> 8 & 255, codes[most] & 255], axis=1)
    return colours * float(BIN) + BIN / 2, np.sqrt(counts[most])


def _distances(colours: Floats) -> Floats:
    """From each map to each colour: (maps, n)."""
    return np.stack([np.sqrt(((colours[:, None] - ramp) ** 2).sum(2)).min(1) for ramp in _ramps()])


@functools.cache
def _ramps() -> Floats:
    """Colours of all maps, (maps, STEPS, 3), low values first."""
    import matplotlib  # late: its colour maps alone are asked for

    return np.stack([np.asarray(matplotlib.colormaps[name](np.linspace(0, 1, STEPS)))[:, :3] * 255 for name in NAMES])


def _upside_down(name: str, frame: Frame, sight: Sight) -> bool:
    """Whether the colour bar has the low end of the map at its top."""
    if frame.colorbar is None or frame.colorbar[0] < frame.x1:
        return False
    x0, y0, x1, y1 = frame.colorbar
    height, width = sight.pixels.shape[:2]
    column = sight.pixels[:, min(width - 1, max(0, int((x0 + x1) / 2))), :3]
    ends = [min(height - 1, max(0, int(y0 + share * (y1 - y0)))) for share in (0.1, 0.9)]
    ramp = _ramps()[NAMES.index(name)]
    places = [int(((ramp - column[end]) ** 2).sum(1).argmin()) for end in ends]
    return places[0] < places[1]
