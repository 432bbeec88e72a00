"""The few characteristic colours of a chart picture, and which pixel bears which: no learning, no shapes.

Colours are counted in bins of 6 bits per channel. A colour that is only seen on edges, on the way between two others,
is anti-aliasing and is left out; a blend that fills an area (alpha) is a colour of its own. Leaves out: where the
painted areas are (model/paint.py) and text (given as boxes). Source: none, measured on drawn and public charts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.records import Pixels, TextBox

Ints = NDArray[Any]

MAX_COLOURS = 12
CANDIDATES = 40  # how many peaks are looked at before the blends among them are dropped
CHROMATIC = 24  # max - min of the channels from which on a colour counts as chromatic
BINS = 1 << 18
PAINTED = 128


@dataclass(frozen=True)
class Palette:
    """`labels` (height, width) holds 0 for background and unknown, i + 1 for colours[i], largest areas first."""

    background: tuple[int, int, int]
    colours: Ints  # (n, 3)
    labels: NDArray[Any]
    painted: NDArray[Any]  # PAINTED where a pixel is not background, text included
    chromatic: NDArray[np.bool_]  # (n,)
    ground: NDArray[np.bool_]  # (n,) pale and large: the ground of axes


@dataclass(frozen=True)
class _Counts:
    """Non-empty bins: their codes, middle colours (n, 3), pixels, and pixels whose neighbours look the same."""

    codes: Ints
    colours: Ints
    all: Ints
    flat: Ints
    noisy: bool


def find(pixels: Pixels, ignore: Sequence[TextBox] = ()) -> Palette:
    """Colours of an RGB picture, `ignore` boxes left out of the count; labels inside them are those around them."""
    bins = _bin_codes(pixels)
    flat = cv2.inRange(cv2.morphologyEx(pixels, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)), (0,) * 3, (10,) * 3)
    background_bin = _background_bin(bins)
    sample = pixels[::3, ::3][bins[::3, ::3] == background_bin]
    background = _mode(sample if len(sample) else pixels[bins == background_bin])  # a tiny picture may hide it
    counts = _count(bins, flat, ignore, background_bin)
    grounds = _grounds(counts, np.array(background))
    chosen = _choose(counts, grounds)
    table = _assign(counts, grounds, chosen)
    coded = table[bins]
    labels, inked = coded & (PAINTED - 1), coded & PAINTED
    chromatic = np.zeros(256, bool)
    chromatic[1 : len(chosen) + 1] = np.ptp(counts.colours[chosen], axis=1) >= CHROMATIC
    _see_through(labels, ignore, chromatic)
    seen = np.flatnonzero(inked > 0)
    sample = _Sample(pixels.reshape(-1, 3)[seen], bins.ravel()[seen], flat.ravel()[seen] > 0)
    exact = _exact_colours(sample, counts, chosen, np.array(background))
    pale = np.abs(exact[:, None] - grounds[None, 1:]).max(axis=2).min(axis=1, initial=255) <= 8
    return Palette(background, exact, labels, inked, chromatic[1 : len(chosen) + 1], pale)


def _bin_codes(pixels: Pixels) -> Ints:
    packed: Ints = cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA).view(np.uint32)[..., 0]
    codes = ((packed & 0xFC) << 10) | ((packed >> 4) & 0xFC0) | ((packed >> 18) & 0x3F)
    return codes.astype(np.intp)  # once: counting and looking up would each convert


def _middles(codes: Ints) -> Ints:
    return np.stack([codes >> 12, (codes >> 6) & 63, codes & 63], axis=1) * 4 + 2


def _background_bin(bins: Ints) -> int:
    """The commonest colour of the picture's rim if it rules there, else of the whole picture."""
    rim = np.concatenate([bins[0], bins[-1], bins[:, 0], bins[:, -1]])
    counts = np.bincount(rim)
    if counts.max() >= 0.4 * rim.size:
        return int(counts.argmax())
    return int(np.bincount(bins.ravel()).argmax())


def _some(pixels: Pixels, where: NDArray[np.bool_], most: int = 6000) -> NDArray[np.uint8]:
    """Pixels of a mask, evenly thinned out: enough to know the mode."""
    index = np.flatnonzero(where)
    return pixels.reshape(-1, 3)[index[:: len(index) // most + 1]]


def _mode(colours: NDArray[np.uint8]) -> tuple[int, int, int]:
    packed = colours.astype(np.int64) @ np.array([65536, 256, 1])
    values, counts = np.unique(packed, return_counts=True)
    best = int(values[counts.argmax()])
    return best >> 16, (best >> 8) & 255, best & 255


def _count(bins: Ints, flat: NDArray[Any], ignore: Sequence[TextBox], background_bin: int) -> _Counts:
    counted = bins
    if ignore:
        counted = bins.copy()
        for box in ignore:
            inside = _slices(box, bins.shape)
            counted[inside][flat[inside] == 0] = background_bin  # what is flat may lie behind the text
    total = np.bincount(counted.ravel(), minlength=BINS)
    level = np.bincount(counted[flat > 0], minlength=BINS)
    codes = np.flatnonzero(total)
    colours = _middles(codes)
    near = codes[_distance(colours, _middles(np.array([background_bin]))[0]) <= 16]
    noisy = bool(level[near].sum() > 1.01 * level[background_bin])
    return _Counts(codes, colours, total[codes], level[codes], noisy)


def _slices(box: TextBox, shape: tuple[int, ...]) -> tuple[slice, slice]:
    rows = slice(max(int(box.y0), 0), min(int(np.ceil(box.y1)), shape[0]))
    return rows, slice(max(int(box.x0), 0), min(int(np.ceil(box.x1)), shape[1]))


def _distance(colours: Ints, colour: Ints) -> Ints:
    away: Ints = np.abs(colours - colour)
    return away.max(axis=-1)


def _grounds(counts: _Counts, background: Ints) -> Ints:
    """The figure's background and pale grounds of axes that differ from it, (n, 3)."""
    pale = (counts.flat >= 0.12 * counts.all.sum()) & (np.ptp(counts.colours, axis=1) < CHROMATIC)
    away = _distance(counts.colours, background)
    return np.concatenate([background[None], counts.colours[pale & (away > 6) & (away <= 70)]])


def _choose(counts: _Counts, grounds: Ints) -> Ints:
    """Indices of the bins that stand for a colour, largest area first, at most MAX_COLOURS."""
    apart = 24 if counts.noisy else 9
    weight = (counts.flat + 0.4 * (counts.all - counts.flat)) * (1 + np.ptp(counts.colours, axis=1) / 64)
    weight[_distance(counts.colours, grounds[0]) <= (22 if counts.noisy else 5)] = 0
    least = max(12, 3e-5 * counts.all.sum())
    peaks, sizes, flats = [], [], []
    for _ in range(CANDIDATES):
        peak = int(weight.argmax())
        if weight[peak] < least / 4:
            break
        near = (_distance(counts.colours, counts.colours[peak]) <= apart) & (weight > 0)
        weight[near] = 0
        if counts.all[near].sum() >= least:
            peaks.append(peak)
            sizes.append(int(counts.all[near].sum()))
            flats.append(int(counts.flat[near].sum()))
    kept = _without_blends(counts.colours[peaks], np.array(sizes), np.array(flats), grounds)
    rank = np.array(sizes)[kept] * (1 + np.ptp(counts.colours[peaks][kept], axis=1) / 32) if kept else np.zeros(0)
    top = [kept[i] for i in np.argsort(-rank, kind="stable")[:MAX_COLOURS]]
    return np.array([peaks[i] for i in sorted(top, key=lambda i: -sizes[i])], dtype=np.int64)


def _without_blends(colours: Ints, sizes: Ints, flats: Ints, grounds: Ints) -> list[int]:
    """Drops colours that are only seen on edges, between a ground and a colour or between two colours."""
    kept = []
    for i in range(len(colours)):
        if flats[i] >= 0.3 * sizes[i] and flats[i] >= 16:
            kept.append(i)
            continue
        others = [j for j in range(len(colours)) if j != i]
        edge = any(_between(colours[i], ground, colours[others]).any() for ground in grounds)
        bigger = colours[[j for j in others if sizes[j] > 4 * sizes[i]]]
        edge = edge or any(_between(colours[i], end, bigger).any() for end in bigger)
        if not edge:
            kept.append(i)
    return kept


def _between(colour: Ints, start: Ints, ends: Ints) -> NDArray[np.bool_]:
    """For each end: does the colour lie on the way from start to it, near neither?"""
    way = (ends - start).astype(float)
    share = (way @ (colour - start)) / np.maximum((way**2).sum(axis=1), 1.0)
    off = np.abs(start + share[:, None] * way - colour).max(axis=1) if len(ends) else share
    return (share > 0.04) & (share < 0.96) & (off <= 12)


def _assign(counts: _Counts, grounds: Ints, chosen: Ints) -> NDArray[np.uint8]:
    """Table bin -> label, with the bit PAINTED set where it is not background."""
    reach = 26 if counts.noisy else 14
    ground = _distance(counts.colours, grounds[0]) <= (22 if counts.noisy else 5)
    table = np.zeros(BINS, np.uint8)
    table[counts.codes[~ground]] = PAINTED
    if len(chosen):
        colours = counts.colours[chosen]
        away = np.abs(counts.colours[:, None] - colours[None]).max(axis=2)
        label = np.where(away.min(axis=1) <= reach, away.argmin(axis=1) + 1, 0)
        for start in grounds:
            blend = _blend_labels(counts.colours, start, colours, 20 if counts.noisy else 12)
            label = np.where(label == 0, blend, label)
        table[counts.codes] += np.where(ground, 0, label).astype(np.uint8)
    return table


def _blend_labels(colours: Ints, start: Ints, ends: Ints, off_limit: int) -> Ints:
    """Label of the end colour of which a bin is an anti-aliased edge on this ground, at least 45 %; else 0."""
    way = (ends - start).astype(float)
    share = ((colours - start) @ way.T) / np.maximum((way**2).sum(axis=1), 1.0)
    off = np.abs(start + share[..., None] * way - colours[:, None]).max(axis=2)
    off[(share < 0.45) | (share > 1.15)] = 255
    return np.where(off.min(axis=1) <= off_limit, off.argmin(axis=1) + 1, 0)


def _see_through(labels: Ints, ignore: Sequence[TextBox], chromatic: NDArray[np.bool_]) -> None:
    """Gives text the label on both its sides, so that a number in a bar neither cuts the bar nor joins two."""
    for box in ignore:
        rows, columns = _slices(box, labels.shape)
        around = labels[max(rows.start - 1, 0) : rows.stop + 1, max(columns.start - 1, 0) : columns.stop + 1]
        inside = labels[rows, columns]
        if inside.size == 0:
            continue
        rim = np.bincount(np.concatenate([around[0], around[-1], around[:, 0], around[:, -1]]), minlength=256)
        most = np.bincount(inside.ravel(), minlength=256) > 0.4 * inside.size  # a disc that its name covers
        keep = (rim > 0.15 * rim.sum()) | (chromatic & ((rim > 0) | most))
        keep[0] = False
        sides = _sides(labels, rows, columns, box.vertical or inside.shape[0] > 1.5 * inside.shape[1])
        inside[:] = np.where(keep[inside], inside, sides)


def _sides(labels: Ints, rows: slice, columns: slice, upright: bool) -> Ints:
    """The label just before and just after the box in each line across the text where both agree, else 0."""
    if upright:
        return _sides(labels.T, columns, rows, False).T
    above = labels[max(rows.start - 1, 0), columns]
    below = labels[min(rows.stop, labels.shape[0] - 1), columns]
    return np.where(above == below, above, 0)[None, :]


@dataclass(frozen=True)
class _Sample:
    """Painted pixels: colours (n, 3), bins (n,), and whether their neighbours look the same (n,)."""

    pixels: NDArray[np.uint8]
    bins: Ints
    flat: NDArray[np.bool_]


def _exact_colours(sample: _Sample, counts: _Counts, chosen: Ints, ground: Ints) -> Ints:
    """The literal colours: the mode of a clean picture; of a noisy one the middle of areas or of a line's core."""
    pick = _blurred if counts.noisy else _literal
    exact = [pick(sample, counts, int(peak), ground) for peak in chosen]
    return np.array(exact, dtype=np.int64).reshape(-1, 3)


def _literal(sample: _Sample, counts: _Counts, peak: int, _: Ints) -> tuple[int, int, int]:
    return _mode(_some(sample.pixels, sample.bins == counts.codes[peak]))


def _blurred(sample: _Sample, counts: _Counts, peak: int, ground: Ints) -> tuple[int, ...]:
    table = np.zeros(BINS, bool)
    table[counts.codes[_distance(counts.colours, counts.colours[peak]) <= 10]] = True
    within = table[sample.bins]
    solid = within & sample.flat
    if np.count_nonzero(solid) >= 24:
        found = _some(sample.pixels, solid).astype(np.int64)
    else:
        found = _some(sample.pixels, within).astype(np.int64)
        away = np.abs(found - ground).sum(axis=1)
        found = found[away >= np.quantile(away, 0.7)]
    return tuple(int(value) for value in np.median(found, axis=0))
