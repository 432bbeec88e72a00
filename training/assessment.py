"""Champion and candidate of one refresh sit the same exam, and the gate's evidence is put together from it.

Evaluations are kept in storage: what a version made of a suite before is not measured again.
Leaves out: how an exam goes (exam.py), what is decided on (gate.py).
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from model.ocr import TextReader
from model.records import JsonDict
from model.repair import Runner
from storage.records import ModelVersion, Part
from storage.repository import Store
from training import exam, gate, judged
from training.calibration import posterior
from training.lineage import source_of
from training.loaded import load
from training.refresh_config import RefreshConfig
from training.runfiles import write_json
from training.worth import Worth, score_of, thing

SUITE = "suite"


class Assessment:
    """What is measured for one decision. `told` hears of each step; `folder` is the run's, `data_dir` everybody's."""

    def __init__(
        self,
        store: Store,
        config: RefreshConfig,
        sandbox: Runner,
        folders: tuple[Path, Path, Path],
        told: Callable[[JsonDict], None],
    ) -> None:
        self.store, self.config, self.sandbox, self.told = store, config, sandbox, told
        self.folder, self.data_dir, self.frozen = folders
        self._suites: tuple[exam.Suite, exam.Suite] | None = None

    def sit(self, champion: ModelVersion, base: ModelVersion, candidate: ModelVersion) -> None:
        """Both versions on both suites, and how far the candidate has gone from where it came from.

        The candidate also answers the charts judged wrong that it learnt from: for people to see, not for the gate.
        """
        for version in (champion, candidate):
            for suite, turns in zip(self.suites, (2, 1), strict=True):
                self._sit(version, suite, turns)
        if (wrong := self._wrong()).items:
            self._sit(candidate, wrong, 1)
        kept = self.folder / "drift.json"
        if not kept.is_file():
            self.told({"doing": "drift"})
            write_json(kept, self._drift(champion, base, candidate))

    def _sit(self, version: ModelVersion, suite: exam.Suite, turns: int) -> None:
        self.told({"version": version.label, "suite": suite.name})
        if self.store.evaluations.get(version.number, suite.name) is None:
            items = exam.sit(load(source_of(version)), suite, self.sandbox, turns)
            self.store.evaluations.keep(version.number, suite.name, items, exam.summary(items))

    @property
    def suites(self) -> tuple[exam.Suite, exam.Suite]:
        """The frozen charts, and the judged ones."""
        if self._suites is None:
            self._suites = (self._charts(), self._judged())
        return self._suites

    def _charts(self) -> exam.Suite:
        folder = Path(self.config.suite) if self.config.suite else self.data_dir / SUITE
        if not self.config.suite and not folder.is_dir():
            from training.synthesis.heldout import write  # statistics packages: only where charts are drawn

            self.told({"doing": "drawing the frozen charts"})
            partial = folder.with_name(f"{folder.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            write(partial, self.config.suite_charts, plain=False)
            partial.rename(folder)
        return exam.charts_suite(folder, self.sandbox, TextReader())

    def _judged(self) -> exam.Suite:
        """The newest charts that are held out, and those of which an answer was once judged correct."""
        rows = [*self._table(Part.TRAIN), *self._table(Part.GATE)]
        right = {row["chart"]: row["program"] for row in rows if row["label"]}
        families = {row["chart"]: row["family"] for row in rows}
        wanted = [row["chart"] for row in reversed(rows) if row["held_out"] or row["label"]]
        items = []
        for sha256 in list(dict.fromkeys(wanted))[: self.config.judged_charts]:
            facts = self.sandbox.run(right[sha256]).facts if sha256 in right else None
            items.append(exam.Item(sha256, self.store.jobs.chart(sha256), families[sha256], facts))
        return exam.judged_suite(items)

    def _wrong(self) -> exam.Suite:
        """The newest charts whose answers were judged wrong and trained on."""
        known = {item.name for item in self.suites[1].items}
        wrong = [row for row in reversed(self._table(Part.TRAIN)) if row["chart"] not in known]
        families = {row["chart"]: row["family"] for row in wrong}
        newest = list(dict.fromkeys(row["chart"] for row in wrong))[: self.config.shown_charts]
        return exam.judged_suite(exam.Item(sha, self.store.jobs.chart(sha), families[sha]) for sha in newest)

    def _drift(self, champion: ModelVersion, base: ModelVersion, candidate: ModelVersion) -> JsonDict:
        suite = self.suites[0]
        evaluation = self.store.evaluations.get(candidate.number, suite.name)
        assert evaluation is not None, "the exam was sat"
        chosen = suite.items[: self.config.drift_answers]
        answers = [(item.chart, evaluation.items[item.name]["raw"]) for item in chosen]
        tuned = load(source_of(candidate))
        drift = exam.divergence(tuned, load(source_of(champion)), answers)
        if base.number == champion.number:
            return {"champion": drift, "base": drift}
        return {"champion": drift, "base": exam.divergence(tuned, load(source_of(base)), answers)}

    def evidence(self, champion: ModelVersion, candidate: ModelVersion, found: Worth) -> gate.Evidence:
        charts, suite = self.suites
        held_out = self._table(Part.GATE)
        on_charts, on_judged = (self._pair(one.name, champion, candidate) for one in (charts, suite))
        unseen = {row["chart"] for row in held_out}
        right = {row["chart"] for part in (Part.TRAIN, Part.GATE) for row in self._table(part) if _said_right(row)}
        right &= {item.name for item in suite.items if item.facts is not None}
        drift = json.loads((self.folder / "drift.json").read_text())
        return gate.Evidence(
            charts=on_charts,
            judged=(_chosen(on_judged[0], unseen), _chosen(on_judged[1], unseen)),
            kept=(_chosen(on_judged[0], right), _chosen(on_judged[1], right)),
            accepted=Accepted(found, held_out),
            drift=drift["champion"],
            drift_from_base=drift["base"],
            agreement=found.agreement,
            reliability=found.calibration.reliability,
        )

    def _pair(self, suite: str, champion: ModelVersion, candidate: ModelVersion) -> tuple[JsonDict, JsonDict]:
        first, second = (self.store.evaluations.get(version.number, suite) for version in (champion, candidate))
        assert first is not None and second is not None, "the exam was sat"
        return first.items, second.items

    def _table(self, part: Part) -> list[JsonDict]:
        """Rows of one side without their pictures, oldest verdict first."""
        dataset = judged.read(self.frozen / f"{part.value}.parquet")
        kept = dataset.select_columns(["chart", "label", "program", "family", "verdict_id", "source"]).to_list()
        return [{**row, "held_out": part is Part.GATE} for row in sorted(kept, key=lambda row: row["verdict_id"])]


class Accepted:
    """Foretells whether a person would accept an answer: by the verdict on that very program, else by its score."""

    def __init__(self, found: Worth, held_out: Sequence[JsonDict]) -> None:
        self.calibration, self.noise = found.calibration, found.agreement.noise
        self.said: dict[str, list[bool]] = defaultdict(list)
        for row in held_out:
            self.said[thing(row)].append(row["label"])

    def __call__(self, figures: Sequence[JsonDict]) -> Any:
        chances = self.calibration([score_of(one) for one in figures])
        for index, one in enumerate(figures):
            for label in self.said.get(thing(one), ()):
                chances[index] = posterior(float(chances[index]), label, self.noise)
        return chances


def _said_right(row: JsonDict) -> bool:
    """Of a model's own answer: what a person put right was never kept, and learning it must not make up for losses."""
    return bool(row["label"]) and row["source"] == "verdict"


def _chosen(figures: JsonDict, names: set[str]) -> JsonDict:
    return {name: one for name, one in figures.items() if name in names}
