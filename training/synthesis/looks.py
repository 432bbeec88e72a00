"""The look of a synthetic chart beyond its spec: fonts, sizes, line widths, ticks, grounds, margins, resolution.

Given as rcParams that stand before the canonical program, and as the colour of numbers in the cells of a heat map, so
that a held-out chart is one ordinary program.
Leaves out: what a spec says itself (grid, frame, colours of series), and looks that are slow to draw.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from matplotlib import font_manager

_FONTS = (
    "DejaVu Sans", "DejaVu Sans", "DejaVu Sans", "DejaVu Sans", "DejaVu Serif", "DejaVu Serif", "STIXGeneral",
    "STIXGeneral", "STIXGeneral", "DejaVu Sans Mono", "cmr10", "cmss10",
)  # fmt: skip
"""Fonts that come with matplotlib, and so are on every machine."""
_OTHER_FONTS = (
    "Arial", "Helvetica", "Liberation Sans", "Arimo", "Nimbus Sans", "Times New Roman", "Liberation Serif", "Tinos",
    "Nimbus Roman", "Calibri", "Carlito", "Cambria", "Caladea", "Georgia", "Verdana", "Tahoma", "Open Sans", "Roboto",
    "Lato", "Ubuntu", "Cantarell", "Noto Sans", "Noto Serif", "Source Sans Pro", "Palatino", "P052", "C059",
    "FreeSans", "FreeSerif", "DejaVu Sans Condensed", "Courier New", "Liberation Mono",
)  # fmt: skip
"""Fonts that real charts are set in; those that a machine has are used there, so its charts look different."""
_OTHER = 0.4
_PLAIN = 0.3
_BLACK_CELLS = 0.15  # of heat maps keep black numbers on dark cells
_INK = ("#333333", "#444444", "#262626", "#555555", "#2c3e50", "#1a1a2e", "navy", "dimgray")
_CHOICES: tuple[tuple[float, dict[str, tuple[Any, ...]]], ...] = (
    (0.28, {"axes.titleweight": ("bold",)}),
    (0.18, {"axes.labelweight": ("bold",)}),
    (0.07, {"axes.titlelocation": ("left", "left", "right")}),
    (0.15, {"axes.titlepad": (2, 4, 10, 14, 20)}),
    (0.15, {"axes.labelpad": (1, 2, 6, 10)}),
    (0.5, {"lines.linewidth": (0.8, 1, 1.2, 1.8, 2, 2.5, 3)}),
    (0.4, {"lines.markersize": (2, 3, 4, 5, 7, 8, 10)}),
    (0.06, {"lines.markerfacecolor": ("white",)}),
    (0.08, {"lines.markeredgecolor": ("black", "white")}),
    (0.12, {"scatter.edgecolors": ("black", "white", "none")}),
    (0.2, {"xtick.direction": ("in",), "ytick.direction": ("in",)}),
    (0.07, {"xtick.top": (True,), "ytick.right": (True,)}),
    (0.09, {"xtick.major.size": (0,), "ytick.major.size": (0,)}),
    (0.07, {"xtick.minor.visible": (True,), "ytick.minor.visible": (True,)}),
    (0.08, {"xtick.major.width": (1.5, 2), "ytick.major.width": (1.5, 2), "axes.linewidth": (1.5, 2)}),
    (0.12, {"axes.linewidth": (0.5, 0.6, 1.2, 1.5)}),
    (0.1, {"axes.edgecolor": ("#333333", "#808080", "#b0b0b0", "#cccccc", "dimgray")}),
    (0.4, {"grid.linestyle": ("--", "--", ":", "-.", "-"), "grid.alpha": (0.2, 0.3, 0.5, 0.7, 1)}),
    (0.2, {"grid.color": ("#dddddd", "#cccccc", "gray", "#e5e5e5", "lightblue", "black")}),
    (0.15, {"grid.linewidth": (0.4, 0.5, 1, 1.2)}),
    (0.45, {"axes.axisbelow": (True,)}),
    (0.2, {"legend.frameon": (False,)}),
    (0.1, {"legend.fancybox": (False,), "legend.edgecolor": ("black", "gray", "inherit")}),
    (0.06, {"legend.shadow": (True,)}),
    (0.1, {"legend.framealpha": (0.3, 0.5, 1)}),
    (0.1, {"legend.loc": ("best",), "legend.borderpad": (0.2, 0.6), "legend.labelspacing": (0.2, 0.3, 0.7)}),
    (0.1, {"axes.facecolor": ("#f5f5f5", "#eaeaf2", "#fafafa", "#e5e5e5", "#f0f0f0", "#f8f9fa", "#fdf6e3", "#eef3f8")}),
    (0.05, {"figure.facecolor": ("#f5f5f5", "#fafafa", "#f0f0f0", "#fffaf0", "#eef3f8", "lightgray")}),
    (0.08, {"patch.force_edgecolor": (True,), "patch.edgecolor": ("white",), "patch.linewidth": (0.5, 1, 1.5)}),
    (0.15, {"patch.linewidth": (0.5, 0.8, 1.5)}),
    (0.1, {"hatch.linewidth": (0.5, 1.5)}),
    (0.12, {"axes.xmargin": (0, 0, 0.02, 0.1)}),
    (0.12, {"axes.ymargin": (0.02, 0.1, 0.15, 0.2)}),
    (0.03, {"axes.autolimit_mode": ("round_numbers",)}),
    (0.05, {"axes.formatter.use_mathtext": (True,), "axes.formatter.limits": ((-3, 3), (-2, 4))}),
    (0.07, {"text.color": _INK, "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK}),
    (0.05, {"axes.titlecolor": ("navy", "darkred", "#2c3e50", "dimgray", "darkgreen", "#1f77b4")}),
    (0.25, {"boxplot.medianprops.color": ("black", "red", "white", "orange"), "boxplot.medianprops.linewidth": (1, 2)}),
    (0.1, {"boxplot.notch": (True,)}),
    (0.12, {"boxplot.showmeans": (True,)}),
    (0.1, {"boxplot.boxprops.linewidth": (1.5, 2), "boxplot.whiskerprops.linewidth": (1.5, 2)}),
    (0.1, {"boxplot.whiskerprops.linestyle": ("--",)}),
    (0.1, {"errorbar.capsize": (0, 2, 4)}),
    (0.03, {"font.weight": ("bold",)}),
    (0.04, {"font.style": ("italic",)}),
    (0.06, {"image.interpolation": ("nearest",)}),
)
"""How often a look differs from matplotlib's own, and what it may be then."""
_DPI = (60, 72, 80, 80, 100, 100, 100, 100, 100, 110, 120, 150)
_SIZES = (7, 8, 8, 9, 9, 10, 10, 10, 11, 11, 12, 12, 13, 14, 16)


@dataclass(frozen=True)
class Look:
    """rcParams, and whether numbers on dark cells of heat maps are white."""

    params: dict[str, Any]
    readable: bool = True


def sample(rng: np.random.Generator) -> Look:
    """The look of one chart; about a third of all charts keep matplotlib's own."""
    params: dict[str, Any] = {"figure.dpi": int(rng.choice(_DPI))}
    readable = bool(rng.random() >= _BLACK_CELLS)
    if rng.random() < _PLAIN:
        return Look(params, readable)
    params |= _letters(rng)
    for share, choices in _CHOICES:
        if rng.random() < share:
            params |= {name: values[int(rng.integers(len(values)))] for name, values in choices.items()}
    return Look(params, readable)


def _letters(rng: np.random.Generator) -> dict[str, Any]:
    """Fonts and sizes of the texts, most of them in a sound proportion to each other."""
    size = float(rng.choice(_SIZES))
    if installed() and rng.random() < _OTHER:
        font = str(rng.choice(installed()))
        params: dict[str, Any] = {"font.family": [font, "DejaVu Sans"], "font.size": size}
    else:
        font = str(rng.choice(_FONTS))
        params = {"font.family": font, "font.size": size}
    if font in ("cmr10", "cmss10"):  # without a minus sign of their own, and without accents: these come from another
        params |= {"font.family": [font, "DejaVu Serif"], "axes.unicode_minus": False}
    if font in ("DejaVu Serif", "STIXGeneral", "cmr10", "cmss10"):
        params["mathtext.fontset"] = "stix" if font == "STIXGeneral" else "cm"
    if rng.random() < 0.5:
        params["axes.titlesize"] = size + float(rng.choice((0, 1, 2, 2, 4, 6)))
    if rng.random() < 0.4:
        params["axes.labelsize"] = size + float(rng.choice((-1, 0, 1, 2, 4)))
    if rng.random() < 0.4:
        params["xtick.labelsize"] = params["ytick.labelsize"] = max(6.0, size + float(rng.choice((-2, -1, -1, 0, 1))))
    if rng.random() < 0.4:
        params["legend.fontsize"] = max(6.0, size + float(rng.choice((-3, -2, -1, -1, 0, 1))))
    return params


@cache
def installed() -> tuple[str, ...]:
    """The other fonts that this machine has."""
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return tuple(font for font in _OTHER_FONTS if font in known)


def preamble(params: dict[str, Any]) -> str:
    """Program lines that set the look."""
    entries = ", ".join(f'"{name}": {value!r}' for name, value in params.items())
    return f"plt.rcParams.update({{{entries}}})\n"


def dress(program: str, look: Look) -> str:
    """The program with its look set right after the imports; sizes of texts stand after a style sheet, and fit."""
    head, _, body = program.partition("\n\n")
    body = _readable(body) if look.readable else body
    params = look.params
    if "axes.unicode_minus" in params and ('"log"' in body or "$" in body):
        params = params | {"font.family": "STIXGeneral", "mathtext.fontset": "stix"}  # formulas need its minus sign
    sizes = _fitting(program, params)
    if "plt.style.use" not in body:
        return f"{head}\n\n{preamble(params | sizes)}{body}"
    style, _, rest = body.partition("\n")
    return f"{head}\n\n{preamble(params)}{style}\n{preamble(sizes) if sizes else ''}{rest}"


def _readable(body: str) -> str:
    """Numbers in the cells of heat maps in white or black, by the colour of their cell."""
    return _CELL.sub(r'\1, color="w" if sum(image.cmap(image.norm(value))[:3]) < 1.5 else "k")', body)


_CELL = re.compile(r'^( +ax\w*\.text\(j.*\{value:g\}".*)\)$', re.MULTILINE)

# ---- sizes that fit ------------------------------------------------------------------------------------------------

_TEXT = r'\("((?:[^"\\]|\\.)*)"'
_WIDE, _LEAST = 0.0085, 5.5  # inches of a letter for each point of size; points


def _fitting(program: str, params: dict[str, Any]) -> dict[str, Any]:
    """Sizes of texts in proportion to the panels: people change them until titles and labels fit."""
    width, height = _panel(program)
    usual = 14.0 if "fivethirtyeight" in program else 10.0
    size, least = float(params.get("font.size", usual)), min(width, 1.3 * height)
    fit = round(min(max(size, 5.5 + 0.35 * least), 5.5 + 1.9 * least), 1)
    names = ("axes.titlesize", "axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
    sizes = {name: max(_LEAST, params[name] + fit - size) for name in names if name in params}
    if fit != usual:
        sizes["font.size"] = fit
    larger = 1.44 if "plt.style.use" in program else 1.2
    title, label = sizes.get("axes.titlesize", larger * fit), sizes.get("axes.labelsize", fit)
    bold = 1.12 if params.get("axes.titleweight") == "bold" else 1.0
    most = width / (_WIDE * bold * _longest(program, "set_title"))
    if title > most:
        sizes["axes.titlesize"] = round(max(_LEAST, most), 1)
    most = min(width / (_WIDE * _longest(program, "set_xlabel")), height / (_WIDE * _longest(program, "set_ylabel")))
    if label > most:
        sizes["axes.labelsize"] = round(max(_LEAST, most), 1)
    return sizes


def _panel(program: str) -> tuple[float, float]:
    """Inches of one cell of the grid."""
    size = re.search(r"figsize=\(([\d.]+), ([\d.]+)\)", program)
    grid = re.search(r"(?:subplots|add_gridspec|add_subplot)\((\d+), (\d+)", program)
    rows, cols = (int(grid[1]), int(grid[2])) if grid else (1, 1)
    width, height = (float(size[1]), float(size[2])) if size else (6.4, 4.8)
    return width / cols, height / rows


def _longest(program: str, name: str) -> int:
    """Letters of the longest line among the texts of one call; formulas are shorter than they are written."""
    texts = [json.loads(f'"{found}"') for found in re.findall(name + _TEXT, program)]
    return max((len(re.sub(r"\$|\\\w+", "", line)) for text in texts for line in text.split("\n")), default=1) or 1
