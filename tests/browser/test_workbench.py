"""The workbench in a real browser, from a dropped chart to a kept verdict; the model is scripted, all else is real."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, JSHandle, Page, Route, expect

from storage.records import JobState, Label
from tests.browser.conftest import BROKEN, GOOD, POOR, App, wait_until

pytestmark = pytest.mark.browser


def choose(page: Page, app: App, file: Path) -> None:
    """Open the page and give it a picture by the file dialog; wait until its job is shown."""
    page.goto(app.address)
    expect(page.locator("#file-intake")).to_be_attached()
    page.set_input_files("#file-intake", file)
    expect(page.locator("#status .cl-name")).to_have_text(file.name)
    expect(page).to_have_url(re.compile(r"/\?job=\d+$"))


def finished(page: Page) -> None:
    """Wait until the job has ended and every panel is that job's: the browser may put them in one after another."""
    expect(page.locator("#status .cl-doing")).to_have_class(re.compile("cl-done"))
    page.wait_for_function(
        """() => {
            const panels = [...document.querySelectorAll("[data-panel]")];
            return panels.every((one) => one.dataset.live === "0" && one.dataset.job === panels[0].dataset.job);
        }"""
    )


def shows(page: Page, turn: int, *panels: str) -> None:
    """Wait until each of the panels shows that turn."""
    for panel in panels:
        expect(page.locator(f"#{panel} [data-turn]:visible").first).to_have_attribute("data-turn", str(turn))


def test_the_whole_path_from_a_chart_to_a_verdict_that_stays(
    page: Page, context: BrowserContext, app: App, chart: Path
) -> None:
    app.script(BROKEN, POOR, GOOD, delay_s=1, pieces=20)
    choose(page, app, chart)
    expect(page.locator("#live .cl-code")).to_contain_text("import matplotlib")  # it streams
    app.hurry()
    finished(page)
    look_at_the_turns(page)
    edit_and_run(page)
    judge_undo_and_explain(page)
    job = app.newest_job()
    wait_until(lambda: (kept := app.service.job(job).turns[3].verdict) is not None and kept.comment != "")
    kept = app.service.job(job).turns[3].verdict
    assert kept is not None
    assert (kept.label, kept.tags, kept.comment) == (Label.WRONG, ("layout",), "a label too much")
    assert page.url == f"{app.address}/?job={job}"
    find_it_again(context.new_page(), app, job)


def look_at_the_turns(page: Page) -> None:
    expect(page.locator("#turns input[name=cl-turn]")).to_have_count(3)
    expect(page.locator("#turns .cl-turn", has_text="best")).to_contain_text("3")
    shows(page, 3, "compare", "program")
    page.wait_for_function("[...document.querySelectorAll('#compare img')].every(image => image.naturalWidth > 0)")
    page.locator("#turns .cl-turn").nth(0).click()
    expect(page.locator("#turns .cl-error:visible")).to_contain_text("set_y_label")
    expect(page.locator("#compare .cl-empty:visible")).to_contain_text("stopped with an error")
    page.locator("#turns .cl-turn").nth(2).click()
    page.locator("#turns").get_by_role("button", name="Show").click()
    expect(page.locator("#program ins:visible", has_text="Sales by region")).to_be_visible()
    page.locator("#program [data-view=program]:visible").click()


def edit_and_run(page: Page) -> None:
    page.keyboard.press("e")
    editor = page.locator("#editor .cm-content")
    expect(editor).to_contain_text("Sales by region")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nax.set_xlabel('Region')")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#turns .cl-turn", has_text="your edit")).to_contain_text("4")
    expect(page.locator("#program ins", has_text="set_xlabel")).to_have_count(1)
    shows(page, 4, "compare", "program")
    expect(page.locator("#editor")).to_have_count(0)


def judge_undo_and_explain(page: Page) -> None:
    page.keyboard.press("c")
    expect(page.locator("#verdict .cl-marked:visible")).to_have_text("You marked turn 4 correct.")
    page.keyboard.press("u")
    expect(page.locator("#verdict .cl-ask:visible")).to_be_visible()
    page.keyboard.press("w")
    expect(page.locator("#verdict .cl-marked:visible")).to_have_text("You marked turn 4 wrong.")
    page.locator("#verdict .cl-tag:visible", has_text="Layout").click()
    comment = page.locator("#verdict input[name=comment]:visible")
    comment.fill("a label too much")
    comment.press("Enter")


def find_it_again(page: Page, app: App, job: int) -> None:
    """By permalink, then through the history, in a page that never saw it."""
    page.goto(f"{app.address}/?job={job}")
    expect(page.locator("#turns input[name=cl-turn]")).to_have_count(4)
    page.keyboard.press("4")
    expect(page.locator("#verdict .cl-marked:visible")).to_have_text("You marked turn 4 wrong.")
    expect(page.locator("#verdict input[name=comment]:visible")).to_have_value("a label too much")
    expect(page.locator("#verdict .cl-tag:visible input[value=layout]")).to_be_checked()
    page.goto(f"{app.address}/history")
    row = page.locator("#history-list tr", has_text=f"#{job} ")
    expect(row).to_contain_text("wrong")
    row.locator("a").click()
    expect(page.locator("#status .cl-permalink")).to_have_text(f"#{job}")


def test_a_chart_can_be_dropped_anywhere(page: Page, app: App, chart: Path) -> None:
    page.goto(app.address)
    expect(page.locator("#file-intake")).to_be_attached()
    transfer = transfer_of(page, chart, "dropped.png", "image/png")
    page.locator("#code-card").dispatch_event("dragover", {"dataTransfer": transfer})
    expect(page.locator(".cl-overlay")).to_be_visible()
    page.locator("#code-card").dispatch_event("drop", {"dataTransfer": transfer})
    expect(page.locator(".cl-overlay")).to_be_hidden()
    expect(page.locator("#status .cl-name")).to_have_text("dropped.png")
    finished(page)


def test_a_chart_can_be_pasted_anywhere(page: Page, app: App, chart: Path) -> None:
    page.goto(app.address)
    expect(page.locator("#file-intake")).to_be_attached()
    transfer = transfer_of(page, chart, "image.png", "image/png")
    page.evaluate(
        "data => document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}))",
        transfer,
    )
    expect(page.locator("#status .cl-name")).to_have_text("Pasted chart.png")
    finished(page)


def transfer_of(page: Page, file: Path, name: str, media: str) -> JSHandle:
    return page.evaluate_handle(
        """([bytes, name, type]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
            return transfer;
        }""",
        [list(file.read_bytes()), name, media],
    )


def test_a_file_that_is_no_picture_is_refused_in_plain_words(page: Page, app: App, tmp_path: Path) -> None:
    before = app.service.history().total
    page.goto(app.address)
    expect(page.locator("#file-intake")).to_be_attached()
    fake = tmp_path / "chart.png"
    fake.write_bytes(b"%PDF-1.7 and so on")
    problem = page.locator("#problem .cl-problem")
    page.set_input_files("#file-intake", fake)
    expect(problem).to_contain_text("a PDF: export the page with the chart as a picture")
    page.get_by_role("button", name="Dismiss").click()
    expect(problem).to_be_hidden()
    page.set_input_files("#file-intake", fake)
    expect(problem).to_contain_text("a PDF")

    notes = tmp_path / "notes.txt"
    notes.write_text("no chart")
    page.set_input_files("#file-intake", notes)
    expect(problem).to_contain_text("That is not a picture.")
    huge = tmp_path / "huge.png"
    with huge.open("wb") as file:
        file.truncate(21_000_001)
    page.set_input_files("#file-intake", huge)
    expect(problem).to_contain_text("larger than 20 MB")
    assert app.service.history().total == before


def test_stop_ends_the_work_and_keeps_what_there_is(page: Page, app: App, chart: Path) -> None:
    app.script(POOR, GOOD, delay_s=0.4, pieces=6)
    choose(page, app, chart)
    expect(page.locator("#turns .cl-turn")).to_have_count(2)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#status .cl-doing")).to_have_text(re.compile(r"Stopped after 1 turn\."))
    view = app.service.job(app.newest_job())
    assert (view.state, len(view.turns)) == (JobState.STOPPED, 1)
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("#verdict .cl-marked:visible")).to_be_visible()


def test_a_closed_tab_changes_nothing_and_another_browser_picks_the_stream_up(
    page: Page, context: BrowserContext, app: App, chart: Path
) -> None:
    app.script(GOOD, delay_s=1, pieces=20)
    choose(page, app, chart)
    expect(page.locator("#live .cl-code")).to_contain_text("import")
    address = page.url
    page.close()
    other = context.new_page()
    other.goto(address)
    expect(other.locator("#status .cl-name")).to_have_text(chart.name)
    expect(other.locator("#live .cl-code")).to_contain_text("import")
    assert app.service.job(app.newest_job()).state is JobState.RUNNING
    app.hurry()
    finished(other)


def test_a_second_chart_takes_over_the_page(page: Page, app: App, chart: Path, tmp_path: Path) -> None:
    app.script(GOOD, delay_s=1, pieces=20)
    choose(page, app, chart)
    expect(page.locator("#live .cl-code")).to_contain_text("import")
    page.get_by_role("button", name="Stop").click()
    second = tmp_path / "second.png"
    second.write_bytes(chart.read_bytes())
    page.set_input_files("#file-intake", second)
    expect(page.locator("#status .cl-name")).to_have_text("second.png")
    app.hurry()
    finished(page)
    page.go_back()
    expect(page.locator("#status .cl-name")).to_have_text(chart.name)


def test_the_path_by_keyboard_alone(page: Page, app: App) -> None:
    app.script(POOR, GOOD)
    page.goto(app.address)
    finished(page)  # the solved example: what arrives later would take the focus away
    example = page.get_by_role("button", name="Turn the example “Lines” into code")
    for _ in range(30):
        page.keyboard.press("Tab")
        if example.evaluate("button => button === document.activeElement"):
            break
    expect(example).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?job=\d+$"))  # the name may stand there before, as the solved example
    expect(page.locator("#status .cl-name")).to_have_text("lines.png")
    finished(page)
    solved = page.url
    page.get_by_role("button", name="Run again").focus()
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(solved)
    finished(page)
    page.keyboard.press("1")
    shows(page, 1, "compare")
    page.locator("#turns input[value='1']").focus()
    page.keyboard.press("ArrowDown")
    shows(page, 2, "compare", "program")

    page.locator("#compare input[value=side]").focus()
    page.keyboard.press("ArrowRight")
    slider = page.get_by_role("slider", name="Where the rendering begins")
    expect(slider).to_be_visible()
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_value("100")
    page.keyboard.press("c")
    expect(page.locator("#verdict .cl-marked:visible")).to_have_text("You marked turn 2 correct.")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_an_edit_that_fails_is_a_turn_with_its_error(page: Page, app: App, chart: Path) -> None:
    choose(page, app, chart)
    finished(page)
    page.locator("#program").get_by_role("button", name="Edit").click()
    page.locator("#editor .cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("1 / 0")
    page.get_by_role("button", name="Run (Ctrl").click()
    expect(page.locator("#turns .cl-error:visible")).to_contain_text("ZeroDivisionError")
    shows(page, 2, "program")


def test_what_a_turn_made_can_be_downloaded(page: Page, app: App, chart: Path) -> None:
    choose(page, app, chart)
    finished(page)
    starts = {"Python": b"import matplotlib", "PNG": b"\x89PNG", "SVG": b"<?xml"}
    for word, start in starts.items():
        with page.expect_download() as download:
            page.locator("#program .cl-downloads:visible").get_by_role("link", name=word).click()
        assert download.value.suggested_filename.startswith("chart-")
        assert download.value.path().read_bytes().strip().startswith(start)


def test_nothing_on_a_phone_is_wider_than_the_phone(page: Page, app: App, chart: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    choose(page, app, chart)
    finished(page)
    page.keyboard.press("w")
    expect(page.locator("#verdict .cl-tag:visible").first).to_be_visible()
    for path in ("", "/history"):
        if path:
            page.goto(app.address + path)
            expect(page.locator("#history-list tbody tr").first).to_be_visible()
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0


def test_light_and_dark_can_be_switched_and_stay(page: Page, app: App) -> None:
    page.goto(app.address)
    toggle = page.get_by_role("button", name="Switch between light and dark")
    toggle.click()
    expect(page.locator("body")).to_have_class(re.compile(r"\bdark\b"))
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile(r"\bdark\b"))
    toggle.click()
    expect(page.locator("body")).not_to_have_class(re.compile(r"\bdark\b"))


def test_a_first_visitor_finds_a_chart_that_is_solved(page: Page, app: App) -> None:
    page.goto(app.address)
    finished(page)
    solved = [app.service.job(one.job_id) for one in app.service.examples() if one.job_id]
    best = max(turn.score.overall for job in solved for turn in job.turns)
    expect(page.locator("#turns .cl-turn", has_text="best")).to_contain_text(f"{best:.2f}")
    expect(page.locator("#verdict .cl-ask:visible")).to_be_visible()
    assert page.url == f"{app.address}/"


def test_an_address_of_no_job_says_so(page: Page, app: App) -> None:
    page.goto(f"{app.address}/?job=999999")
    expect(page.locator("#problem .cl-problem")).to_contain_text("There is no job with that number.")


def test_history_is_searched_and_paged_by_the_server(page: Page, app: App, chart: Path) -> None:
    picture = chart.read_bytes()
    app.script(GOOD, delay_s=1, pieces=20)
    for index in range(21):
        app.service.submit(picture, f"needle-{index}.png")
    page.goto(f"{app.address}/history")
    rows = page.locator("#history-list tbody tr")
    expect(rows).to_have_count(20)
    page.get_by_role("searchbox").fill("needle")
    expect(page).to_have_url(re.compile(r"/history\?q=needle$"))
    expect(page.locator("#history-list .cl-pager")).to_contain_text("1–20 of 21")
    expect(rows).to_have_count(20)
    page.get_by_role("button", name="Older").click()
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/history\?q=needle&p=1$"))
    page.reload()
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("needle-0.png")
    expect(page.get_by_role("searchbox")).to_have_value("needle")
    page.get_by_role("searchbox").fill("nothing like this")
    expect(page.locator("#history-list")).to_contain_text("Nothing matches")


def test_a_lost_stream_is_taken_up_again(page: Page, app: App, chart: Path) -> None:
    lost: list[str] = []

    def cut(route: Route) -> None:
        lost.append(route.request.url)
        route.abort() if len(lost) == 1 else route.continue_()

    page.route("**/queue/data?*", cut)
    page.goto(app.address)
    finished(page)  # the solved example, which the first stream would have brought
    assert len(lost) > 1
    app.problems.clear()  # the browser's own words about the cut
