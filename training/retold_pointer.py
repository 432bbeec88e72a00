"""Which slot of a chart shows a text that a person's program writes: the most alike one, of equals the nearest.

OCR loses spaces, confuses letters and joins lines, so that alike is enough; a number must be the same number.
Leaves out: training on drawn charts, where it is known what came from what (synthesis/pairs.py).
"""

from __future__ import annotations

import math
import unicodedata
from difflib import SequenceMatcher

from model.nano.drawn import Pointer
from model.nano.slots import Slots, parse_number
from training.synthesis.ocrlike import plain

ALIKE = 0.75  # share of letters in common from which on a slot may show a text
FAR = 0.3  # what the whole width of the picture costs, in likeness


class AlikePointer(Pointer):
    """Points by what stands in the slots."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._written = [_bare(box.text) for box in slots.texts]

    def slots(self, text: str, near: tuple[float, float]) -> tuple[int, ...]:
        lines = [line for line in text.split("\n") if line.strip()]
        found = [self._best(line, near) for line in lines]
        if found and None not in found:
            return tuple(slot for slot in found if slot is not None)
        joined = self._best(" ".join(lines), near) if len(lines) > 1 else None
        return () if joined is None else (joined,)

    def _best(self, line: str, near: tuple[float, float]) -> int | None:
        wanted = _bare(plain(line))
        rated = [
            (self._alike(wanted, slot) - FAR * math.dist(self._slots.centre(slot), near), slot)
            for slot in range(len(self._written))
            if self._alike(wanted, slot) >= ALIKE
        ]
        return max(rated)[1] if rated else None

    def _alike(self, wanted: str, slot: int) -> float:
        found = self._written[slot]
        if not wanted or not found:
            return 0.0
        if (number := parse_number(wanted)) is not None:
            return float(self._slots.number(slot) == number)
        if len(wanted) <= 2:
            return float(wanted == found)
        matcher = SequenceMatcher(None, wanted, found, autojunk=False)
        return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0


def _bare(text: str) -> str:
    """Without what OCR does not keep: spaces, the case of letters, kinds of dashes, raised digits."""
    letters = unicodedata.normalize("NFKC", "".join(text.split()))
    return letters.replace("\u2212", "-").replace("–", "-").casefold()
