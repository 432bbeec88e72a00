"""Whole refreshes with a tiny real model, in real processes: done, killed, gone on with, told to stop."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from app.ui import text_models
from model.errors import BadInput
from storage.blobs import encode_png
from storage.records import Decision, GateReport, Label, Part, RunState, TrainingRun, TurnRecord
from storage.repository import Store
from storage.runs import TRAINER
from storage.versions import CANDIDATE
from tests.judged_store import RIGHT, add_job, add_turn, judge, picture
from tests.refresh_ground import build_ground, start_refresh
from training.gate import Policy
from training.phases import PHASES
from training.refresh import alone
from training.refresh_config import RefreshConfig
from training.snapshot import GATE_SHARE, LEARNT, side

PATIENCE_S = 240


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_ground(tmp_path)


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    with Store.open(data) as store:
        yield store


def until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for it, as long as the process lives."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def run_of(store: Store) -> TrainingRun:
    (run,) = store.runs.all()
    return run


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def sha256_of(number: int) -> str:
    """Of the picture with that number, as it is stored."""
    return hashlib.sha256(encode_png(picture(number))).hexdigest()


def judged_turns(store: Store, uses: Sequence[tuple[int, Part, str]], label: Label) -> list[TurnRecord]:
    verdicts = [store.verdicts.get(number) for number, _, _ in uses]
    turns = [store.jobs.turn(one.turn_id) for one in verdicts if one and one.label is label]
    return [turn for turn in turns if turn]


def assert_one_whole_result(store: Store, data: Path) -> GateReport:
    """One version and one decision, whatever happened on the way; the version's files are whole."""
    run = run_of(store)
    assert run.state is RunState.DONE and run.error == ""
    newest, first = store.versions.all()
    assert (newest.parent, newest.run_id, newest.snapshot) == (first.number, run.id, run.snapshot)
    folder = Path(newest.path)
    assert (folder / "model.safetensors").is_file() and (folder / "tokenizer.json").is_file()
    assert [path.name for path in (data / "models").iterdir()] == [folder.name]
    (report,) = store.runs.reports()
    assert report.number == newest.number and report.run_id == run.id
    champion, candidate = store.versions.alias(), store.versions.alias(CANDIDATE)
    assert champion == first and candidate == newest
    assert {
        evaluation.number for version in (newest, first) for evaluation in store.evaluations.of(version.number)
    } == {
        newest.number,
        first.number,
    }
    return report


def test_a_refresh_makes_a_version_and_gives_its_reasons(store: Store, data: Path, checkout: Path) -> None:
    process = start_refresh(data, checkout, "--policy", "auto")
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    report = assert_one_whole_result(store, data)
    assert f"version 2 {report.decision.value}: {report.reason}" in said
    names = [one["name"] for one in report.figures["conditions"]]
    assert names == ["charts", "verdicts", "kept", "drift", "turns", "conduct", "people"]
    assert report.decision is not Decision.PROMOTED  # too few held-out verdicts to be sure of anything
    run = run_of(store)
    assert set(run.metrics["seconds"]) == set(PHASES) == set(text_models.PHASES) and run.trigger == "the command line"
    uses = store.snapshots.uses(run.snapshot)
    assert len(uses) == 16
    (fate,) = store.snapshots.fate(uses[0][0])
    assert fate.number == report.number and fate.run_id == run.id
    curve = run.metrics["curve"]
    assert [point["step"] for point in curve] == list(range(1, len(curve) + 1)) and "loss" in curve[-1]
    jobs = [store.jobs.get(turn.job_id) for turn in judged_turns(store, uses, Label.WRONG)]
    wrong = {job.chart.sha256 for job in jobs if job}
    shown = [item["chart"] for one in store.evaluations.of(report.number) for item in one.items.values()]
    assert wrong and wrong <= set(shown)  # what the version draws of the charts that it was made for can be seen
    recipe = RefreshConfig.of(store.versions.all()[0].recipe)
    assert recipe.policy is Policy.AUTO and recipe.samples == 2


@pytest.mark.parametrize("phases", [("snapshot", "sample", "tune", "exam")], ids=["four kills in one run"])
def test_killed_in_any_phase_the_next_process_goes_on(
    store: Store, data: Path, checkout: Path, phases: tuple[str, ...]
) -> None:
    store.runs.request(TRAINER, "nft", {}, "the button")
    for phase in phases:
        process = start_refresh(data, checkout, "--watch")
        until(lambda phase=phase: run_of(store).phase == phase, process)  # type: ignore[misc]
        kill(process)
    process = start_refresh(data, checkout, "--watch")
    until(lambda: run_of(store).state.final, process)
    process.terminate()
    process.communicate()
    assert run_of(store).attempt == len(phases) + 1
    assert_one_whole_result(store, data)


@pytest.mark.slow
def test_twenty_kills_at_random_leave_a_result_or_its_reason(store: Store, data: Path, checkout: Path) -> None:
    """Runs that gave up after five kills say so; the others end whole. No verdict is lost, no half version is seen."""
    dice, kills = random.Random(0), 0
    before = [verdict.id for verdict in store.verdicts.all()]
    while kills < 20:
        store.runs.request(TRAINER, "nft", {}, "the button")
        process = start_refresh(data, checkout, "--watch")
        open_run = store.runs.open(TRAINER)
        assert open_run is not None
        deadline = time.monotonic() + dice.uniform(2.0, 12.0)
        while time.monotonic() < deadline and store.runs.open(TRAINER) is not None:
            time.sleep(0.05)
        if store.runs.open(TRAINER) is not None:
            kills += 1
            kill(process)
        else:
            process.terminate()
            process.communicate()
        assert [verdict.id for verdict in store.verdicts.all()] == before
        for version in store.versions.all():
            assert (Path(version.path) / "model.safetensors").is_file()
    process = start_refresh(data, checkout, "--watch")
    until(lambda: store.runs.open(TRAINER) is None, process)
    process.terminate()
    process.communicate()
    for run in store.runs.all():
        if run.state is RunState.FAILED:
            assert run.error == "the process was ended 5 times while it worked on this, so it gave up"
        else:
            assert run.state is RunState.DONE and len([r for r in store.runs.reports() if r.run_id == run.id]) == 1


def test_told_to_end_it_puts_the_run_back_at_once(store: Store, data: Path, checkout: Path) -> None:
    store.runs.request(TRAINER, "nft", {}, "the button")
    process = start_refresh(data, checkout, "--watch")
    until(lambda: run_of(store).phase == "sample", process)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert run_of(store).state is RunState.QUEUED


def test_nothing_to_learn_from_is_said(tmp_path: Path, checkout: Path) -> None:
    data = build_ground(tmp_path, verdicts=0)
    process = start_refresh(data, checkout)
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "run 1 failed: there are no verdicts to learn from" in said


def test_a_single_wrong_answer_is_enough_for_a_version_if_not_for_the_gate(tmp_path: Path, checkout: Path) -> None:
    data = build_ground(tmp_path, verdicts=0)
    with Store.open(data) as store:
        number = next(one for one in range(99) if side(sha256_of(one), GATE_SHARE) is Part.TRAIN)
        judge(store, number, right=False)
        process = start_refresh(data, checkout)
        said, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said
        report = assert_one_whole_result(store, data)
    assert (report.decision, report.passed) == (Decision.WAITING, False)
    assert report.reason.startswith("only 0 held-out charts have verdicts, 10 are needed to tell")


def test_what_a_person_put_right_is_learnt_though_the_version_that_was_wrong_is_gone(
    tmp_path: Path, checkout: Path
) -> None:
    """Nobody can ask that version how likely its answer was: the right program is learnt as an answer of the base's."""
    data = build_ground(tmp_path, verdicts=0)
    with Store.open(data) as store:
        number = next(one for one in range(99) if side(sha256_of(one), GATE_SHARE) is Part.TRAIN)
        wrong = add_turn(store, add_job(store, number), model="gone@9")
        verdict = store.verdicts.add(wrong, Label.WRONG, corrected_code=f"import matplotlib.pyplot as plt\n{RIGHT}\n")
        process = start_refresh(data, checkout)
        said, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said
        report = assert_one_whole_result(store, data)
        (fate,) = store.snapshots.fate(verdict.id)
    assert (fate.part, fate.reason, fate.number) == (Part.TRAIN, LEARNT, report.number)


def test_a_second_process_leaves(tmp_path: Path) -> None:
    with alone(tmp_path) as first, alone(tmp_path) as second:
        assert (first, second) == (True, False)
    with alone(tmp_path) as again:
        assert again


def test_a_configuration_survives_json_and_refuses_what_nobody_knows() -> None:
    config = RefreshConfig(policy=Policy.AUTO, samples=7)
    assert RefreshConfig.of(json.loads(json.dumps(config.to_json()))) == config
    with pytest.raises(BadInput, match="cannot be set so"):
        RefreshConfig.of({"sample": 7})
