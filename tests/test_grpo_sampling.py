"""Self-correction GRPO by its own sampling: two architectures, with an adapter and without, and what TRL must offer."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from peft import LoraConfig
from trl import GRPOTrainer

from model.sandbox import Sandbox
from tests.grpo_ground import args, charts, sandbox, tiny, trainer_of
from tests.tiny_llava import build_tiny_llava
from tests.tiny_model import build_tiny_model
from training.grpo import Plan, SelfCorrectionGRPOTrainer, Stage, forbid

__all__ = ["charts", "sandbox", "tiny"]  # fixtures


def test_what_is_relied_on_in_trl() -> None:
    """Private methods that are overridden or called; another release of TRL has to be looked at before it is used."""
    expected = {
        "_generate_and_score_completions": ["self", "inputs"],
        "_generate_single_turn": [
            "self",
            "prompt_ids",
            "images",
            "multimodal_fields",
            "num_generations",
            "has_tool_images",
        ],
        "_tokenize_prompts": ["self", "prompts"],
        "_prepare_inputs": ["self", "generation_batch"],
        "_compute_loss": ["self", "model", "inputs"],
        "_get_per_token_logps_and_entropies": ["self", "model", "input_ids", "attention_mask", "logits_to_keep"],
    }
    for name, parameters in expected.items():
        found = list(inspect.signature(inspect.unwrap(getattr(GRPOTrainer, name))).parameters)
        assert found[: len(parameters)] == parameters, name
    source = inspect.getsource(GRPOTrainer)
    for attribute in ("_buffered_inputs", "_step", "_metrics", "_tokenizer", "eos_token_ids", "num_generations_eval"):
        assert f"self.{attribute}" in source, attribute


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("family", ["idefics3", "llava"])
def test_two_architectures_train_by_themselves(
    family: str, stage: Stage, tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    """A step from sampling to optimizer; LLaVA by TRL's sampling and rows, and with an adapter. What a random model
    writes is no program, so rewards are equal by themselves: here the letters of an answer are what is paid."""
    folder = tiny if family == "idefics3" else build_tiny_llava(tmp_path / "llava")
    adapter = LoraConfig(r=2, target_modules="all-linear", exclude_modules=["lm_head"]) if family == "llava" else None
    trainer = trainer_of(ByLetters, folder, charts, sandbox, Plan(stage), args(tmp_path), peft_config=adapter)
    assert trainer._packs == (family == "idefics3")
    before = {
        name: weight.detach().clone() for name, weight in trainer.model.named_parameters() if weight.requires_grad
    }
    trainer.train()
    log = trainer.state.log_history[0]
    assert log["grad_norm"] > 0 and log["seconds/sampling"] > 0 and log["seconds/updating"] > 0 and "entropy" in log
    changed = [
        name for name, weight in trainer.model.named_parameters() if name in before and not weight.equal(before[name])
    ]
    assert changed


class ByLetters(SelfCorrectionGRPOTrainer):
    def _paid(self, first: Any, trial: Any) -> float:
        return sum(map(ord, trial.written.raw)) % 11 / 11


def test_no_token_that_stands_for_a_picture_is_sampled(
    tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    """By a model that writes nothing else if it may, with our sampler and with TRL's."""
    folder = build_tiny_model(tmp_path / "blind", always="<image>")
    trainer = trainer_of(SelfCorrectionGRPOTrainer, folder, charts, sandbox, Plan(Stage.SHARED), args(tmp_path))
    image = trainer.model.config.image_token_id
    prompt_ids, images, fields = trainer._tokenize_prompts([trainer._asked(trainer.source.case(0))] * 4)
    by_vllm = SimpleNamespace(use_vllm=True, generation_kwargs=None)
    forbid(by_vllm, [image])
    assert by_vllm.generation_kwargs == {"logit_bias": {image: -100.0}}
    for packs in (True, False):
        trainer._packs = packs
        answers, _ = trainer._generate_single_turn(prompt_ids, images, fields, 4)
        assert len(answers) == 4 and all(answers) and not any(image in answer for answer in answers)
