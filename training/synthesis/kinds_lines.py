"""What runs along an axis: lines, steps, stems, bands, densities, areas, and scattered points and bubbles.

Leaves out: the shapes of the curves (kinds_curves.py), points with error bars (kinds_spread.py), two kinds of layers in
one panel (kinds_mixed.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import matplotlib
import numpy as np

from model.colours import written
from model.nano import grammar
from model.nano.spec import AxisSpec, LayerSpec, PanelSpec, SeriesSpec
from training.synthesis.kinds_curves import courses
from training.synthesis.kinds_kit import Kit, Values, rounded


@dataclass(frozen=True, slots=True)
class Abscissa:
    """Where the points stand along x: at names or at numbers."""

    categories: tuple[str, ...] = ()
    x: Values = ()
    log: bool = False


def abscissa(kit: Kit, count: int) -> Abscissa:
    if count <= min(14, kit.most_names()) and kit.chance(0.27):
        names = kit.words.in_order(count) if kit.chance(0.6) else kit.categories(count, 14)
        return Abscissa(tuple(names))
    if len(kit.table.x) >= count and kit.chance(0.5):
        return Abscissa(x=kit.table.x[:count])
    how = kit.weighted({"steps": 0.6, "years": 0.2, "powers": 0.15 if count <= 12 else 0.0, "between": 0.1})
    if how == "years" and count >= 4:
        year = int(kit.form.integers(1950, max(1951, 2026 - count)))
        return Abscissa(x=tuple(float(year + i) for i in range(count)))
    if how == "powers":
        base, start = kit.pick(((2, 0), (2, 3), (10, -4), (10, 0), (10, -2)))
        shown = tuple(float(f"{float(base) ** (start + i):.6g}") for i in range(count if base == 2 else min(count, 7)))
        return Abscissa(x=shown, log=base == 10 or kit.chance(0.5))
    if how == "between":
        low, high = kit.pick(((0, 1), (-1, 1), (-3, 3), (0, 10), (-5, 5), (0, 6.28), (0, 100), (-10, 10)))
        return Abscissa(x=rounded(np.linspace(low, high, count), 4))
    step = float(kit.pick((0.1, 0.2, 0.5, 1, 1, 1, 1, 2, 5, 10, 20, 50, 100, 1000)))
    first = float(kit.pick((0.0, 0.0, 1.0, step, step)))
    return Abscissa(x=tuple(round(first + i * step, 6) for i in range(count)))


def lines(kit: Kit) -> PanelSpec:
    how = kit.weighted({"line": 0.7, "band": 0.1, "density": 0.09, "filled": 0.04, "step": 0.04, "stem": 0.03})
    if how == "density":
        return density(kit)
    rows = 1 if how == "stem" else kit.count(1, 6)
    across = abscissa(kit, min(30, _length(kit, rows)) if how == "stem" else _length(kit, rows))
    count = len(across.categories or across.x)
    series = _styled(kit, courses(kit, count, rows))
    if how == "band":
        series = [_with_band(kit, one) for one in series]
    words = (how,) if how != "line" else ()
    layer = LayerSpec("line", tuple(series), across.categories, across.x, words)
    x, y = kit.axes(categorical=False)
    log_y = how in ("line", "step") and _spans_decades(kit, series)
    return PanelSpec((layer,), replace(x, log=across.log), replace(y, log=log_y))


def small_lines(kit: Kit) -> PanelSpec:
    """One or two lines without names, for an inset."""
    rows, count = kit.count(1, 2), kit.count(5, 25)
    first, step = kit.pick(((0.0, 1.0), (0.0, 0.1), (10.0, 5.0), (100.0, 10.0)))
    colours = kit.inks(rows)
    series = [SeriesSpec(y, colours=(c,)) for y, c in zip(courses(kit, count, rows), colours, strict=True)]
    return PanelSpec((LayerSpec("line", tuple(series), x=tuple(round(first + i * step, 4) for i in range(count))),))


def _length(kit: Kit, rows: int) -> int:
    if kit.chance(0.66):
        return kit.count(3, 16)
    return kit.count(17, 100 if rows <= 2 else 50)


def _styled(kit: Kit, columns: list[Values]) -> list[SeriesSpec]:
    """Colours, names and marks of the lines: all alike, or each with its own."""
    rows, short = len(columns), len(columns[0]) <= 24
    colours, names = kit.inks(rows), kit.labels(rows)
    alike, marked = kit.chance(0.45), short and kit.chance(0.62)
    style = "solid" if kit.chance(0.85) else kit.pick(grammar.LINE_STYLES)
    marker = kit.marker()
    found = []
    for values, colour, name in zip(columns, colours, names, strict=True):
        own = style if alike else "solid" if kit.chance(0.65) else kit.pick(grammar.LINE_STYLES)
        mark = () if not marked else (marker,) if alike else (kit.marker(),)
        found.append(SeriesSpec(values, label=name, colours=(colour,), words=(f"line:{own}", *mark)))
    return found


def _with_band(kit: Kit, series: SeriesSpec) -> SeriesSpec:
    middle = np.array(series.y)
    width = kit.form.uniform(0.03, 0.2) * (float(np.ptp(middle)) or 1.0)
    along = np.linspace(0, 1, len(middle))
    widths = width * (1 + 0.6 * np.sin(np.pi * along * kit.rng.uniform(0.3, 2))) * kit.rng.uniform(0.8, 1.2)
    return replace(series, hi=rounded(middle + widths, 4), lo=rounded(middle - widths, 4))


def _spans_decades(kit: Kit, series: list[SeriesSpec]) -> bool:
    heights = [value for one in series for value in one.y]
    if min(heights) <= 0 or max(heights) / min(heights) < 8:
        return False
    return kit.chance(0.75 if max(heights) / min(heights) > 60 else 0.12)


def density(kit: Kit) -> PanelSpec:
    """Smooth distributions: curves filled below, areas alone, or a row of many in a gradient; upright or lying."""
    crowd = kit.chance(0.22)
    rows, count = kit.count(5, 10) if crowd else kit.count(1, 4), kit.count(30, 80)
    samples = [kit.sample(60) for _ in range(rows)]
    centre, spread = float(np.mean(samples[0])), float(np.std(samples[0])) or 1.0
    drift = kit.form.uniform(0.5, 1.1) if crowd else 0.0
    x = np.linspace(centre - 3.5 * spread, centre + (3.5 + rows * drift) * spread, count)
    colours = gradient(kit, rows) if crowd else kit.inks(rows)
    names = ("",) * rows if crowd and kit.chance(0.7) else kit.labels(rows)
    series = []
    for index, sample in enumerate(samples):
        middle = centre + (kit.rng.normal(0, 0.9) * spread if index and not crowd else index * drift * spread)
        y = _bells(kit, x, middle, spread * kit.rng.uniform(0.5, 1.1), sample)
        series.append(SeriesSpec(rounded(y, 3), label=names[index], colours=(colours[index],)))
    lying = kit.chance(0.2)
    how = "area" if crowd or kit.chance(0.35) else "line"
    words = [*kit.some(0.6 if crowd else 1.0, "faint")] if how == "area" else kit.some(0.85, "filled")
    layer = LayerSpec(how, tuple(series), x=rounded(x, 4), words=(*words, *(("horizontal",) if lying else ())))
    across = AxisSpec(kit.label())
    up = AxisSpec(kit.pick(("Density", "Density", "Probability density", "PDF", "")))
    return PanelSpec((layer,), *((up, across) if lying else (across, up)))


def gradient(kit: Kit, count: int) -> tuple[str, ...]:
    """Colours in order along a colour map."""
    name = kit.pick(("coolwarm", "viridis", "plasma", "Blues", "YlOrRd", "Spectral", "RdYlBu", "cividis"))
    low, high = (0.25, 0.95) if name in ("Blues", "YlOrRd") else (0.05, 0.95)
    ramp = matplotlib.colormaps[name](np.linspace(low, high, count))[:, :3] * 255
    return tuple(written(colour) for colour in (ramp if kit.chance(0.6) else ramp[::-1]))


def _bells(kit: Kit, x: np.ndarray, centre: float, width: float, sample: np.ndarray) -> np.ndarray:
    """One bell or two, or the smoothed sample."""
    if kit.rng.random() < 0.35:
        own = (sample - sample.mean()) / (sample.std() or 1.0) * width + centre
        kernels = np.exp(-0.5 * ((x[:, None] - own[None]) / (0.35 * width)) ** 2).mean(axis=1)
        return np.asarray(kernels / (0.35 * width * 2.5066))
    bell = np.exp(-0.5 * ((x - centre) / width) ** 2)
    if kit.rng.random() < 0.3:
        bell = 0.6 * bell + 0.4 * np.exp(-0.5 * ((x - centre - 2.2 * width) / (0.7 * width)) ** 2)
    return np.asarray(bell / (width * 2.5066))


def areas(kit: Kit) -> PanelSpec:
    how = kit.weighted({"stacked": 0.65, "over": 0.27, "between": 0.08})
    across = abscissa(kit, kit.count(4, 30))
    count = len(across.categories or across.x)
    rows = 1 if how == "between" else kit.count(2, 6) if how == "stacked" else kit.count(1, 3)
    columns = [tuple(abs(value) for value in column) for column in courses(kit, count, rows)]
    colours, names = kit.colours(rows), kit.labels(rows)
    series = [SeriesSpec(y, label=name, colours=(c,)) for y, name, c in zip(columns, names, colours, strict=True)]
    if how == "between":
        gap = np.abs(courses(kit, count, 1)[0]) / (np.abs(columns[0]).max() or 1.0)
        lower = np.array(columns[0]) * np.clip(0.8 - 0.3 * gap / (gap.max() or 1.0), 0.2, 0.9)
        series = [replace(series[0], lo=rounded(lower, 3))]
    words = (("stacked",) if how == "stacked" else ()) + (
        ("faint",) if kit.chance(0.95 if how == "over" else 0.35) else ()
    )
    x, y = kit.axes(categorical=False)
    return PanelSpec((LayerSpec("area", tuple(series), across.categories, across.x, words),), x, y)


def scatter(kit: Kit) -> PanelSpec:
    if kit.chance(0.14):
        return _posts(kit) if kit.chance(0.75) else _ring(kit)
    rows = kit.count(1, 4)
    bubbles, marked = kit.chance(0.17), kit.chance(0.4)
    colours, names = kit.inks(rows), kit.labels(rows)
    series = []
    most = (14 if bubbles else 60) // rows
    cloud = _cloud(kit)
    for index in range(rows):
        x, y = cloud.points(kit, kit.count(4, max(5, most)), index)
        marker = (kit.marker(),) if marked else ()
        one = SeriesSpec(y, x, label=names[index], colours=(colours[index],), words=marker)
        series.append(_as_bubbles(kit, one, rows) if bubbles else one)
    words = ("faint",) if kit.chance(0.7 if bubbles else 0.35) else ()
    across, up = kit.axes(categorical=False)
    log_x, log_y = (_wide([v for one in series for v in values(one)]) and kit.chance(0.6) for values in (_x, _y))
    layer = LayerSpec("scatter", tuple(series), words=words)
    return PanelSpec((layer,), replace(across, log=log_x), replace(up, log=log_y))


def _posts(kit: Kit) -> PanelSpec:
    """Results at the same few places, each series with a marker of its own."""
    rows, across = kit.count(2, 4), abscissa(kit, kit.count(3, 8))
    count = len(across.categories or across.x)
    colours, names = kit.inks(rows), kit.labels(rows)
    marks = [f"marker:{mark}" for mark in kit.form.permutation(grammar.MARKERS)[:rows]]
    series = tuple(
        SeriesSpec(y, label=name, colours=(colour,), words=(mark,))
        for y, name, colour, mark in zip(kit.columns(count, rows), names, colours, marks, strict=True)
    )
    x, y = kit.axes(categorical=False)
    layer = LayerSpec("scatter", _placed(series, across), across.categories)
    return PanelSpec((layer,), replace(x, log=across.log), y)


def _placed(series: tuple[SeriesSpec, ...], across: Abscissa) -> tuple[SeriesSpec, ...]:
    """Points say their places themselves; over names they are counted."""
    return tuple(replace(one, x=across.x or tuple(map(float, range(len(across.categories))))) for one in series)


def _ring(kit: Kit) -> PanelSpec:
    """Points around a middle, or along a spiral."""
    count, turns = kit.count(12, 60), kit.pick((1.0, 1.0, 2.0))
    radius = np.full(count, kit.pick((1.0, 1.0, 5.0, 10.0))) * (np.linspace(0.2, 1, count) if turns > 1 else 1.0)
    angles = np.linspace(0, 2 * np.pi * turns, count, endpoint=False)
    one = SeriesSpec(
        rounded(radius * np.sin(angles), 4), rounded(radius * np.cos(angles), 4),
        label=kit.labels(1, 0.2)[0], colours=kit.inks(1),
    )  # fmt: skip
    return PanelSpec((LayerSpec("scatter", (one,)),), *kit.axes(categorical=False))


def _x(series: SeriesSpec) -> Values:
    return series.x


def _y(series: SeriesSpec) -> Values:
    return series.y


def _wide(values: list[float]) -> bool:
    return min(values) > 0 and max(values) / min(values) > 60


def _as_bubbles(kit: Kit, series: SeriesSpec, rows: int) -> SeriesSpec:
    sizes = np.clip(kit.rng.lognormal(0, 0.8, len(series.y)), 0.08, None)
    sizes = np.clip(sizes / sizes.max(), 0.06, 1)
    colours = kit.colours(len(sizes)) if rows == 1 and len(sizes) <= 12 and kit.chance(0.4) else series.colours
    return replace(series, size=tuple(round(float(size), 3) for size in sizes), colours=colours, words=())


@dataclass(frozen=True, slots=True)
class _Cloud:
    """How a panel's points lie: centre and spread of both axes, and how they hang together."""

    x: np.ndarray
    y: np.ndarray
    slope: float
    real: bool

    def points(self, kit: Kit, count: int, index: int) -> tuple[Values, Values]:
        x, y = kit.rng.choice(self.x, count), kit.rng.choice(self.y, count)
        spread_x, spread_y = (float(np.std(axis)) or 1.0 for axis in (self.x, self.y))
        if self.real:
            rows = kit.rng.integers(0, min(len(self.x), len(self.y)), count)
            x, y = self.x[rows], self.y[rows]
            x = x + kit.rng.normal(0, 0.03 * spread_x, count)
        else:
            x = x + kit.rng.normal(0, 0.3 * spread_x, count)
            off = kit.rng.normal(0, 1.5, 2) if index else (0.0, 0.0)
            y = self.y.mean() + spread_y * (self.slope * (x - self.x.mean()) / spread_x + kit.rng.normal(0, 0.4, count))
            x, y = x + off[0] * spread_x, y + off[1] * spread_y
        order = np.argsort(x, kind="stable")
        return rounded(x[order], 3), rounded(y[order], 3)


def _cloud(kit: Kit) -> _Cloud:
    columns = [np.asarray(column.values, float) for column in kit.table.columns]
    columns = [column for column in columns if np.ptp(column) > 0]
    real = len(columns) >= 2 and kit.chance(0.55)
    if real:
        first, second = kit.rng.permutation(len(columns))[:2]
        return _Cloud(columns[first], columns[second], 0.0, True)
    return _Cloud(kit.sample(60), kit.sample(60), float(kit.rng.uniform(-1, 1)), False)
