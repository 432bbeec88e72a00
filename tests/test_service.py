"""The service whole: a real store, sandbox and OCR; only the model is scripted."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app import examples, health
from app.jobs import JobView
from app.models import NANO, ModelChoice, choose, register_built_in
from app.service import Service
from app.settings import JobSettings, ModelSettings, Settings
from model.errors import BadInput, GeneratorUnreachable, ModelNotFound, NotFound
from model.generators import Generator
from model.sandbox import Level, SandboxReport
from storage.records import JobState, Label
from storage.repository import Store
from storage.versions import Versions
from tests.fakes import ScriptedGenerator

GOOD = """
import matplotlib.pyplot as plt

plt.bar(["North", "South"], [3, 5], color="#336699")
plt.title("Sales")
"""
BROKEN = "import matplotlib.pyplot as plt\nplt.bar(undefined_name)"
PATIENCE_S = 60.0


REFUSED = "models/refused"


class Models:
    """Gives one scripted generator for every model, and notes which were loaded."""

    def __init__(self) -> None:
        self.generator = ScriptedGenerator([GOOD])
        self.loaded: list[str] = []

    def make(self, choice: ModelChoice) -> Generator:
        if choice.path == REFUSED:
            raise GeneratorUnreachable("no server answers at http://localhost:1/v1")
        self.loaded.append(choice.label)
        return self.generator

    def script(self, *answers: str, delay_s: float = 0.0) -> None:
        self.generator.conversations.clear()
        self.generator.answers, self.generator.delay_s = list(answers), delay_s


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Service]:
    """Its model is "scripted" until a test asks for another."""
    folder = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=folder, turns=2, model=ModelSettings(name="scripted"), jobs=JobSettings(max_queued=2))
    with Service(settings, models.make) as service:
        yield service


@pytest.fixture(autouse=True)
def good_again(models: Models) -> None:
    models.script(GOOD)


@pytest.fixture(scope="module")
def solved(service: Service, drawing: bytes, models: Models) -> JobView:
    models.script(BROKEN, GOOD)
    return last(service, service.submit(drawing, r"C:\Users\me\Figure 1.png"))


@pytest.fixture(scope="module")
def drawing() -> bytes:
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.bar(["North", "South"], [3, 5], color="#336699")
    axes.set_title("Sales")
    buffer = io.BytesIO()
    figure.savefig(buffer)
    return buffer.getvalue()


def last(service: Service, job_id: int) -> JobView:
    return list(service.watch(job_id))[-1]


def test_a_chart_becomes_a_program(solved: JobView, service: Service) -> None:
    assert solved.state is JobState.DONE, solved.error
    assert solved.chart.name == "Figure 1.png" and solved.model == "scripted"
    broken, good = solved.turns
    assert broken.outcome.value == "error" and "undefined_name" in broken.error
    assert good.outcome.value == "ok" and solved.best_turn == good
    assert good.score.text == 1.0 and good.score.overall > 0.95  # OCR read the chart, the artists say the same
    with Image.open(service.picture_path(good.render)) as render:
        assert render.size == (640, 480)
    assert service.picture(solved.chart.sha256).startswith(b"\x89PNG")
    assert service.picture_url(good.render) == f"files/{good.render}.png"


def test_a_picture_is_read_once(solved: JobView, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.workshop, "read", lambda _pixels: pytest.fail("it was read before"))
    again = last(service, service.again(solved.id, turns=1))
    assert again.state is JobState.DONE and again.chart == solved.chart


@pytest.mark.parametrize("turns", [0, -1, 17])
def test_a_senseless_number_of_turns_is_refused(service: Service, drawing: bytes, turns: int) -> None:
    with pytest.raises(BadInput, match="1 to 16"):
        service.submit(drawing, "a.png", turns=turns)


def test_a_bad_upload_makes_no_job(service: Service) -> None:
    before = service.history().total
    with pytest.raises(BadInput, match="not a picture"):
        service.submit(b"hello", "a.png")
    assert service.history().total == before


def test_an_edit_is_a_turn_by_a_person(service: Service, drawing: bytes) -> None:
    job = last(service, service.submit(drawing, "edit.png", turns=1))
    edited = service.run_edit(job.id, GOOD.replace("Sales", "Sales of 2024"))
    assert [turn.author for turn in edited.turns] == ["model", "person"]
    assert edited.turns[1].outcome.value == "ok" and edited.turns[1].model == ""
    broken = service.run_edit(job.id, BROKEN)
    assert broken.turns[2].outcome.value == "error" and "undefined_name" in broken.turns[2].error
    for nothing in ("", "  \n"):
        with pytest.raises(BadInput, match="no program"):
            service.run_edit(job.id, nothing)
    with pytest.raises(BadInput, match="200000"):
        service.run_edit(job.id, "#" * 200_001)


def test_nobody_edits_a_running_job(service: Service, drawing: bytes, models: Models) -> None:
    models.script(GOOD, delay_s=30.0)
    job_id = service.submit(drawing, "a.png")
    with pytest.raises(BadInput, match="still running"):
        service.run_edit(job_id, GOOD)
    service.stop(job_id)
    assert last(service, job_id).state is JobState.STOPPED


def test_a_full_queue_says_so(service: Service, drawing: bytes, models: Models) -> None:
    models.script(GOOD, delay_s=30.0)
    running = service.submit(drawing, "a.png")
    deadline = time.monotonic() + PATIENCE_S
    while service.job(running).state is JobState.QUEUED:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    waiting = [service.submit(drawing, name) for name in ("b.png", "c.png")]
    for ask in (lambda: service.submit(drawing, "d.png"), lambda: service.again(running)):
        with pytest.raises(BadInput, match="2 charts are waiting"):
            ask()
    for job_id in (*waiting, running):
        service.stop(job_id)
        assert last(service, job_id).state is JobState.STOPPED


def test_verdicts_are_kept_changed_and_undone(solved: JobView, service: Service) -> None:
    turn_id = solved.turns[1].id
    wrong = service.judge(turn_id, "wrong", ["text", "data", "text"], "hm", rater="ann")
    assert wrong.tags == ("text", "data")
    assert service.turn(turn_id).verdict == wrong
    right = service.judge(turn_id, "correct", rater="ann")
    assert right.supersedes == wrong.id
    with pytest.raises(BadInput, match="already"):
        service.undo(wrong.id)
    assert service.undo(right.id).label is Label.WITHDRAWN
    assert service.turn(turn_id).verdict is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": "perhaps"}, "correct"),
        ({"label": "withdrawn"}, "correct"),
        ({"tags": ["text", "smell"]}, '"smell".*layout'),
        ({"comment": "x" * 4001}, "4001"),
        ({"corrected_code": "x" * 200_001}, "200001"),
        ({"turn_id": 99999}, "no turn 99999"),
    ],
)
def test_a_senseless_verdict_is_refused(solved: JobView, service: Service, change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        service.judge(**{"turn_id": solved.turns[0].id, "label": "wrong", **change})


def test_a_turn_can_be_taken_away(solved: JobView, service: Service) -> None:
    broken, good = solved.turns
    assert service.export(good.id, "py").decode() == good.code
    assert service.export(good.id, "png") == service.picture(good.render)
    svg = service.export(good.id, "svg")
    assert b"<svg" in svg and b"Sales" in svg
    with pytest.raises(NotFound, match="drew nothing"):
        service.export(broken.id, "svg")
    with pytest.raises(BadInput, match="py, png, svg"):
        service.export(good.id, "pdf")  # type: ignore[arg-type]


def test_what_is_not_there_is_named(service: Service) -> None:
    missing: tuple[Callable[[], object], ...] = (
        lambda: service.job(999),
        lambda: service.stop(999),
        lambda: service.again(999),
        lambda: service.turn(999),
        lambda: service.picture("0" * 64),
        lambda: service.picture("../../secret"),
    )
    for ask in missing:
        with pytest.raises(NotFound):
            ask()


# health


def states(service: Service) -> dict[str, str]:
    return {check.name: check.state for check in service.health()}


def settled(service: Service) -> dict[str, str]:
    deadline = time.monotonic() + PATIENCE_S
    while states(service)["model"] == "wait":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return states(service)


def test_health_names_every_part(service: Service) -> None:
    assert settled(service) == {"database": "ok", "model": "ok", "sandbox": "ok", "disk": "ok"}
    assert service.model_label() == "scripted"
    assert service.sandbox_label() in ("confined", "isolated")


def test_a_sandbox_below_the_minimum_is_unhealthy() -> None:
    weak = health.sandbox(SandboxReport(Level.LIMITS, Level.CONFINED, ()))
    assert weak.state == "fail" and "limits" in weak.detail and "confined" in weak.detail
    assert health.sandbox(SandboxReport(Level.ISOLATED, Level.CONFINED, ())).state == "ok"


# examples


def test_the_examples_are_there(service: Service) -> None:
    found = service.examples()
    assert len(found) >= 5 and all(example.path.is_file() for example in found)
    assert "Grouped bars" in {example.name for example in found}


def test_recorded_examples_are_solved_at_the_first_start_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = {"reading": "kind: bar", "score": {"execution": 1.0, "text": 0.5}, "seconds": 1.5}
    recording = {
        "image": "app/examples/pie.png",
        "model": "nano@1",
        "stop_reason": "All turns were used.",
        "turns": [
            {**turn, "code": GOOD, "differences": [["text", "missing"]]},
            {**turn, "code": BROKEN, "differences": []},
        ],
    }
    recorded = tmp_path / "solved.json"
    recorded.write_text(json.dumps([recording, {**recording, "image": "gone.png"}]))
    monkeypatch.setattr(examples, "SOLVED", recorded)
    for _ in range(2):
        settings = Settings(data_dir=tmp_path / "data", model=ModelSettings(name="scripted"))
        with Service(settings, Models().make) as service:
            first, *others = service.examples()
            assert first.name == "Pie" and first.job_id is not None
            assert {example.job_id for example in others} == {None}
            job = service.job(first.job_id)
            assert (job.origin, job.model, job.state, job.best) == ("example", "nano@1", JobState.DONE, 1)
            assert [turn.outcome.value for turn in job.turns] == ["ok", "error"]
            assert job.turns[0].score.text == 0.5 and job.turns[1].score.execution == 0.0
            assert service.picture(job.turns[0].render)
            assert service.history().total == 1


# which model


def test_names_of_models(tmp_path: Path) -> None:
    plain = ModelSettings()
    served = ModelSettings(name="qwen", base_url="http://localhost:8000/v1", codec="plain")
    with Store.open(tmp_path / "data") as store:
        versions = store.versions
        with pytest.raises(ModelNotFound, match="no weights"):
            choose(NANO, plain, versions)
        one = versions.add("nano", "models/1", "0" * 64)
        two = versions.add("nano", "adapters/2", "0" * 64, base="models/1")
        versions.promote(one.number)
        assert choose(NANO, plain, versions) == ModelChoice("nano@1", "models/1")
        versions.promote(two.number)
        assert choose(NANO, plain, versions) == ModelChoice("nano@2", "models/1", adapter="adapters/2")
        assert choose("nano@1", plain, versions).path == "models/1"
        for unknown in ("nano@9", "other@1"):
            with pytest.raises(ModelNotFound, match=unknown):
                choose(unknown, plain, versions)
        label = choose("qwen", served, versions).label
        assert label == "qwen at http://localhost:8000/v1"
        assert choose(label, served, versions).base_url == "http://localhost:8000/v1"
        assert choose(str(tmp_path), plain, versions) == ModelChoice(str(tmp_path), str(tmp_path))
        assert choose("org/model", plain, versions) == ModelChoice("org/model", "org/model")


def test_weights_that_were_never_there_are_missed_in_plain_words(tmp_path: Path) -> None:
    with Store.open(tmp_path / "data") as store:
        register_built_in(store.versions, tmp_path / "data", tmp_path)
        with pytest.raises(ModelNotFound, match="git restore model/nano") as missed:
            choose(NANO, ModelSettings(), store.versions)
    assert str(tmp_path) not in str(missed.value)


def test_the_built_in_weights_become_the_champion_until_a_trained_one_is(tmp_path: Path) -> None:
    folder, data = tmp_path / "nano", tmp_path / "data"
    folder.mkdir()
    with Store.open(data) as store:
        register_built_in(store.versions, data, folder)
        assert store.versions.all() == ()
        for content in ("one", "one", "two"):  # the same weights again are the same version
            (folder / "model.safetensors").write_text(content)
            register_built_in(store.versions, data, folder)
        champion = store.versions.alias()
        assert champion is not None and champion.number == 2 and len(store.versions.all()) == 2
        run = store.runs.request("trainer", "nft", {}, "the button")
        trained = store.versions.add("nano", "elsewhere", "0" * 64, run_id=run.id, parent=2)
        store.versions.promote(trained.number)
        (folder / "model.safetensors").write_text("three")
        register_built_in(store.versions, data, folder)
        champion = store.versions.alias()
        assert champion == store.versions.get(trained.number)
        assert len(store.versions.all()) == 4


def test_an_update_of_the_checkout_changes_no_version(tmp_path: Path) -> None:
    """A rollback after an update must bring back the very weights that answered before."""
    folder, data = tmp_path / "nano", tmp_path / "data"
    folder.mkdir()
    (folder / "codec.py").write_text("code is not a part of a version")
    (folder / "chartloop.json").write_text("{}")
    with Store.open(data) as store:
        for content in ("one", "two"):
            (folder / "model.safetensors").write_text(content)
            register_built_in(store.versions, data, folder)
        before = choose("nano@1", ModelSettings(), store.versions)
        assert (Path(before.path) / "model.safetensors").read_text() == "one"
        assert sorted(path.name for path in Path(before.path).iterdir()) == ["chartloop.json", "model.safetensors"]
        assert choose(NANO, ModelSettings(), store.versions).label == "nano@2"
        assert store.versions.rollback().number == 1
        assert choose(NANO, ModelSettings(), store.versions) == before


@pytest.fixture
def registry(service: Service, monkeypatch: pytest.MonkeyPatch) -> Versions:
    """The service with the champion as its model, as it is where nothing else was set."""
    champion = service.settings.model_copy(update={"model": ModelSettings()})
    monkeypatch.setattr(service, "settings", champion)
    return service.store.versions


def test_a_promotion_reaches_the_next_job(service: Service, registry: Versions, models: Models, drawing: bytes) -> None:
    for path in ("models/a", "models/b"):
        made = registry.add("trained", path, "0" * 64)
        registry.promote(made.number)
        assert states(service)["model"] == "ok"  # promoted is enough: the next job loads it
        job = last(service, service.submit(drawing, "a.png", turns=1))
        assert job.model == made.label == job.turns[0].model == models.loaded[-1]
    loaded = len(models.loaded)
    before = registry.rollback()
    assert last(service, service.again(job.id, turns=1)).model == before.label != made.label
    assert len(models.loaded) == loaded  # the one before was still there


def test_a_model_that_cannot_be_loaded_is_unhealthy_and_fails_jobs_in_words(
    service: Service, registry: Versions, drawing: bytes
) -> None:
    registry.promote(registry.add("trained", REFUSED, "0" * 64).number)
    job = last(service, service.submit(drawing, "a.png"))
    assert (job.state, job.error) == (JobState.FAILED, "no server answers at http://localhost:1/v1")
    assert states(service)["model"] == "fail"
