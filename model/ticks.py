"""Which texts are tick labels of a box: the row below or above it, the column left or right of it.

Texts are given by their indices, measures are in pixels. Leaves out all other roles (model/roles.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from model.boxes import Box, middle
from model.legends import is_number, is_turned
from model.records import TextBox

MOST_LETTER_PX = 24.0  # the size of a slanted text cannot be told from its box
FAR = 2.5  # text sizes that tick labels may be away from their axis


class Lettering:
    """The texts of a picture and their measures."""

    def __init__(self, texts: Sequence[TextBox]) -> None:
        self.texts = texts
        self.boxes: list[Box] = [(text.x0, text.y0, text.x1, text.y1) for text in texts]
        self.middles = [middle(box) for box in self.boxes]
        self.sizes = [self._size(text) for text in texts]

    @staticmethod
    def _size(text: TextBox) -> float:
        """The height of a text's letters in pixels."""
        if text.vertical:
            return max(text.x1 - text.x0, 4.0)
        height = text.y1 - text.y0
        return max(min(height, MOST_LETTER_PX) if is_turned(text) else height, 4.0)

    def slanted(self, i: int) -> bool:
        return is_turned(self.texts[i]) and not self.texts[i].vertical

    def numbers(self, chosen: Iterable[int]) -> int:
        """How many of some texts are numbers."""
        return sum(is_number(self.texts[i].text) for i in chosen)

    def follow(self, one: int, other: int) -> bool:
        """Whether two texts are neighbouring lines of one text."""
        a, b = self.texts[one], self.texts[other]
        sizes = sorted((self.sizes[one], self.sizes[other]))
        gap = max(a.y0, b.y0) - min(a.y1, b.y1)
        return sizes[1] <= 1.4 * sizes[0] and gap <= 0.75 * sizes[0] and min(a.x1, b.x1) > max(a.x0, b.x0)


def row(letters: Lettering, free: Iterable[int], box: Box, *, below: bool) -> list[int]:
    """Ticks of the x axis from left to right: their edges next to the box are level, whatever their angle."""
    near = []
    for i in sorted(free):
        x0, y0, x1, y1 = letters.boxes[i]
        size = letters.sizes[i]
        gap = y0 - box[3] if below else box[1] - y1
        anchor = x1 if letters.slanted(i) else (x0 + x1) / 2
        if -0.4 * size <= gap <= 2.2 * size and box[0] - 1.5 * size <= anchor <= box[2] + 1.5 * size:
            near.append((gap, i))
    first = min((gap for gap, _ in near), default=0.0)
    found = [i for gap, i in near if gap - first <= 0.7 * letters.sizes[i]]
    if not _credible_row(letters, found, box, below):
        return []
    return sorted(found, key=lambda i: letters.middles[i][0])


def _credible_row(letters: Lettering, found: Sequence[int], box: Box, below: bool) -> bool:
    """A single text below may be the label, and above stands the title, unless there are several."""
    if below and len(found) == 1:
        off = abs(letters.middles[found[0]][0] - (box[0] + box[2]) / 2)
        return letters.numbers(found) == 1 or off > 0.12 * (box[2] - box[0])
    if below:
        return len(found) > 1
    upright = sum(letters.texts[i].vertical for i in found)
    return len(found) >= 3 or (len(found) == 2 and max(upright, letters.numbers(found)) == 2)


def column(letters: Lettering, free: Iterable[int], box: Box, others: Sequence[Box]) -> list[int]:
    """Ticks of the y axis from the bottom up; a text nearer to the right side of another box belongs there."""
    near = []
    for i in sorted(free):
        size, level = letters.sizes[i], letters.middles[i][1]
        gap = box[0] - letters.boxes[i][2]
        if not box[1] - 0.7 * size <= level <= box[3] + 0.7 * size or not -0.5 * size <= gap <= FAR * size:
            continue
        if gap < 0 and letters.boxes[i][1] >= box[3] - 1:
            continue  # the first tick of the x axis, below the corner
        left, _, right, _ = letters.boxes[i]
        starts = [left - other[2] for other in others if other[1] <= level <= other[3] and other[2] < right]
        if not any(start < 0.6 * gap for start in starts):
            near.append((gap, i))
    upright = [i for _, i in near if letters.texts[i].vertical and len(letters.texts[i].text) > 1]
    if len(near) > len(upright):
        near = [(gap, i) for gap, i in near if i not in upright]
    elif len(upright) < 2:
        return []
    return _upwards(letters, near, 1.2)


def beside(letters: Lettering, free: Iterable[int], box: Box) -> list[int]:
    """Ticks at the right side of a box from the bottom up."""
    near = []
    for i in sorted(free):
        size, level = letters.sizes[i], letters.middles[i][1]
        gap = letters.boxes[i][0] - box[2]
        upright = letters.texts[i].vertical and not letters.numbers([i])
        if box[1] - 0.8 * size <= level <= box[3] + 0.8 * size and -0.5 * size <= gap <= FAR * size and not upright:
            near.append((gap, i))
    return _upwards(letters, near, 0.9)


def _upwards(letters: Lettering, near: Sequence[tuple[float, int]], slack: float) -> list[int]:
    """Those nearest to the axis, within some of their sizes, from the bottom up."""
    first = min((gap for gap, _ in near), default=0.0)
    found = [i for gap, i in near if gap - first <= slack * letters.sizes[i]]
    return sorted(found, key=lambda i: -letters.middles[i][1])
