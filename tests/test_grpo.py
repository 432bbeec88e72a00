"""Self-correction GRPO with tiny real models, real programs in the sandbox, and answers that a test dictates.

Dictated answers make rewards that can be worked out by hand; everything behind them is TRL's and ours: questions,
pictures, advantages, losses, gradients. Leaves out: sampling (test_grpo_sampling.py).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.errors import BadInput, SandboxUnavailable
from model.prompt import PlainCodec
from model.records import Execution
from model.repair import TurnDone, repair
from model.sandbox import Sandbox
from tests.fakes import ScriptedGenerator, as_answer
from tests.grpo_ground import BARS, START, args, charts, sandbox, tiny, trainer_of
from training.charts import Case, FolderCharts
from training.grpo import Plan, SelfCorrectionGRPOTrainer, Stage
from training.rewards import Curriculum, Weights
from training.trials import Bench, Written

__all__ = ["charts", "sandbox", "tiny"]  # fixtures
LINES = START + "plt.figure(figsize=(2, 2))\nplt.plot([0, 1], [3, 5])\nplt.title('Costs')\n"
UNTITLED = BARS.replace("Sales", "Sails")  # text is wrong, all else right
BROKEN = START + "plt.bar(\n"
PAID = Weights(format=1, execution=1, text=4, ticks=0, layout=0, kind=4, colour=0, data=0)  # sums to 10
PRICES = {BARS: 1.0, UNTITLED: 0.6, LINES: 0.2, BROKEN: 0.1}  # as answers to the chart of BARS


class Counting:
    """The real sandbox, with a count of what it ran, and programs that its machine loses."""

    def __init__(self, sandbox: Sandbox, loses: Sequence[str] = ()) -> None:
        self._sandbox, self._loses, self.ran = sandbox, loses, list[str]()

    def run(self, code: str, cancelled: threading.Event | None = None) -> Execution:
        self.ran.append(code)
        if code.strip() in {lost.strip() for lost in self._loses}:
            raise SandboxUnavailable("the machine is gone")
        return self._sandbox.run(code, cancelled)


class Dictated(SelfCorrectionGRPOTrainer):
    """Writes the programs of `script`, one list for each time it is asked; keeps the questions as text."""

    script: list[list[str]]
    questions: list[list[str]]

    def _generate_single_turn(self, prompt_ids: Any, images: Any, *_: Any, **__: Any) -> Any:
        self.questions.append(self._tokenizer.batch_decode(prompt_ids))
        texts = [f"{as_answer(code)}<end_of_utterance>" for code in self.script.pop(0)]
        assert len(texts) == len(prompt_ids) and all(images)
        return self._tokenizer(texts, add_special_tokens=False)["input_ids"], None


def dictated(
    tiny: Path, charts: Path, sandbox: Any, tmp_path: Path, stage: Stage, script: list[list[str]], **plan: Any
) -> Any:
    paid = Curriculum(PAID, PAID)
    trainer = trainer_of(Dictated, tiny, charts, sandbox, Plan(stage, paid, **plan), args(tmp_path))
    trainer.script, trainer.questions = script, []
    return trainer


def sampled(trainer: Any, *numbers: int) -> Any:
    """One batch of the charts of those numbers, repeated as TRL's sampler does."""
    return trainer._generate_and_score_completions([{"chart": one} for one in numbers for _ in range(4)])


def test_in_the_shared_stage_all_second_turns_start_from_one_first_turn(
    tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Prices 1.0, 0.6, 0.2, 0.1: mean 0.475; TRL's standard deviation has n - 1 below."""
    trainer = dictated(tiny, charts, sandbox, tmp_path, Stage.SHARED, [[UNTITLED], [BARS, UNTITLED, LINES, BROKEN]])
    batch = sampled(trainer, 0)
    assert [len(asked) for asked in trainer.questions] == [1, 4]  # one first turn, four second ones
    assert all("The program ran and drew this picture:" in asked for asked in trainer.questions[1])
    assert batch["num_images"] == [2, 2, 2, 2]  # the chart and the rendering
    prices = torch.tensor([1.0, 0.6, 0.2, 0.1])
    expected = (prices - prices.mean()) / (prices.std() + 1e-4)
    torch.testing.assert_close(batch["advantages"], expected, atol=1e-5, rtol=1e-5)
    assert batch["num_items_in_batch"] == batch["completion_mask"].sum()
    noted = {name: values[-1] for name, values in trainer._metrics["train"].items()}
    assert noted["turn1/score"] == pytest.approx(0.6) and noted["turn2/score"] == pytest.approx(0.475)
    assert (noted["improved"], noted["regressed"], noted["repeated"]) == (0.25, 0.5, 0.25)
    assert (noted["turn1/executed"], noted["turn2/executed"], noted["groups_dropped"]) == (1.0, 0.75, 0.0)
    assert noted["gain/of_running"] == pytest.approx(-0.125) and "gain/of_failing" not in noted


def test_a_failed_first_turn_is_told_its_error(tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    trainer = dictated(tiny, charts, sandbox, tmp_path, Stage.SHARED, [[BROKEN], [BARS] * 3 + [BROKEN]])
    batch = sampled(trainer, 0)
    assert all("The program failed:" in asked and "SyntaxError" in asked for asked in trainer.questions[1])
    assert batch["num_images"] == [1, 1, 1, 1]
    noted = {name: values[-1] for name, values in trainer._metrics["train"].items()}
    assert noted["gain/of_failing"] == pytest.approx(0.75 * 0.9) and noted["improved"] == 0.75


def test_what_is_asked_is_what_the_loop_asks(charts: Path, sandbox: Sandbox) -> None:
    """The second turn's question, word for word and pixel for pixel, after a program that ran and one that did not."""
    case = FolderCharts(charts, sandbox, None).case(0)
    for code in (UNTITLED, BROKEN):
        generator = ScriptedGenerator([code, BARS])
        list(repair(case.chart, generator, sandbox, turns=2, good_enough=2.0))
        expected = PlainCodec().messages(generator.conversations[1])
        bench = Bench(sandbox, PlainCodec())
        trials = bench.trials([Written(case, as_answer(code))])
        asked = bench.question(case, (trials[0].answer, bench.feedback(trials)[0]))
        assert asked == expected
        pictures = [[part.pixels for message in both for part in message.parts] for both in (asked, expected)]
        for one, other in zip(*pictures, strict=True):
            assert (one is None and other is None) or np.array_equal(one, other)


def test_in_the_full_stage_a_trajectory_has_one_advantage(
    tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The last turn alone is paid: 1.0, 0.6, 0.2, 1.0 whatever came before."""
    script = [[BROKEN, BARS, UNTITLED, BARS], [BARS, UNTITLED, LINES, BARS]]
    trainer = dictated(tiny, charts, sandbox, tmp_path, Stage.FULL, script)
    batch = sampled(trainer, 0)
    prices = torch.tensor([1.0, 0.6, 0.2, 1.0])
    expected = (prices - prices.mean()) / (prices.std() + 1e-4)
    torch.testing.assert_close(batch["advantages"], expected.repeat(2), atol=1e-5, rtol=1e-5)
    assert batch["num_images"] == [1, 1, 1, 1, 1, 2, 2, 2]
    assert batch["num_items_in_batch"] == batch["completion_mask"].sum()
    noted = {name: values[-1] for name, values in trainer._metrics["train"].items()}
    assert noted["turn1/reward"] == pytest.approx((0.1 + 1 + 0.6 + 1) / 4) and noted["reward"] == pytest.approx(0.7)


def test_a_bonus_pays_for_a_bad_first_turn(tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    """Two good trajectories and two that first fail, then end a little worse: with a bonus the latter win."""
    script = [[BARS, BARS, BROKEN, BROKEN], [BARS, BARS, UNTITLED, UNTITLED]]
    plain = sampled(dictated(tiny, charts, sandbox, tmp_path, Stage.FULL, [list(one) for one in script]), 0)
    paid = sampled(dictated(tiny, charts, sandbox, tmp_path, Stage.FULL, [list(one) for one in script], bonus=0.5), 0)
    assert (plain["advantages"][:2] > 0).all() and (plain["advantages"][2:4] < 0).all()
    assert (paid["advantages"][:2] < 0).all() and (paid["advantages"][2:4] > 0).all()


def test_groups_that_teach_nothing_are_dropped_and_counted(
    tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    script = [[BARS, BARS], [UNTITLED] * 4 + [BARS, BARS, LINES, LINES]]
    trainer = dictated(tiny, charts, sandbox, tmp_path, Stage.SHARED, script)
    batch = sampled(trainer, 0, 1)
    assert (batch["advantages"][:4] == 0).all() and (batch["advantages"][4:] != 0).all()
    assert batch["num_items_in_batch"] == batch["completion_mask"][4:].sum()
    assert trainer._metrics["train"]["groups_dropped"] == [0.5]
    seen: list[int] = []
    trainer._get_per_token_logps_and_entropies = _watched(trainer._get_per_token_logps_and_entropies, seen)
    assert trainer._compute_loss(trainer.model, batch).isfinite()
    assert seen == [4]  # rows of the update


def _watched(function: Any, seen: list[int]) -> Any:
    def asked(model: Any, input_ids: torch.Tensor, *rest: Any, **more: Any) -> Any:
        seen.append(len(input_ids))
        return function(model, input_ids, *rest, **more)

    return asked


def test_every_different_program_runs_once(tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    counting = Counting(sandbox)
    script = [[UNTITLED, UNTITLED, UNTITLED, BARS], [BARS, LINES, BARS, LINES]]
    sampled(dictated(tiny, charts, counting, tmp_path, Stage.FULL, script), 0)
    turns = [UNTITLED, BARS, LINES]  # BARS in both turns
    assert sorted(code.strip() for code in counting.ran[1:]) == sorted(code.strip() for code in turns)  # 0: reference


def test_the_next_charts_are_made_ready_meanwhile(tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    """Two charts a step: after 4 and 5 come 6 and 7, each once, at the latest when they are asked for."""
    trainer = dictated(tiny, charts, sandbox, tmp_path, Stage.SHARED, [[BARS, BARS], [UNTITLED] * 8])
    asked: list[int] = []
    case = trainer.source.case

    def noted(number: int) -> Case:
        asked.append(number)
        return case(number)

    trainer.source.case = noted
    sampled(trainer, 4, 5)
    assert asked[:8] == [4] * 4 + [5] * 4
    assert asked[8:] == [6, 7] and trainer._coming == []


def test_a_lost_sample_leaves_the_groups_mean(tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    counting = Counting(sandbox, loses=[LINES])
    trainer = dictated(tiny, charts, counting, tmp_path, Stage.SHARED, [[BARS], [BARS, UNTITLED, LINES, BARS]])
    batch = sampled(trainer, 0)
    prices = torch.tensor([1.0, 0.6, 1.0])
    expected = (prices - prices.mean()) / (prices.std() + 1e-4)
    torch.testing.assert_close(batch["advantages"][[0, 1, 3]], expected, atol=1e-5, rtol=1e-5)
    assert batch["advantages"][2] == 0
    assert trainer._metrics["train"]["turn2/missing"] == [0.25]
    lost_first = dictated(
        tiny, charts, counting, tmp_path, Stage.FULL, [[LINES, BARS, BARS, BARS], [BARS, BARS, BROKEN, BARS]]
    )
    batch = sampled(lost_first, 0)
    assert batch["advantages"][0] == batch["advantages"][4] == 0  # a trajectory that was lost half-way
    gone = dictated(tiny, charts, Counting(sandbox, loses=[BROKEN]), tmp_path, Stage.SHARED, [[BROKEN], [BARS] * 4])
    with pytest.raises(SandboxUnavailable):
        sampled(gone, 0)


@pytest.mark.parametrize("packs", [True, False])
def test_rows_per_turn_are_one_masked_sequence(
    packs: bool, tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Loss and every gradient, to 1e-5 in fp32, packed on a CPU and by TRL's own rows."""
    script = [[BROKEN, BARS, UNTITLED, BARS], [BARS, UNTITLED, LINES, BARS]]
    trainer = dictated(tiny, charts, sandbox, tmp_path, Stage.FULL, script)
    trainer._packs = packs
    batch = sampled(trainer, 0)
    loss = trainer._compute_loss(trainer.model, batch)
    loss.backward()
    found = {name: weight.grad.clone() for name, weight in trainer.model.named_parameters() if weight.grad is not None}
    trainer.model.zero_grad()
    expected = _masked_sequences(trainer.model, batch)
    expected.backward()
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), abs=1e-5)
    assert len(found) > 20 and any(float(grad.abs().max()) > 1e-4 for grad in found.values())
    for name, weight in trainer.model.named_parameters():
        if name in found:
            torch.testing.assert_close(found[name], weight.grad, atol=1e-5, rtol=1e-4)


def _masked_sequences(model: Any, batch: Any) -> torch.Tensor:
    """The policy loss of four trajectories, each one sequence in which both answers are learnt from."""
    total = batch["completion_mask"].sum()
    loss = torch.zeros(())
    for row in range(4):
        second = row + 4
        prompt, answer = (
            batch[f"{part}_ids"][second][batch[f"{part}_mask"][second].bool()] for part in ("prompt", "completion")
        )
        asked = int(batch["prompt_mask"][row].sum())
        first = batch["completion_ids"][row][batch["completion_mask"][row].bool()]
        ids = torch.cat([prompt, answer])
        assert ids[asked : asked + len(first)].equal(first)
        learnt = torch.zeros(len(ids), dtype=torch.bool)
        learnt[asked : asked + len(first)] = learnt[len(prompt) :] = True
        shown = batch["num_images"][second]
        pictures = {name: batch[name][second : second + 1, :shown] for name in ("pixel_values", "pixel_attention_mask")}
        shares = model(input_ids=ids[None], **pictures).logits[0].log_softmax(-1)
        logps = shares[:-1].gather(1, ids[1:, None])[:, 0][learnt[1:]]
        ratio = (logps - logps.detach()).exp()
        loss = loss - batch["advantages"][row] * ratio.sum() / total
    return loss


def test_settings_under_which_turns_are_no_trajectory_are_refused(
    tiny: Path, charts: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    plan = Plan(Stage.FULL)
    with pytest.raises(BadInput, match="no trajectory"):
        trainer_of(Dictated, tiny, charts, sandbox, plan, args(tmp_path, loss_type="grpo"))
    split = args(tmp_path)
    split.per_device_train_batch_size = 2  # TRL allows it where two processes hold half a group each
    with pytest.raises(BadInput, match="multiple"):
        trainer_of(Dictated, tiny, charts, sandbox, plan, split)


def test_a_first_turn_by_the_loop_scores_alike(charts: Path, sandbox: Sandbox) -> None:
    """The score that feedback rests on is the loop's own."""
    case: Case = FolderCharts(charts, sandbox, None).case(3)
    turns = [
        e.turn for e in repair(case.chart, ScriptedGenerator([UNTITLED]), sandbox, turns=1) if isinstance(e, TurnDone)
    ]
    bench = Bench(sandbox, PlainCodec())
    (told,) = bench.feedback(bench.trials([Written(case, as_answer(UNTITLED))]))
    assert told.differences == turns[0].feedback.differences
