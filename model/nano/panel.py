"""One panel of a picture, turned so that values grow upwards, and which of its pixels wear a colour.

Everything that reads values off pixels starts here. Leaves out: what the pixels mean (bars.py, curves.py, marks.py).
Columns run along the axis of categories or abscissae, rows along the axis of values, both in pixels from the top left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model.colours import rgb as rgb_of
from model.layout import Frame
from model.nano.sight import Sight
from model.nano.veil import Array, Bools, Floats, entry_boxes, fill, largest, unveil

CLEAN, NOISY = 12, 30  # how far a channel may be from a colour, in a picture as it was drawn and in a worn one
RIM = 2  # rows of a spine


@dataclass(frozen=True)
class Panel:
    """`rgb` holds (rows, columns, 3); `texts` marks letters, `legend` the boxes of legend entries, (rows, columns).

    `ground` is the colour behind the drawing, `reach` how far a pixel's channels may be from a colour that it wears,
    `others` are the colours of the picture. `veiling` tells whether anything seems to lie behind the legend.
    """

    rgb: NDArray[np.int16]
    texts: Bools
    legend: Bools
    ground: Floats
    reach: int
    others: Floats
    veiling: bool
    lying: bool
    start: tuple[int, int]  # of the frame in the picture: x, y
    size: tuple[float, float]  # of the picture: width, height

    @classmethod
    def of(cls, frame: Frame, sight: Sight, lying: bool = False, colours: Iterable[str] = ()) -> Panel | None:
        """None where the frame holds nothing."""
        height, width = sight.pixels.shape[:2]
        x0, x1 = _clamped(frame.x0, width), _clamped(frame.x1, width)
        y0, y1 = _clamped(frame.y0, height), _clamped(frame.y1, height)
        if x1 - x0 < 12 or y1 - y0 < 12:
            return None
        rgb = sight.pixels[y0:y1, x0:x1, :3].astype(np.int16)
        ground, noisy = _ground(rgb, sight.pixels[0, 0])
        reach = NOISY if noisy else CLEAN
        known = np.array([_channels(colour) for colour in (*colours, *(p.colour for p in sight.slots.paints))]).reshape(
            -1, 3
        )
        texts = np.zeros(rgb.shape[:2], bool)
        for box in sight.slots.texts:
            fill(texts, (box.x0 - x0 - 1, box.y0 - y0 - 1, box.x1 - x0 + 1, box.y1 - y0 + 1))
        entries = [sight.slots.texts[entry.text] for entry in frame.legend if entry.text < len(sight.slots.texts)]
        legend, veiling = unveil(rgb, entry_boxes(entries, x0, y0), ground, np.vstack([known, ground]), reach)
        if lying:
            rgb, texts, legend = (np.swapaxes(one, 0, 1)[::-1] for one in (rgb, texts, legend))
        return cls(rgb, texts, legend, ground, reach, known, veiling, lying, (x0, y0), (width, height))

    @property
    def rows(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def columns(self) -> int:
        return int(self.rgb.shape[1])

    def column(self, at: Sequence[float]) -> Floats:
        """Places along the axis of abscissae, as fractions of the picture, in columns."""
        side, start = (self.size[1], self.start[1]) if self.lying else (self.size[0], self.start[0])
        return np.asarray(at, float) * side - start

    def row(self, places: Sequence[float]) -> Floats:
        """Places along the axis of values, as fractions of the picture, in rows."""
        if self.lying:
            return self.rows - (np.asarray(places, float) * self.size[0] - self.start[0])
        return np.asarray(places, float) * self.size[1] - self.start[1]

    def places(self, rows: Array) -> tuple[float, ...]:
        """Rows as fractions of the picture."""
        if self.lying:
            return tuple(((self.rows - np.asarray(rows, float) + self.start[0]) / self.size[0]).tolist())
        return tuple(((np.asarray(rows, float) + self.start[1]) / self.size[1]).tolist())

    def abscissae(self, columns: Array) -> tuple[float, ...]:
        """Columns as fractions of the picture."""
        side, start = (self.size[1], self.start[1]) if self.lying else (self.size[0], self.start[0])
        return tuple(((np.asarray(columns, float) + start) / side).tolist())

    # ---- colours -----------------------------------------------------------------------------------------------

    def colour(self, colour: str) -> Floats:
        """The colour as this panel wears it: paler where it is translucent and only its pure form is known."""
        pure = np.array(_channels(colour))
        near = _off(self.rgb, pure) <= self.reach
        near &= ~self.legend
        if np.count_nonzero(near) >= 12:
            return pure
        share, off = self.blend(pure)
        shares = share[(off <= self.reach) & (share > 0.15) & (share < 0.9) & ~self.legend]
        if len(shares) < 30:
            return pure
        counts, edges = np.histogram(shares, 40, (0.15, 0.9))
        best = int(counts.argmax())
        return self.ground + (edges[best] + edges[best + 1]) / 2 * (pure - self.ground)

    def blend(self, colour: Floats) -> tuple[Floats, Floats]:
        """How far each pixel is on the way from the ground to a colour, 1 at the colour, and how far off that way."""
        way = colour - self.ground
        from_ground = self.rgb.astype(np.float32) - self.ground.astype(np.float32)
        share = from_ground @ (way / max(float(way @ way), 1.0)).astype(np.float32)
        return share, largest(from_ground - share[..., None] * way.astype(np.float32))

    def solid(self, colour: Floats) -> Bools:
        """Pixels of areas of a colour: near it, and nearer than to any other colour of the picture."""
        mask = _off(self.rgb, colour) <= self.reach
        return self._mine(mask & ~self.legend, colour, self.others)

    def stroke(self, colour: Floats, least: float = 0.4, blobs: bool = False) -> Bools:
        """Pixels of thin things of a colour: edges that are blended with the ground count from `least` on.

        Translucent `blobs` are darker where they overlap; else a darker colour of that kind is another thing.
        """
        share, off = self.blend(colour)
        reach = min(self.reach, 0.4 * float(np.abs(colour - self.ground).max()))
        mask = (share >= least) & (share <= 1.9) & (off <= 1.2 * reach)
        mask |= _off(self.rgb, colour) <= reach
        darker = self._darker(colour)
        own = darker & self._clinging(colour) if blobs else np.zeros(len(darker), bool)
        mask = self._mine(mask & ~self.legend, colour, self.others[~own])
        mask &= ~self._fringes(self.others[darker & ~own])
        mask[:RIM] = mask[-RIM:] = mask[:, :RIM] = mask[:, -RIM:] = False  # spines
        return mask

    def _clinging(self, colour: Floats) -> Bools:
        """Which of the other colours are only seen beside solid areas of this one."""
        area = (_off(self.rgb, colour) <= self.reach).view(np.uint8)
        core = cv2.morphologyEx(area, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        beside = cv2.dilate(core, np.ones((5, 5), np.uint8)) > 0
        clings = []
        for rival in self.others:
            worn = (_off(self.rgb, rival) <= self.reach) & ~self.legend
            clings.append(np.count_nonzero(worn & beside) >= 0.6 * max(int(np.count_nonzero(worn)), 1))
        return np.array(clings, bool)

    def _darker(self, colour: Floats) -> Bools:
        """Which of the other colours fade to the ground through this one."""
        ways = self.others - self.ground
        share = (ways @ (colour - self.ground)) / np.maximum((ways**2).sum(axis=1), 1.0)
        off = np.abs(self.ground + share[:, None] * ways - colour).max(axis=1)
        darker: Bools = (share > 0.15) & (share < 0.85) & (off <= 1.5 * self.reach)
        return darker

    def _fringes(self, rivals: Floats) -> Bools:
        """Pixels of some colours and beside them."""
        cores = np.zeros(self.texts.shape, np.uint8)
        for rival in rivals:
            cores |= (_off(self.rgb, rival) <= self.reach).view(np.uint8)
        return cv2.dilate(cores, np.ones((3, 3), np.uint8)) > 0

    def _mine(self, mask: Bools, colour: Floats, rivals: Floats) -> Bools:
        """Without the pixels that are nearer to another colour."""
        where = np.flatnonzero(mask)
        pixels = self.rgb.reshape(-1, 3)[where]
        own = np.abs(pixels - colour).max(axis=1)
        for rival in rivals[np.abs(rivals - colour).max(axis=1, initial=0) > CLEAN]:
            where, pixels, own = _kept(where, pixels, own, np.abs(pixels - rival).max(axis=1) < own)
        left = np.zeros(mask.shape, bool)
        left.ravel()[where] = True
        return left

    def painted(self) -> Bools:
        """Pixels that are not ground."""
        return _off(self.rgb, self.ground) > self.reach


def _kept(where: Array, pixels: Array, own: Array, lost: Bools) -> tuple[Array, Array, Array]:
    return (where[~lost], pixels[~lost], own[~lost]) if lost.any() else (where, pixels, own)


def _clamped(side: float, most: int) -> int:
    return int(min(max(round(side), 0), most))


def _channels(colour: str) -> tuple[int, int, int]:
    """Black for what is no colour: an answer may lack one."""
    try:
        return rgb_of(colour)
    except ValueError:
        return 0, 0, 0


def _off(rgb: Array, colour: Floats) -> Array:
    """How far each pixel is from a colour: the largest difference of a channel."""
    return largest(rgb - colour.astype(np.int16))


def _ground(rgb: Array, outside: Array) -> tuple[Floats, bool]:
    """The colour behind the drawing, and whether it is blurred by noise; `outside` is the picture's corner.

    That is the lightest grey that covers something, however much of it bars cover; on dark pictures the commonest.
    """
    sample = rgb[::2, ::2].reshape(-1, 3).astype(np.int64)
    codes = (sample >> 3) @ np.array([1024, 32, 1])
    counts = np.bincount(codes, minlength=1 << 15)
    common = np.flatnonzero(counts >= 0.06 * len(codes))
    channels = np.stack([common >> 10, (common >> 5) & 31, common & 31], axis=1)
    pale = (np.ptp(channels, axis=1) <= 2) & (channels.min(axis=1) >= 25)
    best = common[pale][channels[pale].sum(axis=1).argmax()] if pale.any() and outside.min() > 128 else counts.argmax()
    ground = np.median(sample[codes == best], axis=0)
    away = np.abs(sample - ground).max(axis=1)
    noisy = np.count_nonzero((away > 0) & (away <= 8)) > 0.04 * np.count_nonzero(away <= 8)
    return ground, bool(noisy)
