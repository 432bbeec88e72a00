"""Seconds from a picture to its first rendering and to the end of the loop, over the example charts.

    python -m benchmarks.run                                      the built-in model, the examples of the page
    python -m benchmarks.run --model FOLDER --pictures FOLDER     any model in Hugging Face's layout, any PNG files
    python -m benchmarks.run --model nano --base-url http://localhost:8000/v1 --codec slots

The clock starts when the picture is decoded, so reading its texts counts; loading the model is told apart, and the
first chart is gone through once before, unmeasured, as a running server would have done. Leaves out: how good the
programs are (`chartloop eval`).
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from PIL import Image

from app.models import ModelChoice
from app.settings import EXAMPLES_FOLDER, NANO_FOLDER, load
from app.workshop import Workshop
from model.generators import Generator
from model.records import Chart, Pixels
from model.repair import Finished, TurnDone


@dataclass(frozen=True, slots=True)
class Timing:
    """One chart. `rendered_s` is None if no program of it ran."""

    name: str
    read_s: float
    rendered_s: float | None
    ended_s: float
    turns: int
    tokens: int
    reason: str


def measure(workshop: Workshop, generator: Generator, name: str, pixels: Pixels, turns: int) -> Timing:
    """Go the whole way with one chart."""
    started = time.perf_counter()
    hints = workshop.read(pixels)
    read_s = time.perf_counter() - started
    rendered_s, done, tokens, reason = None, 0, 0, ""
    for event in workshop.solve(Chart("", name, pixels, hints), generator, turns, threading.Event()):
        if isinstance(event, TurnDone):
            done += 1
            tokens += len(event.turn.completion.token_ids) if event.turn.completion else 0
            if rendered_s is None and event.turn.execution.outcome.ran:
                rendered_s = time.perf_counter() - started
        elif isinstance(event, Finished):
            reason = event.reason
    return Timing(name, read_s, rendered_s, time.perf_counter() - started, done, tokens, reason)


def report(timings: Sequence[Timing]) -> str:
    """A line for each chart and the medians; charts without a rendering are counted, not hidden."""
    lines = [f"{'chart':<24} {'read s':>7} {'rendered s':>11} {'ended s':>8} {'turns':>6} {'tokens':>7}  stopped by"]
    for timing in timings:
        rendered = "-" if timing.rendered_s is None else f"{timing.rendered_s:.2f}"
        lines.append(
            f"{timing.name[:24]:<24} {timing.read_s:>7.2f} {rendered:>11} {timing.ended_s:>8.2f} {timing.turns:>6} "
            f"{timing.tokens:>7}  {timing.reason}"
        )
    rendered_s = [timing.rendered_s for timing in timings if timing.rendered_s is not None]
    first = f"{median(rendered_s):.2f} s" if rendered_s else "never"
    lines.append(
        f"median of {len(timings)}: first rendering after {first} ({len(rendered_s)} of {len(timings)} charts), "
        f"end of the loop after {median(timing.ended_s for timing in timings):.2f} s"
    )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default=str(NANO_FOLDER), help="a folder, or a name at the server")
    parser.add_argument("--base-url", default="", help="an OpenAI-compatible server")
    parser.add_argument("--codec", default="plain", help="how the server's model is asked and read")
    parser.add_argument("--pictures", type=Path, default=EXAMPLES_FOLDER, help="a folder with PNG files")
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--cores", type=int, default=2, help="threads of the model")
    asked = parser.parse_args(arguments)
    pictures = {path.name: np.asarray(Image.open(path).convert("RGB")) for path in sorted(asked.pictures.glob("*.png"))}
    if not pictures:
        parser.error(f"{asked.pictures} holds no PNG files")
    torch.set_num_threads(asked.cores)
    workshop = Workshop(load())
    try:
        started = time.perf_counter()
        choice = ModelChoice(asked.model, asked.model, base_url=asked.base_url, codec=asked.codec)
        generator = workshop.generator(choice)
        print(f"{asked.model} loaded in {time.perf_counter() - started:.1f} s; {asked.cores} cores")
        name, pixels = next(iter(pictures.items()))
        measure(workshop, generator, name, pixels, asked.turns)
        print(report([measure(workshop, generator, *picture, asked.turns) for picture in pictures.items()]))
    finally:
        workshop.close()


if __name__ == "__main__":
    main()
