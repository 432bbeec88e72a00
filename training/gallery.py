"""One page to look at an evaluation: each chart beside what was drawn of it, the worst first.

    page = gallery.page("nano on heldout", "36 charts", tiles, cards)   # a whole HTML document, nothing beside it

training/evaluate.py makes it. Everything that a model wrote is escaped, and the page may load nothing from anywhere.
Leaves out: measuring (model/evaluation.py), and the page's own look and sorting (gallery.html).
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from PIL import Image

from model.records import Pixels

TEMPLATE = Path(__file__).with_suffix(".html")
THUMBNAIL_PX = 420
JPEG_QUALITY = 82
MOST_ERROR_CHARS = 700

# Names in the report and what people call them: the bars of a card and the keys that cards are sorted by.
BARS = {
    "low_level": "mean of the four",
    "text_f1": "texts",
    "layout_f1": "panels",
    "type_f1": "kinds",
    "colour_f1": "colours",
    "data_f1": "data",
    "visual": "visual",
}
KEYS = {**BARS, "seconds": "seconds"}

Metrics = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure at the head of the page, in words. `before` is what it was after turn 1, "" where that was all."""

    label: str
    value: str
    interval: str
    before: str


@dataclass(frozen=True, slots=True)
class Card:
    """One chart. Pictures are data URLs; `rendering` is "" where nothing was drawn. `first` is the score of turn 1."""

    name: str
    kind: str
    kinds: Mapping[str, int]
    outcome: str
    error: str
    code: str
    best_turn: int
    turns: int
    seconds: float
    metrics: Metrics
    first: Metrics
    original: str = field(repr=False)
    rendering: str = field(default="", repr=False)

    @property
    def rank(self) -> tuple[float, float, str]:
        """The worst is least."""
        return self.metrics["low_level"] or 0.0, self.metrics["data_f1"] or 0.0, self.name


def thumbnail(pixels: Pixels) -> str:
    """A data URL of the picture, made smaller where it is wider than a card shows it."""
    image = Image.fromarray(pixels)
    image.thumbnail((THUMBNAIL_PX, 2 * THUMBNAIL_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)  # halved colours would blur thin coloured lines
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def page(title: str, about: str, tiles: Sequence[Tile], cards: Sequence[Card]) -> str:
    """The whole document. What is filled in is not looked at again: a program may hold the template's own marks."""
    ranked = sorted(cards, key=lambda card: card.rank)
    parts = {
        "title": escape(title),
        "about": escape(about),
        "tiles": "".join(map(_tile, tiles)),
        "keys": "".join(f'<option value="{key}">{label}</option>' for key, label in KEYS.items()),
        "kinds": "".join(f"<option>{escape(kind)}</option>" for kind in sorted({card.kind for card in cards})),
        "cards": "\n".join(map(_card, ranked)),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], TEMPLATE.read_text(encoding="utf-8"))


def _tile(tile: Tile) -> str:
    lines = f'<dd class="value">{escape(tile.value)}</dd><dd>{escape(tile.interval)}</dd><dd>{escape(tile.before)}</dd>'
    return f'<div class="tile"><dt>{escape(tile.label)}</dt>{lines}</div>'


def _card(card: Card) -> str:
    values = {key: card.metrics[key] for key in BARS} | {"seconds": card.seconds}
    data = "".join(f' data-{key}="{_number(value)}"' for key, value in values.items())
    return (
        f'<article id="{escape(card.name)}" data-kind="{escape(card.kind)}"{data}>\n'
        f"{_heading(card)}\n{_pictures(card)}\n{_scores(card)}\n"
        f"<details><summary>program</summary><pre>{escape(card.code)}</pre></details>\n</article>"
    )


def _heading(card: Card) -> str:
    kinds = ", ".join(name if count == 1 else f"{name} × {count}" for name, count in card.kinds.items())
    turn = f"turn {card.best_turn} of {card.turns} was best" if card.best_turn else "no turn was done"
    failed = "" if card.rendering else f'<span class="failed">{escape(card.outcome)}</span>'
    said = f"<span>{escape(kinds or 'no known kind')}</span><span>{turn}</span><span>{card.seconds:.1f} s</span>"
    return f"<h2>{escape(card.name)}{failed}{said}</h2>"


def _pictures(card: Card) -> str:
    original = f'<img src="{card.original}" alt="the chart {escape(card.name)}">'
    drawn = f'<img src="{card.rendering}" alt="what the program draws">'
    error = card.error if len(card.error) <= MOST_ERROR_CHARS else "... " + card.error[-MOST_ERROR_CHARS:]
    result = drawn if card.rendering else f'<pre class="error">{escape(error or card.outcome)}</pre>'
    return (
        f"<figure><figcaption>original</figcaption>{original}</figure>\n"
        f"<figure><figcaption>drawn by the program</figcaption>{result}</figure>"
    )


def _scores(card: Card) -> str:
    """A bar for each metric; where turn 1 was elsewhere, a mark shows it."""
    return f'<div class="scores">{"".join(_bar(key, label, card) for key, label in BARS.items())}</div>'


def _bar(key: str, label: str, card: Card) -> str:
    value, first = card.metrics[key], card.first[key]
    style = ' class="mean"' if key == "low_level" else ""
    if value is None:
        return f'<span{style}>{label}</span><span class="track"></span><span>–</span>'
    fill = f'<i style="width: {100 * value:.1f}%; background: hsl({120 * value:.0f} 50% 47%)"></i>'
    moved = first is not None and abs(first - value) > 0.005
    mark = f'<b style="left: {100 * (first or 0.0):.1f}%" title="after turn 1: {first:.2f}"></b>' if moved else ""
    return f'<span{style}>{label}</span><span class="track">{fill}{mark}</span><span{style}>{100 * value:.0f}</span>'


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
