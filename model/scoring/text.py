"""Text: F1 of exact strings against a reference program (ChartMimic "text"), and a tolerant F1 against what OCR read.

OCR drops short strings, joins neighbours and confuses letters, so against a picture strings are compared after folding
(case, spaces, mathematics, look-alike signs), numbers by value, others by edit similarity; a number weighs a third of
a word, because tick labels are many and the first to be dropped.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from model.records import FigureFacts, TextBox
from model.scoring.match import Matrix, assign, multiset_f1

MIN_CONFIDENCE = 0.5  # of an OCR string, below which it is not held against a rendering
MAX_COMPARED = 200  # characters of one string
MIN_SIMILARITY = 0.6  # below which two strings are two strings, not one misread
NUMBER_WEIGHT = 1 / 3
_LOOKALIKES = str.maketrans({"−": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "×": "x", "µ": "μ"})
_MATH = re.compile(r"\\(?:mathdefault|mathrm|mathbf|mathit|mathregular|text|left|right)|[${}^_\\]")


def text_f1(reference: Iterable[str], candidate: Iterable[str]) -> float | None:
    """F1 of exactly equal strings as multisets; None when there is no text on either side (ChartMimic gives 0)."""
    return multiset_f1(reference, candidate)


@dataclass(frozen=True, slots=True)
class Reading:
    """What OCR read in a picture beside what a rendering says. `pairs` holds (read, drawn, similarity)."""

    pairs: tuple[tuple[TextBox, TextBox, float], ...]
    missing: tuple[TextBox, ...]  # read in the picture, not drawn
    extra: tuple[TextBox, ...]  # drawn, not read in the picture

    @property
    def score(self) -> float:
        """Weighted F1; 0 when only one side has text, 1 when none has."""
        total = sum(map(weight, (*self.missing, *self.extra))) + sum(
            weight(read) + weight(drawn) for read, drawn, _ in self.pairs
        )
        shared = sum(similarity * (weight(read) + weight(drawn)) for read, drawn, similarity in self.pairs)
        return shared / total if total else 1.0


def compare_with_picture(hints: Sequence[TextBox], facts: FigureFacts) -> Reading:
    """Match the strings read in a picture with those that a rendering drew, tick labels included."""
    read = [box for box in hints if box.confidence >= MIN_CONFIDENCE and folded(box.text)]
    drawn = [box for box in (*facts.texts, *facts.tick_texts) if folded(box.text)]
    similar = _similarities(read, drawn)
    pairs = [(i, j) for i, j in assign(similar) if similar[i, j] >= MIN_SIMILARITY]
    lone_read = set(range(len(read))) - {i for i, _ in pairs}
    lone_drawn = set(range(len(drawn))) - {j for _, j in pairs}
    return Reading(
        pairs=tuple((read[i], drawn[j], float(similar[i, j])) for i, j in pairs),
        missing=tuple(read[i] for i in sorted(lone_read)),
        extra=tuple(drawn[j] for j in sorted(lone_drawn)),
    )


def weight(box: TextBox) -> float:
    return NUMBER_WEIGHT if as_number(folded(box.text)) is not None else 1.0


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """A string as it looks: without case, spaces and mathematical markup, look-alike signs made one."""
    plain = unicodedata.normalize("NFKC", _MATH.sub("", text.translate(_LOOKALIKES)))
    return "".join(plain.casefold().split())


@lru_cache(maxsize=8192)
def as_number(plain: str) -> float | None:
    try:
        return float(plain.rstrip("%°").replace(",", ""))
    except ValueError:
        return None


@lru_cache(maxsize=65536)
def similarity(one: str, other: str) -> float:
    """1 for strings that look the same, for numbers 1 or 0, else the share of characters in common, in [0, 1]."""
    one, other = folded(one), folded(other)
    if one == other:
        return 1.0
    numbers = as_number(one), as_number(other)
    if None not in numbers:
        return float(numbers[0] == numbers[1])
    matcher = difflib.SequenceMatcher(None, one[:MAX_COMPARED], other[:MAX_COMPARED], autojunk=False)
    if matcher.real_quick_ratio() < MIN_SIMILARITY or matcher.quick_ratio() < MIN_SIMILARITY:
        return 0.0
    return matcher.ratio()


def _similarities(read: Sequence[TextBox], drawn: Sequence[TextBox]) -> Matrix:
    result = np.zeros((len(read), len(drawn)))
    for i, one in enumerate(read):
        for j, other in enumerate(drawn):
            result[i, j] = similarity(one.text, other.text)
    return result
