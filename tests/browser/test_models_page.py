"""The models page in a real browser: who answers, the refresh, the versions, promote and roll back by click.

The refreshes are told by tests/stories.py through the verbs of storage, as their process does; nothing is trained here.
Leaves out: the whole story with a real model and a real refresh (test_story.py).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.models import ModelChoice
from app.service import Service
from app.settings import ModelSettings, Settings
from model.generators import Generator
from storage.records import Decision, Label, Part, VerdictRecord
from tests.browser.conftest import GOOD, POOR, App, draw, serving, wait_until
from tests.fakes import ScriptedGenerator
from tests.stories import Story, begin, freeze, item, tell

pytestmark = pytest.mark.browser

CURVE = [
    {"step": step, "loss": loss, "log_ratio/right": 1 - loss, "log_ratio/wrong": loss - 1}
    for step, loss in ((1, 0.9), (2, 0.5), (3, 0.4))
]


def service_of(data: Path) -> tuple[Service, ScriptedGenerator]:
    """Each version answers under its own name, and all of them what the test says."""
    model = ScriptedGenerator([GOOD])

    def make(choice: ModelChoice) -> Generator:
        model.name = choice.label
        return model

    return Service(Settings(data_dir=data, turns=1, model=ModelSettings(name="nano")), make_generator=make), model


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with four charts that were judged wrong."""
    folder = tmp_path_factory.mktemp("ground")
    service, model = service_of(folder / "data")
    with service:
        model.answers = [POOR]
        for number, values in enumerate(((3, 5, 2), (1, 2, 3), (4, 4, 1), (2, 6, 5))):
            judge(service, answered(service, draw(folder / f"region-{number}.png", values)), Label.WRONG)
    return folder / "data"


@pytest.fixture
def server(ground: Path, tmp_path: Path) -> Iterator[App]:
    """An application of its own for each test: versions are never deleted."""
    service, model = service_of(Path(shutil.copytree(ground, tmp_path / "data")))
    with service, serving(service) as address:
        yield App(address, service, model)


@pytest.fixture
def wrong(app: App) -> list[VerdictRecord]:
    return list(app.service.store.verdicts.all())


def answered(service: Service, chart: Path) -> int:
    job = service.submit(chart.read_bytes(), chart.name)
    wait_until(lambda: service.job(job).state.final)
    return job


def judge(service: Service, job: int, label: Label) -> VerdictRecord:
    return service.store.verdicts.add(service.job(job).turns[0].id, label)


def chart_of(app: App, verdict: VerdictRecord) -> str:
    return app.service.job(app.service.turn(verdict.turn_id).job_id).chart.sha256


def learnt(app: App, wrong: list[VerdictRecord], **how: object) -> Story:
    """The new version draws the first right, the second as before, the third otherwise; the fourth is left out."""
    first, second, third = (chart_of(app, one) for one in wrong[:3])
    made = (item(first, GOOD, 0.97, right=True), item(second, POOR.strip(), 0.4), item(third, GOOD, 0.8))
    uses = [(one.id, Part.TRAIN, "") for one in wrong[:2]]
    uses += [(wrong[2].id, Part.GATE, ""), (wrong[3].id, Part.LEFT_OUT, "raters disagree about it")]
    return Story(uses, {one["chart"]: one for one in made}, **how)  # type: ignore[arg-type]


def test_without_verdicts_there_is_nothing_to_learn_from(page: Page, app: App, wrong: list[VerdictRecord]) -> None:
    for verdict in wrong:
        app.service.undo(verdict.id)
    page.goto(f"{app.address}/models")
    expect(page.locator("#answering")).to_contain_text("nano@1")
    expect(page.locator("#answering")).to_contain_text("No version answered before it.")
    expect(page.get_by_role("button", name="Refresh now")).to_be_disabled()
    expect(page.locator("#training")).to_contain_text("No verdict was given yet")


def test_a_version_that_passed_takes_over_and_is_rolled_back(page: Page, app: App, wrong: list[VerdictRecord]) -> None:
    tell(app.service.store, learnt(app, wrong))
    page.goto(f"{app.address}/models")
    expect(page.locator("#answering .cl-candidate")).to_contain_text("41.0% before, 58.3% now")
    page.locator("#answering").get_by_role("button", name="Let nano@2 answer").click()
    expect(page.locator("#answering .cl-champion")).to_contain_text("nano@2")
    expect(page.locator("header .cl-fact").first).to_contain_text("nano@2")
    assert app.service.model_label() == "nano@2"
    expect(page.locator("#versions .cl-version-item").first).to_contain_text("answers now")
    page.get_by_role("button", name="Roll back to nano@1").click()
    expect(page.locator("#answering .cl-champion")).to_contain_text("nano@1")
    assert app.service.model_label() == "nano@1"
    expect(page.locator("#answering .cl-changes li").first).to_contain_text("rolled back to nano@1")


def test_a_version_that_was_refused_is_asked_about_with_its_reason(
    page: Page, app: App, wrong: list[VerdictRecord]
) -> None:
    reason = "frozen charts are drawn worse by 0.031"
    tell(app.service.store, learnt(app, wrong, decision=Decision.REFUSED, passed=False, reason=reason, failed="charts"))
    page.goto(f"{app.address}/models?v=2")
    report = page.locator("#version")
    expect(report.locator(".cl-decision")).to_contain_text("Refused. Frozen charts are drawn worse by 0.031.")
    expect(report.locator(".cl-conditions .cl-failed")).to_have_count(1)
    expect(report.locator(".cl-conditions .cl-failed")).to_contain_text("Frozen charts are drawn no worse")
    report.get_by_role("button", name="Let nano@2 answer").click()
    question = page.get_by_role("dialog", name="The gate refused nano@2")
    expect(question).to_contain_text("Frozen charts are drawn worse by 0.031.")
    question.get_by_role("button", name="Leave things as they are").click()
    expect(question).to_be_hidden()
    assert app.service.model_label() == "nano@1"
    report.get_by_role("button", name="Let nano@2 answer").click()
    question.get_by_role("button", name="Let it answer all the same").click()
    expect(page.locator("#answering .cl-champion")).to_contain_text("nano@2")


def test_a_version_shows_its_lineage_its_verdicts_and_its_charts_before_and_after(
    page: Page, app: App, wrong: list[VerdictRecord]
) -> None:
    tell(app.service.store, learnt(app, wrong))
    page.goto(f"{app.address}/models")
    expect(page.locator("#versions .cl-version-item").first).to_contain_text("from nano@1 · ")
    detail = page.locator("#version")
    expect(detail).to_contain_text("Trained from nano@1")
    expect(detail).to_contain_text("Verdicts trained on: 2 (0 correct, 2 wrong).")
    expect(detail).to_contain_text("raters disagree about it")
    rows = detail.locator(".cl-retried > li")
    expect(rows).to_have_count(3)
    expect(detail).to_contain_text("1 of 3 now right")
    for name, badge in (("region-0", "now right"), ("region-1", "still wrong"), ("region-2", "→")):
        expect(rows.filter(has_text=name)).to_contain_text(badge)
    rows.last.scroll_into_view_if_needed()
    page.wait_for_function("[...document.querySelectorAll('.cl-triple img')].every(image => image.naturalWidth > 0)")
    expect(detail.locator(".cl-triple img")).to_have_count(9)
    expect(detail.locator(".cl-curve svg")).to_have_count(2)
    page.locator("#versions .cl-version-item", has_text="nano@1").last.click()
    expect(detail).to_contain_text("It was not made by a refresh")
    expect(page).to_have_url(re.compile(r"/models\?v=1$"))


def test_a_refresh_is_asked_for_followed_with_its_curve_and_stopped(
    page: Page, app: App, wrong: list[VerdictRecord]
) -> None:
    store = app.service.store
    tell(store, learnt(app, wrong))
    page.goto(f"{app.address}/models")
    training = page.locator("#training")
    expect(training).to_contain_text(re.compile("Takes about .* as the one before did"))
    page.get_by_role("button", name="Refresh now").click()
    expect(training).to_contain_text("Run 2 waits for the refresh process.")
    run = begin(store)
    freeze(store, run, [(one.id, Part.TRAIN, "") for one in wrong])
    store.runs.note(run.id, run.attempt, "tune", {"done": 3, "of": 12, "curve": CURVE})
    expect(training).to_contain_text("Run 2: training")
    expect(training.locator("[aria-current=step]")).to_have_text("Train")
    expect(training).to_contain_text("3 of 12")
    expect(training.get_by_role("img", name="Loss over 3 steps, from 0.900 to 0.400")).to_be_visible()
    expect(training.get_by_role("img", name="right ones +0.60, wrong ones -0.60")).to_be_visible()
    page.get_by_role("button", name="Stop run 2").click()
    expect(training).to_contain_text("Run 2 is asked to stop")
    found = store.runs.get(run.id)
    assert found is not None and found.stop_requested


def test_the_chart_of_a_verdict_says_what_became_of_it(page: Page, app: App, wrong: list[VerdictRecord]) -> None:
    store = app.service.store
    says = page.locator("#verdict .cl-fate:visible")

    def open_chart(verdict: VerdictRecord) -> None:
        page.goto(f"{app.address}/?job={app.service.turn(verdict.turn_id).job_id}")

    open_chart(wrong[0])
    expect(says).to_have_text("Waits for the next refresh.")
    tell(store, learnt(app, wrong))
    store.versions.promote(2)
    for verdict, words in zip(
        wrong,
        (
            "nano@2 learnt from it and answers now. It now gets this chart right.",
            "nano@2 learnt from it and answers now. It still gets this chart wrong.",
            "nano@2 was compared by it, not trained on it, and answers now. It draws this chart differently now",
            "Left out of run 1: raters disagree about it.",
        ),
        strict=True,
    ):
        open_chart(verdict)
        expect(says).to_contain_text(words)
    begun = begin(store)
    freeze(store, begun, [(wrong[0].id, Part.TRAIN, "")])
    open_chart(wrong[0])
    expect(says).to_contain_text("Run 2 takes it up again.")
    page.goto(f"{app.address}/history")
    expect(page.locator("#history-list .cl-fate.cl-right")).to_have_text("nano@2: now right")
    page.goto(f"{app.address}/?job={app.service.turn(wrong[1].turn_id).job_id}")
    says.get_by_role("link", name="nano@2").click()
    expect(page.locator("#version h2")).to_have_text("nano@2")


def test_what_a_person_says_of_the_new_version_counts_more_than_scores(
    page: Page, app: App, tmp_path: Path, wrong: list[VerdictRecord]
) -> None:
    tell(app.service.store, learnt(app, wrong))
    app.service.refreshes.promote(2)
    judge(app.service, answered(app.service, draw(tmp_path / "again.png", (4, 4, 1))), Label.CORRECT)
    page.goto(f"{app.address}/?job={app.service.turn(wrong[2].turn_id).job_id}")
    said = page.locator("#verdict .cl-fate:visible")
    expect(said).to_contain_text("A person found its answer to this chart correct.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_on_a_phone_is_wider_than_the_phone(
    page: Page, app: App, wrong: list[VerdictRecord], theme: str
) -> None:
    tell(app.service.store, learnt(app, wrong))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app.address}/models")
    expect(page.locator("#version .cl-retried li").first).to_be_visible()
    if theme == "dark":
        page.get_by_role("button", name="Switch between light and dark").click()
        expect(page.locator("body")).to_have_class(re.compile(r"\bdark\b"))
    page.locator("#version summary").first.click()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0


def test_an_address_of_no_version_says_so(page: Page, app: App) -> None:
    page.goto(f"{app.address}/models?v=99")
    expect(page.locator("#problem .cl-problem")).to_contain_text("There is no version with that number.")
    expect(page.locator("#answering .cl-champion")).to_contain_text("nano@1")
