"""A model's own first answers to drawn charts, to be corrected in a second turn like made mistakes (faults.py).

    python -m training.synthesis.shards runs/data --model model/nano ...

Made mistakes teach a model that its draft may be wrong, its own ones in which way: the drafts that it will see in the
loop are its own (the learner's own states, Ross et al., DAgger, arXiv 1011.0686).
Leaves out: which turns are kept (faults.py).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from model.records import Conversation
from training.answers import ask
from training.loaded import Loaded, Source, load
from training.synthesis.faults import Row, corrected
from training.synthesis.pairs import Pair

SHARE = 0.3
"""Share of the rows that the model is asked about: an answer and its feedback cost more than the drawing."""
AT_ONCE = 16


@functools.cache
def own(folder: Path) -> Loaded:
    """The model whose answers are wanted, loaded once for all shards of a process. Raises ModelNotFound."""
    return load(Source(str(folder)))


def rows(pairs: Iterator[Pair], model: Loaded | None) -> Iterator[tuple[Pair, Row]]:
    """The pairs as rows, some with a second turn; without a model by made mistakes alone."""
    if model is None:
        yield from ((pair, corrected(pair)) for pair in pairs)
        return
    while some := list(islice(pairs, AT_ONCE)):
        tries = _tries(some, model)
        yield from ((pair, corrected(pair, tries.get(index, ""))) for index, pair in enumerate(some))


def _tries(pairs: Sequence[Pair], model: Loaded) -> dict[int, str]:
    asked = [
        index for index, pair in enumerate(pairs) if np.random.default_rng((pair.seed, 4, pair.view)).random() < SHARE
    ]
    answers = ask(model, [Conversation(pairs[index].chart) for index in asked])
    return {index: drafts[0].answer.raw for index, drafts in zip(asked, answers, strict=True)}
