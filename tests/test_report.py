"""What a run tells: the same figures as lines and as TensorBoard's curves, and pictures drawn by the real model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from model.errors import BadInput
from tests.tiny_model import build_tiny_model
from training.report import GAP_PX, HEIGHT_PX, Report, beside

PROGRAM = "import matplotlib.pyplot as plt\nplt.figure(figsize=(2, 1))\nplt.plot([1, 2])\nplt.savefig('x.png')\n"


def recorded(out: Path) -> EventAccumulator:
    found = EventAccumulator(str(out / "report"))
    found.Reload()
    return found


def test_lines_and_curves_hold_the_same_figures(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.log(10, {"rows": 123_456, "loss": 2.5})
    report.log(20, {"rows": 234_567, "loss": 1.23456789})
    report.close()
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines == [{"step": 10, "rows": 123_456, "loss": 2.5}, {"step": 20, "rows": 234_567, "loss": 1.2346}]
    curve = recorded(tmp_path).Scalars("loss")
    assert [(point.step, round(point.value, 4)) for point in curve] == [(10, 2.5), (20, 1.2346)]


def test_examples_stand_beside_their_originals(tmp_path: Path) -> None:
    """An untrained model writes no program, which is drawn as grey and scored 0."""
    from PIL import Image

    (tmp_path / "charts").mkdir()
    Image.new("RGB", (200, 100), "white").save(tmp_path / "charts" / "a.png")
    (tmp_path / "charts" / "a.py").write_text(PROGRAM)
    build_tiny_model(tmp_path / "model", always="<end_of_utterance>")
    report = Report(tmp_path, str(tmp_path / "charts"))
    report.examples(30)
    report.close()
    found = recorded(tmp_path)
    (image,) = found.Images("examples/a")
    assert (image.step, image.width, image.height) == (30, 2 * HEIGHT_PX + GAP_PX + HEIGHT_PX, HEIGHT_PX)
    assert [point.value for point in found.Scalars("examples/execution_rate")] == [0.0]


def test_a_folder_without_charts_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no chart"):
        Report(tmp_path, str(tmp_path))


def test_pictures_come_to_one_height() -> None:
    wide, tall = np.zeros((50, 100, 3), np.uint8), np.zeros((200, 100, 3), np.uint8)
    assert beside([wide, tall]).shape == (HEIGHT_PX, 2 * HEIGHT_PX + GAP_PX + HEIGHT_PX // 2, 3)
    assert (beside([None])[0, 0] == 200).all()
