"""The whole story with the built-in model and a real refresh: chart, wrong, refresh, gate, promote, roll back.

Minutes long, nearly all of it the refresh: one verdict, few samples, a suite of two charts. What the gate says of a
version made from so little is its own affair; here it must say it, with its reason, and be obeyed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.service import Service
from app.settings import Settings, UploadSettings
from app.uploads import check_upload
from storage.blobs import encode_png
from storage.records import Part, RunState
from tests.browser.conftest import GOOD, App, draw, serving
from tests.fakes import ScriptedGenerator
from tests.refresh_ground import start_refresh, write_suite
from training.snapshot import GATE_SHARE, side

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REFRESH_MS = 20 * 60_000
PATIENCE_MS = 180_000  # where a training beside it has the processor


@pytest.fixture
def server(tmp_path: Path) -> Iterator[App]:
    """Nothing is scripted here."""
    with Service(Settings(data_dir=tmp_path / "data", turns=1)) as service, serving(service) as address:
        yield App(address, service, ScriptedGenerator([GOOD]))


@pytest.fixture
def refresher(app: App, tmp_path: Path, checkout: Path) -> Iterator[None]:
    """The process that `chartloop serve` starts beside the page, with less to do."""
    suite = write_suite(tmp_path / "suite")
    process = start_refresh(app.service.settings.data_dir, checkout, "--watch", "--suite", str(suite))
    yield
    process.terminate()
    said, _ = process.communicate()
    assert process.returncode == 0, said


def learnable(folder: Path) -> Path:
    """A chart on the side of those that are trained on: where one belongs is told by its own hash."""
    for height in range(3, 30):
        path = draw(folder / "regions.png", (height, 5, 2))
        stored = encode_png(check_upload(path.read_bytes(), UploadSettings()).pixels)
        if side(hashlib.sha256(stored).hexdigest(), GATE_SHARE) is Part.TRAIN:
            return path
    raise AssertionError("a quarter of all charts is held out, not all of them")


def test_a_wrong_answer_becomes_a_version_that_answers_and_is_rolled_back(
    page: Page, app: App, refresher: None, tmp_path: Path
) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    page.set_default_timeout(PATIENCE_MS)
    give_and_judge(page, app, learnable(tmp_path))
    judged = page.url
    ask_for_a_refresh(page)
    read_what_the_gate_says(page, app)
    let_it_answer(page, app)
    ask_the_new_version(page, app, judged)
    roll_back(page, app, judged)


def give_and_judge(page: Page, app: App, chart: Path) -> None:
    page.goto(app.address)
    expect(page.locator("#file-intake")).to_be_attached()
    page.set_input_files("#file-intake", chart)
    expect(page).to_have_url(re.compile(r"/\?job=\d+$"))
    expect(page.locator("#status .cl-name")).to_have_text(chart.name)
    expect(page.locator("#status .cl-doing")).to_have_class(re.compile("cl-done"), timeout=REFRESH_MS)
    expect(page.locator("#verdict .cl-ask:visible")).to_be_visible()
    page.keyboard.press("w")
    expect(page.locator("#verdict .cl-fate:visible")).to_have_text("Waits for the next refresh.")


def ask_for_a_refresh(page: Page) -> None:
    page.locator("#verdict .cl-fate:visible a").click()
    expect(page.locator("#training")).to_contain_text("How long it takes is not known yet")
    page.get_by_role("button", name="Refresh now").click()
    expect(page.locator("#training .cl-doing")).to_contain_text("Run 1")
    expect(page.locator("#training [aria-current=step]")).to_have_text("Train", timeout=REFRESH_MS)
    expect(page.locator("#training [aria-current=step]")).to_have_text("Compare", timeout=REFRESH_MS)
    expect(page.locator("#training .cl-last")).to_contain_text("it made nano@2", timeout=REFRESH_MS)
    expect(page.locator("#training")).to_contain_text(re.compile("Takes about .* as the one before did"))


def read_what_the_gate_says(page: Page, app: App) -> None:
    """Everything that the version was made of and measured by; nobody has let it answer yet."""
    run, version = app.service.store.runs.get(1), page.locator("#version")
    assert run is not None and run.state is RunState.DONE and len(run.metrics["curve"]) > 1
    (report,) = app.service.store.runs.reports(2)
    expect(version.locator("header > h2")).to_have_text("nano@2")
    expect(version.locator(".cl-decision")).to_contain_text(report.reason[1:])
    expect(version.locator(".cl-conditions li")).to_have_count(7)
    expect(version.locator(".cl-facts")).to_contain_text("Trained from nano@1")
    expect(version.locator(".cl-retried li")).to_have_count(1)
    version.locator(".cl-retried li").scroll_into_view_if_needed()
    page.wait_for_function("[...document.querySelectorAll('.cl-triple img')].every(image => image.naturalWidth > 0)")
    assert page.locator(".cl-triple img").count() >= 2  # the third is there where the new program draws
    expect(version.locator(".cl-curve").first).to_be_visible()
    assert app.service.model_label() == "nano@1"


def let_it_answer(page: Page, app: App) -> None:
    page.locator("#version").get_by_role("button", name="Let nano@2 answer").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("One click brings nano@1 back.")  # one verdict cannot convince the gate
    question.get_by_role("button", name="Let it answer all the same").click()
    expect(page.locator("#answering .cl-champion")).to_contain_text("nano@2")


def ask_the_new_version(page: Page, app: App, judged: str) -> None:
    page.goto(judged)
    says = page.locator("#verdict .cl-fate:visible")
    expect(says).to_contain_text("nano@2 learnt from it and answers now.")
    expect(says).to_contain_text(re.compile("gets this chart (right|wrong)|draws this chart differently"))
    page.get_by_role("button", name="Run again").click()
    expect(page).not_to_have_url(judged)
    expect(page.locator("#status .cl-model")).to_have_text("nano@2")
    expect(page.locator("#status .cl-doing")).to_have_class(re.compile("cl-done"), timeout=REFRESH_MS)
    assert app.service.job(app.newest_job()).turns[0].model == "nano@2"


def roll_back(page: Page, app: App, judged: str) -> None:
    page.goto(f"{app.address}/models")
    page.get_by_role("button", name="Roll back to nano@1").click()
    expect(page.locator("#answering .cl-champion")).to_contain_text("nano@1")
    assert app.service.model_label() == "nano@1"
    page.goto(judged)
    expect(page.locator("#verdict .cl-fate:visible")).to_contain_text("nano@2 learnt from it and answered before.")
