"""A packed batch gives what rows of their own give, to rounding, with its gradients: same question or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from trl.trainer.utils import add_fused_lm_head

from model.prompt import Message, Part
from tests.tiny_model import build_tiny_model
from training import judged
from training.loaded import Source, load
from training.nft_trainer import JudgedCollator
from training.packed import packed_logps


def test_packed_rows_are_rows(tmp_path: Path) -> None:
    loaded = load(Source(str(build_tiny_model(tmp_path))))
    torch.set_float32_matmul_precision("highest")  # no rounding to bfloat16 in between
    add_fused_lm_head(loaded.model)
    picture = np.random.default_rng(0).integers(0, 255, (40, 64, 3), np.uint8)
    other = picture[::-1].copy()
    asked = Message("user", (Part(pixels=picture), Part("draw this")))
    again = (Message("assistant", (Part("x"),)), Message("user", (Part(pixels=other), Part("wrong"))))
    rows = []
    for messages, answer in (((asked,), "good"), ((asked, *again), "bad!!"), ((asked,), "gone"), ((asked,), "g")):
        prompt, images = judged.conversation(messages)
        rows.append(judged.Row(prompt, images, answer, True, "c", "bar", "m@1", "verdict").values())
    judged.write(tmp_path / "rows.parquet", rows)
    dataset = judged.read(tmp_path / "rows.parquet")
    batch = JudgedCollator(processor=loaded.processor, calculate_kl=False)([dataset[n] for n in range(4)])
    mask = batch["completion_mask"][:, 1:]
    labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, -100)
    taken = {name: value for name, value in batch.items() if name not in ("completion_mask", "label")}

    def gradients(logps: torch.Tensor) -> dict[str, torch.Tensor]:
        loaded.model.zero_grad()
        (logps * torch.arange(1.0, 5.0)[:, None]).sum().backward()
        return {
            name: weight.grad.clone() for name, weight in loaded.model.named_parameters() if weight.grad is not None
        }

    apart = loaded.model(**taken, labels=labels, use_cache=False, fused_lm_head=True).log_probs
    alone = gradients(apart)
    packed = packed_logps(loaded.model, batch)
    together = gradients(packed)
    torch.testing.assert_close(packed, apart * mask, atol=1e-4, rtol=1e-4)
    assert alone.keys() == together.keys() and len(alone) > 20
    for name, gradient in alone.items():
        assert torch.allclose(together[name], gradient, atol=2e-3, rtol=2e-3), name
