"""A new champion answers from the next job on, without a restart; what runs ends on the version that it began with."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from app.models import ModelChoice
from app.refresher import Refresher, command
from app.service import Service
from app.settings import RefreshSettings, Settings
from model.generators import Generator
from storage.records import RunState
from storage.repository import Store
from tests.fakes import ScriptedGenerator
from tests.judged_store import picture

PATIENCE_S = 120
PROGRAM = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])"


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def upload(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture(number)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def loaded() -> list[str]:
    return []


@pytest.fixture
def service(tmp_path: Path, loaded: list[str]) -> Iterator[Service]:
    """Every version writes the same program slowly; `loaded` notes which were asked for."""

    def make(choice: ModelChoice) -> Generator:
        loaded.append(choice.label)
        return ScriptedGenerator([PROGRAM], delay_s=0.3)

    with Service(Settings(data_dir=tmp_path, turns=1), make) as service:
        yield service


def turn_models(service: Service, job_id: int) -> list[str]:
    return [turn.model for turn in service.job(job_id).turns]


def test_new_jobs_take_the_new_champion_and_running_ones_keep_theirs(service: Service, loaded: list[str]) -> None:
    old = service.model_label()
    first = service.submit(upload(1), "first.png")
    until(lambda: service.job(first).activity == "writing")
    with Store.open(service.settings.data_dir) as other:  # as the refresh process does
        made = other.versions.add("nano", str(service.settings.data_dir), "1" * 64, parent=1)
        other.versions.promote(made.number, reason="the gate", changed_by="gate")
    second = service.submit(upload(2), "second.png")
    until(lambda: service.job(first).state.final and service.job(second).state.final)
    assert (service.job(first).model, service.job(second).model) == (old, made.label) == ("nano@1", "nano@2")
    assert turn_models(service, first) == [old] and turn_models(service, second) == [made.label]
    with Store.open(service.settings.data_dir) as other:
        assert other.versions.rollback(reason="worse", changed_by="somebody").label == old
    third = service.submit(upload(3), "third.png")
    until(lambda: service.job(third).state.final)
    assert turn_models(service, third) == [old]
    assert loaded.count(old) == 1  # both stay in memory: a rollback loads nothing


def test_the_refresh_process_is_told_what_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        database_url="sqlite:///elsewhere.db",
        refresh=RefreshSettings(policy="auto", min_new=7, min_per_class=2, every_hours=12, quiet=(9, 18)),
    )
    flags = " ".join(command(settings)[1:])
    assert flags == (
        f"-m training refresh --watch --parent {os.getpid()} --data-dir {tmp_path} --policy auto --min-new 7"
        " --min-per-class 2 --every-hours 12.0 --database-url sqlite:///elsewhere.db --quiet 9 18"
    )


def test_the_refresh_process_works_beside_the_page_and_ends_with_it(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        run = store.runs.request("trainer", "nft", {}, "the button")
        with Refresher(Settings(data_dir=tmp_path)) as beside:
            assert beside.process is not None
            until(lambda: _state(store, run.id).final)
        assert beside.process.returncode is not None
        found = store.runs.get(run.id)
        assert found is not None and found.state is RunState.FAILED and "no champion" in found.error
        assert "no champion" in (tmp_path / "refresh.log").read_text()


def _state(store: Store, run_id: int) -> RunState:
    found = store.runs.get(run_id)
    assert found is not None
    return found.state


APPLICATION = """
import sys, time
from pathlib import Path
from app.refresher import Refresher
from app.settings import Settings
with Refresher(Settings(data_dir=Path(sys.argv[1]))) as beside:
    print(beside.process.pid, flush=True)
    time.sleep(600)
"""


def test_where_the_page_is_killed_the_process_leaves_by_itself(tmp_path: Path, checkout: Path) -> None:
    Store.open(tmp_path).close()
    page = subprocess.Popen(
        [sys.executable, "-c", APPLICATION, str(tmp_path)], cwd=checkout, stdout=subprocess.PIPE, text=True
    )
    assert page.stdout is not None
    beside = psutil.Process(int(page.stdout.readline()))
    page.send_signal(signal.SIGKILL)
    page.wait()
    assert page.stdout.close() is None
    until(lambda: not beside.is_running() or beside.status() == psutil.STATUS_ZOMBIE)
