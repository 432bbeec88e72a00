"""Trains the small net that tells the built-in model what each panel looks like (model/glance.py).

    python -m training glance --data runs/data --out model/glance.safetensors
    python -m training glance --data runs/data --out FILE --start model/glance.safetensors     goes on from a net

Learns from shards: the frames that a row's question tells are cut out of its picture, and the words that its answer
uses for that panel are what the net should say. One row in twelve, by its seed, is only looked at.
What it tells of pictures that it was trained on is surer than it should be: draw other seeds for the model itself.
Leaves out: resuming, since it takes minutes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from model.errors import ChartloopError
from model.glance import WORDS, Box, Glance, as_input, panel
from model.nano import grammar
from model.records import JsonDict, Pixels

BATCH = 64
RATE = 2e-3  # of a net that begins anew
LATER_RATE = 1e-3  # of one that goes on
WARMUP_STEPS = 100
DECAY_SHARE = 0.6  # of all steps, at the end: the learning rate falls to nothing
MOST_PANELS = 6  # of one picture
ASIDE = 12
_FRAME = re.compile(r"<f(\d+)>(?:<n\d+>)*<p(\d+)><p(\d+)><p(\d+)><p(\d+)>")
_ANSWERED = re.compile(r"^(?:<n\d+>|<inset>)*<f(\d+)>")
_INDEX = {grammar.word(name): index for index, name in enumerate(WORDS)}


@dataclass(frozen=True)
class Panels:
    """N panels as the net sees them, which of the K words each has, and which are only looked at."""

    pictures: NDArray[np.uint8]  # (N, S, S, 3)
    words: NDArray[np.bool_]  # (N, K)
    aside: NDArray[np.bool_]  # (N,)


def frames(question: str) -> dict[int, Box]:
    """Boxes of the frames that a question tells, in fractions of the picture."""
    found = {}
    for number, *places in _FRAME.findall(question.partition(grammar.word("paints"))[0]):
        x0, y0, x1, y1 = (grammar.fraction(f"<p{place}>") for place in places)
        found[int(number)] = (x0, y0, x1, y1)
    return found


def answered(answer: str) -> Iterator[tuple[int, list[int]]]:
    """The number of the frame and the words of each panel whose frame was seen."""
    read, _, program = answer.partition(grammar.word("prog"))
    panels = (text.split(grammar.word("panel"))[1:] for text in (read, program))
    for reading, drawn in zip(*panels, strict=False):
        if frame := _ANSWERED.match(reading):
            yield int(frame[1]), [_INDEX[piece] for piece in grammar.pieces(drawn) if piece in _INDEX]


def read(folder: Path) -> Panels:
    """All panels of a folder of shards. Raises ChartloopError where there are none."""
    found = [one for path in sorted(folder.glob("rows-*.jsonl")) for one in _panels(path)]
    if not found:
        raise ChartloopError(f"{folder} holds no finished shard; draw some with python -m training.synthesis.shards")
    pictures, words, seeds = zip(*found, strict=True)
    has = np.zeros((len(found), len(WORDS)), np.bool_)
    for row, chosen in zip(has, words, strict=True):
        row[chosen] = True
    return Panels(np.stack(pictures), has, np.array(seeds) % ASIDE == 0)


def _panels(path: Path) -> Iterator[tuple[Pixels, list[int], int]]:
    pictures, place = np.load(path.with_suffix(".npy"), mmap_mode="r"), 0
    for line in path.read_text().splitlines():
        row: JsonDict = json.loads(line)
        boxes = frames(row["prompt"])
        for number, words in list(answered(row["answer"]))[:MOST_PANELS]:
            if number in boxes and words:
                yield panel(pictures[place], boxes[number]), words, row["seed"]
        place += 2 if row.get("draft") else 1


def varied(x: Tensor) -> Tensor:
    """Other colours, a little moved and zoomed: what a kind of chart does not depend on."""
    count = len(x)
    order = torch.stack([torch.randperm(3) for _ in range(count)])
    x = x.gather(1, order[:, :, None, None].expand(-1, -1, *x.shape[2:]))
    x = torch.where((torch.rand(count) < 0.1)[:, None, None, None], -x, x)
    moves = torch.zeros(count, 2, 3)
    moves[:, 0, 0], moves[:, 1, 1] = (1 + 0.12 * (torch.rand(2, count) - 0.3)).unbind()
    moves[:, :, 2] = 0.1 * (torch.rand(count, 2) - 0.5)
    grid = nn.functional.affine_grid(moves, list(x.shape), align_corners=False)
    moved = nn.functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
    return moved.contiguous(memory_format=torch.channels_last)


def train(panels: Panels, epochs: float, seed: int = 0, start: Path | None = None) -> Glance:
    """The whole run, anew or from the weights in a file."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Glance().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    rate = RATE if start is None else LATER_RATE
    if start is not None:
        net.load_state_dict(load_file(start))
    chosen = np.flatnonzero(~panels.aside)
    steps = int(epochs * len(chosen) / BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.05)
    started = time.monotonic()
    order = np.empty(0, np.int64)
    for step in range(steps):
        if len(order) < BATCH:
            order = rng.permutation(chosen)
        some, order = np.sort(order[:BATCH]), order[BATCH:]
        pictures, wanted = as_input(panels.pictures[some]), torch.from_numpy(panels.words[some]).float()
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / WARMUP_STEPS, (steps - step) / (DECAY_SHARE * steps))
        with torch.autocast("cpu", torch.bfloat16):
            scores = net(varied(pictures))
        loss = nn.functional.binary_cross_entropy_with_logits(scores.float(), wanted, reduction="sum")
        (loss / len(some)).backward()
        optimizer.step()
        optimizer.zero_grad()
        if (step + 1) % 200 == 0 or step + 1 == steps:
            speed = (step + 1) * BATCH / (time.monotonic() - started)
            print(
                f"{step + 1} of {steps} steps  {speed:.0f} panels/s  kind {kind_accuracy(net, panels):.1%}", flush=True
            )
    return net.eval()


def scores(net: Glance, pictures: NDArray[np.uint8]) -> Tensor:
    """Log-odds (N, K)."""
    net.eval()
    with torch.inference_mode():
        found = torch.cat([net(as_input(pictures[i : i + 256])) for i in range(0, len(pictures), 256)])
    net.train()
    return found


def kind_accuracy(net: Glance, panels: Panels) -> float:
    """Share of the panels set aside whose likeliest kind is one that they have."""
    kinds = len(grammar.KINDS)
    likeliest = scores(net, panels.pictures[panels.aside])[:, :kinds].argmax(1).numpy()
    return float(panels.words[panels.aside][np.arange(len(likeliest)), likeliest].mean())


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m training glance", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of shards")
    parser.add_argument("--out", type=Path, required=True, help="a file of weights")
    parser.add_argument("--epochs", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="a file of weights to go on from; else anew")
    told = parser.parse_args(arguments)
    try:
        net = train(read(told.data), told.epochs, told.seed, told.start)
    except ChartloopError as error:
        sys.exit(str(error))
    save_file({name: weight.contiguous() for name, weight in net.state_dict().items()}, told.out)
