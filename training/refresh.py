"""The periodic job: verdicts become a candidate, and a gate decides whether it answers from now on.

    python -m training refresh                     one refresh now
    python -m training refresh --watch             waits for enough verdicts, a clock or a person's button, for ever

A process of its own beside the application: they meet in the database alone, so neither can end the other. It claims
the run with a lease and a heartbeat; killed in any phase, the next process goes on with the files that are there, and
after five times it says so and gives up. SIGTERM ends it soon and puts the run back. Two of them on one machine are one
too many: the second leaves. Leaves out: the phases (phases.py), the rules (triggers.py).
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from model.errors import BadInput, ChartloopError, StorageError
from model.records import JsonDict
from model.sandbox import Sandbox
from storage.records import GateReport, Lease, RunState, TrainingRun
from storage.repository import Store
from storage.runs import TRAINER
from training.gate import Policy
from training.refresh_config import RefreshConfig
from training.runfiles import write_json
from training.store_flags import add_store_flags
from training.triggers import Fall, Trigger, step_back
from training.tuning import Method, Tuning

RUNS = "refreshes"
LEASE_S = 60.0
MAX_ATTEMPTS = 5
WORKERS = 2  # programs at once

log = logging.getLogger(__name__)


class Ended(Exception):
    """The work must end now: somebody asked for it, or the process is told to go."""


class Lost(Exception):
    """Another process has taken the run over."""


class Hold:
    """The lease on one run, renewed by a thread; `check` raises where the work must end."""

    def __init__(self, store: Store, run: TrainingRun, stopping: threading.Event, lease_s: float) -> None:
        self.store, self.run, self.stopping, self.lease_s = store, run, stopping, lease_s
        self._over = threading.Event()
        self._lease = Lease.KEPT
        self._thread = threading.Thread(target=self._beat, name="chartloop-heartbeat", daemon=True)

    def __enter__(self) -> Hold:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(self.lease_s / 4):
            try:
                self._lease = self.store.runs.renew(self.run.id, self.run.attempt, self.lease_s)
            except StorageError:
                log.exception("run %d: its lease could not be renewed; trying again", self.run.id)

    @property
    def cancelled(self) -> bool:
        return self._lease is Lease.STOP

    def note(self, phase: str, progress: JsonDict) -> None:
        if self._lease is Lease.LOST:
            raise Lost
        if self.cancelled or self.stopping.is_set():
            raise Ended
        self.store.runs.note(self.run.id, self.run.attempt, phase, progress)


def work(
    store: Store, data_dir: Path, run: TrainingRun, defaults: RefreshConfig, stopping: threading.Event,
    lease_s: float = LEASE_S,
) -> GateReport | None:  # fmt: skip
    """Do a claimed run to its end, whatever that is; the gate's report where it came to one."""
    from training.phases import Refresh  # seconds, and half a gigabyte: not for a process that only waits

    log.info("run %d: attempt %d, because of %s", run.id, run.attempt, run.trigger)
    with Hold(store, run, stopping, lease_s) as hold:
        try:
            if run.attempt > MAX_ATTEMPTS:
                raise BadInput(f"the process was ended {MAX_ATTEMPTS} times while it worked on this, so it gave up")
            with Sandbox(workers=WORKERS) as sandbox:
                folder = data_dir / RUNS / str(run.id)
                refresh = Refresh(store, (data_dir, folder), run, _config(folder, run, defaults), sandbox, hold.note)
                report = refresh.work()
            metrics: JsonDict = {"seconds": refresh.seconds(), "curve": refresh.curve()}
            metrics |= {"number": report.number, "decision": report.decision.value}
            store.runs.finish(run.id, run.attempt, RunState.DONE, metrics=metrics)
        except Lost:
            log.warning("run %d: another process has taken it over", run.id)
            return None
        except Ended:
            _end(store, run, cancelled=hold.cancelled)
            return None
        except ChartloopError as error:
            _fail(store, run, str(error))
            return None
        except Exception:
            log.exception("run %d: failed", run.id)
            _fail(store, run, "something broke inside the training; its log has the details")
            return None
    log.info("run %d: version %d %s: %s", run.id, report.number, report.decision.value, report.reason)
    return report


def _config(folder: Path, run: TrainingRun, defaults: RefreshConfig) -> RefreshConfig:
    """As it was at the first attempt: a run that goes on must not change its ways."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "config.json"
    if not kept.is_file():
        write_json(kept, {**defaults.to_json(), **run.config})
    return RefreshConfig.of(json.loads(kept.read_text()))


def _end(store: Store, run: TrainingRun, *, cancelled: bool) -> None:
    if cancelled:
        store.runs.finish(run.id, run.attempt, RunState.CANCELLED, error="cancelled on request")
    else:
        store.runs.release(run.id, run.attempt)
    log.info("run %d: %s", run.id, "cancelled" if cancelled else "put back")


def _fail(store: Store, run: TrainingRun, error: str) -> None:
    """A run that was taken over meanwhile is not ours to fail."""
    log.warning("run %d: %s", run.id, error)
    if store.runs.renew(run.id, run.attempt, LEASE_S) is not Lease.LOST:
        store.runs.finish(run.id, run.attempt, RunState.FAILED, error=error)


def watch(store: Store, data_dir: Path, trigger: Trigger, defaults: RefreshConfig, stopping: threading.Event,
          poll_s: float, lease_s: float, parent: int | None) -> None:  # fmt: skip
    """Until it is told to stop, or the process that started it is gone."""
    owner = f"{os.getpid()}-{secrets.token_hex(8)}"
    while not stopping.is_set() and (parent is None or os.getppid() == parent):
        try:
            back = step_back(store, Fall())
            if back is not None:
                log.warning("rolled back to %s", back.label)
            reason = trigger.due(store, datetime.now().astimezone())
            if reason:
                store.runs.request(TRAINER, defaults.tuning.method.value, {}, reason)
            run = store.runs.claim(TRAINER, owner, lease_s)
            if run is not None:
                work(store, data_dir, run, defaults, stopping, lease_s)
                continue
        except StorageError:  # a full disk, say: the process must be there when it is over
            log.exception("the database cannot be read or written; trying again")
        stopping.wait(poll_s)


def once(store: Store, data_dir: Path, defaults: RefreshConfig, stopping: threading.Event) -> GateReport | None:
    """One refresh now, or the rest of one that waits."""
    run = store.runs.request(TRAINER, defaults.tuning.method.value, {}, "the command line")
    claimed = store.runs.claim(TRAINER, f"{os.getpid()}", LEASE_S)
    if claimed is None:
        raise BadInput(f"another process works on run {run.id} just now")
    return work(store, data_dir, claimed, defaults, stopping)


@contextmanager
def alone(data_dir: Path) -> Iterator[bool]:
    """Whether this process is the only one that refreshes there; the system forgets the lock with the process."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "refresh.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parsed(arguments)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("training").setLevel(logging.INFO)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    os.nice(asked.nice)
    try:
        with alone(asked.data_dir) as free, Store.open(asked.data_dir, asked.database_url) as store:
            if not free:
                sys.exit("another process refreshes there already")
            _run(store, asked, stopping)
    except ChartloopError as error:
        sys.exit(str(error))


def _run(store: Store, asked: argparse.Namespace, stopping: threading.Event) -> None:
    defaults = RefreshConfig(
        tuning=replace(Tuning(), method=Method(asked.method), lora_rank=asked.lora_rank),
        policy=Policy(asked.policy),
        samples=asked.samples,
        grpo_steps=asked.grpo_steps,
        suite=str(asked.suite or ""),
    )
    if asked.watch:
        quiet = tuple(asked.quiet) if asked.quiet else None
        trigger = Trigger(asked.min_new, asked.min_per_class, asked.every_hours, quiet)
        watch(store, asked.data_dir, trigger, defaults, stopping, asked.poll_s, asked.lease_s, asked.parent)
        return
    report = once(store, asked.data_dir, defaults, stopping)
    if report is None:
        run = store.runs.all(1)[0]
        sys.exit(f"run {run.id} {run.state.value}: {run.error}")
    print(f"version {report.number} {report.decision.value}: {report.reason}")


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training refresh", description=(__doc__ or "").splitlines()[0])
    add_store_flags(parser)
    parser.add_argument("--watch", action="store_true", help="wait for reasons to refresh, for ever")
    parser.add_argument("--parent", type=int, metavar="PID", help="leave, after the run at hand, with that process")
    parser.add_argument("--policy", choices=[one.value for one in Policy], default=Policy.ASK.value)
    parser.add_argument("--method", choices=[one.value for one in Method], default=Method.NFT.value)
    parser.add_argument("--lora-rank", type=int, default=0, help="0 trains all weights")
    parser.add_argument("--samples", type=int, default=RefreshConfig().samples, help="further answers to each chart")
    parser.add_argument("--grpo-steps", type=int, default=0, help="of GRPO on charts judged wrong; 0 for none")
    parser.add_argument("--suite", type=Path, help="a folder of frozen charts; drawn if none is named")
    parser.add_argument("--min-new", type=int, default=Trigger().min_new, help="new verdicts that are enough")
    parser.add_argument("--min-per-class", type=int, default=Trigger().min_per_class, help="of them, of each kind")
    parser.add_argument("--every-hours", type=float, default=0.0, help="refresh on any new verdict after so long")
    parser.add_argument("--quiet", type=int, nargs=2, metavar=("FROM", "TO"), help="hours without a start of its own")
    parser.add_argument("--poll-s", type=float, default=5.0)
    parser.add_argument("--lease-s", type=float, default=LEASE_S)
    parser.add_argument("--nice", type=int, default=10, help="how far people's work goes first")
    return parser.parse_args(arguments)
