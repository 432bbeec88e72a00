"""Shards on disk -> batches of the built-in model: token ids, labels and pictures, sorted by length, seeded, resumable.

The order is a function of (seed, pass, number of shards), so a run that was killed goes on with the very next batch.
Leaves out: drawing (training/synthesis/shards.py), learning (sft.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import Idefics3Processor

IGNORED = -100


@dataclass(frozen=True)
class Batch:
    """B rows, T tokens, P pictures in row order: ids and labels (B, T) int64, pixels (P, 3, H, W) uint8."""

    ids: torch.Tensor
    labels: torch.Tensor
    pixels: torch.Tensor
    tokens: int


@dataclass(frozen=True)
class _Row:
    ids: np.ndarray
    answer_from: int
    shard: int
    first_picture: int
    pictures: int


class Shards:
    """Rows of all finished shards of a folder, tokenised once; pictures stay on disk until a batch needs them."""

    def __init__(self, folder: Path, processor: Idefics3Processor, most_tokens: int = 1000) -> None:
        self.folder, self.tokenizer, self.most_tokens = folder, processor.tokenizer, most_tokens
        self.rows: list[list[_Row]] = []
        self.arrays: list[np.ndarray] = []
        self.picture = (
            f"<fake_token_around_image><global-img>{'<image>' * processor.image_seq_len}<fake_token_around_image>"
        )

    def refresh(self) -> int:
        """Reads shards that were finished meanwhile; returns how many there are."""
        names = sorted(self.folder.glob("rows-*.jsonl"))
        for shard in range(len(self.rows), len(names)):
            if names[shard].stem != f"rows-{shard:05d}":
                break  # a hole: an earlier shard is still being drawn
            self.arrays.append(np.load(names[shard].with_suffix(".npy"), mmap_mode="r"))
            self.rows.append(self._read(names[shard], shard))
        return len(self.rows)

    def _read(self, path: Path, shard: int) -> list[_Row]:
        rows, picture = [], 0
        for line in path.read_text().splitlines():
            record = json.loads(line)
            count = 2 if record.get("draft") else 1
            ids, start = self.tokenise(record)
            if len(ids) <= self.most_tokens:
                rows.append(_Row(ids, start, shard, picture, count))
            picture += count
        return rows

    def tokenise(self, record: dict[str, Any]) -> tuple[np.ndarray, int]:
        """Ids of a whole conversation, and where its last answer starts; the chat template's exact words."""
        parts = f"<user>{self.picture}{record['prompt']}<end_of_utterance>"
        if record.get("draft"):
            before, after = record["feedback"]
            parts += f"<assistant>{record['draft']}<end_of_utterance>"
            parts += f"<user>{before}{self.picture}{after}<end_of_utterance>"
        asked = self.tokenizer(parts + "<assistant>", add_special_tokens=False)["input_ids"]
        answer = self.tokenizer(f"{record['answer']}<end_of_utterance>", add_special_tokens=False)["input_ids"]
        return np.array([*asked, *answer], dtype=np.int32), len(asked)

    def batches(self, shards: int, seed: int, tokens_per_batch: int, skip: int = 0) -> Iterator[Batch]:
        """One pass over the first `shards` shards in a seeded order, without its first `skip` batches."""
        for rows in self._plan(shards, seed, tokens_per_batch)[skip:]:
            yield self._batch(rows)

    def _plan(self, shards: int, seed: int, tokens_per_batch: int) -> list[list[_Row]]:
        """Shuffles rows, sorts windows of them by length so that padding stays small, then shuffles the batches."""
        rng = np.random.default_rng(seed)
        rows = [row for shard in self.rows[:shards] for row in shard]
        rows = [rows[i] for i in rng.permutation(len(rows))]
        plan: list[list[_Row]] = []
        for start in range(0, len(rows), 2048):
            window = sorted(rows[start : start + 2048], key=lambda row: len(row.ids))
            plan += _cut(window, tokens_per_batch)
        return [plan[i] for i in rng.permutation(len(plan))]

    def _batch(self, rows: list[_Row]) -> Batch:
        longest = -(-max(len(row.ids) for row in rows) // 8) * 8
        ids = np.full((len(rows), longest), self.tokenizer.pad_token_id, dtype=np.int64)
        labels = np.full((len(rows), longest), IGNORED, dtype=np.int64)
        for index, row in enumerate(rows):
            ids[index, : len(row.ids)] = row.ids
            labels[index, row.answer_from : len(row.ids)] = row.ids[row.answer_from :]
        pixels = [self.arrays[row.shard][row.first_picture + i] for row in rows for i in range(row.pictures)]
        stacked = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)
        tokens = sum(len(row.ids) for row in rows)
        return Batch(torch.from_numpy(ids), torch.from_numpy(labels), stacked, tokens)


def _cut(window: list[_Row], tokens_per_batch: int) -> list[list[_Row]]:
    """Batches of sorted rows so that rows x longest stays within the budget."""
    batches: list[list[_Row]] = [[]]
    for row in window:
        if batches[-1] and (len(batches[-1]) + 1) * len(row.ids) > tokens_per_batch:
            batches.append([])
        batches[-1].append(row)
    return batches


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, the next one prepared by a thread while the last one is learnt: disks are waited for there."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch
