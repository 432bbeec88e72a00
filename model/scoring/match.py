"""Matching and F1: the arithmetic that every metric shares. Pure functions, no pictures, no figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Matrix = NDArray[np.float64]


def f1(matched: float, candidates: float, references: float) -> float:
    """F1 of precision matched / candidates and recall matched / references; 0 when either side is empty."""
    return 2 * matched / (candidates + references) if candidates and references else 0.0


Multiset = Iterable[Hashable] | Mapping[Any, int]  # items, or how often each occurs


def multiset_f1(reference: Multiset, candidate: Multiset) -> float | None:
    """F1 of exactly equal items, each counted as often as it occurs; None when there is nothing on both sides."""
    wanted, found = Counter[Any](reference), Counter[Any](candidate)
    if not wanted.total() and not found.total():
        return None
    return f1((wanted & found).total(), found.total(), wanted.total())


def assign(similarity: Matrix) -> list[tuple[int, int]]:
    """Pairs (row, column) of the one-to-one assignment with the largest total similarity."""
    if similarity.size == 0:
        return []
    rows, columns = linear_sum_assignment(similarity, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]


def assigned_total(similarity: Matrix) -> float:
    """Sum of the similarities of the best assignment."""
    return float(sum(similarity[pair] for pair in assign(similarity)))
