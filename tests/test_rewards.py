"""The price of an answer, worked by hand: gates, weights, missing parts, the curriculum, and what a bonus would buy."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from model.errors import BadInput
from model.records import Answer, Execution, Outcome, Score
from model.sandbox import Sandbox
from training.guards import Flag
from training.rewards import Curriculum, Verdict, Weights, judged, price, spread, trajectory

GOOD = Answer(reading="bar, 1 series", code="plt.bar([1], [1])")
RAN = Execution(Outcome.OK)
SPARE = Weights(format=1, execution=1, text=4, ticks=0, layout=0, kind=0, colour=0, data=4, visual=0, judge=0)
CHART = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(4, 3))
ax.bar([0, 1], [3, 5], color="#ff0000")
ax.set_title("Sales")
ax.set_xticks([0, 1], ["a", "b"])
ax.set_yticks([0, 5], ["0", "5"])
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as sandbox:
        yield sandbox


def verdict(execution: Execution | None = RAN, **components: float) -> Verdict:
    return Verdict(GOOD, execution, Score(1.0), components)


def test_a_program_that_drew_is_paid_its_components() -> None:
    assert price(verdict(text=0.5, data=0.25), SPARE) == pytest.approx((1 + 1 + 8 * (4 * 0.5 + 4 * 0.25) / 8) / 10)


def test_what_cannot_be_judged_costs_nothing() -> None:
    """Data is missing in the reference: text alone decides, and a right text is paid in full."""
    assert price(verdict(text=1.0), SPARE) == 1.0
    assert price(verdict(text=0.5, layout=0.0), SPARE) == pytest.approx((2 + 8 * 0.5) / 10)


def test_gates_open_one_after_the_other() -> None:
    whole = Verdict(GOOD, RAN, components={"text": 1.0, "data": 1.0})
    assert price(Verdict(Answer("", GOOD.code), RAN, components=whole.components), SPARE) == 0.0  # no reading
    assert price(Verdict(Answer("bar", ""), RAN, components=whole.components), SPARE) == 0.0  # no program
    assert price(Verdict(GOOD, RAN, components=whole.components, cut_off=True), SPARE) == 0.0
    assert price(verdict(Execution(Outcome.ERROR, "NameError")), SPARE) == 0.1
    assert price(verdict(Execution(Outcome.TIMEOUT)), SPARE) == 0.1
    assert price(verdict(Execution(Outcome.BLANK), text=1.0), SPARE) == 0.2
    assert price(verdict(Execution(Outcome.NO_FIGURE)), SPARE) == 0.2
    assert price(whole, SPARE) == 1.0


def test_what_the_machine_lost_has_no_price() -> None:
    assert price(verdict(None), SPARE) is None
    judging = Weights(judge=1.0)
    assert price(verdict(text=1.0), judging) is None  # the judge did not answer
    assert price(verdict(text=1.0, judge=1.0), judging) == 1.0
    assert price(verdict(Execution(Outcome.ERROR)), judging) == pytest.approx(0.05 / 2.0)  # no judge was needed


def test_a_flag_makes_an_answer_worthless() -> None:
    assert price(Verdict(GOOD, RAN, components={"text": 1.0}, flags=(Flag.GIANT,)), SPARE) == 0.0


def test_the_curriculum_switches_at_its_point() -> None:
    curriculum = Curriculum(SPARE, Weights(visual=0.3), switch_at=0.5)
    assert curriculum.at(0.0) is SPARE and curriculum.at(0.49) is SPARE
    assert curriculum.at(0.5).visual == 0.3
    assert Curriculum(switch_at=1.0).at(0.999).visual == 0.0  # the text alone
    assert Curriculum().at(0.6).visual == 0.0 < Curriculum().at(0.7).visual


def test_a_table_that_pays_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="worth something"):
        Weights(text=0, ticks=0, layout=0, kind=0, colour=0, data=0)
    with pytest.raises(BadInput, match="negative"):
        Weights(text=-0.1)


def test_a_real_program_is_judged_by_its_facts(sandbox: Sandbox) -> None:
    """Same chart: 1. Another title, a wrong tick label and a value of 4 instead of 5 on an axis from 0 to about 5."""
    reference = sandbox.run(CHART)
    assert reference.facts is not None and reference.pixels is not None
    same = judged(GOOD, sandbox.run(CHART), reference.facts, reference.pixels)
    assert price(same, Weights()) == pytest.approx(1.0) == price(same, Weights(visual=0.3))
    other = CHART.replace("Sales", "Costs").replace('["0", "5"]', '["0", "6"]').replace("[3, 5]", "[3, 4]")
    worse = judged(GOOD, sandbox.run(other), reference.facts, reference.pixels)
    assert worse.components["text"] == 0.0  # the only text
    assert worse.components["ticks"] == pytest.approx(0.75)  # three of four on both sides
    assert worse.components["kind"] == worse.components["colour"] == worse.components["layout"] == 1.0
    assert worse.components["data"] == pytest.approx((1 + (0.8 + 1) / 2) / 2)  # heights 0.8 alike, bottoms 1
    expected = (0.05 + 0.10 + 0.05 * 0.75 + 0.10 + 0.15 + 0.15 + 0.20 * 0.95) / 1.0
    assert price(worse, Weights()) == pytest.approx(expected)
    broken = judged(GOOD, sandbox.run("1/0"), reference.facts, reference.pixels)
    assert price(broken, Weights()) == pytest.approx(0.05)


def test_a_trajectory_is_worth_its_end() -> None:
    assert trajectory(0.2, 0.8) == 0.8
    assert trajectory(0.2, 0.8, gamma=0.5) == pytest.approx(0.9)
    assert trajectory(0.2, 0.8, bonus=0.1) == pytest.approx(0.9) and trajectory(0.8, 0.8, bonus=0.1) == 0.8
    assert trajectory(None, 0.8) is None and trajectory(0.2, None) is None


@pytest.mark.parametrize(("bonus", "honest"), [(0.0, True), (0.1, False)])
def test_a_bonus_for_improvement_teaches_bad_first_turns(bonus: float, honest: bool) -> None:
    """A policy that chooses between a good first turn (0.82, kept) and a bad one (0.30, then 0.80), by exact gradient.

    Without a bonus it learns to begin well; with one it learns to fail first, and ends lower (MM-ReCoder, table 6).
    """
    good, bad = trajectory(0.82, 0.82, bonus=bonus), trajectory(0.30, 0.80, bonus=bonus)
    assert good is not None and bad is not None
    logit = 0.0
    for _ in range(2000):
        share = 1 / (1 + math.exp(-logit))
        logit += 2.0 * share * (1 - share) * (good - bad)
    assert (1 / (1 + math.exp(-logit)) > 0.9) == honest
    assert (1 / (1 + math.exp(-logit)) < 0.1) != honest


def test_the_spread_of_a_group_leaves_missing_rewards_out() -> None:
    assert spread([0.2, None, 0.5]) == pytest.approx(0.3)
    assert spread([None, 0.5]) == spread([None, None]) == spread([]) == 0.0
