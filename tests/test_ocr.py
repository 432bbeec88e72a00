"""Reading text in pictures that matplotlib really drew, with the real networks."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from model.hints import read_hints
from model.ocr import TextReader, cleaned, in_reading_order, joined, parted
from model.records import Pixels, TextBox


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


@pytest.fixture(scope="module")
def chart() -> Iterator[tuple[Pixels, dict[str, tuple[float, float]]]]:
    """A bar chart of 500 x 350 pixels, and where the centres of some of its texts are."""
    matplotlib.rcdefaults()
    figure, ax = plt.subplots(figsize=(5, 3.5), dpi=100)
    ax.bar(["North", "South"], [3, 5], color="tab:orange")
    ax.set(title="Sales by region", ylabel="Revenue (k$)", yticks=[0, 1, 2, 3, 4, 5])
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    texts = [ax.title, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()]
    centres = {}
    for text in texts:
        box = text.get_window_extent(renderer)
        centres[text.get_text()] = ((box.x0 + box.x1) / 2, 350 - (box.y0 + box.y1) / 2)
    pixels = np.asarray(renderer.buffer_rgba())[..., :3].copy()
    plt.close(figure)
    yield pixels, centres


@pytest.fixture(scope="module")
def read(reader: TextReader, chart: tuple[Pixels, dict[str, tuple[float, float]]]) -> tuple[TextBox, ...]:
    return reader.read(chart[0])


def test_every_text_is_read_where_it_is(
    read: tuple[TextBox, ...], chart: tuple[Pixels, dict[str, tuple[float, float]]]
) -> None:
    found = {box.text: box for box in read}
    for text in ("Sales by region", "Revenue (k$)", "North", "South"):
        x, y = chart[1][text]
        box = found[text]
        assert ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) == pytest.approx((x, y), abs=4), text
        assert 0.5 <= box.confidence <= 1


def test_text_from_the_bottom_up_is_vertical(read: tuple[TextBox, ...]) -> None:
    assert [box.text for box in read if box.vertical] == ["Revenue (k$)"]


def test_lone_digits_are_read(read: tuple[TextBox, ...]) -> None:
    digits = [box.text for box in read if box.text in "012345"]
    assert len(digits) >= 5 and digits == sorted(digits, reverse=True)  # from the top down


def test_the_words_of_a_vertical_text_are_put_together_and_tick_labels_are_not() -> None:
    def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
        return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)

    unit, name = box(10, 100, 22, 118), box(11, 122, 23, 200)  # "(%)" above "Accuracy", read upwards
    ticks = [box(30, y, 44, y + 10) for y in (100, 114, 128)]
    far = box(10, 240, 22, 300)
    found = joined([name, *ticks, unit, far])
    assert sorted(one.min(axis=0).tolist() + one.max(axis=0).tolist() for one in found) == [
        [10, 100, 23, 200],
        [10, 240, 22, 300],
        [30, 100, 44, 110],
        [30, 114, 44, 124],
        [30, 128, 44, 138],
    ]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("\u2013 15.0%\u2013", "15.0%"),  # a grid line on both sides
        ("\u2014 13.0%", "13.0%"),
        ("\u58ec 12%", "12%"),  # an error bar
        ("\u2206Acc", "\u0394Acc"),
        ("-50", "-50"),
        ("a \u2013 b", "a \u2013 b"),
        ("\u56fe\u8868", "\u56fe\u8868"),
        ("\u2014", "\u2014"),
    ],
)
def test_lines_and_marks_beside_a_text_are_not_read(read: str, meant: str) -> None:
    assert cleaned(read) == meant


def test_a_blank_picture_holds_nothing(reader: TextReader) -> None:
    assert reader.read(np.full((120, 160, 3), 255, np.uint8)) == ()


def test_threads_take_turns(
    reader: TextReader, chart: tuple[Pixels, dict[str, tuple[float, float]]], read: tuple[TextBox, ...]
) -> None:
    found: list[tuple[TextBox, ...]] = []
    threads = [threading.Thread(target=lambda: found.append(reader.read(chart[0]))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [read, read]


def test_hints_hold_texts_and_colours(
    reader: TextReader, chart: tuple[Pixels, dict[str, tuple[float, float]]], read: tuple[TextBox, ...]
) -> None:
    hints = read_hints(chart[0], reader)
    assert hints.texts == read
    assert "#ff7f0e" in [paint.colour for paint in hints.paints]


def test_reading_order_is_by_lines_and_vertical_texts_stand_alone() -> None:
    boxes = [
        TextBox("right", 50, 11, 60, 21),
        TextBox("below", 0, 40, 10, 50),
        TextBox("left", 0, 10, 10, 20),
        TextBox("side", 0, 0, 5, 40, vertical=True),
    ]
    assert [box.text for box in in_reading_order(boxes)] == ["left", "right", "side", "below"]


def _line(*words: tuple[int, int]) -> np.ndarray:
    """A crop 20 px high with ink from column to column."""
    crop = np.full((20, 200, 3), 255, np.uint8)
    for start, stop in words:
        crop[4:16, start:stop] = 0
    return crop


def test_neighbours_that_were_taken_for_one_text_are_parted_at_the_wide_gap() -> None:
    """A box from 50 to 150, drawn twice as large: words at 10 to 60 and 100 to 150 of 200, a gap of two heights."""
    text = TextBox("May Jun", 50, 0, 150, 10)
    first, second = parted(text, _line((10, 60), (100, 150)))
    assert (first.text, first.x0, first.x1) == ("May", 55, 80)
    assert (second.text, second.x0, second.x1) == ("Jun", 100, 125)


def test_a_wide_gap_parts_the_words_beside_it_and_no_others() -> None:
    text = TextBox("New York Paris", 0, 0, 200, 20)
    told = parted(text, _line((0, 30), (36, 80), (120, 190)))
    assert [one.text for one in told] == ["New York", "Paris"]


def test_ordinary_spaces_part_nothing() -> None:
    text = TextBox("Mean temperature", 0, 0, 200, 20)
    assert parted(text, _line((0, 60), (67, 190))) == [text]
    assert parted(TextBox("a b", 0, 0, 200, 20), _line((0, 10), (60, 70), (120, 130))) == [
        TextBox("a b", 0, 0, 200, 20)
    ]
