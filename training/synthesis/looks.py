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
_DPI = (60, 72, 80, 100, 100, 100, 120)


def sample(rng: np.random.Generator) -> dict[str, Any]:
    """rcParams of one chart; about a third of all charts keep matplotlib's own."""
    params: dict[str, Any] = {"figure.dpi": int(rng.choice(_DPI))}
    if rng.random() < 0.35:
        return params
    size = float(rng.choice((8, 9, 10, 10, 11, 12, 13, 14, 16)))
    params |= {"font.family": str(rng.choice(_FONTS)), "font.size": size}
    if rng.random() < 0.5:
        params["axes.titlesize"] = size + float(rng.choice((0, 1, 2, 4, 6)))
    if rng.random() < 0.3:
        params |= {"axes.titleweight": "bold"}
    if rng.random() < 0.2:
        params |= {"axes.labelweight": "bold"}
    if rng.random() < 0.5:
        params |= {"lines.linewidth": float(rng.choice((0.8, 1, 1.5, 2, 2.5, 3)))}
    if rng.random() < 0.3:
        params |= {"lines.markersize": float(rng.choice((3, 4, 5, 7, 8, 10)))}
    if rng.random() < 0.2:
        params |= {"xtick.direction": "in", "ytick.direction": "in"}
    if rng.random() < 0.3:
        params |= {
            "grid.linestyle": str(rng.choice(("--", ":", "-."))),
            "grid.alpha": float(rng.choice((0.3, 0.5, 0.7))),
        }
    if rng.random() < 0.3:
        params |= {"axes.axisbelow": True}
    if rng.random() < 0.2:
        params |= {"legend.frameon": False}
    if rng.random() < 0.2:
        params |= {"axes.facecolor": str(rng.choice(("#f5f5f5", "#eaeaf2", "#fafafa", "#e5e5e5", "#f0f0f0")))}
    if rng.random() < 0.15:
        params |= {"axes.linewidth": float(rng.choice((0.5, 1.2, 1.5, 2)))}
    return params


def preamble(params: dict[str, Any]) -> str:
    """Program lines that set the look."""
    entries = ", ".join(f'"{name}": {value!r}' for name, value in params.items())
    return f"plt.rcParams.update({{{entries}}})\n"


def dress(program: str, params: dict[str, Any]) -> str:
    """The program with its look set right after the imports."""
    head, _, body = program.partition("\n\n")
    return f"{head}\n\n{preamble(params)}{body}"
