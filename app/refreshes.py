"""Refreshes and versions as a person sees them: what is at work, what starts the next run, who answers and who did.

The refresh process (python -m training refresh --watch) does the work; the two meet in storage. A button writes a
request that it claims, or moves an alias. Leaves out: how a refresh goes (training/), and words (app/ui/text.py).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.fates import Fates, Sight
from app.settings import RefreshSettings
from model.errors import BadInput, NotFound, StorageError
from model.records import Execution
from storage.blobs import encode_png
from storage.fates import JudgedAnswer
from storage.records import (
    AliasChange,
    GateReport,
    Label,
    ModelVersion,
    RunState,
    SnapshotRecord,
    TrainingRun,
    VersionState,
)
from storage.repository import Store
from storage.runs import OPEN, TRAINER
from storage.versions import CHAMPION, PREVIOUS

METHOD = "nft"
PERSON = "a person, on the page"
RUNS_TO_ESTIMATE = 5
RUNS_LOOKED_AT = 20  # each brings its curve along, and an open page looks every other second
SHOWN_ANSWERS = 12


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is at work, and what starts the next run. `needed` new verdicts are missing, of a label or of any."""

    open: TrainingRun | None
    last: TrainingRun | None  # the newest that ended
    made: ModelVersion | None  # by that one
    estimate_s: float | None  # of a whole run, from those that ended well; None as long as none did
    estimated_from: int
    new: dict[Label, int]
    needed: dict[Label, int]
    needed_any: int
    judged: int  # live verdicts, old ones too
    settings: RefreshSettings


@dataclass(frozen=True, slots=True)
class Lineage:
    """All versions, newest first, and where the aliases point."""

    versions: tuple[ModelVersion, ...]
    champion: ModelVersion | None
    previous: ModelVersion | None
    since: datetime | None  # the champion answers
    changes: tuple[AliasChange, ...]  # of the champion, newest first
    decisions: dict[int, GateReport]  # the newest one about each version

    @property
    def waiting(self) -> ModelVersion | None:
        """The newest candidate, unless an older one than the champion."""
        newest = self.champion.number if self.champion else 0
        found = (one for one in self.versions if one.state is VersionState.CANDIDATE and one.number > newest)
        return next(found, None)

    def get(self, number: int | None) -> ModelVersion | None:
        return next((one for one in self.versions if one.number == number), None)


@dataclass(frozen=True, slots=True)
class Retried:
    """A chart of which an answer was judged, and what a version makes of it."""

    answer: JudgedAnswer
    sight: Sight


@dataclass(frozen=True, slots=True)
class Dossier:
    """One version: where it comes from, what the gate said, and the charts that it was made for."""

    version: ModelVersion
    parent: ModelVersion | None
    run: TrainingRun | None
    snapshot: SnapshotRecord | None
    report: GateReport | None
    compared_with: ModelVersion | None
    retried: tuple[Retried, ...]  # judged wrong
    kept: tuple[Retried, ...]  # judged correct


class Refreshes:
    """`draw` runs a program in the sandbox."""

    def __init__(self, store: Store, settings: RefreshSettings, fates: Fates, draw: Callable[[str], Execution]) -> None:
        self._store, self._settings, self._fates, self._draw = store, settings, fates, draw

    # what a person may do

    def ask(self) -> TrainingRun:
        """Request a refresh, or find the one that is open. BadInput while there is nothing to learn from."""
        if not sum(self._store.verdicts.counts().values()):
            raise BadInput("No verdict was given yet, so there is nothing to learn from.")
        return self._store.runs.request(TRAINER, METHOD, {}, "somebody asked for it on the page")

    def cancel(self, run_id: int) -> None:
        """End a run that waits, or tell the process that works on it."""
        if self._store.runs.get(run_id) is None:
            raise NotFound(f"There is no run {run_id}.")
        self._store.runs.cancel(run_id)

    def promote(self, number: int) -> ModelVersion:
        """Let a version answer from now on."""
        return self._moved(lambda: self._store.versions.promote(number, changed_by=PERSON))

    def rollback(self) -> ModelVersion:
        """Let the version before the champion answer again."""
        return self._moved(lambda: self._store.versions.rollback(changed_by=PERSON))

    def _moved(self, move: Callable[[], ModelVersion]) -> ModelVersion:
        try:
            return move()
        except StorageError as error:  # two people at once, say
            raise BadInput(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error

    # what is shown

    def outlook(self) -> Outlook:
        runs = self._store.runs.all(RUNS_LOOKED_AT)
        ended = [run for run in runs if run.state.final]
        last = ended[0] if ended else None
        took = [_seconds(run) for run in ended if run.state is RunState.DONE][:RUNS_TO_ESTIMATE]
        frozen = self._store.runs.last_frozen()
        new = self._store.verdicts.new(frozen[1].through if frozen else 0)
        each = self._settings.min_per_class
        return Outlook(
            open=next((run for run in runs if run.state in OPEN), None),
            last=last,
            made=self._store.versions.get(last.metrics["number"]) if last and last.metrics else None,
            estimate_s=statistics.median(took) if took else None,
            estimated_from=len(took),
            new=new,
            needed={label: max(0, each - count) for label, count in new.items()},
            needed_any=max(0, self._settings.min_new - sum(new.values())),
            judged=sum(self._store.verdicts.counts().values()),
            settings=self._settings,
        )

    def lineage(self) -> Lineage:
        changes = self._store.versions.changes()
        decisions = {report.number: report for report in reversed(self._store.runs.reports())}
        return Lineage(
            versions=self._store.versions.all(),
            champion=self._store.versions.alias(CHAMPION),
            previous=self._store.versions.alias(PREVIOUS),
            since=changes[-1].created if changes else None,
            changes=changes[::-1],
            decisions=decisions,
        )

    def dossier(self, number: int) -> Dossier:
        """All about one version. Raises NotFound."""
        version = self._version(number)
        reports = self._store.runs.reports(number)
        report = reports[0] if reports else None
        return Dossier(
            version=version,
            parent=self._store.versions.get(version.parent) if version.parent else None,
            run=self._store.runs.get(version.run_id) if version.run_id else None,
            snapshot=self._store.snapshots.get(version.snapshot) if version.snapshot else None,
            report=report,
            compared_with=self._store.versions.get(report.champion) if report and report.champion else None,
            retried=self._retried(version, Label.WRONG),
            kept=self._retried(version, Label.CORRECT),
        )

    def _retried(self, version: ModelVersion, label: Label) -> tuple[Retried, ...]:
        """The newest charts with that verdict that the version was made of."""
        if not version.snapshot:
            return ()
        answers = self._store.fates.answers(version.snapshot, label, SHOWN_ANSWERS)
        return tuple(Retried(answer, self._sight(version, answer)) for answer in answers)

    def _sight(self, version: ModelVersion, answer: JudgedAnswer) -> Sight:
        return self._fates.sight(version, answer.chart.sha256, {answer.program: answer.label})

    def drawing(self, number: int, chart: str) -> bytes:
        """The PNG of what a version was measured to make of a chart; its program is run again. Raises NotFound."""
        item = self._fates.item(self._version(number).number, chart)
        drawn = self._draw(item["program"]).pixels if item else None
        if drawn is None:
            raise NotFound("There is no such drawing.")
        return encode_png(drawn)

    def _version(self, number: int) -> ModelVersion:
        version = self._store.versions.get(number)
        if version is None:
            raise NotFound(f"There is no version {number}.")
        return version


def _seconds(run: TrainingRun) -> float:
    """How long a run took, or has taken until now; the time that it lay still after a kill counts too."""
    started = run.started or run.created
    return ((run.finished or datetime.now(UTC)) - started).total_seconds()
