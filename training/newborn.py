"""Builds the untrained built-in model: an Idefics3 of some 8M parameters, its tokenizer, processor and chat template.

    python -m training.newborn runs/newborn
    python -m training.newborn runs/newborn --from model/nano   # keeps what a model with another vocabulary has learnt

An ordinary Hugging Face folder: AutoModelForImageTextToText and AutoProcessor load it, vLLM serves it. Its tokens are
model/nano/grammar.py's plus a small byte-level vocabulary for what must be spelled.
Leaves out: training (sft.py).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessor,
    Idefics3Processor,
    PreTrainedTokenizerFast,
)

from model.nano import grammar
from model.nano.sight import PICTURE_PX

SPECIAL = (
    "<pad>", "<bos>", "<end_of_utterance>", "<image>", "<fake_token_around_image>", "<global-img>",
    "<user>", "<assistant>",
)  # fmt: skip
LONGEST_ANSWER = 640
"""Tokens; one drawn answer in a hundred has more than 450. A model that repeats itself is stopped here."""
CHAT_TEMPLATE = (
    "{% for message in messages %}<{{ message.role }}>"
    "{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}"
    "{% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}{% endfor %}"
    "{% endif %}<end_of_utterance>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


@dataclass(frozen=True)
class Size:
    """Dimensions of the model; 64 picture tokens come of 256 patches by a pixel shuffle of 2."""

    vision_layers: int = 4
    vision_width: int = 192
    patch_px: int = 24
    shuffle: int = 2
    text_layers: int = 6
    text_width: int = 256
    heads: int = 4
    context: int = 2048


def tokenizer(corpus: list[str], spelled: int = 320) -> PreTrainedTokenizerFast:
    """Grammar tokens whole, everything else by a byte-level BPE of `spelled` pieces."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    core.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=spelled, initial_alphabet=alphabet))
    core.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    core.add_tokens([AddedToken(token, normalized=False) for token in grammar.tokens()])
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<end_of_utterance>",
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        padding_side="left",
        model_max_length=2048,
    )


def config(vocabulary: PreTrainedTokenizerFast, size: Size) -> Idefics3Config:
    return Idefics3Config(
        image_token_id=vocabulary.vocab["<image>"],
        tie_word_embeddings=True,
        scale_factor=size.shuffle,
        vision_config={
            "hidden_size": size.vision_width,
            "intermediate_size": 4 * size.vision_width,
            "num_hidden_layers": size.vision_layers,
            "num_attention_heads": size.heads,
            "image_size": PICTURE_PX,
            "patch_size": size.patch_px,
        },
        text_config={
            "model_type": "llama",
            "vocab_size": len(vocabulary),
            "hidden_size": size.text_width,
            "intermediate_size": 3 * size.text_width,
            "num_hidden_layers": size.text_layers,
            "num_attention_heads": size.heads,
            "num_key_value_heads": size.heads,
            "max_position_embeddings": size.context,
            "rope_theta": 10000.0,
            "pad_token_id": vocabulary.pad_token_id,
            "bos_token_id": vocabulary.bos_token_id,
            "eos_token_id": vocabulary.eos_token_id,
            "tie_word_embeddings": True,
        },
    )


def processor(vocabulary: PreTrainedTokenizerFast, size: Size) -> Idefics3Processor:
    pictures = Idefics3ImageProcessor(
        do_image_splitting=False,
        size={"longest_edge": PICTURE_PX},
        max_image_size={"longest_edge": PICTURE_PX},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    tokens = (PICTURE_PX // size.patch_px // size.shuffle) ** 2
    return Idefics3Processor(pictures, vocabulary, image_seq_len=tokens, chat_template=CHAT_TEMPLATE)


def build(folder: Path, corpus: list[str], size: Size | None = None, seed: int = 0) -> Path:
    """Writes an untrained model with everything that loading and serving it needs."""
    size = size or Size()
    torch.manual_seed(seed)
    vocabulary = tokenizer(corpus)
    model = Idefics3ForConditionalGeneration(config(vocabulary, size))
    model.generation_config.eos_token_id = vocabulary.eos_token_id
    model.generation_config.pad_token_id = vocabulary.pad_token_id
    model.generation_config.max_new_tokens = LONGEST_ANSWER
    model.save_pretrained(folder)
    processor(vocabulary, size).save_pretrained(folder)
    (folder / "chartloop.json").write_text(json.dumps({"codec": "slots"}) + "\n")
    return folder


def inherit(folder: Path, parent: Path) -> int:
    """Gives the untrained model in `folder` the weights of a parent of the same size; returns how many tensors.

    Embeddings go by token: what both vocabularies have is kept, a new token starts at the mean of the old ones.
    """
    model = Idefics3ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    old = Idefics3ForConditionalGeneration.from_pretrained(parent, dtype=torch.float32)
    before, after = (PreTrainedTokenizerFast.from_pretrained(place).get_vocab() for place in (parent, folder))
    weights, embedded = old.state_dict(), model.get_input_embeddings().weight
    fitting = {name: weight for name, weight in weights.items() if model.state_dict()[name].shape == weight.shape}
    known = old.get_input_embeddings().weight
    with torch.no_grad():
        model.load_state_dict(fitting, strict=False)
        embedded.mul_(0.5).add_(known.mean(dim=0))
        for token, index in after.items():
            if token in before:
                embedded[index] = known[before[token]]
    model.save_pretrained(folder)
    return len(fitting)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--from", dest="parent", type=Path, help="a trained model of the same size to inherit from")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    corpus = [grammar.__doc__ or "", *grammar.KINDS, "0123456789 .,-%()$"]
    build(arguments.folder, corpus, seed=arguments.seed)
    if arguments.parent:
        print(f"inherited {inherit(arguments.folder, arguments.parent)} tensors of {arguments.parent}")
    print(f"untrained model in {arguments.folder}")


if __name__ == "__main__":
    main()
