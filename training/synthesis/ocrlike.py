"""Hints with the errors that OCR makes, from the true text boxes of a drawn figure, and which hint shows which text.

Imitates what was measured of real OCR on drawn charts (benchmarks/ocr_imitation.py): boxes stand off by a share of the
letters' height, a picture's tick labels run into each other, tiny texts are misspelt, marks are taken for letters, and
errors come in habits: what goes wrong once in a picture goes wrong often. Far cheaper than reading every picture.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.nano.sight import Sight
from model.nano.slots import Slots
from model.paint import paints
from model.records import FigureFacts, Hints, Pixels, TextBox

_CONFUSED = {"0": "O", "O": "0", "l": "I", "1": "l", "I": "l", "5": "8", "S": "5", "m": "rn", "B": "8", "e": "c",
             "C": "G", "i": "í", "2": "3", "3": "8", "4": "1", "6": "8", "9": "8", "n": "r", "a": "w", "F": "È",
}  # fmt: skip
_MARKS = "O0●8o会工王1IHe+十"  # what lone marks are taken for
_SAME_SHAPE = set("cosuvwxz")  # letters whose case only their size tells
_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "mu": "μ", "sigma": "σ", "lambda": "λ", "Delta": "Δ", "theta": "θ",
          "epsilon": "ε", "rho": "ρ", "tau": "τ", "times": "×", "degree": "°", "pi": "π", "omega": "ω", "eta": "η",
}  # fmt: skip
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SPOKEN = {"sin", "cos", "tan", "log", "exp", "ln", "max", "min"}  # names of TeX that are read as they are
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


@dataclass(frozen=True)
class Habits:
    """What reading goes wrong with in one picture: chances for each text that is prone to it."""

    lone_lost: float  # single characters
    faint_lost: float  # any text
    zero_is_o: float
    dashed: float  # a tick mark read as part of its number
    marks: int  # boxes around marks that are no text

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Habits:
        def now_and_then(chance: float, value: float, otherwise: float = 0.0) -> float:
            return value if rng.random() < chance else otherwise

        return cls(
            now_and_then(0.12, 0.6, 0.02),
            now_and_then(0.04, 0.2, 0.003),
            now_and_then(0.05, 0.4, 0.01),
            now_and_then(0.03, 0.6),
            int(now_and_then(0.25, 1 + rng.geometric(0.35))),
        )


def read_like_ocr(facts: FigureFacts, pixels: Pixels, rng: np.random.Generator) -> Reading:
    """The picture's hints as they would be read, but for the texts, which OCR's errors are imitated in."""
    truths, habits = true_texts(facts), Habits.sample(rng)
    noisy = misread(truths, rng, habits)
    kept = (*(box for box in noisy if box is not None), *marks(facts, rng, habits.marks))
    sight = Sight.of(pixels, Hints(kept, paints(pixels, kept)))
    place = {id(box): slot for slot, box in enumerate(sight.slots.texts)}
    seen = tuple(place.get(id(box), -1) if box is not None else -1 for box in noisy)
    return Reading(sight, truths, seen)


def true_texts(facts: FigureFacts) -> tuple[TextBox, ...]:
    """What is written inside the picture."""
    return tuple(box for box in (*facts.texts, *facts.tick_texts) if box.text.strip() and _inside(box, facts))


def misread(truths: Sequence[TextBox], rng: np.random.Generator, habits: Habits) -> list[TextBox | None]:
    """What would be read for each text: None where it is lost or has become part of a neighbour."""
    noisy = [_misread(box, rng, habits) for box in truths]
    _merge(truths, noisy, rng)
    return noisy


def _inside(box: TextBox, facts: FigureFacts) -> bool:
    return box.x1 > 0 and box.y1 > 0 and box.x0 < facts.width_px and box.y0 < facts.height_px


def slanted(box: TextBox) -> bool:
    """A text turned by some 45 degrees: its box is high for a text of several characters, but not upright."""
    width, height = box.x1 - box.x0, box.y1 - box.y0
    return not box.vertical and len(box.text) > 3 and height > 0.5 * width and height > 20


def _height(box: TextBox) -> float:
    """Of the letters, whichever way they stand; of slanted ones, whose box does not tell it, as they mostly are."""
    short = min(box.x1 - box.x0, box.y1 - box.y0)
    return min(short, 14.0) if slanted(box) else short


def _lost(box: TextBox, habits: Habits) -> float:
    """The chance that OCR does not see a text."""
    if "$" in box.text:
        return 0.05
    if len(box.text) == 1:
        return habits.lone_lost
    return max(habits.faint_lost, 0.03 if _height(box) < 8 else 0.0)


def _misread(box: TextBox, rng: np.random.Generator, habits: Habits) -> TextBox | None:
    if rng.random() < _lost(box, habits):
        return None
    text = _misspelt(plain(box.text).replace("\u2212", "-"), box, rng, habits)
    if not text:
        return None
    sides = zip((box.x0, box.y0, box.x1, box.y1), _room(box), rng.normal(0, 0.09, 4), strict=True)
    x0, y0, x1, y1 = (side + _height(box) * (room + slip) for side, room, slip in sides)
    return replace(box, text=text, x0=x0, y0=y0, x1=x1, y1=y1)


def _misspelt(text: str, box: TextBox, rng: np.random.Generator, habits: Habits) -> str:
    tiny = _height(box) < 8
    for _ in range(1 + tiny):
        if text and rng.random() < (0.09 if tiny else 0.012):
            at = int(rng.integers(len(text)))
            text = text[:at] + _CONFUSED.get(text[at], text[at]) + text[at + 1 :]
    if "0" in text and rng.random() < habits.zero_is_o:
        text = text.replace("0", "O", 1)
    if text.isdigit() and rng.random() < habits.dashed:
        text += "-"
    if len(text) == 1 and text in _SAME_SHAPE and rng.random() < 0.5:
        text = text.upper()
    if rng.random() < 0.015:
        text = text[1:] if rng.random() < 0.5 else text[:-1]
    return text.replace(" ", "", 1) if rng.random() < 0.04 else text


def plain(text: str) -> str:
    """Formulas as OCR reads them: the letters and digits, without the TeX that set them; powers as raised digits."""
    if "$" not in text:
        return text
    raised = re.sub(r"\^\{?(-?\d)\}?", lambda match: match[1].translate(_RAISED), text)
    named = re.sub(r"\\(\w+)", lambda match: _GREEK.get(match[1], match[1] if match[1] in _SPOKEN else ""), raised)
    return re.sub(r"[${}^_\\]", "", named).strip()


def _room(box: TextBox) -> tuple[float, float, float, float]:
    """How far OCR's box reaches beyond matplotlib's at the left, top, right and bottom, in heights of the letters.

    Matplotlib keeps room for descenders below every line, OCR does not.
    """
    if box.vertical:
        return -0.3, -0.33, 0.16, 0.25
    return -0.26, -0.3, 0.24, 0.15 if any(letter in _DESCENDERS for letter in box.text) else 0.09


def marks(facts: FigureFacts, rng: np.random.Generator, count: int) -> Iterator[TextBox]:
    """Marks that are taken for letters: somewhere inside the panels."""
    for _ in range(count if facts.axes else 0):
        x0, y0, x1, y1 = facts.axes[int(rng.integers(len(facts.axes)))].box
        x, y = x0 + rng.random() * (x1 - x0), y0 + rng.random() * (y1 - y0)
        wide, high = rng.uniform(7, 18, 2)
        yield TextBox(_MARKS[int(rng.integers(len(_MARKS)))], x, y, x + wide, y + high)


def _merge(truths: Sequence[TextBox], noisy: list[TextBox | None], rng: np.random.Generator) -> None:
    """Joins neighbours on one line that nearly touch: the first is gone, the second grows."""
    order = sorted(range(len(truths)), key=lambda index: (round(truths[index].y0), truths[index].x0))
    for left, right in itertools.pairwise(order):
        a, b, before, after = noisy[left], noisy[right], truths[left], truths[right]
        if a is None or b is None or a.vertical or b.vertical:
            continue
        level = abs(before.y0 - after.y0) < 3 and abs(before.y1 - after.y1) < 3
        gap = (after.x0 - before.x1) / _height(before)
        if level and -0.2 < gap < 0.4 and rng.random() < 0.75:
            noisy[left] = None
            noisy[right] = replace(b, text=f"{a.text}{' ' if gap > 0.25 else ''}{b.text}", x0=a.x0)
