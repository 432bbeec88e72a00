"""A model version in this process, for training and for sampling in batches: weights, processor and codec.

On a CPU weights are float32, as in the served copy, and matrix products may round to bfloat16 where the processor is
quicker at that: 16 rows forward and back took 9.8 s without, 3.5 s with (one core, built-in model, attention as plain
matrix products; 8.9 and 5.0 s with the fused kernel). On a GPU everything is bfloat16.
Leaves out: serving one person at a time (model/generators/transformers.py).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor
from transformers.utils import logging

from model.errors import ModelNotFound
from model.prompt import Codec, codec_for

WEIGHTS = ("model.safetensors", "adapter_model.safetensors", "model.safetensors.index.json")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a version lies: a model folder (or a name in the Hugging Face cache), and an adapter's folder on top."""

    path: str
    adapter: str = ""

    def sha256(self) -> str:
        """Of the weights that make the version: the adapter's if it has one; "" where they are not on this disk."""
        folder = Path(self.adapter or self.path)
        found = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
        if found is None:
            return ""
        with found.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Loaded:
    """`model` and `processor` are Any: transformers' types fit no concrete one."""

    model: Any
    processor: Any
    codec: Codec
    device: torch.device


def load(source: Source) -> Loaded:
    """Read a version from disk, an adapter merged into its base. Raises ModelNotFound."""
    logging.disable_progress_bar()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    on_gpu = device.type == "cuda"
    how = {"dtype": torch.bfloat16} if on_gpu else {"dtype": torch.float32, "attn_implementation": "eager"}
    torch.set_float32_matmul_precision("medium")
    try:
        processor = AutoProcessor.from_pretrained(source.path, local_files_only=True)
        model: Any = AutoModelForImageTextToText.from_pretrained(source.path, local_files_only=True, **how)
        if source.adapter:
            from peft import PeftModel  # slow to import, and the built-in model has no adapters

            model = PeftModel.from_pretrained(model, source.adapter).merge_and_unload()
    except (OSError, ValueError) as error:
        raise ModelNotFound(f"the model in {source.adapter or source.path} cannot be loaded: {error}") from error
    return Loaded(model.to(device).eval(), processor, codec_for(source.path), device)
