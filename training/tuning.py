"""How to learn from judged answers: the method and its figures. Light to import: the process that waits has it too."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Method(enum.StrEnum):
    """How judged answers are learnt from; the last two are what NFT is measured against."""

    NFT = "nft"
    KTO = "kto"
    REJECTION = "rejection"


@dataclass(frozen=True, slots=True)
class Tuning:
    """`lora_rank` 0 trains all weights, right for a model of some millions. A few verdicts are gone through more often
    than `epochs`, until there were `least_steps`: two steps of warm-up change nothing.
    """

    method: Method = Method.NFT
    epochs: float = 2.0
    least_steps: int = 20
    learning_rate: float = 5e-5
    rows_per_step: int = 16
    lora_rank: int = 0
    checkpoint_every: int = 20  # steps; a kill costs at most so many
    seed: int = 0
