"""What became of verdicts, and of the versions made of them, told from rows in a real store (tests/stories.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.fates import Fates, Now, Stage
from app.refreshes import Refreshes
from app.settings import RefreshSettings
from app.ui.fate import fate_html
from model.errors import BadInput, NotFound
from model.records import Execution, Outcome
from storage.records import Decision, Label, ModelVersion, Part, RunState, VerdictRecord
from storage.repository import Store
from tests.judged_store import RIGHT, WRONG, add_job, add_turn, judge, picture
from tests.stories import CURVE, Story, begin, freeze, item, tell

PNG = b"\x89PNG"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """nano@1 answers."""
    with Store.open(tmp_path) as store:
        store.versions.promote(store.versions.add("nano", "somewhere", "a" * 64).number)
        yield store


@pytest.fixture
def fates(store: Store) -> Fates:
    return Fates(store)


def refreshes_of(store: Store, **settings: int) -> Refreshes:
    drawn = Execution(Outcome.OK, pixels=picture(1))
    return Refreshes(store, RefreshSettings(**settings), Fates(store), lambda _program: drawn)  # type: ignore[arg-type]


def chart_of(store: Store, verdict: VerdictRecord) -> str:
    turn = store.jobs.turn(verdict.turn_id)
    job = store.jobs.get(turn.job_id) if turn else None
    assert job is not None
    return job.chart.sha256


def made_of(store: Store, verdict: VerdictRecord, part: Part = Part.TRAIN, **drawn: Any) -> ModelVersion:
    """A version made of one verdict; `drawn` is what it makes of that chart, if anything."""
    chart = chart_of(store, verdict)
    items = {chart: item(chart, **{"overall": 0.5, **drawn})} if drawn else {}
    return tell(store, Story([(verdict.id, part, "")], items))


def test_a_verdict_waits_is_at_work_and_is_in_a_version(store: Store, fates: Fates) -> None:
    verdict = judge(store, 1, right=False)
    assert fates.of(verdict).stage is Stage.WAITING
    run = begin(store)
    freeze(store, run, [(verdict.id, Part.TRAIN, "")])
    assert (fates.of(verdict).stage, fates.of(verdict).run_id) == (Stage.AT_WORK, run.id)
    store.runs.finish(run.id, run.attempt, RunState.FAILED, error="no memory")
    assert (fates.of(verdict).stage, fates.of(verdict).run_id) == (Stage.NOTHING, run.id)
    version = made_of(store, verdict)
    fate = fates.of(verdict)
    assert (fate.stage, fate.version, fate.part, fate.also) == (Stage.IN_VERSION, version, Part.TRAIN, ())


def test_a_verdict_left_out_says_why_until_a_later_run_takes_it(store: Store, fates: Fates) -> None:
    verdict = judge(store, 1, right=False)
    run = begin(store)
    freeze(store, run, [(verdict.id, Part.LEFT_OUT, "raters disagree about it")])
    store.runs.finish(run.id, run.attempt, RunState.FAILED, error="nothing to learn from")
    fate = fates.of(verdict)
    assert (fate.stage, fate.reason, fate.run_id) == (Stage.LEFT_OUT, "raters disagree about it", run.id)
    made_of(store, verdict, Part.GATE)
    assert (fates.of(verdict).stage, fates.of(verdict).part) == (Stage.IN_VERSION, Part.GATE)


def test_what_became_of_a_right_program_is_told_beside_the_verdict(store: Store, fates: Fates) -> None:
    verdict = judge(store, 1, right=False)
    tell(store, Story([(verdict.id, Part.TRAIN, "the program was learnt from")], {}))
    fate = fates.of(verdict)
    assert (fate.stage, fate.reason) == (Stage.IN_VERSION, "the program was learnt from")
    assert "The program was learnt from." in fate_html(fate, Label.WRONG, 0.5)


def test_it_is_told_of_the_champion_if_it_is_in_there_else_of_the_newest(store: Store, fates: Fates) -> None:
    verdict = judge(store, 1, right=False)
    second, third = made_of(store, verdict), made_of(store, verdict)
    assert (fates.of(verdict).version, fates.of(verdict).also) == (third, (second.label,))
    store.versions.promote(second.number)
    fate = fates.of(verdict)
    assert fate.version is not None
    assert (fate.version.number, fate.also) == (second.number, (third.label,))
    run = begin(store)
    freeze(store, run, [(verdict.id, Part.TRAIN, "")])
    assert fates.of(verdict).next_run == run.id


@pytest.mark.parametrize(
    ("drawn", "now"),
    [
        ({}, Now.UNTRIED),
        ({"program": RIGHT, "right": True}, Now.RIGHT),  # like what was judged correct
        ({"program": RIGHT, "right": False}, Now.WRONG),
        ({"program": WRONG}, Now.WRONG),  # the very program that was judged wrong
        ({"program": "plt.pie([1])"}, Now.UNSURE),
        ({"program": "plt.pie([1])", "outcome": "error"}, Now.WRONG),
    ],
)
def test_what_a_version_makes_of_the_chart(store: Store, fates: Fates, drawn: dict[str, Any], now: Now) -> None:
    verdict = judge(store, 1, right=False)
    made_of(store, verdict, **drawn)
    sight = fates.of(verdict).sight
    assert (sight.now, sight.person, sight.drawn) == (now, False, bool(drawn) and drawn.get("outcome") != "error")
    assert (sight.overall is None) is (not drawn)


def test_the_program_that_was_judged_correct_is_right(store: Store, fates: Fates) -> None:
    verdict = judge(store, 1, right=True)
    made_of(store, verdict, program=RIGHT)
    assert fates.of(verdict).sight.now is Now.RIGHT


def test_a_persons_word_on_the_versions_own_answer_counts_most(store: Store, fates: Fates) -> None:
    verdict = judge(store, 1, right=False)
    version = made_of(store, verdict, program=WRONG)
    turn = add_turn(store, add_job(store, 1, version.label), RIGHT, model=version.label)
    said = store.verdicts.add(turn, Label.CORRECT)
    assert (fates.of(verdict).sight.now, fates.of(verdict).sight.person) == (Now.RIGHT, True)
    store.verdicts.withdraw(said.id)
    assert (fates.of(verdict).sight.now, fates.of(verdict).sight.person) == (Now.WRONG, False)


def test_the_newest_verdict_of_each_job(store: Store, fates: Fates) -> None:
    first, second = judge(store, 1, right=False), judge(store, 2, right=True)
    made_of(store, first)
    jobs = {verdict.id: turn.job_id for verdict in (first, second) if (turn := store.jobs.turn(verdict.turn_id))}
    found = fates.of_jobs([*jobs.values(), 99])
    assert {job: fate.stage for job, fate in found.items()} == {
        jobs[first.id]: Stage.IN_VERSION,
        jobs[second.id]: Stage.WAITING,
    }


def test_the_outlook_counts_what_is_missing_for_the_next_run(store: Store) -> None:
    refreshes = refreshes_of(store, min_new=6, min_per_class=2)
    for number in range(3):
        judge(store, number, right=number == 0)
    outlook = refreshes.outlook()
    assert (outlook.needed, outlook.needed_any) == ({Label.CORRECT: 1, Label.WRONG: 0}, 3)
    assert (outlook.judged, outlook.open, outlook.last, outlook.estimate_s) == (3, None, None, None)
    tell(store, Story([(verdict.id, Part.TRAIN, "") for verdict in store.verdicts.all()]))
    judge(store, 4, right=False)
    outlook = refreshes.outlook()
    assert (outlook.new, outlook.judged) == ({Label.CORRECT: 0, Label.WRONG: 1}, 4)
    assert outlook.last is not None and outlook.last.metrics["curve"] == CURVE
    assert outlook.estimate_s is not None and outlook.estimated_from == 1


def test_only_runs_that_ended_well_tell_how_long_one_takes(store: Store) -> None:
    judge(store, 1, right=False)
    run = refreshes_of(store).ask()
    claimed = begin(store)
    assert claimed.id == run.id and claimed.trigger == "somebody asked for it on the page"
    store.runs.finish(run.id, claimed.attempt, RunState.FAILED, error="no memory")
    outlook = refreshes_of(store).outlook()
    assert outlook.last is not None and outlook.last.state is RunState.FAILED and outlook.estimate_s is None


def test_a_refresh_is_asked_for_once_and_can_be_cancelled(store: Store) -> None:
    refreshes = refreshes_of(store)
    with pytest.raises(BadInput, match="nothing to learn from"):
        refreshes.ask()
    judge(store, 1, right=False)
    run = refreshes.ask()
    assert refreshes.ask().id == run.id
    claimed = begin(store)
    refreshes.cancel(run.id)
    found = refreshes.outlook().open
    assert found is not None and found.stop_requested and not claimed.stop_requested
    with pytest.raises(NotFound):
        refreshes.cancel(99)


def test_versions_are_promoted_and_rolled_back_and_it_is_told_by_whom(store: Store) -> None:
    refreshes, version = refreshes_of(store), made_of(store, judge(store, 1, right=False))
    assert refreshes.lineage().waiting == version
    refreshes.promote(version.number)
    lineage = refreshes.lineage()
    assert (lineage.champion, lineage.previous, lineage.waiting) == (lineage.get(2), lineage.get(1), None)
    assert [(one.kind, one.number) for one in lineage.changes] == [("promote", 2), ("promote", 1)]
    assert lineage.changes[0].changed_by == "a person, on the page"
    with pytest.raises(BadInput, match=r"^Version 2 is the champion already\.$"):
        refreshes.promote(2)
    refreshes.rollback()
    assert refreshes.lineage().champion == refreshes.lineage().get(1)
    with pytest.raises(BadInput, match=r"^There is no champion before this one to go back to\.$"):
        refreshes.rollback()


def test_a_dossier_holds_what_a_version_was_made_of_and_what_came_of_it(store: Store) -> None:
    wrong, right, held_out = (judge(store, number, right=number == 1) for number in range(3))
    uses = [(wrong.id, Part.TRAIN, ""), (right.id, Part.TRAIN, ""), (held_out.id, Part.GATE, "")]
    made = (item(chart_of(store, wrong), RIGHT, 0.9, right=True), item(chart_of(store, right), WRONG, 0.3, right=False))
    story = Story(uses, {one["chart"]: one for one in made}, decision=Decision.REFUSED, passed=False, reason="worse")
    dossier = refreshes_of(store).dossier(tell(store, story).number)
    assert dossier.parent is not None and dossier.parent.label == "nano@1" and dossier.compared_with == dossier.parent
    assert dossier.report is not None and dossier.report.reason == "worse"
    assert dossier.snapshot is not None and dossier.snapshot.counts["train"] == 2
    assert [(one.answer.part, one.sight.now) for one in dossier.retried] == [
        (Part.GATE, Now.UNTRIED),
        (Part.TRAIN, Now.RIGHT),
    ]
    assert [one.sight.now for one in dossier.kept] == [Now.WRONG]
    first = refreshes_of(store).dossier(1)
    assert (first.parent, first.run, first.snapshot, first.report, first.retried) == (None, None, None, None, ())
    with pytest.raises(NotFound):
        refreshes_of(store).dossier(99)


def test_a_drawing_is_made_when_it_is_asked_for(store: Store) -> None:
    verdict = judge(store, 1, right=False)
    version = made_of(store, verdict, program=RIGHT)
    assert refreshes_of(store).drawing(version.number, chart_of(store, verdict)).startswith(PNG)
    for number, chart in ((version.number, "b" * 64), (1, chart_of(store, verdict)), (99, "b" * 64)):
        with pytest.raises(NotFound):
            refreshes_of(store).drawing(number, chart)
