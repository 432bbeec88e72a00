"""Supervised training of the built-in model on drawn pairs; resumes exactly after a kill.

    python -m training.newborn runs/newborn
    python -m training.synthesis.shards runs/data --count 20000 &
    python -m training sft --data runs/data --start runs/newborn --out runs/sft --rows 60000

Made for a CPU: bf16 weights and arithmetic with fp32 masters in the optimizer (autocast casts every weight again at
each use), a forward pass of its own (forward.py), batches of one length, prepared in a thread. Reads new shards at
every pass, so drawing and training may run side by side. What it logs is in OUT/log.jsonl and, as curves, in
OUT/report (`tensorboard --logdir runs`); with --examples a few charts of a folder are drawn at each save, beside the
originals, which costs some 3 s a chart.
Leaves out: models other than the built-in one; with --model the same command trains those (sft_trainer.py).
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn
from transformers import AutoProcessor, Idefics3ForConditionalGeneration

from model.errors import ChartloopError
from model.nano.grammar import KINDS, POSITIONS, position, word
from training.batches import Batch, Shards, ahead
from training.forward import answer_logits, pictured
from training.report import Report
from training.sense import KindSense

DECAY_SHARE = 0.3
"""Last part of the run over which the learning rate falls to nothing; before it is constant (warm-up aside)."""


@dataclass(frozen=True)
class SftConfig:
    data: str
    start: str
    out: str
    rows: int = 60_000
    tokens_per_batch: int = 8192
    matrix_lr: float = 2e-3  # Muon, scaled to the update size of AdamW
    other_lr: float = 2e-3  # AdamW: embeddings, norms, biases
    warmup_steps: int = 60
    weight_decay: float = 0.05
    clip: float = 1.0
    seed: int = 0
    save_every_s: float = 240.0
    examples: str = ""  # a folder of held-out charts, as training/synthesis/heldout.py writes it
    stop_after_steps: int = 0  # 0: only at the end of the rows; SIGTERM stops a run too


@dataclass
class Progress:
    """Where a run stands: what a checkpoint must know to go on with the next batch."""

    step: int = 0
    rows: int = 0
    tokens: int = 0
    seconds: float = 0.0
    turn: int = 0  # passes over the data
    shards: int = 0  # of the current pass
    batch: int = 0  # within the current pass


class Masters:
    """fp32 copies of bf16 weights with their optimizers: Muon for matrices inside the layers, AdamW for the rest."""

    def __init__(self, model: nn.Module, config: SftConfig) -> None:
        self.weights = [weight for weight in model.parameters() if weight.requires_grad]
        self.masters = [weight.detach().float().clone().requires_grad_() for weight in self.weights]
        names = [name for name, weight in model.named_parameters() if weight.requires_grad]
        pairs = list(zip(names, self.masters, strict=True))
        matrices = [master for name, master in pairs if master.ndim == 2 and "embed" not in name and "head" not in name]
        chosen = {id(master) for master in matrices}
        others = [master for master in self.masters if id(master) not in chosen]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(
                matrices, lr=config.matrix_lr, weight_decay=config.weight_decay, adjust_lr_fn="match_rms_adamw"
            ),
            torch.optim.AdamW(others, lr=config.other_lr, weight_decay=0.0, betas=(0.9, 0.98)),
        ]
        self.peaks = [config.matrix_lr, config.other_lr]

    def step(self, scale: float, clip: float) -> float:
        """One update from the gradients of the bf16 weights; returns the gradient norm before clipping."""
        for weight, master in zip(self.weights, self.masters, strict=True):
            master.grad = None if weight.grad is None else weight.grad.float()
            weight.grad = None
        norm = nn.utils.clip_grad_norm_(self.masters, clip)
        for optimizer, peak in zip(self.optimizers, self.peaks, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * scale
            optimizer.step()
        with torch.no_grad():
            for weight, master in zip(self.weights, self.masters, strict=True):
                weight.copy_(master)
        return float(norm)

    def state(self) -> dict[str, object]:
        return {"masters": self.masters, "optimizers": [optimizer.state_dict() for optimizer in self.optimizers]}

    def load(self, state: dict[str, object]) -> None:
        with torch.no_grad():
            for master, saved in zip(self.masters, state["masters"], strict=True):  # type: ignore[call-overload]
                master.copy_(saved)
            for weight, master in zip(self.weights, self.masters, strict=True):
                weight.copy_(master)
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):  # type: ignore[call-overload]
            optimizer.load_state_dict(saved)


def learning_rate_scale(rows: int, step: int, config: SftConfig) -> float:
    """Warm-up by steps, constant, then linear to zero over the last share of the rows."""
    left = (config.rows - rows) / max(1.0, DECAY_SHARE * config.rows)
    return min(1.0, (step + 1) / config.warmup_steps, max(0.0, left))


class AnswerLoss:
    """Cross-entropy of the answer tokens alone, where a place may be a bin or two off.

    Position tokens are ordered: the bins beside the right one get a share of its target, so that a near miss is told
    from a wild one. Everything else has hard targets. `heavy` tokens, those that name a kind of chart, count
    KIND_WEIGHT times: a wrong one spoils all that follows, and they are one in ten.
    """

    KIND_WEIGHT = 4.0
    SHARES = ((-2, 0.05), (-1, 0.15), (0, 0.6), (1, 0.15), (2, 0.05))

    def __init__(self, first_position: int, heavy: Sequence[int] = (), sense: KindSense | None = None) -> None:
        self.sense = sense
        self.heavy = torch.tensor(heavy, dtype=torch.long)
        self.first, self.last = first_position, first_position + POSITIONS - 1
        self.offsets, self.shares = (torch.tensor(column) for column in zip(*self.SHARES, strict=True))

    def __call__(self, model: Idefics3ForConditionalGeneration, batch: Batch) -> torch.Tensor:
        """Weighted mean over the batch's N answer tokens, and what the pictures alone should tell. Scalar, fp32."""
        targets = batch.labels[:, 1:]
        asked = nn.functional.pad(targets >= 0, (0, 1))  # a token's logits tell the next one
        pictures = pictured(model, batch.pixels)
        loss = self.of_logits(answer_logits(model, batch.ids, pictures, asked).float(), targets[targets >= 0])
        return loss if self.sense is None else loss + self.sense(pictures, batch, model.config.image_token_id)

    def of_logits(self, logits_N_V: torch.Tensor, targets_N: torch.Tensor) -> torch.Tensor:
        place = (targets_N >= self.first) & (targets_N <= self.last)
        bins = (targets_N[:, None] + self.offsets).clamp(self.first, self.last)
        wanted_N5 = torch.where(place[:, None], bins, targets_N[:, None])
        losses_N = -(logits_N_V.log_softmax(-1).gather(1, wanted_N5) @ self.shares)
        weights_N = 1 + (self.KIND_WEIGHT - 1) * torch.isin(targets_N, self.heavy)
        return (losses_N * weights_N).sum() / weights_N.sum()


def save(folder: Path, model: nn.Module, processor: object, masters: Masters, progress: Progress) -> None:
    """Weights as an ordinary model folder, the rest of the state beside it; each file appears whole or not at all."""
    model.save_pretrained(folder / "model")  # type: ignore[operator]
    processor.save_pretrained(folder / "model")  # type: ignore[attr-defined]
    (folder / "model" / "chartloop.json").write_text(json.dumps({"codec": "slots"}) + "\n")
    partial = folder / "state.partial"
    torch.save({"progress": asdict(progress), **masters.state()}, partial)
    partial.rename(folder / "state.pt")


def train(config: SftConfig) -> Progress:  # noqa: PLR0915 - the one training loop, long and straight
    """The whole run, straight from top to bottom."""
    out = Path(config.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1) + "\n")
    torch.manual_seed(config.seed)
    processor = AutoProcessor.from_pretrained(config.start)
    model = Idefics3ForConditionalGeneration.from_pretrained(config.start, dtype=torch.bfloat16)
    model.train()
    vocabulary = processor.tokenizer.vocab
    kinds = [vocabulary[word(f"kind:{kind}")] for kind in KINDS]
    sense = KindSense(model.lm_head.in_features, kinds).bfloat16()
    loss_of = AnswerLoss(vocabulary[position(0)], kinds, sense)
    masters, progress = Masters(nn.ModuleDict({"model": model, "head": sense}), config), Progress()
    if (out / "state.pt").exists():
        state = torch.load(out / "state.pt", weights_only=True)
        masters.load(state)
        progress = Progress(**state["progress"])
        print(f"resumed at step {progress.step}, {progress.rows} rows", flush=True)
    shards = Shards(Path(config.data), processor)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    report = Report(out, config.examples)
    saved = reported = time.monotonic()
    steps = 0
    window: list[tuple[float, int, int]] = []
    while progress.rows < config.rows and not stopped:
        available = shards.refresh()
        if progress.batch == 0:
            progress.shards = available
        if not progress.shards:
            time.sleep(2)
            continue
        seed = config.seed * 1000 + progress.turn
        for batch in ahead(shards.batches(progress.shards, seed, config.tokens_per_batch, skip=progress.batch)):
            started = time.monotonic()
            loss = loss_of(model, batch)
            loss.backward()
            scale = learning_rate_scale(progress.rows, progress.step, config)
            norm = masters.step(scale, config.clip)
            assert math.isfinite(norm), f"the gradient is not finite at step {progress.step}"
            rows = len(batch.ids)
            progress.step += 1
            progress.rows += rows
            progress.tokens += batch.tokens
            progress.batch += 1
            progress.seconds += time.monotonic() - started
            window.append((float(loss.detach()), rows, batch.tokens))
            if progress.step % 10 == 0:
                now = time.monotonic()
                speed = figures(window, now - reported) | {"lr": scale * config.matrix_lr, "norm": norm}
                report.log(progress.step, {"rows": progress.rows, "pass": progress.turn} | speed)
                reported, window = now, []
            if time.monotonic() - saved > config.save_every_s:
                started = time.monotonic()
                save(out, model, processor, masters, progress)
                report.examples(progress.step)
                saved = time.monotonic()
                reported += saved - started  # speed is that of learning
            steps += 1
            if stopped or progress.rows >= config.rows or steps == config.stop_after_steps:
                stopped.append(True)
                break
        else:
            progress.turn, progress.batch = progress.turn + 1, 0
    save(out, model, processor, masters, progress)
    report.examples(progress.step)
    report.close()
    return progress


def figures(window: list[tuple[float, int, int]], seconds: float) -> dict[str, float]:
    """Mean loss and speed of a few steps, each (loss, rows, tokens), that took so many seconds together."""
    losses, rows, tokens = zip(*window, strict=True)
    return {"loss": sum(losses) / len(losses), "rows_per_s": sum(rows) / seconds, "tokens_per_s": sum(tokens) / seconds}


def configured(arguments: list[str]) -> SftConfig:
    """The configuration of a command line; every field of SftConfig is a flag."""
    parser = argparse.ArgumentParser(prog="python -m training sft", description=(__doc__ or "").splitlines()[0])
    for name, annotation in SftConfig.__annotations__.items():
        kind = {"str": str, "int": int, "float": float}[annotation]
        default = getattr(SftConfig, name, None)
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=default, required=default is None)
    return SftConfig(**vars(parser.parse_args(arguments)))


def main(arguments: list[str]) -> None:
    if any(argument.partition("=")[0] == "--model" for argument in arguments):
        from training import sft_trainer  # TRL takes seconds to import

        return sft_trainer.main(arguments)
    try:
        progress = train(configured(arguments))
    except ChartloopError as error:
        sys.exit(str(error))
    print(f"{progress.rows} rows in {progress.seconds / 60:.1f} minutes of training", flush=True)
