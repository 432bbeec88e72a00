"""Charts without axes: graphs of nodes and edges, treemaps.

Leaves out: weights on edges and sizes of nodes, which the language cannot say.
"""

from __future__ import annotations

import numpy as np

from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec
from training.synthesis.kinds_kit import Kit
from training.synthesis.kinds_round import shares


def graph(kit: Kit) -> PanelSpec:
    count = kit.count(4, 12 if kit.frame.crowd == 1 else 7)
    how = kit.weighted({"ring": 0.3, "levels": 0.25, "free": 0.45})
    places = {"ring": _ring, "levels": _levels, "free": _free}[how](kit, count)
    places = np.array((0.13, 0.1)) + np.array((0.74, 0.8)) * (places - places.min(axis=0)) / np.maximum(
        np.ptp(places, axis=0), 1e-9
    )
    edges = _edges(kit, places, tree=how == "levels")
    colours = kit.colours(count) if kit.chance(0.25) else kit.colours(1)
    names = kit.words.short_categories(count) if kit.chance(0.6) else [name[:8] for name in kit.categories(count, 8)]
    x, y = (tuple(round(float(value), 3) for value in axis) for axis in places.T)
    starts, ends = (tuple(float(edge[side]) for edge in edges) for side in (0, 1))
    series = SeriesSpec(y, x, hi=starts, lo=ends, colours=colours)
    shown = tuple(names) if kit.chance(0.93) else ()
    return PanelSpec((LayerSpec("graph", (series,), shown, words=tuple(kit.some(0.4, "arrows"))),))


def _ring(kit: Kit, count: int) -> np.ndarray:
    turns = 2 * np.pi * (np.arange(count) / count + kit.rng.random())
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


def _levels(_kit: Kit, count: int) -> np.ndarray:
    """A tree: each node's two children below it."""
    level = np.floor(np.log2(np.arange(count) + 1))
    within = (np.arange(count) + 1 - 2**level + 0.5) / 2**level
    return np.stack([within, -level], axis=1)


def _free(kit: Kit, count: int) -> np.ndarray:
    """Scattered, but apart from each other."""
    places = kit.rng.uniform(0, 1, (count, 2))
    for _ in range(60):
        gaps = places[:, None] - places[None]
        away = np.sqrt((gaps**2).sum(axis=2)) + np.eye(count)
        push = (gaps / away[..., None] ** 3).sum(axis=1)
        places = np.clip(places + 0.004 * push / np.maximum(1, np.abs(push) / 8), 0, 1)
    return np.asarray(places)


def _edges(kit: Kit, places: np.ndarray, tree: bool) -> list[tuple[int, int]]:
    """A tree of near nodes, and some edges more."""
    count = len(places)
    away = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    edges = {((node - 1) // 2 if tree else int(away[node, :node].argmin()), node) for node in range(1, count)}
    if not tree:
        near = sorted((float(away[a, b]), a, b) for a in range(count) for b in range(a + 1, count))
        wanted = kit.count(0, count)
        edges |= {(a, b) for _, a, b in near[: wanted + count // 2]}
    return sorted(edges)


def treemap(kit: Kit) -> PanelSpec:
    count = kit.count(3, 10 if kit.frame.crowd == 1 else 6)
    parts = tuple(sorted(shares(kit, count, 0.035), reverse=True))
    names = list(kit.categories(count, 14))
    if kit.chance(0.45):
        decimals = kit.pick((0, 1, 1))
        names = [f"{name}\n{share * 100:.{decimals}f}%" for name, share in zip(names, parts, strict=True)]
    series = SeriesSpec(parts, colours=kit.colours(count))
    return PanelSpec((LayerSpec("treemap", (series,), tuple(names)),))
