"""Tuning a tiny real model on judged answers with pictures: each method learns what it should, and survives a kill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets import Dataset
from safetensors.torch import load_file

from model.generators.transformers import TransformersGenerator
from model.prompt import Message, Part
from tests.tiny_llava import build_tiny_llava
from tests.tiny_model import build_tiny_model
from training import judged
from training.behaviour import answers_logps, behaviour
from training.loaded import Source, load
from training.nft_trainer import JudgedCollator
from training.trainers import last_whole
from training.tune import tune, with_columns
from training.tuning import Method, Tuning

QUICK = Tuning(epochs=4, learning_rate=3e-3, rows_per_step=4, checkpoint_every=2, least_steps=0)


class Killed(Exception):
    """Stands for a process that ends in the middle."""


BUILDERS: dict[str, Callable[[Path], Path]] = {"idefics3": build_tiny_model, "llava": build_tiny_llava}


@pytest.fixture(scope="module", params=BUILDERS)
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The built-in model's architecture, whose questions are computed once, and one that goes TRL's way."""
    return Source(str(BUILDERS[request.param](tmp_path_factory.mktemp("base"))))


@pytest.fixture(scope="module")
def rows(base: Source, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Eight answers to one picture, "good" right and "bad!" wrong, some of them after a turn with a second picture."""
    picture = np.random.default_rng(0).integers(0, 255, (40, 64, 3), np.uint8)
    asked = Message("user", (Part(pixels=picture), Part("draw this")))
    again = (Message("assistant", (Part("x"),)), Message("user", (Part(pixels=picture), Part("wrong"))))
    found = []
    for number in range(8):
        prompt, images = judged.conversation((asked, *again) if number % 4 > 1 else (asked,))
        right = number % 2 == 0
        found.append(
            judged.Row(prompt, images, "good" if right else "bad!", right, "c", "bar", "m@1", "verdict").values()
        )
    folder = tmp_path_factory.mktemp("rows")
    assert judged.write(folder / "rows.parquet", found) == 8
    dataset = judged.read(folder / "rows.parquet")
    logps = behaviour(dataset, {"m@1": base}, folder / "logps")
    columns = {"correct": [float(one) for one in dataset["label"]], "rate": [0.5] * 8, "weight": [1.0] * 8}
    return with_columns(dataset, {**columns, "old_logps": logps})


def likelihoods(source: Source, rows: Dataset) -> tuple[float, float]:
    """Mean log-probability of right and of wrong answers."""
    sums = np.array([sum(row) for row in answers_logps(load(source), rows)])
    right = np.array(rows["label"])
    return float(sums[right].mean()), float(sums[~right].mean())


def test_behaviour_is_the_softmax_of_the_model_itself(base: Source, rows: Dataset) -> None:
    loaded = load(base)
    row = dict(rows[3])
    batch = JudgedCollator(processor=loaded.processor, calculate_kl=False)([dict(row)])
    own = {"old_logps", "correct", "rate", "weight", "label", "completion_mask"}
    logits = loaded.model(**{name: value for name, value in batch.items() if name not in own}).logits[0, :-1]
    ids = batch["input_ids"][0, 1:]
    there = batch["completion_mask"][0, 1:].bool()
    by_hand = logits.log_softmax(-1).gather(1, ids[:, None])[:, 0][there]
    assert row["old_logps"] == pytest.approx(by_hand.tolist(), abs=2e-3)
    assert loaded.processor.tokenizer.decode(ids[there]).startswith("bad!")


def test_a_second_pass_reads_what_the_first_one_kept(rows: Dataset, base: Source, tmp_path: Path) -> None:
    first = behaviour(rows, {"m@1": base}, tmp_path)
    assert behaviour(rows, {}, tmp_path) == first


@pytest.mark.parametrize("method", list(Method))
def test_every_method_tells_right_from_wrong(method: Method, base: Source, rows: Dataset, tmp_path: Path) -> None:
    before = likelihoods(base, rows)
    logged = tune(base, rows, tmp_path, replace(QUICK, method=method))
    after = likelihoods(Source(str(tmp_path / "model")), rows)
    assert after[0] > before[0] + 1
    assert after[0] - after[1] > before[0] - before[1] + 0.1
    if method is not Method.REJECTION:
        assert after[1] < before[1]  # only these two learn from a wrong answer
    assert logged


def test_a_killed_run_goes_on_from_its_checkpoint_and_ends_alike(base: Source, rows: Dataset, tmp_path: Path) -> None:
    steps: list[int] = []
    tune(base, rows, tmp_path / "whole", QUICK)

    def kill(step: int, of: int, logs: dict[str, float]) -> None:
        steps.append(step)
        if step == 5 and steps.count(5) == 1:
            raise Killed

    with pytest.raises(Killed):
        tune(base, rows, tmp_path / "parts", QUICK, kill)
    assert last_whole(tmp_path / "parts") == str(tmp_path / "parts" / "checkpoint-4")
    assert not (tmp_path / "parts" / "model").exists()
    (tmp_path / "parts" / "checkpoint-6").mkdir()  # one that was not written to its end
    tune(base, rows, tmp_path / "parts", QUICK, kill)
    first, second = (load_file(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "parts"))
    for name, weight in first.items():
        assert torch.allclose(weight, second[name], atol=1e-6), (name, (weight - second[name]).abs().max())


def test_the_result_is_an_ordinary_model_or_an_adapter(base: Source, rows: Dataset, tmp_path: Path) -> None:
    tune(base, rows, tmp_path / "whole", replace(QUICK, epochs=1))
    TransformersGenerator(tmp_path / "whole" / "model").close()
    tune(base, rows, tmp_path / "lora", replace(QUICK, epochs=1, lora_rank=4))
    assert (tmp_path / "lora" / "model" / "adapter_config.json").is_file()
    assert not (tmp_path / "lora" / "model" / "model.safetensors").exists()
    TransformersGenerator(base.path, adapter=tmp_path / "lora" / "model").close()
    adapted = Source(base.path, str(tmp_path / "lora" / "model"))
    assert adapted.sha256() != base.sha256() != ""
    assert likelihoods(adapted, rows) != likelihoods(base, rows)


def test_log_probabilities_of_other_tokens_are_refused(base: Source, rows: Dataset) -> None:
    loaded = load(base)
    row = dict(rows[0])
    row["old_logps"] = row["old_logps"][:-1]
    with pytest.raises(AssertionError, match="other tokens"):
        JudgedCollator(processor=loaded.processor, calculate_kl=False)([row])


def test_a_few_verdicts_are_gone_through_until_they_have_taught_something(
    base: Source, rows: Dataset, tmp_path: Path
) -> None:
    """Eight rows are one step of sixteen: one pass would be one step, at a learning rate that has hardly begun."""
    logged = tune(base, rows, tmp_path, Tuning(epochs=1, learning_rate=1e-3))
    assert len(logged) == Tuning().least_steps and logged[2]["learning_rate"] == pytest.approx(1e-3)
