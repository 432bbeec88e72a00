"""What storage hands out: small frozen types for rows that are not already in model.records.

Leaves out: SQL (schema.py, repository.py). A picture is named by the sha256 of its file's bytes; "" means none.
Times are aware datetimes in UTC.
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from model.records import Difference, JsonDict, Outcome, Score


class JobState(enum.StrEnum):
    """Where a repair job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        return self in (JobState.DONE, JobState.STOPPED, JobState.FAILED)


class Label(enum.StrEnum):
    """A person's verdict on one turn. WITHDRAWN is what an undo writes: the turn counts as not judged."""

    CORRECT = "correct"
    WRONG = "wrong"
    WITHDRAWN = "withdrawn"


TAGS = ("text", "layout", "kind", "colour", "data", "other")
"""Which part of a rendering a person may name as wrong."""


@dataclass(frozen=True, slots=True)
class ChartRecord:
    """A picture that was uploaded, as it is stored: an upright opaque PNG."""

    sha256: str
    name: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """One row of the append-only verdicts. `live`: nothing supersedes it and it is not a withdrawal."""

    id: int
    turn_id: int
    label: Label
    tags: tuple[str, ...]
    comment: str
    corrected_code: str
    rater: str
    supersedes: int | None
    created: datetime
    live: bool


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One turn of a job as stored. `number` counts the job's turns from 1, a person's edits and retries included."""

    id: int
    job_id: int
    number: int
    attempt: int
    author: str  # model | person
    model: str  # the version that wrote it; "" for a person
    reading: str
    code: str
    outcome: Outcome
    error: str
    score: Score
    differences: tuple[Difference, ...]
    render: str
    seconds: float
    finish: str  # stop | length | cancelled; "" for a person
    created: datetime
    verdict: VerdictRecord | None = None  # the newest live one


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One repair job as stored, turns oldest first. `best` is the number of its best turn, None before one ran."""

    id: int
    chart: ChartRecord
    state: JobState
    model: str  # the version asked for
    turns_limit: int
    origin: str  # upload | example
    attempt: int
    best: int | None
    stop_reason: str
    error: str
    created: datetime
    started: datetime | None
    finished: datetime | None
    turns: tuple[TurnRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One line of the history: a job with its best turn in short."""

    job_id: int
    chart: ChartRecord
    state: JobState
    model: str
    origin: str
    created: datetime
    turns: int
    outcome: Outcome | None
    overall: float | None
    render: str
    label: Label | None  # of the newest live verdict on any of its turns


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of the history, newest first. `page` counts from 0."""

    items: tuple[HistoryItem, ...]
    total: int
    page: int
    page_size: int


class VersionState(enum.StrEnum):
    CANDIDATE = "candidate"
    CHAMPION = "champion"
    REJECTED = "rejected"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """An immutable model version. Its number is never used again; `label` is how people name it, e.g. "nano@3"."""

    number: int
    name: str
    base: str
    path: str
    sha256: str
    metrics: JsonDict
    state: VersionState
    created: datetime
    parent: int | None = None  # the version that training began with
    recipe: JsonDict = field(default_factory=dict)
    snapshot: str = ""  # sha256 of the training set
    run_id: int | None = None

    @property
    def label(self) -> str:
        return f"{self.name}@{self.number}"


@dataclass(frozen=True, slots=True)
class AliasChange:
    """One row of an alias's append-only history."""

    id: int
    alias: str
    number: int
    kind: str  # promote | rollback
    changed_by: str
    reason: str
    created: datetime


class Lease(enum.StrEnum):
    """What a worker learns when it renews its hold on a job."""

    KEPT = "kept"
    STOP = "stop"  # somebody asked for the job to be stopped
    LOST = "lost"  # another process has taken it over


class RunState(enum.StrEnum):
    """Where a training run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in (RunState.DONE, RunState.FAILED, RunState.CANCELLED)


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One training run. `snapshot` is the sha256 of the data that it was trained on.

    `attempt` is the fencing token of whoever works on it: it grows with each claim, and an older one may not write.
    """

    id: int
    method: str
    config: JsonDict
    snapshot: str
    state: RunState
    metrics: JsonDict
    error: str
    resource: str
    trigger: str
    attempt: int
    phase: str
    progress: JsonDict
    created: datetime
    started: datetime | None
    finished: datetime | None
    stop_requested: bool  # whoever works on it is told at the next heartbeat


class Part(enum.StrEnum):
    """What a snapshot made of a verdict."""

    TRAIN = "train"
    GATE = "gate"  # only versions are compared by it; nothing is ever trained on it
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """A frozen training set in the folder `path`; `through` is the newest verdict that it knows of."""

    sha256: str
    path: str
    through: int
    config: JsonDict
    counts: JsonDict
    created: datetime


@dataclass(frozen=True, slots=True)
class VerdictUse:
    """What became of one verdict in one run; `number` is the version that came out, None if none did."""

    verdict_id: int
    snapshot: str
    part: Part
    reason: str
    run_id: int | None
    run_state: RunState | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a version made of a suite: `items` by name, each with its figures; `summary` of all."""

    number: int
    suite: str
    items: JsonDict
    summary: JsonDict
    created: datetime


class Decision(enum.StrEnum):
    """What the gate decided on a candidate."""

    PROMOTED = "promoted"
    WAITING = "waiting"  # it passed, and a person is asked
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class GateReport:
    """One decision with its reason in words and its figures."""

    id: int
    number: int
    champion: int | None
    run_id: int | None
    passed: bool
    decision: Decision
    policy: str
    reason: str
    figures: JsonDict
    created: datetime


@dataclass(frozen=True, slots=True)
class RaterMark:
    """One change of a rater's standing."""

    rater: str
    quarantined: bool
    reason: str
    changed_by: str
    created: datetime


def pseudonym(rater: str) -> str:
    """How a rater is named outside the database; "" for nobody in particular."""
    return hashlib.sha256(rater.encode()).hexdigest()[:16] if rater else ""
