"""The job engine: repair jobs live here, in worker threads, and never in a browser connection.

A job is a row; its turns are rows, written as they happen. What the model is writing at this moment is kept in memory
only, and any number of watchers may follow it. A closed tab changes nothing; stop really stops; a process that dies
leaves jobs whose lease runs out, and the next process starts those again. Leaves out: what a turn does (model/repair.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from storage.records import ChartRecord, JobState, TurnRecord


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
    seconds: float  # since it was started, or until it finished

    @property
    def best_turn(self) -> TurnRecord | None:
        return next((turn for turn in self.turns if turn.number == self.best), None)


class JobEngine:
    """Runs queued jobs in `workers` threads. Made by Service; the page uses Service, not this."""

    def submit(self, chart_sha256: str, model: str, turns_limit: int, origin: str = "upload") -> int:
        """Queue a job for a stored chart and return its id at once."""
        raise NotImplementedError

    def view(self, job_id: int) -> JobView:
        """The job as it stands. Raises BadInput for an unknown id."""
        raise NotImplementedError

    def watch(self, job_id: int, poll_s: float = 0.1) -> Iterator[JobView]:
        """Snapshots: one at once, one per change (at most every `poll_s`), the last one in a final state."""
        raise NotImplementedError

    def stop(self, job_id: int) -> None:
        """Take a waiting job out of the queue, or end a running one: its generator and its program within 2 s."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the threads; running jobs go back to the queue for the next process."""
        raise NotImplementedError
