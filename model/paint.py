"""What is painted in a chart picture: colours, the areas of each, and the line that a thin area follows.

Classical segmentation, no learning: colours from model/palette.py, areas from model/strokes.py; here what thin lines
cut is mended, and what says nothing is dropped. Leaves out text (give its boxes), and as far as they can be told
apart spines, ticks, frames and grid lines. Boxes are in picture pixels with pixel i covering [i, i + 1]; traces run
through pixel centres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from model import palette
from model.boxes import cut
from model.colours import written
from model.page import figure
from model.records import Paint, Pixels, Region, TextBox
from model.sighting import ground
from model.strokes import MARGIN, Ints, Mask, Part, parts

MAX_REGIONS = 24
HATCH_PIECES = 10
LONG_EDGE_PX = 1000  # larger pictures are segmented at 1/2, 1/3, ... of their size


@dataclass(frozen=True)
class _Scene:
    """Labels of the picture at the working size with an empty rim, and masks (255) of what may be bridged."""

    labels: Mask
    painted: Mask
    chromatic: Mask
    ruled_rows: Mask  # painted pixels in rows of grid lines and spines
    ruled_columns: Mask

    def around(self, mask: Mask) -> tuple[_Scene, int, int]:
        """The part of the scene that a mask occupies, with its rim, and where that lies."""
        x, y, width, height = cv2.boundingRect(mask)
        left, top = max(x - MARGIN, 0), max(y - MARGIN, 0)
        window = slice(top, y + height + MARGIN), slice(left, x + width + MARGIN)
        views = (self.labels, self.painted, self.chromatic, self.ruled_rows, self.ruled_columns)
        return _Scene(*(view[window] for view in views)), left, top


def paints(pixels: Pixels, ignore: Sequence[TextBox] = ()) -> tuple[Paint, ...]:
    """Colours of an RGB picture with their areas, most painted first; a background that is not white comes first.

    At most 12 colours and 24 areas of each; an area of one colour is a bar, a marker, a wedge, a curve, a swatch.
    """
    pixels = _without_page(np.ascontiguousarray(pixels[..., :3]), ignore)
    found = palette.find(pixels, ignore)
    factor = -(-max(pixels.shape[:2]) // LONG_EDGE_PX)
    scene = _scene(found, factor)
    result = []
    for index, colour in enumerate(found.colours):
        areas = _areas(scene, index + 1, bool(found.chromatic[index]), bool(found.ground[index]))
        regions = tuple(_region(part, factor) for part in areas[:MAX_REGIONS])
        if regions:
            result.append(Paint(written(colour), sum(part.area for part in areas) * factor**2, regions))
    result.sort(key=lambda paint: -paint.area)
    return (*_ground(found.background, pixels.shape), *result)


def _without_page(pixels: Pixels, texts: Sequence[TextBox]) -> Pixels:
    """The picture with the figure's own ground all around the figure, where a screenshot shows page or window."""
    part = figure(pixels, [(text.x0, text.y0, text.x1, text.y1) for text in texts])
    inner = cut(pixels, part)
    if inner.shape == pixels.shape:
        return pixels
    bare = np.empty_like(pixels)
    bare[:] = ground(inner)
    bare[part[1] : part[3], part[0] : part[2]] = inner
    return bare


def _ground(background: tuple[int, int, int], shape: tuple[int, ...]) -> tuple[Paint, ...]:
    if min(background) >= 253:
        return ()
    height, width = shape[:2]
    return (Paint(written(background), width * height, (Region(0, 0, width, height, width * height),)),)


def _region(part: Part, factor: int) -> Region:
    x0, y0, x1, y1 = (float((side - MARGIN) * factor) for side in part.box)
    trace = tuple((round((x - MARGIN) * factor, 1), round((y - MARGIN) * factor, 1)) for x, y in part.trace)
    return Region(x0, y0, x1, y1, part.area * factor**2, trace)


def _scene(found: palette.Palette, factor: int) -> _Scene:
    labels, painted = _shrunk(found.labels, factor), _shrunk(found.painted, factor)
    painted = (painted > 0).view(np.uint8) * np.uint8(255)
    table = np.zeros(256, np.uint8)
    table[1 : len(found.chromatic) + 1] = np.where(found.chromatic, 255, 0)
    chromatic: Mask = cv2.LUT(labels, table)
    return _Scene(labels, painted, chromatic, *_ruled(painted, chromatic))


def _shrunk(labels: Mask, factor: int) -> Mask:
    """Of each block the rarest colour (the highest label) stays, so that thin lines do; with an empty rim."""
    height, width = (side // factor for side in labels.shape)
    small = np.zeros((height + 2 * MARGIN, width + 2 * MARGIN), np.uint8)
    inner = small[MARGIN:-MARGIN, MARGIN:-MARGIN]
    for row in range(factor):
        for column in range(factor):
            block = labels[row : height * factor : factor, column : width * factor : factor]
            np.maximum(inner, block, out=inner)
    return small


def _ruled(painted: Mask, chromatic: Mask) -> tuple[Mask, Mask]:
    """255 on what is painted in the rows, and in the columns, of grid lines and spines.

    Those are grey for nearly the whole length of the longest one; an edge between two bars is shorter.
    """
    grey = painted & ~chromatic
    along_rows = np.count_nonzero(_opened(grey, (1, 40)), axis=1)
    along_columns = np.count_nonzero(_opened(grey, (40, 1)), axis=0)
    rows, columns = np.zeros_like(painted), np.zeros_like(painted)
    level = along_rows >= max(0.75 * along_rows.max(), 40)
    upright = along_columns >= max(0.96 * along_columns.max(), 40)
    rows[level], columns[:, upright] = painted[level], painted[:, upright]
    return rows, columns


def _areas(scene: _Scene, label: int, chromatic: bool, ground: bool) -> list[Part]:
    """The areas of one colour in picture order of size."""
    mask = (scene.labels == label).view(np.uint8)
    if not mask.any():
        return []
    near, left, top = scene.around(mask)
    mask = (near.labels == label).view(np.uint8)
    found = _chromatic_parts(mask, near) if chromatic else _grey_parts(mask, near.chromatic, ground)
    return sorted((part.moved(left, top) for part in found), key=lambda part: (-part.area, part.box))


def _chromatic_parts(mask: Mask, scene: _Scene) -> list[Part]:
    mask = _bridged(mask, scene)
    found = parts(mask)
    whole = _unhatched(mask, scene) if len(found) >= HATCH_PIECES else mask
    return found if whole is mask else parts(whole)


def _bridged(mask: Mask, scene: _Scene) -> Mask:
    """Mends what thin lines cut: gaps of up to 4 px that are painted by another colour or by a grid line."""
    mended = _closed(mask, (5, 5)) & (scene.chromatic >> 7)
    mended |= _closed(mask, (5, 1)) & (scene.ruled_rows >> 7)
    mended |= _closed(mask, (1, 5)) & (scene.ruled_columns >> 7)
    return mask | mended


def _closed(mask: Mask, size: tuple[int, int]) -> Mask:
    return cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones(size, np.uint8))


def _opened(mask: Mask, size: tuple[int, int]) -> Mask:
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones(size, np.uint8))


def _unhatched(mask: Mask, scene: _Scene) -> Mask:
    """Mends bars that hatching cut to pieces: many scraps that fill one rectangle once grey lines are bridged.

    Bars that only share a dark edge are whole rectangles themselves and stay apart.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_BBDT)
    pieces = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= 4]
    if len(pieces) < HATCH_PIECES or not _is_scrappy(pieces):
        return mask
    closed = _closed(mask, (9, 9)) & ((scene.painted | mask * np.uint8(255)) >> 7)
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(closed, 8, cv2.CV_32S, cv2.CCL_BBDT)
    box_area = stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT]
    whole = stats[:, cv2.CC_STAT_AREA] >= 0.85 * box_area
    whole[0] = False
    return mask | whole[labels].view(np.uint8)


def _is_scrappy(pieces: Ints) -> bool:
    """Most pieces are no full rectangles, or they are stacked strips that begin and end alike."""
    x, y, width, height, area = pieces.T
    strips = min(len(set(zip(x // 3, width // 3, strict=True))), len(set(zip(y // 3, height // 3, strict=True))))
    return float((area < 0.8 * width * height).mean()) >= 0.5 or strips <= len(pieces) / 3


def _grey_parts(mask: Mask, chromatic: Mask, ground: bool) -> list[Part]:
    """Fills and curves of a grey; long straight thin lines (spines, grid lines, frames) are left out."""
    if ground:
        return [part for part in parts(_closed(mask, (5, 5))) if part.area > 0.01 * mask.size]
    core: Mask = cv2.erode(mask, np.ones((5, 5), np.uint8))
    grown: Mask = cv2.dilate(core, np.ones((7, 7), np.uint8))
    solid = grown & mask
    thin = mask & ~solid
    length = max(24, max(mask.shape) // 16)
    rules = _opened(thin, (1, length)) | _opened(thin, (length, 1))
    fills = parts(solid) if core.any() else []
    found = fills + parts(thin & ~rules)
    return [part for part in found if not _is_rule(part) and not _is_edge(part, chromatic)]


def _is_rule(part: Part) -> bool:
    """A grey leftover that says nothing: a tick, a dashed grid line, a bit of text or frame."""
    width, height = part.box[2] - part.box[0], part.box[3] - part.box[1]
    if part.trace:
        return min(width, height) <= 4
    return min(width, height) <= 3 or part.area < 0.4 * width * height


def _is_edge(part: Part, chromatic: Mask) -> bool:
    """Follows the rim of coloured areas: colour on one side of it and none on the other."""
    if not part.trace:
        return False
    x, y = np.array(part.trace).astype(int).T
    above = chromatic[np.maximum(y - 5, 0), x] > 0
    below = chromatic[np.minimum(y + 5, chromatic.shape[0] - 1), x] > 0
    return bool((above != below).mean() > 0.4)
