"""Words on synthetic charts: titles, axis labels, series names and categories, as varied as on real ones.

Lists are in training/synthesis/vocabulary.py. Leaves out numbers and real headers (training/synthesis/tables.py),
but dresses a header that it is given: case, unit, line breaks. The same generator state gives the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from training.synthesis import vocabulary as vocab

TITLES = (
    "{Q} of {S}", "{Q} by {F}", "{A} {Q}", "{A} {Q} of {S}", "{Q} vs. {Q2}", "{Q} and {Q2} of {S}", "{Q}: {M} vs. {M2}",
    "{A} {Q} in {P}", "{Q} in {P} ({Y})", "{Q} in {P}, {Y}-{Y2}", "Comparison of {Q}", "Comparison of {M} and {M2}",
    "{Q} on {D}", "{D}", "Effect of {Q} on {Q2}", "{F}", "Impact of {Q} on {S}", "Distribution of {Q}", "{Q} over Time",
    "{Q} per {F} Sector", "{S} by {Q}", "Results on {D}", "{M}", "Performance on {D} and {D2}", "{Q} Trends ({Y}-{Y2})",
    "How {Q} Changes with {Q2}", "Figure {N}: {Q}", "({L}) {Q}", "({L}) {D}", "{Q} ({U})", "{P}: {Q} and {Q2}",
    "({L})", "({L}) {M}", "{S}", "{M} on {D}", "{D} ({M})", "{W}", "{N}. {Q}", "{Q} = {N}", "{Q} [{U}]", "{M}: {Q}",
    "Relationship Between {Q} and {Q2}", "{A} {Q} Across {S}", "{Y} {Q} Report", "{Q} of {C}", "{F} vs. {F2}",
)  # fmt: skip
T = TypeVar("T")

LETTERS = "abcdefgh"
MATH_LABELS = 0.04
WRAPPED_CHARS = 34  # characters from which a title may be broken into two lines


class Words:
    """Draws from `rng`; one object per chart, so that its labels share a style of capitals."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._case = self._pick(CASES)

    def retold(self, rng: np.random.Generator) -> Words:
        """Other words of the same style of capitals, drawn from another generator."""
        other = Words(rng)
        other._case = self._case
        return other

    def title(self, x: str = "", y: str = "") -> str:
        """One to about nine words, now and then on two lines; of the labels' words if these are given."""
        if x and y and self._chance(0.35):
            text = self._pick(("{y} vs. {x}", "{y} by {x}", "{y} over {x}", "{y} for Each {x}", "{y}")).format(
                x=_without_unit(x), y=_without_unit(y)
            )
        else:
            text = self._filled(self._pick(TITLES))
        return self._wrapped(self._cased(text))

    def axis_label(self, header: str = "", unit: str = "") -> str:
        """The header (or a drawn quantity) with its unit in brackets, as "Weight (kg)"."""
        if self._chance(MATH_LABELS):
            return str(self._pick(vocab.MATH))
        own = bool(header) and self._chance(0.7)
        name = _spaced(header) if own else self._quantity()
        if self._chance(0.05):
            return self._pick(vocab.FOREIGN_LABELS)
        if self._chance(0.04):
            return re.sub(r"\W+", "_", name).strip("_").lower()
        shown = (unit if own else "") or (str(self._pick(vocab.UNITS)) if self._chance(0.3) else "")
        return self._cased(name) + (self._bracketed(shown) if shown and self._chance(0.8) else "")

    def series_names(self, count: int) -> list[str]:
        """Distinct names for a legend: methods, years, groups, places, quantities."""
        return self._distinct(count, self._pick(_SERIES))

    def categories(self, count: int) -> list[str]:
        """Distinct names for a categorical axis, in their natural order where they have one."""
        if self._chance(0.3):
            return self._in_order(count)
        names = self._distinct(count, self._pick(_CATEGORIES))
        return [name.replace(" ", "\n", 1) for name in names] if self._chance(0.07) else names

    def short_categories(self, count: int) -> list[str]:
        """Distinct names of at most five characters: letters, elements, Q1 2019, S3."""
        makers: tuple[Callable[[Words], str], ...] = (
            lambda w: str(w._pick(vocab.ELEMENTS)),
            lambda w: w._pick("ABCDEFGHKMPQRSTX") + w._pick(("", *"12345678")),
            lambda w: w._pick(vocab.PLACES)[:3].upper(),
            lambda w: w._pick(vocab.FIELDS)[:4],
        )
        if self._chance(0.4):
            return self._in_order(count, short=True)
        return self._distinct(count, self._pick(makers))

    def note(self) -> str:
        """A short remark inside a panel."""
        made = (_level, _sample_size, _fit_quality, _slope, lambda w: str(w._pick(vocab.REMARKS)))
        return self._pick(made)(self)

    def total(self) -> str:
        """What stands in the hole of a ring."""
        return f"Total{self._pick((chr(10), ': '))}{self._pick(('$', '', '', ''))}{int(self._rng.integers(12, 9000)):,}"

    def in_order(self, count: int) -> list[str]:
        """Names of a stretch of time or of numbered groups."""
        return self._in_order(count, short=self._chance(0.3))

    def _chance(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def _pick(self, items: Sequence[T]) -> T:
        return items[int(self._rng.integers(len(items)))]

    def _quantity(self) -> str:
        return (f"{self._pick(vocab.ADJECTIVES)} " if self._chance(0.25) else "") + self._pick(vocab.QUANTITIES)

    def _filled(self, pattern: str) -> str:
        year = int(self._rng.integers(1960, 2024))
        parts = {
            "Q": self._quantity(), "Q2": self._pick(vocab.QUANTITIES), "S": self._pick(vocab.SUBJECTS),
            "F": self._pick(vocab.FIELDS), "F2": self._pick(vocab.FIELDS), "A": self._pick(vocab.ADJECTIVES),
            "P": self._pick(vocab.PLACES), "M": self._pick(vocab.METHODS), "M2": self._pick(vocab.METHODS),
            "D": self._pick(vocab.DATASETS), "D2": self._pick(vocab.DATASETS), "U": self._pick(vocab.UNITS),
            "C": self._pick(vocab.COMPOUNDS), "L": self._pick(LETTERS), "N": str(self._rng.integers(1, 10)),
            "W": self._pick(vocab.FOREIGN_TITLES),
            "Y": str(year), "Y2": str(year + int(self._rng.integers(1, 30))),
        }  # fmt: skip
        return pattern.format(**parts)

    def _cased(self, text: str) -> str:
        return self._case(text)

    def _bracketed(self, unit: str) -> str:
        return str(self._pick((" ({})", " ({})", " ({})", " [{}]", ", {}", " in {}"))).format(unit)

    def _wrapped(self, text: str) -> str:
        if len(text) < WRAPPED_CHARS or " " not in text or not self._chance(0.3):
            return text
        middle = min((i for i, c in enumerate(text) if c == " "), key=lambda i: abs(i - len(text) // 2))
        return text[:middle] + "\n" + text[middle + 1 :]

    def _distinct(self, count: int, make: Callable[[Words], str]) -> list[str]:
        """Names by one maker; others step in when its stock is small."""
        names: dict[str, None] = {}
        for attempt in range(200 * count):
            names.setdefault(make(self) if attempt < 20 * count else f"{make(self)} {attempt % 30 + 1}")
            if len(names) == count:
                break
        return list(names)

    def _in_order(self, count: int, short: bool = False) -> list[str]:
        """A stretch of something that has an order: months, weekdays, years, quarters, groups."""
        start = int(self._rng.integers(1, 4))
        year = int(self._rng.integers(1950, 2025 - min(count, 60)))
        prefix = self._pick("SGQTL") if short else self._pick(ORDINALS)
        choices = [
            [str(year + i) for i in range(count)],
            [f"{prefix}{'' if short else ' '}{start + i}" for i in range(count)],
            [f"{prefix[0]}{chr(ord('A') + i % 26)}" if short else f"{prefix} {chr(65 + i % 26)}" for i in range(count)],
            [str(number) for number in self._numbers(count)],
        ]
        if not short:
            tail = self._pick(("%", "k", "h", " min", "x", " nm", " days", "°C", " mg", " km"))
            choices.append([f"{year + i // 12}-{i % 12 + 1:02d}" for i in range(count)])
            choices.append([f"Q{i % 4 + 1} {year + i // 4}" for i in range(count)])
            choices.append([f"{number}{tail}" for number in self._numbers(count)])
        if count <= 12:
            choices.append([month[: 3 if short or count > 6 else None] for month in vocab.MONTHS[:count]])
            choices.append([f"{year + i // 4} Q{i % 4 + 1}" if not short else f"Q{i + 1}" for i in range(count)])
            choices.append([f"{18 + 10 * i}-{27 + 10 * i}" for i in range(min(count, 8))])
        if count <= 7:
            choices.append([day[: 3 if short or count > 5 else None] for day in vocab.WEEKDAYS[:count]])
        found = self._pick([names for names in choices if len(set(names)) == count])
        return list(found)

    def _numbers(self, count: int) -> list[int]:
        """Numbers as names: sizes, percentages, steps."""
        base, step = self._pick(((1, 1), (0, 10), (10, 10), (0, 1), (5, 5), (100, 100), (0, 20), (0, 0)))
        return [base + i * step for i in range(count)] if step else [2 ** (i + 1) for i in range(count)]


ORDINALS = (
    "Group", "Task", "Method", "Sample", "Model", "Category", "Product", "Team", "Site", "Region", "Class", "Topic",
    "Stage", "Phase", "Level", "Week", "Day", "Trial", "Cluster", "Condition", "Patient", "Store", "Item", "Plot",
    "Case",
)  # fmt: skip


def _model_name(words: Words) -> str:
    """A method, now and then with a variant as papers write it."""
    name = words._pick(vocab.METHODS)
    tail = words._pick((" + {}", " ({})", "-{}", " w/ {}")) if words._chance(0.15) else ""
    return name + tail.format(words._pick(("large", "small", "v2", "Aug", "FT", "LoRA", "CRF", "512", "ours", "KD")))


def _level(words: Words) -> str:
    return str(words._pick(("p < 0.05", "p < 0.01", "p < 0.001", "$p$ < 0.05", "p = 0.03", "n.s.", "*", "**", "***")))


def _sample_size(words: Words) -> str:
    return f"{words._pick(('n', 'N', '$n$'))}{words._pick((' = ', '='))}{words._rng.integers(5, 2000)}"


def _fit_quality(words: Words) -> str:
    name = words._pick(("R² = ", "$R^2$ = ", "R = ", "r = ", "RMSE = ", "AUC = ", "$\\rho$ = ", "ECE = ", "MAE: "))
    return f"{name}{words._rng.uniform(0.05, 0.99):.{words._pick((2, 2, 3))}f}"


def _slope(words: Words) -> str:
    a, b = words._rng.uniform(0.1, 9, 2)
    return f"y = {a:.2f}x {words._pick('+-')} {b:.{words._pick((1, 2))}f}"


def _curve(words: Words) -> str:
    """What a curve of a training run, or of a split, is called."""
    return str(words._pick(vocab.CURVES))


def _titled(stock: Sequence[str]) -> Callable[[Words], str]:
    return lambda words: words._cased(words._pick(stock))


def _plain(stock: Sequence[str]) -> Callable[[Words], str]:
    return lambda words: words._pick(stock)


def _numbered(words: Words) -> str:
    return f"{words._pick(ORDINALS)} {words._rng.integers(1, 13)}"


def _setting(words: Words) -> str:
    """A hyperparameter with its value: "lr = 0.01", "$k$ = 4"."""
    name = words._pick(("k", "n", "lr", "T", "dim", "$\\alpha$", "$\\lambda$", "$\\sigma$", "N", "p", "$\\beta$"))
    value = words._pick(
        ("0.01", "0.1", "0.5", "0.9", "1", "2", "4", "8", "16", "32", "64", "100", "256", "1.0", "0.05")
    )
    return f"{name}{words._pick((' = ', '='))}{value}"


_SERIES = (
    _model_name, _model_name, _titled(vocab.QUANTITIES), _titled(vocab.FIELDS), _plain(vocab.PLACES), _numbered,
    _titled(vocab.SUBJECTS), lambda words: str(words._rng.integers(1990, 2025)), _setting, _plain(vocab.DATASETS),
    _plain(vocab.COMPOUNDS), lambda words: words._pick(vocab.MATH), _curve, _curve, _titled(vocab.GROUPS),
    _titled(vocab.PHRASES), _plain(vocab.FOREIGN),
)  # fmt: skip
_CATEGORIES = (
    _model_name, _titled(vocab.FIELDS), _titled(vocab.FIELDS), _plain(vocab.PLACES), _plain(vocab.DATASETS),
    _titled(vocab.SUBJECTS), _titled(vocab.QUANTITIES), _numbered, _plain(vocab.COMPOUNDS), _plain(vocab.ELEMENTS),
    _titled(vocab.PHRASES), _titled(vocab.GROUPS), _plain(vocab.FOREIGN), _plain(vocab.NAMES), _setting,
)  # fmt: skip


def _spaced(header: str) -> str:
    return " ".join(re.sub(r"[_.]+", " ", header).split())


def _without_unit(label: str) -> str:
    return re.sub(r"\s*[(\[].*?[)\]]|, \S+$", "", label).strip()


def _title_case(text: str) -> str:
    small = {"of", "by", "in", "on", "and", "vs.", "per", "with", "the", "over", "for", "to"}
    words = text.split(" ")
    return " ".join(w if i and w in small else _capital(w) for i, w in enumerate(words))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _as_is(text: str) -> str:
    return text


def _upper(text: str) -> str:
    return text if "$" in text else text.upper()


CASES: tuple[Callable[[str], str], ...] = (*(_title_case,) * 6, *(_capital,) * 5, *(_as_is,) * 2, _upper)
