"""What goes round in a person's program, and what stands in cells: pies, radars, roses, heat maps.

Leaves out: boxes and violins (retold_fives.py), what runs along an axis (retold_layers.py, retold_bars.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from model.boxes import cut
from model.colours import distance, written
from model.nano import tint
from model.nano.grammar import COLORMAPS, SMALL_INTEGERS
from model.nano.slots import SAME_COLOUR, parse_number
from model.nano.spec import LayerSpec, SeriesSpec
from model.records import Series
from training.retold_parts import MESHES
from training.retold_scene import Scene, Untold

_PERCENT = re.compile(r"^\d+(?:\.(\d+))? ?%$")
_EVEN = 0.03  # of a full turn: how far an angle may be from where even ones are


def pie(row: Series, scene: Scene) -> LayerSpec:
    shares = row.values.get("fraction", ())
    if not shares or sum(shares) < 0.99:
        raise Untold("its pie is not whole")
    percents = [match for box, _, _ in scene.texts if (match := _PERCENT.match(box.text.strip()))]
    texts = [(box.text, x, y) for box, x, y in scene.texts if not _PERCENT.match(box.text.strip())]
    names = [one for one in texts if parse_number(one[0]) is None]
    around = next((some for some in (texts, names) if len(some) == len(shares)), [])
    categories = scene.axes.legend if len(scene.axes.legend) == len(shares) else tuple(name for name, _, _ in around)
    colours = row.colours if len(row.colours) == len(shares) else ()
    words = [f"percent{min(2, len(percents[0][1] or ''))}"] if len(percents) >= 0.6 * len(shares) else []
    words += ["ring"] if _hollow(colours, scene) else []
    words += ["startangle90"] if _upwards(shares, colours, [(x, y) for _, x, y in around], scene) else []
    return LayerSpec("pie", (SeriesSpec(shares, colours=colours),), categories, words=scene.words("pie", words, ()))


def _hollow(colours: Sequence[str], scene: Scene) -> bool:
    """Whether the middle of the pie shows the ground."""
    x0, y0, x1, y1 = scene.frame.sides
    x, y, reach = (x0 + x1) / 2, (y0 + y1) / 2, 0.04 * min(x1 - x0, y1 - y0)
    patch = cut(scene.sight.pixels, (x - reach, y - reach, x + reach, y + reach))
    if not patch.size or not colours:
        return False
    middle = written(np.median(patch.reshape(-1, 3), axis=0))
    ground = written(tint.ground(scene.frame, scene.sight))
    return distance(middle, ground) < SAME_COLOUR and all(distance(middle, one) > SAME_COLOUR for one in colours)


def _upwards(
    shares: Sequence[float], colours: Sequence[str], around: Sequence[tuple[float, float]], scene: Scene
) -> bool:
    """Whether the first wedge begins at the top instead of at the right. Raises Untold where it begins elsewhere."""
    if around:
        middles = (np.cumsum(shares) - np.array(shares) / 2) * 2 * math.pi
        angles = np.array([math.atan2(y - 0.5, x - 0.5) for x, y in around])
        start = float(np.angle(np.exp(1j * (angles - middles)).mean())) % (2 * math.pi)
    elif colours:
        off = [_unlike(begin, shares, colours, scene) for begin in (0.0, math.pi / 2)]
        return off[1] < off[0]
    else:
        return False
    for begin, upwards in ((0.0, False), (math.pi / 2, True), (2 * math.pi, False)):
        if abs(start - begin) < 2 * math.pi * _EVEN:
            return upwards
    raise Untold("its pie begins neither at the right nor at the top, or goes round clockwise")


def _unlike(begin: float, shares: Sequence[float], colours: Sequence[str], scene: Scene) -> float:
    """How far the colours seen in the middle of wedges are from those of wedges that begin there."""
    x0, y0, x1, y1 = scene.frame.sides
    x, y, radius = (x0 + x1) / 2, (y0 + y1) / 2, 0.4 * min(x1 - x0, y1 - y0)
    total = 0.0
    for share, middle, colour in zip(shares, np.cumsum(shares) - np.array(shares) / 2, colours, strict=True):
        angle = begin + middle * 2 * math.pi
        place = (x + radius * math.cos(angle)) / scene.sight.slots.width, (y - radius * math.sin(angle))
        if seen := scene.colour_at(place[0], place[1] / scene.sight.slots.height):
            total += share * distance(seen, colour)
    return total


# ---- polar axes ------------------------------------------------------------------------------------------------------


def radar(rows: Sequence[Series], scene: Scene) -> LayerSpec:
    """Closed curves over even angles, filled or not."""
    strokes = [row for row in rows if row.kind == "plot"]
    fills = [row for row in rows if row.kind == "fill"]
    series = []
    for row in strokes or fills:
        angles, values = _closed(row)
        _even(angles)
        series.append(SeriesSpec(values, label=row.label, colours=row.colours[:1]))
    if len({len(one.y) for one in series}) > 1:
        raise Untold("its curves go round in different steps")
    words = (["filled"] if fills else []) + _turned(scene)
    return LayerSpec(
        "radar", tuple(series), _directions(len(series[0].y), scene), words=scene.words("radar", words, ())
    )


def _closed(row: Series) -> tuple[tuple[float, ...], tuple[float, ...]]:
    angles, values = row.values.get("x", ()), row.values.get("y", ())
    if len(angles) < 4 or len(angles) != len(values):
        raise Untold("it draws a curve on polar axes that does not go round")
    turn = abs(math.remainder(angles[-1] - angles[0], 2 * math.pi)) < 1e-3
    return (angles[:-1], values[:-1]) if turn else (angles, values)


def _even(angles: Sequence[float]) -> None:
    """Raises Untold for angles that are not even steps from 0 on."""
    even = np.linspace(0, 2 * math.pi, len(angles), endpoint=False)
    if np.abs(np.array(angles) - even).max() > 2 * math.pi * _EVEN:
        raise Untold("its angles do not go round in even steps")


def _directions(count: int, scene: Scene) -> tuple[str, ...]:
    """Names of the directions, where there is one for each."""
    labels = tuple(box.text for _, box in scene.axes.x_ticks)
    named = len(labels) == count and any(parse_number(label) is None and "°" not in label for label in labels)
    return labels if named else ("",) * count


def _turned(scene: Scene) -> list[str]:
    """Where the angles begin, by the labels around. Raises Untold where the language cannot say it."""
    x0, y0, x1, y1 = scene.axes.box
    seen = [
        (value, math.atan2((y0 + y1) / 2 - (box.y0 + box.y1) / 2, (box.x0 + box.x1) / 2 - (x0 + x1) / 2))
        for value, box in scene.axes.x_ticks
    ]
    if len(seen) < 3:
        return []
    for words, start in (([], 0.0), (["startangle90"], math.pi / 2)):
        if all(abs(math.remainder(angle - start - value, 2 * math.pi)) < 0.3 for value, angle in seen):
            return list(words)
    raise Untold("its angles begin neither at the right nor at the top, or go round clockwise")


def rose(rows: Sequence[Series], scene: Scene) -> LayerSpec:
    """Bars around a middle: one row, or rows that stand on each other."""
    series, below = [], np.zeros(len(rows[0].values.get("x", ())))
    for row in rows:
        angles, values, feet = (np.array(row.values.get(name, ())) for name in ("x", "height", "bottom"))
        if len(angles) != len(below):
            raise Untold("its bars go round in different steps")
        if np.abs(feet - below).max(initial=0.0) > 0.01 * max(1e-9, float(np.abs(values).max(initial=0.0))):
            raise Untold("its bars on polar axes neither begin in the middle nor stand on each other")
        _even(np.sort(angles % (2 * math.pi)).tolist())
        order = np.argsort(angles % (2 * math.pi))
        colours = tuple(np.array(row.colours)[order]) if len(row.colours) == len(order) else row.colours[:1]
        series.append(SeriesSpec(tuple(values[order].tolist()), label=row.label, colours=tuple(map(str, colours))))
        below = below + values
    widths = np.array([row.values.get("width", (0.0,)) for row in rows])
    if np.ptp(widths) > 0.1 * float(np.abs(widths).max()):
        raise Untold("its bars on polar axes are not of one width")
    share = float(np.median(widths)) * len(below) / (2 * math.pi)
    words = (["stacked"] if len(rows) > 1 else []) + (["narrow"] if share < 0.75 else []) + _turned(scene)
    return LayerSpec("rose", tuple(series), _directions(len(below), scene), words=scene.words("rose", words, ()))


# ---- cells ---------------------------------------------------------------------------------------------------------


def cells(row: Series, scene: Scene, bar: bool) -> LayerSpec:
    """A heat map; its values are read off the picture."""
    shape = [int(side) for side in row.values.get("shape", ())]
    if len(shape) < 2 or min(shape) < 1:
        raise Untold("its picture has no cells")
    rows, cols = shape[:2]
    if max(rows, cols) >= SMALL_INTEGERS:
        raise Untold(f"its cells are more than {SMALL_INTEGERS - 1} in a row")
    columns, lines = (_cell_names(scene, axis, count) for axis, count in (("x", cols), ("y", rows)))
    maps = [name for kind in MESHES for name in scene.facts.colours.get(kind, ())]
    written_in = len(scene.numbers()) >= 0.5 * rows * cols
    words = [*(["cells"] if written_in else []), *(["mesh"] if row.kind != "imshow" else [])]
    words += ["colorbar"] if bar else []
    named = [f"cmap:{maps[0]}"] if len(set(maps)) == 1 and maps[0] in COLORMAPS else []
    series = tuple(SeriesSpec((0.5,) * cols, label=name) for name in (lines or ("",) * rows))
    return LayerSpec("heat", series, columns, words=(*scene.words("heat", words, ()), *named))


def _cell_names(scene: Scene, axis: str, count: int) -> tuple[str, ...]:
    """Names of columns from the left, of rows from the top."""
    named = scene.axis(axis).named
    if len(named.at) != count:
        return ()
    return named.labels if axis == "x" else named.labels[::-1]
