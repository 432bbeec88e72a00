"""The loss that tells the vision half which kinds a picture shows, by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from training.batches import IGNORED, Batch
from training.sense import KindSense, first_pictures

PICTURE = 9


def _batch(ids: list[list[int]], labels: list[list[int]]) -> Batch:
    told = torch.tensor(ids)
    return Batch(told, torch.tensor(labels), torch.zeros(0), told.numel())


def test_the_first_picture_of_each_row_counts() -> None:
    """Rows with one, two and one pictures of two tokens each."""
    ids = torch.tensor([[9, 9, 1, 1, 1], [9, 9, 1, 9, 9], [1, 9, 9, 1, 1]])
    assert first_pictures(ids, PICTURE, 2).tolist() == [0, 1, 3]


def test_kinds_are_scored_by_the_surest_place_by_hand() -> None:
    """Two kinds, tokens 5 and 6; one picture of two tokens, (1, 0) and (0, 1), normed (1, -1) and (-1, 1).

    Scores: kind 5 (4, -4), kind 6 (-2, -2); kind 5 is there. Pooled: log((e^4 + e^-4) / 2) and -2, so the loss is
    log(1 + 2 / (e^4 + e^-4)) + log(1 + e^-2).
    """
    sense = KindSense(2, [5, 6])
    with torch.no_grad():
        sense.head.weight.copy_(torch.tensor([[4.0, 0.0], [0.0, 0.0]]))
        sense.head.bias.copy_(torch.tensor([0.0, -2.0]))
    pictures = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    batch = _batch([[9, 9, 1, 5]], [[IGNORED, IGNORED, IGNORED, 5]])
    expected = math.log(1 + 2 / (math.exp(4) + math.exp(-4))) + math.log(1 + math.exp(-2))
    assert sense(pictures, batch, PICTURE).item() == pytest.approx(expected, rel=1e-4)


def test_the_loss_reaches_the_pictures_alone() -> None:
    sense = KindSense(3, [5])
    nn.init.normal_(sense.head.weight)
    pictures = torch.randn(2, 4, 3, requires_grad=True)
    batch = _batch([[9, 9, 9, 9, 5], [9, 9, 9, 9, 1]], [[IGNORED] * 4 + [5], [IGNORED] * 5])
    sense(pictures, batch, PICTURE).backward()
    assert pictures.grad is not None and (pictures.grad.abs().sum((1, 2)) > 0).all()
