"""When a refresh is due, and when a champion has to step back: rules over what is stored, asked again and again.

Leaves out: doing either (refresh.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from storage.records import Label, ModelVersion, RunState, pseudonym
from storage.repository import Store
from storage.versions import CHAMPION, PREVIOUS

DRAWS = 20_000
AFTER_FAILURE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Trigger:
    """Enough new verdicts, and of each class; or, with `every_hours`, any new verdict after so many hours.

    Within `quiet` (from, to; hours of the local day) nothing starts by itself. A person's button is not bound by any.
    """

    min_new: int = 200
    min_per_class: int = 40
    every_hours: float = 0.0
    quiet: tuple[int, int] | None = None

    def due(self, store: Store, moment: datetime) -> str:
        """Why a refresh should start now, in words; "" if it should not."""
        if self.quiet is not None and within(moment.hour, *self.quiet):
            return ""
        if failed_lately(store, moment):
            return ""
        since, through = last_refresh(store)
        if since is not None and raters_changed(store):
            return "a rater was taken out or let in since the last refresh"
        counts = store.verdicts.new(through)
        new = sum(counts.values())
        if new >= self.min_new and min(counts.values()) >= self.min_per_class:
            return f"{new} new verdicts, {counts[Label.CORRECT]} of them correct"
        waited = since is None or moment - since >= timedelta(hours=self.every_hours)
        if self.every_hours and new and waited:
            return f"{self.every_hours:g} hours have passed and there are {new} new verdicts"
        return ""


def within(hour: int, start: int, end: int) -> bool:
    """Whether an hour lies in [start, end), over midnight where it must."""
    return start <= hour < end if start <= end else hour >= start or hour < end


def last_refresh(store: Store) -> tuple[datetime | None, int]:
    """When the newest run that froze verdicts was made, and the newest verdict that it knew of."""
    frozen = store.runs.last_frozen()
    return (frozen[0].created, frozen[1].through) if frozen else (None, 0)


def failed_lately(store: Store, moment: datetime) -> bool:
    """What went wrong a moment ago would go wrong again."""
    newest = next(iter(store.runs.all(1)), None)
    if newest is None or newest.state is not RunState.FAILED or newest.finished is None:
        return False
    return moment - newest.finished < AFTER_FAILURE


def raters_changed(store: Store) -> bool:
    """Whether other raters are in quarantine than in the newest snapshot that a run was made of."""
    frozen = store.runs.last_frozen()
    out = {pseudonym(rater) for rater in store.raters.quarantined()}
    return frozen is not None and out != set(frozen[1].config.get("quarantined", ()))


@dataclass(frozen=True, slots=True)
class Fall:
    """When live success counts as fallen: that probable, by more than the margin, on at least so many cases."""

    least: int = 20
    margin: float = 0.05
    sure: float = 0.95

    def fallen(self, store: Store) -> str:
        """Why the champion should step back for the one before it, in words; "" if it should not."""
        champion, previous = store.versions.alias(CHAMPION), store.versions.alias(PREVIOUS)
        if champion is None or previous is None or champion.parent is None:
            return ""  # only a trained version that followed another one can be taken back
        for name, counted in (("programs that run", store.jobs.success), ("accepted answers", store.verdicts.success)):
            now, before = counted(champion.label), counted(previous.label)
            if now[1] >= self.least and before[1] >= self.least and self._fell(now, before):
                share = [f"{right / n:.0%} of {n}" for right, n in (before, now)]
                return f"{name} fell from {share[0]} with {previous.label} to {share[1]} with {champion.label}"
        return ""

    def _fell(self, now: tuple[int, int], before: tuple[int, int]) -> bool:
        rng = np.random.default_rng(0)
        new, old = (rng.beta(right + 1, n - right + 1, DRAWS) for right, n in (now, before))
        return bool((new < old - self.margin).mean() > self.sure)


def step_back(store: Store, fall: Fall) -> ModelVersion | None:
    """Roll back where live success fell; the version that answers from now on, None where all is well."""
    reason = fall.fallen(store)
    return store.versions.rollback(reason=reason, changed_by="refresh") if reason else None
