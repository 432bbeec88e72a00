"""The job engine: repair jobs live here, in worker threads, and never in a browser connection.

A job is a row; its turns are rows, written as they happen. What the model is writing at this moment is kept in memory
only, and any number of watchers may follow it. A closed tab changes nothing; stop really stops; a process that dies
leaves jobs whose lease runs out, and the next process goes on with those.
Leaves out: what a turn does (model/repair.py).
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.workshop import Stage
from model.errors import BadInput, ChartloopError, NotFound, StorageError
from model.records import Turn
from model.repair import Event, Finished, Running, StopReason, TurnDone, TurnStarted, Writing
from storage.records import ChartRecord, JobRecord, JobState, Lease, TurnRecord
from storage.repository import Store

LEASE_S = 15.0
POLL_S = 1.0
MAX_ATTEMPTS = 3

STOPPED = "Stopped on request."
REASONS = {
    StopReason.GOOD_ENOUGH: "The drawing matches the chart closely.",
    StopReason.REPEATED: "The model wrote the same program again.",
    StopReason.NO_PROGRESS: "Further turns brought nothing better.",
    StopReason.TURN_LIMIT: "All turns were used.",
    StopReason.CANCELLED: STOPPED,
}

Solve = Callable[[JobRecord, threading.Event], Iterator[Stage | Event]]
"""Works on a claimed job: stages, then repair's events, Finished last; ends soon after the event is set."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobView:
    """A snapshot of one job, for showing.

    `turns` are the finished ones, oldest first; `activity` and `writing` tell what happens now, in a turn that has no
    row yet. `queue_place` counts from 1 for the next one to start, 0 when it is not waiting. `best` is the number of
    the best turn (`TurnRecord.number`), None as long as none ran.
    """

    id: int
    chart: ChartRecord
    state: JobState
    model: str
    turns_limit: int
    origin: str  # upload | example
    turns: tuple[TurnRecord, ...]
    best: int | None
    queue_place: int
    activity: str  # "" | loading | reading | writing | running
    writing: str  # the answer as far as it is written, ready to show
    stop_reason: str  # why the loop ended, in a plain sentence; "" before
    error: str  # why the job failed, in a plain sentence
    created: datetime
    seconds: float = field(compare=False)  # since it was started, or until it finished

    @property
    def best_turn(self) -> TurnRecord | None:
        return next((turn for turn in self.turns if turn.number == self.best), None)


@dataclass(slots=True)
class _Live:
    """What a job that runs in this process does at the moment."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    lost: bool = False  # another process took it over
    activity: str = ""
    writing: str = ""


class JobEngine:
    """Runs queued jobs in `workers` threads. Made by Service; the page uses Service, not this."""

    def __init__(self, store: Store, solve: Solve, workers: int = 1, lease_s: float = LEASE_S) -> None:
        self._jobs = store.jobs
        self._solve = solve
        self._lease_s = lease_s
        self._owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._live: dict[int, _Live] = {}
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._revision = 0  # counts what is new to show or to do, so that nobody sleeps through it
        targets = [self._work] * workers + [self._keep_leases]
        self._threads = [threading.Thread(target=target, name="chartloop-jobs", daemon=True) for target in targets]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop the threads; running jobs go back to the queue for the next process."""
        self._closing.set()
        for live in list(self._live.values()):
            live.cancelled.set()
        self._notify()
        for thread in self._threads:
            thread.join()

    # for everybody

    def submit(self, chart_sha256: str, name: str, model: str, turns_limit: int) -> int:
        """Queue a job for a stored chart and return its id at once."""
        job_id = self._jobs.add(chart_sha256, name, model, turns_limit)
        self._notify()
        return job_id

    def stop(self, job_id: int) -> None:
        """Take a waiting job out of the queue, or end a running one: its generator and its program within 2 s."""
        self._jobs.stop(job_id, STOPPED)
        live = self._live.get(job_id)
        if live is not None:
            live.cancelled.set()
        self._notify()

    def view(self, job_id: int) -> JobView:
        """The job as it stands. Raises NotFound for an unknown id."""
        live = self._live.get(job_id)
        activity, writing = (live.activity, live.writing) if live else ("", "")
        record = self._jobs.get(job_id)
        if record is None:
            raise NotFound(f"There is no job {job_id}.")
        running = record.state is JobState.RUNNING
        return JobView(
            id=record.id,
            chart=record.chart,
            state=record.state,
            model=record.model,
            turns_limit=record.turns_limit,
            origin=record.origin,
            turns=record.turns,
            best=record.best,
            queue_place=self._jobs.queue_place(job_id) if record.state is JobState.QUEUED else 0,
            activity=activity if running else "",
            writing=writing if running else "",
            stop_reason=record.stop_reason,
            error=record.error,
            created=record.created,
            seconds=_seconds(record),
        )

    def watch(self, job_id: int, poll_s: float = 0.1) -> Iterator[JobView]:
        """Snapshots: one at once, one per change (at most every `poll_s`), the last one in a final state."""
        shown: JobView | None = None
        while not self._closing.is_set():
            seen = self._revision
            view = self.view(job_id)
            if view != shown:
                yield view
                shown = view
            if view.state.final:
                return
            self._closing.wait(poll_s)
            self._wait(seen)

    # worker threads

    def _work(self) -> None:
        while not self._closing.is_set():
            seen = self._revision
            try:
                job = self._jobs.claim(self._owner, self._lease_s)
                if job is not None:
                    self._run(job)
                    continue
            except StorageError:  # a full disk, say: the thread must be there when it is over
                log.exception("the queue cannot be read or written; trying again")
            self._wait(seen)

    def _run(self, job: JobRecord) -> None:
        live = self._live[job.id] = _Live()
        log.info("job %d: started, attempt %d, model %s", job.id, job.attempt, job.model)
        try:
            self._end(job, live, self._follow(job, live))
        except ChartloopError as error:
            self._fail(job, live, str(error))
        except Exception:  # the outermost edge of a worker thread: the job fails, the thread goes on
            log.exception("job %d: failed", job.id)
            self._fail(job, live, "Something broke inside Chartloop; the log of `chartloop serve` has the details.")
        finally:
            del self._live[job.id]
            self._notify()

    def _follow(self, job: JobRecord, live: _Live) -> StopReason:
        if job.attempt > MAX_ATTEMPTS:
            raise BadInput(f"Chartloop was ended {MAX_ATTEMPTS} times while it worked on this chart, so it gave up.")
        for event in self._solve(job, live.cancelled):
            if isinstance(event, Finished):
                return event.reason
            self._note(job, live, event)
            self._notify()
        raise AssertionError("the loop ended without Finished")

    def _note(self, job: JobRecord, live: _Live, event: Stage | Event) -> None:
        match event:
            case Stage(name):
                live.activity = name
            case TurnStarted():
                live.activity, live.writing = "writing", ""
            case Writing(_, text):
                live.writing = text
            case Running():
                live.activity = "running"
            case TurnDone(turn):
                self._jobs.add_turn(job.id, _signed(turn, job.model), self._owner)
                live.activity, live.writing = "", ""

    def _end(self, job: JobRecord, live: _Live, reason: StopReason) -> None:
        if live.lost:
            log.warning("job %d: another process has taken it over", job.id)
        elif reason is not StopReason.CANCELLED:
            self._jobs.finish(job.id, self._owner, JobState.DONE, reason=REASONS[reason])
        elif self._closing.is_set() and self._jobs.renew(job.id, self._owner, self._lease_s) is not Lease.STOP:
            self._jobs.release(job.id, self._owner)
        else:
            self._jobs.finish(job.id, self._owner, JobState.STOPPED, reason=STOPPED)
        log.info("job %d: %s", job.id, reason)

    def _fail(self, job: JobRecord, live: _Live, error: str) -> None:
        log.warning("job %d: %s", job.id, error)
        if not live.lost:
            self._jobs.finish(job.id, self._owner, JobState.FAILED, error=error)

    def _keep_leases(self) -> None:
        """Renew what runs here, and hear of stops that were asked for in another process."""
        while not self._closing.wait(min(POLL_S, self._lease_s / 3)):
            for job_id, live in list(self._live.items()):
                try:
                    lease = self._jobs.renew(job_id, self._owner, self._lease_s)
                except StorageError:
                    log.exception("job %d: its lease could not be renewed; trying again", job_id)
                    continue
                live.lost = lease is Lease.LOST and job_id in self._live
                if lease is not Lease.KEPT:
                    live.cancelled.set()

    def _notify(self) -> None:
        with self._changed:
            self._revision += 1
            self._changed.notify_all()

    def _wait(self, seen: int) -> None:
        """Until something is new since `seen`; not for ever, because another process may have changed the database."""
        with self._changed:
            self._changed.wait_for(lambda: self._revision != seen, timeout=POLL_S / 2)


def _signed(turn: Turn, label: str) -> Turn:
    """The turn under its model's label, which names the version."""
    return replace(turn, completion=replace(turn.completion, model=label)) if turn.completion else turn


def _seconds(record: JobRecord) -> float:
    if record.started is None:
        return 0.0
    return ((record.finished or datetime.now(UTC)) - record.started).total_seconds()
