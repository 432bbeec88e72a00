"""A tiny random vision-language model on disk, of the built-in model's architecture, made in a second.

It has learned nothing; what it writes is noise, but every part around it is real. Its tokenizer spells bytes and has a
few added tokens like the built-in model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    Idefics3Processor,
    PreTrainedTokenizerFast,
)

IMAGE_TOKENS = 4  # (32 px / patch 8 / shuffle 2) squared
SPECIAL = ["<pad>", "<bos>", "<end_of_utterance>", "<fake_token_around_image>", "<image>", "<global-img>"]
ADDED = [f"<s{number}>" for number in range(8)]
POSITIONS = 2048

CHAT_TEMPLATE = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<end_of_utterance>{% endfor %}"
)


def build_tiny_model(folder: Path, seed: int = 0, always: str = "") -> Path:
    """Write model, tokenizer and processor to `folder`; the same seed gives the same weights.

    With `always` the model writes that token, whatever it is asked.
    """
    tokenizer = _tokenizer()
    _processor(tokenizer).save_pretrained(folder)
    torch.manual_seed(seed)
    model = Idefics3ForConditionalGeneration(_config(tokenizer))
    if always:
        _bend(model, tokenizer.get_vocab()[always])
    model.generation_config.eos_token_id = tokenizer.convert_tokens_to_ids("<end_of_utterance>")
    model.generation_config.pad_token_id = tokenizer.convert_tokens_to_ids("<pad>")
    model.save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    core = spelling(SPECIAL, ADDED)
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<end_of_utterance>",
        model_max_length=POSITIONS,
    )


def spelling(special: Sequence[str], added: Sequence[str] = ()) -> Tokenizer:
    """A tokenizer of single bytes with some tokens more."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    core.add_tokens([AddedToken(token, special=False, normalized=False) for token in added])
    return core


def _processor(tokenizer: PreTrainedTokenizerFast) -> Idefics3Processor:
    pictures = Idefics3ImageProcessorPil(
        size={"longest_edge": 32}, max_image_size={"longest_edge": 32}, do_image_splitting=False
    )
    return Idefics3Processor(pictures, tokenizer, image_seq_len=IMAGE_TOKENS, chat_template=CHAT_TEMPLATE)


def _bend(model: Idefics3ForConditionalGeneration, token: int) -> None:
    """Let one coordinate drown all others, and the head look at that one alone."""
    with torch.no_grad():
        model.model.text_model.embed_tokens.weight[:, 0] = 1000.0
        model.lm_head.weight.zero_()
        model.lm_head.weight[token, 0] = 10.0


def _config(tokenizer: PreTrainedTokenizerFast) -> Idefics3Config:
    vocabulary = tokenizer.get_vocab()
    ids = {name: vocabulary[name] for name in SPECIAL}
    return Idefics3Config(
        image_token_id=ids["<image>"],
        scale_factor=2,
        tie_word_embeddings=False,
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 32,
            "patch_size": 8,
        },
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "max_position_embeddings": POSITIONS,
            "bos_token_id": ids["<bos>"],
            "eos_token_id": ids["<end_of_utterance>"],
            "pad_token_id": ids["<pad>"],
            "tie_word_embeddings": False,
        },
    )
