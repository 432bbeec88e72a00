"""Courses of numbers along an axis: real ones of a table, or shapes that measured and computed curves have.

Leaves out: what is drawn of them (kinds_lines.py).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.synthesis.kinds_kit import Kit, Values, rounded

Shape = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def courses(kit: Kit, count: int, rows: int) -> list[Values]:
    """Curves of one scale that belong together."""
    if kit.chance(0.5 if count <= 24 else 0.25):
        return _real(kit, count, rows)
    shape, low, span = kit.pick(_SHAPES), *_scale(kit)
    noise = kit.pick((0.0, 0.0, 0.0, 0.01, 0.02, 0.05)) if count > 16 else kit.pick((0.0, 0.0, 0.02, 0.05))
    along = np.linspace(0, 1, count)
    found = []
    for index in range(rows):
        curve = shape(kit.rng, along) * kit.rng.uniform(0.7, 1.15) + kit.rng.normal(0, 0.12 if index else 0.02)
        curve = curve + kit.rng.normal(0, noise, count)
        found.append(low + span * (np.maximum(curve, 0.01) if low == 0 else curve))
    digits = kit.pick((3, 3, 4))
    return [rounded(curve, digits) for curve in found]


def _scale(kit: Kit) -> tuple[float, float]:
    """Lowest value and span: percent, shares, losses, counts, something around zero."""
    low = float(kit.pick((0, 0, 0, 0, 20, 40, 60, -1, 100)))
    span = float(kit.pick((1, 1, 5, 10, 100, 100, 500, 2000, 0.1))) if low == 0 else float(kit.pick((1, 2, 10, 30, 40)))
    return low, span * kit.form.uniform(0.5, 1.2)


def _real(kit: Kit, count: int, rows: int) -> list[Values]:
    """A table's columns; longer ones lie between its values, smooth ones are running means."""
    base = kit.columns(min(count, 16), rows, positive=kit.chance(0.85))
    smooth = kit.chance(0.5)
    found = []
    for values in base:
        curve = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(values)), values)
        if smooth:
            curve = np.convolve(np.pad(curve, 1, mode="edge"), np.ones(3) / 3, mode="valid")
            curve = np.sort(curve) if kit.chance(0.35) else curve
        elif count > 16:
            curve = curve + kit.rng.normal(0, 0.04 * (np.std(curve) or 1.0), count)
        found.append(rounded(curve, 3) if smooth or count > 16 else values)
    return found


def _learning(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    return 1 - rng.uniform(0.4, 1.0) * np.exp(-rng.uniform(2, 9) * t)


def _decay(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    return rng.uniform(0.02, 0.3) + rng.uniform(0.5, 0.9) * np.exp(-rng.uniform(2, 10) * t)


def _power(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    return np.asarray(t ** rng.uniform(0.3, 3))


def _sigmoid(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-rng.uniform(6, 20) * (t - rng.uniform(0.3, 0.7)))))


def _sine(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 + 0.5 * np.sin(2 * np.pi * (rng.uniform(0.5, 3) * t + rng.random())))


def _damped(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 + 0.5 * np.exp(-rng.uniform(1, 4) * t) * np.cos(2 * np.pi * rng.uniform(1.5, 4) * t))


def _peak(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-(((t - rng.uniform(0.2, 0.8)) / rng.uniform(0.08, 0.3)) ** 2)))


def _peaks(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    return _peak(rng, t) + rng.uniform(0.2, 0.7) * _peak(rng, t)


def _walk(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    steps = np.cumsum(rng.normal(rng.normal(0, 0.1), 1, len(t)))
    return np.asarray((steps - steps.min()) / (np.ptp(steps) or 1))


def _trend(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    rising = rng.uniform(0.2, 1) * t
    return np.asarray(rising if rng.random() < 0.7 else 1 - rising) * rng.uniform(0.5, 1) + rng.normal(0, 0.03, len(t))


def _bowl(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    bowl = ((t - rng.uniform(0.35, 0.65)) * rng.uniform(1.3, 2)) ** 2
    return np.asarray(bowl if rng.random() < 0.6 else 0.9 - bowl)


def _growth(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    rate = rng.uniform(2, 7)
    return np.asarray(np.expm1(rate * t) / np.expm1(rate))


def _season(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    return np.asarray(0.3 + 0.4 * t * rng.uniform(0, 1) + 0.25 * np.sin(2 * np.pi * rng.integers(2, 6) * t))


def _warm_up(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
    top = rng.uniform(0.1, 0.4)
    return np.asarray(np.where(t < top, t / top, 0.05 + 0.95 * ((1 - t) / (1 - top)) ** rng.uniform(0.6, 2)))


_SHAPES: tuple[Shape, ...] = (
    _learning, _learning, _learning, _decay, _decay, _power, _sigmoid, _sine, _damped, _peak, _peaks, _walk, _walk,
    _trend, _trend, _trend, _bowl, _growth, _season, _warm_up,
)  # fmt: skip
