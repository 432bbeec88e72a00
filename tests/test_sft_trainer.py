"""Supervised training of other models: two tiny real families, whole and by an adapter, as the command does it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoProcessor
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from model.errors import BadInput
from model.generators import Sampling
from model.generators.transformers import TransformersGenerator
from model.prompt import PlainCodec
from model.records import Chart, Conversation
from tests.tiny_llava import build_tiny_llava
from tests.tiny_model import build_tiny_model
from training import sft
from training.sft_trainer import Supervision, conversations, train
from training.synthesis import export

BUILDERS: dict[str, Callable[[Path], Path]] = {"idefics3": build_tiny_model, "llava": build_tiny_llava}
QUICK = Supervision(epochs=2, learning_rate=3e-3, rows_per_step=2, checkpoint_every=2, seed=3)
STEPS = 4

Losses = dict[int, float]


class Killed(Exception):
    """Stands for a process that ends in the middle."""


@pytest.fixture(scope="module", params=BUILDERS)
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(BUILDERS[request.param](tmp_path_factory.mktemp(request.param)))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four rows as training/synthesis/export.py writes them, of noise and of short programs: a byte is a token here."""
    path = tmp_path_factory.mktemp("data") / "pairs.parquet"
    rng = np.random.default_rng(0)
    rows = [
        {
            "image": {"bytes": export.png(rng.integers(0, 255, (40, 64, 3), np.uint8)), "path": f"bar_{seed}.png"},
            "code": f"import numpy\nx = {seed}",
            "kind": "bar",
            "family": "f",
            "seed": seed,
        }
        for seed in range(4)
    ]
    pq.write_table(pa.Table.from_pylist(rows, export.FEATURES.arrow_schema), path)
    return path


def run(base: str, pairs: Path, out: Path, how: Supervision, last: int = STEPS) -> Losses:
    """The loss of each step until the run ends, or is killed after step `last`."""
    losses: Losses = {}

    def note(step: int, figures: dict[str, float]) -> None:
        losses[step] = figures["loss"]
        if step == last < STEPS:
            raise Killed

    with contextlib.suppress(Killed):
        train(base, [pairs], out, how, note)
    return losses


def weights(out: Path, name: str) -> dict[str, torch.Tensor]:
    return load_file(out / "model" / name)


@pytest.mark.parametrize(("rank", "file"), [(0, "model.safetensors"), (2, "adapter_model.safetensors")])
def test_a_killed_run_goes_on_exactly(base: str, pairs: Path, tmp_path: Path, rank: int, file: str) -> None:
    how = replace(QUICK, lora_rank=rank, learning_rate=3e-2 if rank else 3e-3)
    whole = run(base, pairs, tmp_path / "whole", how)
    assert list(whole) == list(range(1, STEPS + 1)) and whole[3] + whole[4] < whole[1] + whole[2]  # two passes
    first = run(base, pairs, tmp_path / "parts", how, last=3)
    assert not (tmp_path / "parts" / "model").exists()
    rest = run(base, pairs, tmp_path / "parts", how)
    assert list(rest) == [3, 4]  # step 3 was done after the checkpoint, so it is done again
    assert first == {step: whole[step] for step in first} and first | rest == whole
    one, other = weights(tmp_path / "whole", file), weights(tmp_path / "parts", file)
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert all("vision" not in name for name in one) or rank == 0


def test_it_learns_from_what_the_generator_will_feed(base: str, pairs: Path) -> None:
    """Word for word and pixel for pixel; and only the answer counts, with the token that ends it."""
    row = datasets.load_dataset("parquet", data_files=str(pairs), split="train", cache_dir=str(pairs.parent / "c"))[0]
    processor = AutoProcessor.from_pretrained(base)
    collator = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)
    batch = collator([dict(conversations([pairs], PlainCodec())[0])])
    asked = Conversation(Chart("", "", np.asarray(row["image"].convert("RGB"))))
    generator = TransformersGenerator(base, device="cpu")
    *_, last = generator.stream(asked, Sampling(max_new_tokens=1), threading.Event())
    assert last.completion is not None
    prompt = last.completion.prompt_token_ids
    ids, labels = batch["input_ids"][0], batch["labels"][0]
    assert tuple(ids[: len(prompt)].tolist()) == prompt
    assert (labels[: len(prompt)] == -100).all()
    answer = processor.tokenizer.decode(labels[len(prompt) :])
    end = processor.tokenizer.eos_token
    assert answer == f"```python\n{row['code']}\n```{end}"


def test_rows_of_a_snapshot_are_taken_as_they_are(tmp_path: Path, pairs: Path) -> None:
    from training import judged

    made = conversations([pairs], PlainCodec())[0]
    images = [judged.png(image) for image in made["images"]]
    text = made["completion"][0]["content"][0]["text"]
    row = judged.conversational(made["prompt"], images, text) | {"chart": "c", "verdict_id": 1}
    judged.write(tmp_path / "sft.parquet", [row], judged.SFT_FEATURES)
    (read,) = conversations([tmp_path / "sft.parquet"], PlainCodec())
    assert read["completion"][0]["content"][0]["text"] == text
    assert np.array_equal(np.asarray(read["images"][0]), made["images"][0])


def test_one_command_has_two_engines(pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = build_tiny_model(tmp_path / "base")
    given = ["--model", str(base), "--data", str(pairs), "--out", str(tmp_path / "out"), "--rows-per-step", "4"]
    sft.main([*given, "--lora-rank", "2"])
    assert (tmp_path / "out" / "model" / "adapter_config.json").is_file()
    lines = (tmp_path / "out" / "log.jsonl").read_text().splitlines()
    assert len(lines) == 1 and '"rows_per_s"' in lines[0] and '"tokens_per_s"' in lines[0]
    generator = TransformersGenerator(base, tmp_path / "out" / "model", device="cpu")
    chart = Chart("", "", np.zeros((40, 60, 3), np.uint8))
    *_, last = generator.stream(Conversation(chart), Sampling(max_new_tokens=2), threading.Event())
    assert last.completion is not None


def test_wrong_input_is_told_in_one_sentence(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "chartloop.json").write_text('{"codec": "slots"}')
    with pytest.raises(BadInput, match="train it with --start"):
        train(str(tmp_path), [pairs], tmp_path / "out", QUICK)
    with pytest.raises(BadInput, match="there is no file"):
        train("a/model", [tmp_path / "none.parquet"], tmp_path / "out", QUICK)
    with pytest.raises(BadInput, match="name a divisor"):
        train("a/model", [pairs], tmp_path / "out", replace(QUICK, rows_at_once=3))


def test_several_files_are_read_one_after_another(pairs: Path) -> None:
    found = conversations([pairs, pairs], PlainCodec())
    assert len(found) == 8 and found[1]["completion"] == found[5]["completion"] != found[0]["completion"]
