"""What refreshes bring: a simulated person judges answers to charts of families that the base handles badly.

    python -m benchmarks.refresh --out runs/refresh                      the whole grid: hours; goes on where it stopped
    python -m benchmarks.refresh --out runs/refresh --seeds 1 --verdicts 100 --methods nft rejection --held-out 60
    python -m benchmarks.refresh --out runs/refresh --only-table         docs/refresh.md from what is there

Every cell is a real store with real jobs, turns and verdicts, and real refreshes by the phases of the periodic job:
snapshot, further answers, NFT (or KTO, rejection fine-tuning, GRPO, NFT and then GRPO), gate. Accept rates are of
greedy first answers to held-out charts, by the truth and without noise: of the bad families, and of all others. The bad
families are found by a first look at the base. Leaves out: real people.
"""

from __future__ import annotations

import argparse
import json
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.simulated import Known, Person, judge_all, pool, qualities
from model.records import JsonDict
from model.sandbox import Sandbox
from storage.records import ModelVersion, RunState
from storage.repository import Store
from storage.runs import TRAINER
from training.gate import Policy
from training.lineage import source_of
from training.loaded import Source, load
from training.publish import NANO
from training.refresh import RUNS, work
from training.refresh_config import RefreshConfig
from training.runfiles import write_json
from training.tuning import Method, Tuning

LOOK, JUDGED, HELD_OUT, OTHERS = 820_000_000, 830_000_000, 860_000_000, 870_000_000
SEED_STRIDE = 1_000_000
METHODS = ("nft", "kto", "rejection", "grpo", "nft+grpo")
PEOPLE = {
    "flipped 30 %": (0.3, 0.3, 0.3),
    "one of three turns all round": (0.0, 0.0, 1.0),
    "the only rater turns all round": (1.0,),
}
DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "refresh.md"


@dataclass(frozen=True, slots=True)
class Cell:
    """One experiment. `noise` is every rater's, unless `people` names a set of them."""

    method: str
    verdicts: int
    noise: float
    rounds: int
    seed: int
    people: str = ""

    @property
    def name(self) -> str:
        noise = self.people.replace(" ", "_") or f"{self.noise:g}"
        return f"{self.method}-{self.verdicts}-{noise}-{self.rounds}-{self.seed}"

    def person(self, accepts_at: float) -> Person:
        noise = PEOPLE.get(self.people, (self.noise,) * 3)
        return Person(accepts_at, noise, corrects=0.3)


class Bench:
    """What all cells share: the base, charts, and a first look at the base."""

    def __init__(self, asked: argparse.Namespace, sandbox: Sandbox) -> None:
        self.asked, self.sandbox, self.out = asked, sandbox, Path(asked.out)
        self.base = Source(str(asked.base))
        self.families = self._families()
        self.held_out = pool(self.out / "pool", HELD_OUT, asked.held_out, self.families)
        self.others = self._others()

    def _families(self) -> list[str]:
        """Kinds that the base is right on less often than on all, and sometimes; the most frequent of them."""
        if self.asked.families:
            return list(self.asked.families)
        kept = self.out / "look.json"
        if not kept.is_file():
            charts = pool(self.out / "pool", LOOK, self.asked.look)
            found = qualities(load(self.base), charts, self.sandbox)
            write_json(kept, [[known.kind, value] for known, value in zip(charts, found, strict=True)])
        by_kind: dict[str, list[bool]] = defaultdict(list)
        for kind, value in json.loads(kept.read_text()):
            by_kind[kind].append(value >= self.asked.accepts_at)
        overall = np.mean([right for found in by_kind.values() for right in found])
        bad = [kind for kind, found in by_kind.items() if len(found) >= 5 and 0.02 < np.mean(found) < overall]
        return sorted(bad, key=lambda kind: -len(by_kind[kind]))[:3]

    def _others(self) -> list[Known]:
        charts = pool(self.out / "pool", OTHERS, self.asked.held_out * 2)
        return [known for known in charts if known.kind not in self.families][: self.asked.held_out]

    def rates(self, source: Source) -> JsonDict:
        """Accept rates on held-out charts; once for each set of weights."""
        kept = self.out / "rates" / f"{source.sha256()[:16]}.json"
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            loaded = load(source)
            found = {name: qualities(loaded, charts, self.sandbox) for name, charts in self._sets()}
            write_json(kept, found)
        values = json.loads(kept.read_text())
        return {name: float(np.mean(np.array(found) >= self.asked.accepts_at)) for name, found in values.items()}

    def _sets(self) -> tuple[tuple[str, list[Known]], ...]:
        return ("bad", self.held_out), ("others", self.others)

    def run(self, cell: Cell) -> JsonDict:
        """The cell's figures, from its file if it was done before."""
        kept = self.out / "cells" / f"{cell.name}.json"
        if kept.is_file():
            found: JsonDict = json.loads(kept.read_text())
            return found
        kept.parent.mkdir(parents=True, exist_ok=True)
        folder = self.out / "stores" / cell.name
        rounds = []
        with Store.open(folder) as store:
            self._first_version(store)
            for number in range(cell.rounds):
                rounds.append(self._round(store, folder, cell, number))
        result = {**_asdict(cell), "families": self.families, "base": self.rates(self.base), "rounds": rounds}
        write_json(kept, result)
        return result

    def _first_version(self, store: Store) -> None:
        if not store.versions.all():
            version = store.versions.add("nano", self.base.path, self.base.sha256())
            store.versions.promote(version.number, reason="the base")

    def _round(self, store: Store, folder: Path, cell: Cell, number: int) -> JsonDict:
        """New verdicts on the champion's answers, then one refresh."""
        champion = store.versions.alias()
        assert champion is not None
        judged = self._judged(store, folder, cell, number, champion)
        started = time.monotonic()
        runs = [run for run in store.runs.all() if run.state is RunState.DONE]
        if len(runs) <= number:
            store.runs.request(TRAINER, cell.method, {}, "the benchmark")
            claimed = self._claimed(store)
            lines = folder / RUNS / str(claimed.id) / "samples.jsonl"
            shared = self._shared_samples(cell)
            if shared is not None and shared.is_file() and not lines.is_file():
                lines.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(shared, lines)
            work(store, folder, claimed, self.config(cell), threading.Event(), lease_s=60)
            if shared is not None and lines.is_file() and not shared.is_file():
                shared.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(lines, shared)
        run = next(run for run in store.runs.all())
        report = next((one for one in store.runs.reports() if one.run_id == run.id), None)
        if report is None:
            return {"judged": judged, "error": run.error, "rates": self.rates(source_of(champion))}
        made = store.versions.get(report.number)
        assert made is not None
        return {
            "judged": judged,
            "rates": self.rates(source_of(made)),
            "decision": report.decision.value,
            "passed": report.passed,
            "reason": report.reason,
            "quarantined": sorted(store.raters.quarantined()),
            "seconds": run.metrics["seconds"],
            "wall_s": time.monotonic() - started,
            "conditions": {one["name"]: [one["passed"], one["says"]] for one in report.figures["conditions"]},
        }

    def _shared_samples(self, cell: Cell) -> Path | None:
        """Methods draw the same answers to the same charts from the same base, so one of them may draw for all."""
        alike = cell.rounds == 1 and not cell.noise and not cell.people and not cell.method.startswith("grpo")
        return self.out / "samples" / f"{cell.verdicts}-{cell.seed}.jsonl" if alike else None

    def _claimed(self, store: Store) -> Any:
        while True:
            run = store.runs.claim(TRAINER, "benchmark", 60)
            if run is not None:
                return run
            time.sleep(2)  # the lease of a process that was killed runs out

    def _judged(self, store: Store, folder: Path, cell: Cell, number: int, champion: ModelVersion) -> float:
        kept = folder / f"judged-{number}.json"
        if not kept.is_file():
            each = cell.verdicts // cell.rounds
            first = JUDGED + cell.seed * SEED_STRIDE
            charts = pool(self.out / "pool", first, cell.verdicts, self.families)[number * each : (number + 1) * each]
            seed = 1000 * cell.seed + number
            person = cell.person(self.asked.accepts_at)
            share = judge_all(store, load(source_of(champion)), champion.label, charts, person, self.sandbox, seed)
            write_json(kept, share)
        return float(json.loads(kept.read_text()))

    def config(self, cell: Cell) -> RefreshConfig:
        asked = self.asked
        learns = not cell.method.startswith("grpo")
        tuning = Tuning(
            method=Method(cell.method.partition("+")[0]) if learns else Method.NFT,
            epochs=asked.epochs if learns else 0.0,
            learning_rate=asked.learning_rate,
            seed=cell.seed,
        )
        return RefreshConfig(
            tuning=tuning,
            policy=Policy.AUTO,
            samples=asked.samples if learns else 0,
            most_charts=asked.most_charts,
            grpo_steps=asked.grpo_steps if "grpo" in cell.method else 0,
            suite=str(self._suite()),
        )

    def _suite(self) -> Path:
        from training.synthesis.heldout import write

        folder = self.out / "suite"
        if not folder.is_dir():
            partial = folder.with_name("suite.partial")
            write(partial, self.asked.suite, plain=False)
            partial.rename(folder)
        return folder


def _asdict(cell: Cell) -> JsonDict:
    return {name: getattr(cell, name) for name in ("method", "verdicts", "noise", "rounds", "seed", "people")}


def grid(asked: argparse.Namespace) -> list[Cell]:
    """Methods by verdicts; then NFT by noise, by refreshes in a row, and on poisoned sets; seed by seed."""
    cells: list[Cell] = []
    for seed in range(asked.seeds):
        middle = asked.verdicts[len(asked.verdicts) // 2]
        cells += [Cell(method, count, 0.0, 1, seed) for count in asked.verdicts for method in asked.methods]
        cells += [Cell("nft", middle, noise, 1, seed) for noise in asked.noise if noise]
        cells += [Cell("nft", middle, 0.0, rounds, seed) for rounds in asked.rounds if rounds > 1]
        cells += [Cell("nft", middle, 0.0, 1, seed, people) for people in (PEOPLE if asked.poisoned else ())]
    return list(dict.fromkeys(cells))


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parsed(arguments)
    if not asked.only_table:
        with Sandbox(workers=2) as sandbox:
            bench = Bench(asked, sandbox)
            print(f"bad families: {', '.join(bench.families)}; base: {bench.rates(bench.base)}", flush=True)
            for cell in grid(asked):
                started = time.monotonic()
                found = bench.run(cell)
                last = found["rounds"][-1]
                said = last.get("decision", last.get("error"))
                print(f"{cell.name}: {last['rates']} {said} {time.monotonic() - started:.0f} s", flush=True)
    from benchmarks.refresh_tables import document

    asked.document.parent.mkdir(parents=True, exist_ok=True)
    asked.document.write_text(document(Path(asked.out)), encoding="utf-8")
    print(asked.document)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/refresh"))
    parser.add_argument("--base", type=Path, default=NANO)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--verdicts", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--noise", type=float, nargs="*", default=[0.0, 0.1, 0.3])
    parser.add_argument("--rounds", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--no-poisoned", dest="poisoned", action="store_false")
    parser.add_argument("--families", nargs="*", help="kinds of chart; found by a look at the base if none are named")
    parser.add_argument("--accepts-at", type=float, default=0.7, help="mean score from which the person accepts")
    parser.add_argument("--look", type=int, default=200, help="charts of the first look")
    parser.add_argument("--held-out", type=int, default=150, help="charts in each of the two held-out sets")
    parser.add_argument("--suite", type=int, default=60, help="frozen charts of the gate")
    parser.add_argument("--samples", type=int, default=RefreshConfig().samples)
    parser.add_argument("--most-charts", type=int, default=RefreshConfig().most_charts)
    parser.add_argument("--grpo-steps", type=int, default=20)
    parser.add_argument("--epochs", type=float, default=Tuning().epochs)
    parser.add_argument("--learning-rate", type=float, default=Tuning().learning_rate)
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    parser.add_argument("--only-table", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
