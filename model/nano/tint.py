"""Layers that one sees through: how much of their colour a program gives them, and what that looks like on a ground.

A picture shows blended colours, a program names pure ones. Leaves out: marks on top of each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.colours import rgb, written
from model.layout import Frame
from model.nano.panel import Panel
from model.nano.sight import Sight, once

FAINT = 0.6  # alpha of a layer with the word "faint"
FAINT_AREA = 0.4
VIOLIN = 0.7
FAINT_VIOLIN = 0.35


def strength(kind: str, words: Sequence[str]) -> float:
    """The alpha that a program gives a layer's marks."""
    if kind == "violin":
        return FAINT_VIOLIN if "faint" in words else VIOLIN
    if "faint" not in words:
        return 1.0
    return FAINT_AREA if kind == "area" and "stacked" not in words else FAINT


@once
def ground(frame: Frame, sight: Sight) -> tuple[float, float, float]:
    """The colour behind a panel's drawing, channels of 0 to 255."""
    panel = Panel.of(frame, sight)
    red, green, blue = panel.ground.tolist() if panel else (255.0, 255.0, 255.0)
    return red, green, blue


def blended(colour: str, alpha: float, behind: Sequence[float]) -> str:
    """What a colour looks like on the ground behind it."""
    return written(np.rint(alpha * np.array(rgb(colour)) + (1 - alpha) * np.array(behind)))


def pure(colour: str, alpha: float, behind: Sequence[float]) -> str:
    """The colour that looks like this one on the ground behind it."""
    channels = (np.array(rgb(colour)) - (1 - alpha) * np.array(behind)) / alpha
    return written(np.rint(np.clip(channels, 0, 255)))
