"""Colours as "#rrggbb" and as channels of 0 to 255, and how far apart two are. Leaves out: how alike eyes find them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import SupportsInt

import numpy as np


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of "#rrggbb". Raises ValueError for anything else."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def written(channels: Iterable[SupportsInt]) -> str:
    """Three channels as "#rrggbb", fractions cut off."""
    return "#{:02x}{:02x}{:02x}".format(*(int(channel) for channel in channels))


def distance(one: str, other: str) -> int:
    """The largest difference of a channel."""
    return int(np.abs(np.subtract(rgb(one), rgb(other))).max())
