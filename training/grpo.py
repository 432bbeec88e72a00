"""GRPO that teaches a model to correct itself: MM-ReCoder's two stages (arXiv 2604.01600) over trl.GRPOTrainer.

    SHARED   one first turn per chart, then G second turns from there; reward and gradient on the second turns alone, so
             that an advantage measures the correction and nothing else
    FULL     G whole trajectories per chart; the reward of the last turn (training/rewards.py), one advantage per
             trajectory, on the tokens of both turns

Each turn is a training row of its own, question -> answer, with every picture inside the question. So any model that
TRL can train takes part, no environment token needs a mask, and a token-summed loss gives the gradient of one masked
sequence (tests/test_grpo.py holds that to 1e-5). Questions, answers and feedback are those of the application
(model/prompt.py, model/repair.py), by way of trials.py.

Groups whose rewards are all but equal teach nothing: they are dropped from the update and counted. On a CPU the
built-in model is sampled and updated by sampling.py and packing.py; elsewhere by TRL's ways, transformers or vLLM.
Leaves out: where charts come from (charts.py), settings and the two stages in order (reinforce.py).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from trl import GRPOTrainer
from trl.trainer.utils import pad, split_pixel_values_by_grid, split_tensor_dict, unsplit_pixel_values_by_grid

from model.errors import BadInput
from model.generators.transformers import chat, placeholder_ids
from model.records import JsonDict
from training import packing
from training.charts import Case, Source
from training.rewards import Curriculum, price, spread, trajectory
from training.rows import Batch, chosen, joined
from training.sampling import Drawing, draw, fits
from training.stepclock import StepClock
from training.trainers import OwnTrainer
from training.trials import Bench, Trial, Written
from training.turns import told

TOKEN_SUMMED = ("dapo", "dr_grpo", "cispo")


class Stage(enum.StrEnum):
    SHARED = "shared"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one stage pays for. `begins` and `ends` say which part of the whole training it is, for the curriculum."""

    stage: Stage
    curriculum: Curriculum = field(default_factory=Curriculum)
    begins: float = 0.0
    ends: float = 1.0
    gamma: float = 0.0  # share of the first turn's reward
    bonus: float = 0.0  # for an improvement; see rewards.trajectory for what it does
    least_spread: float = 0.01  # of the rewards of a group that is learnt from


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row of a batch is about; `first` is the turn before, if there was one."""

    case: Case
    first: Trial | None = None


class SelfCorrectionGRPOTrainer(OwnTrainer, GRPOTrainer):
    """One stage of training. The dataset's column `chart` numbers the charts of `source`.

    Groups have to lie within one process: its rows per generation are a multiple of num_generations. In FULL the update
    sees twice the rows of SHARED. Raises BadInput for settings under which rows per turn are not trajectories.
    """

    model: Any
    args: Any
    _buffered_inputs: Any

    def __init__(self, *, bench: Bench, source: Source, plan: Plan, **settings: Any) -> None:
        self.bench, self.source, self.plan = bench, source, plan
        self._trials: list[Trial] = []
        self._rewards: list[float | None] = []
        self._apart = False  # every question differs from its neighbours, also within a group
        self._about: list[Asked] = []  # what the rows are about that are being sampled
        self._coming: list[int] = []  # charts of the next step
        _check(settings["args"])
        self._forbidden = placeholder_ids(settings["model"], settings["processing_class"])
        forbid(settings["args"], self._forbidden)
        super().__init__(reward_funcs=[self.reward], **settings)
        self._packs = not self.use_vllm and self.accelerator.num_processes == 1 and self.args.device.type == "cpu"
        self._packs = self._packs and fits(_plain(self.model))
        self.add_callback(StepClock(bench.clock, self._metrics["train"]))

    # what is sampled --------------------------------------------------------------------------------------------------

    def _generate_and_score_completions(self, inputs: list[JsonDict]) -> Batch:
        size: Any = self.num_generations if self.model.training else self.num_generations_eval
        self.bench.forget()
        self._coming = self._next([row["chart"] for row in inputs][::size])
        self.bench.meanwhile = self._look_ahead
        with self.bench.clock.phase("drawing"):
            cases = [self.source.case(row["chart"]) for row in inputs]
        if self.plan.stage is Stage.SHARED:
            firsts = [trial for trial in self._first_turns(cases[::size]) for _ in range(size)]
            batch = self._answered(self._second_rows(firsts), apart=False)
            seconds = self._trials
            dropped = self._settle([batch], size)
        else:
            before = {name: len(values) for name, values in self._metrics[self._mode].items()}
            first = self._answered([{"prompt": self._asked(case), "asked": Asked(case)} for case in cases], apart=False)
            self._rename_metrics(before)
            firsts = self._trials
            second = self._answered(self._second_rows(firsts), apart=True)
            seconds = self._trials
            first["advantages"] = second["advantages"].clone()
            dropped = self._settle([first, second], size)
            batch = self._by_group(joined(first, second, self._tokenizer.pad_token_id), len(inputs), size)
        self._note(firsts, seconds, dropped, len(inputs) // size)
        return batch

    def _first_turns(self, cases: Sequence[Case]) -> list[Trial]:
        """One first turn per chart from the current policy, tried."""
        prompts = [self._asked(case) for case in cases]
        self._apart, self._about = True, [Asked(case) for case in cases]
        prompt_ids, images, fields = self._tokenize_prompts(prompts)
        return self._tried(self._about, self._generate_single_turn(prompt_ids, images, fields, 1)[0])

    def _next(self, numbers: list[int]) -> list[int]:
        """The charts that come after these: numbers go up, and every process takes as many."""
        ahead = len(numbers) * self.accelerator.num_processes
        return [number + ahead for number in numbers]

    def _look_ahead(self) -> bool:
        """Gets the next step's charts ready, one at a time, while the outcome of this one's answers is awaited."""
        if not self._coming:
            return False
        with self.bench.clock.phase("drawing"):
            self.source.case(self._coming.pop(0))
        return True

    def _second_rows(self, firsts: Sequence[Trial]) -> list[JsonDict]:
        feedback = self.bench.feedback(firsts)
        turns = zip(firsts, feedback, strict=True)
        return [
            {"prompt": self._asked(first.written.case, (first.answer, told)), "asked": Asked(first.written.case, first)}
            for first, told in turns
        ]

    def _asked(self, case: Case, turn: Any = None) -> list[JsonDict]:
        return chat(self.bench.question(case, turn))

    def _answered(self, rows: list[JsonDict], *, apart: bool) -> Batch:
        """TRL's own way from questions to a batch with advantages."""
        self._apart, self._about = apart, [row["asked"] for row in rows]
        return super()._generate_and_score_completions(rows)

    def _generate_single_turn(
        self, prompt_ids: Any, images: Any, multimodal_fields: Any, num_generations: int, has_tool_images: bool = False
    ) -> tuple[list[list[int]], Any]:
        repeats = 1 if self._apart else num_generations  # vLLM's server takes every num_generations-th question alone
        with self.bench.clock.phase("sampling"):
            if self._packs:
                return self._drawn(prompt_ids[::repeats], multimodal_fields, repeats), None
            return super()._generate_single_turn(prompt_ids, images, multimodal_fields, repeats, has_tool_images)

    def _drawn(self, prompt_ids: list[list[int]], fields: Any, repeats: int) -> list[list[int]]:
        model = _plain(self.model)
        tensors = [torch.tensor(ids) for ids in prompt_ids]
        questions = {
            "input_ids": pad(tensors, padding_value=self._tokenizer.pad_token_id, padding_side="left"),
            "attention_mask": pad([torch.ones_like(ids) for ids in tensors], padding_value=0, padding_side="left"),
        }
        for name, value in fields.items():
            found = torch.as_tensor(np.asarray(value))[::repeats].contiguous()
            questions[name] = found.to(model.dtype) if found.is_floating_point() else found
        ends, forbidden = tuple(self.eos_token_ids), tuple(self._forbidden)
        how = Drawing(self.args.max_completion_length, ends, forbidden, self.temperature)

        def ended(question: int, answer: int, tokens: list[int]) -> None:
            self._begin(self._about[question * repeats + answer], tokens)

        return [answer for row in draw(model, questions, repeats, how, ended) for answer in row]

    def _begin(self, asked: Asked, tokens: list[int]) -> None:
        """An answer is tried while others are still being written."""
        self.bench.begin(self._written([asked], [tokens])[0], tell=asked.first is None)

    # what it is worth -------------------------------------------------------------------------------------------------

    def reward(self, completion_ids: list[list[int]], asked: list[Asked], **_: Any) -> list[float | None]:
        """TRL's reward function: the price of each answer, of a second turn the price of its trajectory."""
        self._trials = self._tried(asked, completion_ids)
        self._rewards = [self._paid(one.first, trial) for one, trial in zip(asked, self._trials, strict=True)]
        return self._rewards

    def _tried(self, asked: Sequence[Asked], completion_ids: list[list[int]]) -> list[Trial]:
        written, firsts = self._written(asked, completion_ids), all(one.first is None for one in asked)
        return self.bench.trials(written, tell=firsts, opinions=self._weights.judge > 0)

    def _written(self, asked: Sequence[Asked], completion_ids: list[list[int]]) -> list[Written]:
        texts = self._tokenizer.batch_decode(
            completion_ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        ended = [bool(ids) and ids[-1] in self.eos_token_ids for ids in completion_ids]
        return [Written(one.case, text, not end) for one, text, end in zip(asked, texts, ended, strict=True)]

    def _paid(self, first: Trial | None, trial: Trial) -> float | None:
        worth = price(trial.verdict, self._weights)
        if first is None:
            return worth
        full = self.plan.stage is Stage.FULL
        gamma, bonus = (self.plan.gamma, self.plan.bonus) if full else (0.0, 0.0)
        return trajectory(price(first.verdict, self._weights), worth, gamma, bonus)

    @property
    def _weights(self) -> Any:
        done = self.state.global_step / max(1, self.args.max_steps)
        return self.plan.curriculum.at(self.plan.begins + done * (self.plan.ends - self.plan.begins))

    def _settle(self, batches: Sequence[Batch], size: int) -> int:
        """Takes groups of equal rewards out of the update; returns how many. Advantages of 0 are not learnt from."""
        groups = [self._rewards[at : at + size] for at in range(0, len(self._rewards), size)]
        settled = [index for index, group in enumerate(groups) if spread(group) < self.plan.least_spread]
        for batch in batches:
            for index in settled:
                batch["advantages"][index * size : (index + 1) * size] = 0.0
            kept = batch["completion_mask"][batch["advantages"] != 0].sum()
            batch["num_items_in_batch"] = self.accelerator.gather(kept).sum()
        return len(settled)

    def _by_group(self, batch: Batch, rows: int, size: int) -> Batch:
        """Both turns of each chart side by side, so that a part of the batch holds whole trees (packing.py)."""
        starts = range(0, rows, size)
        order = [at + turn * rows + step for at in starts for turn in (0, 1) for step in range(size)]
        return chosen(batch, order)

    # what is learnt ---------------------------------------------------------------------------------------------------

    def _prepare_inputs(self, generation_batch: Any) -> Batch:
        """TRL's, without the shuffle between sampling and update: one chart's rows stay together."""
        if not self.model.training:
            return self._generate_and_score_completions(generation_batch)
        parts = self.args.steps_per_generation
        if self._step % (parts * self.num_iterations) == 0 or self._buffered_inputs is None:
            with self.bench.clock.phase("preparing"):
                batch: Any = split_pixel_values_by_grid(self._generate_and_score_completions(generation_batch))
                cut: Any = split_tensor_dict(batch, parts)
                self._buffered_inputs = [unsplit_pixel_values_by_grid(part) for part in cut]
        return self._buffered_inputs[self._step % parts]

    def _compute_loss(self, model: Any, inputs: Batch) -> torch.Tensor:
        """TRL's loss of the rows that teach something; one always stays, because all processes have to take part."""
        rows = inputs["advantages"].nonzero()[:, 0].tolist() or [0]
        return super()._compute_loss(model, chosen(inputs, rows))

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        *rest: Any,
        **more: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        if not self._packs or more.get("pixel_values") is None:
            return super()._get_per_token_logps_and_entropies(
                model, input_ids, attention_mask, logits_to_keep, *rest, **more
            )
        batch = {"input_ids": input_ids, "attention_mask": attention_mask, **more}
        logps, entropies = packing.logps_and_entropies(_plain(model), batch, logits_to_keep, self.temperature)
        return logps, entropies, None

    # what is told -----------------------------------------------------------------------------------------------------

    @property
    def _mode(self) -> str:
        return "train" if self.model.training else "eval"

    def _rename_metrics(self, before: dict[str, int]) -> None:
        """What TRL noted about first turns gets a name of its own."""
        metrics = self._metrics[self._mode]
        for name in [name for name, values in metrics.items() if len(values) > before.get(name, 0)]:
            if name != "num_tokens" and not name.startswith("turn1/"):
                metrics[f"turn1/{name}"].append(metrics[name].pop())

    def _note(self, firsts: Sequence[Trial], seconds: Sequence[Trial], dropped: int, groups: int) -> None:
        """Means over all processes; shares of pairs are of those of which nothing was lost."""
        found = told(firsts, seconds, lambda trial: price(trial.verdict, self._weights))
        found["groups_dropped"] = (dropped, groups)
        sums = torch.tensor([found[name] for name in sorted(found)], dtype=torch.float64)
        totals = self.accelerator.gather(sums[None].to(self.args.device)).sum(dim=0).tolist()
        for name, (total, count) in zip(sorted(found), totals, strict=True):
            if count:
                self._metrics[self._mode][name].append(total / count)


def _plain(model: Any) -> Any:
    """The model itself, out of what accelerate and PEFT wrapped around it."""
    inner = getattr(model, "module", model)
    return inner.get_base_model() if hasattr(inner, "get_base_model") else inner


def forbid(args: Any, tokens: list[int]) -> None:
    """No sampler of TRL's writes these tokens: vLLM by a bias, transformers by suppression (of one alone by itself)."""
    ours = {"logit_bias": dict.fromkeys(tokens, -100.0)} if args.use_vllm else {"suppress_tokens": tokens}
    args.generation_kwargs = ours | (args.generation_kwargs or {})


def _check(args: Any) -> None:
    rows = args.per_device_train_batch_size * args.steps_per_generation
    if rows % args.num_generations:
        raise BadInput(
            f"{rows} rows are sampled at once by each process, which is no multiple of num_generations "
            f"({args.num_generations}): change per_device_train_batch_size or steps_per_generation"
        )
    if args.loss_type not in TOKEN_SUMMED:
        raise BadInput(
            f'loss_type "{args.loss_type}" weighs each turn by its own length, so that turns are no trajectory; '
            f"use one of {', '.join(TOKEN_SUMMED)}"
        )
