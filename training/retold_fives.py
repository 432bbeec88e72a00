"""Boxes and violins of a person's program as a layer: five numbers each, at ticks or side by side, in their colours.

Leaves out: quartiles of violins, which facts do not hold; they are seen in the picture where it shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from model.colours import distance
from model.nano import measure
from model.nano.grammar import LAYER_WORDS
from model.nano.spans import beside
from model.nano.spec import LayerSpec, SeriesSpec
from model.records import Series
from training.retold_scene import Scene, Untold


def fives(rows: Sequence[Series], scene: Scene) -> LayerSpec:
    """Boxes or violins, which stand at the ticks; those of several calls of one length stand beside each other."""
    kind = "box" if rows[0].kind == "boxplot" else "violin"
    calls = [_five(row) for row in rows]
    if len(set(map(len, calls))) > 1:
        raise Untold("nobody knows where its boxes stand")
    found = [five for side_by_side in zip(*calls, strict=True) for five in side_by_side]
    values = [value for one in found for value in one]
    lying = not _within(values, scene.axes.y_limits) and _within(values, scene.axes.x_limits)
    axes = scene.axes
    limits, ticks = (axes.y_limits, axes.y_ticks) if lying else (axes.x_limits, axes.x_ticks)
    if len(rows) > 1 and len(ticks) not in (len(calls[0]), len(found)):
        raise Untold("nobody knows where its boxes stand")
    names = tuple(box.text for _, box in ticks) if ticks and len(found) % len(ticks) == 0 else ()
    if limits[0] > limits[1]:
        found, names = found[::-1], names[::-1]
    series = tuple(map(SeriesSpec, found))
    words = scene.words(kind, ["horizontal"] if lying else [], _faces(rows, scene))
    if kind == "violin":
        series = _quartered(series, scene, lying)
    series = _named(_painted(series, rows, words, scene), scene.axes.legend)
    return LayerSpec(kind, series, names, words=words)


def stemmed(layers: Sequence[LayerSpec], rows: Sequence[Series]) -> list[LayerSpec]:
    """Violins that bear a thick line and a dot each take these as a word of their own."""
    violins = next((layer for layer in layers if layer.kind == "violin"), None)
    dots = next((layer for layer in layers if layer.kind == "scatter"), None)
    if violins is None or dots is None or not any(row.kind in ("vlines", "hlines") for row in rows):
        return list(layers)
    if sum(len(one.y) for one in dots.series) != len(violins.series):
        return list(layers)
    words = [*violins.words, "stem"]
    stems = replace(violins, words=tuple(sorted(words, key=LAYER_WORDS.index)))
    return [stems if layer is violins else layer for layer in layers if layer is not dots]


def _within(values: Sequence[float], limits: tuple[float, float]) -> bool:
    return min(limits) <= min(values, default=0.0) and max(values, default=0.0) <= max(limits)


def _five(row: Series) -> list[tuple[float, ...]]:
    """Five numbers of each box of one call. Of a violin the quartiles are not known."""
    names = ("low", "q1", "median", "q3", "high") if row.kind == "boxplot" else ("low", "low", "median", "high", "high")
    columns = [row.values.get(name, ()) for name in names]
    if not columns[0] or len(set(map(len, columns))) > 1 or not np.isfinite(columns).all():
        raise Untold("it draws a box or violin without its numbers")
    return list(zip(*columns, strict=True))


def _faces(rows: Sequence[Series], scene: Scene) -> list[str]:
    """The colours that boxes are filled with, none for bare ones; each once."""
    faces = scene.facts.colours.get("boxplot", ())
    return [
        colour
        for colour in dict.fromkeys(colour for row in rows for colour in row.colours)
        if rows[0].kind == "violinplot" or colour in faces
    ]


def _painted(
    series: Sequence[SeriesSpec], rows: Sequence[Series], words: Sequence[str], scene: Scene
) -> tuple[SeriesSpec, ...]:
    """Facts hold each colour once: which box bears which is seen in the picture."""
    kind, faces = ("box" if rows[0].kind == "boxplot" else "violin"), _faces(rows, scene)
    if len(faces) <= 1:
        return tuple(replace(one, colours=tuple(faces)) for one in series)
    if len(faces) == len(series) and len(rows) == 1:
        return tuple(replace(one, colours=(face,)) for one, face in zip(series, faces, strict=True))
    shades, found = scene.tinted(kind, words, faces), []
    for one, at in zip(series, _stands(len(series), scene, "horizontal" in words), strict=True):
        seen = [scene.colour_at(*at(value)) for value in _inner(one.y)]
        off = [sum(distance(colour, shade) for colour in seen if colour) for shade in shades]
        found.append(replace(one, colours=(faces[int(np.argmin(off))],)))
    return tuple(found)


def _inner(five: Sequence[float]) -> tuple[float, float]:
    """Places inside a box, off its median."""
    _, q1, median, q3, _ = five
    return (q1 + median) / 2, (median + q3) / 2


def _stands(count: int, scene: Scene, lying: bool) -> list[Callable[[float], tuple[float, float]]]:
    """For each box, from a value on its middle line to the picture."""
    axis, along = ("y", scene.x.map) if lying else ("x", scene.y.map)
    ticks = sorted(value for value, _ in (scene.axes.y_ticks if lying else scene.axes.x_ticks))
    middles = ticks if len(ticks) and count % len(ticks) == 0 else [float(index + 1) for index in range(count)]
    middles = [middles[index] for index in scene.order(axis, middles)]
    across = scene.axis(axis).map

    def stand(middle: float) -> Callable[[float], tuple[float, float]]:
        place = across.position(middle)
        return lambda value: (along.position(value), place) if lying else (place, along.position(value))

    return [stand(middle) for middle in beside(middles, count)]


def _named(series: Sequence[SeriesSpec], legend: Sequence[str]) -> tuple[SeriesSpec, ...]:
    """With the legend's entries as names: one for each box, or for each colour in the order of their first use."""
    shades = list(dict.fromkeys(one.colours for one in series))
    if len(legend) == len(series):
        return tuple(replace(one, label=label) for one, label in zip(series, legend, strict=True))
    if len(legend) == len(shades):
        return tuple(replace(one, label=legend[shades.index(one.colours)]) for one in series)
    return tuple(series)


def _quartered(series: Sequence[SeriesSpec], scene: Scene, lying: bool) -> tuple[SeriesSpec, ...]:
    """Violins with the quartiles that are seen; in the middle between what is known where they are not."""
    along, found = (scene.x.map if lying else scene.y.map), []
    for one, at in zip(series, _stands(len(series), scene, lying), strict=True):
        words = ["horizontal"] if lying else []
        place = at(one.y[2])[1 if lying else 0]
        seen = measure.seen("violin", words, one.colours, (place,), scene.frame, scene.sight)
        low, _, middle, _, high = one.y
        q1, q3 = (low + middle) / 2, (middle + high) / 2
        if seen is not None and len(seen) == 5:
            q1, q3 = sorted((along.value(seen[1]), along.value(seen[3])))
        found.append(replace(one, y=(low, min(q1, middle), middle, max(q3, middle), high)))
    return tuple(found)
