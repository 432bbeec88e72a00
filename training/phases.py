"""What one refresh does, phase by phase: from verdicts to a candidate and the gate's word on it.

    snapshot   freeze the verdicts                       sample    more answers to the judged charts, run and scored
    weigh      what each answer is worth                 tune      the base learns from them, never an adapter on top
    polish     GRPO on charts judged wrong               publish   the candidate becomes a version
    exam       champion and candidate on the same charts
    decide     the gate's decision, kept and carried out

Each phase leaves files in the run's folder and is passed over where they are whole, so a run that was killed goes on
where it was. What matters to others (a version, a decision) is written to the database once, under the run's attempt.
Leaves out: leases, and when a run is due (refresh.py, triggers.py).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from datasets import Dataset, concatenate_datasets

from model.errors import BadInput
from model.prompt import codec_for
from model.records import JsonDict
from model.repair import Runner
from storage.records import Decision, GateReport, ModelVersion, TrainingRun
from storage.repository import Store
from storage.versions import CHAMPION
from training import gate, judged, raters, samples, snapshot
from training.assessment import Assessment
from training.behaviour import as_logged, behaviour
from training.lineage import base_of, source_of, whole
from training.loaded import Source
from training.polish import FEWEST, polish, right_programs, write_charts
from training.refresh_config import RefreshConfig
from training.runfiles import write_json
from training.tune import tune, with_columns
from training.worth import Worth, worth

PHASES = ("snapshot", "sample", "weigh", "tune", "polish", "publish", "exam", "decide")
MODELS = "models"

Note = Callable[[str, JsonDict], None]
"""Told where the run stands; raises where it must end now."""
T = TypeVar("T")


class Refresh:
    """One run at work in a folder of its own. `note` is called often, so that a stop or a lost lease ends it soon."""

    def __init__(
        self,
        store: Store,
        folders: tuple[Path, Path],
        run: TrainingRun,
        config: RefreshConfig,
        sandbox: Runner,
        note: Note,
    ) -> None:
        self.store, self.run, self.config = store, run, config
        self.data_dir, self.folder = folders
        self.sandbox, self.note = sandbox, note

    def work(self) -> GateReport:
        """All phases in order; those that are done are passed over. Raises BadInput where there is nothing to do."""
        frozen = self._phase("snapshot", self._snapshot)
        drawn = self._phase("sample", lambda: self._sample(frozen))
        found = self._phase("weigh", lambda: self._weigh(frozen, drawn))
        tuned = self._phase("tune", lambda: self._tune(found))
        made = self._phase("polish", lambda: self._polish(frozen, tuned))
        candidate = self._phase("publish", lambda: self._publish(made))
        folders = (self.folder, self.data_dir, frozen)
        assessment = Assessment(self.store, self.config, self.sandbox, folders, lambda said: self.note("exam", said))
        self._phase("exam", lambda: assessment.sit(self.champion, self.base, candidate))
        return self._phase("decide", lambda: self._decide(assessment, candidate, found))

    def seconds(self) -> dict[str, float]:
        """How long each phase took, over all attempts."""
        kept = self.folder / "seconds.json"
        found: dict[str, float] = json.loads(kept.read_text()) if kept.is_file() else {}
        return found

    def curve(self) -> list[JsonDict]:
        """What the trainer logged, point by point, over all attempts."""
        kept = self.folder / "curve.json"
        found: list[JsonDict] = json.loads(kept.read_text()) if kept.is_file() else []
        return found

    def _phase(self, name: str, work: Callable[[], T]) -> T:
        self.note(name, {})
        started = time.monotonic()
        try:
            return work()
        finally:
            spent = self.seconds()
            write_json(self.folder / "seconds.json", spent | {name: spent.get(name, 0.0) + time.monotonic() - started})

    @property
    def champion(self) -> ModelVersion:
        """As it was when the run first looked: it must not change under a comparison."""
        return self._version("champion")

    @property
    def base(self) -> ModelVersion:
        """What training begins with."""
        return self._version("base")

    def _version(self, which: str) -> ModelVersion:
        kept = self.folder / "versions.json"
        if not kept.is_file():
            champion = self.store.versions.alias(CHAMPION)
            if champion is None:
                raise BadInput("there is no champion to start from: start the application once, or promote a version")
            write_json(kept, {"champion": champion.number, "base": base_of(self.store, champion).number})
        found = self.store.versions.get(json.loads(kept.read_text())[which])
        assert found is not None, "a version is never deleted"
        return found

    def _snapshot(self) -> Path:
        """The folder of the frozen verdicts."""
        kept = self.folder / "snapshot.json"
        if not kept.is_file():
            self._quarantine()
            known = snapshot.askable(self.store, whole)
            config = snapshot.frozen_now(self.store, source_of(self.base).path, known=known)
            frozen = snapshot.freeze(self.store, config, self.data_dir, self.sandbox)
            write_json(kept, {"path": frozen.path, "sha256": frozen.sha256})
        found = json.loads(kept.read_text())
        self.store.runs.froze(self.run.id, self.run.attempt, found["sha256"])
        return Path(found["path"])

    def _quarantine(self) -> None:
        """Take out raters who contradict everybody, before anything is learnt from them; a person may let them in."""
        opinions = snapshot.opinions(self.store)
        cleared = {mark.rater for mark in self.store.raters.marks() if not mark.quarantined}
        for rater, reason in raters.suspects(opinions).items():
            if rater not in cleared:
                self.store.raters.mark(rater, quarantined=True, reason=reason, changed_by="refresh")

    def _sample(self, frozen: Path) -> Path:
        """Further answers of the champion to the charts that people judged, as a file of rows."""
        target = self.folder / "samples.parquet"
        if target.is_file():
            return target
        train = judged.read(frozen / "train.parquet")
        if not len(train):
            raise BadInput("there are no verdicts to learn from: all are held out for the gate, or left out")
        lines = samples.draw(
            self.store,
            source_of(self.champion),
            samples.charts_of(train)[: self.config.most_charts],
            self.folder / "samples.jsonl",
            self.sandbox,
            repeats=self.config.samples,
            temperature=self.config.temperature,
            seed=self.config.tuning.seed,
            told=lambda done, of: self.note("sample", {"done": done, "of": of}),
        )
        families = dict(zip(train["chart"], train["family"], strict=True))
        codec = codec_for(source_of(self.base).path)
        judged.write(target, samples.rows_of(lines, self.store, codec, self.champion.label, families))
        return target

    def _weigh(self, frozen: Path, drawn: Path) -> Worth:
        """The training set with its columns; cheap enough to be done again after a kill."""
        verdicts, further = judged.read(frozen / "train.parquet"), judged.read(drawn)
        found = worth(concatenate_datasets([verdicts, further]) if len(further) else verdicts)
        write_json(self.folder / "worth.json", found.to_json())
        return found

    def _tune(self, found: Worth) -> Path:
        """The base, tuned, in the run's folder tuned/model."""
        out = self.folder / "tuned"
        if (out / "model").is_dir():
            return out / "model"
        if not self.config.tuning.epochs:
            return Path(source_of(self.base).path)  # all learning is left to the next phase
        rows = self._with_behaviour(found.rows)

        def told(step: int, of: int, logs: dict[str, float]) -> None:
            if "loss" not in logs:  # the sum at the end
                return
            before = [point for point in self.curve() if point["step"] < step]  # after a kill some steps come again
            curve = [*before, {"step": step, **{name: logs[name] for name in SHOWN if name in logs}}]
            write_json(self.folder / "curve.json", curve)
            self.note("tune", {"done": step, "of": of, "rows": len(rows), "curve": curve})

        tune(source_of(self.base), rows, out, self.config.tuning, told)
        return out / "model"

    def _polish(self, frozen: Path, tuned: Path) -> Path:
        """Further steps of GRPO, where they are asked for and enough right programs are known."""
        if not self.config.grpo_steps or (tuned / "adapter_config.json").is_file():
            return tuned
        charts, kept = self.folder / "wrong", self.folder / "wrong.json"
        if not kept.is_file():
            train, corrected = (judged.read(frozen / f"{name}.parquet") for name in ("train", "sft"))
            programs = right_programs(train, corrected)
            shutil.rmtree(charts, ignore_errors=True)
            write_json(kept, {"charts": write_charts(charts, programs, self.store, self.sandbox)})
        if json.loads(kept.read_text())["charts"] < FEWEST:
            return tuned
        self.note("polish", {"of": self.config.grpo_steps})
        out = self.folder / "polished"
        return polish(tuned, charts, out, steps=self.config.grpo_steps, seed=self.config.tuning.seed)

    def _with_behaviour(self, rows: Dataset) -> Dataset:
        """pi_old for each row: computed where its version can be asked, else as it was logged when it was served.

        No version wrote what a person put right: its pi_old is that of the base, which training begins with.
        """
        self.note("tune", {"doing": "log-probabilities of the versions that answered"})
        told = zip(rows["source"], rows["version"], strict=True)
        rows = with_columns(
            rows, {"version": [self.base.label if one == "correction" else label for one, label in told]}
        )
        sources = {one.label: source_of(one) for one in self.store.versions.all() if whole(one.path, one.sha256)}
        here = [index for index, version in enumerate(rows["version"]) if version in sources]
        gone = sorted(set(range(len(rows))) - set(here))
        parts = []
        if here:
            known = rows.select(here)
            parts.append(with_columns(known, {"old_logps": behaviour(known, sources, self.folder / "logps")}))
        logged = as_logged(rows.select(gone), source_of(self.base)) if gone else rows.select([])
        if len(logged):
            parts.append(with_columns(logged, {"old_logps": logged["logprobs"]}))
        if not parts:
            raise BadInput("no version that wrote the judged answers can be asked any more")
        return concatenate_datasets(parts)

    def _publish(self, made: Path) -> ModelVersion:
        """What was made as a version in a folder of its own, and the candidate."""
        base, adapter = source_of(self.base), (made / "adapter_config.json").is_file()
        sha256 = (Source(base.path, str(made)) if adapter else Source(str(made))).sha256()
        target = self.data_dir / MODELS / f"{self.base.name}-{self.run.id}-{sha256[:12]}"
        if not target.is_dir():
            partial = target.with_name(f"{target.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(made, partial)
            partial.rename(target)
        return self.store.runs.publish(
            self.run.id,
            self.run.attempt,
            self.base.name,
            str(target),
            sha256,
            base=base.path if adapter else "",
            parent=self.base.number,
            recipe=self.config.to_json(),
        )

    def _decide(self, assessment: Assessment, candidate: ModelVersion, found: Worth) -> GateReport:
        evidence = assessment.evidence(self.champion, candidate, found)
        conditions = gate.conditions(evidence, self.config.limits)
        decision, passed, reason = gate.decide(conditions, self.config.policy)
        current = self.store.versions.alias(CHAMPION)
        known = (self.champion.number, candidate.number)
        if decision is Decision.PROMOTED and (current is None or current.number not in known):
            decision, reason = Decision.WAITING, f"{reason}; but another version became the champion meanwhile"
        report = GateReport(
            id=0,
            number=candidate.number,
            champion=self.champion.number,
            run_id=self.run.id,
            passed=passed,
            decision=decision,
            policy=self.config.policy.value,
            reason=reason,
            figures={"conditions": [asdict(one) for one in conditions], "worth": found.to_json()},
            created=datetime.now(UTC),
        )
        return self.store.runs.decide(self.run.id, self.run.attempt, report)


SHOWN = ("loss", "grad_norm", "log_ratio/right", "log_ratio/wrong", "log_ratio/per_token", "rewards/margins")
"""What of the trainer's log goes to the database, as the run's curve."""
