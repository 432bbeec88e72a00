"""Log-probabilities of a judged batch with the questions computed once, for the architecture that packing.py knows.

Rows of one question become one tree of tokens, questions one tree each: attention over several would mask most of what
it computes. Leaves out: the tree itself (packing.py), and other architectures (nft_trainer.py).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import torch
from trl.trainer.utils import pad

from training import packing


def packed_logps(model: Any, batch: dict[str, Any]) -> torch.Tensor:
    """(B, T - 1), 0 where a token belongs to no answer; the rows of `batch` begin at its left edge."""
    answers = batch["completion_mask"][:, 1:].bool()
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for row, question in enumerate(_parts(batch, answers=False)):
        groups[tuple(question.tolist())].append(row)
    found = [torch.empty(0)] * len(answers)
    for rows in groups.values():
        taken = {name: value[rows] for name, value in batch.items() if isinstance(value, torch.Tensor)}
        for row, logps in zip(rows, _of_one_question(model, taken), strict=True):
            found[row] = logps
    return torch.zeros(answers.shape).masked_scatter(answers, torch.cat(found))


def _of_one_question(model: Any, batch: dict[str, Any]) -> list[torch.Tensor]:
    """Of each row its answer's, without padding. The packer wants questions and answers padded apart."""
    questions, answers = _parts(batch, answers=False), _parts(batch, answers=True)
    asked, written = pad(questions, padding_side="left"), pad(answers)
    masks = [pad([torch.ones_like(one) for one in part], padding_side=side)
             for part, side in ((questions, "left"), (answers, "right"))]  # fmt: skip
    packed = {
        "input_ids": torch.cat([asked, written], 1),
        "attention_mask": torch.cat(masks, 1),
        "pixel_values": batch["pixel_values"],
        "pixel_attention_mask": batch["pixel_attention_mask"],
        "num_images": batch["pixel_attention_mask"].flatten(2).any(-1).sum(1).tolist(),
    }
    logps, _ = packing.logps_and_entropies(model, packed, written.shape[1], 1.0)
    return [row[: len(answer)] for row, answer in zip(logps, answers, strict=True)]


def _parts(batch: dict[str, Any], *, answers: bool) -> list[torch.Tensor]:
    """Token ids of each row's question, or of its answer."""
    chosen = batch["attention_mask"].bool() & (batch["completion_mask"].bool() == answers)
    return [ids[there] for ids, there in zip(batch["input_ids"], chosen, strict=True)]
