"""Evaluation of a generator on a folder of charts: `chartloop eval DIR`, and `chartloop score A.py B.py`.

The folder holds NAME.png with either NAME.py, a reference program that is run in the sandbox for its facts, or
NAME.json, reference facts. The loop runs as it does for a person, without a look at the reference; then each turn's
best program so far is compared with it. A program that fails counts 0 in every metric and the denominator is always n.
A question that the model cannot take ends its chart and not the evaluation: what the turns before it gave counts, or 0.
Published facts hold no data: data is averaged over the charts that have some, and None without any.

Leaves out: printing (app/cli.py), comparing two models (training/gate.py).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from model.errors import BadInput, QuestionTooLong
from model.generators import Generator, Sampling
from model.hints import read_hints
from model.ocr import TextReader
from model.progress import Record
from model.records import Chart, Execution, FigureFacts, Hints, JsonDict, Outcome, Pixels, Score, Turn
from model.repair import GREEDY, Runner, TurnDone, repair
from model.sandbox.wire import reference_from_json
from model.scoring import low_level, score_against

# Names in the JSON report, and the components of Score that they are means of. What a published metric finds nothing
# to judge in counts 0, as ChartMimic has it.
PUBLISHED = {"text_f1": "text", "layout_f1": "layout", "type_f1": "kind", "colour_f1": "colour"}
OWN = {"data_f1": "data", "visual": "visual"}


@dataclass(frozen=True, slots=True)
class Reference:
    """One chart of the folder with what is known of it. `reading_s` is the time that its hints took."""

    chart: Chart
    facts: FigureFacts
    reading_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EvalItem:
    """What became of one chart. `by_turn` holds the score of the best program after each turn that was made.

    `kinds` counts the drawing calls of the reference. `rendering` is what the best turn drew; only the caller's
    progress sees it, because a report of a thousand charts has to fit in memory.
    """

    name: str
    outcome: str
    seconds: float
    code: str
    error: str
    by_turn: tuple[Score, ...]
    best_turn: int = 0  # 0: the model was never asked, or could not be
    turn_seconds: tuple[float, ...] = ()  # of each turn alone
    reading_s: float = 0.0
    kinds: dict[str, int] = field(default_factory=dict)
    rendering: Pixels | None = field(default=None, compare=False, repr=False)

    @property
    def score(self) -> Score:
        return self.by_turn[-1] if self.by_turn else Score(execution=0.0)

    def after(self, turn: int) -> Score:
        """The score of the best program after so many turns; a loop that stopped early keeps its last."""
        return self.by_turn[min(turn, len(self.by_turn)) - 1] if self.by_turn else Score(execution=0.0)

    def waited(self, turn: int) -> float:
        """Seconds until that turn was done as a person waits them: with the hints, without looks at the reference."""
        return self.reading_s + sum(self.turn_seconds[:turn])

    def to_json(self) -> JsonDict:
        return {
            "name": self.name,
            "kinds": self.kinds,
            "outcome": self.outcome,
            "turns": len(self.by_turn),
            "best_turn": self.best_turn,
            "seconds": round(self.seconds, 3),
            **mean_metrics([self.score]),
            "error": self.error,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class EvalReport:
    """Means over all items; `seconds` is the time that the whole evaluation took."""

    items: tuple[EvalItem, ...]
    turns: int
    seconds: float

    def metrics(self, turn: int | None = None) -> dict[str, float | None]:
        """Means at the end, or at the best program after so many turns."""
        scores = [item.score if turn is None else item.after(turn) for item in self.items]
        return mean_metrics(scores)

    def to_json(self) -> JsonDict:
        """The document of `chartloop eval --json`."""
        return {
            "n": len(self.items),
            **self.metrics(),
            "seconds": round(self.seconds, 3),
            "by_turn": [{"turn": turn, **self.metrics(turn)} for turn in range(1, self.turns + 1)],
            "items": [item.to_json() for item in self.items],
        }


Progress = Callable[[int, int, EvalItem], None]  # items done, items in all, the last one


def evaluate(
    folder: Path,
    generator: Generator,
    sandbox: Runner,
    reader: TextReader | None,
    turns: int = 4,
    limit: int | None = None,
    progress: Progress | None = None,
    sampling: Sampling = GREEDY,
) -> EvalReport:
    """Run the loop on the first `limit` charts of the folder, by name; without a reader, with no hints at all.

    Raises BadInput for a folder without charts, an unreadable file or a reference that fails, and what the generator
    and the sandbox raise when they break.
    """
    paths = chart_paths(folder)[:limit]
    started = time.monotonic()
    items: list[EvalItem] = []
    for path in paths:
        reference = load_reference(path, sandbox, reader)
        item = _evaluated(reference, generator, sandbox, turns, sampling)
        items.append(replace(item, rendering=None))
        if progress is not None:
            progress(len(items), len(paths), item)
    return EvalReport(tuple(items), turns, time.monotonic() - started)


def score_programs(reference_code: str, candidate_code: str, sandbox: Runner) -> Score:
    """Compare what two programs draw. Raises BadInput when the reference program fails."""
    reference = _run_reference("the reference program", reference_code, sandbox)
    assert reference.facts is not None
    return score_against(reference.facts, sandbox.run(candidate_code), reference.pixels)


def chart_paths(folder: Path) -> list[Path]:
    """The pictures of a folder that have a reference beside them, by name. Raises BadInput if there is none."""
    if not folder.is_dir():
        raise BadInput(
            f"there is no folder {str(folder)!r}; name one that holds charts as NAME.png with NAME.py or NAME.json"
        )
    paths = [path for path in sorted(folder.glob("*.png")) if _reference_path(path) is not None]
    if not paths:
        raise BadInput(
            f"{str(folder)!r} holds no chart; an evaluation needs NAME.png with NAME.py or NAME.json beside it"
        )
    return paths


def load_reference(path: Path, sandbox: Runner, reader: TextReader | None) -> Reference:
    """The chart at `path` with its hints, and its reference facts. Raises BadInput."""
    pixels = read_picture(path)
    facts = _facts(path, sandbox)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    started = time.monotonic()
    hints = read_hints(pixels, reader) if reader else Hints()
    return Reference(Chart(digest, path.stem, pixels, hints), facts, time.monotonic() - started)


def read_picture(path: Path) -> Pixels:
    """RGB pixels; what is transparent is white, as on a page. Raises BadInput."""
    try:
        with Image.open(path) as image:
            layers = image.convert("RGBA")
    except (OSError, UnidentifiedImageError) as error:
        raise BadInput(f"{path.name} is no picture that can be read: {error}") from error
    page = Image.new("RGBA", layers.size, "white")
    return np.asarray(Image.alpha_composite(page, layers).convert("RGB"))


def mean_metrics(scores: Sequence[Score]) -> dict[str, float | None]:
    """The means of the report."""
    means: dict[str, float | None] = {"execution_rate": _mean([score.execution for score in scores])}
    for name, component in PUBLISHED.items():
        means[name] = _mean([getattr(score, component) or 0.0 for score in scores])
    means["low_level"] = _mean([low_level(score) for score in scores])
    for name, component in OWN.items():
        means[name] = _mean([value for score in scores if (value := getattr(score, component)) is not None])
    return means


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _evaluated(reference: Reference, generator: Generator, sandbox: Runner, turns: int, sampling: Sampling) -> EvalItem:
    started = time.monotonic()
    record, scores, refusal = Record(), [], ""
    try:
        for turn in _turns(reference.chart, generator, sandbox, turns, sampling):
            record.add(turn)
            if record.best is turn:
                score = score_against(reference.facts, turn.execution, reference.chart.pixels)
            scores.append(score)
    except QuestionTooLong as error:
        refusal = str(error)
    best = record.best
    execution = best.execution if best else Execution(Outcome.ERROR, refusal)
    return EvalItem(
        name=reference.chart.name,
        outcome=execution.outcome.value,
        seconds=time.monotonic() - started,
        code=best.answer.code if best else "",
        error=execution.error or refusal,
        by_turn=tuple(scores) or (score_against(reference.facts, execution, reference.chart.pixels),),
        best_turn=best.index if best else 0,
        turn_seconds=tuple(turn.seconds for turn in record.turns),
        reading_s=reference.reading_s,
        kinds=dict(reference.facts.types),
        rendering=execution.pixels,
    )


def _turns(chart: Chart, generator: Generator, sandbox: Runner, turns: int, sampling: Sampling) -> Iterator[Turn]:
    for event in repair(chart, generator, sandbox, turns=turns, sampling=sampling):
        if isinstance(event, TurnDone):
            yield event.turn


def _reference_path(path: Path) -> Path | None:
    """The program if there is one, because it says more than facts."""
    beside = (path.with_suffix(suffix) for suffix in (".py", ".json"))
    return next((candidate for candidate in beside if candidate.is_file()), None)


def _facts(path: Path, sandbox: Runner) -> FigureFacts:
    source = _reference_path(path)
    if source is None:
        raise BadInput(f"{path.name} has no reference; put {path.stem}.py or {path.stem}.json beside it")
    if source.suffix == ".py":
        facts = _run_reference(source.name, source.read_text(encoding="utf-8"), sandbox).facts
        assert facts is not None
        return facts
    try:
        document: Any = json.loads(source.read_text(encoding="utf-8"))
        return reference_from_json(document)
    except ValueError as error:
        raise BadInput(f"{source.name} holds no reference facts: {error}") from error


def _run_reference(name: str, code: str, sandbox: Runner) -> Execution:
    execution = sandbox.run(code)
    if not execution.outcome.ran or execution.facts is None:
        raise BadInput(f"{name} cannot serve as a reference, it ended with {execution.outcome}: {execution.error}")
    return execution
