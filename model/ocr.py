"""What is written in a picture and where: RapidOCR's two networks (PP-OCRv6 small; the weights come inside the wheel).

RapidOCR finds the boxes and reads the crops; in between this file turns the crops itself. Charts set text from the
bottom up, so a tall crop is turned clockwise and needs no network that guesses its direction; a small tall one may be a
lone upright digit, so it is read both ways and the surer reading counts. Crops are not padded to a common width,
because most labels are short: together this takes about 0.6 of RapidOCR's time and reads more strings exactly
(benchmarks/ocr.py).

Leaves out: formulas, handwriting, and what a text is for (title, tick label, ...).
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.records import Pixels, TextBox

THREADS = 2
MIN_CONFIDENCE = 0.5  # RapidOCR's own default
TALL = 1.5  # height / width from which on a crop is set vertically
LONE = 2.0  # in usual line heights: a tall crop lower than this may be an upright "1"
SAME_LINE = 0.5  # of the lower box's height: boxes that share this much stand on one line

_IDEOGRAPH = re.compile("[\u3400-\u9fff]")
_DASHED = re.compile(r"^[\u2013\u2014-]?\s*(\S.*?)\s*[\u2013\u2014]$|^[\u2014]\s*(?=\S)")
FLUSH = 0.35  # of its width: how far the sides of two pieces of a vertical text may be apart
SPACE = 0.9  # of its width: how far two such pieces may be from each other
APART = 0.7  # of a line's height: a gap that wide parts two texts; the space between words takes a third
INK = 60  # how far a channel is from the ground where something is written

Corners = NDArray[np.float32]  # (4, 2), clockwise from the top left

_PARAMS = {
    "Global.log_level": "error",
    "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Rec.rec_img_shape": [3, 48, 48],  # by default a crop is padded to 320 wide, whatever it holds
}


@dataclass(frozen=True, slots=True)
class _View:
    """A crop as it may be read."""

    pixels: Pixels
    vertical: bool


class TextReader:
    """Reads text in pictures. Loads its networks at the first picture; may be shared between threads, which take
    turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: Any = None

    def read(self, pixels: Pixels) -> tuple[TextBox, ...]:
        """Texts of an RGB picture in reading order (lines from the top, left to right), boxes in its pixels."""
        picture = np.ascontiguousarray(pixels[..., 2::-1])  # the networks learned from BGR
        with self._lock:
            boxes = self._find(picture)
            usual = float(np.median([_size(box)[1] for box in boxes])) if boxes else 0.0
            found = [text for box in boxes for text in self._texts(picture, box, usual)]
        return in_reading_order([text for text in found if text.text and text.confidence >= MIN_CONFIDENCE])

    def _find(self, picture: Pixels) -> list[Corners]:
        """The quadrilaterals that hold a line of text each."""
        found = self._networks()(picture, use_det=True, use_cls=False, use_rec=False)
        return [] if found.boxes is None else joined([np.asarray(box, np.float32) for box in found.boxes])

    def _texts(self, picture: Pixels, box: Corners, usual_height: float) -> list[TextBox]:
        text = self._best(box, list(_views(picture, box, usual_height)))
        return [text] if text.vertical or " " not in text.text else parted(text, _cut(picture, box))

    def _best(self, box: Corners, views: Sequence[_View]) -> TextBox:
        """The surest reading of the views of one box."""
        readings = []
        for view in views:
            found = self._networks()(view.pixels, use_det=False, use_cls=False, use_rec=True)
            if found.txts:
                readings.append((float(found.scores[0]), cleaned(found.txts[0]), view.vertical))
        confidence, text, vertical = max(readings, default=(0.0, "", False))
        (x0, y0), (x1, y1) = box.min(axis=0), box.max(axis=0)
        return TextBox(text, float(x0), float(y0), float(x1), float(y1), vertical, round(confidence, 4))

    def _networks(self) -> Any:
        if self._engine is None:
            from rapidocr import RapidOCR  # loads onnxruntime; only who reads a picture pays for it

            self._engine = RapidOCR(params=_PARAMS)
        return self._engine


def cleaned(text: str) -> str:
    """A reading without what lines and marks beside it were read as: dashes at both ends, a lone ideograph."""
    text = text.replace("\u2206", "\u0394").strip()
    if len(ideographs := _IDEOGRAPH.findall(text)) == 1 and len(text) > 1:
        text = text.replace(ideographs[0], "").strip()
    return _DASHED.sub(r"\1", text)


def parted(text: TextBox, crop: Pixels) -> list[TextBox]:
    """The texts of one line that the network took for one, such as neighbouring tick labels: parted at wide gaps.

    `crop` (h, w, 3) is the line's picture. A gap parts the words whose share of the letters is nearest to its place.
    """
    height, width = crop.shape[:2]
    ground = np.median(crop.reshape(-1, 3), axis=0)
    inked = np.flatnonzero((np.abs(crop - ground).max(axis=2) > INK).any(axis=0))
    gaps = [(a, b) for a, b in itertools.pairwise(inked.tolist()) if b - a > APART * height]
    places = [place for place, letter in enumerate(text.text) if letter == " "]
    if not gaps or len(gaps) > len(places):
        return [text]
    first, last = int(inked[0]), int(inked[-1])
    shares = [((a + b) / 2 - first) / max(1, last - first) * len(text.text) for a, b in gaps]
    cuts = sorted({min(places, key=lambda place: abs(place + 0.5 - share)) for share in shares})
    if len(cuts) < len(gaps):
        return [text]
    pieces = [text.text[a:b].strip() for a, b in itertools.pairwise([0, *cuts, len(text.text)])]
    sides = [first, *(side for a, b in gaps for side in (a + 1, b)), last + 1]
    scale = (text.x1 - text.x0) / width
    return [
        replace(text, text=piece, x0=text.x0 + left * scale, x1=text.x0 + right * scale)
        for piece, left, right in zip(pieces, sides[::2], sides[1::2], strict=True)
    ]


def joined(boxes: Sequence[Corners]) -> list[Corners]:
    """Boxes with the pieces of vertical texts put together, which the network finds word by word."""
    left = sorted(boxes, key=lambda box: float(box[:, 1].min()))
    found: list[Corners] = []
    while left:
        box = left.pop(0)
        while (after := next((i for i, other in enumerate(left) if _goes_on(box, other)), None)) is not None:
            box = _around(np.concatenate([box, left.pop(after)]))
        found.append(box)
    return found


def _goes_on(box: Corners, other: Corners) -> bool:
    """Whether a box is the next piece, downwards, of a vertical text."""
    (x0, _), (x1, y1) = box.min(axis=0), box.max(axis=0)
    (left, top), (right, bottom) = other.min(axis=0), other.max(axis=0)
    width = min(x1 - x0, right - left)
    flush = max(abs(x0 - left), abs(x1 - right)) <= FLUSH * width
    tall = max(_size(box)[1] / _size(box)[0], _size(other)[1] / _size(other)[0]) >= TALL
    return bool(flush and tall and bottom > y1 and abs(top - y1) <= SPACE * width)


def _around(points: Corners) -> Corners:
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)


def in_reading_order(boxes: Sequence[TextBox]) -> tuple[TextBox, ...]:
    """Lines from the top down, each from left to right; boxes that overlap in height stand on one line."""
    lines: list[list[TextBox]] = []
    for box in sorted(boxes, key=lambda box: (box.y0 + box.y1) / 2):
        if lines and not box.vertical and _on_line(box, lines[-1][-1]):
            lines[-1].append(box)
        else:
            lines.append([box])
    return tuple(box for line in lines for box in sorted(line, key=lambda box: box.x0))


def _on_line(box: TextBox, other: TextBox) -> bool:
    shared = min(box.y1, other.y1) - max(box.y0, other.y0)
    return not other.vertical and shared >= SAME_LINE * min(box.y1 - box.y0, other.y1 - other.y0)


def _views(picture: Pixels, box: Corners, usual_height: float) -> Iterator[_View]:
    """The crop as it stands, and turned clockwise when it is tall; both for one that may be a lone character."""
    width, height = _size(box)
    upright = _cut(picture, box)
    tall = height >= TALL * width
    if not tall or height <= LONE * usual_height:
        yield _View(upright, False)
    if tall:
        yield _View(np.ascontiguousarray(np.rot90(upright, -1)), True)


def _size(box: Corners) -> tuple[float, float]:
    """Width and height of a quadrilateral: the longer of each pair of sides."""
    top, right, bottom, left = (float(np.linalg.norm(box[i] - box[(i + 1) % 4])) for i in range(4))
    return max(top, bottom), max(right, left)


def _cut(picture: Pixels, box: Corners) -> Pixels:
    """The quadrilateral as an upright rectangle."""
    width, height = (max(1, round(side)) for side in _size(box))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(box, target)
    cut = cv2.warpPerspective(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    return np.asarray(cut, np.uint8)
