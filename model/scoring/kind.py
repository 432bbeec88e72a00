"""Chart kinds: F1 of counted drawing calls (ChartMimic "type", arXiv 2406.09961 and its public evaluator).

That evaluator knows a fixed list of functions. We also count some that it does not know (pcolormesh, hexbin, ...):
those take part only where the reference uses one, so that scores against published logs stay comparable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from model.scoring.match import multiset_f1

UNPUBLISHED = frozenset(
    {
        "pcolormesh", "hexbin", "barbs", "eventplot", "streamplot", "tricontour", "tricontourf",
        "plot_wireframe", "plot_trisurf",
    }
)  # fmt: skip


def comparable(reference: Iterable[str], candidate: Iterable[str]) -> set[str]:
    """The candidate's functions (or colour groups) that count against this reference."""
    if any(map(_unpublished, reference)):
        return set(candidate)
    return {name for name in candidate if not _unpublished(name)}


def kind_f1(reference: Mapping[str, int], candidate: Mapping[str, int]) -> float | None:
    """F1 of the counts that both sides share per function; None when neither side draws with a known function."""
    counted = comparable(reference, candidate)
    return multiset_f1(reference, {name: count for name, count in candidate.items() if name in counted})


def main_kind(calls: Mapping[str, int]) -> str:
    """The drawing call that is made most often, of equal ones the first by name; "none" without any."""
    return min(calls, key=lambda name: (-calls[name], name), default="none")


def _unpublished(name: str) -> bool:
    return name.removesuffix("_3d_3d") in UNPUBLISHED
