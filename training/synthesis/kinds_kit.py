"""What every kind of chart is made from: choices of form, numbers of a real table, names, colours, axes.

A figure whose panels belong together makes each of them from one seed of form (kind, counts, names, marks), while the
numbers go on changing. Leaves out: the kinds (kinds_*.py) and what is put around a panel (dressing.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from model.nano import grammar
from model.nano.spec import AxisSpec
from training.synthesis.colours import INK, SURFACE, palette
from training.synthesis.tables import Tables
from training.synthesis.words import Words

T = TypeVar("T")
Values = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the panels of a figure share: their seed of colours, a dark ground, their size in inches, their number."""

    paint: int
    dark: bool = False
    width: float = 6.4
    height: float = 4.8
    crowd: int = 1


class Kit:
    """One panel's choices: `form` decides what repeats from panel to panel, `rng` what does not."""

    def __init__(self, tables: Tables, rng: np.random.Generator, form: int, frame: Frame, kind: str = "") -> None:
        self.rng, self.form, self.frame = rng, np.random.default_rng(form), frame
        self.table = tables.sample(self.form, kind)
        self.words = Words(self.form)
        self.talk = self.words.retold(rng)
        self._first, self._named = int(rng.integers(len(self.table.columns))), 0

    # ---- choices of form ---------------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return bool(self.form.random() < share)

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.form.integers(len(options)))]

    def count(self, low: int, high: int) -> int:
        """A whole number, the lower ones likelier."""
        high = max(low, high)
        return min(high, low + int((high - low + 1) * self.form.random() ** 1.25))

    def some(self, share: float, *words: str) -> list[str]:
        """One of the words, with a chance."""
        return [self.pick(words)] if self.chance(share) else []

    def weighted(self, options: dict[str, float]) -> str:
        shares = np.array(list(options.values()))
        return str(self.form.choice(list(options), p=shares / shares.sum()))

    def fits(self, texts: int) -> bool:
        """Whether so many texts may stand in a panel of this figure."""
        return texts * self.frame.crowd <= 44

    def most_names(self, lying: bool = False) -> int:
        """As many categories as have room along an axis."""
        if self.frame.crowd >= 6:
            return 4
        return max(3, int(self.frame.height * 2.6 if lying else self.frame.width * 1.9))

    # ---- numbers -----------------------------------------------------------------------------------------------

    def columns(self, count: int, rows: int, positive: bool = True) -> list[Values]:
        """Rows of numbers of one scale: mostly a real table's, else such as papers print."""
        how = self.weighted({"real": 0.62, "scores": 0.16, "shares": 0.07, "wide": 0.07, "whole": 0.08})
        if how == "real":
            found = self._real(count, rows)
        else:
            found = [_MADE[how](self.rng, count) for _ in range(rows)]
            base = found[0]
            close = self.form.uniform(0.05, 0.4)
            found = [base + (one - base) * close for one in found]
        if positive:
            found = [one - one.min() * 1.1 if one.min() < 0 else one for one in found]
        found = [one if np.any(one) else one + self.rng.uniform(1, 9, count) for one in found]
        return self._rounded(found, how)

    def _rounded(self, found: list[np.ndarray], how: str) -> list[Values]:
        """As many decimals for all as the largest one bears."""
        largest = max(float(np.abs(one).max()) for one in found)
        digits = int(self.form.integers(2, 5)) if how != "whole" else 9
        decimals = max(0, digits - 1 - int(np.floor(np.log10(max(largest, 1e-12)))))
        if how == "whole" or (largest >= 100 and self.chance(0.6)):
            decimals = 0
        smallest = 10.0**-decimals
        rounded = [np.round(np.where((one > 0) & (one < smallest), smallest, one), decimals) + 0.0 for one in found]
        return [tuple(float(f"{value:.5g}") for value in one) for one in rounded]

    def _real(self, count: int, rows: int) -> list[np.ndarray]:
        pool = [np.asarray(column.values, float) for column in self.table.columns if len(column.values) >= 2]
        first = self._cut(pool[int(self.rng.integers(len(pool)))], count)
        scale = np.abs(first).mean() or 1.0
        if self.frame.crowd > 1:  # panels of one column must not be copies
            first = first * self.rng.uniform(0.8, 1.2, count)
        chosen = [first]
        for column in pool:
            cut = np.resize(column, count)
            if len(chosen) < rows and 0.2 < (np.abs(cut).mean() or 1e-9) / scale < 5 and not np.allclose(cut, first):
                chosen.append(cut)
        while len(chosen) < rows:
            chosen.append(first * self.rng.uniform(0.5, 1.5) * self.rng.uniform(0.75, 1.25, count))
        return chosen

    def _cut(self, column: np.ndarray, count: int) -> np.ndarray:
        """A stretch of the column; one that is too short goes on with its own values, but not in the same way."""
        if len(column) < count:
            longer = np.resize(column, count)
            longer[len(column) :] *= self.rng.uniform(0.7, 1.3, count - len(column))
            return longer
        start = int(self.rng.integers(0, len(column) - count + 1))
        return column[start : start + count]

    def sample(self, size: int) -> np.ndarray:
        """Measured values of one quantity: a real column spread out, or a bell or a tail."""
        column = np.asarray(self.table.columns[int(self.rng.integers(len(self.table.columns)))].values, float)
        spread = float(np.std(column))
        if spread == 0 or self.rng.random() < 0.3:
            centre, width = self.rng.uniform(0, 100), self.rng.uniform(1, 20)
            tail = self.rng.random() < 0.35
            return centre + (self.rng.gamma(2.0, width, size) if tail else self.rng.normal(0, width, size))
        return self.rng.choice(column, size) + self.rng.normal(0, 0.15 * spread, size)

    # ---- names and looks ---------------------------------------------------------------------------------------

    def categories(self, count: int, longest: int = 22) -> tuple[str, ...]:
        names = [name for name in dict.fromkeys(self.table.categories) if len(name) <= longest]
        if len(names) >= count and self.chance(0.4):
            return tuple(names[:count])
        maker = self.words.short_categories if self.chance(0.3) else self.words.categories
        found = maker(count)
        fits = [name if len(name) <= longest + 6 else name[: longest + 5].rstrip() + "." for name in found]
        return tuple(fits) if len(set(fits)) == count else tuple(self.words.short_categories(count))

    def labels(self, count: int, alone: float = 0.25) -> tuple[str, ...]:
        """Names for a legend; a single series seldom has one."""
        named = self.chance(0.93 if count > 1 else alone)
        return tuple(self.words.series_names(count)) if named else ("",) * count

    def colours(self, count: int) -> tuple[str, ...]:
        """The figure's palette, the same in every panel."""
        return palette(np.random.default_rng(self.frame.paint), count, self.frame.dark)

    def inks(self, count: int) -> tuple[str, ...]:
        """The same for lines and dots, which are not seen in the lightest colours."""
        lightest = INK if self.chance(0.9) else SURFACE
        return palette(np.random.default_rng(self.frame.paint), count, self.frame.dark, lightest)

    def label(self, share: float = 0.85) -> str:
        """A name for an axis, another one each time."""
        words = self.words if self.chance(0.55) else self.talk
        self._named += 1
        column = self.table.columns[(self._first + self._named) % len(self.table.columns)]
        header = column.header if self._named <= len(self.table.columns) else ""
        made = words.axis_label(header, column.unit)
        room = int(13 * min(self.frame.width, self.frame.height * 1.1))
        return made if self.chance(share) and len(made) <= room else ""

    def axes(self, categorical: bool = True) -> tuple[AxisSpec, AxisSpec]:
        return AxisSpec(self.label(0.5 if categorical else 0.88)), AxisSpec(self.label(0.88))

    def marker(self) -> str:
        return f"marker:{self.pick((*grammar.MARKERS, 'o', 'o', 's', '^'))}"

    def cmap(self) -> str:
        return f"cmap:{self.pick(grammar.COLORMAPS)}"


def _scores(rng: np.random.Generator, count: int) -> np.ndarray:
    """Marks in percent, as results are reported."""
    return np.clip(rng.normal(rng.uniform(35, 90), rng.uniform(2, 15), count), 2, 99.6)


def _shares(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.clip(rng.normal(rng.uniform(0.3, 0.85), rng.uniform(0.03, 0.2), count), 0.02, 0.995)


def _wide(rng: np.random.Generator, count: int) -> np.ndarray:
    return 10 ** rng.uniform(rng.uniform(-2, 1), rng.uniform(2, 4), count)


def _whole(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.asarray(rng.integers(1, int(rng.choice((10, 30, 100, 500, 1000, 5000))), count), float)


_MADE = {"scores": _scores, "shares": _shares, "wide": _wide, "whole": _whole}


def rounded(values: np.ndarray, digits: int = 3) -> Values:
    """As exact as a reader could tell: so many digits of the whole spread."""
    spread = float(np.ptp(values)) or float(np.abs(values).max()) or 1.0
    decimals = max(0, digits - 1 - int(np.floor(np.log10(spread))))
    return tuple(float(value) for value in np.round(values, decimals) + 0.0)
