"""What each panel of a picture looks like at a glance: kinds and forms, by a small convolutional net.

The built-in model sees 64 tokens of a whole picture, and a transformer of its size needs more pictures than can be
drawn in a night to tell bars from boxes by them; 300,000 weights that slide over one panel learn it in minutes
(DECISIONS.md). So it is told, as it is told what OCR reads, and may disagree.
Leaves out: training the net (training/glance.py), saying it in tokens (asking.py).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from model.nano import grammar
from model.nano.sight import picture
from model.records import Pixels

SIDE_PX = 96
MARGIN = 0.08  # of a panel's width and height, on each side: where ticks stand
WIDTH = 32  # channels of the first stage; each stage has twice as many as the one before
WEIGHTS = Path(__file__).parent / "glance.safetensors"
KINDS = tuple(f"kind:{kind}" for kind in grammar.KINDS)
WORDS = (*KINDS, *grammar.LAYER_WORDS)
POSSIBLE, LIKELY = 0.1, 0.4  # chances from which on a kind is told, and any other word
MOST_KINDS = 3

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Looks:
    """Kinds with their chances, the likeliest first, and other words that are likely."""

    kinds: tuple[tuple[str, float], ...]
    others: tuple[str, ...]


class Stage(nn.Module):
    """Two convolutions beside a shortcut (arXiv 1512.03385), at half the size of what comes in."""

    def __init__(self, seen: int, made: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(seen, made, 3, stride=2, padding=1, bias=False)
        self.second = nn.Conv2d(made, made, 3, padding=1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(made), nn.BatchNorm2d(made)])
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(seen, made, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.norms[0](self.first(x)).relu()
        return (self.norms[1](self.second(hidden)) + self.shortcut(x)).relu()


class Glance(nn.Module):
    """Panels (N, 3, SIDE_PX, SIDE_PX), -1 to 1 -> log-odds (N, K) of the K words."""

    def __init__(self) -> None:
        super().__init__()
        stem = nn.Conv2d(3, WIDTH // 2, 5, stride=2, padding=2, bias=False)
        widths = [WIDTH // 2, WIDTH, 2 * WIDTH, 4 * WIDTH]
        stages = [Stage(*pair) for pair in itertools.pairwise(widths)]
        self.body = nn.Sequential(stem, nn.BatchNorm2d(WIDTH // 2), nn.ReLU(), *stages)
        self.head = nn.Linear(8 * WIDTH, len(WORDS))

    def forward(self, x: Tensor) -> Tensor:
        seen = self.body(x)
        scores: Tensor = self.head(torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], 1))
        return scores


def panel(pixels: Pixels, box: Box) -> Pixels:
    """A panel as the net sees it, its ticks around it; `box`: left, top, right, bottom in fractions of the picture."""
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    across, down = MARGIN * max(4.0, x1 - x0), MARGIN * max(4.0, y1 - y0)
    cut = (max(0.0, x0 - across), max(0.0, y0 - down), min(width, x1 + across), min(height, y1 + down))
    size = (SIDE_PX, SIDE_PX)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, box=cut, reducing_gap=2.0))


def as_input(panels: Pixels) -> Tensor:
    """(N, SIDE_PX, SIDE_PX, 3) uint8 -> what the net takes."""
    return (
        torch.from_numpy(panels)
        .permute(0, 3, 1, 2)
        .float()
        .div(127.5)
        .sub(1)
        .contiguous(memory_format=torch.channels_last)
    )


def looks(pixels: Pixels, boxes: Sequence[Box], net: Glance | None = None) -> list[Looks]:
    """What each panel looks like."""
    return [_told(row) for row in chances(pixels, boxes, net).tolist()]


def chances(pixels: Pixels, boxes: Sequence[Box], net: Glance | None = None) -> Tensor:
    """How likely each word is of each of the N panels of a picture: (N, K)."""
    if not boxes:
        return torch.zeros(0, len(WORDS))
    square = picture(pixels)
    with torch.inference_mode():
        found: Tensor = (net or trained())(as_input(np.stack([panel(square, box) for box in boxes]))).sigmoid()
    return found


def _told(chances: Sequence[float]) -> Looks:
    ranked = sorted(zip(WORDS, chances, strict=True), key=lambda pair: -pair[1])
    kinds = tuple(pair for pair in ranked if pair[0] in KINDS and pair[1] >= POSSIBLE)
    return Looks(kinds[:MOST_KINDS], tuple(name for name, chance in ranked if name not in KINDS and chance >= LIKELY))


@functools.cache
def trained() -> Glance:
    """The net with the weights that lie beside this file."""
    net = Glance()
    net.load_state_dict(load_file(WEIGHTS))
    return net.eval()
