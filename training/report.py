"""What a training run tells while it goes on: a line of JSON for each ten steps, and a report that TensorBoard shows.

    tensorboard --logdir runs

OUT/log.jsonl and OUT/report hold the same figures. At each save, a few charts of a folder (one that `chartloop eval`
takes) are drawn by the model as it then is, and stand in the report beside the originals with their mean score: about
3 s a chart on one core, its texts' reading included. Leaves out: measuring a finished model (evaluate.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from torch.utils.tensorboard import SummaryWriter

from model.evaluation import EvalItem, chart_paths, evaluate, mean_metrics, read_picture
from model.generators.transformers import TransformersGenerator
from model.ocr import TextReader
from model.records import Pixels
from model.sandbox import Sandbox

EXAMPLES = 4
HEIGHT_PX = 300
GAP_PX = 8


class Report:
    """Of the run in folder `out`. Raises BadInput if `examples` is given and is no folder of charts."""

    def __init__(self, out: Path, examples: str = "") -> None:
        self.out, self.folder = out, Path(examples) if examples else None
        if self.folder:
            chart_paths(self.folder)  # a wrong folder is said now, not at the first save
        self.lines = (out / "log.jsonl").open("a")
        self.writer = SummaryWriter(str(out / "report"))

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        line = json.dumps({"step": step} | {name: _short(value) for name, value in figures.items()})
        print(line, file=self.lines, flush=True)
        print(line, flush=True)
        for name, value in figures.items():
            self.writer.add_scalar(name, value, step)

    def examples(self, step: int) -> None:
        """Draws the first charts of the folder with the model in OUT/model, greedily and in one turn."""
        if self.folder is None:
            return
        generator = TransformersGenerator(self.out / "model", dtype="float32", device="cpu")
        reader = TextReader() if generator.wants_hints else None
        items: list[EvalItem] = []
        with Sandbox(workers=1) as sandbox:
            evaluate(self.folder, generator, sandbox, reader, 1, EXAMPLES, lambda *done: items.append(done[2]))
        generator.close()
        for item in items:
            pictures = [read_picture(self.folder / f"{item.name}.png"), item.rendering]
            self.writer.add_image(f"examples/{item.name}", beside(pictures), step, dataformats="HWC")
        for name, value in mean_metrics([item.score for item in items]).items():
            if value is not None:
                self.writer.add_scalar(f"examples/{name}", value, step)
        self.writer.flush()

    def close(self) -> None:
        self.lines.close()
        self.writer.close()


def _short(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.5g}")


def beside(pictures: list[Pixels | None]) -> Pixels:
    """Pictures in one row, brought to one height; grey stands for one that was not drawn."""
    drawn = [np.full((HEIGHT_PX, HEIGHT_PX, 3), 200, np.uint8) if one is None else _scaled(one) for one in pictures]
    gap = np.full((HEIGHT_PX, GAP_PX, 3), 255, np.uint8)
    return np.concatenate([part for one in drawn for part in (one, gap)][:-1], axis=1)


def _scaled(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    size = (max(1, round(width * HEIGHT_PX / height)), HEIGHT_PX)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
