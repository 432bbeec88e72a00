"""The comparisons behind self-correction and rewards, run by run, and docs/grpo.md with their tables.

    python -m benchmarks.grpo training/configs/nano-cpu.toml --heldout runs/heldout --out runs/compare --seeds 0 1 2
    python -m benchmarks.grpo ... --arms start staged full shared --steps 40     a part of it, shorter
    python -m benchmarks.grpo ... --sft-data runs/data --sft-rows 4000           and more supervised training instead
    python -m benchmarks.grpo ... --earlier runs/sft-a/model runs/sft-b/model    and what led to the plateau
    python -m benchmarks.grpo ... --report                                       only the tables of what is done

Every arm starts from the recipe's model and has the recipe's steps; a run that is done is not run again, one that was
killed goes on. Arms are gone through seed by seed, so that a first table is there early. Held-out charts are asked two
greedy turns each (twoturns.py), `start` and `staged` also four turns of the application's loop. Intervals hold 95 % of
what as many other charts would give, each chart's value the mean over seeds; beside them the deviation between seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.markdown import table
from benchmarks.twoturns import TwoTurns, figures
from model.errors import ChartloopError
from model.evaluation import load_reference
from model.generators.transformers import TransformersGenerator
from model.ocr import TextReader
from model.prompt import codec_for
from model.records import JsonDict
from model.repair import Runner, TurnDone, repair
from model.sandbox import Sandbox
from model.scoring import low_level, score_against
from training import sft
from training.charts import Case, FolderCharts
from training.evaluate import SAMPLING, estimate
from training.grpo import Stage
from training.recipe import Recipe, read_recipe
from training.reinforce import train
from training.rewards import Curriculum, Weights
from training.runfiles import write_json

LOOP_TURNS = 4
LOOPED = ("start", "staged")  # arms whose loop of four turns is measured
PICTURE = Weights(text=0, ticks=0, layout=0, kind=0, colour=0, data=0, visual=0.85)

TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Supervised training and what comes after": (
        "More of it, and reinforcement from the same weights.", ("earlier*", "start", "sft", "staged"),
    ),
    "What is paid": (
        "The text of the chart alone, its look alone, and first the one, then both (MSRL's ablation).",
        ("start", "text", "visual", "staged"),
    ),
    "Which turns are trained": (
        "Whole trajectories, one shared first turn, both in order, and a bonus for improving (MM-ReCoder's ablation).",
        ("start", "full", "shared", "staged", "bonus"),
    ),
}  # fmt: skip
COLUMNS = {
    "turn1/low_level": "turn 1", "turn2/low_level": "turn 2", "gain": "gain", "improved": "improved",
    "regressed": "regressed", "repeated": "repeated", "turn1/executed": "runs", "turn1/data": "data",
    "turn1/visual": "visual",
}  # fmt: skip


def arm(recipe: Recipe, name: str, seed: int, steps: int) -> Recipe:
    """The recipe of one run: as many steps as the recipe has, or as are asked for, in the arm's own stages."""
    shared, full = (next(one for one in recipe.stage if one.kind is kind) for kind in Stage)
    steps = steps or sum(one.steps for one in recipe.stage)
    half = max(1, steps // 2)
    both = (replace(shared, steps=half), replace(full, steps=steps - half))
    stages = {
        "full": (replace(full, steps=steps),),
        "shared": (replace(shared, steps=steps),),
        "bonus": (replace(full, steps=steps, bonus=0.1),),
    }
    rewards = {
        "text": replace(recipe.reward, switch_at=1.0),
        "visual": Curriculum(PICTURE, PICTURE),
    }
    charts = replace(recipe.charts, first_seed=recipe.charts.first_seed + 1_000_000 * seed)
    reward, stage = rewards.get(name, recipe.reward), stages.get(name, both)
    return replace(recipe, seed=seed, charts=charts, reward=reward, stage=stage)


class Comparison:
    """All runs under one folder, and what was measured of each."""

    def __init__(self, recipe: Recipe, out: Path, heldout: Path, limit: int, sandbox: Sandbox) -> None:
        self.recipe, self.out, self.heldout, self.sandbox = recipe, out, heldout, sandbox
        self._reader = TextReader()
        self._source = FolderCharts(heldout, sandbox, self._reader)
        self._limit = limit
        self._cases: list[Case] = []

    def trained(self, name: str, seed: int, steps: int) -> None:
        """One arm of reinforcement for one seed, measured. Done already: nothing."""
        folder = self.out / f"{name}-{seed}"
        if (folder / "measured.json").exists():
            return
        run = replace(arm(self.recipe, name, seed, steps), out=str(folder))
        candidate = train(run)
        logs = [line for path in sorted(folder.glob("*/log.jsonl")) for line in path.read_text().splitlines()]
        seconds = sum(json.loads(line)["seconds/step"] for line in logs)
        self.measured(folder, candidate, name in LOOPED and seed == 0, {"seconds": seconds, "steps": len(logs)})

    def supervised(self, seed: int, data: str, rows: int) -> None:
        """More supervised training from where the others begin."""
        folder = self.out / f"sft-{seed}"
        if (folder / "measured.json").exists():
            return
        done = sft.train(sft.SftConfig(data, self.recipe.model, str(folder), rows=rows, seed=seed))
        self.measured(folder, folder / "model", False, {"seconds": done.seconds, "rows": done.rows})

    def measured(self, folder: Path, model: Path, loops: bool, more: JsonDict) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "measured.json").exists():
            return
        cases = self._heldout()
        started = time.monotonic()
        asked = TwoTurns(model, self.sandbox, self.sandbox.workers, codec_for(model))
        document = {**more, "charts": figures(asked.followed(cases))}
        if loops:
            document["loop"] = looped(self.heldout, model, self.sandbox, self._reader, len(cases))
        write_json(folder / "measured.json", document)
        score = np.mean(document["charts"]["turn2/low_level"])
        print(f"{folder.name}: {100 * score:.1f} after two turns, {time.monotonic() - started:.0f} s", file=sys.stderr)

    def _heldout(self) -> list[Case]:
        if not self._cases:
            self._cases = [self._source.case(number) for number in range(self._limit)]
        return self._cases


def looped(folder: Path, model: Path, sandbox: Runner, reader: TextReader, limit: int) -> JsonDict:
    """Low-level score after 1 to 4 turns of the loop, of the last turn and of the best by the loop's own judgement."""
    generator = TransformersGenerator(model)
    last: list[list[float]] = []
    best: list[list[float]] = []
    for path in sorted(folder.glob("*.png"))[:limit]:
        reference = load_reference(path, sandbox, reader)
        scores: list[tuple[float, tuple[bool, float]]] = []
        for event in repair(reference.chart, generator, sandbox, turns=LOOP_TURNS, sampling=SAMPLING):
            if isinstance(event, TurnDone):
                execution = event.turn.execution
                true = low_level(score_against(reference.facts, execution, reference.chart.pixels))
                scores.append((true, (execution.outcome.ran, event.turn.score.overall)))
        ends = [scores[: turn + 1] for turn in range(LOOP_TURNS)]
        last.append([end[-1][0] for end in ends])
        best.append([max(end, key=lambda one: one[1])[0] for end in ends])
    return {"last": last, "best": best}


# the report -----------------------------------------------------------------------------------------------------------


def report(out: Path) -> str:
    """docs/grpo.md as Markdown."""
    runs = {path.parent.name: json.loads(path.read_text()) for path in sorted(out.glob("*/measured.json"))}
    parts = [HEAD.format(charts=max((len(run["charts"]["gain"]) for run in runs.values()), default=0))]
    for title, (words, arms) in TABLES.items():
        rows = [row for name in arms for row in _rows(name, runs)]
        own = [name for name in arms if name not in LOOPED and _rows(name, runs)]
        if own or (rows and len(parts) == 1):  # a table of what all tables have is shown once
            parts.append(f"## {title}\n\n{words}\n\n{table([[*HEAD_ROW, *COLUMNS.values()], *rows])}")
    loops = [(name, run["loop"]) for name, run in runs.items() if "loop" in run]
    if loops:
        parts.append(f"## Turns at inference\n\nOne seed; the loop stops by itself.\n\n{_loop_table(loops)}")
    return "\n\n".join(parts) + "\n"


HEAD_ROW = ("arm", "seeds", "minutes")
HEAD = """\
# Self-correction and rewards, measured

Written by `python -m benchmarks.grpo`. The built-in model, {charts} held-out charts of table families that no training
saw.
Figures are in %; turn 1 and 2 are ChartMimic's low-level score, gain is their difference where the first program ran,
as MM-ReCoder counts it. In brackets 95 % over charts, after ± the deviation between seeds."""


def _rows(name: str, runs: dict[str, JsonDict]) -> list[list[str]]:
    """One row of an arm over its seeds, or a row for each run of a family that ends in *."""
    if name.endswith("*"):
        return [_row(run, [runs[run]]) for run in runs if run.startswith(name[:-1])]
    found = [run for key, run in runs.items() if key == name or key.rpartition("-")[0] == name]
    return [_row(name, found)] if found else []


def _row(name: str, runs: Sequence[JsonDict]) -> list[str]:
    minutes = np.mean([run.get("seconds", 0.0) for run in runs]) / 60
    return [name, str(len(runs)), f"{minutes:.0f}", *(_cell(figure, runs) for figure in COLUMNS)]


def _cell(figure: str, runs: Sequence[JsonDict]) -> str:
    values = np.array([[np.nan if one is None else one for one in run["charts"][figure]] for run in runs], float)
    known = ~np.isnan(values).all(axis=0)
    charts = np.nanmean(values[:, known], axis=0)
    found = estimate(list(charts))
    if found is None:
        return "–"
    seeds = np.nanmean(values, axis=1)
    between = f" ±{100 * seeds.std(ddof=1):.1f}" if len(runs) > 1 else ""
    return f"{100 * found.value:.1f}{between} [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def _loop_table(loops: Sequence[tuple[str, JsonDict]]) -> str:
    head = ["run", "kept", *(f"{turn} turn{'s' if turn > 1 else ''}" for turn in range(1, LOOP_TURNS + 1))]
    rows = [
        [name, kept, *(f"{100 * value:.1f}" for value in np.mean(loop[key], axis=0))]
        for name, loop in loops
        for key, kept in (("last", "last turn"), ("best", "best turn"))
    ]
    return table([head, *rows])


def run(options: argparse.Namespace) -> None:
    recipe = read_recipe(options.recipe)
    recipe = replace(recipe, model=options.model or recipe.model)
    with Sandbox(workers=recipe.sandbox.workers) as sandbox:
        comparison = Comparison(recipe, options.out, options.heldout, options.charts, sandbox)
        for folder in options.earlier:
            comparison.measured(options.out / f"earlier-{folder.parent.name}", folder, False, {})
        if "start" in options.arms:
            comparison.measured(options.out / "start", Path(recipe.model), True, {})
        for seed in options.seeds:
            for name in options.arms:
                if name == "sft" and options.sft_data:
                    comparison.supervised(seed, options.sft_data, options.sft_rows)
                elif name not in ("start", "sft"):
                    comparison.trained(name, seed, options.steps)
                options.report_to.write_text(report(options.out), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--model", help="begin from this folder instead of the recipe's")
    parser.add_argument("--heldout", type=Path, required=True, help="a folder that training.synthesis.heldout wrote")
    parser.add_argument("--charts", type=int, default=100, help="how many of them")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--steps", type=int, default=0, help="of each run; 0: as the recipe has it")
    arms = ["start", "staged", "full", "shared", "text", "visual", "bonus", "sft"]
    parser.add_argument("--arms", nargs="+", choices=arms, default=arms)
    parser.add_argument("--earlier", type=Path, nargs="*", default=[], help="models of earlier supervised training")
    parser.add_argument("--sft-data", default="", help="shards for the arm sft; without them it is left out")
    parser.add_argument("--sft-rows", type=int, default=4000)
    parser.add_argument("--report", action="store_true", help="only write the tables of what is done")
    parser.add_argument("--report-to", type=Path, default=Path("docs/grpo.md"))
    options = parser.parse_args()
    options.report_to.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not options.report:
            options.out.mkdir(parents=True, exist_ok=True)
            run(options)
        options.report_to.write_text(report(options.out), encoding="utf-8")
        print(options.report_to.read_text(encoding="utf-8"))
    except ChartloopError as error:
        sys.exit(f"benchmarks.grpo: {error}")


if __name__ == "__main__":
    main()
