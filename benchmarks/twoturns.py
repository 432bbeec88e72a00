"""Two greedy turns on many held-out charts at once, by the sampler of training: quick enough to compare many runs.

Questions and feedback are the application's; batches of charts go through the model together. For the built-in model's
architecture. Leaves out: the loop's retries and its choice of the best turn (`chartloop eval`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from model.generators.transformers import chat, end_ids, placeholder_ids
from model.records import JsonDict
from model.repair import Runner
from model.scoring import low_level
from training.charts import Case
from training.rewards import Weights, price
from training.sampling import Drawing, draw
from training.trials import Bench, Trial, Written

AT_ONCE = 8  # charts; the built-in model's codec remembers what it saw of so many
MOST_TOKENS = 640


class TwoTurns:
    """A model, ready to be asked. One greedy answer per question."""

    def __init__(self, folder: Path, sandbox: Runner, workers: int, codec: Any) -> None:
        self.bench = Bench(sandbox, codec, workers)
        self._processor = AutoProcessor.from_pretrained(folder)
        self._processor.tokenizer.padding_side = "left"
        self._model: Any = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=torch.bfloat16, attn_implementation="eager"
        ).eval()
        self._ends = tuple(end_ids(self._model))
        self._forbidden = tuple(placeholder_ids(self._model, self._processor))

    def followed(self, cases: Sequence[Case]) -> list[tuple[Trial, Trial]]:
        """First and second turn of each chart."""
        found: list[tuple[Trial, Trial]] = []
        for at in range(0, len(cases), AT_ONCE):
            self.bench.forget()
            some = cases[at : at + AT_ONCE]
            firsts = self._answers(some, [self.bench.question(case) for case in some], tell=True)
            turns = zip(some, firsts, self.bench.feedback(firsts), strict=True)
            again = [self.bench.question(case, (first.answer, told)) for case, first, told in turns]
            found += zip(firsts, self._answers(some, again), strict=True)
        return found

    def _answers(self, cases: Sequence[Case], questions: Sequence[Any], *, tell: bool = False) -> list[Trial]:
        asked = self._processor.apply_chat_template(
            [chat(question) for question in questions],
            tokenize=True,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
        )
        batch = {name: one.to(self._model.dtype) if one.is_floating_point() else one for name, one in asked.items()}
        how = Drawing(MOST_TOKENS, self._ends, self._forbidden, temperature=0.0)
        ids = [row[0] for row in draw(self._model, batch, 1, how)]
        texts = self._processor.tokenizer.batch_decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        cut = [one[-1] not in self._ends for one in ids]
        return self.bench.trials([Written(*one) for one in zip(cases, texts, cut, strict=True)], tell=tell)


def figures(pairs: Sequence[tuple[Trial, Trial]]) -> JsonDict:
    """One list per figure with a value for each chart, in their order; None where nothing could be judged."""
    turns = {"turn1": [first for first, _ in pairs], "turn2": [second for _, second in pairs]}
    found: JsonDict = {}
    for turn, trials in turns.items():
        found[f"{turn}/low_level"] = [low_level(trial.verdict.score) for trial in trials]
        found[f"{turn}/executed"] = [trial.verdict.score.execution for trial in trials]
        found[f"{turn}/data"] = [trial.verdict.score.data for trial in trials]
        found[f"{turn}/visual"] = [trial.verdict.score.visual for trial in trials]
        found[f"{turn}/priced"] = [price(trial.verdict, Weights()) for trial in trials]
        found[f"{turn}/flagged"] = [float(bool(trial.verdict.flags)) for trial in trials]
    gains = [b - a for a, b in zip(found["turn1/low_level"], found["turn2/low_level"], strict=True)]
    ran = found["turn1/executed"]
    found["gain"] = [gain if one else None for gain, one in zip(gains, ran, strict=True)]  # as the paper counts it
    found["improved"] = [float(gain > 1e-6) for gain in gains]
    found["regressed"] = [float(gain < -1e-6) for gain in gains]
    found["repeated"] = [float(first.program == second.program) for first, second in pairs]
    return found
