"""Facts of real figures of every usual kind of chart, read in this process, and the JSON that carries them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import matplotlib
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
import squarify

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.container import BarContainer

from model.records import FigureFacts, Series
from model.sandbox import facts
from model.sandbox.wire import facts_from_json, reference_from_json

FRAME = pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 3, 1, 5], "c": list("xyxy")})


@pytest.fixture(autouse=True)
def trace() -> Iterator[facts.Trace]:
    plt.close("all")
    matplotlib.rcdefaults()
    matplotlib.use("Agg")
    yield facts.install()
    plt.close("all")


def read(trace: facts.Trace) -> FigureFacts:
    """Draw the current figure and take its facts over the wire."""
    trace.final = plt.gcf()
    trace.final.canvas.draw()
    return facts_from_json(json.loads(json.dumps(facts.collect(trace), allow_nan=False)))


def only_series(found: FigureFacts) -> Series:
    (series,) = (series for axes in found.axes for series in axes.series)
    return series


def test_bars_with_title_labels_legend_and_ticks(trace: facts.Trace) -> None:
    _, ax = plt.subplots()
    ax.bar(["a", "b"], [1, 2], color="#FF0000", label="first")
    ax.set(title="Two\nlines", xlabel="name", ylabel="count")
    ax.legend()
    ax.grid(True)
    found = read(trace)
    assert (found.width_px, found.height_px) == (640, 480)
    assert sorted(found.strings()) == ["Two", "count", "first", "lines", "name"]
    assert [box.text for box in found.tick_texts][:2] == ["a", "b"]
    assert found.types == {"bar": 1}
    assert found.colours == {"bar": ("#ff0000",)}
    assert found.layout == ((1, 1, 0, 0, 0, 0),)
    (axes,) = found.axes
    assert axes.title == "Two\nlines" and axes.legend == ("first",) and axes.grid
    assert [(value, box.text) for value, box in axes.x_ticks] == [(0.0, "a"), (1.0, "b")]
    series = only_series(found)
    assert (series.kind, series.label, series.colours) == ("bar", "first", ("#ff0000",))
    assert series.values["x"] == (0, 1) and series.values["height"] == (1, 2)
    assert series.values["width"] == (0.8, 0.8) and series.values["bottom"] == (0, 0)


def test_boxes_have_their_origin_at_the_top_left(trace: facts.Trace) -> None:
    figure = plt.figure(figsize=(4, 2), dpi=100)
    figure.text(0.5, 0.9, "top", ha="center", va="center")
    figure.text(0.1, 0.5, "side", ha="center", va="center", rotation=90)
    top, side = read(trace).texts
    assert not top.vertical and side.vertical
    assert (top.x0 + top.x1) / 2 == pytest.approx(200, abs=2) and (top.y0 + top.y1) / 2 == pytest.approx(20, abs=2)
    assert (side.x0 + side.x1) / 2 == pytest.approx(40, abs=2) and (side.y0 + side.y1) / 2 == pytest.approx(100, abs=2)
    assert side.y1 - side.y0 > side.x1 - side.x0


def test_an_annotation_is_as_large_as_its_text(trace: facts.Trace) -> None:
    _, ax = plt.subplots()
    ax.annotate("here", (0, 0), (0.9, 0.9), arrowprops={"arrowstyle": "->"})
    (box,) = read(trace).texts
    assert box.x1 - box.x0 < 60 and box.y1 - box.y0 < 30


def test_invisible_and_empty_texts_do_not_count(trace: facts.Trace) -> None:
    _, ax = plt.subplots()
    ax.text(0.5, 0.5, "hidden", visible=False)
    ax.text(0.5, 0.5, "")
    ax.text(np.nan, 0.5, "nowhere")
    ax.set_axis_off()
    ax.set_xlabel("of an axis that is off")
    found = read(trace)
    assert found.texts == () and found.tick_texts == ()


def test_minor_tick_labels_stay_in_texts_as_in_published_logs(trace: facts.Trace) -> None:
    _, ax = plt.subplots()
    ax.semilogy([1, 2], [2.5, 4.5])
    found = read(trace)
    assert "$\\mathdefault{3\\times10^{0}}$" in found.strings()
    assert found.axes[0].y_scale == "log"


def test_only_the_outermost_call_counts(trace: facts.Trace) -> None:
    _, ax = plt.subplots()
    ax.barh(["a"], [3])
    ax.errorbar([0, 1], [1, 2], yerr=0.5)
    ax.hist([1, 1, 2], bins=2)
    found = read(trace)
    assert found.types == {"barh": 1, "errorbar": 1, "hist": 1}
    assert set(found.colours) == {"bar", "_makeline", "vlines", "hist"}


def test_a_failing_call_leaves_the_next_one_visible(trace: facts.Trace) -> None:
    _, ax = plt.subplots()
    with pytest.raises(ValueError):
        ax.bar([1, 2, 3], [1, 2])
    ax.plot([1, 2])
    assert read(trace).types == {"bar": 1, "plot": 1}


def test_wrapping_returns_what_the_function_returns(trace: facts.Trace) -> None:
    _, ax = plt.subplots()
    counts, edges, patches = ax.hist([1, 1, 2], bins=2)
    assert list(counts) == [2, 1] and list(edges) == [1, 1.5, 2]
    assert isinstance(patches, BarContainer) and len(patches) == 2
    assert ax.plot.__name__ == "plot" and "Plot y versus x" in (ax.plot.__doc__ or "")


def test_colours_are_read_again_at_the_end(trace: facts.Trace) -> None:
    (line,) = plt.plot([1, 2])
    line.set_color("lime")
    found = read(trace)
    assert found.colours == {"_makeline": ("#00ff00",)}
    assert only_series(found).colours == ("#00ff00",)


def test_removed_artists_leave_no_series(trace: facts.Trace) -> None:
    plt.plot([1, 2])[0].remove()
    assert read(trace).axes[0].series == ()


def test_lines_keep_nan_as_a_gap_and_are_thinned(trace: facts.Trace) -> None:
    plt.plot([0, 1, 2], [1, np.nan, 3])
    plt.plot(np.arange(1000), np.arange(1000))
    gap, long = read(trace).axes[0].series
    assert gap.values["y"][0] == 1 and math.isnan(gap.values["y"][1])
    assert len(long.values["x"]) == 200 and long.values["x"][0] == 0 and long.values["x"][-1] == 999


def test_grouped_and_stacked_bars(trace: facts.Trace) -> None:
    _, (left, right) = plt.subplots(1, 2)
    left.bar([0.8, 1.8], [1, 2], 0.4)
    left.bar([1.2, 2.2], [3, 4], 0.4)
    right.bar([0, 1], [1, 2])
    right.bar([0, 1], [5, 6], bottom=[1, 2])
    found = read(trace)
    assert found.layout == ((1, 2, 0, 0, 0, 0), (1, 2, 0, 0, 1, 1))
    assert found.axes[0].series[1].values["x"] == (1.2, 2.2)
    assert found.axes[1].series[1].values["bottom"] == (1, 2)


def test_pie_scatter_area_and_error_bars(trace: facts.Trace) -> None:
    _, axes = plt.subplots(2, 2)
    axes[0, 0].pie([1, 3], labels=["u", "v"])
    axes[0, 1].scatter([1, 2], [3, 4], s=[10, 20], c=[5, 6], cmap="plasma")
    axes[1, 0].fill_between([0, 1, 2], [1, 2, 3], [0, 0, 1])
    axes[1, 1].errorbar([1, 2], [3, 4], yerr=[[0.1, 0.2], [0.3, 0.4]], label="e")
    found = read(trace)
    pie, scatter, area, bars = (axes.series[0] for axes in found.axes)
    assert pie.values["fraction"] == (0.25, 0.75)
    assert scatter.values == {"x": (1, 2), "y": (3, 4), "size": (10, 20), "c": (5, 6)}
    assert area.values == {"x": (0, 1, 2), "y1": (1, 2, 3), "y2": (0, 0, 1)}
    assert bars.label == "e"
    assert bars.values["y_low"] == (2.9, 3.8) and bars.values["y_high"] == (3.3, 4.4)
    assert found.colours["scatter"] == ("plasma",)


def test_histogram_box_violin_and_stem(trace: facts.Trace) -> None:
    _, axes = plt.subplots(2, 2)
    axes[0, 0].hist([1, 1, 2, 4], bins=[0, 2, 4])
    axes[0, 1].boxplot([[1, 2, 3, 4, 5]], patch_artist=True)
    axes[1, 0].violinplot([[1, 2, 6]])
    axes[1, 1].stem([1, 2], [3, 4])
    histogram, box, violin, stem = (axes.series[0] for axes in read(trace).axes)
    assert histogram.values == {"count": (2, 2), "edge": (0, 2, 4)}
    assert box.values == {"low": (1,), "q1": (2,), "median": (3,), "q3": (4,), "high": (5,)}
    assert violin.values == {"low": (1,), "median": (2,), "high": (6,)}
    assert stem.kind == "stem" and stem.values["y"] == (3, 4)


def test_images_meshes_and_contours(trace: facts.Trace) -> None:
    _, axes = plt.subplots(1, 3)
    axes[0].imshow([[1, 2], [3, 4]], cmap="coolwarm")
    axes[1].pcolormesh([[1, 2], [3, 4]])
    axes[2].contour([[0, 1], [2, 3]], levels=[1, 2], colors="k")
    found = read(trace)
    image, mesh, contour = (axes.series[0] for axes in found.axes)
    assert image.values == {"shape": (2, 2), "z": (1, 2, 3, 4)} == mesh.values
    assert contour.values == {"level": (1, 2)}
    assert found.colours == {"imshow": ("coolwarm",), "pcolormesh": ("viridis",), "contour": ("from_list",)}


@pytest.mark.parametrize(
    ("orientation", "parent", "bar"),
    [
        ("vertical", (1, 2, 0, 0, 0, 0), (3, 1, 1, 1, 0, 0)),
        ("horizontal", (2, 1, 0, 0, 0, 0), (1, 3, 0, 0, 1, 1)),
    ],
)
def test_a_colour_bar_has_the_cell_of_published_logs(
    trace: facts.Trace, orientation: str, parent: tuple[int, ...], bar: tuple[int, ...]
) -> None:
    plt.colorbar(plt.imshow([[1, 2]]), orientation=orientation)
    found = read(trace)
    assert found.layout == (parent, bar)
    assert found.types == {"imshow": 1}


def test_rules_and_spans(trace: facts.Trace) -> None:
    _, ax = plt.subplots()
    ax.axhline(3)
    ax.axvspan(1, 1.5)
    ax.hlines([3, 4], 1, 2)
    assert [series.values for series in read(trace).axes[0].series] == [
        {"y": (3,)},
        {"x": (1, 1.5)},
        {"y": (3, 4), "x1": (1, 1), "x2": (2, 2)},
    ]


def test_polar_axes_have_group_names_of_their_own(trace: facts.Trace) -> None:
    ax = plt.subplot(projection="polar")
    ax.plot([0, 1], [1, 2])
    ax.scatter([0], [1])
    ax.fill([0, 1, 2], [1, 2, 1])
    found = read(trace)
    assert found.types == {"plot": 1, "scatter": 1, "fill": 1}
    assert set(found.colours) == {"plot_polar_polar", "scatter_polar_polar", "fill"}
    assert found.axes[0].projection == "polar"


def test_solid_axes_keep_their_z_labels_in_texts(trace: facts.Trace) -> None:
    ax = plt.subplot(projection="3d")
    ax.plot([0, 1], [1, 2], [3, 4])
    ax.plot_surface(*np.meshgrid([0, 1], [0, 1]), np.eye(2), cmap="viridis")
    ax.set_zlabel("up")
    found = read(trace)
    assert "up" in found.strings() and "2.0" in found.strings()
    assert found.colours == {"plot_3d_3d": ("#1f77b4",), "plot_surface_3d_3d": ("viridis",)}
    assert found.axes[0].series[0].values == {"x": (0, 1), "y": (1, 2), "z": (3, 4)}


def test_seaborn_is_seen_through_what_it_calls(trace: facts.Trace) -> None:
    _, axes = plt.subplots(1, 2)
    sns.heatmap(FRAME[["a", "b"]], annot=True, ax=axes[0])
    sns.boxplot(FRAME, x="c", y="a", ax=axes[1])
    found = read(trace)
    assert found.types["pcolormesh"] == 1 and "boxplot" not in found.types
    assert found.axes[0].series[0].values["shape"] == (4, 2)
    assert found.axes[1].series[0].kind == "boxplot"
    assert found.strings().count("5") == 1


def test_graphs_and_tree_maps(trace: facts.Trace) -> None:
    nx.draw_networkx(nx.path_graph(3), node_color="coral")
    found = read(trace)
    assert found.types == {"draw_networkx_nodes": 1, "draw_networkx_edges": 1, "draw_networkx_labels": 1}
    assert found.colours["draw_networkx_nodes"] == ("#ff7f50",)
    plt.close("all")
    trace = facts.install()
    squarify.plot([3, 1], color=["r", "g"])
    found = read(trace)
    assert found.types == {"plot": 1} and found.colours == {"plot_squarify": ("#ff0000", "#008000")}
    assert only_series(found).values["area"] == (7500, 2500)


def test_every_figure_is_kept(trace: facts.Trace) -> None:
    plt.figure()
    plt.close("all")
    plt.figure()
    assert len(trace.figures) == 2


@pytest.mark.parametrize("document", [None, [], {}, {"width_px": 1}, "x"])
def test_what_is_not_facts_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="not the facts of a figure"):
        facts_from_json(document)


def test_forged_facts_are_cut_to_size(trace: facts.Trace) -> None:
    plt.bar(["a"], [1])
    trace.final = plt.gcf()
    trace.final.canvas.draw()
    forged = facts.collect(trace)
    forged["width_px"] = 0
    forged["texts"] = [["\ud800" * 5000, math.inf, math.nan, None, -math.inf, 1]] * 5000
    forged["types"] = {"bar": 10**12, "plot": -5}
    forged["colours"] = {f"group {i}": [f"#{j:06x}" for j in range(5000)] for i in range(500)}
    found = facts_from_json(forged)
    assert found.width_px == 1 and len(found.texts) == 600
    assert found.texts[0].text == "?" * 1000 and found.texts[0].x0 == found.texts[0].y0 == 0
    assert found.types == {"bar": 10_000, "plot": 0}
    assert len(found.colours) == 60 and len(found.colours["group 0"]) == 200


def test_reference_facts_of_the_evaluation_format() -> None:
    found = reference_from_json(
        {"texts": ["a"], "layout": [[1, 1, 0, 0, 0, 0]], "types": {"bar": 2}, "colours": {"bar": ["#1F77B4", "hot"]}}
    )
    assert found.strings() == ("a",) and found.layout == ((1, 1, 0, 0, 0, 0),)
    assert found.types == {"bar": 2} and found.colours == {"bar": ("#1f77b4", "hot")}
    with pytest.raises(ValueError, match="texts"):
        reference_from_json({"layout": []})
