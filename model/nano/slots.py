"""Hints as the built-in model sees them: numbered text slots and paints that an answer points at instead of spelling.

The strings and exact colours stay here, and decode.py puts them into the program.
Leaves out: reading the hints from a picture (model/ocr.py, model/paint.py), and how they are told (asking.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from model.nano import grammar
from model.records import Hints, Paint, TextBox

SAME_COLOUR = 40  # largest difference of a channel at which a paint stands for a colour
_NUMBER = re.compile(r"^[\s$€£~<>≈(]*([-+]?\d[\d ,]*\.?\d*(?:[eE][-+]?\d+)?|[-+]?\.\d+)\s*([kKMBbT]|%)?[\s)°xX]*$")
_SCALE = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "b": 1e9, "T": 1e12}
_POWER = re.compile(r"^\$?(?:\\mathdefault\{)?(?:([\d.]+)\s*(?:\\times|×|x)\s*)?10\^?\{?([-+]?\d+)\}?\}?\$?$")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻º", "0123456789-0")
_TEN_RAISED = re.compile(r"^(.*10)([⁰¹²³⁴⁵⁶⁷⁸⁹⁻º][⁰¹²³⁴⁵⁶⁷⁸⁹⁻º\d]*|-\d)$")


def parse_number(string: str) -> float | None:
    """The number that a tick label or a printed value stands for: "1,200", "−3.5", "20%", "4k", "10^3", "10⁻³"."""
    cleaned = string.strip().replace("\u2212", "-").replace("–", "-").replace("O", "0")
    if raised := _TEN_RAISED.match(cleaned):
        cleaned = f"{raised[1]}^{raised[2].translate(_RAISED)}"
    if (power := _POWER.match(cleaned.replace(" ", ""))) and ("^" in cleaned or "{" in cleaned):
        return float(power[1] or 1) * 10 ** int(power[2])
    match = _NUMBER.match(cleaned)
    if not match:
        return None
    digits = match[1].replace(" ", "")
    digits = digits.replace(",", "") if re.search(r",\d{3}(?!\d)", digits) else digits.replace(",", ".")
    try:
        return float(digits) * _SCALE.get(match[2] or "", 1)
    except ValueError:
        return None


def text_type(box: TextBox) -> str:
    if box.vertical:
        return "vertical"
    if "%" in box.text and parse_number(box.text) is not None:
        return "percent"
    if parse_number(box.text) is not None:
        return "number"
    if "$" in box.text:
        return "maths"
    return "phrase" if " " in box.text.strip() else "word"


@dataclass(frozen=True, slots=True)
class Slots:
    """The hints of one picture of `width` x `height` pixels, in the order of their numbers."""

    texts: tuple[TextBox, ...]
    paints: tuple[Paint, ...]
    width: float
    height: float

    @classmethod
    def of(cls, hints: Hints, width: float, height: float) -> Slots:
        def reading_order(box: TextBox) -> tuple[int, float]:
            return int((box.y0 + box.y1) / 2 / height * 40), box.x0

        texts = tuple(sorted(hints.texts, key=reading_order)[: grammar.SLOTS])
        return cls(texts, hints.paints[: grammar.PAINTS], width, height)

    def centre(self, slot: int) -> tuple[float, float]:
        """Where a slot's text stands, as fractions of the picture."""
        box = self.texts[slot]
        return (box.x0 + box.x1) / 2 / self.width, (box.y0 + box.y1) / 2 / self.height

    def number(self, slot: int) -> float | None:
        return parse_number(self.texts[slot].text) if slot < len(self.texts) else None
