"""One tuning of a base on judged answers: NFT, KTO or rejection fine-tuning; goes on from a checkpoint after a kill.

The result is a whole model folder, or an adapter's where `lora_rank` is not 0: `publish`ed by a rename, so that there
is never half a version. Always from the base, never adapter on adapter: small steps would add up without bound.
Leaves out: the loss (nft.py) and the trainer (nft_trainer.py).
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from peft import LoraConfig
from transformers import PreTrainedModel, TrainerCallback, set_seed
from trl import KTOConfig

from model.prompt import CODEC_FILE
from training.loaded import Loaded, Source, load
from training.nft_trainer import LOSSES, JudgedCollator, VerdictTrainer
from training.trainers import common, last_whole
from training.tuning import Method, Tuning

Progress = Callable[[int, int, dict[str, float]], None]  # steps done, steps in all, what was logged


def tune(
    base: Source, rows: Dataset, out: Path, tuning: Tuning, progress: Progress | None = None
) -> list[dict[str, float]]:
    """Train and save to OUT/model; what was logged comes back. `rows` have the columns of nft_trainer.py.

    A folder that holds checkpoints of an earlier try is gone on with.
    """
    out.mkdir(parents=True, exist_ok=True)
    set_seed(tuning.seed)
    loaded = load(base)
    reference = load(base).model if tuning.method is Method.KTO and not tuning.lora_rank else None
    trainer = _trainer(loaded, reference, ordered(rows, tuning), out, tuning)
    trainer.add_callback(_Told(progress))
    trainer.train(resume_from_checkpoint=last_whole(out))
    save(trainer.model, base, loaded, out / "model")
    return [entry for entry in trainer.state.log_history if "loss" in entry]


def _trainer(loaded: Loaded, reference: Any, rows: Dataset, out: Path, tuning: Tuning) -> VerdictTrainer:
    return VerdictTrainer(
        model=loaded.model,
        ref_model=reference,
        args=_arguments(rows, out, tuning, on_gpu=loaded.device.type == "cuda"),
        train_dataset=rows,
        processing_class=loaded.processor,
        data_collator=JudgedCollator(processor=loaded.processor, calculate_kl=tuning.method is Method.KTO),
        peft_config=lora(tuning.lora_rank) if tuning.lora_rank else None,
        loss=LOSSES[tuning.method],
    )


def ordered(rows: Dataset, tuning: Tuning) -> Dataset:
    """A seeded order in which the answers to one question stand together: they are computed together.

    KTO pairs answers with their neighbours' questions, which have to be others'.
    """
    if tuning.method is Method.KTO:
        return rows.shuffle(seed=tuning.seed)
    rng = np.random.default_rng(tuning.seed)
    charts, turns = rows["chart"], rows["turn_id"]
    place = {chart: float(rng.random()) for chart in dict.fromkeys(charts)}
    return rows.select(sorted(range(len(rows)), key=lambda index: (place[charts[index]], turns[index])))


def _arguments(rows: Dataset, out: Path, tuning: Tuning, on_gpu: bool) -> KTOConfig:
    right = max(1, sum(rows["label"]))
    wrong = max(1, len(rows) - right)
    steps_per_epoch = math.ceil(len(rows) / tuning.rows_per_step)
    epochs = max(tuning.epochs, tuning.least_steps / steps_per_epoch)
    return KTOConfig(
        **common(out, tuning.checkpoint_every, tuning.seed, on_gpu=on_gpu),
        num_train_epochs=epochs,
        per_device_train_batch_size=tuning.rows_per_step,
        learning_rate=tuning.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=min(5, int(epochs * steps_per_epoch) // 10),
        loss_type="kto" if tuning.method is Method.KTO else "apo_zero_unpaired",  # the latter makes no KL rows
        desirable_weight=min(1.0, wrong / right),  # both classes weigh the same, as KTO's authors advise
        undesirable_weight=min(1.0, right / wrong),
        logging_steps=1,  # a refresh of few verdicts has few steps, and each asks whether it should end
    )


def lora(rank: int) -> LoraConfig:
    """On the language half alone: servers keep stale pictures' features when the vision half changes under a name."""
    return LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        target_modules=r".*(language_model|text_model).*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)",
    )


class _Told(TrainerCallback):
    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress

    def on_log(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
        if self.progress is not None:
            self.progress(state.global_step, state.max_steps, given.get("logs") or {})


def save(model: Any, base: Source, loaded: Loaded, target: Path) -> None:
    """A folder that appears whole."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(partial)
    if isinstance(model, PreTrainedModel):
        loaded.processor.save_pretrained(partial)
        codec = Path(base.path) / CODEC_FILE
        if codec.is_file():
            shutil.copyfile(codec, partial / CODEC_FILE)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def with_columns(rows: Dataset, columns: dict[str, Sequence[Any]]) -> Dataset:
    """The rows with further columns, in place of those of the same names."""
    kept = rows.remove_columns([name for name in columns if name in rows.column_names])
    for name, values in columns.items():
        kept = kept.add_column(name, list(values))
    return kept
