"""What stands around and on top of a panel's layers: title, legend, grid, limits, reference lines, notes.

Leaves out: the layers (kinds_*.py) and the looks that a spec does not hold (looks.py).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.nano import grammar
from model.nano.spec import LayerSpec, Note, PanelSpec, Rule
from training.synthesis.extents import extent, marks
from training.synthesis.kinds_kit import Kit

WITHOUT_AXES = ("pie", "graph", "treemap")
ROUND = ("pie", "radar", "rose")
SOLID = ("surface", "bars3d", "points3d", "curve3d")
_FULL = ("heat", "contour", "quiver")  # limits and grids are their own
_OWN_LABELS = ("heat", "contour", "surface", "graph", "treemap", "pie")  # not for a legend
_INNER = ("upper right", "upper left", "lower left", "lower right", "center right", "center left", "upper center",
          "lower center")  # fmt: skip


def dressed(kit: Kit, panel: PanelSpec, title: float = 0.6) -> PanelSpec:
    """The panel as it is shown; `title` is the share of panels that have one."""
    kind = panel.layers[0].kind
    panel = replace(panel, title=_title(kit, panel) if kit.chance(title) else "")
    if kind not in _OWN_LABELS:
        panel = _with_legend(kit, panel)
    if kind in WITHOUT_AXES or kind in ROUND or kind in SOLID:
        return panel
    if kind not in _FULL:
        panel = _scaled(kit, panel)
        grid = kit.pick(("both", "both", "y", "y", "x")) if kit.chance(0.42) else ""
        panel = replace(panel, grid=grid, open_frame=kit.chance(0.16), rules=_rules(kit, panel))
        panel = replace(panel, notes=panel.notes or (_notes(kit, panel) if kit.chance(0.11) else ()))
    return _bare(kit, panel) if kit.chance(0.03) else panel


def _title(kit: Kit, panel: PanelSpec) -> str:
    """No longer than the panel is wide: mostly broken in two where it would be, else shortened."""
    room = int(kit.frame.width * 9)
    own = panel.x.label != panel.y.label
    for _ in range(4):
        text = kit.talk.title(*((panel.x.label, panel.y.label) if own else ()))
        if max(map(len, text.split("\n"))) <= room:
            return text
    return text.split("\n")[0][:room].rsplit(" ", 1)[0]


# ---- legend --------------------------------------------------------------------------------------------------------


def _with_legend(kit: Kit, panel: PanelSpec) -> PanelSpec:
    names = [series.label for layer in panel.layers for series in layer.series if series.label]
    longest, width, height = max(map(len, names), default=0) * 0.1 + 0.5, kit.frame.width, kit.frame.height
    if not names or longest > 0.75 * width or 0.22 * len(names) > 0.8 * height or not kit.chance(0.94):
        return without_legend(panel)
    place = _place(kit, panel, names)
    panel = replace(panel, legend=place, title="" if place == "outside top" else panel.title)
    return replace(panel, x=replace(panel.x, label="")) if place == "outside bottom" else panel


def _place(kit: Kit, panel: PanelSpec, names: list[str]) -> str:
    """Mostly inside; outside where there is room: above in the place of a title, below in that of a label."""
    in_line = (sum(map(len, names)) * 0.1 + 0.6 * len(names)) < kit.frame.width * min(1.0, 4 / len(names))
    if panel.layers[0].kind in ROUND:
        return kit.pick(("upper right", "outside right", "best", "lower right", *("outside right",) * 4))
    crowded = 0.22 * len(names) > 0.45 * kit.frame.height or max(map(len, names)) * 0.1 + 0.5 > 0.55 * kit.frame.width
    if crowded and kit.frame.width > 3 and kit.chance(0.6) and not _twin(panel):
        return "outside right"
    how = kit.weighted({"best": 0.45, "inside": 0.32, "right": 0.13, "top": 0.05, "bottom": 0.05})
    if how == "inside":
        return kit.pick((*_INNER[:4], *_INNER[:4], *_INNER))
    if how == "right" and max(map(len, names)) * 0.1 < 0.45 * kit.frame.width:
        return "outside right" if not _twin(panel) else "best"
    return f"outside {how}" if how in ("top", "bottom") and in_line else "best"


def _twin(panel: PanelSpec) -> bool:
    return any("twin" in layer.words for layer in panel.layers)


def without_legend(panel: PanelSpec) -> PanelSpec:
    """Without a legend nothing on the picture names a series, so the spec must not either."""
    return replace(panel, legend="", layers=tuple(map(_unlabelled, panel.layers)))


def _unlabelled(layer: LayerSpec) -> LayerSpec:
    if layer.kind in _OWN_LABELS:
        return layer
    return replace(layer, series=tuple(replace(one, label="") for one in layer.series))


# ---- axes ----------------------------------------------------------------------------------------------------------


def _bare(kit: Kit, panel: PanelSpec) -> PanelSpec:
    which = kit.pick(("x", "y", "both"))
    x = replace(panel.x, bare=which != "y")
    return replace(panel, x=x, y=replace(panel.y, bare=which != "x"))


def _scaled(kit: Kit, panel: PanelSpec) -> PanelSpec:
    """Limits now and then, rounder and wider than the data."""
    if panel.legend in _INNER or panel.legend == "best":
        panel = _with_headroom(kit, panel)
    x = replace(panel.x, limits=_limits(kit, panel, "x")) if kit.chance(0.12) and not panel.x.limits else panel.x
    if panel.y.limits:
        return replace(panel, x=x)
    y = replace(panel.y, limits=_limits(kit, panel, "y")) if kit.chance(0.18) else panel.y
    return replace(panel, x=x, y=y)


def _with_headroom(kit: Kit, panel: PanelSpec) -> PanelSpec:
    """Room for the legend above what fills the panel from below."""
    layer, reach = panel.layers[0], extent(panel, "y")
    if layer.kind not in ("bar", "area", "hist") or "horizontal" in layer.words or reach is None or panel.y.log:
        return panel
    if reach[0] < 0 or reach[1] <= 0 or not kit.chance(0.45):
        return panel
    top = float(f"{reach[1] * kit.pick((1.15, 1.25, 1.35, 1.5)):.2g}")
    return replace(panel, y=replace(panel.y, limits=(0.0, top)))


def _limits(kit: Kit, panel: PanelSpec, axis: str) -> tuple[float, float] | None:
    found = extent(panel, axis)
    if found is None or found[1] <= found[0]:
        return None
    low, high = found
    if (panel.x if axis == "x" else panel.y).log:
        return 10.0 ** np.floor(np.log10(low) - 0.01), 10.0 ** np.ceil(np.log10(high) + 0.01)
    wide = kit.pick((0.05, 0.1, 0.2, 0.4)) * (high - low)
    step = 10.0 ** np.floor(np.log10((high - low) / 2)) * kit.pick((0.5, 1, 1, 2))
    bottom = np.floor((low - wide * (low != 0) * 0.7) / step) * step
    ends = (max(0.0, bottom) if low >= 0 else bottom), np.ceil((high + wide * (high != 0)) / step) * step
    first, last = (float(f"{end:.6g}") for end in ends)
    return (first, last) if first < last else None


# ---- on top --------------------------------------------------------------------------------------------------------


def _rules(kit: Kit, panel: PanelSpec) -> tuple[Rule, ...]:
    if not kit.chance(0.14):
        return ()
    return tuple(rule for _ in range(kit.count(1, 2)) if (rule := _rule(kit, panel)) is not None)


def _rule(kit: Kit, panel: PanelSpec) -> Rule | None:
    """A line at a mean, a limit or zero, or a tinted span."""
    axis = kit.pick(("x", "y", "y"))
    found = extent(panel, axis)
    if found is None or found[1] <= found[0]:
        return None
    low, high = found
    level = float(f"{low + (high - low) * kit.rng.uniform(0.15, 0.9):.2g}")
    level = 0.0 if low < 0 < high and kit.chance(0.5) else min(max(level, low), high)
    if kit.chance(0.3):
        end = min(high, level + (high - low) * kit.rng.uniform(0.06, 0.3))
        start, end = float(f"{level:.3g}"), float(f"{end:.3g}")
        if end > start:
            return Rule(
                axis, start, kit.pick(("#808080", "#ffff00", "#ff0000", "#008000", "#ffa500", "#add8e6")), to=end
            )
    dark = ("#ffffff", "#ff6060") if kit.frame.dark else ("#808080", "#000000", "#ff0000")
    style = kit.pick(("dashed", "dashed", "dashed", *grammar.LINE_STYLES))
    return Rule(axis, level, kit.pick((*dark, "#ff0000", kit.colours(3)[2])), style)


def _notes(kit: Kit, panel: PanelSpec) -> tuple[Note, ...]:
    """Short texts where nothing is drawn, each away from the others."""
    taken = marks(panel)
    if taken is None:
        return ()
    corner = _corner(panel.legend)
    notes: list[Note] = []
    for _ in range(kit.count(1, 3)):
        text = kit.talk.note()
        reach = min(0.3, len(text) * 0.045 / kit.frame.width + 0.02)
        places = [(x, y) for x in np.linspace(reach + 0.03, 0.97 - reach, 6) for y in (0.08, 0.2, 0.5, 0.7, 0.82, 0.93)]
        away = [_distance(place, taken, corner, reach) for place in places]
        best = int(np.argmax(np.array(away) + kit.rng.uniform(0, 0.05, len(away))))
        if away[best] < 0.06 or any(note.text == text for note in notes):
            continue
        x, y = places[best]
        notes.append(Note(text, round(float(x), 3), y))
        beside = [(x + share * reach, y) for share in (-1, 0, 1)]
        taken = np.concatenate([taken, np.array(beside)])
    return tuple(notes)


def _corner(legend: str) -> tuple[float, float] | None:
    if not legend or legend.startswith("outside"):
        return None
    up = 0.15 if "lower" in legend else 0.5 if "center " in legend else 0.85
    across = 0.2 if "left" in legend else 0.5 if legend in ("upper center", "lower center") else 0.8
    return across, up


def _distance(place: tuple[float, float], taken: np.ndarray, corner: tuple[float, float] | None, reach: float) -> float:
    """How far a text at the place keeps from what is drawn and from the legend."""
    aside = np.maximum(np.abs(taken[:, 0] - place[0]) - reach, 0)
    away = float(np.hypot(aside, taken[:, 1] - place[1]).min()) if len(taken) else 1.0
    if corner is not None and abs(corner[0] - place[0]) < 0.25 + reach and abs(corner[1] - place[1]) < 0.3:
        return 0.0
    return away
