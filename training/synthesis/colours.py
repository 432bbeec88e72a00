"""Palettes as charts really wear them: cycles, brewer sets, seaborn's and journals' colours, ramps, shades, free picks.

Colours are kept apart from each other and from the ground that they stand on. Leaves out: where they go, and colormaps.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import matplotlib
import numpy as np
from matplotlib import colors

_SETS = ("Set1", "Set2", "Set2", "Set3", "Dark2", "Pastel1", "Pastel2", "Accent", "tab20", "tab20b", "tab20c", "Paired")
_RAMPS = (
    "viridis", "plasma", "Blues", "Greens", "Oranges", "Purples", "Reds", "YlGnBu", "coolwarm", "cividis", "magma",
    "Spectral", "RdYlBu", "RdYlGn", "rainbow", "GnBu", "PuBuGn", "YlOrRd", "cool", "winter", "autumn", "BuPu",
)  # fmt: skip
_NAMED = ("steelblue", "skyblue", "salmon", "coral", "orange", "gold", "teal", "seagreen", "lightgreen", "tomato",
          "crimson", "firebrick", "navy", "royalblue", "slateblue", "orchid", "purple", "gray", "lightgray", "pink",
          "brown", "chocolate", "olive", "darkgreen", "turquoise", "lightcoral", "lightblue", "khaki", "black", "red",
          "blue", "green", "cyan", "magenta", "violet", "indigo", "darkorange", "mediumseagreen", "cornflowerblue",
          "darkred", "maroon", "goldenrod", "plum", "tan", "deepskyblue", "dodgerblue", "hotpink", "limegreen",
          "mediumpurple", "sandybrown", "palegreen", "peru", "rosybrown", "darkcyan", "midnightblue", "slategray",
)  # fmt: skip
_PRIMARY = ("blue", "red", "green", "black", "orange", "purple", "brown", "magenta", "cyan", "gray", "olive", "navy")


def _hexes(text: str) -> tuple[str, ...]:
    return tuple(f"#{part.lower()}" for part in text.split())


_SEABORN = (
    _hexes("4C72B0 DD8452 55A868 C44E52 8172B3 937860 DA8BC3 8C8C8C CCB974 64B5CD"),
    _hexes("4C72B0 DD8452 55A868 C44E52 8172B3 937860 DA8BC3 8C8C8C CCB974 64B5CD"),
    _hexes("4878D0 EE854A 6ACC64 D65F5F 956CB4 8C613C DC7EC0 797979 D5BB67 82C6E2"),
    _hexes("A1C9F4 FFB482 8DE5A1 FF9F9B D0BBFF DEBB9B FAB0E4 CFCFCF FFFEA3 B9F2F0"),
    _hexes("0173B2 DE8F05 029E73 D55E00 CC78BC CA9161 FBAFE4 949494 ECE133 56B4E9"),
    _hexes("F77189 CE9032 97A431 32B166 36ADA4 39A7D0 A48CF4 F561DD"),
)
_PUBLISHED = (  # the usual palettes of journals and of design guides
    _hexes("E64B35 4DBBD5 00A087 3C5488 F39B7F 8491B4 91D1C2 DC0000 7E6148 B09C85"),
    _hexes("3B4992 EE0000 008B45 631879 008280 BB0021 5F559B A20056 808180"),
    _hexes("00468B ED0000 42B540 0099B4 925E9F FDAF91 AD002A ADB6B6"),
    _hexes("BC3C29 0072B5 E18727 20854E 7876B1 6F99AD FFDC91 EE4C97"),
    _hexes("374E55 DF8F44 00A1D5 B24745 79AF97 6A6599 80796B"),
    _hexes("0072B2 E69F00 009E73 D55E00 CC79A7 56B4E9 F0E442 000000"),
    _hexes("4477AA EE6677 228833 CCBB44 66CCEE AA3377 BBBBBB"),
    _hexes("332288 88CCEE 44AA99 117733 999933 DDCC77 CC6677 882255 AA4499"),
    _hexes("4E79A7 F28E2B E15759 76B7B2 59A14F EDC948 B07AA1 FF9DA7 9C755F BAB0AC"),
    _hexes("2E86AB A23B72 F18F01 C73E1D 3B1F2B"),
    _hexes("264653 2A9D8F E9C46A F4A261 E76F51"),
    _hexes("3498DB E74C3C 2ECC71 9B59B6 F1C40F 34495E 1ABC9C E67E22 95A5A6"),
    _hexes("FF9999 66B3FF 99FF99 FFCC99 C2C2F0 FFB3E6 C4E17F 76D7C4"),
    _hexes("5E81AC BF616A A3BE8C EBCB8B B48EAD D08770 88C0D0 4C566A"),
    _hexes("1F4E79 2E75B6 9DC3E6 C55A11 F4B183 7F7F7F"),
    _hexes("648FFF 785EF0 DC267F FE6100 FFB000"),
    _hexes("4285F4 DB4437 F4B400 0F9D58 AB47BC 00ACC1 FF7043 9E9D24"),
    _hexes("E41A1C 377EB8 4DAF4A 984EA3 FF7F00 A65628 F781BF 999999"),
    _hexes("66C2A5 FC8D62 8DA0CB E78AC3 A6D854 FFD92F E5C494 B3B3B3"),
    _hexes("E24A33 348ABD 988ED5 777777 FBC15E 8EBA42 FFB5B8"),
)
SURFACE, INK = 0.9, 0.78  # luminance up to which a filled surface, a thin line or a dot is seen on white
_DARKEST = 0.3  # from which on it is seen on black


def palette(rng: np.random.Generator, count: int, dark: bool = False, lightest: float = SURFACE) -> tuple[str, ...]:
    """`count` distinct colours as "#rrggbb", to be seen on white, or on black if `dark`."""
    maker = _MAKERS[int(rng.choice(len(_MAKERS), p=_SHARES))]
    chosen = [_seen(colour, dark, lightest) for colour in maker(rng, count)]
    return tuple(chosen if len(set(chosen)) == count else _distinct(chosen))


def grey(rng: np.random.Generator, count: int) -> list[str]:
    shades = np.linspace(rng.uniform(0.05, 0.35), rng.uniform(0.7, 0.85), count)
    return [colors.to_hex((float(shade),) * 3) for shade in shades]


def _default(rng: np.random.Generator, count: int) -> list[str]:
    """The cycle that a chart has when nobody chose one; now and then taken up in its middle."""
    base = [colors.to_hex(colour) for colour in matplotlib.colormaps["tab10"].colors]  # type: ignore[attr-defined]
    return _from(rng, base, count, 0.8 if count > 1 else 0.6)


def _from(rng: np.random.Generator, base: list[str] | tuple[str, ...], count: int, first: float = 0.6) -> list[str]:
    start = 0 if rng.random() < first else int(rng.integers(len(base)))
    return [base[(start + i) % len(base)] for i in range(count)]


def _brewed(rng: np.random.Generator, count: int) -> list[str]:
    base = matplotlib.colormaps[_SETS[int(rng.integers(len(_SETS)))]].colors  # type: ignore[attr-defined]
    return _from(rng, [colors.to_hex(colour) for colour in base], count)


def _seaborn(rng: np.random.Generator, count: int) -> list[str]:
    return _from(rng, _SEABORN[int(rng.integers(len(_SEABORN)))], count)


def _published(rng: np.random.Generator, count: int) -> list[str]:
    return _from(rng, _PUBLISHED[int(rng.integers(len(_PUBLISHED)))], count)


def _ramp(rng: np.random.Generator, count: int) -> list[str]:
    ramp = matplotlib.colormaps[_RAMPS[int(rng.integers(len(_RAMPS)))]]
    low, high = (0.2, 0.9) if count > 1 else (rng.uniform(0.3, 0.8),) * 2
    return [colors.to_hex(ramp(share)) for share in np.linspace(low, high, count)]


def _shades(rng: np.random.Generator, count: int) -> list[str]:
    """Light and dark of one hue."""
    hue, most = rng.random(), rng.uniform(0.45, 0.95)
    steps = np.linspace(0, 1, count) if rng.random() < 0.5 else np.linspace(1, 0, count)
    tones = ((most * (0.3 + 0.7 * step), 0.98 - 0.55 * step) for step in steps)
    return [colors.to_hex(colorsys.hsv_to_rgb(hue, *map(float, tone))) for tone in tones]


def _named(rng: np.random.Generator, count: int) -> list[str]:
    names = rng.permutation(_NAMED) if rng.random() < 0.7 else np.array(_PRIMARY)
    return [colors.to_hex(names[i % len(names)]) for i in range(count)]


def _free(rng: np.random.Generator, count: int) -> list[str]:
    hue, tone = rng.random(), (rng.uniform(0.25, 0.9), rng.uniform(0.5, 0.95))
    return [colors.to_hex(colorsys.hsv_to_rgb((hue + i / count) % 1, *tone)) for i in range(count)]


def _any(rng: np.random.Generator, count: int) -> list[str]:
    """Hexes of no system at all, as people pick them by hand."""
    return [colors.to_hex(tuple(rng.uniform(0.05, 0.9, 3))) for _ in range(count)]


_MAKERS: tuple[Callable[[np.random.Generator, int], list[str]], ...] = (
    _default, _brewed, _seaborn, _published, _ramp, _shades, _named, _free, _any, grey,
)  # fmt: skip
_SHARES = (0.24, 0.11, 0.1, 0.18, 0.1, 0.07, 0.1, 0.04, 0.03, 0.03)


def luminance(colour: str) -> float:
    red, green, blue = colors.to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _seen(colour: str, dark: bool, lightest: float) -> str:
    """The colour, or one of its hue that stands out from the ground."""
    rgb, light = np.array(colors.to_rgb(colour)), luminance(colour)
    if dark and light < _DARKEST:
        rgb = rgb + (1 - rgb) * (_DARKEST + 0.15 - light)
    if not dark and light > lightest:
        rgb = rgb * (lightest / light)
    return str(colors.to_hex(tuple(np.clip(rgb, 0, 1))))


def _distinct(chosen: list[str]) -> list[str]:
    """Shifts repeated colours a little, so that each series keeps one of its own."""
    seen: set[str] = set()
    for index, colour in enumerate(chosen):
        while colour in seen:
            colour = f"#{(int(colour[1:], 16) + 0x1A2B17) % 0x1000000:06x}"
        seen.add(colour)
        chosen[index] = colour
    return chosen
