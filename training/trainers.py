"""What our trainers do otherwise than TRL's: nothing is sent anywhere, and a checkpoint is read as it was written.

transformers saves many models (LLaVA, Qwen2-VL) under the names that their weights had in older releases. `Trainer`
looks for these names in the model, finds none, warns, and goes on from the weights that it was given: the optimizer of
step 1000 over a model of step 0. tests/test_sft_trainer.py goes on with a model of that kind.
"""

from __future__ import annotations

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
