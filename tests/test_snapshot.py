"""Snapshots of a real store: the same bytes at any later time, each verdict with its fate, and TRL takes the files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from datasets import load_dataset
from PIL.Image import Image
from sqlalchemy import text
from trl import KTOConfig, KTOTrainer

from model.nano.codec import SlotCodec
from model.prompt import PlainCodec, write_answer
from model.records import Answer, Completion, Conversation, Execution, Feedback, Hints, Outcome, Score, Turn
from model.sandbox import Sandbox
from storage.blobs import encode_png
from storage.records import Label, Part
from storage.repository import Store
from tests.judged_store import RIGHT, WRONG, add_job, add_turn, judge
from tests.tiny_model import build_tiny_model
from training import judged
from training.calibration import posterior
from training.loaded import Source, load
from training.publish import NANO
from training.snapshot import LEARNT, NOT_LEARNT, SnapshotConfig, freeze, frozen_now, side
from training.synthesis.charts import ChartSampler
from training.synthesis.pairs import stream
from training.synthesis.tables import Tables
from training.worth import CORRECTED, VERDICT_WEIGHT, worth


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build_tiny_model(tmp_path_factory.mktemp("base")))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as sandbox:
        yield sandbox


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        yield store


@pytest.fixture
def twelve(store: Store) -> Store:
    """Twelve charts, every second answer right."""
    for number in range(12):
        judge(store, number, right=number % 2 == 0)
    return store


def bytes_of(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).glob("*.parquet")}


def test_the_same_verdicts_give_the_same_bytes_at_any_later_time(
    twelve: Store, base: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    config = frozen_now(twelve, base)
    first = freeze(twelve, config, tmp_path / "first", sandbox)
    verdict = next(twelve.verdicts.all())
    twelve.verdicts.withdraw(verdict.id)
    judge(twelve, 99, right=True)
    add_turn(twelve, 1, WRONG, "plot")  # a later turn of a job that was judged
    second = freeze(twelve, config, tmp_path / "second", sandbox)
    assert second.sha256 == first.sha256
    assert bytes_of(str(tmp_path / "first/snapshots" / first.sha256[:16])) == bytes_of(
        str(tmp_path / "second/snapshots" / first.sha256[:16])
    )
    assert freeze(twelve, frozen_now(twelve, base), tmp_path, sandbox).sha256 != first.sha256


def test_as_of_a_time(twelve: Store, base: str) -> None:
    moment = datetime.now(UTC)
    judge(twelve, 50, right=True)
    assert frozen_now(twelve, base, moment).through == 12
    assert frozen_now(twelve, base).through == 13


def test_a_chart_is_on_one_side_for_ever(twelve: Store, base: str, tmp_path: Path, sandbox: Sandbox) -> None:
    kept = freeze(twelve, frozen_now(twelve, base), tmp_path, sandbox)
    train, gate = (set(judged.read(Path(kept.path) / f"{name}.parquet")["chart"]) for name in ("train", "gate"))
    assert train and gate and not train & gate
    for number in range(12, 60):
        judge(twelve, number, right=True)
    again = freeze(twelve, frozen_now(twelve, base), tmp_path, sandbox)
    later = set(judged.read(Path(again.path) / "train.parquet")["chart"])
    assert not later & gate and train < later
    shares = [side(f"{number}", 0.25) for number in range(2000)]
    assert 0.22 < shares.count(Part.GATE) / 2000 < 0.28


def test_what_is_left_out_is_told_in_words(store: Store, base: str, tmp_path: Path, sandbox: Sandbox) -> None:
    used = judge(store, 1, right=True)
    troll = judge(store, 2, right=False, rater="troll")
    by_hand = store.verdicts.add(add_turn(store, add_job(store, 3), author="person"), Label.CORRECT)
    other = add_job(store, 4)
    foreign = store.verdicts.add(add_turn(store, other), Label.WRONG)
    with store.database.write() as session:
        session.execute(text("UPDATE turns SET raw = '<kind:bar>' WHERE job_id = :job"), {"job": other})
        session.execute(text("UPDATE turns SET logprobs = '[]' WHERE job_id = :job"), {"job": 1})
    store.raters.mark("troll", quarantined=True, reason="flips", changed_by="gate")
    config = SnapshotConfig(base, store.verdicts.newest(), quarantined=("troll",), askable=("other@1",))
    kept = freeze(store, config, tmp_path, sandbox)
    reasons = {verdict: (part, reason) for verdict, part, reason in store.snapshots.uses(kept.sha256)}
    assert reasons == {
        used.id: (Part.LEFT_OUT, "the version that wrote the answer, nano@1, is gone"),
        troll.id: (Part.LEFT_OUT, "its rater is in quarantine"),
        by_hand.id: (Part.LEFT_OUT, "a person wrote this program, not the model"),
        foreign.id: (Part.LEFT_OUT, "the answer is in another model's language"),
    }
    assert "troll" not in json.dumps(kept.config)
    (fate,) = store.snapshots.fate(troll.id)
    assert fate.snapshot == kept.sha256 and fate.run_id is None


def test_rows_hold_what_the_model_read_and_wrote(store: Store, base: str, tmp_path: Path, sandbox: Sandbox) -> None:
    job = add_job(store, 1)
    first, second = add_turn(store, job, WRONG, "plot"), add_turn(store, job, RIGHT)
    store.verdicts.add(first, Label.WRONG)
    store.verdicts.add(second, Label.CORRECT, rater="ann")
    kept = freeze(store, SnapshotConfig(base, 2, gate_share=0.0), tmp_path, sandbox)
    dataset = load_dataset("parquet", data_files=f"{kept.path}/train.parquet", split="train", cache_dir=str(tmp_path))
    wrong, right = dataset
    assert (wrong["label"], right["label"]) == (False, True)
    assert [message["role"] for message in right["prompt"]] == ["system", "user", "assistant", "user"]
    assert WRONG in right["prompt"][2]["content"][0]["text"]
    assert len(wrong["images"]) == 1 and len(right["images"]) == 2
    assert isinstance(right["images"][0], Image) and right["images"][0].size == (64, 40)
    assert right["completion"][0]["content"][0]["text"] == f"<think>\nkind: bar\n</think>\n\n```python\n{RIGHT}\n```"
    assert (right["turn_id"], right["version"], right["program"], right["logprobs"]) == (
        second,
        "nano@1",
        RIGHT,
        [-0.1, -0.2],
    )
    assert right["rater"] not in ("", "ann")
    assert {row["family"] for row in (wrong, right)} == {"plot", "bar"}  # of the turns until then
    (prompt,) = load_dataset(
        "parquet", data_files=f"{kept.path}/prompts.parquet", split="train", cache_dir=str(tmp_path)
    )
    assert prompt["prompt"] == wrong["prompt"] and prompt["chart"] == wrong["chart"]


def test_programs_that_people_put_right_are_taught_as_answers_to_the_chart(
    store: Store, base: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    judge(store, 1, right=False, corrected_code="plt.bar([1], [9])")
    job = add_job(store, 2)
    add_turn(store, job, WRONG)
    store.verdicts.add(add_turn(store, job, "plt.pie([1])", "pie", author="person"), Label.CORRECT)
    kept = freeze(store, frozen_now(store, base), tmp_path, sandbox)
    found = judged.read(Path(kept.path) / "sft.parquet")
    assert [row["completion"][0]["content"][0]["text"].split("```")[1] for row in found] == [
        "python\nplt.bar([1], [9])\n",
        "python\nplt.pie([1])\n",
    ]
    assert all([message["role"] for message in row["prompt"]] == ["system", "user"] for row in found)


DRAWS = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])"


def test_a_right_program_is_a_row_of_its_own_but_never_for_gate_items(
    store: Store, base: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    """For a model that writes Python it is the answer as it stands; the verdict says what became of it."""
    wrong = judge(store, 1, right=False, corrected_code=DRAWS)
    by_hand = store.verdicts.add(add_turn(store, add_job(store, 2), DRAWS, author="person"), Label.CORRECT)
    broken = judge(store, 3, right=False, corrected_code="plt.bar(")
    kept = freeze(store, SnapshotConfig(base, 3, gate_share=0.0), tmp_path, sandbox)
    rows = judged.read(Path(kept.path) / "train.parquet").to_list()
    assert [(row["verdict_id"], row["source"], row["label"]) for row in rows] == [
        (wrong.id, "verdict", False),
        (wrong.id, "correction", True),
        (by_hand.id, "correction", True),
        (broken.id, "verdict", False),
    ]
    told = rows[1]
    assert told["completion"][0]["content"][0]["text"] == write_answer(Answer("", DRAWS))
    assert (told["program"], told["version"], told["rater"]) == (DRAWS, "nano@1", rows[0]["rater"])
    assert [kept.counts[name] for name in ("correct", "wrong", "corrections")] == [0, 2, 2]
    uses = {verdict: (part, reason) for verdict, part, reason in store.snapshots.uses(kept.sha256)}
    assert uses[wrong.id] == (Part.TRAIN, LEARNT)
    assert uses[by_hand.id] == (Part.TRAIN, f"a person wrote this program, not the model; {LEARNT}")
    assert uses[broken.id] == (Part.TRAIN, NOT_LEARNT.format(reason="it does not run"))
    held = freeze(store, SnapshotConfig(base, 3, gate_share=1.0), tmp_path, sandbox)
    assert held.counts["corrections"] == 0 and held.counts["gate"] == 2
    assert (by_hand.id, Part.LEFT_OUT, "a person wrote this program, not the model") in store.snapshots.uses(
        held.sha256
    )


def test_what_a_right_program_is_worth(store: Store, base: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """Nobody judged twice, so people err as often as is taken for granted; the rate is of the model's own answers."""
    judge(store, 1, right=False, corrected_code=DRAWS)
    kept = freeze(store, SnapshotConfig(base, 1, gate_share=0.0), tmp_path, sandbox)
    rows = judged.read(Path(kept.path) / "train.parquet")
    found = worth(rows)
    wrong, told = found.rows.to_list()
    assert told["correct"] == pytest.approx(posterior(CORRECTED, True, found.agreement.noise)) and told["label"]
    assert told["weight"] == wrong["weight"] == VERDICT_WEIGHT
    alone = worth(rows.select([0])).rows[0]
    assert (wrong["correct"], wrong["rate"]) == (alone["correct"], alone["rate"]) and told["rate"] == wrong["rate"]


def test_a_kto_trainer_takes_the_file_as_it_is(twelve: Store, base: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """A dry run: TRL's own trainer and collator, one epoch, nothing of ours."""
    kept = freeze(twelve, frozen_now(twelve, base), tmp_path, sandbox)
    dataset = load_dataset("parquet", data_files=f"{kept.path}/train.parquet", split="train", cache_dir=str(tmp_path))
    loaded = load(Source(base))
    arguments = KTOConfig(
        output_dir=str(tmp_path / "kto"), per_device_train_batch_size=2, num_train_epochs=1, max_length=None,
        gradient_checkpointing=False, bf16=False, use_cpu=True, report_to="none", disable_tqdm=True,
        dataloader_pin_memory=False,
    )  # fmt: skip
    trainer = KTOTrainer(model=loaded.model, args=arguments, train_dataset=dataset, processing_class=loaded.processor)
    assert trainer.train().global_step == -(-len(dataset) // 2)


def test_the_built_in_models_own_words_are_kept(store: Store, tmp_path: Path, sandbox: Sandbox) -> None:
    """An answer in the slot language becomes a row in it; one in plain words does not."""
    pair = next(stream(0, ChartSampler(Tables("train"))))
    height, width = pair.drawing.pixels.shape[:2]
    sha256 = store.jobs.add_chart(encode_png(pair.drawing.pixels), "image/png", width, height)
    slots = pair.reading.sight.slots
    store.jobs.keep_hints(sha256, Hints(tuple(slots.texts), tuple(slots.paints)))
    job = store.jobs.add(sha256, "drawn.png", "nano@1", 4)
    answer = SlotCodec().parse(pair.answer, Conversation(store.jobs.chart(sha256)))
    assert answer.code
    completion = Completion(answer, "nano@1", token_ids=(1,), logprobs=(-0.1,))
    turn = Turn(1, answer, Execution(Outcome.OK), Score(1.0), Feedback("no"), completion)
    mine = store.jobs.add_turn(job, turn).id
    words = Answer("", RIGHT, f"```python\n{RIGHT}\n```")
    plain = store.jobs.add_turn(job, replace(turn, answer=words)).id
    store.verdicts.add(mine, Label.WRONG, corrected_code=pair.program)
    store.verdicts.add(plain, Label.WRONG)
    kept = freeze(store, SnapshotConfig(str(NANO), 2, gate_share=0.0), tmp_path, sandbox)
    row = judged.read(Path(kept.path) / "train.parquet")[0]
    assert row["completion"][0]["content"][0]["text"] == pair.answer and row["label"] is False
    assert row["images"][0].size == (384, 384) and row["prompt"][0]["content"][1]["text"].startswith("<texts>")
    assert kept.counts["left_out"] == {"the answer is in another model's language": 1}


def test_the_command_says_what_it_froze(twelve: Store, base: str, tmp_path: Path, checkout: Path) -> None:
    command = [sys.executable, "-m", "training", "snapshot", "--data-dir", str(tmp_path), "--base", base]
    said = json.loads(subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True).stdout)
    assert said["train"] + said["gate"] == 12 and (Path(said["path"]) / "train.parquet").is_file()


def test_plain_words_read_back(store: Store) -> None:
    """What add_turn writes is what the codec reads, else every row above would be left out."""
    turn = store.jobs.turn(add_turn(store, add_job(store, 1)))
    assert turn is not None
    completion = store.jobs.completion(turn.id)
    assert completion is not None
    assert PlainCodec().parse(completion.answer.raw, store.jobs.conversation(turn.id)).code == turn.code
