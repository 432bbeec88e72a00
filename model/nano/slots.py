"""Hints as the built-in model sees them: numbered text slots and paints that an answer points at instead of spelling.

A slot costs four tokens (number, kind of text, centre), a paint its coarse colour and the areas painted in it. The
strings and exact colours stay here, and decode.py puts them into the program.
Leaves out: reading the hints from a picture (model/ocr.py, model/paint.py).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from model.nano import grammar
from model.records import Hints, Paint, Region, TextBox

_REGION_BUDGET = 150  # tokens for painted areas; a picture full of marks must not crowd out its texts
_DOT = 0.03  # of the picture's width and height: smaller areas are given by their centre alone
_NUMBER = re.compile(r"^[\s$€£~<>≈(]*([-+]?\d[\d ,]*\.?\d*(?:[eE][-+]?\d+)?|[-+]?\.\d+)\s*([kKMBbT]|%)?[\s)°xX]*$")
_SCALE = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "b": 1e9, "T": 1e12}
_POWER = re.compile(r"^\$?(?:\\mathdefault\{)?(?:([\d.]+)\s*(?:\\times|×|x)\s*)?10\^?\{?([-+]?\d+)\}?\}?\$?$")


def parse_number(string: str) -> float | None:
    """The number that a tick label or a printed value stands for: "1,200", "−3.5", "20%", "4k", "10^3"."""
    cleaned = string.strip().replace("\u2212", "-").replace("–", "-").replace("O", "0")
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

    def prompt(self) -> str:
        """The hint part of the prompt, as tokens."""
        parts = [grammar.word("texts")]
        for slot, box in enumerate(self.texts):
            x, y = self.centre(slot)
            parts += [f"<s{slot}>", grammar.word(text_type(box)), grammar.position(x), grammar.position(y)]
        parts.append(grammar.word("paints"))
        budget = _REGION_BUDGET
        for index, paint in enumerate(self.paints):
            parts += [f"<c{index}>", grammar.coarse_colour(paint.colour)]
            areas = self._areas(paint, budget // 2 if index + 1 < len(self.paints) else budget)
            budget -= len(areas)
            parts += areas
        return "".join(parts)

    def _areas(self, paint: Paint, budget: int) -> list[str]:
        """Tokens of the largest areas of one paint that fit the budget, from left to right."""
        taken: list[tuple[Region, list[str]]] = []
        for region in paint.regions:
            tokens = self._area(region)
            if len(tokens) > budget:
                break
            budget -= len(tokens)
            taken.append((region, tokens))
        taken.sort(key=lambda pair: (int(pair[0].x0 / self.width * 32), pair[0].y0))
        return [token for _, tokens in taken for token in tokens]

    def _area(self, region: Region) -> list[str]:
        def place(x: float, y: float) -> list[str]:
            return [grammar.position(x / self.width), grammar.position(y / self.height)]

        if region.trace:
            first, last = region.trace[0], region.trace[-1]
            ends = [grammar.position(first[0] / self.width), grammar.position(last[0] / self.width)]
            step = max(1, math.ceil(len(region.trace) / 16))
            return [grammar.word("curve"), *ends, *(place(*point)[1] for point in region.trace[::step])]
        if region.x1 - region.x0 < _DOT * self.width and region.y1 - region.y0 < _DOT * self.height:
            return [grammar.word("dot"), *place((region.x0 + region.x1) / 2, (region.y0 + region.y1) / 2)]
        return [grammar.word("area"), *place(region.x0, region.y0), *place(region.x1, region.y1)]
