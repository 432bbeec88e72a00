"""The loss of negative-aware fine-tuning (NFT, arXiv 2505.18116), for whole and for fractional verdicts.

The policy that wrote the answers is taken for a mixture: pi_old = r pi_right + (1 - r) pi_wrong, r being the share of
right answers. So the policy of wrong answers is implicit in the one that is trained, pi_wrong = (pi_old - r pi) / (1 -
r), and both can be fitted to the answers of their kind. With R = pi / pi_old of a token and c in [0, 1] how right its
answer is, a token costs

    w(r) [ -c log R  -  (1 - c) log floor((1 - r R) / (1 - r)) ]

`floor` bounds the value from below and lets the gradient through: a plain clamp would end learning where it is needed
most. At R = 1 the cost is 0 and its gradient that of mean-centred GRPO: (c - r) grad log pi with w = 1 - r and r = mean
c. With the floor at 1 the cost of a wrong answer is never positive, so only its gradient tells something: a falling or
rising curve of this loss does not.

Leaves out: where r and c come from (rates.py), the trainer around it (nft_trainer.py).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import torch


class Weighting(enum.StrEnum):
    """What an answer counts by the rate of its question: rare successes teach most."""

    CENTRED = "centred"  # 1 - r: on-policy the gradient of mean-centred GRPO
    STANDARDISED = "standardised"  # sqrt((1 - r) / r): for whole verdicts that of GRPO divided by the deviation
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class NftLoss:
    """Constants of the published code: log-ratios up to 10, rates within [0.02, 0.98], floor 1.

    `negative` scales what wrong answers count: 1 is NFT, 0 leaves rejection fine-tuning.
    """

    weighting: Weighting = Weighting.CENTRED
    negative: float = 1.0
    floor: float = 1.0
    most_log_ratio: float = 10.0
    least_rate: float = 0.02

    def __call__(
        self,
        logps_BT: torch.Tensor,
        old_logps_BT: torch.Tensor,
        mask_BT: torch.Tensor,
        correct_B: torch.Tensor,
        rate_B: torch.Tensor,
    ) -> torch.Tensor:
        """Cost of each of B answers, summed over its tokens (shape B). `mask_BT` is 1 where a token belongs to one.

        No division by length: on-policy that would no longer be GRPO's gradient.
        """
        rate = rate_B.clamp(self.least_rate, 1 - self.least_rate)[:, None]
        log_ratio = (logps_BT - old_logps_BT.detach()).clamp(max=self.most_log_ratio)
        log_ratio = log_ratio.masked_fill(mask_BT == 0, 0.0)  # a row's padding costs log 1
        wrong = floored((1 - rate * log_ratio.exp()) / (1 - rate), self.floor)
        correct = correct_B[:, None]
        cost = -correct * log_ratio - self.negative * (1 - correct) * wrong.log()
        return (self.weights(rate) * cost).sum(dim=1)

    def weights(self, rate: torch.Tensor) -> torch.Tensor:
        match self.weighting:
            case Weighting.CENTRED:
                return 1 - rate
            case Weighting.STANDARDISED:
                return ((1 - rate) / rate).sqrt()
            case Weighting.EQUAL:
                return torch.ones_like(rate)


REJECTION = NftLoss(weighting=Weighting.EQUAL, negative=0.0)
"""Rejection fine-tuning: right answers alone, each as likely as can be."""


def floored(values: torch.Tensor, floor: float) -> torch.Tensor:
    """At least `floor`, with the gradient of the values themselves."""
    return values + (values.clamp(min=floor) - values).detach()
