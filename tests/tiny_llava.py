"""A tiny random model of another family than the built-in one's, LLaVA with CLIP and Llama, with its own chat format.

Its processor needs no torchvision, unlike those of Qwen-VL. Leaves out: sense; it has learnt nothing.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    CLIPImageProcessorPil,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from tests.tiny_model import spelling

PICTURE_PX, PATCH_PX = 32, 8
SPECIAL = ["<pad>", "<s>", "</s>", "<image>"]
CHAT_TEMPLATE = (
    "<s>{% for message in messages %}{{ message.role | upper }}: {% for part in message.content %}"
    "{% if part.type == 'image' %}<image>\n{% else %}{{ part.text }}{% endif %}{% endfor %}"
    "{% if message.role == 'assistant' %}</s>{% else %} {% endif %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT: {% endif %}"
)


def build_tiny_llava(folder: Path, seed: int = 0) -> Path:
    """Write model, tokenizer and processor to `folder`; the same seed gives the same weights."""
    tokenizer = _tokenizer()
    side = {"height": PICTURE_PX, "width": PICTURE_PX}
    pictures = CLIPImageProcessorPil(size={"shortest_edge": PICTURE_PX}, crop_size=side)
    processor = LlavaProcessor(
        pictures,
        tokenizer,
        patch_size=PATCH_PX,
        vision_feature_select_strategy="default",
        chat_template=CHAT_TEMPLATE,
        num_additional_image_tokens=1,
    )
    processor.save_pretrained(folder)
    torch.manual_seed(seed)
    model = LlavaForConditionalGeneration(_config(tokenizer))
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=spelling(SPECIAL), pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )


def _config(tokenizer: PreTrainedTokenizerFast) -> LlavaConfig:
    ids = tokenizer.get_vocab()
    shared = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return LlavaConfig(
        vision_config={"model_type": "clip_vision_model", "image_size": PICTURE_PX, "patch_size": PATCH_PX, **shared},
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "num_key_value_heads": 1,
            "max_position_embeddings": 4096,
            "bos_token_id": ids["<s>"],
            "eos_token_id": ids["</s>"],
            "pad_token_id": ids["<pad>"],
            **shared,
        },
        image_token_index=ids["<image>"],
        vision_feature_select_strategy="default",
        vision_feature_layer=-1,
    )
