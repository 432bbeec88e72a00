"""Numbers, texts and calls as Python source, and the options that most drawing calls share.

Leaves out: what is drawn; a kind of layer has its own file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence

from model.nano.spec import LayerSpec, SeriesSpec
from model.nano.tint import FAINT


def number(value: float) -> str:
    """Six significant digits at most, and integers without a point. No answer may put NaN into a program: it is 0."""
    if not math.isfinite(value):
        return "0"
    return f"{value + 0.0:.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"


def numbers(values: Iterable[float]) -> str:
    return "[" + ", ".join(number(value) for value in values) + "]"


def text(string: str) -> str:
    return json.dumps(string, ensure_ascii=False)


def texts(strings: Iterable[str]) -> str:
    return "[" + ", ".join(text(string) for string in strings) + "]"


def rows(lists: Iterable[str]) -> str:
    """A list of lists, one a line."""
    return "[\n" + "".join(f"    {one},\n" for one in lists) + "]"


def call(owner: str, name: str, *arguments: str) -> str:
    return f"{owner}.{name}({', '.join(arguments)})"


def named(words: Sequence[str], prefix: str) -> str:
    """The value of a prefixed word, e.g. "line:dashed" -> "dashed"; "" where there is none."""
    return next((word.split(":", 1)[1] for word in words if word.startswith(prefix)), "")


def look(layer: LayerSpec, series: SeriesSpec, alpha: float = FAINT, each: int = 0) -> list[str]:
    """Colour, label and transparency. `each`: as many marks may have a colour of their own."""
    options = []
    if len(series.colours) > 1 and len(series.colours) == each:
        options.append(f"color={texts(series.colours)}")
    elif series.colours:
        options.append(f"color={text(series.colours[0])}")
    options += [f"label={text(series.label)}"] if series.label else []
    return options + ([f"alpha={alpha}"] if "faint" in layer.words else [])


def strokes(series: SeriesSpec) -> list[str]:
    """Line style and marker, where they differ from matplotlib's own."""
    style, marker = named(series.words, "line:"), named(series.words, "marker:")
    options = [f'linestyle="{style}"'] if style and style != "solid" else []
    return options + ([f'marker="{marker}"'] if marker else [])


def errors(series: SeriesSpec, name: str) -> list[str]:
    """Error bars as lengths; a pair of lists only where the two sides differ by more than reading them can."""
    if not series.hi:
        return []
    up = [max(0.0, hi - y) for hi, y in zip(series.hi, series.y, strict=False)]
    down = [max(0.0, y - lo) for lo, y in zip(series.lo, series.y, strict=False)]
    same = not down or all(abs(a - b) <= 0.02 * max(a, b, 1e-12) for a, b in zip(up, down, strict=True))
    value = numbers(up) if same else f"[{numbers(down)}, {numbers(up)}]"
    return [f"{name}={value}", "capsize=3"]
