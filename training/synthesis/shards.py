"""Draws training pairs to disk in shards, by several processes, deterministic for a seed, and resumable.

    python -m training.synthesis.shards runs/data --count 20000 --workers 2 --first-seed 0
    python -m training.synthesis.shards runs/data --model model/nano     corrects what that model answers, too

Shard K holds the pairs of seeds first_seed + K * 1000 ... that pass the filter: pictures as one memory-mapped array
(rows-K.npy, uint8, rows x 384 x 384 x 3, no decoding in training) and rows-K.jsonl with prompt, answer, kind, family,
and a fingerprint that a repeated chart of another shard shares; at the end it is told how many there are.
Charts of held-out table families are left out, so that evaluation never meets a table that training saw.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from pathlib import Path

import numpy as np

SEEDS_PER_SHARD = 1000
ROWS_PER_SHARD = 256


def write_shard(folder: Path, index: int, first_seed: int, model: Path | None = None) -> int:
    """Draws one shard; a finished one is not drawn again. Returns its number of rows."""
    from training.synthesis import firsttries
    from training.synthesis.charts import ChartSampler
    from training.synthesis.pairs import VIEWS, stream
    from training.synthesis.tables import Tables

    target = folder / f"rows-{index:05d}.jsonl"
    if target.exists():
        return 0
    rows, pictures = [], []
    pairs = stream(first_seed + index * SEEDS_PER_SHARD, ChartSampler(Tables("train")), VIEWS)
    for pair, row in firsttries.rows(pairs, firsttries.own(model) if model else None):
        named = {"seed": pair.seed, "fingerprint": pair.fingerprint, "kind": pair.kind, "family": pair.family}
        rows.append(named | row.texts())
        pictures.append(row.pictures)
        if len(rows) == ROWS_PER_SHARD or pair.seed >= first_seed + (index + 1) * SEEDS_PER_SHARD - 1:
            break
    _save(folder, index, rows, pictures)
    return len(rows)


def _save(folder: Path, index: int, rows: list[dict[str, object]], pictures: list[list[np.ndarray]]) -> None:
    """Pictures first, rows last and by a rename: a shard that has rows is whole."""
    np.save(folder / f"rows-{index:05d}.npy", np.stack([one for group in pictures for one in group]))
    partial = folder / f"rows-{index:05d}.partial"
    partial.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    partial.rename(folder / f"rows-{index:05d}.jsonl")


def repeated(folder: Path) -> int:
    """Seeds of all shards in a folder whose chart another seed has drawn before them."""
    known: dict[str, int] = {}
    seeds = set()
    for path in sorted(folder.glob("rows-*.jsonl")):
        for row in map(json.loads, path.read_text().splitlines()):
            if known.setdefault(row["fingerprint"], row["seed"]) != row["seed"]:
                seeds.add(row["seed"])
    return len(seeds)


def _job(arguments: tuple[Path, int, int, Path | None]) -> int:
    return write_shard(*arguments)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=20_000, help="rows to draw in all")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--model", type=Path, help="whose own first answers are corrected, beside made mistakes")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    shards = -(-arguments.count // ROWS_PER_SHARD)
    jobs = [(arguments.folder, index, arguments.first_seed, arguments.model) for index in range(shards)]
    started, drawn = time.monotonic(), 0
    with multiprocessing.get_context("spawn").Pool(arguments.workers, initializer=os.nice, initargs=(5,)) as pool:
        for rows in pool.imap(_job, jobs):
            drawn += rows
            print(f"{drawn} rows, {drawn / (time.monotonic() - started):.1f} rows/s", flush=True)
    print(f"{repeated(arguments.folder)} charts repeat one of an earlier shard", flush=True)


if __name__ == "__main__":
    main()
