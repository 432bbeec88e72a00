"""What a version makes of charts, item by item: the figures that the gate compares two versions by.

Two suites. "charts": a frozen folder of charts with their programs, which no verdict can reach; two turns each, so
that it shows whether the second one hurts. "judged": charts on which people gave verdicts; the score that needs no
reference, and where an answer was once judged correct, whether this one still draws the same.
Leaves out: comparing (gate.py), and what a person waits for an answer (evaluate.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from model.evaluation import chart_paths, load_reference
from model.ocr import TextReader
from model.records import Chart, Conversation, Execution, FigureFacts, JsonDict, Score
from model.repair import Judge, Runner, picture_judge, reaction
from model.scoring import score_against, score_picture
from model.scoring.kind import main_kind
from storage import rows as stored
from training.answers import Draft, Tried, ask, questions, tried
from training.guards import flags_of
from training.judged import score_values
from training.loaded import Loaded
from training.runfiles import write_json

STILL_RIGHT = 0.9
"""Score against the facts of a program that was judged correct, from which on a drawing counts as the same."""


@dataclass(frozen=True, slots=True)
class Item:
    """A chart of a suite. `facts` are of its program, or of a program for it that was judged correct."""

    name: str
    chart: Chart
    family: str
    facts: FigureFacts | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Suite:
    """Items under a name that changes with what is in them."""

    name: str
    items: tuple[Item, ...]


def charts_suite(folder: Path, sandbox: Runner, reader: TextReader) -> Suite:
    """The frozen charts of a folder. What OCR reads is kept beside them: it takes longest. Raises BadInput."""
    paths = chart_paths(folder)
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    kept = folder / f"hints-{digest.hexdigest()[:16]}.json"
    hints = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    items = []
    for path in paths:
        reference = load_reference(path, sandbox, None if path.stem in hints else reader)
        known = stored.to_hints(hints[path.stem]) if path.stem in hints else reference.chart.hints
        hints[path.stem] = stored.plain(known)
        chart = Chart(reference.chart.sha256, path.stem, reference.chart.pixels, known)
        items.append(Item(path.stem, chart, main_kind(reference.facts.types), reference.facts))
    write_json(kept, hints)
    return Suite(f"charts-{digest.hexdigest()[:16]}", tuple(items))


def judged_suite(items: Iterable[Item]) -> Suite:
    found = tuple(items)
    names = ",".join(f"{item.name}:{item.facts is not None}" for item in found)
    return Suite(f"judged-{hashlib.sha256(names.encode()).hexdigest()[:16]}", found)


def sit(loaded: Loaded, suite: Suite, sandbox: Runner, turns: int = 1) -> dict[str, JsonDict]:
    """Greedy answers to every item of the suite, run and scored; with two turns the second follows each first.

    Each item's figures: family, outcome, quality (overall against its facts), score (without them), tokens, cut_off,
    flagged, still_right, program, raw; `second` is the quality after another turn.
    """
    conversations = [Conversation(item.chart) for item in suite.items]
    firsts = _try(loaded, conversations, suite.items, sandbox)
    figures = {item.name: figures_of(item, first) for item, first in zip(suite.items, firsts, strict=True)}
    if turns > 1:
        judge = picture_judge()
        again = [_again(item.chart, first, judge) for item, first in zip(suite.items, firsts, strict=True)]
        seconds = _try(loaded, again, suite.items, sandbox)
        for item, second in zip(suite.items, seconds, strict=True):
            known = _compared(item, second.execution)
            figures[item.name]["second"] = None if known is None else known.overall
    return figures


def _again(chart: Chart, first: Tried, judge: Judge) -> Conversation:
    """The second question, as the loop asks it."""
    _, feedback = reaction(chart, first.execution, judge, first.draft.cut_off)
    return Conversation(chart, ((first.draft.answer, feedback),))


def _try(loaded: Loaded, conversations: Sequence[Conversation], items: Sequence[Item], sandbox: Runner) -> list[Tried]:
    drafts: list[Draft] = [found[0] for found in ask(loaded, conversations)]
    charts = [item.chart for item in items]
    return tried(list(zip(charts, drafts, strict=True)), sandbox, score_picture)


def figures_of(item: Item, first: Tried) -> JsonDict:
    known = _compared(item, first.execution)
    return {
        "family": item.family,
        "chart": item.chart.sha256,
        "outcome": first.execution.outcome.value,
        "quality": None if known is None else known.overall,
        "score": score_values(first.score),
        "tokens": first.draft.tokens,
        "cut_off": first.draft.cut_off,
        "flagged": [] if item.facts is None else _flags(item.facts, first),
        "still_right": None if known is None else known.of_facts >= STILL_RIGHT,
        "program": first.draft.answer.code,
        "raw": first.draft.answer.raw,
    }


def _flags(facts: FigureFacts, first: Tried) -> list[str]:
    return [flag.value for flag in flags_of(first.draft.answer.code, first.execution, facts)]


def _compared(item: Item, execution: Execution) -> Score | None:
    """With the facts of the item; None where there are none."""
    return None if item.facts is None else score_against(item.facts, execution, item.chart.pixels)


def divergence(candidate: Loaded, other: Loaded, answers: Sequence[tuple[Chart, str]]) -> float:
    """KL(candidate || other) in nats a token, exact over the vocabulary, on the candidate's own answers."""
    total, count = 0.0, 0
    for chart, raw in answers:
        mine, theirs = (_distributions(one, Conversation(chart), raw) for one in (candidate, other))
        if mine is None or theirs is None:
            continue
        total += float((mine.exp() * (mine - theirs)).sum())
        count += len(mine)
    return total / max(count, 1)


def _distributions(loaded: Loaded, conversation: Conversation, raw: str) -> Any:
    """Log-probabilities (tokens of the answer, vocabulary)."""
    asked = questions(loaded, [loaded.codec.messages(conversation)])
    ids = loaded.processor.tokenizer(raw, add_special_tokens=False, return_tensors="pt")["input_ids"].to(loaded.device)
    if not ids.shape[1]:
        return None
    whole = {
        **asked,
        "input_ids": torch.cat([asked["input_ids"], ids], 1),
        "attention_mask": torch.cat([asked["attention_mask"], torch.ones_like(ids)], 1),
    }
    if "mm_token_type_ids" in asked:
        whole["mm_token_type_ids"] = torch.cat([asked["mm_token_type_ids"], torch.zeros_like(ids)], 1)
    with torch.inference_mode():
        logits = loaded.model(**whole).logits[0, -ids.shape[1] - 1 : -1]
    return logits.float().log_softmax(-1)


def summary(figures: dict[str, JsonDict]) -> JsonDict:
    """Means over the items, for showing."""
    found = list(figures.values())
    known = [one["quality"] for one in found if one["quality"] is not None]
    right = [one["still_right"] for one in found if one["still_right"] is not None]
    return {
        "n": len(found),
        "runs": _mean([one["outcome"] == "ok" for one in found]),
        "quality": _mean(known),
        "still_right": _mean(right),
        "tokens": _mean([one["tokens"] for one in found]),
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
