"""Draws the specs of synthetic charts: which kind, which numbers of a real table, which words and colours.

Every choice comes from one random generator, so a seed names a chart. The look that a spec does not hold (fonts, sizes,
dpi) is training/synthesis/looks.py's; drawing is draw.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from model.nano import grammar
from model.nano.spec import AxisSpec, FigureSpec, LayerSpec, PanelSpec, Rule, SeriesSpec
from training.synthesis.colours import palette
from training.synthesis.tables import Tables
from training.synthesis.words import Words

QUOTA = {
    "bar": 0.30, "line": 0.20, "scatter": 0.08, "pie": 0.07, "hist": 0.07,
    "box": 0.08, "area": 0.06, "heat": 0.07, "errorbar": 0.07,
}  # fmt: skip
_TABLE_KINDS = {"line": "ordered", "area": "ordered", "scatter": "cloud", "hist": "cloud"}
_GRIDS = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1), (2, 3))
_GRID_SHARES = (0.72, 0.10, 0.04, 0.07, 0.04, 0.01, 0.02)
_SIZES = ((6.4, 4.8), (8, 6), (8, 5), (7, 5), (6, 4), (10, 6), (6, 6), (5, 5), (8, 4), (10, 5), (5, 4), (12, 6))


class ChartSampler:
    """Samples figure specs. One per process; `sample` takes the generator of one chart."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def sample(self, rng: np.random.Generator) -> tuple[FigureSpec, str]:
        """A spec, and the family of the table that its numbers came from."""
        return _Sample(rng, self.tables).figure()


class _Sample:
    def __init__(self, rng: np.random.Generator, tables: Tables) -> None:
        self.rng, self.tables = rng, tables
        self.table = tables.sample(rng)
        self.words = Words(rng)

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, options: Sequence[str]) -> str:
        return options[int(self.rng.integers(len(options)))]

    def figure(self) -> tuple[FigureSpec, str]:
        rows, cols = _GRIDS[int(self.rng.choice(len(_GRIDS), p=_GRID_SHARES))]
        width, height = _SIZES[int(self.rng.integers(len(_SIZES)))]
        if rows * cols > 1:
            width, height = max(width, 3.6 * cols), max(height, 2.8 * rows)
        kind = self.kind()
        same = self.chance(0.5)
        panels = []
        for cell in self._cells(rows, cols):
            panels.append(replace(self.panel(kind if same else self.kind()), cell=cell))
        title = self.words.title("", "") if rows * cols > 1 and self.chance(0.3) else ""
        style = self.pick(grammar.STYLES[:5]) if self.chance(0.12) else ""
        return FigureSpec(tuple(panels), rows, cols, (width, height), title, style), self.table.family

    def _cells(self, rows: int, cols: int) -> list[tuple[int, int, int, int]]:
        if (rows, cols) == (2, 2) and self.chance(0.3):
            return [(0, 0, 0, 1), (1, 1, 0, 0), (1, 1, 1, 1)]
        return [(row, row, col, col) for row in range(rows) for col in range(cols)]

    def kind(self) -> str:
        return str(self.rng.choice(list(QUOTA), p=np.array(list(QUOTA.values())) / sum(QUOTA.values())))

    def panel(self, kind: str) -> PanelSpec:
        makers: dict[str, Callable[[], PanelSpec]] = {
            "bar": self.bars, "line": self.lines, "scatter": self.scatter, "pie": self.pie, "hist": self.hist,
            "box": self.boxes, "area": self.area, "heat": self.heat, "errorbar": self.error_bars,
        }  # fmt: skip
        self.table = self.tables.sample(self.rng, _TABLE_KINDS.get(kind, "categorical"))
        panel = makers[kind]()
        if kind not in ("pie", "heat"):
            panel = self._dress(panel)
        title = self.words.title(panel.x.label, panel.y.label) if self.chance(0.75) else ""
        return replace(panel, title=title)

    def _dress(self, panel: PanelSpec) -> PanelSpec:
        """Grid, frame, legend place and reference lines."""
        labelled = any(series.label for layer in panel.layers for series in layer.series)
        places = grammar.LEGEND_PLACES
        place = "best" if self.chance(0.5) else self.pick(places[1:5]) if self.chance(0.7) else self.pick(places)
        grid = self.pick(("both", "both", "y", "x")) if self.chance(0.4) else ""
        panel = replace(panel, legend=place if labelled and self.chance(0.93) else "", grid=grid)
        if not panel.legend:
            panel = replace(panel, layers=tuple(map(_unlabelled, panel.layers)))
        if self.chance(0.08):
            panel = replace(panel, rules=(self._rule(panel),))
        return replace(panel, open_frame=self.chance(0.12))

    def _rule(self, panel: PanelSpec) -> Rule:
        heights = [value for series in panel.layers[0].series for value in series.y]
        level = float(f"{np.mean(heights):.3g}")
        axis = "x" if "horizontal" in panel.layers[0].words else "y"
        return Rule(axis, level, self.pick(("#808080", "#000000", "#ff0000")), self.pick(grammar.LINE_STYLES[1:]))

    # ---- numbers and names -------------------------------------------------------------------------------------

    def count(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def values(self, count: int) -> tuple[float, ...]:
        """Numbers of a real column, cut to a count, at most three or four digits each."""
        return self.columns(count, 1)[0]

    def columns(self, count: int, how_many: int, positive: bool = True) -> list[tuple[float, ...]]:
        """Columns of one scale: real ones where the table has them, else variations of one."""
        chosen = self._real(count, how_many)
        digits = self.count(2, 4)
        columns = []
        for column in chosen:
            if positive and column.min() < 0:
                column = column - column.min() * 1.1
            if not np.any(column):
                column = column + self.rng.uniform(1, 9)
            columns.append(tuple(float(f"{value:.{digits}g}") for value in column))
        return columns

    def _real(self, count: int, how_many: int) -> list[np.ndarray]:
        pool = [np.asarray(column.values, float) for column in self.table.columns if len(column.values) >= 2]
        first = pool[int(self.rng.integers(len(pool)))]
        first = np.resize(first, count) if len(first) < count else first[self._window(len(first), count)]
        scale = np.abs(first).mean() or 1.0
        chosen = [first]
        for column in pool:
            column = np.resize(column, count)
            if len(chosen) < how_many and 0.2 < (np.abs(column).mean() or 1e-9) / scale < 5 and column is not first:
                chosen += [] if np.allclose(column, first) else [column]
        while len(chosen) < how_many:
            chosen.append(first * self.rng.uniform(0.4, 1.6) * self.rng.uniform(0.75, 1.25, count))
        return chosen

    def _window(self, length: int, count: int) -> slice:
        start = int(self.rng.integers(0, length - count + 1))
        return slice(start, start + count)

    def categories(self, count: int) -> tuple[str, ...]:
        names = [name for name in self.table.categories if len(name) <= 24]
        if len(names) >= count and self.chance(0.5):
            start = int(self.rng.integers(0, len(names) - count + 1))
            return tuple(names[start : start + count])
        return tuple(self.words.categories(count))

    def labels(self, count: int, always: bool = False) -> tuple[str, ...]:
        return tuple(self.words.series_names(count)) if always or count > 1 or self.chance(0.2) else ("",) * count

    def axis_label(self) -> str:
        column = self.table.columns[int(self.rng.integers(len(self.table.columns)))]
        return self.words.axis_label(column.header, column.unit) if self.chance(0.85) else ""

    def axes(self, categorical: bool = True) -> tuple[AxisSpec, AxisSpec]:
        label = self.axis_label() if not categorical or self.chance(0.6) else ""
        return AxisSpec(label), AxisSpec(self.axis_label())

    # ---- kinds -------------------------------------------------------------------------------------------------

    def bars(self) -> PanelSpec:
        several = self.chance(0.5)
        count, rows = (self.count(2, 7), self.count(2, 4)) if several else (self.count(3, 12), 1)
        words = ["horizontal"] if self.chance(0.3) else []
        words += ["stacked"] if several and self.chance(0.4) else []
        words += ["labels"] if self.chance(0.2) and count * rows <= 14 else []
        words += ["edge"] if self.chance(0.2) else []
        words += [self.pick(("narrow", "wide"))] if not several and self.chance(0.3) else []
        colours = palette(self.rng, max(rows, count))
        names = self.labels(rows) if several else ("",)
        series = []
        for index, values in enumerate(self.columns(count, rows)):
            mixed = not several and self.chance(0.25)
            shades = colours[:count] if mixed else (colours[index],)
            one = SeriesSpec(values, label=names[index], colours=shades)
            series.append(self._with_errors(one) if "stacked" not in words and "labels" not in words else one)
        x, y = self.axes()
        layer = LayerSpec("bar", tuple(series), self.categories(count), words=tuple(words))
        return PanelSpec((layer,), *((y, x) if "horizontal" in words else (x, y)))

    def _with_errors(self, series: SeriesSpec, share: float = 0.12) -> SeriesSpec:
        if not self.chance(share):
            return series
        spread = np.abs(self.rng.normal(0.08, 0.03, len(series.y))) * np.abs(series.y).max() + 1e-9
        errors = [float(f"{value:.2g}") for value in spread]
        return replace(
            series,
            hi=tuple(y + e for y, e in zip(series.y, errors, strict=True)),
            lo=tuple(y - e for y, e in zip(series.y, errors, strict=True)),
        )

    def abscissa(self, count: int) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Categories or numbers along the x axis."""
        if self.chance(0.25):
            return self.categories(count), ()
        if len(self.table.x) >= count and self.chance(0.5):
            return (), self.table.x[:count]
        if self.chance(0.35):
            year = self.count(1960, 2024 - count)
            return (), tuple(float(year + i) for i in range(count))
        step = float(self.rng.choice((0.1, 0.5, 1, 1, 1, 2, 5, 10, 20, 100)))
        first = float(self.rng.choice((0.0, 1.0, step)))
        return (), tuple(round(first + i * step, 6) for i in range(count))

    def _marks(self, plain: float = 0.4) -> tuple[str, ...]:
        style = "solid" if self.chance(0.7) else self.pick(grammar.LINE_STYLES[1:])
        marker = () if self.chance(plain) else (f"marker:{self.pick(grammar.MARKERS)}",)
        return (f"line:{style}", *marker)

    def lines(self) -> PanelSpec:
        count, rows = self.count(4, 16), self.count(1, 5)
        categories, x = self.abscissa(count)
        colours, names = palette(self.rng, rows), self.labels(rows)
        marks = [self._marks() for _ in range(rows)] if self.chance(0.5) else [self._marks()] * rows
        series = [
            SeriesSpec(self.smooth(values), label=names[i], colours=(colours[i],), words=marks[i])
            for i, values in enumerate(self.columns(count, rows, positive=self.chance(0.8)))
        ]
        words = ["step"] if self.chance(0.06) else ["filled"] if self.chance(0.08) else []
        layer = LayerSpec("line", tuple(series), categories, x, tuple(words))
        across, along = self.axes(categorical=False)
        heights = [value for one in series for value in one.y]
        log = min(heights) > 0 and self.chance(0.5 if max(heights) / min(heights) > 100 else 0.03)
        return PanelSpec((layer,), across, replace(along, log=log))

    def smooth(self, values: tuple[float, ...]) -> tuple[float, ...]:
        """Sometimes a running mean or a sorted curve, as measured lines tend to look."""
        if self.chance(0.5):
            return values
        kernel = np.ones(3) / 3
        padded = np.convolve(np.pad(np.asarray(values), 1, mode="edge"), kernel, mode="valid")
        ordered = np.sort(padded) if self.chance(0.4) else padded
        return tuple(float(f"{value:.4g}") for value in ordered)

    def scatter(self) -> PanelSpec:
        rows = self.count(1, 3)
        colours, names = palette(self.rng, rows), self.labels(rows)
        series = []
        for index in range(rows):
            count = self.count(6, 30 // rows)
            x, y = self.columns(count, 2, positive=False)
            order = np.argsort(x, kind="stable")
            marker = (f"marker:{self.pick(grammar.MARKERS)}",) if self.chance(0.3) else ()
            points = tuple(x[i] for i in order), tuple(y[i] for i in order)
            series.append(SeriesSpec(points[1], points[0], label=names[index], colours=(colours[index],), words=marker))
        words = ("faint",) if self.chance(0.3) else ()
        return PanelSpec((LayerSpec("scatter", tuple(series), words=words),), *self.axes(categorical=False))

    def pie(self) -> PanelSpec:
        count = self.count(2, 8)
        shares = np.abs(np.asarray(self.values(count))) + 1e-9
        shares = np.maximum(shares / shares.sum(), 0.03)
        words = [f"percent{self.pick('011')}"] if self.chance(0.75) else []
        words += ["startangle90"] if self.chance(0.4) else []
        words += ["ring"] if self.chance(0.25) else []
        values = tuple(round(float(share), 4) for share in shares / shares.sum())
        series = SeriesSpec(values, colours=palette(self.rng, count))
        legend = self.pick(grammar.LEGEND_PLACES[:5]) if self.chance(0.25) else ""
        return PanelSpec((LayerSpec("pie", (series,), self.categories(count), words=tuple(words)),), legend=legend)

    def hist(self) -> PanelSpec:
        bins, rows = self.count(5, 20), 1 if self.chance(0.7) else 2
        sample = np.asarray(self._real(80, 1)[0])
        if np.ptp(sample) == 0 or self.chance(0.3):
            sample = self.rng.normal(self.rng.uniform(0, 100), self.rng.uniform(1, 20), 200)
        first = float(f"{sample.min():.2g}")
        width = float(f"{max(np.ptp(sample) / bins, 1e-9):.1g}")
        edges = tuple(round(first + i * width, 8) for i in range(bins + 1))
        colours, names = palette(self.rng, rows), self.labels(rows)
        series = []
        for index in range(rows):
            shifted = sample + (index * np.std(sample) if index else 0)
            counts, _ = np.histogram(np.repeat(shifted, self.count(1, 6)), edges)
            series.append(SeriesSpec(tuple(map(float, counts + 1)), label=names[index], colours=(colours[index],)))
        words = (["faint"] if rows > 1 or self.chance(0.2) else []) + (["edge"] if self.chance(0.5) else [])
        layer = LayerSpec("hist", tuple(series), x=edges, words=tuple(words))
        return PanelSpec(
            (layer,),
            AxisSpec(self.axis_label()),
            AxisSpec(self.pick(("Frequency", "Count", "count", "Number of samples", ""))),
        )

    def boxes(self) -> PanelSpec:
        count = self.count(2, 7)
        colours = palette(self.rng, count)
        filled, same = self.chance(0.75), self.chance(0.3)
        series: list[SeriesSpec] = []
        for index in range(count):
            middle = np.asarray(self.columns(8, 1, positive=False)[0]) if index == 0 else None
            base = middle if middle is not None else np.asarray(series[0].y)
            noise = (
                self.rng.normal(0, 0.3 * (np.std(base) or 1.0), 40)
                + base.mean()
                + self.rng.normal(0, np.std(base) or 1.0)
            )
            five = np.percentile(
                np.concatenate([noise, noise.mean() + (noise - noise.mean()) * 2]), (0, 25, 50, 75, 100)
            )
            shade = (colours[0 if same else index],) if filled else ()
            series.append(SeriesSpec(tuple(float(f"{value:.4g}") for value in five), colours=shade))
        words = ("horizontal",) if self.chance(0.2) else ()
        x, y = self.axes()
        layer = LayerSpec("box", tuple(series), self.categories(count), words=words)
        return PanelSpec((layer,), *((y, x) if words else (x, y)))

    def area(self) -> PanelSpec:
        count, rows = self.count(5, 14), self.count(1, 4)
        categories, x = self.abscissa(count)
        stacked = rows > 1 and self.chance(0.6)
        colours, names = palette(self.rng, rows), self.labels(rows)
        series = [
            SeriesSpec(self.smooth(values), label=names[i], colours=(colours[i],))
            for i, values in enumerate(self.columns(count, rows))
        ]
        words = ("stacked",) if stacked else ("faint",) if self.chance(0.7) else ()
        return PanelSpec((LayerSpec("area", tuple(series), categories, x, words),), *self.axes(categorical=False))

    def heat(self) -> PanelSpec:
        rows, cols = self.count(3, 7), self.count(3, 7)
        columns = self.columns(cols, rows, positive=False)
        if self.chance(0.4):
            columns = [tuple(round(float(v), 2) for v in self.rng.uniform(-1, 1, cols)) for _ in range(rows)]
        names = self.categories(rows)
        series = tuple(SeriesSpec(values, label=name) for values, name in zip(columns, names, strict=True))
        cells = self.chance(0.7)
        words = (["cells"] if cells else []) + (["colorbar"] if not cells or self.chance(0.6) else [])
        words.append(f"cmap:{self.pick(grammar.COLORMAPS)}")
        return PanelSpec((LayerSpec("heat", series, self.categories(cols), words=tuple(words)),), *self.axes())

    def error_bars(self) -> PanelSpec:
        count, rows = self.count(4, 10), self.count(1, 3)
        categories, x = self.abscissa(count)
        colours, names = palette(self.rng, rows), self.labels(rows)
        series = []
        for index, values in enumerate(self.columns(count, rows)):
            style = () if self.chance(0.4) else (f"line:{self.pick(grammar.LINE_STYLES)}",)
            words = (*style, f"marker:{self.pick(grammar.MARKERS[:6])}")
            one = SeriesSpec(values, label=names[index], colours=(colours[index],), words=words)
            series.append(self._with_errors(one, 1.0))
        layer = LayerSpec("errorbar", tuple(series), categories, x)
        return PanelSpec((layer,), *self.axes(categorical=False))


def _unlabelled(layer: LayerSpec) -> LayerSpec:
    """Without a legend nothing on the picture names a series, so the spec must not either."""
    return (
        layer if layer.kind == "heat" else replace(layer, series=tuple(replace(one, label="") for one in layer.series))
    )
