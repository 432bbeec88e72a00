"""One panel of a picture, turned so that values grow upwards, and which of its pixels wear a colour.

Everything that reads values off pixels starts here. Leaves out: what the pixels mean (bars.py, curves.py, marks.py).
Columns run along the axis of categories or abscissae, rows along the axis of values, both in pixels from the top left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.layout import Frame
from model.nano.sight import Sight

Floats = NDArray[np.float64]
Array = NDArray[Any]
Bools = NDArray[np.bool_]

CLEAN, NOISY = 12, 30  # how far a channel may be from a colour, in a picture as it was drawn and in a worn one
SAMPLE = 3.8  # width of a legend's sample and the space beside it, in heights of its text


@dataclass(frozen=True)
class Panel:
    """`rgb` holds (rows, columns, 3); `texts` marks letters, `legend` the boxes of legend entries, (rows, columns).

    `ground` is the colour behind the drawing, `reach` how far a pixel's channels may be from a colour that it wears,
    `others` are the colours of the picture.
    """

    rgb: NDArray[np.int16]
    texts: Bools
    legend: Bools
    ground: Floats
    reach: int
    others: Floats
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
        texts, legend = _covered(frame, sight, (x0, y0), rgb.shape[:2])
        ground, noisy = _ground(rgb)
        if lying:
            rgb, texts, legend = (np.swapaxes(one, 0, 1)[::-1] for one in (rgb, texts, legend))
        known = np.array([_rgb(colour) for colour in (*colours, *(p.colour for p in sight.slots.paints))])
        reach = NOISY if noisy else CLEAN
        return cls(rgb, texts, legend, ground, reach, known.reshape(-1, 3), lying, (x0, y0), (width, height))

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
        pure = np.array(_rgb(colour))
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
        from_ground = self.rgb - self.ground
        share = from_ground @ (way / max(float(way @ way), 1.0))
        return share, np.abs(from_ground - share[..., None] * way).max(axis=2)

    def solid(self, colour: Floats) -> Bools:
        """Pixels of areas of a colour: near it, and nearer than to any other colour of the picture."""
        mask = _off(self.rgb, colour) <= self.reach
        return self._mine(mask & ~self.legend, colour)

    def stroke(self, colour: Floats, least: float = 0.4) -> Bools:
        """Pixels of thin things of a colour: edges that are blended with the ground count from `least` on."""
        share, off = self.blend(colour)
        mask = (share >= least) & (share <= 1.9) & (off <= self.reach * 1.2) & ~self.legend
        near = _off(self.rgb, colour) <= self.reach
        return self._mine(mask | (near & ~self.legend), colour)

    def _mine(self, mask: Bools, colour: Floats) -> Bools:
        """Without the pixels that are nearer to another colour of the picture, its blends with the ground left out."""
        rivals = (
            self.others[np.abs(self.others - colour).max(axis=1, initial=0) > 8] if len(self.others) else self.others
        )
        if not len(rivals):
            return mask
        where = np.flatnonzero(mask)
        pixels = self.rgb.reshape(-1, 3)[where]
        own = np.abs(pixels - colour).max(axis=1)
        for rival in rivals:
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


def _rgb(colour: str) -> tuple[float, float, float]:
    try:
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
    except ValueError:
        return 0.0, 0.0, 0.0


def _off(rgb: Array, colour: Floats) -> Array:
    """How far each pixel is from a colour: the largest difference of a channel."""
    off: Array = np.abs(rgb - colour.astype(np.int16)).max(axis=-1)
    return off


def _ground(rgb: Array) -> tuple[Floats, bool]:
    """The commonest colour, and whether it is blurred by noise."""
    sample = rgb[::2, ::2].reshape(-1, 3).astype(np.int64)
    codes = (sample >> 3) @ np.array([1024, 32, 1])
    ground = np.median(sample[codes == np.bincount(codes).argmax()], axis=0)
    away = np.abs(sample - ground).max(axis=1)
    noisy = np.count_nonzero((away > 0) & (away <= 8)) > 0.04 * np.count_nonzero(away <= 8)
    return ground, bool(noisy)


def _covered(frame: Frame, sight: Sight, start: tuple[int, int], shape: tuple[int, ...]) -> tuple[Bools, Bools]:
    """Masks of the texts, and of the entries of the legend with their samples."""
    texts, legend = np.zeros(shape, bool), np.zeros(shape, bool)
    for box in sight.slots.texts:
        _fill(texts, start, box.x0 - 1, box.y0 - 1, box.x1 + 1, box.y1 + 1)
    for entry in frame.legend:
        if entry.text < len(sight.slots.texts):
            box = sight.slots.texts[entry.text]
            high = box.y1 - box.y0
            _fill(legend, start, box.x0 - SAMPLE * high, box.y0 - 0.25 * high, box.x1 + 1, box.y1 + 0.25 * high)
    return texts, legend


def _fill(mask: Bools, start: tuple[int, int], x0: float, y0: float, x1: float, y1: float) -> None:
    left, top = max(int(np.floor(x0)) - start[0], 0), max(int(np.floor(y0)) - start[1], 0)
    mask[top : max(int(np.ceil(y1)) - start[1], 0), left : max(int(np.ceil(x1)) - start[0], 0)] = True
