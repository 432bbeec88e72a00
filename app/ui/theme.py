"""Looks: system fonts, a quiet grey and one accent, handed to Gradio as a theme; everything else is in assets/.

Leaves out: fonts or files from elsewhere, of which there are none.
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr

ASSETS = Path(__file__).resolve().parent / "assets"
STYLES = (ASSETS / "base.css", ASSETS / "workbench.css", ASSETS / "history.css", ASSETS / "models.css")

SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
MONO = ("ui-monospace", "SF Mono", "Cascadia Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")


def theme() -> gr.themes.Base:
    return gr.themes.Base(
        primary_hue="blue",
        neutral_hue="zinc",
        text_size="sm",
        spacing_size="sm",
        radius_size="sm",
        font=SANS,
        font_mono=MONO,
    ).set(
        body_background_fill="var(--cl-page)",
        body_background_fill_dark="var(--cl-page)",
        body_text_color="var(--cl-text)",
        body_text_color_dark="var(--cl-text)",
        block_background_fill="var(--cl-card)",
        block_background_fill_dark="var(--cl-card)",
        border_color_primary="var(--cl-line)",
        border_color_primary_dark="var(--cl-line)",
    )


def head() -> str:
    """The page's own script, inlined, and what a phone needs to know."""
    script = (ASSETS / "chartloop.js").read_text(encoding="utf-8")
    return f'<meta name="color-scheme" content="light dark"><script>{script}</script>'
