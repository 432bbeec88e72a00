"""What tests of GRPO share: one chart, a tiny real model, and a trainer over both. Leaves out: the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor
from trl import GRPOConfig

from model.prompt import PlainCodec
from model.sandbox import Sandbox
from tests.tiny_model import build_tiny_model
from training.charts import FolderCharts
from training.grpo import Plan, SelfCorrectionGRPOTrainer
from training.trials import Bench

START = "import matplotlib.pyplot as plt\n"
BARS = START + "plt.figure(figsize=(2, 2))\nplt.bar([0, 1], [3, 5])\nplt.title('Sales')\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=2) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny") / "model", seed=1)


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Path:
    """One chart: in every pass it is number 0, 1, 2, ..."""
    folder = tmp_path_factory.mktemp("charts")
    execution = sandbox.run(BARS)
    assert execution.pixels is not None
    Image.fromarray(execution.pixels).save(folder / "bars.png")
    (folder / "bars.py").write_text(BARS)
    return folder


def args(tmp_path: Path, **more: Any) -> GRPOConfig:
    settings: dict[str, Any] = {
        "per_device_train_batch_size": 4,
        "num_generations": 4,
        "steps_per_generation": 1,
        "gradient_accumulation_steps": 1,
        "max_completion_length": 40,
        "max_steps": 1,
        "learning_rate": 1e-3,
        "loss_type": "dapo",
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "shuffle_dataset": False,
        "remove_unused_columns": False,
        "report_to": [],
        "save_strategy": "no",
        "logging_steps": 1,
        "disable_tqdm": True,
    }
    return GRPOConfig(str(tmp_path / "out"), **settings | more)


def trainer_of(
    kind: type[SelfCorrectionGRPOTrainer],
    folder: Path,
    charts: Path,
    sandbox: Any,
    plan: Plan,
    args: GRPOConfig,
    **more: Any,
) -> Any:
    processor = AutoProcessor.from_pretrained(folder)
    processor.tokenizer.padding_side = "left"
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    trainer = kind(
        bench=Bench(sandbox, PlainCodec()),
        source=FolderCharts(charts, sandbox, None),
        plan=plan,
        model=model,
        args=args,
        train_dataset=Dataset.from_dict({"chart": list(range(8))}),
        processing_class=processor,
        **more,
    )
    trainer.current_gradient_accumulation_steps = 1
    trainer.model.train()
    return trainer
