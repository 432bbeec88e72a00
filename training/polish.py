"""GRPO after the verdicts were learnt: on charts judged wrong whose right program is known, and as many drawn ones.

A right program is one that a person corrected, or that was judged correct in another turn; GRPO prices answers against
what it draws (rewards.py). Charts of which nobody knows a right program are left to NFT and its calibrated score. Drawn
charts, one for one, keep the rest of what the model can. For whole models: an adapter would have to be taken up again.
Leaves out: the reinforcement itself (reinforce.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import torch
from datasets import Dataset
from PIL import Image

from model.prompt import read_answer
from model.repair import Runner
from storage.repository import Store
from training.recipe import ChartsRecipe, Recipe, StageRecipe

FIRST_SEED = 800_000_000
FEWEST = 4  # charts; with less, the step would learn them by heart


def right_programs(train: Dataset, corrected: Dataset) -> dict[str, str]:
    """Programs for charts of which another answer was judged wrong, by chart; a person's own goes first."""
    table = train.select_columns(["chart", "label", "program"]).to_list()
    wrong = {row["chart"] for row in table if not row["label"]}
    found = {row["chart"]: row["program"] for row in table if row["label"]}
    for row in corrected.select_columns(["chart", "completion"]).to_list():
        found[row["chart"]] = read_answer(row["completion"][0]["content"][0]["text"]).code
    return {chart: code for chart, code in found.items() if chart in wrong}


def write_charts(folder: Path, programs: Mapping[str, str], store: Store, sandbox: Runner) -> int:
    """Charts with their programs, and as many drawn ones, as NAME.png and NAME.py; how many were judged."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for chart, code in programs.items():
        if sandbox.run(code).facts is not None:
            (folder / f"judged-{chart[:16]}.png").write_bytes(store.blobs.read(chart))
            (folder / f"judged-{chart[:16]}.py").write_text(code, encoding="utf-8")
            count += 1
    if count >= FEWEST:
        _draw(folder, count)
    return count


def _draw(folder: Path, count: int) -> None:
    from training.synthesis.charts import ChartSampler  # statistics packages: only where charts are drawn
    from training.synthesis.pairs import stream
    from training.synthesis.tables import Tables

    for pair in islice(stream(FIRST_SEED, ChartSampler(Tables("train"))), count):
        Image.fromarray(pair.clean.pixels).save(folder / f"drawn-{pair.seed}.png")
        (folder / f"drawn-{pair.seed}.py").write_text(pair.program, encoding="utf-8")


def polish(model: Path, charts: Path, out: Path, *, steps: int, seed: int) -> Path:
    """Whole trajectories from the tuned model on; the folder of what came out. Goes on after a kill."""
    from training.grpo import Stage  # both bring the sampler and its trainer
    from training.reinforce import train

    on_gpu = torch.cuda.is_available()
    return train(
        Recipe(
            model=str(model),
            out=str(out),
            stage=(StageRecipe(kind=Stage.FULL, steps=steps),),
            seed=seed,
            dtype="bfloat16" if on_gpu else "float32",
            charts=ChartsRecipe(folder=str(charts)),
            trainer={"use_cpu": not on_gpu, "bf16": on_gpu, "gradient_checkpointing": on_gpu},
        )
    )
