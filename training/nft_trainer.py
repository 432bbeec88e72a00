"""TRL's KTOTrainer with the loss of NFT: judged answers in TRL's unpaired-preference form, pictures and all.

    python -m training refresh --help

A row is (prompt, completion, images, label) as judged.py has it, and for NFT how right its answer is (`correct`), the
rate of its question (`rate`), how much it counts (`weight`) and the log-probabilities of its tokens under the version
that wrote it (`old_logps`, of behaviour.py). KTO itself and rejection fine-tuning are baselines of the same trainer.
TRL's vision path was tried with the built-in model before anything was overridden: its collator takes the slot
language as it takes any text (6 ms a row on one core), so the only things that are ours are the loss and four columns.
Leaves out: which rows there are (snapshot.py), what is done with the result (refresh.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from trl import KTOTrainer
from trl.trainer.kto_trainer import DataCollatorForVisionUnpairedPreference

from training import sampling
from training.nft import REJECTION, NftLoss
from training.packed import packed_logps
from training.trainers import OwnTrainer
from training.tuning import Method

OWN_COLUMNS = ("correct", "rate", "weight", "old_logps")
_NOT_FOR_THE_MODEL = {"completion_mask", "label", *OWN_COLUMNS}


LOSSES: dict[Method, NftLoss | None] = {Method.NFT: NftLoss(), Method.REJECTION: REJECTION, Method.KTO: None}
"""None where the loss is TRL's own."""


@dataclass
class JudgedCollator(DataCollatorForVisionUnpairedPreference):
    """TRL's batches, with our columns as tensors: (B,), and `old_logps` (B, T - 1) where the answer's tokens stand."""

    def torch_call(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        own = [{name: example.pop(name, None) for name in OWN_COLUMNS} for example in examples]
        batch: dict[str, Any] = super().torch_call(examples)
        for name in ("correct", "rate", "weight"):
            if own[0][name] is not None:
                batch[name] = torch.tensor([one[name] for one in own], dtype=torch.float32)
        if own[0]["old_logps"] is not None:
            batch["old_logps"] = _placed([one["old_logps"] for one in own], batch["completion_mask"][:, 1:])
        return batch


def _placed(rows: list[list[float]], mask: torch.Tensor) -> torch.Tensor:
    """Ragged rows where the mask says; a row of another length was made by another tokenizer."""
    placed = torch.zeros(mask.shape)
    for index, row in enumerate(rows):
        there = mask[index].bool()
        assert int(there.sum()) == len(row), "the answer has other tokens than when its log-probabilities were computed"
        placed[index, there] = torch.tensor(row)
    return placed


class VerdictTrainer(OwnTrainer, KTOTrainer):
    """KTOTrainer, with `loss` in place of its own unless that is None."""

    def __init__(self, *args: Any, loss: NftLoss | None, tokens_per_answer: float = 100.0, **kwargs: Any) -> None:
        self.loss, self.tokens_per_answer = loss, tokens_per_answer
        super().__init__(*args, **kwargs)

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()
        if self.loss is not None:
            self._signature_columns: Any = list(dict.fromkeys([*(self._signature_columns or ()), *OWN_COLUMNS]))

    def _compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool) -> Any:
        if self.loss is None:
            return super()._compute_loss(model, inputs, return_outputs)
        assert not return_outputs, "nobody asks for outputs"
        logps, mask = answer_logps(model, inputs)
        cost = self.loss(logps, inputs["old_logps"], mask, inputs["correct"], inputs["rate"])
        self._note(logps.detach(), mask, inputs)
        return (inputs["weight"] * cost).mean() / self.tokens_per_answer

    def _note(self, logps: torch.Tensor, mask: torch.Tensor, inputs: dict[str, Any]) -> None:
        """What tells whether it learns: how much likelier right answers became than wrong ones, and the drift."""
        log_ratio = ((logps - inputs["old_logps"]) * mask).sum(1)
        right = inputs["correct"]
        metrics = self._metrics["train"]
        for name, share in (("log_ratio/right", right), ("log_ratio/wrong", 1 - right)):
            if float(share.sum()) > 0:
                metrics[name].append(float((share * log_ratio).sum() / share.sum()))
        metrics["log_ratio/per_token"].append(float(((logps - inputs["old_logps"]).abs() * mask).sum() / mask.sum()))


def answer_logps(model: Any, batch: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities (B, T - 1) of the next tokens, and the mask of those that belong to the answers.

    `model` has TRL's fused head, so that logits of the whole vocabulary are made for answers only. On a CPU the
    built-in model reads each question once for all its answers.
    """
    mask = batch["completion_mask"][:, 1:]
    if batch["input_ids"].device.type == "cpu" and sampling.fits(model):
        return packed_logps(model, batch), mask
    labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, -100)
    taken = {name: value for name, value in batch.items() if name not in _NOT_FOR_THE_MODEL}
    logps = model(**taken, labels=labels, use_cache=False, fused_lm_head=True).log_probs
    return logps[:, -mask.shape[1] :], mask
