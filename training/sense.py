"""What the vision half should know by itself: which kinds of chart a picture shows. A head that only training has.

In a short training the language half learns to copy hints long before the picture tells it anything, since what the
picture is worth reaches the vision half through six layers. This loss reaches it directly (an auxiliary loss, as deeply
supervised nets have, arXiv 1409.5185). The head is thrown away with the optimizer.
Leaves out: where in the picture each kind is.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from training.batches import Batch

RARE = -2.5  # the log-odds of a kind that one picture in thirteen shows


class KindSense(nn.Module):
    """Scores K kinds by a linear map of each normed picture token, pooled by log-mean-exp: one place can be enough.

    Begins at zero with every kind improbable, because picture tokens are large and a random head would shake them.
    """

    def __init__(self, width: int, kinds: Sequence[int]) -> None:
        super().__init__()
        self.head = nn.Linear(width, len(kinds))
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, RARE)
        self.kinds = torch.tensor(kinds)

    def forward(self, pictured: Tensor, batch: Batch, image_token: int) -> Tensor:
        """Binary cross-entropy, summed over kinds, mean over the first pictures of rows. `pictured` is (P, S, C)."""
        first = pictured[first_pictures(batch.ids, image_token, pictured.shape[1])]
        scores = self.head(nn.functional.layer_norm(first, first.shape[-1:])).float()
        pooled = scores.logsumexp(1) - torch.tensor(float(scores.shape[1])).log()
        wanted = (batch.labels[..., None] == self.kinds).any(1).float()
        return nn.functional.binary_cross_entropy_with_logits(pooled, wanted, reduction="sum") / len(wanted)


def first_pictures(ids: Tensor, image_token: int, tokens: int) -> Tensor:
    """Number of the first picture of each row of ids (B, T), of `tokens` tokens each; the others are drafts."""
    counts = (ids == image_token).sum(1) // tokens
    return counts.cumsum(0) - counts
