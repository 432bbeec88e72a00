"""Draws many answers to each of a few questions on a CPU, without doing anything twice.

The answers to one question are written side by side in one row of the batch: each step feeds their newest tokens
together, and a mask lets each see the question and its own tokens alone. So a question is read once, its keys and
values are kept once, and attention is a product of matrices. Answers that have ended leave the row, rows that have
ended leave the batch: the longest answer does not keep the others waiting.
For models whose positions are plain rotary ones and whose forward pass takes a mask for each head (the built-in
Idefics3 over Llama). Others are sampled by TRL's own ways, `generate` or vLLM.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache, Idefics3ForConditionalGeneration


def fits(model: object) -> bool:
    """Whether this sampler and packing.py know the model's architecture."""
    return isinstance(model, Idefics3ForConditionalGeneration)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How tokens are drawn. temperature 0 is greedy; `forbidden` tokens (those that stand for pictures) never come."""

    most_tokens: int
    ends: tuple[int, ...]
    forbidden: tuple[int, ...] = ()
    temperature: float = 1.0


Ended = Callable[[int, int, list[int]], None]  # question, answer, its tokens


class _Writing:
    """The answers of one batch as far as they are written.

    Q rows of questions, W answers at most still open in each; `seen` (Q, G, L) tells which of L cached tokens an answer
    may look at, `slots` (Q, W) which of the G answers stands in which place; a place of an ended answer repeats one.
    """

    def __init__(self, mask_Q_P: torch.Tensor, repeats: int, ended: Ended | None) -> None:
        self.ended = ended
        self.seen = mask_Q_P.bool()[:, None].repeat(1, repeats, 1)
        self.slots = torch.arange(repeats).repeat(len(mask_Q_P), 1)
        self.answers: list[list[list[int]]] = [[[] for _ in range(repeats)] for _ in mask_Q_P]
        self.open = torch.ones(len(mask_Q_P), repeats, dtype=torch.bool)
        self.rows = torch.arange(len(mask_Q_P))  # the question of each row that is still in the batch

    def take(self, tokens_Q_W: torch.Tensor, ends: torch.Tensor) -> None:
        """Notes the newest tokens; an answer with an ending one is closed."""
        fresh = torch.isin(tokens_Q_W, ends)
        for row, (question, places) in enumerate(zip(self.rows.tolist(), self.slots.tolist(), strict=True)):
            for place, slot in enumerate(places):
                if self.open[row, slot]:
                    self.answers[question][slot].append(int(tokens_Q_W[row, place]))
                    if fresh[row, place]:
                        self.open[row, slot] = False
                        if self.ended:
                            self.ended(question, slot, self.answers[question][slot])

    def grow(self) -> None:
        """The newest tokens are cached: each is seen by its own answer."""
        own = torch.zeros(*self.seen.shape[:2], self.slots.shape[1], dtype=torch.bool)
        own.scatter_(1, self.slots[:, None], True)
        self.seen = torch.cat([self.seen, own], dim=2)

    def mask(self, dtype: torch.dtype) -> torch.Tensor:
        """(Q, 1, W, L), to be added to attention's products."""
        picked = torch.gather(self.seen, 1, self.slots[..., None].expand(-1, -1, self.seen.shape[2]))
        return torch.zeros(picked.shape, dtype=dtype).masked_fill_(~picked, torch.finfo(dtype).min)[:, None]

    def narrow(self, tokens_Q_W: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Closes up: (tokens of the places that stay, rows that stay or None for all)."""
        rows = self.open.any(dim=1)
        stay = None if rows.all() else rows.nonzero()[:, 0]
        if stay is not None:
            tokens_Q_W, self.seen, self.slots = tokens_Q_W[stay], self.seen[stay], self.slots[stay]
            self.open, self.rows = self.open[stay], self.rows[stay]
        busy = torch.gather(self.open, 1, self.slots)
        width = int(busy.sum(dim=1).max())
        if width < self.slots.shape[1]:
            order = busy.int().argsort(dim=1, descending=True, stable=True)[:, :width]
            self.slots, tokens_Q_W = torch.gather(self.slots, 1, order), torch.gather(tokens_Q_W, 1, order)
        return tokens_Q_W, stay


@torch.no_grad()
def draw(
    model: Any, questions: dict[str, torch.Tensor], repeats: int, how: Drawing, ended: Ended | None = None
) -> list[list[list[int]]]:
    """Token ids of `repeats` answers to each question, the ending token included where there is one.

    `questions` is what a processor makes of them, padded on the left: input_ids and attention_mask (Q, P), pictures.
    `ended` is told of each answer that ends, while others are still being written.
    """
    cache = DynamicCache(config=model.config)
    asked = questions["input_ids"].shape[1]
    out = model(**questions, past_key_values=cache, use_cache=True, logits_to_keep=1)
    logits = out.logits[:, -1:].expand(-1, repeats, -1)
    writing, ends = _Writing(questions["attention_mask"], repeats, ended), torch.tensor(how.ends)
    for step in range(how.most_tokens):
        tokens = _drawn(logits, how)
        writing.take(tokens, ends)
        if step + 1 == how.most_tokens or not writing.open.any():
            break
        tokens, stay = writing.narrow(tokens)
        if stay is not None:
            cache.batch_select_indices(stay)
        writing.grow()
        logits = model(
            input_ids=tokens,
            attention_mask=writing.mask(model.dtype),
            position_ids=torch.full_like(tokens, asked + step),
            past_key_values=cache,
            use_cache=True,
        ).logits
    return writing.answers


def _drawn(logits_Q_W_V: torch.Tensor, how: Drawing) -> torch.Tensor:
    logits = logits_Q_W_V.float().clone()
    logits[..., list(how.forbidden)] = -torch.inf
    if how.temperature == 0:
        return logits.argmax(-1)
    shares = (logits / how.temperature).softmax(-1)
    return torch.multinomial(shares.flatten(0, 1), 1).view(shares.shape[:2])
