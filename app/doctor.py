"""`chartloop doctor`: does everything work on this host? Loads the model and tries to break out of the sandbox."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from app import health
from app.health import Check
from app.models import choose, register_built_in
from app.report import Json, check_json
from app.settings import Settings
from app.workshop import Workshop
from model.errors import ChartloopError
from model.sandbox import SandboxReport
from storage.repository import Store

CJK_FONTS = ("Noto Sans CJK", "Source Han Sans", "WenQuanYi", "IPAexGothic", "Droid Sans Fallback")
TRIAL = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])\nplt.title('Trial')"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    checks: tuple[Check, ...]
    sandbox: SandboxReport

    @property
    def healthy(self) -> bool:
        return self.sandbox.sufficient and all(check.state == "ok" for check in self.checks)


def diagnose(settings: Settings) -> Diagnosis:
    """Takes as long as the model takes to load."""
    with Workshop(settings) as workshop:
        report = workshop.sandbox.report(prove=True)
        checks = (_storage_and_model(settings, workshop), (_program(workshop), _fonts()))
        return Diagnosis(tuple(check for group in checks for check in group), report)


def diagnosis_json(diagnosis: Diagnosis) -> Json:
    sandbox = diagnosis.sandbox
    return {
        "healthy": diagnosis.healthy,
        "checks": [check_json(check) for check in diagnosis.checks],
        "sandbox": {
            "level": sandbox.level.name.lower(),
            "minimum": sandbox.minimum.name.lower(),
            "sufficient": sandbox.sufficient,
            "layers": [
                {"name": layer.name, "active": layer.active, "detail": layer.detail} for layer in sandbox.layers
            ],
            "proofs": [
                {"attempt": proof.attempt, "stopped": proof.stopped, "detail": proof.detail} for proof in sandbox.proofs
            ],
        },
    }


def _storage_and_model(settings: Settings, workshop: Workshop) -> tuple[Check, ...]:
    try:
        store = Store.open(settings.data_dir, settings.database_url)
    except ChartloopError as error:
        return (Check("database", "fail", str(error)),)
    with store:
        register_built_in(store.versions, settings.data_dir)
        return (health.database(store), health.disk(settings.data_dir), _model(settings, store, workshop))


def _model(settings: Settings, store: Store, workshop: Workshop) -> Check:
    started = time.monotonic()
    try:
        choice = choose(settings.model.name, settings.model, store.versions)
        workshop.generator(choice)
    except ChartloopError as error:
        return Check("model", "fail", str(error))
    return Check("model", "ok", f"{choice.label} is there after {time.monotonic() - started:.1f} s")


def _program(workshop: Workshop) -> Check:
    try:
        execution = workshop.sandbox.run(TRIAL)
    except ChartloopError as error:
        return Check("program", "fail", str(error))
    state: Literal["ok", "fail"] = "ok" if execution.outcome.ran else "fail"
    said = execution.error or f"a bar chart was drawn in {execution.seconds * 1000:.0f} ms"
    return Check("program", state, said)


def _fonts() -> Check:
    """Without a font for them, Chinese, Japanese and Korean texts become boxes: worth knowing, not a failure."""
    from matplotlib import font_manager  # half a second, and only the doctor needs it

    names = {entry.name for entry in font_manager.fontManager.ttflist}
    east_asian = any(name.startswith(CJK_FONTS) for name in names)
    advice = (
        "" if east_asian else "; none for Chinese, Japanese, Korean texts (on Debian: apt-get install fonts-noto-cjk)"
    )
    return Check("fonts", "ok" if "DejaVu Sans" in names else "fail", f"{len(names)} families{advice}")
