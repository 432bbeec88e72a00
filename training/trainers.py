"""What our trainers on TRL have in common: settings, checkpoints, and what they do otherwise than TRL's.

Nothing is sent anywhere, and a checkpoint is read as it was written.
transformers saves many models (LLaVA, Qwen2-VL) under the names that their weights had in older releases. `Trainer`
looks for these names in the model, finds none, warns, and goes on from the weights that it was given: the optimizer of
step 1000 over a model of step 0. tests/test_sft_trainer.py goes on with a model of that kind.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel, Trainer


class OwnTrainer(Trainer):
    """To be named before a trainer of TRL's among the bases of a class."""

    def _send_telemetry(self) -> None:
        """TRL would tell its makers that a trainer was started."""

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        model = model or self.model
        if self.is_fsdp_enabled or not isinstance(model, PreTrainedModel):  # an adapter's names are its own
            return super()._load_from_checkpoint(resume_from_checkpoint, model)
        saved = type(model).from_pretrained(resume_from_checkpoint, dtype=model.dtype)
        model.load_state_dict(saved.state_dict())


def common(out: Path, save_steps: int, seed: int, *, on_gpu: bool) -> dict[str, Any]:
    """Settings of every run on rows: checkpoints that a kill can go on from, and no word to anybody."""
    return {
        "output_dir": str(out),
        "weight_decay": 0.0,
        "max_grad_norm": 1.0,
        "max_length": None,  # a cut would part pictures from their tokens
        "save_strategy": "steps",
        "save_steps": save_steps,
        "save_total_limit": 2,
        "gradient_checkpointing": on_gpu,
        "bf16": on_gpu,
        "use_cpu": not on_gpu,
        "dataloader_pin_memory": on_gpu,
        "report_to": "none",
        "disable_tqdm": True,
        "seed": seed,
    }


def last_whole(out: Path) -> str | None:
    """The newest checkpoint that was written to its end: its state comes last."""
    found = sorted(out.glob("checkpoint-*"), key=lambda folder: int(folder.name.partition("-")[2]), reverse=True)
    for folder in found:
        try:
            json.loads((folder / "trainer_state.json").read_text())
        except (OSError, ValueError):
            shutil.rmtree(folder, ignore_errors=True)  # the trainer would take it for the newest
        else:
            return str(folder)
    return None
