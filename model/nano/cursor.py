"""A forgiving reader over the tokens of an answer: takes what fits at this place and leaves the rest.

Leaves out: what the pieces mean together (decode.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from model.nano import grammar
from model.nano.slots import Slots

_PLACE = re.compile(r"<p\d+>")
_SLOT = re.compile(r"<s\d+>")
_COLOUR = re.compile(r"<[ck]\d+>")
_INTEGER = re.compile(r"<n\d+>")


class Cursor:
    def __init__(self, tokens: Sequence[str], slots: Slots) -> None:
        self.tokens, self.slots, self.at = tokens, slots, 0
        self.used: set[int] = set()  # slots whose text was asked for

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

    def count(self, token: str, ends: Sequence[str]) -> int:
        """How often a token comes before one that begins like one of `ends`."""
        found = 0
        for one in self.tokens[self.at :]:
            if one.startswith(tuple(ends)):
                break
            found += one == token
        return found

    def integers(self, most: int) -> list[int]:
        return [int(token[2:-1]) for token in self._run(_INTEGER, most)]

    def positions(self) -> list[float]:
        """Places as fractions of the picture."""
        return [grammar.fraction(token) for token in self._run(_PLACE)]

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

    def ref(self) -> tuple[str, int]:
        """One text, slots joined by new lines or spaces, and its slot; -1 for one of several slots or of none."""
        first = self._run(_SLOT, 1)
        slot = int(first[0][2:-1]) if first else -1
        slot = slot if slot < len(self.slots.texts) else -1
        text = self.text(slot)
        while self.peek() in ("<nl>", "<sp>"):
            joint = "\n" if self.take() == "<nl>" else " "
            more = self._run(_SLOT, 1)
            text, slot = text + joint + self.text(int(more[0][2:-1])) if more else text, -1
        return text, slot

    def refs(self) -> list[tuple[str, int]]:
        """Texts in a row; a missing one is ("", -1)."""
        found: list[tuple[str, int]] = []
        while True:
            if self.accept("<missing>"):
                found.append(("", -1))
            elif _SLOT.fullmatch(self.peek()):
                found.append(self.ref())
            else:
                return found

    def named_text(self) -> str:
        """The text after the word that says what it is for; "" where it says that there is none."""
        return "" if self.accept("<missing>") else self.ref()[0]

    def lines(self, slots: Sequence[int]) -> str:
        """A text whose lines are slots."""
        return "\n".join(map(self.text, slots))

    def text(self, slot: int) -> str:
        self.used.add(slot)
        text = self.slots.texts[slot].text if 0 <= slot < len(self.slots.texts) else ""
        return text.replace("$", r"\$") if text.count("$") > 1 else text  # OCR reads no TeX: prices, not formulas


def _coarse(index: int) -> str:
    """The middle of one of the 64 coarse colours; black and white stay themselves."""
    channels = (index // 16, index // 4 % 4, index % 4)
    return "#" + "".join(f"{(0, 96, 160, 255)[channel]:02x}" for channel in channels)
