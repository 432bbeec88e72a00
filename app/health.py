"""Is everything there that a job needs? One line per part, for /readyz, `chartloop doctor` and the page.

Cheap: nothing is loaded or tried. The sandbox's proofs are the doctor's (app/doctor.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.models import ModelChoice
from app.workshop import Workshop
from model.errors import ChartloopError, StorageError
from model.sandbox import SandboxReport
from storage.repository import Store

MIN_FREE_MB = 200


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a health report. `state` is ok, wait (still loading) or fail; `detail` is a plain sentence."""

    name: str  # database | model | sandbox | disk
    state: Literal["ok", "wait", "fail"]
    detail: str


def database(store: Store) -> Check:
    try:
        return Check("database", "ok", f"{store.database.place}, schema {store.database.check()}")
    except StorageError as error:
        return Check("database", "fail", str(error))


def model(choose: Callable[[], ModelChoice], workshop: Workshop, warm: bool) -> Check:
    """`warm`: the first loading is over, so a model that is not there was promoted since: the next job loads it."""
    try:
        choice = choose()
    except ChartloopError as error:
        return Check("model", "fail", str(error))
    if workshop.is_loaded(choice):
        return Check("model", "ok", f"{choice.label} is ready")
    if workshop.why_not(choice):
        return Check("model", "fail", workshop.why_not(choice))
    if warm:
        return Check("model", "ok", f"{choice.label} is loaded with the next chart")
    return Check("model", "wait", f"{choice.label} is being loaded")


def sandbox(report: SandboxReport) -> Check:
    level, minimum = report.level.name.lower(), report.minimum.name.lower()
    if report.sufficient:
        return Check("sandbox", "ok", f"programs are {level}")
    return Check("sandbox", "fail", f"this host allows {level}, the minimum is {minimum}: see `chartloop doctor`")


def disk(folder: Path) -> Check:
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    state: Literal["ok", "fail"] = "ok" if free_mb >= MIN_FREE_MB else "fail"
    return Check("disk", state, f"{free_mb} MB free in {folder}")
