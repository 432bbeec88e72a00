"""Answers written side by side are those of `generate`; packed rows have the values and gradients of plain ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from tests.tiny_model import build_tiny_model
from training.packing import Tree, logps_and_entropies
from training.sampling import Drawing, draw, fits

QUESTIONS = ("what", "is drawn here?", "bars")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny") / "model", seed=3)


@pytest.fixture
def model(tiny: Path) -> Any:
    model = AutoModelForImageTextToText.from_pretrained(tiny, dtype=torch.float32, attn_implementation="eager")
    assert fits(model)
    return model


@pytest.fixture(scope="module")
def questions(tiny: Path) -> dict[str, torch.Tensor]:
    """Three questions of different lengths; the second shows two pictures."""
    rng = np.random.default_rng(0)
    processor = AutoProcessor.from_pretrained(tiny)
    processor.tokenizer.padding_side = "left"
    texts = [f"<image>{words}" for words in QUESTIONS]
    texts[1] += "<image>and here?"
    pictures = [[rng.integers(0, 255, (32, 32, 3), np.uint8) for _ in range(text.count("<image>"))] for text in texts]
    return dict(processor(text=texts, images=pictures, padding=True, return_tensors="pt"))


def test_greedy_answers_are_those_of_generate(model: Any, questions: dict[str, torch.Tensor]) -> None:
    how = Drawing(most_tokens=24, ends=(7,), temperature=0.0)
    expected = model.generate(**questions, max_new_tokens=24, do_sample=False, eos_token_id=7, pad_token_id=0)
    expected = expected[:, questions["input_ids"].shape[1] :].tolist()
    for row, wanted in zip(draw(model, questions, 3, how), expected, strict=True):
        assert row[0] == row[1] == row[2]
        assert row[0] == wanted[: len(row[0])]
        assert len(row[0]) == 24 or row[0][-1] == 7


def test_drawn_answers_end_apart_and_say_no_forbidden_token(model: Any, questions: dict[str, torch.Tensor]) -> None:
    """A third of the vocabulary ends an answer, so answers leave the batch at every step."""
    vocabulary = model.config.text_config.vocab_size
    ends, forbidden = tuple(range(0, vocabulary, 3)), tuple(range(1, vocabulary, 3))
    torch.manual_seed(0)
    told: dict[tuple[int, int], list[int]] = {}

    def ended(question: int, answer: int, tokens: list[int]) -> None:
        assert (question, answer) not in told
        told[question, answer] = list(tokens)

    rows = draw(model, questions, 8, Drawing(30, ends, forbidden), ended)
    answers = [one for row in rows for one in row]
    assert told == {(q, a): one for q, row in enumerate(rows) for a, one in enumerate(row) if one[-1] in ends}
    assert [len(one) for one in told.values()] == sorted(len(one) for one in told.values())  # as each came to its end
    assert len(answers) == 24 and len({tuple(one) for one in answers}) > 12
    for one in answers:
        assert one and all(token % 3 == 2 for token in one[:-1]) and one[-1] % 3 != 1
        assert one[-1] in ends or len(one) == 30


def test_sampling_follows_the_model(model: Any, questions: dict[str, torch.Tensor]) -> None:
    """Second tokens of 3,000 answers, given the first, come as often as the model says (within five deviations)."""
    one = {name: value[:1] for name, value in questions.items()}
    with torch.no_grad():
        model.lm_head.weight.mul_(8)  # some tokens likely enough to count
    torch.manual_seed(1)
    answers = draw(model, one, 3000, Drawing(2, ends=(), temperature=1.5))[0]
    first = max({answer[0] for answer in answers}, key=[answer[0] for answer in answers].count)
    seconds = [answer[1] for answer in answers if answer[0] == first]
    ids = torch.cat([one["input_ids"], torch.tensor([[first]])], dim=1)
    with torch.no_grad():
        logits = model(**one | {"input_ids": ids, "attention_mask": torch.ones_like(ids)}).logits[0, -1]
    share = (logits / 1.5).softmax(-1)
    likely = int(share.argmax())
    expected = float(share[likely])
    deviation = (expected * (1 - expected) / len(seconds)) ** 0.5
    assert len(seconds) > 50 and abs(seconds.count(likely) / len(seconds) - expected) < 5 * deviation


def test_a_tree_holds_what_rows_share_once() -> None:
    """9 stands for pictures, two tokens each. Same tokens with another picture are another branch."""
    tree = Tree()
    tree.add([1, 9, 9, 2, 3], [50], image_token=9, image_tokens=2)
    tree.add([1, 9, 9, 2, 4], [50], image_token=9, image_tokens=2)
    tree.add([1, 9, 9, 2, 4], [51], image_token=9, image_tokens=2)
    assert tree.tokens == [1, 9, 9, 2, 3, 4, 9, 9, 2, 4]
    assert tree.parents == [-1, 0, 1, 2, 3, 3, 0, 6, 7, 8]
    assert tree.depths == [0, 1, 2, 3, 4, 4, 1, 2, 3, 4]
    assert tree.pictures == [(0, 0), (2, 0)]
    seen = tree.mask(torch.float32)[0, 0] == 0
    assert seen[5].nonzero()[:, 0].tolist() == [0, 1, 2, 3, 5]
    assert seen[9].nonzero()[:, 0].tolist() == [0, 6, 7, 8, 9]


def test_packed_rows_are_plain_rows(model: Any, questions: dict[str, torch.Tensor]) -> None:
    """Log-probabilities, entropies and every gradient, with common beginnings, two equal answers and padding."""
    rows = torch.tensor([0, 0, 1, 1, 1, 2])
    answers = torch.tensor(
        [[5, 6, 7, 8], [5, 6, 9, 0], [20, 21, 0, 0], [20, 22, 23, 0], [20, 22, 23, 0], [30, 0, 0, 0]]
    )
    kept = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0], [1, 0, 0, 0]])
    batch = {
        "input_ids": torch.cat([questions["input_ids"][rows], answers], dim=1),
        "attention_mask": torch.cat([questions["attention_mask"][rows], kept], dim=1),
        "pixel_values": questions["pixel_values"][rows],
        "pixel_attention_mask": questions["pixel_attention_mask"][rows],
    }
    out = model(**batch).logits[:, -5:-1] / 0.7
    shares = out.log_softmax(-1)
    plain = shares.gather(2, answers[..., None])[..., 0] * kept
    entropy = -(shares.exp() * shares).sum(-1) * kept
    worth = torch.randn(kept.shape, generator=torch.Generator().manual_seed(0))
    (plain * worth).sum().backward()
    expected = {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}
    model.zero_grad()
    packed, packed_entropy = logps_and_entropies(model, batch | {"num_images": [1, 1, 2, 2, 2, 1]}, 4, 0.7)
    torch.testing.assert_close(packed, plain, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(packed_entropy, entropy, atol=1e-5, rtol=1e-5)
    (packed * worth).sum().backward()
    for name, weight in model.named_parameters():
        if name in expected:
            torch.testing.assert_close(weight.grad, expected[name], atol=1e-5, rtol=1e-4)
