"""What is painted in a chart picture: colours, the areas of each, and the line that a thin area follows.

Classical segmentation, no learning: colours from model/palette.py, connected components, dashes joined into curves.
Leaves out text (give its boxes), and as far as they can be told apart spines, ticks, frames and grid lines.
Boxes are in picture pixels with pixel i covering [i, i + 1]; traces run through pixel centres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model import palette
from model.records import Paint, Pixels, Region, TextBox

Mask = NDArray[Any]  # uint8, (height, width)
Ints = NDArray[Any]

MAX_REGIONS = 24
TRACE_POINTS = 16
MARGIN = 3  # keeps erosion honest at the rim
LONG_EDGE_PX = 1000  # larger pictures are segmented at 1/2, 1/3, ... of their size


@dataclass(frozen=True)
class _Part:
    """Pixels of one area at the working size: box (x0, y0, x1, y1), and for thin ones their coordinates."""

    box: tuple[int, int, int, int]
    area: int
    curve: tuple[Ints, Ints] | None = None  # x, y of every pixel


def paints(pixels: Pixels, ignore: Sequence[TextBox] = ()) -> tuple[Paint, ...]:
    """Colours of an RGB picture with their areas, most painted first; a background that is not white comes first.

    At most 12 colours and 24 areas of each; an area of one colour is a bar, a marker, a wedge, a curve, a swatch.
    """
    pixels = np.ascontiguousarray(pixels[..., :3])
    found = palette.find(pixels, ignore)
    factor = -(-max(pixels.shape[:2]) // LONG_EDGE_PX)
    labels = _shrink(found.labels, factor)
    painted = _shrink(found.painted, factor)
    chromatic = found.chromatic()
    rows, columns = _ruled(labels, painted, chromatic)
    result = []
    for index, colour in enumerate(found.colours):
        mask = (labels == index + 1).view(np.uint8)
        if chromatic[index]:
            mask = _bridge(mask, labels, rows, columns, chromatic)
        parts = _parts(mask) if chromatic[index] else _grey_parts(mask)
        regions = tuple(_region(part, factor) for part in _largest(parts))
        if regions:
            result.append(Paint(_hex(colour), int(sum(part.area for part in parts)) * factor**2, regions))
    result.sort(key=lambda paint: -paint.area)
    return (*_ground(found.background, pixels.shape), *result)


def _ground(background: tuple[int, int, int], shape: tuple[int, ...]) -> tuple[Paint, ...]:
    if min(background) >= 253:
        return ()
    height, width = shape[:2]
    return (Paint(_hex(background), width * height, (Region(0, 0, width, height, width * height),)),)


def _hex(colour: Sequence[int] | Ints) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(int(channel) for channel in colour))


def _shrink(labels: Mask, factor: int) -> Mask:
    """The rarest colour (the highest label) of each block stays, so that thin lines do."""
    height, width = (side // factor * factor for side in labels.shape)
    small = labels[0:height:factor, 0:width:factor].copy()
    for row in range(factor):
        for column in range(factor):
            np.maximum(small, labels[row:height:factor, column:width:factor], out=small)
    return small


def _ruled(labels: Mask, painted: Mask, chromatic: NDArray[np.bool_]) -> tuple[Mask, Mask]:
    """255 on what is painted in the rows, and in the columns, of grid lines and spines.

    Those are grey for nearly the whole length of the longest one; an edge between two bars is shorter.
    """
    grey = painted.copy()
    grey[_chromatic_table(chromatic)[labels] > 0] = 0
    along_rows = np.count_nonzero(_opened(grey, (1, 40)), axis=1)
    along_columns = np.count_nonzero(_opened(grey, (40, 1)), axis=0)
    rows, columns = np.zeros_like(painted), np.zeros_like(painted)
    level = along_rows >= max(0.75 * along_rows.max(), 40)
    upright = along_columns >= max(0.96 * along_columns.max(), 40)
    rows[level], columns[:, upright] = painted[level], painted[:, upright]
    return rows, columns


def _chromatic_table(chromatic: NDArray[np.bool_]) -> Mask:
    table = np.zeros(256, np.uint8)
    table[1 : len(chromatic) + 1] = np.where(chromatic, 255, 0)
    return table


def _bridge(mask: Mask, labels: Mask, rows: Mask, columns: Mask, chromatic: NDArray[np.bool_]) -> Mask:
    """Mends what thin lines cut: gaps of up to 4 px that are painted by another colour or by a grid line."""
    other = _chromatic_table(chromatic)[labels]
    mended = _closed(mask, (5, 5)) & (other >> 7)
    mended |= _closed(mask, (5, 1)) & (rows >> 7)
    mended |= _closed(mask, (1, 5)) & (columns >> 7)
    return mask | mended


def _closed(mask: Mask, size: tuple[int, int]) -> Mask:
    return cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones(size, np.uint8))


def _opened(mask: Mask, size: tuple[int, int]) -> Mask:
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones(size, np.uint8))


def _grey_parts(mask: Mask) -> list[_Part]:
    """Fills and curves of a grey; long straight thin lines (spines, grid lines, frames) are left out."""
    core: Mask = cv2.erode(mask, np.ones((5, 5), np.uint8))
    grown: Mask = cv2.dilate(core, np.ones((7, 7), np.uint8))
    solid = grown & mask
    thin = mask & ~solid
    length = max(24, max(mask.shape) // 16)
    level = _opened(thin, (1, length))
    upright = _opened(thin, (length, 1))
    fills = _parts(solid) if core.any() else []
    return [part for part in fills + _parts(thin & ~(level | upright)) if not _is_rule(part)]


def _is_rule(part: _Part) -> bool:
    """A grey leftover that says nothing: a tick, a dashed grid line, a bit of text or frame."""
    width, height = part.box[2] - part.box[0], part.box[3] - part.box[1]
    if part.curve is not None:
        return min(width, height) <= 4
    return min(width, height) <= 3 or part.area < 0.4 * width * height


def _parts(mask: Mask) -> list[_Part]:
    """Connected components; thin ones that lie along one curve are joined."""
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return []
    mask = np.pad(mask[top : top + height, left : left + width], MARGIN)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    core = np.bincount(labels[cv2.erode(mask, np.ones((5, 5), np.uint8)) > 0], minlength=count)
    area = stats[:, cv2.CC_STAT_AREA]
    side = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    thin = ((core < 0.25 * area) | _is_sparse(area, side)) & (area >= 2)
    thin[0] = False
    small = (side.max(axis=1) <= 14) | ((side.max(axis=1) <= 40) & (area < 0.75 * side.prod(axis=1)))
    loose = thin | (small & (area >= 2))
    loose[0] = False
    joined, taken = _curves(labels, thin, loose, side)
    speck = max(4, 0.002 * area[1:].max(initial=0))
    rest = [i for i in range(1, count) if not taken[i] and area[i] >= speck]
    boxes = stats[:, :4]
    solids = [
        _Part((int(x), int(y), int(x + w), int(y + h)), int(area[i]))
        for i, (x, y, w, h) in ((i, boxes[i]) for i in rest)
    ]
    return [_moved(part, left - MARGIN, top - MARGIN) for part in joined + solids]


def _moved(part: _Part, left: int, top: int) -> _Part:
    x0, y0, x1, y1 = part.box
    curve = part.curve and (part.curve[0] + left, part.curve[1] + top)
    return _Part((x0 + left, y0 + top, x1 + left, y1 + top), part.area, curve)


def _curves(
    labels: Ints, thin: NDArray[np.bool_], loose: NDArray[np.bool_], side: Ints
) -> tuple[list[_Part], NDArray[np.bool_]]:
    """Curves made of thin components and of what lies within a dash of them; and which components they took."""
    taken = np.zeros(len(thin), bool)
    if not thin.any():
        return [], taken
    within = loose[labels].view(np.uint8)
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))
    _, groups = cv2.connectedComponents(cv2.dilate(within, reach), connectivity=8, ltype=cv2.CV_32S)
    y, x = np.nonzero(within)
    group, part = groups[y, x], labels[y, x]
    order = np.argsort(group, kind="stable")
    curves = []
    for some in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        members = np.unique(part[some])
        if _is_curve(x[some], y[some], thin[members], side[members]):
            curves.append(_curve_part(x[some], y[some]))
            taken[members] = True
            continue
        for member in members[(side[members].max(axis=1) >= 20) & thin[members]]:
            alone = some[part[some] == member]
            if _is_curve(x[alone], y[alone], thin[[member]], side[[member]]):
                curves.append(_curve_part(x[alone], y[alone]))
                taken[member] = True
    return curves, taken


def _is_sparse(area: Ints, side: Ints) -> NDArray[np.bool_]:
    """A polyline with markers: wide, and little of its box is painted."""
    return (side[:, 0] >= 30) & (area < 0.3 * side.prod(axis=1)) & (area < 12 * side.max(axis=1))


def _curve_part(x: Ints, y: Ints) -> _Part:
    return _Part((int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1), len(x), (x, y))


def _is_curve(x: Ints, y: Ints, thin: NDArray[np.bool_], side: Ints) -> bool:
    """Long enough, made of strokes or of dots, and in most columns one stroke high."""
    wide = int(x.max()) - int(x.min()) + 1
    if wide < 16:
        return False
    strokes = side.max(axis=1) >= 1.8 * side.min(axis=1)
    drawn = side[strokes & thin].max(axis=1, initial=0).sum() >= 0.4 * side.max(axis=1).sum()
    plain, covered = _course(x - x.min(), y, wide)
    if drawn or (len(side) >= 8 and np.median(side) <= 4):
        return plain >= 0.7 and covered >= 0.35
    return wide >= 60 and bool(thin.any()) and plain >= 0.9 and covered >= 0.75


def _course(column: Ints, y: Ints, wide: int) -> tuple[float, float]:
    """Share of the columns that hold a single stroke, and share of the columns that hold anything."""
    count = np.bincount(column, minlength=wide)
    top = np.full(wide, np.iinfo(np.int32).max)
    low = np.full(wide, -1)
    np.minimum.at(top, column, y)
    np.maximum.at(low, column, y)
    span = (low - top + 1)[count > 0]
    plain = (span <= 12) | (count[count > 0] >= 0.3 * span)
    return float(plain.mean()), float((count > 0).mean())


def _largest(parts: list[_Part]) -> list[_Part]:
    return sorted(parts, key=lambda part: (-part.area, part.box))[:MAX_REGIONS]


def _region(part: _Part, factor: int) -> Region:
    x0, y0, x1, y1 = (float(side * factor) for side in part.box)
    return Region(x0, y0, x1, y1, part.area * factor**2, _trace(part, factor))


def _trace(part: _Part, factor: int) -> tuple[tuple[float, float], ...]:
    """Points at equal steps of x: the median y of the curve's pixels in that column, gaps bridged."""
    if part.curve is None:
        return ()
    x, y = part.curve
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    columns, first = np.unique(x, return_index=True)
    middle = np.array([np.median(column) for column in np.split(y, first[1:])])
    at = np.linspace(columns[0], columns[-1], TRACE_POINTS)
    points = zip(at, np.interp(at, columns, middle), strict=True)
    return tuple((round(float(px + 0.5) * factor, 1), round(float(py + 0.5) * factor, 1)) for px, py in points)
