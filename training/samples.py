"""More answers to the charts that people judged, run and scored: a verdict or two say little about a question's rate.

Kept chart by chart in a file of lines, so that a kill costs one chart. Leaves out: what they are worth (worth.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from datasets import Dataset

from model.prompt import Codec
from model.records import Conversation, JsonDict
from model.repair import Runner
from model.scoring import score_picture
from storage.repository import Store
from training import judged
from training.answers import Tried, ask, tried
from training.judged import Row
from training.loaded import Source, load
from training.runfiles import append_line, read_lines
from training.worth import score_of


def charts_of(train: Dataset) -> list[str]:
    """Charts to draw answers to: those of wrong answers first, then the newest."""
    table = train.select_columns(["chart", "label"]).to_list()
    wrong = [row["chart"] for row in reversed(table) if not row["label"]]
    return list(dict.fromkeys([*wrong, *(row["chart"] for row in reversed(table))]))


def draw(
    store: Store,
    source: Source,
    charts: Sequence[str],
    path: Path,
    sandbox: Runner,
    *,
    repeats: int,
    temperature: float,
    seed: int,
    told: Callable[[int, int], None],
) -> list[JsonDict]:
    """Lines of all charts: those that `path` holds already, and the rest. `told` gets charts done and charts in all."""
    done = read_lines(path)
    left = [chart for chart in charts if chart not in {line["chart"] for line in done}]
    if not left or not repeats:
        return done
    stored = [store.jobs.chart(sha256) for sha256 in left]
    conversations = [Conversation(chart) for chart in stored]
    answers = ask(load(source), conversations, repeats, temperature, seed=seed + len(done))
    for chart, drafts in zip(stored, answers, strict=True):
        told(len(done), len(charts))
        results = tried([(chart, draft) for draft in drafts], sandbox, score_picture)
        done.append({"chart": chart.sha256, "answers": [_kept(one) for one in results]})
        append_line(path, done[-1])
    return done


def _kept(one: Tried) -> JsonDict:
    return {
        "raw": one.draft.answer.raw,
        "program": one.draft.answer.code,
        "copies": one.draft.copies,
        "score": judged.score_values(one.score),
    }


def rows_of(
    lines: Sequence[JsonDict], store: Store, codec: Codec, version: str, families: Mapping[str, str]
) -> Iterator[JsonDict]:
    """As rows of a training set; an answer without a word teaches nothing."""
    for line in lines:
        chart = store.jobs.chart(line["chart"])
        prompt, images = judged.conversation(codec.messages(Conversation(chart)))
        for answer in line["answers"]:
            if answer["raw"]:
                yield Row(
                    prompt=prompt,
                    images=images,
                    completion=answer["raw"],
                    label=False,  # said by worth.py
                    chart=chart.sha256,
                    family=families[chart.sha256],
                    version=version,
                    source="sample",
                    program=answer["program"],
                    score=score_of(answer),
                    copies=answer["copies"],
                ).values()
