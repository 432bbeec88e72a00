"""The repair loop with real programs in the real sandbox; the answers of the model and the judge are scripted.

A program here scores what its title says, so every expected number can be read off the test.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from model.errors import GeneratorUnreachable, SandboxUnavailable
from model.progress import RETRY_TEMPERATURE, StopReason, normalised
from model.records import Chart, Difference, Execution, Outcome, Score
from model.repair import (
    Event,
    Finished,
    Judge,
    Running,
    TurnDone,
    TurnStarted,
    Writing,
    repair,
    run_by_hand,
)
from model.sandbox import Sandbox
from tests.fakes import ScriptedGenerator

CHART = Chart(sha256="0" * 64, name="sales.png", pixels=np.full((40, 60, 3), 255, np.uint8))


def program(score: float, extra: str = "") -> str:
    return f"import matplotlib.pyplot as plt\n{extra}\nplt.bar([1, 2], [3, 4])\nplt.title('{score}')\n"


BROKEN = "import matplotlib.pyplot as plt\nplt.bar([1, 2], undefined)\n"


def _title_score(chart: Chart, execution: Execution) -> Score:
    assert execution.facts is not None
    return Score(execution=1.0, visual=float(execution.facts.texts[0].text))


def _title_difference(chart: Chart, execution: Execution, score: Score) -> tuple[Difference, ...]:
    return (Difference("visual", f"similarity {score.visual}"),)


JUDGE = Judge(_title_score, _title_difference)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as sandbox:
        yield sandbox


def run(generator: ScriptedGenerator, sandbox: Sandbox, **asked: object) -> list[Event]:
    return list(repair(CHART, generator, sandbox, judge=JUDGE, **asked))  # type: ignore[arg-type]


def done(events: list[Event]) -> list[TurnDone]:
    return [event for event in events if isinstance(event, TurnDone)]


def finished(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def test_a_good_first_answer_ends_the_loop_and_every_step_is_an_event(sandbox: Sandbox) -> None:
    generator = ScriptedGenerator([program(0.97)], pieces=3)
    events = run(generator, sandbox)
    kinds = [type(event) for event in events]
    assert kinds == [TurnStarted, Writing, Writing, Writing, Running, TurnDone, Finished]
    assert events[4] == Running(1, program(0.97).strip())
    assert finished(events).reason is StopReason.GOOD_ENOUGH
    best = finished(events).best
    assert best is not None and best.index == 1 and best.score.overall == 0.97
    assert best.completion is not None and best.completion.prompt_token_ids == (1, 2, 3)
    assert best.answer.reading.startswith("kind: bar") and best.author == "model" and best.seconds > 0


def test_an_error_is_told_to_the_model_and_mended(sandbox: Sandbox) -> None:
    generator = ScriptedGenerator([BROKEN, program(0.96)])
    events = run(generator, sandbox)
    first, second = (event.turn for event in done(events))
    assert first.execution.outcome is Outcome.ERROR and first.score.overall == 0
    assert second.execution.outcome is Outcome.OK
    answer, feedback = generator.conversations[1].history[0]
    assert answer.code == BROKEN.strip()
    assert "NameError: name 'undefined' is not defined" in feedback.error and feedback.pixels is None


def test_a_rendering_comes_back_with_its_named_differences(sandbox: Sandbox) -> None:
    generator = ScriptedGenerator([program(0.5), program(0.96)])
    run(generator, sandbox)
    _, feedback = generator.conversations[1].history[0]
    assert feedback.error == "" and feedback.pixels is not None
    assert feedback.differences == (Difference("visual", "similarity 0.5"),)


def test_the_best_turn_is_kept_even_if_later_ones_are_worse(sandbox: Sandbox) -> None:
    events = run(ScriptedGenerator([program(0.5), program(0.7), program(0.3), program(0.4)]), sandbox)
    best = finished(events).best
    assert best is not None and best.index == 2


def test_a_running_program_beats_any_that_fails(sandbox: Sandbox) -> None:
    events = run(ScriptedGenerator([BROKEN, program(0.0), BROKEN + "# again"]), sandbox, turns=3)
    best = finished(events).best
    assert best is not None and best.index == 2


def test_turns_are_bounded(sandbox: Sandbox) -> None:
    answers = [program(score / 10) for score in range(1, 9)]
    events = run(ScriptedGenerator(answers), sandbox, turns=3)
    assert len(done(events)) == 3 and finished(events).reason is StopReason.TURN_LIMIT


def test_two_turns_without_gain_end_the_loop(sandbox: Sandbox) -> None:
    answers = [program(0.5), program(0.505), program(0.2), program(0.9)]
    events = run(ScriptedGenerator(answers), sandbox, turns=8)
    assert len(done(events)) == 3 and finished(events).reason is StopReason.NO_PROGRESS
    best = finished(events).best
    assert best is not None and best.index == 2  # better by a hair is still better


def test_new_errors_are_progress_and_the_same_error_is_not(sandbox: Sandbox) -> None:
    errors = [f"raise ValueError('{word}')" for word in ("a", "b", "c", "d")]
    assert len(done(run(ScriptedGenerator(errors), sandbox, turns=4))) == 4
    same = [f"x{number} = 1; raise ValueError('same')" for number in range(6)]
    events = run(ScriptedGenerator(same), sandbox, turns=6)
    assert len(done(events)) == 3 and finished(events).reason is StopReason.NO_PROGRESS


def test_a_repeated_program_gets_one_warm_retry_and_is_not_run_again(sandbox: Sandbox) -> None:
    again = program(0.5, extra="# the same, with a comment")
    generator = ScriptedGenerator([program(0.5), again, program(0.5), program(0.9)])
    events = run(generator, sandbox, turns=8)
    assert [sampling.temperature for sampling in generator.samplings] == [0.0, 0.0, RETRY_TEMPERATURE]
    assert generator.samplings[2].seed != generator.samplings[1].seed
    assert sum(isinstance(event, Running) for event in events) == 1
    assert finished(events).reason is StopReason.REPEATED and len(done(events)) == 3
    second = done(events)[1].turn
    assert second.score.overall == 0.5 and second.index == 2
    assert second.feedback.differences[-1].detail == (
        "this is the same program as in turn 1; the next one has to differ"
    )


def test_a_warm_retry_that_brings_something_new_goes_on_cold(sandbox: Sandbox) -> None:
    generator = ScriptedGenerator([program(0.5), program(0.5), program(0.7), program(0.96)])
    events = run(generator, sandbox)
    assert finished(events).reason is StopReason.GOOD_ENOUGH
    assert [sampling.temperature for sampling in generator.samplings] == [0, 0, RETRY_TEMPERATURE, 0]


def test_an_answer_without_a_program_is_data(sandbox: Sandbox) -> None:
    events = run(ScriptedGenerator(["<think>nothing</think> sorry, ``` ```", program(0.96)]), sandbox)
    first = done(events)[0].turn
    assert first.execution.outcome is Outcome.ERROR
    assert first.execution.error == "the answer holds no program"
    assert len(done(events)) == 2


def test_cancelling_while_the_model_writes_keeps_what_was_done(sandbox: Sandbox) -> None:
    cancelled = threading.Event()
    events: list[Event] = []
    generator = ScriptedGenerator([program(0.5), program(0.6)])
    for event in repair(CHART, generator, sandbox, judge=JUDGE, cancelled=cancelled):
        events.append(event)
        if isinstance(event, Writing) and event.index == 2:
            cancelled.set()
    assert finished(events).reason is StopReason.CANCELLED
    best = finished(events).best
    assert best is not None and best.index == 1 and len(done(events)) == 1


def test_cancelling_while_a_program_runs_stops_it(sandbox: Sandbox) -> None:
    cancelled = threading.Event()
    events: list[Event] = []
    generator = ScriptedGenerator(["while True: pass"])
    for event in repair(CHART, generator, sandbox, judge=JUDGE, cancelled=cancelled):
        events.append(event)
        if isinstance(event, Running):
            threading.Timer(0.3, cancelled.set).start()
    assert events[-1] == Finished(None, StopReason.CANCELLED)


def test_cancelled_before_it_began(sandbox: Sandbox) -> None:
    cancelled = threading.Event()
    cancelled.set()
    generator = ScriptedGenerator([program(0.5)])
    assert run(generator, sandbox, cancelled=cancelled) == [Finished(None, StopReason.CANCELLED)]
    assert generator.conversations == []


def test_a_machine_fault_comes_after_the_events_of_what_was_done(sandbox: Sandbox) -> None:
    events: list[Event] = []
    generator = ScriptedGenerator([program(0.5), GeneratorUnreachable("no answer from the server")])
    with pytest.raises(GeneratorUnreachable, match="no answer"):
        events.extend(repair(CHART, generator, sandbox, judge=JUDGE))
    assert [event.turn.index for event in done(events)] == [1]


def test_a_broken_sandbox_is_no_verdict_on_the_program() -> None:
    class Broken:
        def run(self, code: str, cancelled: threading.Event | None = None) -> Execution:
            raise SandboxUnavailable("no process can be started")

    events: list[Event] = []
    with pytest.raises(SandboxUnavailable):
        events.extend(repair(CHART, ScriptedGenerator([program(0.5)]), Broken(), judge=JUDGE))
    assert isinstance(events[-1], Running)


def test_the_loop_goes_on_from_a_program_edited_by_hand(sandbox: Sandbox) -> None:
    by_hand = run_by_hand(CHART, program(0.8), sandbox, index=1, judge=JUDGE)
    assert by_hand.author == "person" and by_hand.score.overall == 0.8 and by_hand.completion is None
    generator = ScriptedGenerator([program(0.6)])
    events = run(generator, sandbox, turns=1, history=[by_hand])
    assert done(events)[0].turn.index == 2
    assert generator.conversations[0].history[0][0].code == program(0.8)
    assert finished(events).best == by_hand


@pytest.mark.parametrize(
    ("outcome", "advice"),
    [
        (Outcome.TIMEOUT, "without endless loops"),
        (Outcome.OUT_OF_MEMORY, "less data"),
        (Outcome.FORBIDDEN, "no network"),
        (Outcome.NO_FIGURE, "Create a figure"),
        (Outcome.BLANK, "figure is empty"),
    ],
)
def test_every_failure_says_what_to_do(outcome: Outcome, advice: str) -> None:
    class Fails:
        def run(self, code: str, cancelled: threading.Event | None = None) -> Execution:
            return Execution(outcome, error="what happened")

    turn = run_by_hand(CHART, program(1.0), Fails(), index=1, judge=JUDGE)
    assert turn.feedback.error.startswith("what happened\n") and advice in turn.feedback.error


def test_a_long_traceback_keeps_its_end(sandbox: Sandbox) -> None:
    turn = run_by_hand(CHART, "raise ValueError('x' * 5000 + ' the end')", sandbox, index=1, judge=JUDGE)
    assert len(turn.feedback.error) < 1600 and turn.feedback.error.rstrip().endswith("the end")


def test_programs_are_compared_as_syntax_trees() -> None:
    assert normalised("x = 1  # one") == normalised("x  =  1\n")
    assert normalised("x = 1") != normalised("x = 2")
    assert normalised("x = = 1") == normalised("x  = =  1")
