"""The look of a synthetic chart beyond its spec: fonts, sizes, line widths, resolution, ticks.

Given as rcParams that stand before the canonical program, so that a held-out chart is one ordinary program.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_FONTS = (
    "DejaVu Sans", "DejaVu Sans", "DejaVu Sans", "DejaVu Serif", "Liberation Sans", "Liberation Sans",
    "Liberation Serif", "STIXGeneral", "DejaVu Sans Mono",
)  # fmt: skip
_CHOICES: tuple[tuple[float, dict[str, tuple[Any, ...]]], ...] = (
    (0.3, {"axes.titleweight": ("bold",)}),
    (0.2, {"axes.labelweight": ("bold",)}),
    (0.5, {"lines.linewidth": (0.8, 1, 1.5, 2, 2.5, 3)}),
    (0.3, {"lines.markersize": (3, 4, 5, 7, 8, 10)}),
    (0.2, {"xtick.direction": ("in",), "ytick.direction": ("in",)}),
    (0.3, {"grid.linestyle": ("--", ":", "-."), "grid.alpha": (0.3, 0.5, 0.7)}),
    (0.3, {"axes.axisbelow": (True,)}),
    (0.2, {"legend.frameon": (False,)}),
    (0.2, {"axes.facecolor": ("#f5f5f5", "#eaeaf2", "#fafafa", "#e5e5e5", "#f0f0f0")}),
    (0.15, {"axes.linewidth": (0.5, 1.2, 1.5, 2)}),
)
"""How often a look differs from matplotlib's own, and what it may be then."""
_DPI = (60, 72, 80, 100, 100, 100, 120)


def sample(rng: np.random.Generator) -> dict[str, Any]:
    """rcParams of one chart; about a third of all charts keep matplotlib's own."""
    params: dict[str, Any] = {"figure.dpi": int(rng.choice(_DPI))}
    if rng.random() < 0.35:
        return params
    size = float(rng.choice((8, 9, 10, 10, 11, 12, 13, 14, 16)))
    params |= {"font.family": str(rng.choice(_FONTS)), "font.size": size}
    for share, choices in _CHOICES:
        if rng.random() < share:
            params |= {name: values[int(rng.integers(len(values)))] for name, values in choices.items()}
    if rng.random() < 0.5:
        params["axes.titlesize"] = size + float(rng.choice((0, 1, 2, 4, 6)))
    return params


def preamble(params: dict[str, Any]) -> str:
    """Program lines that set the look."""
    entries = ", ".join(f'"{name}": {value!r}' for name, value in params.items())
    return f"plt.rcParams.update({{{entries}}})\n"


def dress(program: str, params: dict[str, Any]) -> str:
    """The program with its look set right after the imports."""
    head, _, body = program.partition("\n\n")
    return f"{head}\n\n{preamble(params)}{body}"
