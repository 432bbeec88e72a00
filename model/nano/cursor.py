"""A forgiving reader over the tokens of an answer: takes what fits at this place and leaves the rest.

Leaves out: what the pieces mean together (decode.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from model.nano import grammar
from model.nano.slots import Slots, parse_number

_PLACE = re.compile(r"<p\d+>")
_SLOT = re.compile(r"<s\d+>")
_COLOUR = re.compile(r"<[ck]\d+>")
_FORMULA = re.compile(r"[$\\{}]")  # half a formula would stop the whole program
_INTEGER = re.compile(r"<n\d+>")


class Cursor:
    def __init__(self, tokens: Sequence[str], slots: Slots) -> None:
        self.tokens, self.slots, self.at = tokens, slots, 0

    def peek(self) -> str:
        """The next token; "" at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def accept(self, token: str) -> bool:
        """Takes the next token if it is this one."""
        if self.peek() != token:
            return False
        self.at += 1
        return True

    def _run(self, pattern: re.Pattern[str], most: int = 10_000) -> list[str]:
        found: list[str] = []
        while len(found) < most and pattern.fullmatch(self.peek()):
            found.append(self.take())
        return found

    def integers(self, most: int) -> list[int]:
        return [int(token[2:-1]) for token in self._run(_INTEGER, most)]

    def positions(self) -> list[float]:
        """Places as fractions of the picture."""
        return [grammar.fraction(token) for token in self._run(_PLACE)]

    def slot_numbers(self) -> list[int]:
        return [int(token[2:-1]) for token in self._run(_SLOT)]

    def colours(self) -> list[str]:
        """Exact colours of paints, or the middle of a coarse one; paints that do not exist are left out."""
        found = []
        for token in self._run(_COLOUR):
            index = int(token[2:-1])
            if token[1] == "k":
                found.append(_coarse(index))
            elif index < len(self.slots.paints):
                found.append(self.slots.paints[index].colour)
        return found

    def named(self, prefix: str) -> str:
        """The name of a prefixed token at this place, e.g. "<loc:best>" -> "best"; "" where there is none."""
        token = self.peek()
        if not token.startswith(f"<{prefix}"):
            return ""
        self.at += 1
        return token[len(prefix) + 1 : -1]

    def words(self, known: Sequence[str], *prefixes: str) -> list[str]:
        """Bare words of a list, and prefixed ones."""
        found: list[str] = []
        while (name := self.peek()[1:-1]) and (name in known or name.startswith(prefixes)):
            found.append(name)
            self.at += 1
        return found

    def ref(self) -> str:
        """One text: slots joined by new lines or spaces, or spelled between <q> and </q>."""
        if self.accept("<q>"):
            spelled = []
            while self.peek() and not self.peek().startswith("<"):
                spelled.append(self.take())
            self.accept("</q>")
            return _FORMULA.sub("", "".join(spelled))
        lines = self._run(_SLOT, 1)
        text = self._text(lines[0]) if lines else ""
        while self.peek() in ("<nl>", "<sp>"):
            joint = "\n" if self.take() == "<nl>" else " "
            more = self._run(_SLOT, 1)
            text += joint + self._text(more[0]) if more else ""
        return text

    def refs(self) -> list[str]:
        found = []
        while self.peek() == "<q>" or _SLOT.fullmatch(self.peek()):
            found.append(self.ref())
        return found

    def values(self) -> list[str]:
        """Tokens that stand for numbers: places, printed numbers (slots), and <missing>."""
        found = []
        while _PLACE.fullmatch(self.peek()) or _SLOT.fullmatch(self.peek()) or self.peek() == "<missing>":
            found.append(self.take())
        return found

    def printed(self, token: str) -> float | None:
        return parse_number(self._text(token)) if _SLOT.fullmatch(token) else None

    def _text(self, slot: str) -> str:
        index = int(slot[2:-1])
        text = self.slots.texts[index].text if index < len(self.slots.texts) else ""
        return text.replace("$", r"\$") if text.count("$") > 1 else text  # OCR reads no TeX: prices, not formulas


def _coarse(index: int) -> str:
    """The middle of one of the 64 coarse colours; black and white stay themselves."""
    channels = (index // 16, index // 4 % 4, index % 4)
    return "#" + "".join(f"{(0, 96, 160, 255)[channel]:02x}" for channel in channels)
