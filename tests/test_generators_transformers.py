"""The in-process generator with a real, tiny, random model: it writes noise, but all around that must be right."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForImageTextToText

from model.errors import GeneratorError, ModelNotFound, QuestionTooLong
from model.generators import Chunk, Sampling
from model.generators.transformers import LOST, TransformersGenerator
from model.records import Answer, Chart, Completion, Conversation, Feedback
from tests.tiny_model import ADDED, POSITIONS, SPECIAL, build_tiny_model

PICTURE = np.random.default_rng(0).integers(0, 255, (40, 64, 3), np.uint8)
GREEDY = Sampling(max_new_tokens=24)
CONVERSATION = Conversation(Chart("0" * 64, "sales.png", PICTURE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def generator(folder: Path) -> TransformersGenerator:
    return TransformersGenerator(folder, threads=1, device="cpu")


def ask(
    generator: TransformersGenerator,
    sampling: Sampling = GREEDY,
    conversation: Conversation = CONVERSATION,
) -> tuple[list[Chunk], Completion]:
    chunks = list(generator.stream(conversation, sampling, threading.Event()))
    completion = chunks[-1].completion
    assert completion is not None and all(chunk.completion is None for chunk in chunks[:-1])
    return chunks, completion


def test_a_stream_ends_with_the_whole_answer_and_its_tokens(generator: TransformersGenerator) -> None:
    chunks, completion = ask(generator)
    assert len(chunks) >= 2
    assert len(completion.token_ids) == len(completion.logprobs) == 24
    assert completion.finish == "length" and completion.model == generator.name
    assert completion.seconds > 0 and not generator.wants_hints


def test_the_prompt_holds_the_picture_and_the_words(generator: TransformersGenerator, folder: Path) -> None:
    _, completion = ask(generator)
    tokenizer = generator._processor.tokenizer
    image = tokenizer.convert_tokens_to_ids("<image>")
    assert completion.prompt_token_ids.count(image) == 4
    assert "Write the program that draws this chart." in tokenizer.decode(completion.prompt_token_ids)


def test_a_second_turn_sends_both_pictures(generator: TransformersGenerator) -> None:
    history = ((Answer("", "x = 1"), Feedback(pixels=PICTURE)),)
    _, completion = ask(generator, conversation=Conversation(CONVERSATION.chart, history))
    image = generator._processor.tokenizer.convert_tokens_to_ids("<image>")
    assert completion.prompt_token_ids.count(image) == 8


def test_logprobs_are_those_of_the_model_itself(generator: TransformersGenerator) -> None:
    """Recomputed by one forward pass over prompt and answer, without generate()."""
    for temperature in (0.0, 1.7):
        _, completion = ask(generator, Sampling(max_new_tokens=12, temperature=temperature, seed=3))
        ids = torch.tensor([completion.prompt_token_ids + completion.token_ids])
        pictures = generator._processor.image_processor([[PICTURE]], return_tensors="pt")
        with torch.no_grad():
            logits = generator._model(input_ids=ids, **_tensors(pictures)).logits[0]
        rows = torch.log_softmax(logits[len(completion.prompt_token_ids) - 1 : -1], dim=-1)
        expected = rows[range(12), list(completion.token_ids)]
        assert completion.logprobs == pytest.approx(expected.tolist(), abs=1e-4)


def _tensors(pictures: object) -> dict[str, torch.Tensor]:
    return {name: value for name, value in dict(pictures).items() if name.startswith("pixel")}  # type: ignore[call-overload]


def test_greedy_repeats_itself_and_a_seed_decides_the_rest(generator: TransformersGenerator) -> None:
    greedy = {ask(generator)[1].token_ids for _ in range(2)}
    warm = [Sampling(max_new_tokens=24, temperature=1.0, seed=seed) for seed in (1, 1, 2)]
    first, again, other = (ask(generator, sampling)[1].token_ids for sampling in warm)
    assert len(greedy) == 1 and first == again != other


def test_drawing_tokens_leaves_the_callers_random_numbers_alone(generator: TransformersGenerator) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    ask(generator, Sampling(max_new_tokens=4, temperature=1.0))
    assert torch.rand(1) == expected


def test_cancelling_stops_within_one_token(generator: TransformersGenerator) -> None:
    cancelled = threading.Event()
    stream = generator.stream(CONVERSATION, Sampling(max_new_tokens=1500), cancelled)
    first = next(stream)
    assert first.completion is None
    cancelled.set()
    *_, last = stream
    assert last.completion is not None and last.completion.finish == "cancelled"
    assert 0 < len(last.completion.token_ids) < 1500


def test_cancelled_before_it_began_asks_nothing(generator: TransformersGenerator) -> None:
    cancelled = threading.Event()
    cancelled.set()
    (only,) = generator.stream(CONVERSATION, Sampling(), cancelled)
    assert only.completion is not None and only.completion.finish == "cancelled"
    assert only.completion.token_ids == ()


def test_a_reader_who_leaves_stops_the_generation(generator: TransformersGenerator) -> None:
    stream = generator.stream(CONVERSATION, Sampling(max_new_tokens=1500), threading.Event())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert not generator._one_at_a_time.locked()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("generator")]


def test_two_callers_take_turns_and_one_who_waits_can_be_cancelled(generator: TransformersGenerator) -> None:
    waiting = threading.Event()
    with generator._one_at_a_time:
        threading.Timer(0.2, waiting.set).start()
        (only,) = generator.stream(CONVERSATION, Sampling(), waiting)
    assert only.completion is not None and only.completion.finish == "cancelled"
    results: list[Completion] = []
    threads = [threading.Thread(target=lambda: results.append(ask(generator)[1])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({completion.token_ids for completion in results}) == 1 and len(results) == 3


def test_the_answer_ends_at_the_end_token(tmp_path: Path) -> None:
    """A model whose every next token is the end token writes an empty answer."""
    build_tiny_model(tmp_path, always="<end_of_utterance>")
    _, completion = ask(TransformersGenerator(tmp_path))
    assert completion.finish == "stop" and len(completion.token_ids) == 1
    assert completion.answer == Answer("", "", "") and completion.logprobs[0] > -0.01


def test_picture_tokens_are_never_written(tmp_path: Path) -> None:
    build_tiny_model(tmp_path, always="<image>")
    _, completion = ask(TransformersGenerator(tmp_path))
    assert not {SPECIAL.index("<image>") + 256, SPECIAL.index("<fake_token_around_image>") + 256} & set(
        completion.token_ids
    )


def test_an_answer_that_lost_itself_is_cut_off(tmp_path: Path) -> None:
    build_tiny_model(tmp_path, always="<s3>")
    _, completion = ask(TransformersGenerator(tmp_path), Sampling(max_new_tokens=300))
    assert completion.finish == "length" and len(completion.token_ids) == LOST


def test_added_tokens_are_kept_in_the_text(tmp_path: Path) -> None:
    """The built-in model's language is made of them."""
    build_tiny_model(tmp_path, always="<s3>")
    _, completion = ask(TransformersGenerator(tmp_path), Sampling(max_new_tokens=3))
    assert completion.answer.raw == ADDED[3] * 3


def test_a_lora_adapter_changes_the_answer(tmp_path: Path, folder: Path, generator: TransformersGenerator) -> None:
    base = AutoModelForImageTextToText.from_pretrained(folder)
    lora = get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False))
    lora.save_pretrained(str(tmp_path / "adapter"))
    adapted = TransformersGenerator(folder, tmp_path / "adapter")
    assert adapted.name == "adapter"
    assert ask(adapted)[1].logprobs != ask(generator)[1].logprobs


def test_without_a_chat_template_the_parts_follow_each_other(tmp_path: Path, folder: Path) -> None:
    shutil.copytree(folder, tmp_path / "plain")
    (tmp_path / "plain" / "chat_template.jinja").unlink()
    generator = TransformersGenerator(tmp_path / "plain")
    _, completion = ask(generator)
    text = generator._processor.tokenizer.decode(completion.prompt_token_ids)
    assert text.startswith("You turn a picture") and text.endswith("Write the program that draws this chart.")
    assert text.count("<image>") == 4


def test_an_answer_fits_into_the_context(generator: TransformersGenerator) -> None:
    assert generator._room(POSITIONS - 10, 100) == 10
    with pytest.raises(QuestionTooLong, match=f"{POSITIONS + 1} tokens"):
        generator._room(POSITIONS + 1, 100)


def test_a_too_long_question_is_an_error_and_frees_the_model(generator: TransformersGenerator) -> None:
    history = ((Answer("", "x = 1\n" * 500), Feedback(error="NameError")),)
    with pytest.raises(QuestionTooLong, match="use a smaller picture"):
        ask(generator, conversation=Conversation(CONVERSATION.chart, history))
    assert not generator._one_at_a_time.locked()


def refusal(model: str | Path, adapter: Path | None = None, name: str = "") -> str:
    with pytest.raises(ModelNotFound) as refused:
        TransformersGenerator(model, adapter, name=name)
    return str(refused.value)


def test_a_missing_model_says_what_to_do(tmp_path: Path, folder: Path) -> None:
    assert "hf download some/model" in refusal("some/model")
    assert "the model mine has no weights" in refusal(tmp_path, name="mine")
    assert "the folder of the model mine@3 is no longer there" in refusal(tmp_path / "gone", name="mine@3")
    assert "the folder of the model mine@4 is no longer there" in refusal(folder, tmp_path / "gone", name="mine@4")


def test_broken_weights_and_adapters_are_named_without_where_they_lie(tmp_path: Path, folder: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"not weights")
    assert "the model broken cannot be loaded" in (words := refusal(broken)) and str(tmp_path) not in words
    (broken / "config.json").unlink()
    assert "the model mine cannot be loaded" in (words := refusal(broken, name="mine")) and str(tmp_path) not in words
    empty = tmp_path / "no adapter"
    empty.mkdir()
    assert "cannot be loaded" in (words := refusal(folder, empty)) and str(tmp_path) not in words


def test_the_codec_of_the_folder_is_used(tmp_path: Path, folder: Path) -> None:
    shutil.copytree(folder, tmp_path / "hinted")
    (tmp_path / "hinted" / "chartloop.json").write_text('{"codec": "plain+ocr"}')
    assert TransformersGenerator(tmp_path / "hinted").wants_hints


def test_a_closed_generator_says_so(folder: Path) -> None:
    generator = TransformersGenerator(folder)
    generator.close()
    generator.close()
    with pytest.raises(GeneratorError, match="unloaded in the meantime"):
        ask(generator)
