"""Upper edges of areas, in rows of a panel (panel.py) at given columns; also of translucent ones that overlap.

Leaves out: which colour an area has, and following an edge from corner to corner (curves.py).
"""

from __future__ import annotations

import cv2
import numpy as np

from model.nano.curves import course
from model.nano.panel import Panel
from model.nano.veil import Array, Bools, Floats, largest

MOST = 0.9  # share of an area's corners that must be seen
SURE = 0.5  # how sure an edge is that is taken as it stands
TRACED, LEAST = 0.3, 3  # share, and number, of the columns that must have one
BESIDE = 4  # rows beside what is hidden in which an edge may be that of the legend
SPANS = ((2, 1.0), (5, 0.7))  # rows to either side of an edge, steep ones being blurred, and their worth


def area_rows(panel: Panel, at: Floats, colour: str, stacked: bool) -> Floats | None:
    """The row of the upper edge of an area at each column."""
    worn = panel.colour(colour)
    edges = _tops(panel.solid(worn)) if stacked else upper_edges(panel, worn)
    edges[cv2.dilate(panel.legend.astype(np.uint8), np.ones((2 * BESIDE + 1, 1), np.uint8)) > 0] = 0
    edges[:BESIDE] = edges[-BESIDE:] = 0
    rows = course(edges, at, most=MOST, corner=1.0)
    if rows is not None:
        return rows
    solid = panel.solid(worn)
    foot = float(np.flatnonzero(solid.any(axis=1)).max(initial=0)) + 1
    rows = _traced(edges, at, foot, TRACED * len(at))
    return rows if rows is not None else _traced(_tops(solid), at, foot, LEAST)


def _traced(edges: Array, at: Floats, foot: float, least: float) -> Floats | None:
    """The uppermost sure edge at each column, for outlines that are not straight from corner to corner.

    Between columns where one is seen the straight way, beyond the last ones the foot. None for fewer than `least`.
    """
    wide = cv2.dilate(edges.astype(np.float32), np.ones((1, 3), np.uint8))
    columns = np.clip(np.round(at - 0.5).astype(int), 0, edges.shape[1] - 1)
    seen = wide[:, columns]
    best = seen.max(axis=0)
    rows = np.where(best >= SURE, (seen >= 0.9 * best).argmax(axis=0) + 0.5, np.nan)
    known = np.flatnonzero(np.isfinite(rows))
    if len(known) < max(least, LEAST):
        return None
    order = known[np.argsort(at[known])]
    return np.where(np.isfinite(rows), rows, np.interp(at, at[order], rows[order], left=foot, right=foot))


def _tops(mask: Bools) -> Bools:
    """The uppermost pixel edge of each column."""
    thick = mask & np.roll(mask, -1, axis=0) & np.roll(mask, -2, axis=0)
    thick[-3:] = False
    columns = np.flatnonzero(thick.any(axis=0))
    top = thick[:, columns].argmax(axis=0)
    edges = np.zeros_like(mask)
    edges[top, columns] = True
    edges[np.maximum(top - 1, 0), columns] = True
    return edges


def upper_edges(panel: Panel, colour: Floats) -> Floats:
    """How sure it is that a translucent colour is on below a row and not above it, 0 to 1, for each pixel.

    A little away from an edge on either side the colour holds for three rows, unlike beside a grid line.
    """
    rgb = panel.rgb.astype(np.float32)
    steady = largest(np.diff(rgb, axis=0)) <= panel.reach / 2
    calm = steady[:-1] & steady[1:]
    sure = np.zeros(rgb.shape[:2])
    for span, worth in SPANS:
        if len(rgb) > 2 * span + 6:
            above, below = slice(2, -2 * span - 2), slice(2 * span + 2, -2)
            found = lays_on(rgb[above], rgb[below], panel.ground, colour, panel.reach)
            found[~(calm[: -2 * span - 2] & calm[2 * span + 2 :])] = 0
            inner = sure[span + 2 : -span - 2]
            np.maximum(inner, worth * found, out=inner)
    return sure


def lays_on(above: Array, below: Array, ground: Floats, colour: Floats, reach: float) -> Floats:
    """Whether the way from one colour to another is what a translucent layer does that makes the ground `colour`.

    Lying on top it adds d - a e, where d = colour - ground, e = above - ground and a its opacity; lying under a layer
    of opacity b it adds (1 - b) d. That is half as sure as what is seen on the bare ground.
    """
    d, ground, colour = (one.astype(above.dtype) for one in (colour - ground, ground, colour))
    reach = max(min(reach / 2, 0.25 * float(np.abs(d).max())), 3.0)
    e, change = above - ground, below - above
    size = max(float(d @ d), 1.0)
    plain = largest(e) <= reach
    direct = largest(below - colour) <= reach
    ee = np.maximum(np.einsum("...i,...i", e, e), 1.0)
    opacity = np.clip(np.einsum("...i,...i", d - change, e) / ee, 0.1, 1.0)
    on_top = largest(d - opacity[..., None] * e - change) <= reach
    share = np.clip((change @ d) / size, 0.2, 0.95)
    under = largest(share[..., None] * d - change) <= reach
    large = largest(change) > reach
    return np.where(large, np.where(plain, direct, np.maximum(0.5 * (on_top | under), direct)), 0.0)
