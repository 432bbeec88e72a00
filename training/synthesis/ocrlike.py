"""Hints with the errors that OCR makes, from the true text boxes of a drawn figure, and which hint shows which text.

Imitates what was seen of RapidOCR on benchmark charts: single characters and tiny or rotated texts get lost, close
neighbours are merged, letters are confused, boxes are a little off. Far cheaper than running OCR on every picture.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.nano.sight import Sight
from model.nano.slots import Slots
from model.paint import paints
from model.records import FigureFacts, Hints, Pixels, TextBox

_CONFUSED = {"0": "O", "O": "0", "l": "1", "1": "l", "I": "l", "5": "S", "S": "5", "m": "rn", "B": "8", "e": "c"}
_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "mu": "μ", "sigma": "σ", "lambda": "λ", "Delta": "Δ", "theta": "θ",
          "epsilon": "ε", "rho": "ρ", "tau": "τ", "times": "×", "degree": "°", "pi": "π", "omega": "ω", "eta": "η",
}  # fmt: skip
_DESCENDERS = set("gjpqy,;()[]|/$_")


@dataclass(frozen=True)
class Reading:
    """What is seen of one picture with noisy texts, and for each true text its slot, -1 where it was lost."""

    sight: Sight
    truths: tuple[TextBox, ...]
    seen: tuple[int, ...]

    @property
    def slots(self) -> Slots:
        return self.sight.slots

    def slot_of(self, text: str, near: tuple[float, float]) -> int:
        """The slot of the true text nearest to a place (picture fractions); -1 where it was lost, -2 if not drawn."""
        candidates = [index for index, box in enumerate(self.truths) if box.text == text]
        if not candidates:
            return -2
        return self.seen[min(candidates, key=lambda index: self._distance(index, near))]

    def _distance(self, index: int, near: tuple[float, float]) -> float:
        box = self.truths[index]
        x, y = (box.x0 + box.x1) / 2 / self.slots.width, (box.y0 + box.y1) / 2 / self.slots.height
        return math.hypot(x - near[0], y - near[1])

    def slots_of(self, text: str, near: tuple[float, float]) -> tuple[int, ...]:
        """The slots of a text's lines; empty where one of them was lost. Fits model/nano/encode.py's Pointer."""
        found = tuple(self.slot_of(_drawn(line), near) for line in text.split("\n"))
        return found if min(found) >= 0 else ()


def _drawn(line: str) -> str:
    return line.replace("-", "\u2212") if _is_number(line) else line


def _is_number(line: str) -> bool:
    try:
        float(line)
    except ValueError:
        return False
    return line.startswith("-")


def read_like_ocr(facts: FigureFacts, pixels: Pixels, rng: np.random.Generator) -> Reading:
    """The picture's hints as they would be read, but for the texts, which OCR's errors are imitated in."""
    truths = tuple(box for box in (*facts.texts, *facts.tick_texts) if box.text.strip() and _inside(box, facts))
    noisy = [_misread(box, rng) for box in truths]
    _merge(truths, noisy, rng)
    kept = tuple(box for box in noisy if box is not None)
    sight = Sight.of(pixels, Hints(kept, paints(pixels, kept)))
    place = {id(box): slot for slot, box in enumerate(sight.slots.texts)}
    seen = tuple(place.get(id(box), -1) if box is not None else -1 for box in noisy)
    return Reading(sight, truths, seen)


def _inside(box: TextBox, facts: FigureFacts) -> bool:
    return box.x1 > 0 and box.y1 > 0 and box.x0 < facts.width_px and box.y0 < facts.height_px


def _slanted(box: TextBox) -> bool:
    """A text turned by some 45 degrees: its box is high for a text of several characters, but not upright."""
    width, height = box.x1 - box.x0, box.y1 - box.y0
    return not box.vertical and len(box.text) > 3 and height > 0.5 * width and height > 20


def _lost(box: TextBox) -> float:
    """The chance that OCR does not see a text."""
    short_side = min(box.x1 - box.x0, box.y1 - box.y0)
    if "$" in box.text:
        return 0.3
    if _slanted(box):
        return 0.25
    if len(box.text) == 1:
        return 0.12
    return 0.15 if short_side < 8 else 0.06 if box.vertical else 0.02


def _misread(box: TextBox, rng: np.random.Generator) -> TextBox | None:
    if rng.random() < _lost(box):
        return None
    text = _plain(box.text).replace("\u2212", "-")
    if not text:
        return None
    if rng.random() < 0.04:
        at = int(rng.integers(len(text)))
        text = text[:at] + _CONFUSED.get(text[at], text[at]) + text[at + 1 :]
    if rng.random() < 0.05:
        text = text.replace(" ", "", 1)
    dx0, dy0, dx1, dy1 = rng.normal(0, 0.7, 4)
    return replace(box, text=text, x0=box.x0 + dx0, y0=box.y0 + dy0, x1=box.x1 + dx1, y1=_bottom(box) + dy1)


def _plain(text: str) -> str:
    """Formulas as OCR reads them: the letters and digits, without the TeX that set them."""
    if "$" not in text:
        return text
    named = re.sub(r"\\(\w+)", lambda match: _GREEK.get(match[1], ""), text)
    return re.sub(r"[${}^_\\]", "", named).strip()


def _bottom(box: TextBox) -> float:
    """Where the ink ends: matplotlib's box keeps room for descenders below every line, OCR boxes do not."""
    deep = box.vertical or any(letter in _DESCENDERS for letter in box.text)
    return box.y1 if deep else box.y1 - 0.2 * (box.y1 - box.y0)


def _merge(truths: Sequence[TextBox], noisy: list[TextBox | None], rng: np.random.Generator) -> None:
    """Joins neighbours on one line that nearly touch: the first grows, the second is gone."""
    order = sorted(range(len(truths)), key=lambda index: (round(truths[index].y0), truths[index].x0))
    for left, right in itertools.pairwise(order):
        a, b = noisy[left], noisy[right]
        if a is None or b is None or a.vertical or b.vertical:
            continue
        level = abs(a.y0 - b.y0) < 3 and abs(a.y1 - b.y1) < 3
        if level and -2 < b.x0 - a.x1 < 0.35 * (a.y1 - a.y0) and rng.random() < 0.5:
            noisy[left] = None
            noisy[right] = replace(b, text=f"{a.text} {b.text}", x0=a.x0)
