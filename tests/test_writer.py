"""Every kind of chart and every word that the writer knows, drawn by the program it writes, in a real sandbox.

Leaves out: what a model's answer says (test_nano.py).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from model.nano import grammar
from model.nano.spec import AxisSpec, FigureSpec, LayerSpec, Note, PanelSpec, Rule, SeriesSpec
from model.nano.writer import write
from model.nano.writing.literals import number, numbers, text
from model.records import FigureFacts
from model.sandbox import Sandbox
from tests.sandboxes import LIMITS, ok
from training.synthesis.draw import draw

NAMES = ("tea", "milk", "water", "juice")
RED, BLUE, GREEN, GREY = COLOURS = ("#d62728", "#1f77b4", "#2ca02c", "#7f7f7f")
X = (1.0, 2.0, 3.0, 4.0)
ONE = SeriesSpec((3, 5, 2, 8), label="one", colours=(RED,))
TWO = SeriesSpec((1, 2, 4, 3), label="two", colours=(BLUE,))
SPREAD = replace(ONE, hi=(4, 6, 3, 9), lo=(2, 4, 1, 7))
FIVES = tuple(SeriesSpec(five, colours=(RED,)) for five in ((1, 2, 3, 4, 5), (2, 3, 3.5, 4, 8)))
HILLS = SeriesSpec((1,), (0.5,), (2,), (0.8,)), SeriesSpec((-1,), (-1,), (-1.5,), (1,))
FIELD = SeriesSpec((-3, 3), (0, 6), hi=(9, 7), colours=(GREEN,))
NODES = SeriesSpec((0.1, 0.9, 0.5), (0.1, 0.2, 0.9), hi=(0, 1), lo=(1, 2), colours=(GREY,))
SPACE = SeriesSpec((0, 1, 0, 1), (0, 0, 1, 1), hi=(3, 4, 2, 1), label="one", colours=(RED,))
MESH_AXES = AxisSpec(limits=(0, 10)), AxisSpec(limits=(0, 100))
PIE = LayerSpec("pie", (SeriesSpec((0.5, 0.3, 0.2, 0), colours=COLOURS),), NAMES, words=("percent1",))
NETWORK = {"draw_networkx_nodes": 1, "draw_networkx_edges": 1, "draw_networkx_labels": 1}


def along(kind: str, *words: str, series: tuple[SeriesSpec, ...] = (ONE, TWO)) -> LayerSpec:
    return LayerSpec(kind, series, x=X, words=words)


def named(kind: str, *words: str, series: tuple[SeriesSpec, ...] = (ONE, TWO)) -> LayerSpec:
    return LayerSpec(kind, series, NAMES, words=words)


def figure(*layers: LayerSpec, legend: str = "") -> FigureSpec:
    return FigureSpec((PanelSpec(layers, AxisSpec("x"), AxisSpec("y"), AxisSpec("right"), "Title", legend),))


LAYERS: dict[str, tuple[LayerSpec, dict[str, int]]] = {
    "bars": (named("bar", series=(ONE,)), {"bar": 1}),
    "bars side by side": (named("bar", "labels", "edge"), {"bar": 2}),
    "bars on top of each other": (named("bar", "stacked", "labels", "hatch"), {"bar": 2}),
    "bars with errors": (named("bar", "narrow", series=(SPREAD,)), {"bar": 1}),
    "bars at numbers": (along("bar", "wide", "faint"), {"bar": 2}),
    "lying bars": (named("bar", "horizontal"), {"barh": 2}),
    "lines": (along("line"), {"plot": 2}),
    "steps": (named("line", "step"), {"plot": 2}),
    "filled lines": (along("line", "filled"), {"plot": 2, "fill_between": 2}),
    "line in a band": (along("line", "band", series=(SPREAD,)), {"plot": 1, "fill_between": 1}),
    "stems": (along("line", "stem", series=(ONE,)), {"plot": 2, "vlines": 1}),
    "points": (along("scatter", "faint"), {"scatter": 2}),
    "areas": (along("area", "faint"), {"fill_between": 2}),
    "area between curves": (along("area", series=(replace(ONE, lo=TWO.y),)), {"fill_between": 1}),
    "stacked areas": (named("area", "stacked", "faint"), {"fill_between": 2}),
    "points with errors": (along("errorbar", series=(SPREAD,)), {"errorbar": 1}),
    "histograms": (LayerSpec("hist", (ONE, TWO), x=(0, 1, 2, 3, 4), words=("edge", "faint")), {"hist": 2}),
    "lying histogram": (LayerSpec("hist", (ONE,), x=(0, 1, 2, 3, 4), words=("horizontal",)), {"hist": 1}),
    "boxes": (LayerSpec("box", FIVES, NAMES[:2]), {"boxplot": 1}),
    "lying boxes": (LayerSpec("box", FIVES, words=("horizontal",)), {"boxplot": 1}),
    "violins": (LayerSpec("violin", FIVES, NAMES[:2]), {"violinplot": 1}),
    "lying violins": (LayerSpec("violin", FIVES, NAMES[:2], words=("horizontal",)), {"violinplot": 1}),
    "pie": (replace(PIE, words=("percent1", "startangle90")), {"pie": 1}),
    "ring": (replace(PIE, words=("ring",)), {"pie": 1}),
    "radar": (named("radar"), {"plot": 2}),
    "filled radar": (named("radar", "filled", "startangle90"), {"plot": 2, "fill": 2}),
    "rose": (named("rose", "edge", series=(replace(ONE, colours=COLOURS),)), {"bar": 1}),
    "rose side by side": (named("rose", "faint"), {"bar": 2}),
    "stacked rose": (named("rose", "stacked", "narrow"), {"bar": 2}),
    "cells": (named("heat", "cells", "colorbar", "cmap:Blues"), {"imshow": 1}),
    "mesh": (named("heat", "cells", "mesh", "colorbar"), {"pcolor": 1}),
    "contours": (LayerSpec("contour", HILLS, words=("labels", "cmap:RdBu")), {"contour": 1}),
    "filled contours": (LayerSpec("contour", HILLS, words=("filled", "colorbar")), {"contourf": 1}),
    "labelled areas": (LayerSpec("contour", HILLS, words=("filled", "labels")), {"contourf": 1, "contour": 1}),
    "swirl": (LayerSpec("quiver", (FIELD,), words=("pattern:swirl",)), {"quiver": 1}),
    "away from the centre": (LayerSpec("quiver", (FIELD,), words=("pattern:outward",)), {"quiver": 1}),
    "saddle": (LayerSpec("quiver", (FIELD,), words=("pattern:saddle",)), {"quiver": 1}),
    "waves": (LayerSpec("quiver", (FIELD,), words=("pattern:waves",)), {"quiver": 1}),
    "graph": (LayerSpec("graph", (NODES,), NAMES[:3]), NETWORK),
    "arrows between like names": (LayerSpec("graph", (NODES,), ("a", "a", ""), words=("arrows",)), NETWORK),
    "treemap": (LayerSpec("treemap", PIE.series, NAMES, words=("edge",)), {"plot": 1}),
    "surface": (LayerSpec("surface", HILLS, words=("colorbar", "cmap:magma")), {"plot_surface": 1}),
    "bars in space": (LayerSpec("bars3d", (SPACE,), ("one", "two")), {"bar3d": 1}),
    "points in space": (LayerSpec("points3d", (SPACE,), words=("faint",)), {"scatter": 1}),
    "curve in space": (LayerSpec("curve3d", (replace(SPACE, words=("line:dashed",)),)), {"plot": 1}),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS, workers=1) as pool:
        yield pool


def drawn(sandbox: Sandbox, spec: FigureSpec) -> FigureFacts:
    execution = ok(sandbox.run(write(spec)))
    assert execution.facts is not None and execution.stdout == ""
    return execution.facts


@pytest.mark.parametrize("name", LAYERS)
def test_every_kind_is_drawn_by_the_calls_that_people_use(sandbox: Sandbox, name: str) -> None:
    layer, types = LAYERS[name]
    facts = drawn(sandbox, figure(layer, legend="upper left"))
    assert facts.types == types
    assert facts.axes[0].title == "Title"
    solid, polar = layer.kind in ("surface", "bars3d", "points3d", "curve3d"), layer.kind in ("radar", "rose")
    assert facts.axes[0].projection == ("3d" if solid else "polar" if polar else "rectilinear")


def test_every_kind_of_the_language_is_here() -> None:
    assert {layer.kind for layer, _ in LAYERS.values()} == set(grammar.KINDS)


def test_a_second_axis_has_its_own_label_limits_and_scale_and_one_legend(sandbox: Sandbox) -> None:
    line = LayerSpec("line", (replace(TWO, y=(100, 300, 20, 500)),), NAMES, words=("twin",))
    right = AxisSpec("rate", (10, 1000), log=True)
    spec = FigureSpec((PanelSpec((named("bar"), line), right=right, legend="upper left", open_frame=True),))
    left, twin = drawn(sandbox, spec).axes
    assert (twin.y_label, twin.y_limits, twin.y_scale, left.y_scale) == ("rate", (10, 1000), "log", "linear")
    assert [label.text for _, label in left.x_ticks] == list(NAMES) and not twin.x_ticks
    assert twin.legend == ("one", "two", "two")
    assert twin.series[0].values["x"] == (0, 1, 2, 3)


def test_what_stands_in_and_around_a_panel(sandbox: Sandbox) -> None:
    rules = Rule("x", 2, GREY), Rule("y", 3, GREY, to=4), Rule("x", 1, GREY, to=1.5), Rule("y", 5, GREY, "dotted")
    axes = AxisSpec(bare=True), AxisSpec(limits=(0, 10), bare=True)
    panel = PanelSpec((along("line"),), *axes, rules=rules, notes=(Note("here", 0.5, 0.9),), grid="both")
    facts = drawn(sandbox, FigureSpec((panel,)))
    assert facts.types == {"plot": 2, "axvline": 1, "axhspan": 1, "axvspan": 1, "axhline": 1}
    assert facts.strings() == ("here",) and not facts.tick_texts


@pytest.mark.parametrize("place", grammar.LEGEND_PLACES)
def test_legends(place: str) -> None:
    for layer in (along("line"), named("radar"), PIE):
        names = NAMES if layer.kind == "pie" else ("one", "two")
        assert draw(write(figure(layer, legend=place))).facts.axes[0].legend == names
    apart = LayerSpec("violin", tuple(replace(one, label=label) for one, label in zip(FIVES * 2, "abab", strict=True)))
    assert draw(write(figure(apart, legend=place))).facts.axes[0].legend == ("a", "b")
    assert "legend" not in write(figure(LayerSpec("box", FIVES), legend=place))


def test_no_limits_where_a_logarithmic_axis_has_none() -> None:
    panel = PanelSpec((along("line"),), AxisSpec(limits=(0, 5), log=True), AxisSpec(limits=(2, 2)))
    assert "lim(" not in write(FigureSpec((panel,)))


def test_panels_of_all_sorts_in_one_grid(sandbox: Sandbox) -> None:
    cells = [(0, 0, 0, 0), (0, 0, 1, 1), (1, 1, 0, 0)]
    layers = named("radar"), LayerSpec("surface", HILLS), named("bar")
    panels = [PanelSpec((layer,), cell=cell) for layer, cell in zip(layers, cells, strict=True)]
    facts = drawn(sandbox, FigureSpec(tuple(panels), 2, 2, (8, 6), "All"))
    assert [axes.projection for axes in facts.axes] == ["polar", "3d", "rectilinear"]
    assert facts.layout == ((2, 2, 0, 0, 0, 0), (2, 2, 0, 0, 1, 1), (2, 2, 1, 1, 0, 0))  # nothing in the last cell
    wide = replace(panels[2], cell=(1, 1, 0, 1))
    assert drawn(sandbox, FigureSpec((*panels[:2], wide), 2, 2, (8, 6))).layout[-1][2:] == (1, 1, 0, 1)


def test_grids_of_one_sort_are_made_at_once() -> None:
    panels = tuple(PanelSpec((named("rose"),), cell=(0, 0, col, col)) for col in (0, 1))
    code = write(FigureSpec(panels, 1, 2))
    assert 'plt.subplots(1, 2, figsize=(6.4, 4.8), subplot_kw={"projection": "polar"}, squeeze=False)' in code
    assert write(figure(named("radar"))).count("plt.subplots(figsize=(6.4, 4.8), subplot_kw=") == 1


def test_an_inset_stands_where_it_was_seen(sandbox: Sandbox) -> None:
    box = (0.55, 0.2, 0.85, 0.5)
    inset = PanelSpec((named("radar"),), box=box, inset=True)
    main, upper = drawn(sandbox, replace(figure(along("line")), panels=(*figure(along("line")).panels, inset))).axes
    assert (main.projection, upper.projection) == ("rectilinear", "polar")
    x0, y0, x1, y1 = upper.box  # a circle in the middle of the box
    assert (x0 + x1) / 1280 == pytest.approx(0.7, abs=0.01) and (y0 + y1) / 960 == pytest.approx(0.35, abs=0.01)


def test_bubbles_hills_and_fields_by_hand() -> None:
    bubbles = write(figure(along("scatter", series=(replace(ONE, size=(0.5, 1, 0.25, 0.1)),))))
    assert "s=[300, 600, 150, 60]" in bubbles
    swirl = write(figure(LAYERS["swirl"][0]))
    assert "np.meshgrid(np.linspace(0, 6, 9), np.linspace(-3, 3, 7))" in swirl
    assert "ax.quiver(x, y, -y, x - 3, " in swirl
    hills = write(figure(LAYERS["contours"][0]))
    assert "np.meshgrid(np.linspace(-3, 3, 100), np.linspace(-3, 3, 100))" in hills
    assert "hills = [(0.5, 1, 2, 0.8), (-1, -1, -1.5, 1)]" in hills


def test_a_mesh_over_numbers_and_one_over_names() -> None:
    rows = SeriesSpec((1, 2)), SeriesSpec((3, 4))
    layer = LayerSpec("heat", rows, words=("mesh",))
    over_numbers = draw(write(FigureSpec((PanelSpec((layer,), *MESH_AXES),)))).facts.axes[0]
    assert (over_numbers.x_limits, over_numbers.y_limits) == ((0, 10), (0, 100))
    over_names = draw(write(figure(replace(layer, categories=("a", "b"))))).facts.axes[0]
    assert over_names.y_limits == (2, 0)  # the first row on top, as in an image


def test_violins_have_the_five_numbers_given() -> None:
    scope: dict[str, Any] = {}
    exec(write(figure(LayerSpec("violin", FIVES))), scope)
    plt.close("all")
    for sample, series in zip(scope["samples"], FIVES, strict=True):
        assert np.percentile(sample, (0, 25, 50, 75, 100)) == pytest.approx(series.y, abs=0.1)


def test_a_line_over_grouped_bars_stands_on_their_places() -> None:
    code = write(figure(named("bar"), named("line", series=(ONE,))))
    assert code.count("\nx = ") == 1 and code.count("set_xticks") == 1
    assert "ax.plot(x, [3, 5, 2, 8]" in code


def test_only_what_is_used_is_imported() -> None:
    assert "import" not in write(figure(named("bar", series=(ONE,)))).split("\n", 1)[1]
    assert "import networkx as nx" in write(figure(LAYERS["graph"][0]))
    assert "import squarify" in write(figure(LAYERS["treemap"][0]))


def test_numbers_and_texts_as_source() -> None:
    assert numbers((1.0, 0.25, -0.0, 1 / 3, float("nan"), float("inf"))) == "[1, 0.25, 0, 0.333333, 0, 0]"
    assert number(1e20) == "1e+20"
    assert text('a "b"\nü') == r'"a \"b\"\nü"'


def odd_layer(chance: random.Random) -> LayerSpec:
    def values() -> tuple[float, ...]:
        kind = chance.random()
        count = chance.choice((0, 1, 1, 2, 3, 5, 8))
        return tuple(
            0.0 if kind < 0.2 else chance.choice((chance.uniform(-9, 9), 1e6, float("nan"))) for _ in range(count)
        )

    def series() -> SeriesSpec:
        x, hi, lo, size = (values() if chance.random() < 0.6 else () for _ in range(4))
        colours = COLOURS[: chance.randrange(4)]
        return SeriesSpec(values(), x, hi, lo, size, chance.choice(("", "one")), colours)

    names = tuple(chance.choice(("", "a", "b", 'q"')) for _ in range(chance.choice((0, 2, 5))))
    words = tuple(chance.sample(grammar.LAYER_WORDS, chance.randrange(6)))
    rows = tuple(series() for _ in range(chance.randrange(4)))
    return LayerSpec(chance.choice(grammar.KINDS), rows, names, values(), words)


def test_any_spec_makes_a_program_that_runs() -> None:
    """Lists of any length, layers that do not go together, axes that can not be: mended, never a broken program."""
    chance = random.Random(5)
    for _ in range(120):
        layers = tuple(odd_layer(chance) for _ in range(chance.randrange(4)))
        log, limits = chance.random() < 0.3, chance.choice((None, (0, 1), (3, 3), (5, -5)))
        axis = AxisSpec("a", limits, log, bare=chance.random() < 0.2)
        panel = PanelSpec(layers, axis, axis, axis, "T", chance.choice(("", *grammar.LEGEND_PLACES)), "both")
        inset = replace(panel, inset=True, cell=(9, 9, 9, 9))
        draw(write(FigureSpec((panel, inset)[: chance.choice((1, 1, 2))], cols=chance.choice((1, 2)))))


def test_programs_are_short() -> None:
    """One call a series, as people write: none of these charts takes more than two dozen lines."""
    for layer, _ in LAYERS.values():
        lines = write(figure(layer, legend="best")).splitlines()
        assert len(lines) < 25, lines
        assert not any(first == second == "" for first, second in pairwise(lines))
