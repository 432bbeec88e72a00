"""Palettes as charts really wear them: matplotlib's cycles, colour-brewer sets, ramps of one hue, and free picks."""

from __future__ import annotations

import colorsys

import matplotlib
import numpy as np
from matplotlib import colors

_SETS = ("tab10", "tab10", "tab10", "Set1", "Set2", "Set3", "Dark2", "Pastel1", "Accent", "tab20", "Paired")
_RAMPS = (
    "viridis",
    "plasma",
    "Blues",
    "Greens",
    "Oranges",
    "Purples",
    "Reds",
    "YlGnBu",
    "coolwarm",
    "cividis",
    "magma",
)
_NAMED = ("steelblue", "skyblue", "salmon", "coral", "orange", "gold", "teal", "seagreen", "lightgreen", "tomato",
          "crimson", "firebrick", "navy", "royalblue", "slateblue", "orchid", "purple", "gray", "lightgray", "pink",
          "brown", "chocolate", "olive", "darkgreen", "turquoise", "lightcoral", "lightblue", "khaki", "black", "red",
          "blue", "green", "cyan", "magenta", "violet", "indigo", "darkorange", "mediumseagreen", "cornflowerblue",
)  # fmt: skip


def palette(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """`count` distinct colours as "#rrggbb"."""
    how = rng.random()
    if how < 0.45:
        base = matplotlib.colormaps[_SETS[int(rng.integers(len(_SETS)))]].colors  # type: ignore[attr-defined]
        start = 0 if rng.random() < 0.7 else int(rng.integers(len(base)))
        chosen = [colors.to_hex(base[(start + i) % len(base)]) for i in range(count)]
    elif how < 0.65:
        ramp = matplotlib.colormaps[_RAMPS[int(rng.integers(len(_RAMPS)))]]
        chosen = [colors.to_hex(ramp(share)) for share in np.linspace(0.25, 0.9, count)]
    elif how < 0.85:
        names = rng.permutation(_NAMED)
        chosen = [colors.to_hex(names[i % len(names)]) for i in range(count)]
    else:
        hue, tone = rng.random(), (rng.uniform(0.35, 0.9), rng.uniform(0.55, 0.95))
        chosen = [colors.to_hex(colorsys.hsv_to_rgb((hue + i / count) % 1, *tone)) for i in range(count)]
    return tuple(chosen if len(set(chosen)) == count else _distinct(chosen))


def _distinct(chosen: list[str]) -> list[str]:
    """Shifts repeated colours a little, so that each series keeps one of its own."""
    seen: set[str] = set()
    for index, colour in enumerate(chosen):
        while colour in seen:
            colour = f"#{(int(colour[1:], 16) + 0x1A2B17) % 0x1000000:06x}"
        seen.add(colour)
        chosen[index] = colour
    return chosen
