"""Other views of one drawing: wider or narrower margins, and its colours exchanged. Facts and spec follow the picture.

Here is also what moves facts and repaints specs for any such change. Leaves out: what happens to the picture on its way
(weather.py), and errors of reading its texts (ocrlike.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from model.nano.spec import FigureSpec, LayerSpec, PanelSpec
from model.records import AxesFacts, FigureFacts, TextBox
from training.synthesis.draw import Drawing

_CHANNELS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
_WIDEST = 0.12

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Affine:
    """Points of one picture in another: x' = a x + b y + dx, y' = c x + d y + dy, in pixels from the upper left corner
    of the first pixel. Small turns only."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def then(self, other: Affine) -> Affine:
        """This first, `other` after it."""
        return Affine(
            other.a * self.a + other.b * self.c,
            other.a * self.b + other.b * self.d,
            other.c * self.a + other.d * self.c,
            other.c * self.b + other.d * self.d,
            other.a * self.dx + other.b * self.dy + other.dx,
            other.c * self.dx + other.d * self.dy + other.dy,
        )

    def matrix(self) -> np.ndarray:
        """The same between centres of pixels, (2, 3): what OpenCV counts in."""
        half = 0.5 * (self.a + self.b - 1) + self.dx, 0.5 * (self.c + self.d - 1) + self.dy
        return np.array(((self.a, self.b, half[0]), (self.c, self.d, half[1])))

    def around(self, box: Box) -> Box:
        """The upright box around a box that was moved."""
        x0, y0, x1, y1 = box
        corners = [
            (self.a * x + self.b * y + self.dx, self.c * x + self.d * y + self.dy) for x in (x0, x1) for y in (y0, y1)
        ]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def middle(self, box: Box) -> Box:
        """The upright box whose sides go through the middles of the sides of a box that was moved."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        x0, x1 = (self.a * side + self.b * y + self.dx for side in (box[0], box[2]))
        y0, y1 = (self.c * x + self.d * side + self.dy for side in (box[1], box[3]))
        return x0, y0, x1, y1


def reframed(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """The same picture with its four margins grown, or cut as far as nothing drawn is lost."""
    pixels, facts = drawing.pixels, drawing.facts
    height, width = pixels.shape[:2]
    left, top, right, bottom = (int(side * share) for side, share in zip(
        (width, height, width, height), rng.uniform(-_WIDEST, _WIDEST, 4), strict=True
    ))  # fmt: skip
    x0, y0, x1, y1 = used(facts)
    left, top = max(left, -int(max(x0 - 2, 0))), max(top, -int(max(y0 - 2, 0)))
    right, bottom = max(right, -int(max(width - x1 - 2, 0))), max(bottom, -int(max(height - y1 - 2, 0)))
    canvas = np.empty((height + top + bottom, width + left + right, 3), np.uint8)
    canvas[:] = pixels[0, 0]
    source = pixels[max(-top, 0) : height + min(bottom, 0), max(-left, 0) : width + min(right, 0)]
    canvas[max(top, 0) : max(top, 0) + source.shape[0], max(left, 0) : max(left, 0) + source.shape[1]] = source
    return Drawing(canvas, moved(facts, Affine(dx=left, dy=top), canvas.shape[1], canvas.shape[0]))


def used(facts: FigureFacts) -> Box:
    """The box of everything that is drawn with a name: axes and texts."""
    boxes = [(t.x0, t.y0, t.x1, t.y1) for t in (*facts.texts, *facts.tick_texts)] + [one.box for one in facts.axes]
    edges = np.array(boxes)
    return (*edges[:, :2].min(axis=0), *edges[:, 2:].max(axis=0))


def moved(facts: FigureFacts, path: Affine, width: int, height: int) -> FigureFacts:
    """The facts of a figure whose picture was moved, on its new canvas."""

    def text(box: TextBox) -> TextBox:
        x0, y0, x1, y1 = path.around((box.x0, box.y0, box.x1, box.y1))
        return replace(box, x0=x0, y0=y0, x1=x1, y1=y1)

    def ticks(labels: tuple[tuple[float, TextBox], ...]) -> tuple[tuple[float, TextBox], ...]:
        return tuple((value, text(box)) for value, box in labels)

    def axes(one: AxesFacts) -> AxesFacts:
        return replace(one, box=path.middle(one.box), x_ticks=ticks(one.x_ticks), y_ticks=ticks(one.y_ticks))

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

    return Drawing(np.ascontiguousarray(drawing.pixels[..., order]), drawing.facts), repainted(spec, exchange)


def repainted(spec: FigureSpec, change: Callable[[str], str]) -> FigureSpec:
    """Every colour of the spec changed; colormaps are names and stay."""

    def layer(one: LayerSpec) -> LayerSpec:
        return replace(one, series=tuple(replace(row, colours=tuple(map(change, row.colours))) for row in one.series))

    def panel(one: PanelSpec) -> PanelSpec:
        rules = tuple(replace(rule, colour=change(rule.colour)) for rule in one.rules)
        return replace(one, layers=tuple(map(layer, one.layers)), rules=rules)

    return replace(spec, panels=tuple(map(panel, spec.panels)))
