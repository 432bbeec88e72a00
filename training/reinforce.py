"""Reinforcement learning from a recipe: its stages in order, then a candidate and its evaluation.

    python -m training grpo training/configs/nano-cpu.toml
    python -m training grpo training/configs/qwen2.5-vl-7b-8gpu.toml --dry-run
    accelerate launch --config_file training/configs/qwen2.5-vl-7b-8gpu.yaml -m training grpo training/configs/...toml

Writes OUT/N-KIND/ for each stage (checkpoints, model, the log and curves of report.py), OUT/candidate, a folder like
the one that it began from (or an adapter for it), and OUT/evaluation. A run that was killed goes on with its newest
whole checkpoint, at the very chart that was next. A dry run checks everything that can be checked without the model
and without a GPU.
Leaves out: the training itself (grpo.py), and the decision whether the candidate is better (training/evaluate.py).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.commands.config.config_args import load_config_from_file
from datasets import Dataset
from peft import LoraConfig, PeftModel
from transformers import AutoModelForImageTextToText, AutoProcessor, TrainerCallback
from trl import GRPOConfig

from model.errors import BadInput, ChartloopError
from model.generators.transformers import TransformersGenerator
from model.ocr import TextReader
from model.prompt import CODEC_FILE, codec_for
from model.records import JsonDict
from model.repair import Runner
from model.sandbox import Sandbox, SandboxLimits
from training import evaluate
from training.charts import DrawnCharts, FolderCharts, Source
from training.cluster import ClusterSandbox, ray_package
from training.grpo import Plan, SelfCorrectionGRPOTrainer
from training.judge import VisualJudge
from training.masters import MasterAdamW
from training.recipe import Recipe, SandboxRecipe, read_recipe
from training.report import Report
from training.trainers import last_whole
from training.trials import Bench

OURS = (
    "output_dir", "max_steps", "per_device_train_batch_size", "steps_per_generation", "gradient_accumulation_steps",
    "num_generations", "max_completion_length", "learning_rate", "temperature", "beta", "seed",
)  # fmt: skip


def grpo_config(recipe: Recipe, index: int, **more: Any) -> GRPOConfig:
    """TRL's settings for one stage. Raises BadInput for a [trainer] table that TRL does not take."""
    stage = recipe.stage[index]
    if taken := sorted(set(OURS) & recipe.trainer.keys()):
        raise BadInput(f"[trainer] should not set {', '.join(taken)}: the recipe's other tables do")
    settings: JsonDict = {
        "output_dir": str(stage_folder(recipe, index)),
        "max_steps": stage.steps,
        "per_device_train_batch_size": stage.charts * stage.samples // stage.parts,
        "steps_per_generation": stage.parts,
        "gradient_accumulation_steps": stage.parts,
        "num_generations": stage.samples,
        "max_completion_length": stage.most_tokens,
        "learning_rate": stage.learning_rate,
        "warmup_steps": stage.warmup_steps,
        "lr_scheduler_type": "constant_with_warmup",
        "temperature": stage.temperature,
        "beta": stage.beta,
        "loss_type": "dapo",
        "seed": recipe.seed,
        "shuffle_dataset": False,  # sources are in seeded order by themselves
        "remove_unused_columns": False,
        "logging_steps": 1,
        "save_steps": recipe.save_steps,
        "save_total_limit": 2,
        "report_to": [],
        "disable_tqdm": True,
    }
    try:
        return GRPOConfig(**settings | recipe.trainer | more)
    except (TypeError, ValueError) as error:
        raise BadInput(f"[trainer] is not what trl.GRPOConfig takes: {error}") from error


def stage_folder(recipe: Recipe, index: int) -> Path:
    return Path(recipe.out) / f"{index + 1}-{recipe.stage[index].kind}"


def train(recipe: Recipe) -> Path:
    """All stages that are not done yet; returns the candidate's folder. May be called again after a kill."""
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    began = recipe.model
    for index in range(len(recipe.stage)):
        done = stage_folder(recipe, index) / "model"
        if not done.exists():
            _train_stage(recipe, index, began)
        began = str(done)
    candidate = Path(recipe.out) / "candidate"
    if PartialState().is_main_process:
        _replace_folder(Path(began), candidate)
    return candidate


def _train_stage(recipe: Recipe, index: int, began: str) -> None:
    folder = stage_folder(recipe, index)
    args = grpo_config(recipe, index)
    processor = AutoProcessor.from_pretrained(recipe.model)
    processor.tokenizer.padding_side = "left"
    model, peft_config = _model(recipe, began)
    folder.mkdir(parents=True, exist_ok=True)
    with _bench(recipe) as (bench, source), closing(Report(folder)) as report:
        trainer = SelfCorrectionGRPOTrainer(
            bench=bench,
            source=source,
            plan=_plan(recipe, index),
            model=model,
            args=args,
            train_dataset=_numbers(recipe, index, args.world_size),
            processing_class=processor,
            peft_config=peft_config,
            callbacks=[_Told(report)],
            optimizers=(_optimizer(model, peft_config, args), None),
        )
        trainer.train(resume_from_checkpoint=last_whole(folder))
    partial = folder / "model.partial"
    trainer.save_model(str(partial))
    if PartialState().is_main_process:
        processor.save_pretrained(partial)
        if (asked := Path(recipe.model) / CODEC_FILE).is_file():
            shutil.copyfile(asked, partial / CODEC_FILE)
        partial.rename(folder / "model")
    PartialState().wait_for_everyone()


def _numbers(recipe: Recipe, index: int, processes: int) -> Dataset:
    """The charts of a stage: it goes on where the one before ended."""
    before = sum(one.steps * one.charts for one in recipe.stage[:index]) * processes
    count = recipe.stage[index].steps * recipe.stage[index].charts * processes
    return Dataset.from_dict({"chart": list(range(before, before + count))})


def _plan(recipe: Recipe, index: int) -> Plan:
    stage, (begins, ends) = recipe.stage[index], recipe.span(index)
    return Plan(stage.kind, recipe.reward, begins, ends, stage.gamma, stage.bonus, stage.least_spread)


def _model(recipe: Recipe, began: str) -> tuple[Any, LoraConfig | None]:
    """What is trained: a whole model, a model that gets an adapter, or one whose adapter goes on learning."""
    base = began if recipe.lora is None else recipe.model
    model = AutoModelForImageTextToText.from_pretrained(
        base, dtype=getattr(torch, recipe.dtype), attn_implementation=recipe.attention
    )
    for name, weight in model.named_parameters():
        if any(part in name for part in recipe.frozen):
            weight.requires_grad_(False)
    if recipe.lora is None:
        return model, None
    if began != recipe.model:
        return PeftModel.from_pretrained(model, began, is_trainable=True), None
    return model, lora_config(recipe)


def lora_config(recipe: Recipe) -> LoraConfig:
    assert recipe.lora is not None
    lora = recipe.lora
    return LoraConfig(
        r=lora.r, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=lora.target_modules,
        task_type="CAUSAL_LM",
    )  # fmt: skip


def _optimizer(model: Any, peft_config: LoraConfig | None, args: GRPOConfig) -> torch.optim.Optimizer | None:
    """Masters for a whole model in bf16 on a CPU; None leaves the choice to the trainer."""
    if peft_config is not None or isinstance(model, PeftModel) or model.dtype != torch.bfloat16 or not args.use_cpu:
        return None
    return MasterAdamW(model.parameters(), lr=args.learning_rate, betas=(0.9, 0.98), weight_decay=args.weight_decay)


@contextmanager
def _bench(recipe: Recipe) -> Iterator[tuple[Bench, Source]]:
    judge = _judge(recipe)
    codec = codec_for(recipe.model)
    with _sandbox(recipe.sandbox) as sandbox:
        yield Bench(sandbox, codec, sandbox.workers, judge), _source(recipe, sandbox)
    if judge is not None:
        judge.close()


def _sandbox(asked: SandboxRecipe) -> Sandbox | ClusterSandbox:
    limits = SandboxLimits(timeout_s=asked.timeout_s)
    return ClusterSandbox(asked.ray, limits, asked.workers) if asked.ray else Sandbox(limits, workers=asked.workers)


def _judge(recipe: Recipe) -> VisualJudge | None:
    asked = recipe.judge
    key = Path(asked.key_file).read_text(encoding="utf-8").strip() if asked.key_file else ""
    return VisualJudge(asked.base_url, asked.model, key, asked.timeout_s) if asked.base_url else None


def _source(recipe: Recipe, sandbox: Runner) -> Source:
    charts = recipe.charts
    if not charts.folder:
        return DrawnCharts(charts.first_seed)
    return FolderCharts(Path(charts.folder), sandbox, TextReader() if charts.hints else None, recipe.seed)


class _Told(TrainerCallback):
    """Passes on what each step says."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def on_log(self, args: Any, state: Any, control: Any, logs: JsonDict | None = None, **_: Any) -> None:  # noqa: ARG002
        if state.is_world_process_zero and logs and "reward" in logs:
            self.report.log(state.global_step, logs)


def _replace_folder(source: Path, target: Path) -> None:
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def measure(recipe: Recipe, candidate: Path) -> JsonDict | None:
    """The candidate's evaluation, as `python -m training evaluate` makes it; None where the recipe asks for none."""
    asked = recipe.evaluation
    if not asked.folder:
        return None
    base, adapter = (candidate, None) if recipe.lora is None else (recipe.model, candidate)
    generator = TransformersGenerator(base, adapter, name="candidate", threads=recipe.threads or None)
    reader = TextReader() if asked.hints else None
    with Sandbox(workers=1) as sandbox:
        out = Path(recipe.out) / "evaluation"
        return evaluate.measure(Path(asked.folder), out, generator, sandbox, reader, asked.turns, asked.limit or None)


def checked(recipe: Recipe, place: Path) -> str:
    """What a dry run says. Raises BadInput for what cannot be run anywhere."""
    lines = []
    if recipe.launch:
        launch = load_config_from_file(str(place.parent / recipe.launch))
        lines.append(f"launched by accelerate: {launch.num_processes} processes, {launch.distributed_type}")
    for index, stage in enumerate(recipe.stage):
        args = grpo_config(recipe, index, use_cpu=True, bf16=False)
        begins, ends = recipe.span(index)
        sampler = f"vLLM ({args.vllm_mode})" if args.use_vllm else "transformers"
        lines.append(
            f"stage {index + 1}, {stage.kind}: {stage.steps} steps of {stage.charts} charts x {stage.samples} "
            f"per process, {args.per_device_train_batch_size} rows in {stage.parts} passes, sampled by {sampler}"
        )
        for share in (begins, (begins + ends) / 2, ends):
            worth = {name: weight for name, weight in recipe.reward.at(share).table().items() if weight}
            lines.append(f"    reward at {share:.0%}: {worth}")
    if recipe.lora is not None:
        lines.append(f"adapter: {lora_config(recipe).target_modules}, r {recipe.lora.r}")
    if recipe.sandbox.ray:
        ray, asked = ray_package().__version__, recipe.sandbox
        lines.append(f"programs run by Ray {ray} at {asked.ray}, {asked.workers} on each node at once")
    codec_for(recipe.model)
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m training grpo", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="check the recipe, and say what it would do")
    parser.add_argument("--model", help="begin from this folder instead of the recipe's")
    parser.add_argument("--out", help="write there instead of the recipe's folder")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args(arguments)
    try:
        recipe = read_recipe(options.recipe)
        given = {name: value for name in ("model", "out", "seed") if (value := getattr(options, name)) is not None}
        recipe = replace(recipe, **given)
        if options.dry_run:
            print(checked(recipe, options.recipe))
            return
        candidate = train(recipe)
        if PartialState().is_main_process and (document := measure(recipe, candidate)):
            print(evaluate.tables(document))
    except ChartloopError as error:
        sys.exit(f"training grpo: {error}")
