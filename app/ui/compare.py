"""The comparison: the original and the rendering side by side, by slider, overlaid, or as their difference.

Pure functions from a job to HTML. Modes are classes on one stage, so that both pictures stay the same elements;
assets/chartloop.js keeps mode, slider and zoom through updates. Every control is a native input.
"""

from __future__ import annotations

from html import escape

from app.jobs import JobView
from app.ui import text
from app.ui.markup import PictureUrl, icon, panel, per_turn
from storage.records import ChartRecord, TurnRecord


def compare_html(view: JobView, url: PictureUrl) -> str:
    body = (
        f'<header class="cl-bar">{_modes()}{_ranges()}{_zoom()}</header>'
        f'<div class="cl-stage" style="--ratio:{view.chart.width_px / view.chart.height_px:.4f}">'
        f"{_original(view.chart, url)}{_renderings(view, url)}</div>"
    )
    return panel(view, "cl-compare", body)


def _modes() -> str:
    radios = "".join(
        f'<label><input type="radio" name="cl-mode" value="{mode}"{" checked" if mode == "side" else ""}>'
        f"<span>{word}</span></label>"
        for mode, word in text.MODES
    )
    return f'<fieldset class="cl-segments"><legend class="cl-hidden">{text.COMPARE_LABEL}</legend>{radios}</fieldset>'


def _ranges() -> str:
    return (
        f'<input class="cl-range" data-range="slider" type="range" min="0" max="100" value="50"'
        f' aria-label="{text.SLIDER_LABEL}">'
        f'<input class="cl-range" data-range="overlay" type="range" min="0" max="100" value="50"'
        f' aria-label="{text.OVERLAY_LABEL}">'
        f'<span class="cl-note" data-range="difference">{text.DIFFERENCE_NOTE}</span>'
    )


def _zoom() -> str:
    return (
        f'<button type="button" class="cl-button cl-quiet cl-zoom" data-zoom aria-label="{text.ZOOM}">'
        f"{icon('zoom')}<span data-zoom-text>1×</span></button>"
    )


def _original(chart: ChartRecord, url: PictureUrl) -> str:
    picture = _picture(url(chart.sha256), text.ORIGINAL_ALT.format(name=chart.name), chart)
    return f'<figure class="cl-original"><div class="cl-frame">{picture}</div>{_caption(text.ORIGINAL)}</figure>'


def _caption(words: str) -> str:
    return f"<figcaption>{words}</figcaption>"


def _picture(source: str, words: str, chart: ChartRecord) -> str:
    return (
        f'<img src="{escape(source)}" alt="{escape(words)}" width="{chart.width_px}" height="{chart.height_px}"'
        ' draggable="false">'
    )


def _renderings(view: JobView, url: PictureUrl) -> str:
    frames = "".join(_rendering(view, turn, url) for turn in view.turns)
    if not view.turns:
        words = text.RENDERING_NEVER if view.state.final else text.RENDERING_SOON
        busy = "" if view.state.final else " cl-busy"
        frames = f'<div class="cl-frame cl-empty{busy}"><p>{words}</p></div>{_caption(text.RENDERING)}'
    return f'<figure class="cl-rendering">{frames}</figure>'


def _rendering(view: JobView, turn: TurnRecord, url: PictureUrl) -> str:
    caption = _caption(text.RENDERING_OF.format(number=turn.number))
    if turn.render:
        picture = _picture(url(turn.render), text.RENDERING_ALT.format(number=turn.number), view.chart)
        frame = f'<div class="cl-frame">{picture}</div>'
    else:
        frame = f'<div class="cl-frame cl-empty"><p>{text.NO_RENDERING[turn.outcome]}</p></div>'
    return f'<div class="cl-of-turn" {per_turn(view, turn.number)}>{frame}{caption}</div>'
