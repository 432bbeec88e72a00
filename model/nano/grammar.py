"""Every token of the built-in model's compact language. The tokenizer is built from these lists, in this order.

A token is its own text, e.g. "<s7>": decoding keeps them, so a served copy of the model needs no special treatment.
Changing a list changes the vocabulary: weights trained before do not fit any more.
"""

from __future__ import annotations

import re

from model.colours import rgb

POSITIONS = 256  # bins over the width or height of the picture: 0.4 % each
SLOTS = 128
PAINTS = 12
FRAMES = 12
MOST_CHARS = 2600  # of one answer: what the small model can hold
SMALL_INTEGERS = 32

LINE_STYLES = ("solid", "dashed", "dotted", "dashdot")
MARKERS = ("o", "s", "^", "D", "v", "x", "*", "+", "P", "p")
LEGEND_PLACES = (
    "best", "upper right", "upper left", "lower left", "lower right",
    "center right", "center left", "upper center", "lower center", "outside right", "outside top", "outside bottom",
)  # fmt: skip
LAYER_WORDS = (
    "horizontal", "stacked", "labels", "percent0", "percent1", "percent2", "ring", "step", "edge", "hatch",
    "points", "cells", "colorbar", "filled", "faint", "narrow", "wide", "startangle90",
    "twin", "stem", "band", "pattern:swirl", "pattern:outward", "pattern:saddle", "pattern:waves", "arrows", "mesh",
)  # fmt: skip
COLORMAPS = (
    "viridis", "plasma", "inferno", "magma", "cividis", "Blues", "Greens", "Reds", "Oranges", "Purples", "Greys",
    "YlGnBu", "YlOrRd", "coolwarm", "RdBu", "RdYlGn", "Spectral", "PuBu", "BuPu", "GnBu",
)  # fmt: skip
STYLES = (
    "ggplot",
    "seaborn-v0_8-whitegrid",
    "seaborn-v0_8-darkgrid",
    "bmh",
    "fivethirtyeight",
    "grayscale",
    "dark_background",
)
KINDS = (
    "bar", "line", "scatter", "pie", "hist", "box", "area", "heat", "errorbar",
    "violin", "radar", "rose", "contour", "quiver", "graph", "treemap", "surface", "bars3d", "points3d", "curve3d",
)  # fmt: skip

STRUCTURE = (
    "think", "/think", "prog", "/prog", "panel", "title", "suptitle", "xlabel", "ylabel", "rlabel", "legend", "grid",
    "frame", "cats", "lin", "xs", "ser", "lab", "x", "y", "hi", "lo", "size", "from", "to", "hline", "vline", "span",
    "nl", "sp", "open", "inset", "bare", "notes", "seen", "each", "missing", "turn", "error", "drawn",
    "texts", "paints", "xticks", "yticks", "rticks", "entry", "f:cats", "f:lin", "f:log", "f:none",
    "f:open", "f:round", "f:bar",
    "foot", "side", "broad",
    "wrong:execution", "wrong:text", "wrong:layout", "wrong:kind", "wrong:colour", "wrong:data", "wrong:visual",
)  # fmt: skip
ROLES = ("r:title", "r:xlabel", "r:ylabel", "r:rlabel", "r:inside", "r:outside", "r:suptitle")
TEXT_TYPES = ("number", "percent", "word", "phrase", "vertical", "maths")
REGION_TYPES = ("area", "dot", "curve")
AXES = ("axis-x", "axis-y", "axis-both")


def word(name: str) -> str:
    """The token of a name: "legend" -> "<legend>"."""
    return f"<{name}>"


def position(fraction: float) -> str:
    """The token of a place across the picture, 0 at its left or top edge, 1 at the other."""
    return f"<p{min(POSITIONS - 1, max(0, int(fraction * POSITIONS)))}>"


def fraction(token: str) -> float:
    """The centre of a position token's bin."""
    return (int(token[2:-1]) + 0.5) / POSITIONS


def small(number: int) -> str:
    return f"<n{min(SMALL_INTEGERS - 1, max(0, number))}>"


def coarse_colour(colour: str) -> str:
    """One of 64 tokens for "#rrggbb": two bits a channel."""
    red, green, blue = (channel >> 6 for channel in rgb(colour))
    return f"<k{red * 16 + green * 4 + blue}>"


def tokens() -> list[str]:
    """The added tokens of the vocabulary, in their fixed order."""
    names = [*STRUCTURE, *ROLES, *TEXT_TYPES, *REGION_TYPES, *AXES]
    names += [f"kind:{kind}" for kind in KINDS]
    names += [
        *LAYER_WORDS,
        *(f"line:{style}" for style in LINE_STYLES),
        *(f"marker:{mark}" for mark in MARKERS),
    ]
    names += [f"loc:{place}" for place in LEGEND_PLACES]
    names += [f"cmap:{name}" for name in COLORMAPS]
    names += [f"style:{name}" for name in STYLES]
    names += [f"n{i}" for i in range(SMALL_INTEGERS)]
    names += [f"c{i}" for i in range(PAINTS)]
    names += [f"f{i}" for i in range(FRAMES)]
    names += [f"k{i}" for i in range(64)]
    names += [f"s{i}" for i in range(SLOTS)]
    names += [f"p{i}" for i in range(POSITIONS)]
    return [word(name) for name in names]


_PIECE = re.compile(r"<[^<>\n]+>|[^<]+|<")


def pieces(raw: str) -> list[str]:
    """Splits raw answer text into tokens of this language and the plain text between them."""
    return _PIECE.findall(raw)
