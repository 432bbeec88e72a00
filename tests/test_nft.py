"""NFT's loss against numbers worked by hand, and against the gradient of mean-centred GRPO."""

from __future__ import annotations

import math

import pytest
import torch

from training.nft import REJECTION, NftLoss, Weighting, floored

EQUAL = NftLoss(weighting=Weighting.EQUAL)


def cost(ratio: float, correct: float, rate: float, loss: NftLoss = EQUAL) -> tuple[float, float]:
    """The cost of one token, and its gradient by the log-probability of that token."""
    logp = torch.tensor([[math.log(ratio) - 1.0]], requires_grad=True)
    value = loss(logp, torch.tensor([[-1.0]]), torch.ones(1, 1), torch.tensor([correct]), torch.tensor([rate]))
    value.sum().backward()
    assert logp.grad is not None
    return float(value.detach()), float(logp.grad)


def test_a_right_answer_costs_nothing_at_ratio_one_and_pulls_by_one() -> None:
    assert cost(1.0, 1.0, 0.3) == (pytest.approx(0.0), pytest.approx(-1.0))


def test_a_right_answer_costs_minus_its_log_ratio() -> None:
    assert cost(2.0, 1.0, 0.5) == (pytest.approx(-math.log(2)), pytest.approx(-1.0))


def test_a_wrong_answer_costs_nothing_at_ratio_one_and_pushes_by_the_odds() -> None:
    """Rate 0.25: (1 - 0.25) / 0.75 = 1, whose log is 0; the gradient is r / (1 - r) = 1/3."""
    assert cost(1.0, 0.0, 0.25) == (pytest.approx(0.0, abs=1e-6), pytest.approx(1 / 3))


def test_a_wrong_answer_that_became_rare_by_hand() -> None:
    """R = 0.5, r = 0.5: (1 - 0.25) / 0.5 = 1.5; cost -log 1.5, gradient r R / (1 - r R) = 1/3."""
    assert cost(0.5, 0.0, 0.5) == (pytest.approx(-math.log(1.5)), pytest.approx(1 / 3))


def test_a_wrong_answer_that_became_likely_keeps_its_gradient() -> None:
    """R = 2, r = 0.5: (1 - 1) / 0.5 = 0 is floored at 1: cost 0, gradient r R / (1 - r) = 2. A clamp would give 0."""
    assert cost(2.0, 0.0, 0.5) == (pytest.approx(0.0), pytest.approx(2.0))
    clamped = torch.tensor(0.0, requires_grad=True)
    clamped.clamp(min=1.0).log().backward()
    assert clamped.grad == 0
    passed = torch.tensor(0.0, requires_grad=True)
    floored(passed, 1.0).log().backward()
    assert passed.grad == 1


def test_a_lower_floor_is_the_published_formula() -> None:
    """R = 1.5, r = 0.5: (1 - 0.75) / 0.5 = 0.5 stays above 0.1: cost log 2, gradient 0.75 / 0.25 = 3."""
    low = NftLoss(weighting=Weighting.EQUAL, floor=0.1)
    assert cost(1.5, 0.0, 0.5, low) == (pytest.approx(math.log(2)), pytest.approx(3.0))


def test_a_half_right_answer_is_half_of_both() -> None:
    right, wrong = cost(0.5, 1.0, 0.5), cost(0.5, 0.0, 0.5)
    halves = tuple(0.5 * one + 0.5 * other for one, other in zip(right, wrong, strict=True))
    assert cost(0.5, 0.5, 0.5) == (pytest.approx(halves[0]), pytest.approx(halves[1]))


@pytest.mark.parametrize(
    ("weighting", "weight"),
    [(Weighting.CENTRED, 0.8), (Weighting.STANDARDISED, 2.0), (Weighting.EQUAL, 1.0)],
)
def test_weights_by_hand(weighting: Weighting, weight: float) -> None:
    """r = 0.2: 1 - r = 0.8, sqrt(0.8 / 0.2) = 2."""
    assert cost(1.0, 1.0, 0.2, NftLoss(weighting=weighting))[1] == pytest.approx(-weight)


@pytest.mark.parametrize(
    "correct", [[1.0, 0.0, 0.0, 1.0, 0.0], [0.9, 0.25, 0.0, 0.6, 0.5]], ids=["whole", "fractional"]
)
def test_on_policy_the_gradient_is_mean_centred_grpo(correct: list[float]) -> None:
    """Five answers of three tokens from one table of logits; GRPO: advantage c - mean c, summed over tokens."""
    torch.manual_seed(0)
    tokens, c = torch.randint(7, (5, 3)), torch.tensor(correct)

    def gradient(of_logps: object) -> torch.Tensor:
        torch.manual_seed(1)
        logits = torch.randn(5, 3, 7, requires_grad=True)
        logps = logits.log_softmax(-1).gather(2, tokens[:, :, None])[:, :, 0]
        of_logps(logps).backward()  # type: ignore[operator]
        assert logits.grad is not None
        return logits.grad

    def nft(logps: torch.Tensor) -> torch.Tensor:
        return NftLoss()(logps, logps.detach(), torch.ones(5, 3), c, c.mean().expand(5)).sum()

    def grpo(logps: torch.Tensor) -> torch.Tensor:
        ratio = (logps - logps.detach()).exp()
        return -((c - c.mean())[:, None] * ratio).sum()

    torch.testing.assert_close(gradient(nft), gradient(grpo))


def test_whole_verdicts_standardised_are_grpo_by_the_deviation() -> None:
    """r = 0.25: a right answer pulls by (1 - r) / sqrt(r (1 - r)), a wrong one pushes by r / sqrt(r (1 - r))."""
    deviation = math.sqrt(0.25 * 0.75)
    loss = NftLoss(weighting=Weighting.STANDARDISED)
    assert cost(1.0, 1.0, 0.25, loss)[1] == pytest.approx(-0.75 / deviation)
    assert cost(1.0, 0.0, 0.25, loss)[1] == pytest.approx(0.25 / deviation)


@pytest.mark.parametrize("log_ratio", [-60.0, 0.0, 9.9, 60.0])
@pytest.mark.parametrize("rate", [0.0, 0.02, 0.98, 1.0])
@pytest.mark.parametrize("correct", [0.0, 0.5, 1.0])
def test_finite_at_every_clamp(log_ratio: float, rate: float, correct: float) -> None:
    logp = torch.tensor([[log_ratio - 70.0]], requires_grad=True)
    value = NftLoss()(logp, torch.tensor([[-70.0]]), torch.ones(1, 1), torch.tensor([correct]), torch.tensor([rate]))
    value.sum().backward()
    assert logp.grad is not None
    assert math.isfinite(float(value.detach())) and math.isfinite(float(logp.grad))


def test_the_clamps_are_where_the_published_code_has_them() -> None:
    assert cost(math.exp(10.5), 1.0, 0.5)[0] == pytest.approx(-10.0)
    assert cost(1.0, 0.0, 1.0)[1] == pytest.approx(0.98 / 0.02, rel=1e-4)
    assert cost(1.0, 0.0, 0.0)[1] == pytest.approx(0.02 / 0.98, rel=1e-4)


def test_rejection_fine_tuning_forgets_wrong_answers() -> None:
    assert cost(0.5, 0.0, 0.3, REJECTION) == (0.0, 0.0)
    assert cost(0.5, 1.0, 0.3, REJECTION) == (pytest.approx(math.log(2)), pytest.approx(-1.0))


def test_padding_counts_nothing_whatever_stands_there() -> None:
    mask = torch.tensor([[1.0, 1.0, 0.0]])
    logps = torch.tensor([[-1.0, -2.0, -math.inf]], requires_grad=True)
    old = torch.tensor([[-1.5, -2.5, 0.0]])
    value = EQUAL(logps, old, mask, torch.tensor([1.0]), torch.tensor([0.5]))
    value.sum().backward()
    assert float(value.detach()) == pytest.approx(-1.0)
    assert logps.grad is not None and logps.grad.tolist() == [[-1.0, -1.0, 0.0]]
