"""The models page as HTML: what its parts say. Needs no browser and no Gradio; tests/browser/ drives the real page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.fates import Fate, Now, Sight, Stage
from app.refreshes import Dossier, Lineage, Outlook, Retried
from app.settings import RefreshSettings
from app.ui import text_models
from app.ui.answering import answering_html
from app.ui.curve import curves_html, reliability_html
from app.ui.fate import fate_html, fate_short, sight_says
from app.ui.gate import gate_html
from app.ui.training import training_html
from app.ui.version import version_html
from app.ui.versions import versions_html
from storage.fates import JudgedAnswer
from storage.records import (
    AliasChange,
    ChartRecord,
    Decision,
    GateReport,
    Label,
    ModelVersion,
    Part,
    RunState,
    SnapshotRecord,
    TrainingRun,
    VersionState,
)
from tests.stories import CURVE, RECIPE, RELIABILITY, SECONDS, conditions

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
HOSTILE = '<img src=x onerror="alert(1)">'


def version(number: int, state: VersionState = VersionState.CANDIDATE, **changes: object) -> ModelVersion:
    made = ModelVersion(
        number, "nano", "", "somewhere", f"{number:064x}", {}, state, NOON, number - 1 or None, RECIPE,
        "c" * 64 if number > 1 else "", number - 1 or None,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def run(state: RunState = RunState.RUNNING, **changes: object) -> TrainingRun:
    made = TrainingRun(
        4, "nft", {}, "c" * 64, state, {}, "", "trainer", "12 new verdicts", 1, "tune", {}, NOON, NOON,
        NOON + timedelta(minutes=6) if state.final else None, False,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def report(decision: Decision = Decision.WAITING, *, passed: bool = True, failed: str = "") -> GateReport:
    figures = {"conditions": conditions(failed), "worth": {"calibration": RELIABILITY}}
    return GateReport(1, 2, 1, 4, passed, decision, "ask", "more would be accepted", figures, NOON)


def lineage(*versions: ModelVersion, decided: GateReport | None = None) -> Lineage:
    champion = next((one for one in versions if one.state is VersionState.CHAMPION), None)
    changes = tuple(AliasChange(n, "champion", 1, "promote", f"person {n}", "", NOON) for n in range(5, 0, -1))
    return Lineage(versions, champion, None, NOON, changes, {decided.number: decided} if decided else {})


def outlook(**changes: object) -> Outlook:
    none = {Label.CORRECT: 0, Label.WRONG: 0}
    made = Outlook(None, None, None, None, 0, none, none, 0, 3, RefreshSettings())
    return replace(made, **changes)  # type: ignore[arg-type]


def retried(now: Now, label: Label = Label.WRONG, name: str = "sales.png", **sight: object) -> Retried:
    chart = ChartRecord("a" * 64, name, 640, 480)
    answer = JudgedAnswer(1, label, Part.TRAIN, 7, 1, "nano@1", chart, "b" * 64, "plt.bar([1], [2])", 0.25)
    return Retried(answer, Sight(now, **sight))  # type: ignore[arg-type]


def dossier(*charts: Retried, **changes: object) -> Dossier:
    counts = {"train": 3, "gate": 1, "correct": 1, "wrong": 2, "left_out": {HOSTILE: 2}}
    frozen = SnapshotRecord("c" * 64, "somewhere", 9, {}, counts, NOON)
    done = run(RunState.DONE, metrics={"seconds": SECONDS, "curve": CURVE})
    made = Dossier(version(2), version(1), done, frozen, report(), version(1), charts, ())
    return replace(made, **changes)  # type: ignore[arg-type]


def url(sha256: str) -> str:
    return f"files/{sha256}.png"


def test_whatever_comes_from_outside_is_escaped() -> None:
    hostile = version(2, name=HOSTILE)
    refused = replace(report(Decision.REFUSED, passed=False), reason=HOSTILE)
    chart = retried(Now.UNSURE, name=HOSTILE, overall=0.5, drawn=True)
    change = AliasChange(1, "champion", 2, "promote", HOSTILE, HOSTILE, NOON)
    line = replace(lineage(hostile, decided=refused), changes=(change,))
    made = dossier(chart, replace(chart, answer=replace(chart.answer, model=HOSTILE)), version=hostile, report=refused)
    failed = run(RunState.FAILED, error=HOSTILE)
    html = "".join(
        (
            answering_html(line, HOSTILE),
            versions_html(line, 2),
            version_html(replace(made, kept=(chart,)), line, url),
            training_html(outlook(last=failed)),
            training_html(outlook(open=run(trigger=HOSTILE, phase=HOSTILE))),
            fate_html(Fate(Stage.LEFT_OUT, reason=HOSTILE, also=(HOSTILE,)), Label.WRONG, 0.5),
            fate_short(Fate(Stage.IN_VERSION, version=hostile), Label.WRONG),
        )
    )
    assert "<img src=x" not in html and html.count("&lt;img src=x") > 10


def test_every_phase_of_a_refresh_has_its_place_in_the_row() -> None:
    for number, phase in enumerate(text_models.PHASES_SHORT):
        html = training_html(outlook(open=run(phase=phase)), NOON)
        assert html.count('class="cl-past"') == number and html.count("aria-current=step") == 1
        assert "Run 4: starting" not in html


def test_a_run_at_work_tells_how_far_it_is_and_how_long_it_will_take() -> None:
    at_work = run(progress={"done": 12, "of": 60, "curve": CURVE})
    html = training_html(outlook(open=at_work, estimate_s=600.0, estimated_from=2), NOON + timedelta(minutes=4))
    assert "Run 4: training" in html and '<progress value="12" max="60">' in html
    assert "12 of 60 · 4 min 0 s so far, about 6 min left" in html
    assert "right ones +1.33, wrong ones -2.00" in html and 'data-event="cancel"' in html
    late = training_html(outlook(open=at_work, estimate_s=60.0, estimated_from=2), NOON + timedelta(minutes=4))
    assert "about" not in late  # it takes longer than any before: nobody knows
    assert "asked to stop" in training_html(outlook(open=run(stop_requested=True)), NOON)


def test_a_run_that_nobody_takes_up_says_what_to_do() -> None:
    waiting = outlook(open=run(RunState.QUEUED, phase=""))
    assert "python -m training" not in training_html(waiting, NOON + timedelta(seconds=5))
    assert "python -m training refresh --watch" in training_html(waiting, NOON + timedelta(seconds=30))


@pytest.mark.parametrize(
    ("estimate_s", "runs", "said"),
    [
        (None, 0, "How long it takes is not known yet"),
        (8.2, 1, "Takes about 8 s, as the one before did."),
        (73.0, 3, "Takes about 75 s, as 3 before did."),
        (569.0, 5, "Takes about 9 min, as 5 before did."),
        (7800.0, 2, "Takes about 2 h 10 min, as 2 before did."),
    ],
)
def test_the_button_says_how_long_it_will_take(estimate_s: float | None, runs: int, said: str) -> None:
    html = training_html(outlook(estimate_s=estimate_s, estimated_from=runs))
    assert said in html and "disabled" not in html


def test_how_the_last_run_ended() -> None:
    made = version(5)
    done = training_html(outlook(last=run(RunState.DONE, metrics={"number": 5}), made=made))
    assert 'it made <a href="models?v=5">nano@5</a>' in done and "after 6 min 0 s" in done
    assert "Run 4 failed" in training_html(outlook(last=run(RunState.FAILED, error="no memory")))
    assert "Run 4 was stopped" in training_html(outlook(last=run(RunState.CANCELLED)))
    assert "No refresh has run yet." in training_html(outlook())
    assert "disabled" in training_html(outlook(judged=0))


def test_what_starts_the_next_run() -> None:
    def said(correct: int, wrong: int, more: int) -> str:
        return training_html(outlook(needed={Label.CORRECT: correct, Label.WRONG: wrong}, needed_any=more))

    assert "after 2 more correct, 3 more wrong and 4 more of any kind." in said(2, 3, 9)
    assert "after 3 more wrong." in said(0, 3, 2)
    assert "the next one starts by itself soon." in said(0, 0, 0)
    often = training_html(outlook(settings=RefreshSettings(every_hours=12, quiet=(8, 20), policy="auto")))
    assert "12 hours" in often and "from 8:00 to 20:00" in often
    assert "<div class=cl-chosen aria-current=true><dt>auto</dt>" in often


def test_curves_show_what_became_likelier_and_need_two_points() -> None:
    html = curves_html(run(metrics={"curve": CURVE}))
    assert html.count("<figure") == 2 and "Loss over 40 steps, from -0.020 to -0.800" in html
    assert 'points="5.0,5.0 ' in html  # a falling loss begins at the top left
    assert html.count('class="cl-right"') == 2 and html.count('class="cl-wrong"') == 2
    assert curves_html(run(metrics={"curve": CURVE[:1]})) == "" == curves_html(run())
    flat = curves_html(run(progress={"curve": [{"step": step, "loss": -0.0001 * step} for step in (1, 2)]}))
    assert flat.count("<figure") == 1 and "from 0.000 to 0.000" in flat
    assert 'points="5.0,35.9 315.0,36.1"' in flat  # hardly a change, so hardly a slope
    long = [{"step": step, "loss": 1 / step} for step in range(1, 1001)]
    points = curves_html(run(metrics={"curve": long})).split('points="')[1].split('"')[0].split()
    assert len(points) <= 160 and "to 0.001" in curves_html(run(metrics={"curve": long}))


def test_a_reliability_curve_has_a_point_for_each_bin() -> None:
    html = reliability_html([{"n": 4, "foretold": 0.5, "observed": 0.8}, {"n": 1, "foretold": 0.0, "observed": 0.0}])
    assert html.count("<circle") == 2 and 'cx="75.0" cy="30.0" r="7.0"' in html


@pytest.mark.parametrize(
    ("decided", "state", "said"),
    [
        (report(), VersionState.CANDIDATE, "Passed.</strong> More would be accepted. It waits for your yes."),
        (report(), VersionState.CHAMPION, "Passed.</strong> More would be accepted. <span"),
        (report(Decision.PROMOTED), VersionState.CHAMPION, "Passed, and let in at once."),
        (report(Decision.REFUSED, passed=False, failed="charts"), VersionState.REJECTED, "Refused."),
        (report(passed=False), VersionState.CANDIDATE, "Could not be judged in full."),
    ],
)
def test_the_gate_says_its_decision_its_reason_and_each_condition(
    decided: GateReport, state: VersionState, said: str
) -> None:
    html = gate_html(decided, version(1), state)
    assert said in html and "Compared with nano@1 on the same charts." in html
    assert html.count("<li") == 7 and html.count('<li class="cl-unknown">') == 1
    assert html.count('<li class="cl-failed">') == (decided.decision is Decision.REFUSED)
    assert "– bar" in html and "+0.010 … +0.090" in html and "Area under the curve 0.91" in html
    assert "has not judged" in gate_html(None, None, state)


def test_only_what_passed_is_let_in_without_a_question() -> None:
    champion, candidate = version(1, VersionState.CHAMPION), version(2)
    passed = answering_html(lineage(candidate, champion, decided=report()), "nano@1")
    assert "dialog" not in passed and 'data-event="promote" data-number="2"' in passed
    for decided in (report(Decision.REFUSED, passed=False), report(passed=False), None):
        html = answering_html(lineage(candidate, champion, decided=decided), "nano@1")
        assert "<dialog" in html and "One click brings nano@1 back." in html
    assert "No version answered before it." in passed and "rollback" not in passed
    back = answering_html(replace(lineage(candidate, champion), previous=candidate), "nano@1")
    assert 'data-event="rollback"' in back and "Roll back to nano@2" in back
    assert "person 3" in back.split("<details")[0] and "person 2" in back.split("<details")[1]


def test_another_model_of_the_settings_answers() -> None:
    html = answering_html(lineage(version(1, VersionState.CHAMPION)), "qwen at http://gpu:8000/v1")
    assert "qwen at http://gpu:8000/v1 answers, as CHARTLOOP_MODEL__NAME says." in html
    assert "No version is there yet" in answering_html(Lineage((), None, None, None, (), {}), "no model")


def test_versions_say_where_they_come_from() -> None:
    html = versions_html(lineage(version(2), version(1, VersionState.CHAMPION)), 2)
    assert "from nano@1 · " in html and html.count(" checked") == 1 and 'value="2" checked' in html
    assert "answers now" in html and "candidate" in html


def test_a_version_shows_each_chart_before_and_after() -> None:
    right = retried(Now.RIGHT, overall=0.97, drawn=True)
    charts = (
        right,
        retried(Now.UNSURE, overall=0.5, drawn=True),
        retried(Now.WRONG, overall=0.0),
        retried(Now.UNTRIED),
    )
    kept = (retried(Now.RIGHT, Label.CORRECT, overall=1.0), retried(Now.WRONG, Label.CORRECT, overall=0.2))
    html = version_html(dossier(*charts, kept=kept), lineage(version(2), version(1)), url)
    assert html.count("<figure><div>") == 12 and "1 of 4 now right" in html
    assert html.count(f"drawings/2/{'a' * 64}.png?of={'0' * 12}") == 2
    assert "Its program drew nothing." in html and "Not tried yet" in html and "0.25 → 0.50" in html
    assert "1 of 2 still right" in html and "now wrong" in html
    assert (
        "trained on: 3 (1 correct, 2 wrong). Held out to compare versions by: 1." in html
        and "Train</dt><dd>3 min 10 s" in html
    )
    assert "NFT, 2 epochs, learning rate 5e-05" in html
    first = version_html(dossier(version=version(1), parent=None, run=None, snapshot=None), lineage(version(1)), url)
    assert "It was not made by a refresh" in first and "The gate" not in first


@pytest.mark.parametrize(
    ("label", "now", "sentence", "short"),
    [
        (Label.WRONG, Now.RIGHT, "It now gets this chart right.", "nano@2: now right"),
        (Label.WRONG, Now.WRONG, "It still gets this chart wrong.", "nano@2: still wrong"),
        (Label.CORRECT, Now.RIGHT, "It still gets this chart right.", "nano@2: still right"),
        (Label.CORRECT, Now.WRONG, "It now gets this chart wrong.", "nano@2: now wrong"),
        (Label.WRONG, Now.UNTRIED, "It has not been tried on this chart yet.", "nano@2: not tried"),
        (Label.WRONG, Now.UNSURE, "score 0.25 before, 0.75 now.", "nano@2: changed"),
    ],
)
def test_what_became_of_a_verdict_is_told_by_the_verdict(label: Label, now: Now, sentence: str, short: str) -> None:
    sight = Sight(now, overall=0.75)
    fate = Fate(Stage.IN_VERSION, run_id=1, version=version(2, VersionState.CHAMPION), sight=sight, next_run=3)
    html = fate_html(fate, label, 0.25)
    assert 'href="models?v=2">nano@2</a> learnt from it and answers now.' in html
    assert sentence in html and "Run 3 takes it up again." in html
    assert fate_short(fate, label) == short
    held_out = fate_html(replace(fate, part=Part.GATE), label, 0.25)
    assert "was compared by it, not trained on it, and answers now." in held_out


def test_a_persons_word_is_told_as_such() -> None:
    assert "A person found its answer to this chart wrong." in sight_says(Sight(Now.WRONG, True), Label.WRONG, 0.5)


def test_a_verdict_that_is_in_no_version_says_so() -> None:
    said = {
        Stage.WAITING: "Waits for the next refresh.",
        Stage.AT_WORK: "In run 4, which is at work.",
        Stage.LEFT_OUT: "Left out of run 4: raters disagree.",
        Stage.NOTHING: "Run 4 ended without a version; the next one takes it up again.",
    }
    for stage, words in said.items():
        assert words in fate_html(Fate(stage, reason="raters disagree", run_id=4), Label.WRONG, 0.5)
