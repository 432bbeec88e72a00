"""Real tables for charts: names with numbers, courses over an ordered axis, clouds of points.

Draws from training/synthesis/tables.json.gz (made by training/synthesis/sources.py). Leaves out what is drawn
with them and how. A chart that is held out shares no source table (`family`) with training: `split` decides.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

CACHE = Path(__file__).parent / "tables.json.gz"
KINDS = ("categorical", "ordered", "cloud")
KIND_SHARES = (0.5, 0.3, 0.2)
SCALES = ((1e9, "billion", "B"), (1e6, "million", "M"), (1e3, "thousand", "k"))


class Column(NamedTuple):
    header: str
    unit: str  # empty if unknown
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length over `categories` (categorical), over `x` (ordered), or free (cloud).

    `over` names what the rows are. `same_measure` says that all columns measure one thing, named by `measure` with
    `measure_unit`, as grouped and stacked bars need. A cloud's `categories` are its points' groups, or empty.
    """

    name: str
    family: str
    kind: str  # categorical | ordered | cloud
    over: str
    categories: tuple[str, ...]
    x: tuple[float, ...]
    columns: tuple[Column, ...]
    same_measure: bool = False
    measure: str = ""
    measure_unit: str = ""


def split(family: str, share: float) -> str:
    """ "heldout" for about `share` of the families, "train" for the others, the same in every run."""
    digest = hashlib.sha256(family.encode()).digest()
    return "heldout" if int.from_bytes(digest[:4], "big") / 2**32 < share else "train"


class Tables:
    """Samples of the cached frames. `part` ("train" or "heldout") keeps to one side of the split."""

    def __init__(self, part: str = "", heldout_share: float = 0.08, cache: Path = CACHE) -> None:
        self._part, self._share, self._cache = part, heldout_share, cache

    @cached_property
    def _frames(self) -> dict[str, list[list[dict[str, Any]]]]:
        """Kind -> families -> frames: a family with many frames is not drawn more often."""
        frames = json.loads(gzip.decompress(self._cache.read_bytes()))
        found: dict[str, dict[str, list[dict[str, Any]]]] = {kind: {} for kind in KINDS}
        for frame in frames:
            if not self._part or split(frame["family"], self._share) == self._part:
                found[frame["kind"]].setdefault(frame["family"], []).append(frame)
        return {kind: list(families.values()) for kind, families in found.items()}

    def sample(self, rng: np.random.Generator, kind: str = "", rows: int = 0) -> Table:
        """One table; of one kind, and of at most so many rows, if they are given."""
        kind = kind or KINDS[int(rng.choice(3, p=KIND_SHARES))]
        family = _pick(rng, self._frames[kind])
        frame = _pick(rng, family)
        chosen = _ROWS[kind](rng, len(frame["columns"][0][2]), rows)
        columns, measure, unit = _columns(rng, frame, chosen)
        keys = [frame["keys"][i] for i in chosen] if frame["keys"] else []
        ordered = kind == "ordered"
        return Table(
            name=frame["title"],
            family=frame["family"],
            kind=kind,
            over=frame["over"],
            categories=() if ordered else tuple(keys),
            x=tuple(float(key) for key in keys) if ordered else (),
            columns=columns,
            same_measure=frame["same"],
            measure=measure,
            measure_unit=unit,
        )


def _pick(rng: np.random.Generator, items: list[Any]) -> Any:
    return items[int(rng.integers(len(items)))]


def _some_rows(rng: np.random.Generator, count: int, most: int) -> list[int]:
    """A few rows in the table's order: charts of names hold three to a dozen."""
    wanted = min(count, most or int(rng.choice([3, 4, 5, 6, 7, 8, 10, 12, 16], p=_FEW)))
    return sorted(int(i) for i in rng.choice(count, wanted, replace=False))


_FEW = [0.12, 0.17, 0.2, 0.16, 0.1, 0.1, 0.08, 0.05, 0.02]


def _stretch(rng: np.random.Generator, count: int, most: int) -> list[int]:
    """A stretch of an ordered axis, now and then thinned out."""
    wanted = min(count, most or int(rng.integers(5, 41)))
    step = int(rng.integers(1, max(count // wanted, 1) + 1))
    start = int(rng.integers(0, count - (wanted - 1) * step))
    return list(range(start, start + wanted * step, step))


def _points(rng: np.random.Generator, count: int, most: int) -> list[int]:
    wanted = min(count, most or int(rng.integers(12, 81)))
    return sorted(int(i) for i in rng.choice(count, wanted, replace=False))


_ROWS = {"categorical": _some_rows, "ordered": _stretch, "cloud": _points}


def _columns(rng: np.random.Generator, frame: dict[str, Any], chosen: list[int]) -> tuple[tuple[Column, ...], str, str]:
    """Up to six columns, rescaled alike where they measure one thing; then the measure and its unit."""
    raw = [(header, unit, np.array(values, float)[chosen]) for header, unit, values in frame["columns"]]
    order = rng.permutation(len(raw)) if not frame["same"] else np.arange(len(raw))
    measure, unit = frame.get("measure", ("", ""))
    if frame["same"]:
        scaled, unit = _rescaled(rng, np.stack([values for *_, values in raw]), unit)
        return tuple(Column(h, unit, _floats(v)) for (h, *_), v in zip(raw, scaled, strict=True)), measure, unit
    columns = []
    for index in order:
        header, own, values = raw[index]
        values, own = _rescaled(rng, values, own)
        columns.append(Column(header, own, _floats(values)))
    telling = [column for column in columns if len(set(column.values)) > 1]
    return tuple(telling or columns[:1]), measure, unit


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _rescaled(rng: np.random.Generator, values: Any, unit: str) -> tuple[Any, str]:
    """Large numbers now and then in k, M or B, shares in %; rounded as people round."""
    largest = float(np.abs(values).max())
    if largest <= 1 and values.min() >= 0 and largest > 0.02 and not unit and rng.random() < 0.4:
        values, unit, largest = values * 100, "%", largest * 100
    for scale, word, letter in SCALES:
        if largest >= 4 * scale and unit in ("", "$") and rng.random() < 0.5:
            label = word if rng.random() < 0.5 else letter
            values, largest = values / scale, largest / scale
            unit = f"{label} {unit}".strip() if unit != "$" else f"{label} $"
            break
    spread = float(np.ptp(values)) or largest or 1.0
    decimals = int(rng.integers(1, 3)) - int(np.floor(np.log10(spread)))
    return np.round(values, min(max(decimals, 0), 5)) + 0.0, unit  # + 0.0: no negative zero
