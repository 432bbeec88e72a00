"""Measures a model on a folder of charts: figures with intervals, figures by kind of chart, and a page to look at.

    python -m training.synthesis.heldout runs/heldout --count 100
    python -m training evaluate runs/heldout --model runs/sft/model --turns 1 --out runs/eval

The folder is one that `chartloop eval` takes, the model one in Hugging Face's layout. Prints two tables and writes
OUT/report.json and OUT/gallery.html. An interval holds 95 % of what means over as many charts, drawn again with
replacement, come to: it says how far the choice of charts alone moves a figure. What the later turns change is measured
chart by chart, so its interval is of the differences and far narrower than those of both ends. Seconds are what a
person waits for one chart, hints included. With --no-hints the model is told neither texts nor colours.

Charts may also be those of matplotlib's own gallery (python -m training.published_charts). Leaves out: how scores are
made (model/evaluation.py), servers (`chartloop eval`), and the question which of two models is better.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.errors import ChartloopError
from model.evaluation import EvalItem, EvalReport, chart_paths, evaluate, mean_metrics, read_picture
from model.generators import Generator, Sampling
from model.ocr import TextReader
from model.records import JsonDict
from model.repair import Runner
from model.sandbox import Sandbox
from model.scoring.kind import main_kind
from training import gallery
from training.publish import NANO

SAMPLING = Sampling(max_new_tokens=1536)  # as the application asks when nothing else is set
RESAMPLES, SEED = 2000, 0

SHARES = {
    "execution_rate": "runs",
    "text_f1": "texts",
    "layout_f1": "panels",
    "type_f1": "kinds",
    "colour_f1": "colours",
    "low_level": "mean of the four",
    "data_f1": "data",
    "visual": "visual",
}
LABELS = {**SHARES, "seconds": "median s/chart"}
MAIN = "low_level"
BY_KIND = ("low_level", "text_f1", "layout_f1", "type_f1", "colour_f1", "data_f1")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure over all charts, and the interval of its bootstrap."""

    value: float
    low: float
    high: float

    def to_json(self) -> JsonDict:
        return {"value": round(self.value, 4), "low": round(self.low, 4), "high": round(self.high, 4)}


def estimate(
    values: Sequence[float | None], statistic: Callable[..., Any] = np.mean, resamples: int = RESAMPLES
) -> Estimate | None:
    """`statistic` over the values that are known, None without any. The same seed every time: charts are drawn alike
    for each metric, and a report can be made again.
    """
    known = np.array([value for value in values if value is not None], float)
    if not len(known):
        return None
    drawn = np.random.default_rng(SEED).integers(len(known), size=(resamples, len(known)))
    low, high = np.percentile(statistic(known[drawn], axis=1), (2.5, 97.5))
    return Estimate(float(statistic(known)), float(low), float(high))


def estimates(items: Sequence[EvalItem], turn: int) -> dict[str, Estimate | None]:
    """Every share of the report at the best program after so many turns, and the median of the seconds until then."""
    rows = [mean_metrics([item.after(turn)]) for item in items]
    shares = {name: estimate([row[name] for row in rows]) for name in SHARES}
    return shares | {"seconds": estimate([item.waited(turn) for item in items], np.median)}


def changes(items: Sequence[EvalItem], turns: int) -> dict[str, Estimate | None]:
    """Paired bootstrap of what the turns after the first change: the mean of final - first over the same charts."""
    pairs = [(mean_metrics([item.after(1)]), mean_metrics([item.after(turns)])) for item in items]
    return {name: estimate([_less(last[name], first[name]) for first, last in pairs]) for name in SHARES}


def _less(last: float | None, first: float | None) -> float | None:
    return None if last is None or first is None else last - first


def by_kind(items: Sequence[EvalItem]) -> list[JsonDict]:
    """Means at the end of the loop for each kind of chart, the most frequent first, and the interval of their mean."""
    groups: dict[str, list[EvalItem]] = defaultdict(list)
    for item in items:
        groups[main_kind(item.kinds)].append(item)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [_of_kind(kind, [mean_metrics([item.score]) for item in group]) for kind, group in ordered]


def _of_kind(kind: str, rows: Sequence[dict[str, float | None]]) -> JsonDict:
    found = {name: estimate([row[name] for row in rows]) for name in BY_KIND}
    means = {name: round(one.value, 4) if one else None for name, one in found.items()}
    return {"kind": kind, "n": len(rows), **means, "estimates": _json(found)}


def card(item: EvalItem, folder: Path) -> gallery.Card:
    """What the gallery shows of one chart; the pictures are made small here, while the rendering is still there."""
    return gallery.Card(
        name=item.name,
        kind=main_kind(item.kinds),
        kinds=item.kinds,
        outcome=item.outcome,
        error=item.error,
        code=item.code,
        best_turn=item.best_turn,
        turns=len(item.by_turn),
        seconds=item.waited(len(item.by_turn)),
        metrics=mean_metrics([item.score]),
        first=mean_metrics([item.after(1)]),
        original=gallery.thumbnail(read_picture(folder / f"{item.name}.png")),
        rendering="" if item.rendering is None else gallery.thumbnail(item.rendering),
    )


def measure(
    folder: Path,
    out: Path,
    generator: Generator,
    sandbox: Runner,
    reader: TextReader | None,
    turns: int = 4,
    limit: int | None = None,
) -> JsonDict:
    """Evaluates, writes report.json and gallery.html into `out`, returns the report. Raises what evaluate raises."""
    out.mkdir(parents=True, exist_ok=True)  # before the hours that a report may take
    cards: list[gallery.Card] = []

    def keep(done: int, total: int, item: EvalItem) -> None:
        cards.append(card(item, folder))
        low_level = cards[-1].metrics["low_level"]
        print(f"{done}/{total}  {item.name}: {item.outcome}, {percent(low_level)}", file=sys.stderr, flush=True)

    report = evaluate(folder, generator, sandbox, reader, turns, limit, keep, SAMPLING)
    document = {
        "model": generator.name,
        "folder": str(folder),
        "hints": reader is not None,
        "peak_memory_mb": peak_memory_mb(),
        "estimates": {
            "first": _json(estimates(report.items, 1)),
            "final": _json(estimates(report.items, turns)),
            "change": _json(changes(report.items, turns)),
            "by_turn": [_json(estimates(report.items, turn)) for turn in range(1, turns + 1)],
        },
        "by_kind": by_kind(report.items),
        **report.to_json(),
    }
    (out / "report.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page = gallery.page(f"{generator.name} on {folder.name}", headline(document, report), _tiles(document), cards)
    (out / "gallery.html").write_text(page, encoding="utf-8")
    return document


def peak_memory_mb() -> int:
    """The most that this process held at once; programs run in others."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def headline(document: JsonDict, report: EvalReport) -> str:
    hints = "with hints" if document["hints"] else "without hints"
    turns = f"up to {report.turns} turns" if report.turns > 1 else "one turn"
    return f"{len(report.items)} charts, {turns}, {hints}, {report.seconds:.0f} s in all"


def percent(value: float | None) -> str:
    """A share in [0, 1] as people read it; a dash where nothing could be judged."""
    return "–" if value is None else f"{100 * value:.1f}"


def tables(document: JsonDict) -> str:
    """What is printed: each metric at both ends of the loop and what changed between them, the mean of the four after
    each turn, and each kind of chart."""
    found = document["estimates"]
    several = len(document["by_turn"]) > 1
    ends = {"after turn 1": found["first"]}
    if several:
        ends |= {f"after turn {len(document['by_turn'])}": found["final"], "change": found["change"]}
    head = ["", *(cell for name in ends for cell in (name, "95 %"))]
    rows = [[label, *(cell for end in ends.values() for cell in _cells(end.get(name), name))]
            for name, label in LABELS.items()]  # fmt: skip
    turns = [[f"turn {index}", *_cells(one[MAIN], MAIN)] for index, one in enumerate(found["by_turn"], 1)]
    kinds = [_kind_row(row) for row in document["by_kind"]]
    head_kinds = ["kind", "n", LABELS[MAIN], "95 %", *(LABELS[name] for name in BY_KIND if name != MAIN)]
    parts = [[head, *rows], *([[["", LABELS[MAIN], "95 %"], *turns]] if several else []), [head_kinds, *kinds]]
    return "\n\n".join(map(_aligned, parts))


def _kind_row(row: JsonDict) -> list[str]:
    others = [percent(row[name]) for name in BY_KIND if name != MAIN]
    return [row["kind"], str(row["n"]), *_cells(row["estimates"][MAIN], MAIN), *others]


def _cells(found: JsonDict | None, name: str) -> list[str]:
    if found is None:
        return ["–", ""]
    worded = (lambda value: f"{value:.1f}") if name == "seconds" else percent
    return [worded(found["value"]), f"{worded(found['low'])} to {worded(found['high'])}"]


def _tiles(document: JsonDict) -> list[gallery.Tile]:
    first, final = document["estimates"]["first"], document["estimates"]["final"]
    several = len(document["by_turn"]) > 1
    said = [(label, _cells(first[name], name), _cells(final[name], name)) for name, label in LABELS.items()]
    return [gallery.Tile(label, end[0], end[1], f"turn 1: {start[0]}" if several else "") for label, start, end in said]


def _json(found: dict[str, Estimate | None]) -> dict[str, JsonDict | None]:
    return {name: one.to_json() if one else None for name, one in found.items()}


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    numbers = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join([row[0].ljust(widths[0]), *numbers]).rstrip()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training evaluate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", metavar="DIR", type=Path, help="holds NAME.png with NAME.py or NAME.json")
    parser.add_argument("--model", type=Path, default=NANO, help="a folder; the built-in model if not given")
    parser.add_argument("--turns", type=_positive, default=4)
    parser.add_argument("--limit", type=_positive, help="only the first so many charts, by name")
    parser.add_argument("--out", type=Path, default=Path("runs/eval"))
    parser.add_argument(
        "--no-hints", action="store_true", help="the picture alone: no texts, no colours, and no word of missing texts"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parsed(arguments)
    try:
        chart_paths(asked.folder)  # a wrong folder is said before a model is loaded
        from model.generators.transformers import TransformersGenerator  # takes seconds to import

        generator = TransformersGenerator(asked.model, name=str(asked.model))
        reader = None if asked.no_hints else TextReader()
        with Sandbox(workers=1) as sandbox:
            document = measure(asked.folder, asked.out, generator, sandbox, reader, asked.turns, asked.limit)
    except ChartloopError as error:
        sys.exit(str(error))
    print(tables(document))
    print(f"\npeak memory {document['peak_memory_mb']} MB\n{asked.out / 'report.json'}\n{asked.out / 'gallery.html'}")
