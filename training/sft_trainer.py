"""Supervised training of any image-text-to-text model on TRL's SFTTrainer: all weights, or a LoRA adapter's.

    python -m training.synthesis.export runs/pairs.parquet --count 20000
    python -m training sft --model Qwen/Qwen2.5-VL-3B-Instruct --data runs/pairs.parquet --out runs/qwen --lora-rank 16

A row is a picture and the program that draws it (training/synthesis/export.py), or a conversation with its answer (the
sft.parquet of a snapshot). Questions and answers are written by model/prompt.py, as they are when the model is asked
later, and only answers count. A run that was killed goes on from its last checkpoint with the very next batch. Writes
OUT/model (an adapter's folder where --lora-rank is not 0) and the report that report.py describes. The model is a
folder or a name in the Hugging Face cache (`hf download NAME`). On a GPU: bf16 and gradient checkpointing; several
GPUs: `accelerate launch -m training sft ...`. Leaves out: the built-in model, which sft.py trains faster, and runs on
judged answers (tune.py).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from transformers import TrainerCallback, set_seed
from trl import SFTConfig, SFTTrainer

from model.errors import BadInput, ChartloopError
from model.prompt import Codec, Message, Part, PlainCodec, as_chat, codec_for, write_answer
from model.records import Answer, Chart, Conversation, JsonDict
from training import judged
from training.loaded import Loaded, Source, load
from training.report import Report
from training.trainers import OwnTrainer, common, last_whole
from training.tune import lora, save

Logged = Callable[[int, dict[str, float]], None]  # step, figures


@dataclass(frozen=True, slots=True)
class Supervision:
    """How to learn. `learning_rate` 0 stands for the usual one: 1e-4 for an adapter, 1e-5 for all weights.

    A step takes `rows_per_step` rows, `rows_at_once` of them in one pass. `lora_rank` 0 trains all weights.
    """

    epochs: float = 1.0
    learning_rate: float = 0.0
    rows_per_step: int = 16
    rows_at_once: int = 1
    lora_rank: int = 0
    checkpoint_every: int = 100  # steps; a kill costs at most so many
    seed: int = 0

    @property
    def rate(self) -> float:
        return self.learning_rate or (1e-4 if self.lora_rank else 1e-5)


class AnswerTrainer(OwnTrainer, SFTTrainer):
    """SFTTrainer as it is, where it is not wrong."""


def train(base: str, data: list[Path], out: Path, how: Supervision, logged: Logged | None = None) -> None:
    """Trains and saves to OUT/model; a folder with checkpoints of an earlier try is gone on with.

    `logged` is told each step's figures. Raises ModelNotFound, and BadInput for a model or rows of the wrong kind.
    """
    _check(base, how)
    dataset = conversations(data, codec_for(base))
    out.mkdir(parents=True, exist_ok=True)
    set_seed(how.seed)
    loaded = load(Source(base))
    report = Report(out)
    trainer = _trainer(loaded, dataset, out, how)
    trainer.add_callback(_Told(how.rows_per_step, logged or report.log))
    trainer.train(resume_from_checkpoint=last_whole(out))
    if trainer.is_world_process_zero():
        save(trainer.model, Source(base), loaded, out / "model")
    report.close()


def _check(base: str, how: Supervision) -> None:
    if not isinstance(codec_for(base), PlainCodec):
        raise BadInput(
            f"{base} speaks the built-in model's own language: train it with --start {base} instead of --model"
        )
    if how.rows_per_step % how.rows_at_once:
        raise BadInput(f"{how.rows_per_step} rows a step cannot be made of {how.rows_at_once} at once: name a divisor")


def conversations(data: list[Path], codec: Codec) -> Dataset:
    """Rows as TRL asks for them (prompt, completion, images), made when they are asked for. Raises BadInput."""
    missing = [str(path) for path in data if not path.is_file()]
    if missing:
        raise BadInput(f"there is no file {', '.join(missing)}; training.synthesis.export writes one")
    dataset = judged.read(*data)
    if {"prompt", "completion", "images"} <= set(dataset.column_names):
        return dataset
    if not {"image", "code"} <= set(dataset.column_names):
        raise BadInput(f"{data[0]} has neither image and code nor prompt, completion and images as columns")

    def written(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        made = [conversation(*pair, codec) for pair in zip(batch["image"], batch["code"], strict=True)]
        return {name: [one[name] for one in made] for name in ("prompt", "completion", "images")}

    return dataset.select_columns(["image", "code"]).with_transform(written)


def conversation(image: Any, code: str, codec: Codec) -> JsonDict:
    """One row: what the model is asked of a PIL picture, and the answer that it should have given."""
    pixels = np.asarray(image.convert("RGB"))
    messages = codec.messages(Conversation(Chart("", "", pixels)))
    answer = Message("assistant", (Part(write_answer(Answer(reading="", code=code))),))
    return {
        "prompt": as_chat(messages),
        "completion": as_chat([answer]),
        "images": [part.pixels for message in messages for part in message.parts if part.pixels is not None],
    }


def _trainer(loaded: Loaded, dataset: Dataset, out: Path, how: Supervision) -> AnswerTrainer:
    on_gpu = loaded.device.type == "cuda"
    if not how.lora_rank:
        loaded.model.float()  # small steps would be lost in bf16; what is computed is bf16 all the same
    return AnswerTrainer(
        model=loaded.model.train(),
        args=_arguments(out, how, on_gpu),
        train_dataset=dataset,
        processing_class=loaded.processor,
        peft_config=lora(how.lora_rank) if how.lora_rank else None,
    )


def _arguments(out: Path, how: Supervision, on_gpu: bool) -> SFTConfig:
    return SFTConfig(
        **common(out, how.checkpoint_every, how.seed, on_gpu=on_gpu),
        num_train_epochs=how.epochs,
        per_device_train_batch_size=how.rows_at_once,
        gradient_accumulation_steps=how.rows_per_step // how.rows_at_once,
        learning_rate=how.rate,
        lr_scheduler_type="cosine",
        warmup_steps=0.03,  # of all steps
        completion_only_loss=True,
        remove_unused_columns=False,  # what the rows are made of would be taken for unused
        logging_steps=1,
        dataloader_num_workers=4 if on_gpu else 0,
    )


class _Told(TrainerCallback):
    """Passes on each step's figures, with its speed."""

    def __init__(self, rows_per_step: int, logged: Logged) -> None:
        self.rows, self.logged = rows_per_step, logged
        self.tokens, self.time = 0.0, time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
        figures = given.get("logs") or {}
        if "loss" not in figures or not state.is_world_process_zero:
            return
        now, before = time.monotonic(), self.time
        tokens, self.tokens, self.time = figures["num_tokens"] - self.tokens, figures["num_tokens"], now
        speed = {"rows_per_s": self.rows / (now - before), "tokens_per_s": tokens / (now - before)}
        self.logged(state.global_step, figures | speed)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m training sft", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="a folder, or a name in the Hugging Face cache")
    parser.add_argument("--data", required=True, nargs="+", type=Path, metavar="FILE.parquet")
    parser.add_argument("--out", required=True, type=Path)
    for name, annotation in Supervision.__annotations__.items():
        kind = {"int": int, "float": float}[annotation]
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=getattr(Supervision(), name))
    asked = vars(parser.parse_args(arguments))
    try:
        train(asked.pop("model"), asked.pop("data"), asked.pop("out"), Supervision(**asked))
    except ChartloopError as error:
        sys.exit(str(error))
