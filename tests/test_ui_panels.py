"""The page as HTML: what a job looks like. Needs no browser and no Gradio; tests/browser/ drives the real page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.jobs import JobView
from app.ui.changes import changes_html, summary_html
from app.ui.compare import compare_html
from app.ui.history import history_html
from app.ui.markup import seconds, shown_turn, when
from app.ui.panels import Panels, render
from app.ui.program import coloured, live_html
from app.ui.status import doing
from app.ui.turns import turns_html
from app.ui.verdict import verdict_html
from model.records import Difference, Outcome, Score
from storage.records import ChartRecord, HistoryItem, HistoryPage, JobState, Label, TurnRecord, VerdictRecord

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
HOSTILE = '<img src=x onerror="alert(1)">'
CHART = ChartRecord(sha256="a" * 64, name="sales.png", width_px=640, height_px=480)


def turn(number: int, outcome: Outcome = Outcome.OK, **changes: object) -> TurnRecord:
    ran = outcome.ran
    made = TurnRecord(
        id=100 + number,
        job_id=7,
        number=number,
        attempt=1,
        author="model",
        model="nano@1",
        reading="kind: bar",
        code=f"import matplotlib.pyplot as plt\nplt.bar([1, 2], [{number}, 4])\n",
        outcome=outcome,
        error="" if ran else "Line 2: NameError: name 'plot' is not defined",
        score=Score(1.0, text=0.5, visual=0.7) if ran else Score(0.0),
        differences=(Difference("text", 'missing: "Sales"'),) if ran else (),
        render="b" * 64 if ran else "",
        seconds=1.25,
        finish="stop",
        created=NOON,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def job(*turns: TurnRecord, state: JobState = JobState.DONE, **changes: object) -> JobView:
    ran = [one for one in turns if one.outcome.ran]
    made = JobView(
        id=7,
        chart=CHART,
        state=state,
        model="nano@1",
        turns_limit=4,
        origin="upload",
        turns=turns,
        best=ran[0].number if ran else None,
        queue_place=0,
        activity="",
        writing="",
        stop_reason="",
        error="",
        created=NOON,
        seconds=4.0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def verdict(label: Label, **changes: object) -> VerdictRecord:
    made = VerdictRecord(5, 101, label, (), "", "", "", None, NOON, True)
    return replace(made, **changes)  # type: ignore[arg-type]


def url(sha256: str) -> str:
    return f"files/{sha256}.png"


def everything(view: JobView) -> str:
    return "".join(render(view, url, {}).values())


def test_whatever_comes_from_outside_is_escaped() -> None:
    hostile = turn(
        1,
        reading=HOSTILE,
        code=HOSTILE,
        error=HOSTILE,
        differences=(Difference("text", HOSTILE), Difference(HOSTILE, HOSTILE)),
        model=HOSTILE,
        verdict=verdict(Label.WRONG, comment=HOSTILE),
    )
    for turns in ((hostile,), (hostile, replace(hostile, number=2, code=HOSTILE * 2, outcome=Outcome.ERROR))):
        view = job(*turns, chart=replace(CHART, name=HOSTILE), model=HOSTILE, stop_reason=HOSTILE)
        assert "<img src=x" not in everything(view) and "&lt;img src=x" in everything(view)
    live = job(state=JobState.RUNNING, activity=HOSTILE, writing=f"<think>{HOSTILE}</think>\n```python\n{HOSTILE}\n")
    assert "<img src=x" not in everything(live)
    failed = job(state=JobState.FAILED, error=HOSTILE)
    assert "<img src=x" not in everything(failed) and "&lt;img src=x" in everything(failed)


def test_while_it_works_the_newest_turn_is_shown_and_at_the_end_the_best() -> None:
    turns = (turn(1), turn(2, Outcome.ERROR))
    assert shown_turn(job(*turns, state=JobState.RUNNING)) == 2
    assert shown_turn(job(*turns)) == 1
    assert shown_turn(job(turn(1, Outcome.ERROR), turn(2, Outcome.TIMEOUT))) == 2
    assert shown_turn(job()) == 0


def test_the_comparison_holds_the_original_and_every_rendering() -> None:
    html = compare_html(job(turn(1), turn(2, Outcome.ERROR), turn(3)), url)
    assert html.count(f'src="files/{"a" * 64}.png"') == 1
    assert html.count(f'src="files/{"b" * 64}.png"') == 2
    assert "The program stopped with an error, so there is no picture." in html
    assert '<div class="cl-of-turn" data-turn="1">' in html
    assert '<div class="cl-of-turn" data-turn="3" hidden>' in html
    assert html.count('type="range"') == 2 and html.count('type="radio"') == 4


def test_a_turn_tells_its_parts_and_what_was_wrong() -> None:
    html = turns_html(job(turn(1, score=Score(1.0, text=0.5, layout=1.0, visual=0.75)), turn(2, Outcome.ERROR)), url)
    assert "width:50%" in html and "width:100%" in html and "width:75%" in html
    assert html.count("not judged") == 3  # kind, colour, data of turn 1; turn 2 did not run
    assert "missing: &quot;Sales&quot;" in html
    assert "NameError: name &#x27;plot&#x27; is not defined" in html
    assert ">best<" in html and ">0.75<" in html


def test_a_running_job_adds_the_turn_at_work() -> None:
    html = turns_html(job(turn(1), state=JobState.RUNNING, activity="writing"), url)
    assert 'value="live"' in html and "Writing the code" in html
    assert 'value="live"' not in turns_html(job(turn(1)), url)


def test_what_changed_is_a_diff_against_the_turn_before() -> None:
    before = turn(1, code="a = 1\nb = 2\nc = 3")
    html = changes_html(turn(2, code="a = 1\nb = 5\nc = 3\nd = 4"), before)
    assert "Changed since turn 1: 2 added, 1 removed." in html
    assert "<del>-b = 2</del>" in html and "<ins>+b = 5</ins>" in html and "<ins>+d = 4</ins>" in html
    assert "The same program as in turn 1." in changes_html(turn(2, code=before.code), before)
    assert "nothing changed yet" in changes_html(before, None)
    assert "⋯" not in html  # nothing is left out above the first line


def test_what_changed_is_told_in_short_beside_the_score() -> None:
    before = turn(1, code="a = 1\nb = 2", score=Score(1.0, text=0.5, colour=0.1, visual=0.75))
    after = turn(2, code="a = 1\nb = 3\nc = 4", score=Score(1.0, text=0.5, colour=0.9, layout=1.0, visual=0.7))
    html = summary_html(after, before)
    assert "What changed since turn 1" in html and "2 added, 1 removed" in html and 'data-view="changes"' in html
    assert "0.10 → 0.90" in html and "0.75 → 0.70" in html and "0.50 →" not in html  # nor a part judged only once
    assert summary_html(after, None) == "" and "button" not in summary_html(after, after)
    html = turns_html(job(turn(1, Outcome.ERROR), turn(2)), url)
    assert html.count("What changed since turn 1") == 1 and "→" not in html  # what failed has no score to compare


def test_a_line_that_looks_like_a_diff_header_counts_as_a_line() -> None:
    html = changes_html(turn(2, code="x\n++ y"), turn(1, code="x\n-- z"))
    assert "1 added, 1 removed" in html


def test_code_is_coloured_and_keeps_every_character() -> None:
    html = coloured('import numpy as np\nx = "a < b"  # note')
    assert '<span class="hl-kn">import</span>' in html
    assert "a &lt; b" in html


def test_the_live_panel_shows_reading_and_code_as_far_as_written() -> None:
    writing = "<think>\nkind: pie\n</think>\n\n```python\nimport matplotlib"
    html = live_html(job(state=JobState.RUNNING, activity="writing", writing=writing))
    assert "kind: pie" in html and ">import<" in html and "```" not in html and "think" not in html
    assert 'data-turn="live"' not in live_html(job(turn(1)))


def test_the_verdict_is_asked_given_and_can_be_undone() -> None:
    asked = verdict_html(job(turn(1)), {})
    assert 'data-label="correct"' in asked and 'data-label="wrong"' in asked and "undo" not in asked
    correct = verdict_html(job(turn(1, verdict=verdict(Label.CORRECT))), {})
    assert "You marked turn 1 correct." in correct and 'data-event="undo"' in correct and "checkbox" not in correct
    wrong = verdict_html(job(turn(1, verdict=verdict(Label.WRONG, tags=("colour",), comment="too pale"))), {})
    assert 'value="colour" checked' in wrong and 'value="text" checked' not in wrong and 'value="too pale"' in wrong


def test_a_turn_without_a_rendering_cannot_be_judged() -> None:
    html = verdict_html(job(turn(1, Outcome.ERROR)), {})
    assert "button" not in html and "no rendering to judge" in html


def test_the_status_is_one_sentence() -> None:
    assert doing(job(state=JobState.QUEUED, queue_place=1)) == "Waiting, next to start"
    assert doing(job(state=JobState.QUEUED, queue_place=3)) == "Waiting, 2 ahead"
    running = job(turn(1), state=JobState.RUNNING, activity="running")
    assert doing(running) == "Turn 2 of 4: Running the code"
    assert doing(job(turn(1), stop_reason="Good enough.")) == "Done after 1 turn in 4.0 s. Good enough."
    assert doing(job(turn(1), turn(2), state=JobState.STOPPED)) == "Stopped after 2 turns."
    assert doing(job(state=JobState.FAILED, error="No model.")) == "This did not work: No model."


def test_only_panels_that_changed_are_sent_again() -> None:
    before = render(job(turn(1), state=JobState.RUNNING, activity="writing", writing="```python\nimport"), url, {})
    after = render(job(turn(1), state=JobState.RUNNING, activity="writing", writing="```python\nimport os"), url, {})
    sent = Panels(*(new or "" for new in after.changed_since(before)))
    assert sent == Panels(live=after.live)


def test_history_lists_links_escapes_and_pages() -> None:
    item = HistoryItem(
        job_id=12,
        chart=replace(CHART, name=HOSTILE),
        state=JobState.DONE,
        model="nano@1",
        origin="upload",
        created=NOON,
        turns=3,
        outcome=Outcome.OK,
        overall=0.875,
        render="b" * 64,
        label=Label.WRONG,
    )
    html = history_html(
        HistoryPage((item, replace(item, overall=None, render="", label=None)), 45, 1, 20), "q", url, {}
    )
    assert 'href="./?job=12"' in html and "<img src=x" not in html
    assert ">0.88<" in html and ">–<" in html and "cl-wrong" in html
    assert "21–22 of 45" in html and 'data-page="0"' in html and 'data-page="2"' in html
    empty = history_html(HistoryPage((), 0, 0, 20), "<b>", url, {})
    assert "Nothing matches “&lt;b&gt;”." in empty and "cl-pager" not in empty


def test_times_are_told_as_short_as_they_can_be() -> None:
    now = datetime.now().astimezone().replace(month=6, day=15, hour=12, minute=0)
    assert when(now.replace(hour=9, minute=5), now) == "09:05"
    assert when(now.replace(month=3, day=3, hour=14, minute=5), now) == "3 Mar 14:05"
    assert when(now.replace(year=now.year - 1, month=3, day=3), now) == f"3 Mar {now.year - 1}"
    assert [seconds(value) for value in (0.84, 12.4, 200)] == ["0.8 s", "12 s", "3 min 20 s"]
    assert when(now - timedelta(0), now) == "12:00"
