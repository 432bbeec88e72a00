"""The forward pass of training against transformers' own, on a tiny model: the same loss and the same gradients."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn
from transformers import Idefics3ForConditionalGeneration

from training import newborn
from training.forward import BLOCK, Attention, answer_logits, pictured

Model = Idefics3ForConditionalGeneration
ROWS, PICTURES = 3, 4  # the last row has two pictures
TOKENS = BLOCK + 40  # more than one block of queries
LENGTHS = (TOKENS, TOKENS - 30, TOKENS - 7)


@pytest.fixture(scope="module")
def model() -> Model:
    vocabulary = newborn.tokenizer(["bar line 0123456789"])
    size = newborn.Size(vision_layers=2, vision_width=32, text_layers=3, text_width=64, heads=2)
    torch.manual_seed(0)
    built = Model(newborn.config(vocabulary, size)).train()
    for weight in built.parameters():  # norms and biases are not left at 1 and 0, where mistakes could hide
        weight.data.add_(torch.randn_like(weight) * 0.05)
    return built


@pytest.fixture(scope="module")
def batch(model: Model) -> tuple[Tensor, Tensor, Tensor]:
    """(ids, pixels, labels), padded on the right; the answers are the last thirds of the rows."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(10, 200, (ROWS, TOKENS), generator=generator)
    per_picture = 64
    for row, pictures in enumerate((1, 1, 2)):
        ids[row, 3 : 3 + pictures * per_picture] = model.config.image_token_id
    labels = ids.clone()
    for row, length in enumerate(LENGTHS):
        labels[row, : 2 * length // 3] = labels[row, length:] = -100
        ids[row, length:] = 0
    pixels = torch.randint(0, 256, (PICTURES, 384, 384, 3), generator=generator, dtype=torch.uint8)
    return ids, pixels.permute(0, 3, 1, 2), labels


def ours(model: Model, ids: Tensor, pixels: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of the answers by the pass under test."""
    asked = nn.functional.pad(labels[:, 1:] >= 0, (0, 1))
    logits = answer_logits(model, ids, pictured(model, pixels), asked)
    return nn.functional.cross_entropy(logits.float(), labels[:, 1:][labels[:, 1:] >= 0])


def theirs(model: Model, ids: Tensor, pixels: Tensor, labels: Tensor) -> Tensor:
    """The same by transformers, with its padding mask and its padded pictures."""
    padded = torch.zeros(ROWS, 2, *pixels.shape[1:])
    padded[:2, 0], padded[2] = pixels[:2] / 127.5 - 1, pixels[2:] / 127.5 - 1
    mask = torch.zeros_like(ids)
    for row, length in enumerate(LENGTHS):
        mask[row, :length] = 1
    return model(input_ids=ids, attention_mask=mask, pixel_values=padded.to(model.dtype), labels=labels).loss


def gradients(model: Model, loss: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: weight.grad.float() for name, weight in model.named_parameters() if weight.grad is not None}


def test_loss_and_gradients_are_those_of_transformers(model: Model, batch: tuple[Tensor, Tensor, Tensor]) -> None:
    loss, wanted_loss = ours(model, *batch), theirs(model, *batch)
    assert loss.item() == pytest.approx(wanted_loss.item(), rel=1e-5)
    found = {name: grad.clone() for name, grad in gradients(model, loss).items()}
    wanted = gradients(model, wanted_loss)
    assert found.keys() == wanted.keys() and len(found) > 40
    for name, grad in wanted.items():
        assert torch.allclose(found[name], grad, rtol=1e-3, atol=1e-5 * float(grad.abs().max()) + 1e-7), name


def test_bfloat16_is_as_close_to_the_truth_as_transformers_is(
    model: Model, batch: tuple[Tensor, Tensor, Tensor]
) -> None:
    """Relative errors of all gradients together, against float32."""
    truth = {name: grad.clone() for name, grad in gradients(model, theirs(model, *batch)).items()}
    half = copy.deepcopy(model).bfloat16()
    errors = []
    for way in (ours, theirs):
        found = gradients(half, way(half, *batch))
        error = sum(float((found[name] - grad).square().sum()) for name, grad in truth.items())
        errors.append((error / sum(float(grad.square().sum()) for grad in truth.values())) ** 0.5)
    assert errors[0] < 1.2 * errors[1]
    assert errors[0] < 0.1


def test_attention_by_hand() -> None:
    """Two tokens, keys 0 and log 3: the second query gives 1/4 and 3/4; the first one sees itself alone."""
    q = torch.tensor([[[[1.0], [1.0]]]])
    k = torch.tensor([[[[1.0], [3.0]]]]).log()
    v = torch.tensor([[[[8.0], [4.0]]]])
    assert Attention.apply(q, k, v, 1.0, True).flatten().tolist() == pytest.approx([8.0, 5.0])
    assert Attention.apply(q, k, v, 1.0, False).flatten().tolist() == pytest.approx([5.0, 5.0])


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_of_attention_are_those_of_finite_differences(causal: bool) -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(1, 2, 5, 3, dtype=torch.float64, requires_grad=True) for _ in range(3))
    assert torch.autograd.gradcheck(lambda *heads: Attention.apply(*heads, 0.7, causal), (q, k, v))
