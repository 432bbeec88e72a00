"""Answers held to the panels that are seen: panels made up, left out or told twice, and second axes nobody sees."""

from __future__ import annotations

import functools
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.nano.agreed import agreed
from model.nano.decode import decode
from model.nano.grammar import pieces
from model.nano.sight import Sight
from model.paint import paints
from model.records import Hints, TextBox

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.text import Text  # noqa: E402

BARS = "<kind:bar><cats><seen><ser>"
TWIN = "<kind:line><twin><cats><seen><ser>"


@functools.cache
def _sight(columns: int, twin: bool = False) -> Sight:
    """Bars in some panels side by side, each with ticks of its own."""
    drawn, axes = plt.subplots(1, columns, figsize=(4 * columns, 4), squeeze=False)
    for one in axes.flat:
        one.bar(["low", "mid", "high"], [3, 2, 4], color="#d62728")
    if twin:
        axes[0, 0].twinx().plot([10, 30, 20], color="#1f77b4")
    drawn.tight_layout()
    buffer = io.BytesIO()
    drawn.savefig(buffer, dpi=drawn.dpi)
    texts = [box for text in drawn.findobj(Text) if (box := _box(text, drawn)) is not None]
    plt.close(drawn)
    pixels = np.asarray(Image.open(buffer).convert("RGB"))
    return Sight.of(pixels, Hints(tuple(texts), paints(pixels, texts)))


def _box(text: Any, drawn: Any) -> TextBox | None:
    extent, height = text.get_window_extent(drawn.canvas.get_renderer()), drawn.bbox.height
    if not text.get_visible() or not text.get_text().strip() or not 0 < extent.y0 < height:
        return None
    return TextBox(text.get_text(), extent.x0, height - extent.y1, extent.x1, height - extent.y0)


def _cells(raw: str, sight: Sight) -> list[tuple[int, int, int, int]]:
    spec = decode(raw, sight)
    assert spec is not None
    assert (spec.rows, spec.cols) == (sight.layout.rows, sight.layout.cols)
    return [panel.cell for panel in spec.panels]


def test_an_answer_that_has_the_panels_stays_as_it_is() -> None:
    tokens = pieces(
        f"<think><panel><f0><kind:bar><n1><panel><f1><kind:bar><n1></think><prog><panel>{BARS}<panel>{BARS}</prog>"
    )
    assert agreed(tokens, _sight(2)) == tokens


def test_a_panel_that_was_told_twice_is_drawn_once() -> None:
    raw = (
        f"<think><panel><f0><kind:bar><n1><panel><f7><kind:bar><n1></think><prog><panel>{BARS}<title><s0>"
        f"<panel>{BARS}</prog>"
    )
    assert _cells(raw, _sight(1)) == [(0, 0, 0, 0)]
    spec = decode(raw, _sight(1))
    assert spec is not None and spec.panels[0].title  # what was told of the frame itself stays


def test_a_grid_that_nobody_sees_is_one_panel_without_its_texts() -> None:
    quarter = "<panel><n0><n0><n{0}><n{0}><frame><p{1}><p20><p{2}><p200><kind:bar><n1><f:cats><f:lin>"
    think = quarter.format(0, 20, 100) + quarter.format(1, 140, 240)
    panel = "<panel><kind:bar><cats><s2><s1><ser><y><p20><p30><title><s0>"
    spec = decode(f"<think><n1><n2>{think}</think><prog>{panel}{panel}</prog>", _sight(1))
    assert spec is not None
    (only,) = spec.panels
    assert only.cell == (0, 0, 0, 0) and only.title == "" and only.layers[0].categories == ("low", "mid", "high")
    assert only.layers[0].series[0].y == pytest.approx((3, 2, 4), abs=0.05)


def test_panels_that_were_left_out_are_drawn_like_the_one_that_was_told() -> None:
    raw = f"<think><n1><n1><panel><f1><kind:bar><n1></think><prog><panel>{BARS}</prog>"
    sight = _sight(3)
    assert _cells(raw, sight) == [(0, 0, 0, 0), (0, 0, 1, 1), (0, 0, 2, 2)]
    spec = decode(raw, sight)
    assert spec is not None
    for panel in spec.panels:
        assert panel.layers[0].series[0].y == pytest.approx((3, 2, 4), abs=0.05)


def test_half_an_answer_is_left_alone() -> None:
    tokens = pieces("<think><n1><n2><panel><f0><kind:bar>")
    assert agreed(tokens, _sight(1)) == tokens


@pytest.mark.parametrize(("twin", "layers"), [(False, 1), (True, 2)])
def test_a_second_axis_needs_ticks(twin: bool, layers: int) -> None:
    raw = f"<think><panel><f0><kind:bar><n1></think><prog><panel>{BARS}{TWIN}<grid><axis-y></prog>"
    spec = decode(raw, _sight(1, twin))
    assert spec is not None
    assert len(spec.panels[0].layers) == layers and spec.panels[0].grid == "y"
