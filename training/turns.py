"""What a step of training says about its turns, first beside second: MM-ReCoder's five figures and what explains them.

    turn1/, turn2/   score (as priced), low_level (ChartMimic's), executed, missing, flagged and each flag, distinct
    improved, regressed, repeated    shares of the pairs of which nothing was lost; repeated: the same syntax tree
    gain/of_running, gain/of_failing mean difference in price, by whether the first program ran

Leaves out: what TRL logs by itself (lengths, entropy, KL), and seconds (grpo.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from model.scoring import low_level
from training.guards import Flag
from training.trials import Trial

Figures = dict[str, tuple[float, int]]  # name -> sum and count, so that processes can add theirs up
Worth = Callable[[Trial], float | None]
EQUAL = 1e-6  # two prices nearer than this are the same


def told(firsts: Sequence[Trial], seconds: Sequence[Trial], worth: Worth) -> Figures:
    """The figures of one step; the names are the same in every step. Pairs stand side by side."""
    return _of_turn("turn1", firsts, worth) | _of_turn("turn2", seconds, worth) | _of_pairs(firsts, seconds, worth)


def _of_turn(turn: str, trials: Sequence[Trial], worth: Worth) -> Figures:
    kept = [trial for trial in trials if not trial.lost]
    prices = [value for trial in trials if (value := worth(trial)) is not None]
    flags = Counter(flag for trial in trials for flag in trial.verdict.flags)
    return {
        f"{turn}/score": (sum(prices), len(prices)),
        f"{turn}/low_level": (sum(low_level(trial.verdict.score) for trial in kept), len(kept)),
        f"{turn}/executed": (sum(trial.verdict.score.execution for trial in kept), len(kept)),
        f"{turn}/missing": (len(trials) - len(prices), len(trials)),
        f"{turn}/flagged": (sum(bool(trial.verdict.flags) for trial in trials), len(trials)),
        f"{turn}/distinct": (len({(one.written.case.number, one.program) for one in trials}), len(trials)),
        **{f"{turn}/flag/{flag}": (flags[flag], len(trials)) for flag in Flag},
    }


def _of_pairs(firsts: Sequence[Trial], seconds: Sequence[Trial], worth: Worth) -> Figures:
    gains: list[tuple[float, Trial, Trial]] = []
    for first, second in zip(firsts, seconds, strict=True):
        before, after = worth(first), worth(second)
        if before is not None and after is not None:
            gains.append((after - before, first, second))
    running = [gain for gain, first, _ in gains if first.verdict.score.execution > 0]
    failing = [gain for gain, first, _ in gains if first.verdict.score.execution == 0]
    return {
        "improved": (sum(gain > EQUAL for gain, *_ in gains), len(gains)),
        "regressed": (sum(gain < -EQUAL for gain, *_ in gains), len(gains)),
        "repeated": (sum(_same(one, other) for _, one, other in gains), len(gains)),
        "gain/of_running": (sum(running), len(running)),
        "gain/of_failing": (sum(failing), len(failing)),
    }


def _same(first: Trial, second: Trial) -> bool:
    return bool(first.answer.code.strip()) and first.program == second.program
