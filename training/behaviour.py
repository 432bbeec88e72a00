"""How likely each judged answer was to the version that wrote it: NFT's pi_old, by a pass of its own for every version.

Recomputed with the trainer's own arithmetic and tokens, because a sampler's numbers differ a little and NFT's ratio is
exactly 1 only where both come from the same place. Results are kept in a file per version, so that a run that was
killed between two versions goes on with the second. For versions whose weights are gone, what was logged when they
served stands in, where its tokens are those of the trainer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from trl.trainer.utils import add_fused_lm_head

from training.loaded import Loaded, Source, load
from training.nft_trainer import JudgedCollator, answer_logps
from training.runfiles import write_json

ROWS_AT_ONCE = 16


def behaviour(dataset: Dataset, sources: Mapping[str, Source], folder: Path) -> list[list[float]]:
    """Log-probabilities of each row's answer, token by token, under the version that its row names."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[list[float]] = [[] for _ in dataset]
    versions = dataset["version"]
    for number, label in enumerate(sorted(set(versions))):
        chosen = [index for index, version in enumerate(versions) if version == label]
        kept = folder / f"logps-{number}.json"
        if not kept.exists():
            write_json(kept, answers_logps(load(sources[label]), dataset.select(chosen)))
        for index, row in zip(chosen, json.loads(kept.read_text()), strict=True):
            found[index] = row
    return found


def answers_logps(loaded: Loaded, dataset: Dataset, rows_at_once: int = ROWS_AT_ONCE) -> list[list[float]]:
    """The same under one loaded version; rows of one question go together."""
    add_fused_lm_head(loaded.model)
    collator = JudgedCollator(processor=loaded.processor, calculate_kl=False)
    charts = dataset["chart"]
    order = sorted(range(len(dataset)), key=charts.__getitem__)
    found: list[list[float]] = [[] for _ in order]
    for start in range(0, len(order), rows_at_once):
        chosen = order[start : start + rows_at_once]
        batch = _on(loaded.device, collator([dataset[index] for index in chosen]))
        with torch.inference_mode():
            logps, mask = answer_logps(loaded.model, batch)
        for index, row, there in zip(chosen, logps.float().cpu(), mask.bool().cpu(), strict=True):
            found[index] = [round(value, 6) for value in row[there].tolist()]
    return found


def as_logged(dataset: Dataset, base: Source) -> Dataset:
    """The rows whose answers were logged in the very tokens that the base's trainer reads."""
    collator = JudgedCollator(processor=load(base).processor, calculate_kl=False)

    def fits(row: dict[str, Any]) -> bool:
        batch = collator([dict(row)])
        ids = batch["input_ids"][0][batch["completion_mask"][0].bool()].tolist()
        return bool(ids == row["token_ids"] and len(ids) == len(row["logprobs"]))

    return dataset.select([index for index in range(len(dataset)) if fits(dataset[index])])


def _on(device: torch.device, batch: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.to(device) if isinstance(value, torch.Tensor) else value for name, value in batch.items()}
