"""Chart kinds: F1 of counted drawing calls (ChartMimic "type", arXiv 2406.09961 and its public evaluator).

That evaluator knows a fixed list of functions. We also count some that it does not know (pcolormesh, hexbin, ...):
those take part only where the reference uses one, so that scores against published logs stay comparable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor

from model.boxes import Box
from model.glance import KINDS, chances
from model.pictures import remembered
from model.records import FigureFacts, Pixels
from model.scoring.match import multiset_f1
from model.scoring.panels import rendered_panels

SURE = 0.8  # a chance from which on a kind that is seen at a glance is worth a sentence
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


def kind_similarity(picture: Pixels, facts: FigureFacts, rendering: Pixels) -> float | None:
    """How alike the kinds are that the two pictures seem to show where the rendering has panels: soft Jaccard index.

    What a small net sees at a glance (model/glance.py); None without panels.
    """
    wanted, drawn = _seen(picture, facts, rendering)
    if not len(wanted):
        return None
    shared, either = wanted.minimum(drawn).sum(1), wanted.maximum(drawn).sum(1)
    return float((shared / either.clamp_min(1e-6)).mean())


def kinds_taken_for_others(picture: Pixels, facts: FigureFacts, rendering: Pixels) -> list[tuple[str, str]]:
    """What panels surely seem to show and what is drawn there instead, e.g. ("box", "bar"); each pair once."""
    wanted, drawn = _seen(picture, facts, rendering)
    found = [
        (KINDS[wish], KINDS[made])
        for wish, made, row in zip(wanted.argmax(1).tolist(), drawn.argmax(1).tolist(), wanted.tolist(), strict=True)
        if row[wish] >= SURE and row[made] < 1 - SURE
    ]
    return list(dict.fromkeys((wish.partition(":")[2], made.partition(":")[2]) for wish, made in found))


def _seen(picture: Pixels, facts: FigureFacts, rendering: Pixels) -> tuple[Tensor, Tensor]:
    """Chances of kinds (panels, kinds) where the rendering has panels: in the chart, and in the rendering."""
    boxes = rendered_panels(facts)
    return _kinds_of(picture, boxes), _kinds_of(rendering, boxes)


@remembered
def _kinds_of(pixels: Pixels, boxes: tuple[Box, ...]) -> Tensor:
    return chances(pixels, boxes)[:, : len(KINDS)]


def main_kind(calls: Mapping[str, int]) -> str:
    """The drawing call that is made most often, of equal ones the first by name; "none" without any."""
    return min(calls, key=lambda name: (-calls[name], name), default="none")


def _unpublished(name: str) -> bool:
    return name.removesuffix("_3d_3d") in UNPUBLISHED
