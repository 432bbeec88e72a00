"""What became of verdicts: waiting, at work, left out, or in a version that gets the chart right by now, or not.

"By now" is told by the strongest witness there is: a person's word on that version's own answer, else a drawing that is
like one judged correct, else the very program that was judged; without any of these, only two scores can be shown.
Leaves out: the words (app/ui/text.py) and who trains (the refresh process; both meet in storage).
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from model.records import JsonDict, Score
from storage.records import Label, ModelVersion, Part, RunState, VerdictRecord, VerdictUse, VersionState
from storage.repository import Store

KEPT_SUITES = 32


class Stage(enum.StrEnum):
    """How far a verdict has come."""

    WAITING = "waiting"
    AT_WORK = "at work"  # in a run that has not ended
    LEFT_OUT = "left out"
    NOTHING = "nothing"  # the run ended without a version
    IN_VERSION = "in version"


class Now(enum.StrEnum):
    """What a version makes of a chart."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"  # another program, and nobody can say
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Sight:
    """What a version makes of one chart. `person`: somebody said so. `overall` is the score of the pictures alone."""

    now: Now = Now.UNTRIED
    person: bool = False
    overall: float | None = None  # None as long as it was not measured
    drawn: bool = False  # its program drew something


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one verdict. `reason`: why it was left out, or what became of a program that came with it.

    `also`: further versions that it is in, by label, oldest first.
    """

    stage: Stage
    part: Part = Part.TRAIN
    reason: str = ""
    run_id: int | None = None
    version: ModelVersion | None = None
    sight: Sight = Sight()
    also: tuple[str, ...] = ()
    next_run: int | None = None  # it is in a run at work, too


class Fates:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._suite = lru_cache(KEPT_SUITES)(self._read_suite)  # an evaluation never changes

    def of(self, verdict: VerdictRecord) -> Fate:
        """What became of a verdict until now."""
        uses = [use for use in self._store.snapshots.fate(verdict.id) if use.run_id is not None]
        made = [use for use in uses if use.number is not None]
        at_work = next((use.run_id for use in uses if use.number is None and _open(use)), None)
        if made:
            return self._in_version(verdict, made, at_work)
        if not uses:
            return Fate(Stage.WAITING)
        newest = uses[-1]
        if newest.part is Part.LEFT_OUT:
            return Fate(Stage.LEFT_OUT, newest.part, newest.reason, newest.run_id)
        return Fate(Stage.AT_WORK if _open(newest) else Stage.NOTHING, newest.part, newest.reason, newest.run_id)

    def of_jobs(self, job_ids: Collection[int]) -> dict[int, Fate]:
        """What became of the newest verdict of each of the jobs that has one."""
        return {job_id: self.of(verdict) for job_id, verdict in self._store.fates.newest(job_ids).items()}

    def sight(self, version: ModelVersion, chart: str, judged: Mapping[str, Label]) -> Sight:
        """What a version makes of a chart; `judged` are programs for it with their verdicts."""
        item = self.item(version.number, chart)
        said = self._store.fates.said(version.label, chart)
        now = _NOW[said] if said is not None else _by_machine(item, judged)
        if item is None:
            return Sight(now, said is not None)
        return Sight(now, said is not None, Score(**item["score"]).overall, item["outcome"] == "ok")

    def item(self, number: int, chart: str) -> JsonDict | None:
        """What a version was measured to make of a chart, in any suite: the figures of one item."""
        for suite in self._store.fates.suites(number):
            found = self._suite(number, suite).get(chart)
            if found is not None:
                return found
        return None

    # inside

    def _in_version(self, verdict: VerdictRecord, made: list[VerdictUse], at_work: int | None) -> Fate:
        """Told of the champion if it is in there, else of the newest."""
        versions = [(use, self._version(use)) for use in made]
        use, version = next((pair for pair in versions if pair[1].state is VersionState.CHAMPION), versions[-1])
        also = tuple(one.label for _, one in versions if one.number != version.number)
        if use.part is Part.LEFT_OUT:
            return Fate(Stage.LEFT_OUT, use.part, use.reason, use.run_id, version, Sight(), also, at_work)
        turn = self._store.jobs.turn(verdict.turn_id)
        assert turn is not None, "the database keeps a verdict's turn"
        job = self._store.jobs.get(turn.job_id)
        assert job is not None, "the database keeps a turn's job"
        sight = self.sight(version, job.chart.sha256, {turn.code: verdict.label})
        return Fate(Stage.IN_VERSION, use.part, use.reason, use.run_id, version, sight, also, at_work)

    def _version(self, use: VerdictUse) -> ModelVersion:
        assert use.number is not None, "only uses with a version are looked up"
        found = self._store.versions.get(use.number)
        assert found is not None, "a version is never deleted"
        return found

    def _read_suite(self, number: int, suite: str) -> dict[str, JsonDict]:
        """Items by the sha256 of their chart."""
        found = self._store.evaluations.get(number, suite)
        return {item["chart"]: item for item in found.items.values()} if found else {}


def _open(use: VerdictUse) -> bool:
    return use.run_state in (RunState.QUEUED, RunState.RUNNING)


def _by_machine(item: JsonDict | None, judged: Mapping[str, Label]) -> Now:
    """By the likeness to a program that was judged correct, else by the program that was judged."""
    if item is None:
        return Now.UNTRIED
    if item["outcome"] != "ok":
        return Now.WRONG
    if item["still_right"] is not None:
        return Now.RIGHT if item["still_right"] else Now.WRONG
    return _NOW[judged[item["program"]]] if item["program"] in judged else Now.UNSURE


_NOW = {Label.CORRECT: Now.RIGHT, Label.WRONG: Now.WRONG}
