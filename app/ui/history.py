"""The history: every job with picture, rendering, score and verdict; searched and paged by the server.

Each line links to the job's permalink; search and page stand in the address, so that a reload keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr

from app.fates import Fate
from app.service import Service
from app.ui import text
from app.ui.fate import fate_class, fate_short
from app.ui.header import header_html
from app.ui.markup import PictureUrl, count_turns, percent, when
from app.ui.workbench import AT_ONCE, html
from storage.records import HistoryItem, HistoryPage

PAGE_SIZE = 20
MAX_SEARCH = 200


class History:
    """Builds the page inside a route of Blocks and binds its events to the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.header = html("header", value=self._header_html())
        with gr.Column(elem_id="history"):
            self.bar = html("history-bar", "seek", value=bar_html())
            self.list = html("history-list", "leaf")
        self.bar.seek(self._page, None, self.list, trigger_mode="always_last", **AT_ONCE)
        self.list.leaf(self._page, None, self.list, trigger_mode="multiple", **AT_ONCE)

    def open(self, request: gr.Request) -> tuple[str, str]:
        """(header, list), the list as the address asks for it. (Gradio takes a parameter called "page" for itself.)"""
        return self._header_html(), self._found(request.query_params.get("q"), request.query_params.get("p"))

    def _header_html(self) -> str:
        return header_html("history", self._service.model_label(), self._service.sandbox_label())

    def _page(self, event: gr.EventData) -> str:
        return self._found(event._data.get("search"), event._data.get("page"))

    def _found(self, search: Any, page: Any) -> str:
        words = search[:MAX_SEARCH].strip() if isinstance(search, str) else ""
        found = self._service.history(words, page=_page_number(page), page_size=PAGE_SIZE)
        fates = self._service.fates.of_jobs([item.job_id for item in found.items if item.label])
        return history_html(found, words, self._service.picture_url, fates)


def bar_html() -> str:
    """Title and search. The field is our own: gr.Textbox does not tell of text that is pasted by mouse or dictated."""
    return (
        f'<div class="cl-history-bar"><h1>{text.HISTORY_TITLE}</h1><input type="search" placeholder="{text.SEARCH}"'
        f' aria-label="{text.SEARCH}" maxlength="{MAX_SEARCH}" autocomplete="off"></div>'
    )


def _page_number(value: Any) -> int:
    return int(value) if str(value).isascii() and str(value).isdigit() and len(str(value)) < 7 else 0


def history_html(found: HistoryPage, search: str, url: PictureUrl, fates: Mapping[int, Fate]) -> str:
    """`fates` are of the newest verdict of each job, by the job's number."""
    if not found.items:
        words = text.NO_MATCHES.format(search=search) if search else text.NO_JOBS
        body = f'<p class="cl-note cl-nothing">{escape(words)}</p>'
    else:
        head = "".join(f'<th scope="col">{column}</th>' for column in text.COLUMNS)
        rows = "".join(_row(item, url, fates.get(item.job_id)) for item in found.items)
        body = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return (
        f'<section class="cl-history" data-search="{escape(search)}" data-page="{found.page}">'
        f"{body}{_pager(found)}</section>"
    )


def _row(item: HistoryItem, url: PictureUrl, fate: Fate | None) -> str:
    name = escape(item.chart.name)
    link = f"./?job={item.job_id}"
    render = _thumbnail(url(item.render)) if item.render else f'<span class="cl-note">{text.NO_RENDER}</span>'
    score = "–" if item.overall is None else percent(item.overall)
    cells = (
        _thumbnail(url(item.chart.sha256)),
        render,
        f'<a href="{link}">{name}</a><span class="cl-note">#{item.job_id} · {escape(item.model)}</span>',
        f'<span class="cl-state cl-{item.state.value}">{text.STATE[item.state]}</span>'
        f'<span class="cl-note">{count_turns(item.turns)}</span>',
        f'<span class="cl-score">{score}</span>',
        _verdict(item, fate),
        f'<time datetime="{item.created.isoformat()}">{when(item.created)}</time>',
    )
    labelled = zip(text.COLUMNS, cells, strict=True)
    return "<tr>" + "".join(f'<td data-label="{column}">{cell}</td>' for column, cell in labelled) + "</tr>"


def _verdict(item: HistoryItem, fate: Fate | None) -> str:
    """The newest verdict, and what became of it."""
    if item.label is None or item.label.value not in text.VERDICT:
        return f'<span class="cl-note">{text.NO_VERDICT}</span>'
    became = f'<span class="cl-fate cl-note {fate_class(fate)}">{fate_short(fate, item.label)}</span>' if fate else ""
    return f'<span class="cl-badge cl-{item.label.value}">{text.VERDICT[item.label.value]}</span>{became}'


def _thumbnail(source: str) -> str:
    return f'<img src="{escape(source)}" alt="" loading="lazy" width="96" height="72">'


def _pager(found: HistoryPage) -> str:
    if found.total <= found.page_size and found.page == 0:
        return ""
    first = found.page * found.page_size + 1
    shown = text.SHOWING.format(first=first, last=first + len(found.items) - 1, total=found.total)
    more = (found.page + 1) * found.page_size < found.total
    return (
        f'<nav class="cl-pager">{_pager_button(text.PREVIOUS, found.page - 1, found.page > 0)}'
        f"<span>{shown}</span>{_pager_button(text.NEXT, found.page + 1, more)}</nav>"
    )


def _pager_button(word: str, page: int, enabled: bool) -> str:
    state = "" if enabled else " disabled"
    return f'<button type="button" class="cl-button" data-event="leaf" data-page="{page}"{state}>{word}</button>'
