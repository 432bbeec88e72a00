"""The head of every page: name, pages, what runs the code, light and dark, the keyboard's letters.

Pure functions to HTML.
"""

from __future__ import annotations

from html import escape

from app.ui import text
from app.ui.markup import icon

LOGO = (
    '<svg class="cl-logo" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">'
    '<path d="M20.5 12a8.5 8.5 0 1 1-2.6-6.1"/><path d="M18.5 2.5v3.9h-3.9"/>'
    '<path d="M8.5 15.5v-3M12 15.5v-7M15.5 15.5v-4.5"/></svg>'
)

PAGES = (("", text.NAV_WORKBENCH), ("history", text.NAV_HISTORY), ("models", text.NAV_MODELS))


def header_html(current: str, model: str, sandbox: str) -> str:
    """`current` is the page's address, one of PAGES."""
    links = "".join(
        f'<a href="{address or "./"}"{" aria-current=page" if address == current else ""}>{word}</a>'
        for address, word in PAGES
    )
    return (
        f'<header class="cl-header"><a class="cl-brand" href="./">{LOGO}<span>{text.NAME}</span></a>'
        f'<nav aria-label="{text.NAV_LABEL}">{links}</nav><span class="cl-space"></span>'
        f'<span class="cl-fact"><span>{text.MODEL}</span> {escape(model)}</span>'
        f'<span class="cl-fact"><span>{text.SANDBOX}</span> {escape(sandbox)}</span>'
        f"{_button('keyboard', 'data-shortcuts', text.SHORTCUTS)}{_button('theme', 'data-theme', text.THEME)}"
        f"{_shortcuts()}</header>"
    )


def _button(picture: str, attribute: str, words: str) -> str:
    return (
        f'<button type="button" class="cl-button cl-quiet" {attribute} aria-label="{words}" title="{words}">'
        f"{icon(picture)}</button>"
    )


def _shortcuts() -> str:
    rows = "".join(f"<div><dt><kbd>{letters}</kbd></dt><dd>{words}</dd></div>" for letters, words in text.SHORTCUT_LIST)
    return (
        f'<dialog class="cl-dialog" aria-label="{text.SHORTCUTS}"><h2>{text.SHORTCUTS}</h2><dl>{rows}</dl>'
        f'<form method="dialog"><button class="cl-button">{text.CLOSE}</button></form></dialog>'
    )
