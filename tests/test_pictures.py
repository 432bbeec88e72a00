"""What is known of a picture: found once, kept apart for each picture, and forgotten with it."""

from __future__ import annotations

import gc

import numpy as np

from model import pictures
from model.pictures import remembered
from model.records import Pixels


def test_a_picture_is_asked_once_for_each_question() -> None:
    asked: list[int] = []

    @remembered
    def above(pixels: Pixels, limit: int) -> int:
        asked.append(limit)
        return int((pixels > limit).sum())

    one, other = np.full((2, 2, 3), 5, np.uint8), np.full((2, 2, 3), 5, np.uint8)
    assert [above(one, 4), above(one, 4), above(one, 5), above(one, 4)] == [12, 12, 0, 12]
    assert asked == [4, 5]
    assert above(other, 4) == 12 and asked == [4, 5, 4]  # as bright, and another picture


def test_what_is_known_goes_with_its_picture() -> None:
    @remembered
    def itself(pixels: Pixels) -> Pixels:
        return pixels

    @remembered
    def sum_of(pixels: Pixels) -> int:
        return int(pixels.sum())

    before = len(pictures._found)
    for value in range(50):
        picture = np.full((4, 4, 3), value, np.uint8)
        assert itself(picture) is picture and sum_of(picture) == sum_of(picture) == 48 * value
    del picture
    gc.collect()
    assert len(pictures._found) == before
