"""Pictures without axes: graphs of nodes and edges (networkx), and treemaps (squarify)."""

from __future__ import annotations

from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec
from model.nano.writing.literals import call, number, numbers, text, texts


def graph(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    """Nodes are called by their names where these tell them apart, else by their numbers."""
    series, names = layer.series[0], layer.categories
    telling = bool(names) and all(names) and len(set(names)) == len(names)
    keys = [text(name) for name in names] if telling else [str(index) for index in range(len(series.y))]
    directed = "arrows" in layer.words
    lines = [f"pos = {_places(keys, series)}", f"graph = nx.{'DiGraph' if directed else 'Graph'}()"]
    lines += ["graph.add_nodes_from(pos)", f"graph.add_edges_from({_edges(keys, series)})"]
    colour = _colour(series)
    lines.append(_nx("nodes", ax, *colour, "node_size=600"))
    lines.append(_nx("edges", ax, *(["node_size=600"] if directed else [])))
    if any(names):
        lines.append(_nx("labels", ax, *([] if telling else [f"labels=dict(enumerate({texts(names)}))"])))
    return [*lines, call(ax, "set", "xlim=(0, 1)", "ylim=(0, 1)"), call(ax, "axis", text("off"))]


def _nx(part: str, ax: str, *options: str) -> str:
    return call("nx", f"draw_networkx_{part}", "graph", "pos", f"ax={ax}", *options)


def _places(keys: list[str], series: SeriesSpec) -> str:
    places = zip(keys, series.x, series.y, strict=True)
    return "{" + ", ".join(f"{key}: ({number(x)}, {number(y)})" for key, x, y in places) + "}"


def _edges(keys: list[str], series: SeriesSpec) -> str:
    pairs = zip(series.hi, series.lo, strict=True)
    return "[" + ", ".join(f"({keys[int(a)]}, {keys[int(b)]})" for a, b in pairs) + "]"


def _colour(series: SeriesSpec) -> list[str]:
    if 1 < len(series.colours) == len(series.y):
        return [f"node_color={texts(series.colours)}"]
    return [f"node_color={text(series.colours[0])}"] if series.colours else []


def treemap(layer: LayerSpec, _panel: PanelSpec, ax: str) -> list[str]:
    series = layer.series[0]
    options = [f"sizes={numbers(series.y)}"]
    options += [f"label={texts(layer.categories)}"] if layer.categories else []
    colours = series.colours or [
        f"C{index % 10}" for index in range(len(series.y))
    ]  # squarify's own are drawn by chance
    options.append(f"color={texts(colours)}")
    options += ['edgecolor="white"'] if "edge" in layer.words else []
    return [call("squarify", "plot", *options, f"ax={ax}"), call(ax, "axis", text("off"))]
