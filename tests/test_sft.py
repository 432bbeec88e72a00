"""Supervised training on real drawn pairs with a tiny real model: it learns, and a killed run goes on exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, AutoProcessor

from model.generators import Sampling
from model.generators.transformers import TransformersGenerator
from model.records import Chart, Conversation, Hints
from training import newborn
from training.batches import IGNORED, Shards
from training.publish import publish
from training.sft import AnswerLoss, SftConfig, learning_rate_scale, train
from training.synthesis import faults, shards

TINY = newborn.Size(vision_layers=1, vision_width=32, text_layers=1, text_width=32, heads=2)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained tiny model and one shard of nine rows, all with a correction turn where possible."""
    folder = tmp_path_factory.mktemp("sft")
    newborn.build(folder / "start", ["bar line 0123456789"], TINY)
    (folder / "data").mkdir()
    patch = pytest.MonkeyPatch()
    patch.setattr(shards, "ROWS_PER_SHARD", 9)
    patch.setattr(faults, "SHARE", 0.5)
    assert shards.write_shard(folder / "data", 0, 50) == 9
    patch.undo()
    return folder


def _config(ground: Path, out: str, rows: int) -> SftConfig:
    return SftConfig(str(ground / "data"), str(ground / "start"), str(ground / out), rows, tokens_per_batch=2000)


def _weights(ground: Path, out: str) -> dict[str, torch.Tensor]:
    return load_file(ground / out / "model" / "model.safetensors")


def test_a_finished_shard_is_not_drawn_again(ground: Path) -> None:
    assert shards.write_shard(ground / "data", 0, 50) == 0


def test_only_the_last_answer_is_learnt(ground: Path) -> None:
    processor = AutoProcessor.from_pretrained(ground / "start")
    reader = Shards(ground / "data", processor)
    assert reader.refresh() == 1
    for batch in reader.batches(1, seed=0, tokens_per_batch=2000):
        for ids, labels in zip(batch.ids, batch.labels, strict=True):
            learnt = processor.tokenizer.decode(ids[labels != IGNORED])
            assert learnt.startswith("<think>")
            assert learnt.endswith("</prog><end_of_utterance>")
            assert learnt.count("<think>") == 1
        pictures = int((batch.ids == processor.tokenizer.vocab["<image>"]).sum()) / 64
        assert len(batch.pixels) == pictures


def test_training_tokens_are_those_of_the_processor(ground: Path) -> None:
    """What is trained on is what the generator will feed: the chat template, word for word."""
    processor = AutoProcessor.from_pretrained(ground / "start")
    reader = Shards(ground / "data", processor)
    ids, start = reader.tokenise({"prompt": "<texts><paints>", "answer": "<prog></prog>"})
    text = [{"type": "image"}, {"type": "text", "text": "<texts><paints>"}]
    prompt = processor.apply_chat_template([{"role": "user", "content": text}], add_generation_prompt=True)
    picture = torch.zeros(3, 384, 384, dtype=torch.uint8)
    expected = processor(text=[prompt], images=[[picture.permute(1, 2, 0).numpy()]], return_tensors="np")["input_ids"]
    assert ids[:start].tolist() == expected[0].tolist()


def test_a_killed_run_goes_on_exactly(ground: Path) -> None:
    whole = train(_config(ground, "whole", 24))
    part = train(replace(_config(ground, "parts", 24), stop_after_steps=2))
    assert part.step == 2
    rest = train(_config(ground, "parts", 24))
    assert (rest.step, rest.rows, rest.tokens) == (whole.step, whole.rows, whole.tokens)
    first, second = _weights(ground, "whole"), _weights(ground, "parts")
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_loss_falls(ground: Path) -> None:
    import json

    train(_config(ground, "longer", 400))
    losses = [json.loads(line)["loss"] for line in (ground / "longer" / "log.jsonl").read_text().splitlines()]
    assert losses[-1] < 0.8 * losses[0]


def test_a_near_place_costs_less_than_a_far_one_by_hand() -> None:
    """Vocabulary of 300, places from 10 on. Uniform logits cost log 300, whatever the target."""
    loss = AnswerLoss(10)
    uniform = torch.zeros(1, 300)
    assert loss.of_logits(uniform, torch.tensor([50])).item() == pytest.approx(math.log(300))
    assert loss.of_logits(uniform, torch.tensor([5])).item() == pytest.approx(math.log(300))
    sure = torch.full((1, 300), -20.0)
    sure[0, 51] = 0.0
    exact, near, far = (loss.of_logits(sure, torch.tensor([t])).item() for t in (51, 50, 80))
    assert exact == pytest.approx(0.4 * 20, rel=1e-3)  # 0.6 of the target at its place, the rest beside it
    assert near == pytest.approx(0.85 * 20, rel=1e-3)
    assert far == pytest.approx(20, rel=1e-3)


def test_a_token_that_names_a_kind_counts_four_times_by_hand() -> None:
    loss = AnswerLoss(100, [7])
    sure = torch.full((2, 400), -20.0)
    sure[0, 7], sure[1, 0] = 0.0, 0.0  # the kind is right, the other token costs 20
    assert loss.of_logits(sure, torch.tensor([7, 3])).item() == pytest.approx(20 / 5, rel=1e-3)
    assert loss.of_logits(sure.flip(0), torch.tensor([7, 3])).item() == pytest.approx(20, rel=1e-3)


def test_the_learning_rate_warms_up_stays_and_falls() -> None:
    config = SftConfig("", "", "", rows=1000, warmup_steps=10)
    assert learning_rate_scale(0, 0, config) == pytest.approx(0.1)
    assert learning_rate_scale(500, 100, config) == 1.0
    assert learning_rate_scale(850, 100, config) == pytest.approx(0.5)
    assert learning_rate_scale(1000, 100, config) == 0.0


def test_a_trained_folder_is_an_ordinary_model_that_answers(ground: Path) -> None:
    import threading

    import numpy as np

    train(_config(ground, "answers", 8))
    generator = TransformersGenerator(ground / "answers" / "model")
    chart = Chart("0", "blank", np.full((100, 200, 3), 255, np.uint8), Hints())
    chunks = list(generator.stream(Conversation(chart), Sampling(max_new_tokens=8), threading.Event()))
    assert chunks[-1].completion is not None
    assert 1 <= len(chunks[-1].completion.token_ids) <= 8
    generator.close()


def test_a_published_model_is_whole_and_computes_in_float32(ground: Path, tmp_path: Path) -> None:
    train(_config(ground, "published", 8))
    publish(ground / "published" / "model", tmp_path)
    model = AutoModelForImageTextToText.from_pretrained(tmp_path, dtype="auto")
    assert model.dtype == torch.float32
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json"):
        (tmp_path / "tokenizer.json").unlink()
        publish(tmp_path, tmp_path)
