"""All panels of the workbench for one job, as HTML; what follows a job re-sends only those that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

from app.fates import Fate
from app.jobs import JobView
from app.ui.compare import compare_html
from app.ui.markup import PictureUrl
from app.ui.program import live_html, program_html
from app.ui.status import status_html
from app.ui.turns import turns_html
from app.ui.verdict import verdict_html


@dataclass(frozen=True, slots=True)
class Panels:
    """One HTML text per panel, in the order in which the page holds them."""

    status: str = ""
    compare: str = ""
    verdict: str = ""
    turns: str = ""
    program: str = ""
    live: str = ""

    def values(self) -> tuple[str, ...]:
        return astuple(self)

    def changed_since(self, before: Panels) -> tuple[str | None, ...]:
        """Each panel's HTML where it differs from before, else None."""
        pairs = zip(self.values(), before.values(), strict=True)
        return tuple(new if new != old else None for new, old in pairs)


def render(view: JobView, url: PictureUrl, fates: Mapping[int, Fate]) -> Panels:
    return Panels(
        status=status_html(view),
        compare=compare_html(view, url),
        verdict=verdict_html(view, fates),
        turns=turns_html(view, url),
        program=program_html(view),
        live=live_html(view),
    )
