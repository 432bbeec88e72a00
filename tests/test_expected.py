"""What decoding takes for granted of a picture, on sights made by hand: texts, series, colours, notes, printed numbers.

Each answer is as short as it can be, and one that says otherwise is believed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.layout import Entry, Frame, Layout
from model.nano import expected, measure, printed, tint
from model.nano.decode import decode
from model.nano.sight import Sight
from model.nano.slots import Slots
from model.nano.spec import FigureSpec
from model.nano.writer import write
from model.records import Paint, Region, TextBox

BLUE, ORANGE = "#1f77b4", "#ff7f0e"
TEXTS = ("Sales", "North", "South", "2019", "2020", "Year", "k$", "peak", "12.0k", "3")
PLACES = ((100, 5), (150, 20), (150, 32), (60, 190), (140, 190), (100, 196), (5, 100), (100, 60), (60, 70), (140, 150))
TITLE, NORTH, SOUTH, FIRST, SECOND, YEAR, UNIT, PEAK, TALL, LOW = range(10)


def _sight() -> Sight:
    """A picture of 200 x 200 px with one frame: two paints (orange paints more), a legend of two, texts all around."""
    boxes = tuple(TextBox(t, x - 8, y - 4, x + 8, y + 4) for t, (x, y) in zip(TEXTS, PLACES, strict=True))
    paints = (
        Paint(BLUE, 900, (Region(50, 80, 70, 180, 900),)),
        Paint(ORANGE, 2000, (Region(120, 80, 160, 180, 2000),)),
    )
    frame = Frame(
        20, 10, 180, 180, x_ticks=(FIRST, SECOND), title=(TITLE,), x_label=(YEAR,), y_label=(UNIT,),
        legend=(Entry(NORTH, 0), Entry(SOUTH, 1)), inside=(PEAK, TALL, LOW),
    )  # fmt: skip
    pixels = np.full((200, 200, 3), 255, np.uint8)
    for paint, region in ((BLUE, paints[0].regions[0]), (ORANGE, paints[1].regions[0])):
        colour = [int(paint[i : i + 2], 16) for i in (1, 3, 5)]
        pixels[int(region.y0) : int(region.y1), int(region.x0) : int(region.x1)] = colour
    return Sight(Slots(boxes, paints, 200, 200), Layout((frame,)), pixels)


def _decoded(program: str, sight: Sight | None = None) -> FigureSpec:
    spec = decode(f"<think><panel><f0><kind:bar><n2></think><prog><panel>{program}</prog>", sight or _sight())
    assert spec is not None
    return spec


def test_the_shortest_answer_has_the_texts_that_stand_there_and_the_legends_series() -> None:
    panel = _decoded("<kind:bar><cats><seen><ser><ser>").panels[0]
    assert (panel.title, panel.x.label, panel.y.label, panel.legend) == ("Sales", "Year", "k$", "upper right")
    layer = panel.layers[0]
    assert layer.categories == ("2019", "2020")
    assert [(one.label, one.colours) for one in layer.series] == [("North", (BLUE,)), ("South", (ORANGE,))]
    assert {note.text for note in panel.notes} == {"peak", "12.0k", "3"}


def test_an_answer_that_lost_itself_before_its_series_is_still_a_chart() -> None:
    """One word again and again, until it was cut off: the ticks are the categories, and one series is measured."""
    layer = _decoded("<kind:bar><cats>" + 200 * "<missing>").panels[0].layers[0]
    assert layer.categories == ("2019", "2020")
    assert [(one.label, len(one.y)) for one in layer.series] == [("North", 2)]


def test_a_series_in_the_colour_of_the_ground_is_not_seen() -> None:
    """The title of a legend told as white bars; with edges such bars are seen, and alone they are all there is."""
    sight = _sight()
    slots = replace(sight.slots, paints=(*sight.slots.paints, Paint("#fefefe", 9000)))
    white = replace(sight, slots=slots)
    first = (
        _decoded(f"<kind:bar><cats><seen><ser><c2><lab><s{PEAK}><ser><c0><lab><s{NORTH}>", white).panels[0].layers[0]
    )
    assert [one.label for one in first.series] == ["North"]
    edged = _decoded("<kind:bar><edge><cats><seen><ser><c2><ser><c0>", white).panels[0].layers[0]
    assert len(edged.series) == 2 and len(_decoded("<kind:bar><cats><seen><ser><c2>", white).panels[0].layers) == 1


def test_an_answer_that_says_otherwise_is_believed() -> None:
    panel = _decoded(
        f"<kind:bar><cats><seen><ser><c1><lab><s{SOUTH}><ser><lab><missing>"
        f"<title><missing><xlabel><s{UNIT}><legend><missing><notes><s{PEAK}>"
    ).panels[0]
    assert (panel.title, panel.x.label, panel.y.label, panel.legend) == ("", "k$", "k$", "")
    assert [one.label for one in panel.layers[0].series] == ["South", ""]
    assert panel.layers[0].series[0].colours == (ORANGE,)
    assert [note.text for note in panel.notes] == ["peak"]


def test_series_without_a_legend_wear_what_paints_most() -> None:
    sight = _sight()
    frame = replace(sight.layout.frames[0], legend=())
    spec = _decoded("<kind:bar><cats><seen><ser><ser>", Sight(sight.slots, Layout((frame,)), sight.pixels))
    assert [one.colours for one in spec.panels[0].layers[0].series] == [(ORANGE,), (BLUE,)]
    assert spec.panels[0].legend == ""


def test_nothing_is_expected_of_a_frame_that_was_not_named() -> None:
    spec = decode("<think><panel><kind:bar><n1></think><prog><panel><kind:bar><cats><s3><ser><c0></prog>", _sight())
    assert spec is not None and spec.panels[0].title == "" and spec.panels[0].legend == ""


def test_a_panel_stands_where_its_frame_does_unless_it_is_told() -> None:
    sight = _sight()
    frame = replace(sight.layout.frames[0], cell=(1, 1, 0, 0))
    grid = Sight(sight.slots, Layout((frame,), 2, 1), sight.pixels)
    assert _decoded("<kind:bar><cats><seen><ser>", grid).panels[0].cell == (1, 1, 0, 0)
    told = "<think><n1><n3><panel><n0><n0><n2><n2><f0><kind:bar><n1></think><prog><panel><kind:bar><cats><seen><ser>"
    spec = decode(told, grid)
    assert spec is not None and (spec.rows, spec.cols, spec.panels[0].cell) == (1, 3, (0, 0, 2, 2))


def test_notes_are_what_nothing_else_explains() -> None:
    sight = _sight()
    frame = sight.layout.frames[0]
    assert expected.notes(frame, ["bar"], [], {PEAK}, sight) == [TALL, LOW]
    assert expected.notes(frame, ["bar"], ["labels"], set(), sight) == [PEAK]
    assert expected.notes(frame, ["radar"], [], set(), sight) == []


@pytest.mark.parametrize(("text", "legible"), [("a", False), ("7", True), ("OK", True), ("●", False), ("+1", False)])
def test_a_mark_is_no_note(text: str, legible: bool) -> None:
    sight = _sight()
    boxes = list(sight.slots.texts)
    boxes[PEAK] = replace(boxes[PEAK], text=text)
    changed = Sight(replace(sight.slots, texts=tuple(boxes)), sight.layout, sight.pixels)
    assert (PEAK in expected.notes(sight.layout.frames[0], ["bar"], [], {TALL, LOW}, changed)) == legible


def test_numbers_on_bars_are_written_as_they_stand() -> None:
    """12,000 and 3 at the ends of their bars; what Python would write is "12000" and "3"."""
    sight = _sight()
    ends, at = [0.4, 0.8], [(0.3, 0.3), (0.7, 0.7)]
    values, texts = printed.labels([12100.0, 3.0], ends, at, False, sight.layout.frames[0], sight)
    assert values == (12000.0, 3.0) and texts == ("12.0k", "3")
    assert printed.labels([5000.0, 3.0], ends, at, False, sight.layout.frames[0], sight)[0][0] == 5000.0  # far from 12k
    beside = [(0.33, 0.37), (0.7, 0.7)]  # a thin bar next to the one that 12k stands on
    assert printed.labels([12100.0, 3.0], ends, beside, False, sight.layout.frames[0], sight)[0][0] == 12100.0
    spec = _decoded("<kind:bar><cats><seen><ser>")
    layer = replace(spec.panels[0].layers[0], words=("labels",))
    series = replace(layer.series[0], y=(12000.0, 3.0), written=("12.0k", "3"))
    panel = replace(spec.panels[0], layers=(replace(layer, series=(series,)),))
    assert 'bar_label(ax.containers[-1], labels=["12.0k", "3"])' in write(replace(spec, panels=(panel,)))


def test_a_see_through_colour_is_the_pure_one_by_hand() -> None:
    """0.6 of (0, 0, 200) on white is (102, 102, 222)."""
    assert tint.blended("#0000c8", 0.6, (255, 255, 255)) == "#6666de"
    assert tint.pure("#6666de", 0.6, (255, 255, 255)) == "#0000c8"
    assert tint.strength("bar", ("faint",)) == 0.6 and tint.strength("bar", ()) == 1.0
    assert tint.strength("area", ("faint",)) == 0.4 and tint.strength("violin", ()) == 0.7


def test_the_rims_of_a_band_are_found_around_its_line() -> None:
    """A line at row 100 with a pale band 12 rows up and 8 down."""
    sight = _sight()
    pixels = np.full((200, 200, 3), 255, np.uint8)
    pixels[88:109, 20:180] = [215, 228, 240]
    pixels[99:102, 20:180] = [31, 119, 180]
    frame = replace(sight.layout.frames[0], legend=(), inside=())
    bare = Sight(Slots((), sight.slots.paints, 200, 200), Layout((frame,)), pixels)
    found = measure.band_ends((0.3, 0.5, 0.7), (0.5, 0.5, 0.5), BLUE, frame, bare)
    assert found is not None
    assert np.allclose(found[0], 88 / 200, atol=0.011) and np.allclose(found[1], 109 / 200, atol=0.011)
    assert measure.band_ends((0.3, 0.5, 0.7), (0.2, 0.2, 0.2), BLUE, frame, bare) is None


def test_points_are_told_only_where_none_are_found() -> None:
    """Two blue dots of 8 x 8 px in an empty frame; the answer names one place somewhere else."""
    sight = _sight()
    pixels = np.full((200, 200, 3), 255, np.uint8)
    for x, y in ((60, 60), (120, 140)):
        pixels[y - 4 : y + 4, x - 4 : x + 4] = [31, 119, 180]
    dots = tuple(Region(x - 4, y - 4, x + 4, y + 4, 64) for x, y in ((60, 60), (120, 140)))
    slots = replace(sight.slots, texts=(), paints=(Paint(BLUE, 128, dots),))
    frame = Frame(20, 10, 180, 180)
    answer = "<think><panel><f0><kind:scatter><n1></think><prog><panel><kind:scatter><ser>{colour}<y><p100><p100>"

    def points(colour: str) -> int:
        spec = decode(answer.format(colour=colour), Sight(slots, Layout((frame,)), pixels))
        assert spec is not None
        return len(spec.panels[0].layers[0].series[0].y)

    assert points("<c0>") == 2
    assert points("<k48>") == 1  # nothing is of that red
