"""How fast the built-in model trains, what bounds it, and how fast the same rows go through transformers' own Trainer.

    python -m training.synthesis.shards runs/data --count 2000
    python -m benchmarks.training [--data runs/data] [--batches 8] [--threads 2]

In one run: the machine's bf16 matrix peak at so many threads; the rows/s of training/sft.py, the floating-point
operations of a row (matrix products of forward and backward passes, counted as they are made; the optimizer's own left
out) and their share of the peak; where a step's time goes; and the rows/s of `Trainer` as it comes (bf16 autocast,
AdamW, rows of a batch padded to the longest, batches of as many rows). Wall time: other work on the machine moves every
figure, the peak among them. Leaves out: models other than the built-in one, and how well it learns.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.data import Dataset
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    AutoProcessor,
    Idefics3ForConditionalGeneration,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from model.nano.grammar import position
from training.batches import IGNORED, Batch, Shards
from training.publish import NANO
from training.sft import AnswerLoss, Masters, SftConfig

WARM = 2  # steps before the clock: the first ones fill caches
KINDS = {
    "matrix products": ("aten::mm", "aten::addmm", "aten::mkldnn_convolution"),
    "attention's products": ("aten::bmm", "aten::baddbmm", "aten::baddbmm_"),
    "softmax": ("aten::_softmax", "aten::_softmax_backward_data", "aten::_log_softmax"),
    "copies and casts": ("aten::copy_", "aten::cat", "aten::fill_", "aten::masked_fill_"),
    "activations": ("aten::gelu", "aten::gelu_backward", "aten::silu", "aten::silu_backward"),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """What some rows took."""

    rows: int
    tokens: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.rows / self.seconds:6.2f} rows/s  {self.tokens / self.seconds:6.0f} tokens/s"


def now() -> float:
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("runs/data"), help="as training.synthesis.shards draws it")
    parser.add_argument("--start", type=Path, default=NANO, help="the model")
    parser.add_argument("--batches", type=int, default=8, help="measured in each of the ways")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    processor = AutoProcessor.from_pretrained(asked.start)
    shards = Shards(asked.data, processor)
    if not shards.refresh():
        sys.exit(f"{asked.data} holds no shards: draw some with training.synthesis.shards")
    batches, prepared_s = prepared(shards, WARM + asked.batches)
    print(f"{asked.threads} threads, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    peak = peak_flops()
    print(f"bf16 matrix peak       {peak / 1e9:6.0f} GFLOP/s")
    ours = loop(asked.start, processor, batches, peak)
    print(f"preparing batches      {prepared_s / (WARM + asked.batches) * 1000:6.1f} ms each, in a thread of its own")
    theirs = trainer(asked.start, batches)
    print(f"transformers' Trainer  {theirs}")
    print(f"the loop is {ours.rows / ours.seconds / (theirs.rows / theirs.seconds):.1f} times as fast")


def prepared(shards: Shards, count: int) -> tuple[list[Batch], float]:
    """The first batches of a pass, and the seconds that they took."""
    started = now()
    plan = shards.batches(len(shards.rows), seed=0, tokens_per_batch=SftConfig("", "", "").tokens_per_batch)
    batches = [batch for batch, _ in zip(plan, range(count), strict=False)]
    return batches, now() - started


def peak_flops(side: int = 4096, times: int = 5) -> float:
    """The best of a few products of square matrices."""
    a, b = (torch.randn(side, side, dtype=torch.bfloat16) for _ in range(2))
    torch.mm(a, b)
    seconds = []
    for _ in range(times):
        started = now()
        torch.mm(a, b)
        seconds.append(now() - started)
    return 2 * side**3 / min(seconds)


def loop(start: Path, processor: Any, batches: list[Batch], peak: float) -> Pace:
    """training/sft.py's step over the batches; prints its pace and where its time goes."""
    model = Idefics3ForConditionalGeneration.from_pretrained(start, dtype=torch.bfloat16).train()
    masters = Masters(model, SftConfig("", "", ""))
    loss_of = AnswerLoss(processor.tokenizer.vocab[position(0)])
    passes_s = optimizer_s = 0.0
    for number, batch in enumerate(batches):
        started = now()
        loss_of(model, batch).backward()
        passed = now()
        masters.step(0.1, 1.0)
        if number >= WARM:
            passes_s += passed - started
            optimizer_s += now() - passed
    measured = batches[WARM:]
    pace = Pace(sum(len(one.ids) for one in measured), sum(one.tokens for one in measured), passes_s + optimizer_s)
    flops = sum(counted(model, loss_of, batch) for batch in measured)
    share, alone = flops / pace.seconds / peak, flops / passes_s / peak
    print(f"training/sft.py        {pace}")
    print(f"operations of a row    {flops / pace.rows / 1e9:6.1f} GFLOP")
    print(f"share of the peak      {100 * share:6.1f} %, without the optimizer {100 * alone:.1f} %")
    print(f"a step's time          {1000 * pace.seconds / len(measured):6.0f} ms")
    shares = grouped(model, loss_of, measured[:3])
    for name, part in [(name, part * passes_s / pace.seconds) for name, part in shares]:
        print(f"  {name:<20} {100 * part:6.1f} %")
    print(f"  {'optimizer':<20} {100 * optimizer_s / pace.seconds:6.1f} %")
    return pace


def _baddbmm(added: Sequence[int], a: Sequence[int], b: Sequence[int], **_: Any) -> int:  # noqa: ARG001
    """Of shapes (n, i, j) and (n, j, k); torch counts the product that is not in place."""
    return 2 * a[0] * a[1] * a[2] * b[2]


def counted(model: Idefics3ForConditionalGeneration, loss_of: AnswerLoss, batch: Batch) -> int:
    """Floating-point operations of a forward and a backward pass."""
    with FlopCounterMode(display=False, custom_mapping={torch.ops.aten.baddbmm_: _baddbmm}) as counter:
        loss_of(model, batch).backward()
    model.zero_grad()
    return counter.get_total_flops()


def grouped(
    model: Idefics3ForConditionalGeneration, loss_of: AnswerLoss, batches: list[Batch]
) -> Iterator[tuple[str, float]]:
    """Kinds of work with their shares of the time of forward and backward passes, by torch's profiler."""
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        for batch in batches:
            loss_of(model, batch).backward()
    model.zero_grad()
    kinds = {name: kind for kind, names in KINDS.items() for name in names}
    spent: Counter[str] = Counter()
    for event in profiled.key_averages():
        spent[kinds.get(event.key, "norms, sums and others")] += event.self_cpu_time_total
    return ((kind, us / spent.total()) for kind, us in spent.most_common())


class Rows(Dataset[dict[str, torch.Tensor]]):
    """The rows of batches one by one, as `Trainer` wants them."""

    def __init__(self, batches: list[Batch], image_token: int, pad: int) -> None:
        self.rows = [row for batch in batches for row in _rows(batch, image_token, pad)]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return self.rows[index]


def _rows(batch: Batch, image_token: int, pad: int) -> Iterator[dict[str, torch.Tensor]]:
    taken, per_picture = 0, int((batch.ids == image_token).sum()) // len(batch.pixels)
    for ids, labels in zip(batch.ids, batch.labels, strict=True):
        length, pictures = int((ids != pad).sum()), int((ids == image_token).sum()) // per_picture
        yield {"ids": ids[:length], "labels": labels[:length], "pixels": batch.pixels[taken : taken + pictures]}
        taken += pictures


def padded(rows: list[dict[str, torch.Tensor]], pad: int) -> dict[str, torch.Tensor]:
    """What the processor's own padding gives: ids with their mask, labels, and empty pictures where a row has fewer."""
    ids, labels = (
        torch.nn.utils.rnn.pad_sequence([row[name] for row in rows], batch_first=True, padding_value=value)
        for name, value in (("ids", pad), ("labels", IGNORED))
    )
    lengths = torch.tensor([len(row["ids"]) for row in rows])
    pictures = [row["pixels"].float() / 127.5 - 1 for row in rows]
    return {
        "input_ids": ids,
        "labels": labels,
        "attention_mask": (torch.arange(ids.shape[1]) < lengths[:, None]).long(),
        "pixel_values": torch.nn.utils.rnn.pad_sequence(pictures, batch_first=True),
    }


class _Clock(TrainerCallback):
    def __init__(self) -> None:
        self.at: list[float] = []

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
        self.at.append(now())


def trainer(start: Path, batches: list[Batch]) -> Pace:
    """`Trainer` over the same rows in its own order, the first steps left out."""
    model = Idefics3ForConditionalGeneration.from_pretrained(start, dtype=torch.float32)
    pad = model.config.get_text_config().pad_token_id
    rows = Rows(batches, model.config.image_token_id, pad)
    size = len(rows) // len(batches)
    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            per_device_train_batch_size=size,
            max_steps=len(batches),
            bf16=True,
            use_cpu=True,
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
            logging_steps=1000,
            remove_unused_columns=False,
            dataloader_drop_last=True,
            dataloader_pin_memory=False,
        )
        Trainer(
            model, arguments, data_collator=lambda some: padded(some, pad), train_dataset=rows, callbacks=[clock]
        ).train()
    tokens = sum(len(row["ids"]) for row in rows.rows) / len(rows)
    done = size * (len(clock.at) - WARM)
    return Pace(done, round(done * tokens), clock.at[-1] - clock.at[WARM - 1])


if __name__ == "__main__":
    main()
