"""Colour: F1 of colours per drawing function (ChartMimic "color"), and how alike two palettes are.

Similarity of two colours is max(0, 1 - CIEDE2000 / 100); colormaps are alike when they have the same name. With more
than 10 colours, one that is more than 0.7 similar to an earlier one is dropped, across groups, as the public evaluator
does it; it goes through them in the order of a Python set, we in the order of drawing. The best assignment within each
group comes from a solver, not from trying all permutations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab

from model import palette
from model.colours import rgb, written
from model.pictures import remembered
from model.records import Pixels
from model.scoring.kind import comparable
from model.scoring.match import Matrix, assign, assigned_total, f1

MANY = 10
ALIKE = 0.7

Groups = Mapping[str, Sequence[str]]


def colour_f1(reference: Groups, candidate: Groups) -> float | None:
    """F1 of similarity summed over the best assignment in each group; None when neither side has a colour."""
    counted = comparable(reference, candidate)
    wanted = merged(reference)
    found = merged({group: colours for group, colours in candidate.items() if group in counted})
    total_wanted, total_found = (sum(map(len, groups.values())) for groups in (wanted, found))
    if not total_wanted and not total_found:
        return None
    shared = sum(assigned_total(similarities(wanted[group], found[group])) for group in wanted.keys() & found.keys())
    return f1(shared, total_found, total_wanted)


def merged(groups: Groups) -> dict[str, list[str]]:
    """Each colour once per group; if more than 10 remain in all, only those that differ from all earlier ones."""
    flat = [(group, colour) for group, colours in groups.items() for colour in dict.fromkeys(colours)]
    if len(flat) > MANY:
        kept: list[tuple[str, str]] = []
        for group, colour in flat:
            if not (similarities([colour], [earlier for _, earlier in kept]) > ALIKE).any():
                kept.append((group, colour))
        flat = kept
    result: dict[str, list[str]] = {}
    for group, colour in flat:
        result.setdefault(group, []).append(colour)
    return result


def similarities(one: Sequence[str], other: Sequence[str]) -> Matrix:
    """Similarity of every colour of `one` to every colour of `other`, shape (len(one), len(other))."""
    result = np.zeros((len(one), len(other)))
    hex_one, hex_other = ([i for i, colour in enumerate(side) if colour.startswith("#")] for side in (one, other))
    if hex_one and hex_other:
        lab_one, lab_other = (
            np.array([_lab(side[i]) for i in indices]) for side, indices in ((one, hex_one), (other, hex_other))
        )
        distance = deltaE_ciede2000(lab_one[:, None], lab_other[None])
        result[np.ix_(hex_one, hex_other)] = np.maximum(0, 1 - distance / 100)
    for i, name in enumerate(one):
        for j, another in enumerate(other):
            if not name.startswith("#") and name == another:
                result[i, j] = 1.0
    return result


def palette_similarity(picture: Pixels, rendering: Pixels) -> float:
    """F1 of the characteristic colours of two pictures; a colour weighs the square root of its share of the paint."""
    (one, weight_one), (other, weight_other) = _palette(picture), _palette(rendering)
    if not one or not other:
        return float(not one and not other)
    similar = similarities(one, other) ** 4  # a palette is small: 0.9 alike is another colour to the eye
    pairs = assign(similar * np.minimum(weight_one[:, None], weight_other[None]))
    shared = sum(similar[i, j] * (weight_one[i] + weight_other[j]) for i, j in pairs)
    return float(shared / (weight_one.sum() + weight_other.sum()))


def unmatched(picture: Pixels, rendering: Pixels) -> tuple[list[str], list[str]]:
    """Colours that only the picture has, and that only the rendering has: nothing 0.9 similar on the other side."""
    one, other = _palette(picture)[0], _palette(rendering)[0]
    close = similarities(one, other) > 0.9
    return (
        [colour for i, colour in enumerate(one) if not close[i].any()],
        [colour for j, colour in enumerate(other) if not close[:, j].any()],
    )


@remembered
def _palette(pixels: Pixels) -> tuple[list[str], Matrix]:
    """Characteristic colours, greys left out where there are others (they are mostly text and frames), and weights."""
    found = palette.find(np.ascontiguousarray(pixels[..., :3]))
    areas = np.bincount(found.labels.ravel(), minlength=len(found.colours) + 1)[1 : len(found.colours) + 1]
    chromatic = found.chromatic
    chosen = [i for i in range(len(found.colours)) if areas[i] and (chromatic[i] or not chromatic.any())]
    colours = [written(found.colours[i]) for i in chosen]
    return colours, np.sqrt(areas[chosen] / max(1, areas[chosen].sum()))


@lru_cache(maxsize=4096)
def _lab(colour: str) -> tuple[float, float, float]:
    lightness, a, b = rgb2lab(np.array([rgb(colour)]) / 255)[0]
    return float(lightness), float(a), float(b)
