"""What stands in space, in tiles or in a field of arrows in a person's program, as a layer.

Leaves out: surfaces and contours, which the language makes of hills, and graphs: their facts hold neither.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.colours import rgb
from model.nano.slots import parse_number
from model.nano.spec import LayerSpec, SeriesSpec
from model.records import Series
from training.retold_scene import Scene, Untold

_SOLIDS = {"bar3d": ("bars3d", "dz"), "scatter": ("points3d", "z"), "plot": ("curve3d", "z")}


def solids(name: str, rows: Sequence[Series], scene: Scene) -> LayerSpec:
    """Bars, points or curves in space; colours of bars are shaded, and their brightest side comes nearest."""
    if name not in _SOLIDS:
        raise Untold(f"it draws by {name} in space, for which there are no words")
    kind, up = _SOLIDS[name]
    series = []
    for row in rows:
        x, y, hi = (np.atleast_1d(np.array(row.values.get(role, ()), float)) for role in ("x", "y", up))
        count = max(len(x), len(y), len(hi))
        if not count or {len(x), len(y), len(hi)} - {1, count} or not np.isfinite([*x, *y, *hi]).all():
            raise Untold("it draws in space without three numbers for each mark")
        x, y, hi = (np.broadcast_to(values, count).tolist() for values in (x, y, hi))
        colours = row.colours[:1] if kind != "bars3d" else tuple(sorted(row.colours, key=_light)[-1:])
        series.append(SeriesSpec(tuple(y), tuple(x), hi=tuple(hi), label=row.label, colours=colours))
    places = {x for one in series for x in one.x}
    named = scene.x.named.labels if kind == "bars3d" and len(scene.x.named.labels) == len(places) else ()
    words = scene.words(kind, (), [one.colours[0] for one in series if one.colours] if kind == "points3d" else ())
    return LayerSpec(kind, tuple(series), named, words=words)


def _light(colour: str) -> int:
    return sum(rgb(colour))


def upright_label(scene: Scene) -> str:
    """The label of the third axis, which facts have only as a text: the only one that is no number."""
    found = [box.text for box, _, _ in scene.texts if parse_number(box.text) is None]
    return found[0] if len(found) == 1 else ""


def tiles(rows: Sequence[Series], scene: Scene) -> LayerSpec:
    """A tree map; names of tiles may have two lines."""
    areas = rows[0].values.get("area", ())
    texts, count = [box.text for box, _, _ in scene.texts], len(areas)
    if len(rows) > 1 or not count or sum(areas) <= 0:
        raise Untold("its tiles are not of one tree map")
    names = texts if len(texts) == count else []
    if len(texts) == 2 * count:
        names = [f"{a}\n{b}" for a, b in zip(texts[::2], texts[1::2], strict=True)]
    colours = rows[0].colours if len(rows[0].colours) == count else ()
    shares = tuple(area / sum(areas) for area in areas)
    return LayerSpec("treemap", (SeriesSpec(shares, colours=colours),), tuple(names))


_PATTERNS = {
    "pattern:swirl": lambda x, y: (-y, x),
    "pattern:outward": lambda x, y: (x, y),
    "pattern:saddle": lambda x, y: (x, -y),
    "pattern:waves": lambda x, y: (np.cos(x), np.sin(y)),
}


def arrows(rows: Sequence[Series]) -> LayerSpec:
    """A field over a whole grid, in one of the patterns that the language knows."""
    x, y, u, v = (np.array(rows[0].values.get(role, ()), float) for role in ("x", "y", "u", "v"))
    if len(rows) > 1 or len(x) < 4 or not len(x) == len(y) == len(u) == len(v):
        raise Untold("its arrows are not one field over a grid")
    across, up = sorted(set(x.tolist())), sorted(set(y.tolist()))
    centred = x - (across[0] + across[-1]) / 2, y - (up[0] + up[-1]) / 2
    for name, field in _PATTERNS.items():
        wanted, found = np.array(field(*centred)).ravel(), np.array([u, v]).ravel()
        scale = float(wanted @ found) / max(float(wanted @ wanted), 1e-9)
        if scale > 0 and np.abs(found - scale * wanted).max() < 0.05 * np.abs(found).max():
            size = (float(len(across)), float(len(up)))
            ends = (across[0], across[-1]), (up[0], up[-1])
            series = SeriesSpec(ends[1], ends[0], hi=size, colours=rows[0].colours[:1])
            return LayerSpec("quiver", (series,), words=(name,))
    raise Untold("its arrows follow none of the patterns that the built-in model knows")
