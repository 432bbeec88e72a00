"""Asks a model many questions at once, runs what it answers and scores it: samples for training, and a gate's exam.

Equal answers to one chart are parsed, run and scored once. Leaves out: how tokens are drawn (sampling.py for the
built-in model; others by transformers' own `generate`), what an answer is worth (calibration.py, gate.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import torch
from PIL import Image

from model.generators.transformers import end_ids, placeholder_ids
from model.prompt import Message, as_chat
from model.records import Answer, Chart, Conversation, Execution, Score
from model.repair import Runner, execute
from training import sampling
from training.loaded import Loaded

QUESTIONS_AT_ONCE = 4
MOST_TOKENS = 1536


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as it was written. `copies` counts equal ones; `cut_off`: it did not come to its end."""

    answer: Answer
    tokens: int
    cut_off: bool
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Tried:
    """An answer that was run and scored."""

    draft: Draft
    execution: Execution = field(repr=False)
    score: Score


Judge = Callable[[Chart, Execution], Score]


def ask(
    loaded: Loaded,
    conversations: Sequence[Conversation],
    repeats: int = 1,
    temperature: float = 0.0,
    seed: int = 0,
) -> Iterator[list[Draft]]:
    """Different answers to each question, in the order of the questions."""
    torch.manual_seed(seed)
    for start in range(0, len(conversations), QUESTIONS_AT_ONCE):
        some = conversations[start : start + QUESTIONS_AT_ONCE]
        asked = questions(loaded, [loaded.codec.messages(one) for one in some])
        for conversation, answers in zip(some, _drawn(loaded, asked, repeats, temperature), strict=True):
            yield _drafts(loaded, conversation, answers)


def tried(drafts: Sequence[tuple[Chart, Draft]], sandbox: Runner, judge: Judge, workers: int = 2) -> list[Tried]:
    """Run and score answers, some at once. Raises SandboxUnavailable."""

    def one(pair: tuple[Chart, Draft]) -> Tried:
        chart, draft = pair
        execution = execute(draft.answer.code, sandbox)
        score = judge(chart, execution) if execution.outcome.ran else Score(execution=0.0)
        return Tried(draft, execution, score)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, drafts))


def questions(loaded: Loaded, asked: Sequence[Sequence[Message]]) -> dict[str, torch.Tensor]:
    """Padded on the left, as generation needs it."""
    prompts = [
        loaded.processor.apply_chat_template(as_chat(messages), add_generation_prompt=True) for messages in asked
    ]
    images = [
        [Image.fromarray(part.pixels) for message in messages for part in message.parts if part.pixels is not None]
        for messages in asked
    ]
    found = loaded.processor(
        text=prompts, images=images, padding=True, padding_side="left", return_tensors="pt", add_special_tokens=False
    )
    return {
        name: value.to(loaded.device, dtype=loaded.model.dtype if value.is_floating_point() else None)
        for name, value in found.items()
    }


def _drawn(loaded: Loaded, asked: dict[str, torch.Tensor], repeats: int, temperature: float) -> list[list[list[int]]]:
    """Token ids of the answers, an ending token included where there is one."""
    config, length = loaded.model.generation_config, asked["input_ids"].shape[1]
    context = getattr(loaded.model.config.get_text_config(), "max_position_embeddings", None) or 10**9
    room = max(1, min(MOST_TOKENS, config.max_new_tokens or MOST_TOKENS, context - length))
    if sampling.fits(loaded.model):
        how = sampling.Drawing(room, tuple(end_ids(loaded.model)), tuple(_forbidden(loaded)), temperature)
        return sampling.draw(loaded.model, asked, repeats, how)
    return _generated(loaded, asked, repeats, temperature, room)


def _generated(
    loaded: Loaded, asked: dict[str, torch.Tensor], repeats: int, temperature: float, room: int
) -> list[list[list[int]]]:
    warm = {"do_sample": True, "temperature": temperature, "top_p": 1.0, "top_k": 0} if temperature else {}
    banned = [[token] for token in _forbidden(loaded)]
    with torch.inference_mode():
        out = loaded.model.generate(
            **asked, **warm, num_return_sequences=repeats, max_new_tokens=room, bad_words_ids=banned or None
        )
    rows = [_until_end(row, end_ids(loaded.model)) for row in out[:, asked["input_ids"].shape[1] :].tolist()]
    return [rows[start : start + repeats] for start in range(0, len(rows), repeats)]


def _until_end(row: list[int], ends: Collection[int]) -> list[int]:
    return next((row[: place + 1] for place, token in enumerate(row) if token in ends), row)


def _forbidden(loaded: Loaded) -> list[int]:
    return placeholder_ids(loaded.model, loaded.processor)


def _drafts(loaded: Loaded, conversation: Conversation, answers: Sequence[Sequence[int]]) -> list[Draft]:
    copies = Counter(map(tuple, answers))
    return [_draft(loaded, conversation, tokens, count) for tokens, count in copies.items()]


def _draft(loaded: Loaded, conversation: Conversation, tokens: Sequence[int], copies: int) -> Draft:
    raw = loaded.processor.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    cut_off = not tokens or tokens[-1] not in end_ids(loaded.model)
    return Draft(loaded.codec.parse(str(raw), conversation), len(tokens), cut_off, copies)
