"""Rows of TRL's batches: joined, chosen, and rid of padding that no row of them needs.

A batch is what GRPOTrainer makes: questions padded on the left, answers on the right, (B, P) and (B, C), their masks,
`advantages` (B,), pictures with `num_images`, and for some models a tensor over both, (B, P + C), of token types.
How pictures are laid out differs from model to model; TRL's own helpers split and join them.
Leaves out: what is in a batch, which is the trainer's business (grpo.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from trl.trainer.utils import pad, split_pixel_values_by_grid, unsplit_pixel_values_by_grid

Batch = dict[str, Any]
QUESTION = ("prompt_ids", "prompt_mask")
ANSWER = (
    "completion_ids", "completion_mask", "old_per_token_logps", "ref_per_token_logps", "sampling_per_token_logps",
    "importance_sampling_ratio",
)  # fmt: skip
WHOLE = ("token_type_ids", "mm_token_type_ids")


def joined(one: Batch, other: Batch, pad_id: int) -> Batch:
    """The rows of `one`, then those of `other`, padded alike. Both come from the same trainer, so from one model."""
    lengths = [batch["prompt_ids"].shape[1] for batch in (one, other)]
    result: Batch = {}
    for name, first in one.items():
        second = other[name]
        value = pad_id if name.endswith("_ids") and name not in WHOLE else 0
        if name in QUESTION:
            result[name] = _padded([*first, *second], value, "left")
        elif name in WHOLE:
            halves = [(part[:, :at], part[:, at:]) for part, at in zip((first, second), lengths, strict=True)]
            left, right = ([row for half in halves for row in half[side]] for side in (0, 1))
            result[name] = torch.cat([_padded(left, 0, "left"), _padded(right, 0, "right")], dim=1)
        elif name in ANSWER and first.shape[1] > 1:
            result[name] = _padded([*first, *second], value, "right")
        elif name == "num_items_in_batch" or isinstance(first, list):
            result[name] = first + second
        else:
            result[name] = torch.cat(_alike(first, second))
    return result


def chosen(batch: Batch, rows: Sequence[int]) -> Batch:
    """Those rows of a batch, in that order, without padding that none of them needs."""
    parts = split_pixel_values_by_grid(batch)
    picked = {name: _picked(value, rows) for name, value in parts.items()}
    return _trimmed(unsplit_pixel_values_by_grid(picked))


def _picked(value: Any, rows: Sequence[int]) -> Any:
    if isinstance(value, list):
        return [value[row] for row in rows]
    return value if value is None or value.ndim == 0 else value[list(rows)]


def _trimmed(batch: Batch) -> Batch:
    asked, answered = batch["prompt_mask"].shape[1], batch["completion_mask"].shape[1]
    before = asked - int(batch["prompt_mask"].sum(dim=1).max())
    kept = max(1, int(batch["completion_mask"].sum(dim=1).max()))
    result = dict(batch)
    for name, value in batch.items():
        if name in QUESTION:
            result[name] = value[:, before:]
        elif name in ANSWER and value.shape[1] == answered:
            result[name] = value[:, :kept]
        elif name in WHOLE:
            result[name] = value[:, before : asked + kept]
        elif _by_row(name, value) and "num_images" in batch:
            result[name] = value[:, : max(1, *batch["num_images"])]
    return result


def _by_row(name: str, value: Any) -> bool:
    """Pictures laid out row by row, (B, n, ...), with empty ones behind those of rows that show fewer."""
    return (name == "pixel_values" and value.ndim == 5) or (name == "pixel_attention_mask" and value.ndim == 4)


def _padded(rows: list[torch.Tensor], value: int, side: str) -> torch.Tensor:
    return pad(rows, padding_value=value, padding_side=side)


def _alike(first: torch.Tensor, second: torch.Tensor) -> list[torch.Tensor]:
    """Pictures of rows that show different numbers of them: empty ones are added, which such models pass over."""
    if first.ndim < 4 or first.shape[1:] == second.shape[1:]:
        return [first, second]
    most = max(first.shape[1], second.shape[1])
    return [
        torch.cat([part, part.new_zeros(len(part), most - part.shape[1], *part.shape[2:])], dim=1)
        for part in (first, second)
    ]
