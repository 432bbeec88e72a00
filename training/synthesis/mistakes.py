"""Specs with one mistake that models make: wrong kind, texts and legends lost or exchanged, colours swapped, values
off, series or panels lost.

    spec, places = mistaken(spec, places, rng)      # the same spec where the mistake does not fit it

Leaves out: programs that end with an exception (crashes.py), and what the loop says of a mistake (faults.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from model.nano.drawn import DrawnPanel
from model.nano.spec import FigureSpec, LayerSpec, PanelSpec, SeriesSpec

_KINDS = {"bar": "line", "line": "bar", "area": "line", "errorbar": "line", "hist": "line", "box": "violin",
          "violin": "box", "rose": "radar", "scatter": "line", "pie": "treemap"}  # fmt: skip
_VALUED = ("bar", "line", "area", "hist", "errorbar", "radar", "rose", "pie", "box")
_FEWEST_FOR_BARS = 25

PanelMistake = Callable[[PanelSpec, np.random.Generator], PanelSpec]


def mistaken(
    spec: FigureSpec, places: list[DrawnPanel], rng: np.random.Generator
) -> tuple[FigureSpec, list[DrawnPanel]]:
    """A figure with one mistake, in one panel or in all of them, and where its panels are thought to stand."""
    if len(spec.panels) > 1 and rng.random() < 0.3:
        return _wrong_panels(spec, places, rng)
    mistake = _MISTAKES[int(rng.integers(len(_MISTAKES)))]
    everywhere = rng.random() < 0.25  # a habit rather than a slip
    chosen = int(rng.integers(len(spec.panels)))
    panels = tuple(
        mistake(panel, rng) if everywhere or index == chosen else panel for index, panel in enumerate(spec.panels)
    )
    return replace(spec, panels=panels), places


# ---- panels --------------------------------------------------------------------------------------------------------


def _wrong_panels(
    spec: FigureSpec, places: list[DrawnPanel], rng: np.random.Generator
) -> tuple[FigureSpec, list[DrawnPanel]]:
    """One or all but one of them lost, or all of them in one row or column."""
    how, count = rng.random(), len(spec.panels)
    if how < 0.35:
        lost = int(rng.integers(count))
        return _only(spec, places, [index for index in range(count) if index != lost])
    if how < 0.55:
        return _only(spec, places, [0])
    if any(panel.inset for panel in spec.panels):
        return spec, places
    upright = spec.cols >= spec.rows
    cells = [(index, index, 0, 0) if upright else (0, 0, index, index) for index in range(count)]
    panels = tuple(replace(panel, cell=cell) for panel, cell in zip(spec.panels, cells, strict=True))
    return replace(spec, panels=panels, rows=count if upright else 1, cols=1 if upright else count), places


def _only(spec: FigureSpec, places: list[DrawnPanel], kept: list[int]) -> tuple[FigureSpec, list[DrawnPanel]]:
    """The figure with some of its panels, in a grid that they fill as far as they can."""
    panels = tuple(spec.panels[index] for index in kept)
    if not kept or all(panel.inset for panel in panels):
        return spec, places
    cells = [panel.cell for panel in panels if not panel.inset]
    rows, cols = max(cell[1] for cell in cells) + 1, max(cell[3] for cell in cells) + 1
    return replace(spec, panels=panels, rows=rows, cols=cols), [places[index] for index in kept]


# ---- texts ---------------------------------------------------------------------------------------------------------


def _no_legend(panel: PanelSpec, _rng: np.random.Generator) -> PanelSpec:
    return replace(panel, legend="")


def _no_labels(panel: PanelSpec, rng: np.random.Generator) -> PanelSpec:
    """All texts around the panel forgotten, or one of them."""
    which = int(rng.integers(4))
    x = replace(panel.x, label="") if which in (0, 1) else panel.x
    y = replace(panel.y, label="") if which in (0, 2) else panel.y
    return replace(panel, title="" if which in (0, 3) else panel.title, x=x, y=y)


def _wrong_labels(panel: PanelSpec, rng: np.random.Generator) -> PanelSpec:
    """A text in the place of another: twice, so that the other is lost, or both exchanged."""
    texts = [panel.x.label, panel.y.label, panel.title]
    one, other = (int(index) for index in rng.permutation(3)[:2])
    texts[one], texts[other] = texts[other], texts[one] if rng.random() < 0.3 else texts[other]
    return replace(panel, x=replace(panel.x, label=texts[0]), y=replace(panel.y, label=texts[1]), title=texts[2])


def _wrong_names(panel: PanelSpec, rng: np.random.Generator) -> PanelSpec:
    """Names of categories lost, or a name of a series said twice or lost."""
    layer = panel.layers[0]
    if layer.categories and rng.random() < 0.5:
        return _with(panel, replace(layer, categories=("",) * len(layer.categories)))
    labels = [one.label for one in layer.series]
    labels[int(rng.integers(len(labels)))] = labels[0] if rng.random() < 0.5 else ""
    return _with(panel, _each(layer, lambda one, index: replace(one, label=labels[index])))


# ---- marks ---------------------------------------------------------------------------------------------------------


def _wrong_kind(panel: PanelSpec, _rng: np.random.Generator) -> PanelSpec:
    layer = panel.layers[0]
    kind = _KINDS.get(layer.kind, "")
    if not kind or (layer.kind == "line" and not 0 < len(layer.categories or layer.x) <= _FEWEST_FOR_BARS):
        return panel
    words = tuple(word for word in layer.words if word == "horizontal" and kind in ("box", "violin"))
    plain = _each(replace(layer, kind=kind, words=words), lambda one, _: replace(one, hi=(), lo=(), size=(), words=()))
    return _with(panel, plain)


def _wrong_form(panel: PanelSpec, _rng: np.random.Generator) -> PanelSpec:
    """Bars lying instead of standing, side by side instead of stacked, a ring as a pie, a line as steps."""
    layer = panel.layers[0]
    words = {"bar": "horizontal", "area": "stacked", "pie": "ring", "line": "step", "contour": "filled", "hist": "edge"}
    word = "stacked" if layer.kind == "bar" and len(layer.series) > 1 else words.get(layer.kind, "")
    if not word or (layer.kind == "line" and layer.words):
        return panel
    changed = tuple(one for one in layer.words if one != word) if word in layer.words else (*layer.words, word)
    return _with(panel, replace(layer, words=changed))


def _wrong_colours(panel: PanelSpec, rng: np.random.Generator) -> PanelSpec:
    """All of one colour, or of another's: exchanged, or in the ink of texts and frames."""
    layer = panel.layers[0]
    used = [colour for one in layer.series for colour in one.colours]
    turned = used[1:] + used[:1] if rng.random() < 0.3 and len(used) > 1 else used[:1] * len(used)
    turned = ["#000000"] * len(used) if len(set(used)) < 2 else turned
    rest = iter(turned)
    return _with(panel, _each(layer, lambda one, _: replace(one, colours=tuple(next(rest) for _ in one.colours))))


def _lost_series(panel: PanelSpec, rng: np.random.Generator) -> PanelSpec:
    """The last series, or the layer on top, is not seen."""
    if len(panel.layers) > 1 and rng.random() < 0.7:
        return replace(panel, layers=panel.layers[:-1])
    layer = panel.layers[0]
    return _with(panel, replace(layer, series=layer.series[:-1])) if len(layer.series) > 1 else panel


def _values_off(panel: PanelSpec, rng: np.random.Generator) -> PanelSpec:
    """Every value somewhat wrong, or all by one factor, as by a misread axis."""
    layer = panel.layers[0]
    if layer.kind not in _VALUED:
        return panel
    factor = float(rng.choice((0.1, 0.5, 2.0))) if rng.random() < 0.3 else 0.0

    def off(one: SeriesSpec, _index: int) -> SeriesSpec:
        shares = np.full(len(one.y), factor) if factor else rng.uniform(0.5, 1.3, len(one.y))
        return replace(one, y=tuple(float(value * share) for value, share in zip(one.y, shares, strict=True)))

    return _with(panel, _each(layer, off))


def _with(panel: PanelSpec, layer: LayerSpec) -> PanelSpec:
    return replace(panel, layers=(layer, *panel.layers[1:]))


def _each(layer: LayerSpec, change: Callable[[SeriesSpec, int], SeriesSpec]) -> LayerSpec:
    return replace(layer, series=tuple(change(one, index) for index, one in enumerate(layer.series)))


_MISTAKES: tuple[PanelMistake, ...] = (
    _no_legend, _no_labels, _wrong_labels, _wrong_names, _wrong_kind, _wrong_kind, _wrong_form, _wrong_colours,
    _lost_series, _values_off,
)  # fmt: skip
