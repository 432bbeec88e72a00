"""Other views of one drawing: wider or narrower margins, and its colours exchanged. Facts and spec follow the picture.

Leaves out: noise of the picture itself (pairs.weathered) and of its texts (ocrlike.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from model.nano.spec import FigureSpec, LayerSpec, PanelSpec
from model.records import AxesFacts, FigureFacts, TextBox
from training.synthesis.draw import Drawing

_CHANNELS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
_WIDEST = 0.12


def reframed(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """The same picture with its four margins grown, or cut as far as nothing drawn is lost."""
    pixels, facts = drawing.pixels, drawing.facts
    height, width = pixels.shape[:2]
    left, top, right, bottom = (int(side * share) for side, share in zip(
        (width, height, width, height), rng.uniform(-_WIDEST, _WIDEST, 4), strict=True
    ))  # fmt: skip
    x0, y0, x1, y1 = _used(facts)
    left, top = max(left, -int(max(x0 - 2, 0))), max(top, -int(max(y0 - 2, 0)))
    right, bottom = max(right, -int(max(width - x1 - 2, 0))), max(bottom, -int(max(height - y1 - 2, 0)))
    canvas = np.empty((height + top + bottom, width + left + right, 3), np.uint8)
    canvas[:] = pixels[0, 0]
    source = pixels[max(-top, 0) : height + min(bottom, 0), max(-left, 0) : width + min(right, 0)]
    canvas[max(top, 0) : max(top, 0) + source.shape[0], max(left, 0) : max(left, 0) + source.shape[1]] = source
    return Drawing(canvas, _shifted(facts, left, top, canvas.shape[1], canvas.shape[0]))


def _used(facts: FigureFacts) -> tuple[float, float, float, float]:
    """The box of everything that is drawn with a name: axes and texts."""
    boxes = [(t.x0, t.y0, t.x1, t.y1) for t in (*facts.texts, *facts.tick_texts)] + [one.box for one in facts.axes]
    edges = np.array(boxes)
    return (*edges[:, :2].min(axis=0), *edges[:, 2:].max(axis=0))


def _shifted(facts: FigureFacts, dx: float, dy: float, width: int, height: int) -> FigureFacts:
    def text(box: TextBox) -> TextBox:
        return replace(box, x0=box.x0 + dx, y0=box.y0 + dy, x1=box.x1 + dx, y1=box.y1 + dy)

    def ticks(labels: tuple[tuple[float, TextBox], ...]) -> tuple[tuple[float, TextBox], ...]:
        return tuple((value, text(box)) for value, box in labels)

    def axes(one: AxesFacts) -> AxesFacts:
        x0, y0, x1, y1 = one.box
        moved = (x0 + dx, y0 + dy, x1 + dx, y1 + dy)
        return replace(one, box=moved, x_ticks=ticks(one.x_ticks), y_ticks=ticks(one.y_ticks))

    return replace(
        facts,
        width_px=width,
        height_px=height,
        texts=tuple(map(text, facts.texts)),
        tick_texts=tuple(map(text, facts.tick_texts)),
        axes=tuple(map(axes, facts.axes)),
    )


def recoloured(drawing: Drawing, spec: FigureSpec, rng: np.random.Generator) -> tuple[Drawing, FigureSpec]:
    """Red, green and blue exchanged, in the picture and in the spec; heat maps keep the colours of their colormap."""
    order = _CHANNELS[int(rng.integers(len(_CHANNELS)))]
    if any(word.startswith("cmap:") for panel in spec.panels for layer in panel.layers for word in layer.words):
        return drawing, spec

    def exchange(colour: str) -> str:
        parts = colour[1:3], colour[3:5], colour[5:7]
        return "#" + "".join(parts[channel] for channel in order)

    panels = tuple(_repainted(panel, exchange) for panel in spec.panels)
    return Drawing(np.ascontiguousarray(drawing.pixels[..., order]), drawing.facts), replace(spec, panels=panels)


def _repainted(panel: PanelSpec, exchange: Callable[[str], str]) -> PanelSpec:
    def layer(one: LayerSpec) -> LayerSpec:
        rows = (replace(row, colours=tuple(map(exchange, row.colours))) for row in one.series)
        return replace(one, series=tuple(rows))

    rules = tuple(replace(rule, colour=exchange(rule.colour)) for rule in panel.rules)
    return replace(panel, layers=tuple(map(layer, panel.layers)), rules=rules)
